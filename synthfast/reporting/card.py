"""Data cards: what a synthetic table is, where it comes from and what it gives away, as JSON beside it."""

import json
import os
import platform
from collections.abc import Hashable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from synthfast._core.json_values import to_json_value
from synthfast._core.random import BLOCK_ROWS
from synthfast.base.parameters import plain
from synthfast.base.saved import registry_key
from synthfast.io.atomic import atomic_path
from synthfast.io.model_file import FORMAT as MODEL_FORMAT
from synthfast.privacy.conversion import epsilon_of_rho
from synthfast.reporting.holdings import holdings
from synthfast.reporting.report import QualityReport

__all__ = ["card_path", "data_card", "write_card"]

FORMAT: Final = 1
FOLDER_CARD: Final = "_card.json"  # a name that readers of Parquet folders pass over
FILE_ENDING: Final = ".card.json"
NOT_PRIVATE: Final = (
    "No promise of differential privacy: the model was fitted on the rows as they are, and what it holds of them is "
    "listed under 'holds'."
)
INSECURE: Final = "No promise: the noise was seeded, for tests, and whoever knows the seed can take it off."
PRIVATE: Final = (
    "The promise covers the model, this card and every table drawn from it. Figures computed on the real table, such "
    "as reports on quality or risk, lie outside it and are not in this card."
)


def data_card(
    model: Any,
    *,
    n_rows: int | None = None,
    seed: int | None = None,
    start_row: int = 0,
    conditions: Mapping[Hashable, Any] | None = None,
    quality: QualityReport | None = None,
) -> dict[str, Any]:
    """Describe what a model draws: its origin, schema, privacy, and what it holds of the data.

    Parameters
    ----------
    model : a synthesizer of this library, fitted
    n_rows : int, optional
        Rows, or series, that were drawn.
    seed : int, optional
        Of the draw; with it and the model anyone can draw the same rows.
    start_row : int, default 0
        First row, in the endless table of the seed.
    conditions : mapping, optional
        That the rows were drawn under.
    quality : QualityReport, optional
        What `synthfast.evaluate` measured of the drawn rows. Not for a private model, whose guarantee it would leave.

    Returns
    -------
    dict
        Ready for JSON: ``card`` and ``format``; ``rows``, ``start_row``, ``seed``, ``block_rows``, ``conditions``;
        ``model`` (``key``, ``class``, ``id``, ``parameters``, ``rows_learned``, ``file_format``); ``versions``;
        ``schema``; ``constraints``; ``privacy`` (``private``, ``note``, and of a private model ``epsilon``, ``delta``,
        ``epsilon_spent``, ``unit`` and the whole ``ledger``); ``holds``; ``quality`` or None.

    Raises
    ------
    NotFittedError
        Before ``fit``.
    ValueError
        If ``quality`` is given for a private model.

    Notes
    -----
    The card of a private model is made of its parameters, its released state and its ledger alone. That of another
    model tells ranges, levels and rates of the data, as its schema does. There is no time in a card: the same draw has
    the same card. Cost O(size of the model), for its id.

    Examples
    --------
    >>> import synthfast
    >>> model = synthfast.MarginalSynthesizer().fit(synthfast.load_dataset("iris"))
    >>> card = synthfast.data_card(model, n_rows=1000, seed=7)
    >>> card["rows"], card["model"]["key"], card["model"]["id"] == model.id_, card["privacy"]["private"]
    (1000, 'marginal', True, False)
    """
    document, _ = model._content("data_card")
    ledger = getattr(model, "ledger_", None)
    if ledger is not None and quality is not None:
        raise ValueError(
            "data_card: quality was measured on the real table and lies outside the guarantee of a private model; keep "
            "it in a report of its own."
        )
    schema = model.schema_.to_dict() if hasattr(model, "schema_") else None
    return {
        "card": "synthfast data card",
        "format": FORMAT,
        "rows": n_rows,
        "start_row": start_row,
        "seed": seed,
        "block_rows": BLOCK_ROWS,
        "conditions": [[to_json_value(name), plain(wanted)] for name, wanted in (conditions or {}).items()],
        "model": {
            "key": registry_key(type(model)),
            "class": type(model).__name__,
            "id": model.id_,
            "parameters": document["params"],
            "rows_learned": document.get("n_rows", document.get("n_times")),
            "file_format": MODEL_FORMAT,
        },
        "versions": _versions(),
        "schema": schema,
        "constraints": (schema or {}).get("constraints", []),
        "privacy": _privacy(ledger),
        "holds": holdings(model),
        "quality": None if quality is None else _headline(quality),
    }


def card_path(output: str | os.PathLike[str]) -> Path:
    """Where the card of an output lies: ``_card.json`` in a folder of parts, ``<name>.card.json`` beside a file.

    Parameters
    ----------
    output : str or path
        The table; it need not exist. A folder is told by being one, or by a separator at the end.

    Examples
    --------
    >>> card_path("synthetic.csv").name, card_path("parts/").name
    ('synthetic.csv.card.json', '_card.json')
    """
    path, text = Path(output), os.fspath(output)
    if path.is_dir() or text.endswith(("/", os.sep)):
        return path / FOLDER_CARD
    return path.with_name(path.name + FILE_ENDING)


def write_card(card: Mapping[str, Any], output: str | os.PathLike[str]) -> Path:
    """Write a card where `card_path` says, whole or not at all.

    Parameters
    ----------
    card : mapping
        Of `data_card`.
    output : str or path
        The table that it is about.

    Returns
    -------
    pathlib.Path
        The card's file.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    path = card_path(output)
    with atomic_path(path) as hidden:
        hidden.write_text(json.dumps(card, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")
    return path


def _versions() -> dict[str, str]:
    from synthfast import __version__

    used = {name: version(name) for name in ("numpy", "pandas", "pyarrow")}
    return {"synthfast": __version__, "python": platform.python_version(), **used}


def _privacy(ledger: Mapping[str, Any] | None) -> dict[str, Any]:
    if ledger is None:
        return {"private": False, "note": NOT_PRIVATE}
    return {
        "private": ledger["private"],
        "note": PRIVATE if ledger["private"] else INSECURE,
        "epsilon": ledger["epsilon"],
        "delta": ledger["delta"],
        "epsilon_spent": _epsilon_spent(ledger),
        "unit": f"{ledger['relation']}, at most {ledger['max_rows_per_user']} rows each",
        "ledger": dict(ledger),
    }


def _epsilon_spent(ledger: Mapping[str, Any]) -> float:
    """The epsilon that the steps amount to at the ledger's delta, rounded up in its 13th digit."""
    if ledger["currency"] == "epsilon":
        return float(ledger["spent"])
    left = ledger["delta"] - sum(step["delta"] for step in ledger["ledger"])
    return epsilon_of_rho(ledger["spent"], left) * (1 + 2.0**-44)


def _headline(report: QualityReport) -> dict[str, Any]:
    found = report.to_dict()
    return {key: found[key] for key in ("overall_score", "grade", "components", "tables")}
