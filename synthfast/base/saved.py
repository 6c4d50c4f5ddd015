"""Models in files: read by the key that says which synthesizer they are."""

from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from synthfast._registry import REGISTRY, load_object, name_of_key
from synthfast.base.parameters import restored
from synthfast.exceptions import FileFormatError
from synthfast.io.model_file import MAX_BYTES, read_model

__all__ = ["load", "registry_key", "with_prefix", "without_prefix"]

DRAWN = ("synthesizer", "private", "series", "panel", "relational")  # kinds of models that have files


def load(path: str | Path, *, expected_id: str | None = None, max_bytes: int = MAX_BYTES) -> Any:
    """Read any model that was saved with ``model.save(path)``.

    Parameters
    ----------
    path : str or Path
    expected_id : str, optional
        The ``id_`` of the model that was saved; a file that holds another one is refused.
    max_bytes : int, default 8 GiB
        Size of the largest file to read.

    Returns
    -------
    A fitted synthesizer
        It samples the same bytes for a seed as the model that was saved.

    Raises
    ------
    FileFormatError
        If the file is not a model, is too large, truncated, damaged or another one than expected, or comes from a newer
        version.

    Notes
    -----
    Reading executes nothing that the file says, and takes memory in proportion to its size. The checksum in the file
    shows damage; whoever can write the file can write another model with a checksum that fits, so a file from others is
    to be trusted as far as they are, or compared to an ``expected_id`` that came by another way.

    Examples
    --------
    >>> import synthfast, pandas as pd
    >>> model = synthfast.MarginalSynthesizer().fit(pd.DataFrame({"a": [1, 2, 3] * 10}))
    >>> model.save("model.synth")  # doctest: +SKIP
    >>> synthfast.load("model.synth").sample(5)  # doctest: +SKIP
    """
    document, arrays = read_model(path, expected_id=expected_id, max_bytes=max_bytes)
    key = document.get("model")
    name = name_of_key(key) if isinstance(key, str) else None
    if name is None or REGISTRY[name].kind not in DRAWN:
        known = ", ".join(entry.key for entry in REGISTRY.values() if entry.kind in DRAWN)
        raise FileFormatError(f"{path}: holds a model called {key!r}; this version knows {known}.")
    try:
        model = load_object(name)(**restored(document["params"]))
        model._from_document(document, arrays)
    except FileFormatError as error:
        raise FileFormatError(f"{path}: {error}") from error
    except (KeyError, TypeError, IndexError, AttributeError, ValueError) as error:
        raise FileFormatError(f"{path}: the model is damaged or incomplete ({error!r}).") from error
    model._n_draws = 0
    return model


def with_prefix(arrays: dict[str, NDArray[Any]], prefix: str) -> dict[str, NDArray[Any]]:
    """The arrays under names that begin with ``prefix``."""
    return {f"{prefix}{name}": values for name, values in arrays.items()}


def without_prefix(arrays: dict[str, NDArray[Any]], prefix: str) -> dict[str, NDArray[Any]]:
    """Those of the arrays whose names begin with ``prefix``, under what follows it."""
    return {name.removeprefix(prefix): values for name, values in arrays.items() if name.startswith(prefix)}


def registry_key(cls: type) -> str:
    """The key by which a file says which synthesizer it holds."""
    if cls.__name__ not in REGISTRY:
        raise TypeError(f"{cls.__name__}: only registered synthesizers can be saved.")
    return REGISTRY[cls.__name__].key
