"""Where a synthetic table comes from: the model, its hash and seed, the budget that it spent, and the versions."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["describe_model", "describe_versions"]

PACKAGES = ("numpy", "pandas", "scipy", "scikit-learn")


def describe_model(model: Any) -> dict[str, str]:
    """What a fitted model says of itself, name to text.

    Parameters
    ----------
    model : fitted synthesizer
        Any that can be saved.

    Returns
    -------
    dict
        ``Model`` (with the parameters that are not defaults), ``Seed of the model``, ``Model hash`` (SHA-256 of its
        document and arrays, as its file's header holds it) and, of a private one, what it ``Spent``.

    Raises
    ------
    NotFittedError
        Before ``fit``.
    """
    from synthfast.io.model_file import read_header

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.synth")
        model.save(path)
        digest = read_header(path)["sha256"]
    seed = getattr(model, "random_state", None)
    facts = {"Model": _named(model), "Seed of the model": "none given" if seed is None else repr(seed)}
    facts["Model hash"] = f"sha256 {digest}"
    budget = getattr(model, "ledger_", None)
    if isinstance(budget, Mapping):
        facts["Privacy budget"] = (
            f"epsilon {budget['epsilon']:g}, delta {budget['delta']:g}; spent {budget['spent']:.4g} of "
            f"{budget['total']:.4g} {budget['currency']}"
        )
        facts["Neighbouring tables"] = str(budget["relation"])
    else:
        facts["Privacy budget"] = "none: the model is not differentially private"
    return facts


def describe_versions() -> dict[str, str]:
    """Versions that bear on the figures, name to text; nothing that tells one machine from another."""
    import platform

    from synthfast import __version__
    from synthfast._core.versions import collect_versions

    known = collect_versions()["required"]
    return {
        "synthfast": __version__,
        "Python": platform.python_version(),
        "Packages": ", ".join(f"{name} {known[name]}" for name in PACKAGES),
    }


def _named(model: Any) -> str:
    text = " ".join(repr(model).split())
    return text if len(text) <= 300 else type(model).__name__ + "(…)"
