"""Models in files: read by the key that says which synthesizer they are."""

from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from synthfast._registry import REGISTRY, entries, load_object, name_of_key
from synthfast.base.parameters import restored
from synthfast.encoding import TableCodec
from synthfast.exceptions import FileFormatError
from synthfast.io.model_file import read_model
from synthfast.schema import Schema

__all__ = ["load", "registry_key"]


def load(path: str | Path) -> Any:
    """Read any model that was saved with ``model.save(path)``.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    A fitted synthesizer
        It samples the same bytes for a seed as the model that was saved.

    Raises
    ------
    FileFormatError
        If the file is not a model, is damaged, or comes from a newer version.

    Examples
    --------
    >>> import synthfast, pandas as pd
    >>> model = synthfast.MarginalSynthesizer().fit(pd.DataFrame({"a": [1, 2, 3] * 10}))
    >>> model.save("model.synth")  # doctest: +SKIP
    >>> synthfast.load("model.synth").sample(5)  # doctest: +SKIP
    """
    document, arrays = read_model(path)
    key = document.get("model")
    name = name_of_key(key) if isinstance(key, str) else None
    if name is None:
        known = ", ".join(entry.key for entry in entries("synthesizer").values())
        raise FileFormatError(f"{path}: holds a model called {key!r}; this version knows {known}.")
    try:
        model = load_object(name)(**restored(document["params"]))
        model.schema_ = Schema.from_dict(document["schema"])
        model.n_rows_, model.n_features_in_ = document["n_rows"], document["n_features"]
        model._codec = TableCodec.from_state(document["codec"], _with_prefix(arrays, "codec/"))
        target = document.get("target")  # absent in files of version 0.1
        model._target = None if target is None else model._codec.names[target]
        model._from_state(document["state"], _with_prefix(arrays, "model/"))
    except FileFormatError as error:
        raise FileFormatError(f"{path}: {error}") from error
    except (KeyError, TypeError, IndexError, AttributeError, ValueError) as error:
        raise FileFormatError(f"{path}: the model is damaged or incomplete ({error!r}).") from error
    model._n_draws = 0
    return model


def _with_prefix(arrays: dict[str, NDArray[Any]], prefix: str) -> dict[str, NDArray[Any]]:
    return {name.removeprefix(prefix): values for name, values in arrays.items() if name.startswith(prefix)}


def registry_key(cls: type) -> str:
    """The key by which a file says which synthesizer it holds."""
    if cls.__name__ not in REGISTRY:
        raise TypeError(f"{cls.__name__}: only registered synthesizers can be saved.")
    return REGISTRY[cls.__name__].key
