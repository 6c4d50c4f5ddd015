"""What users ask of a bootstrap, checked."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.validation import check_choice, check_integer, check_number, describe_value
from synthfast.encoding import EncodedColumn, TableCodec
from synthfast.exceptions import DataError, SchemaError

__all__ = ["Settings", "read_labels", "read_length", "read_settings"]

AUTO = "auto"


@dataclass(frozen=True)
class Settings:
    """Checked arguments of the synthesizer.

    Parameters
    ----------
    strata, clusters : ndarray of int64, shape (n_rows,), or None
        Number of each row's stratum, and cluster.
    weights : ndarray of float64, shape (n_rows,), or None
    length : int or None
        Rows of a stretch.
    smoothing : float
    bayesian : bool
    """

    strata: NDArray[np.int64] | None
    clusters: NDArray[np.int64] | None
    weights: NDArray[np.float64] | None
    length: int | None
    smoothing: float
    bayesian: bool


def read_settings(
    params: Mapping[str, Any], columns: Mapping[Hashable, EncodedColumn], codec: TableCodec, n_rows: int
) -> Settings:
    """Check the synthesizer's arguments.

    Raises
    ------
    TypeError, ValueError
        If one is not what it can be, or two exclude each other.
    SchemaError, DataError
        If a column is not there, or an array does not fit the rows.
    """
    _check_together(params)
    return Settings(
        strata=_read_rows("stratify", params["stratify"], columns, codec, n_rows),
        clusters=_read_rows("cluster", params["cluster"], columns, codec, n_rows),
        weights=_read_weights(params["weights"], columns, codec, n_rows),
        length=None if params["block_length"] is None else read_length(params["block_length"], n_rows),
        smoothing=check_number("smoothing", params["smoothing"], minimum=0.0),
        bayesian=check_choice("bayesian", params["bayesian"], (True, False)),
    )


def _check_together(params: Mapping[str, Any]) -> None:
    given = [name for name in ("stratify", "cluster", "block_length") if params[name] is not None]
    if len(given) > 1:
        raise ValueError(f"BootstrapSynthesizer: expected at most one of {' and '.join(given)}, got both.")
    if params["weights"] is not None and given and given[0] != "stratify":
        raise ValueError(f"BootstrapSynthesizer: weights are of single rows and do not go with {given[0]}.")
    if params["bayesian"] is True and params["block_length"] is not None:
        raise ValueError("BootstrapSynthesizer: bayesian weights are of single rows or clusters, not of stretches.")


def _is_array(value: Any) -> bool:
    return np.ndim(value) == 1 and not isinstance(value, tuple | str)


def _read_rows(
    role: str, asked: Any, columns: Mapping[Hashable, EncodedColumn], codec: TableCodec, n_rows: int
) -> NDArray[np.int64] | None:
    """Number of each row's group, by a column's name or an array of labels."""
    if asked is None:
        return None
    if _is_array(asked):
        return read_labels(role, asked, n_rows)
    return np.unique(_column(role, asked, columns, codec).values, return_inverse=True)[1].ravel()


def _column(role: str, name: Any, columns: Mapping[Hashable, EncodedColumn], codec: TableCodec) -> EncodedColumn:
    own = {column: column for column in codec.names}
    if not isinstance(name, Hashable) or name not in own:
        raise SchemaError(f"BootstrapSynthesizer: {role}={name!r} is not a column; they are {codec.names!r}.")
    if own[name] not in columns:
        raise SchemaError(
            f"BootstrapSynthesizer: {role} cannot be told by column {name!r} of kind {codec.column(name).kind!r}, "
            "whose values are not kept; give an array of one label a row, or another kind in the schema."
        )
    return columns[own[name]]


def read_labels(role: str, labels: Any, n_rows: int) -> NDArray[np.int64]:
    """Number of each label, of an array of one label a row.

    Raises
    ------
    DataError
        If there is not one for each row, or they cannot be told apart.
    """
    values = np.asarray(labels)
    if values.shape != (n_rows,):
        raise DataError(f"{role}: expected one label for each of {n_rows} rows, got {describe_value(labels)}.")
    if values.dtype.kind == "O":
        numbers: dict[Any, int] = {}
        return np.array([numbers.setdefault(label, len(numbers)) for label in values.tolist()], dtype=np.int64)
    return np.unique(values, return_inverse=True)[1].ravel()


def _read_weights(
    asked: Any, columns: Mapping[Hashable, EncodedColumn], codec: TableCodec, n_rows: int
) -> NDArray[np.float64] | None:
    if asked is None:
        return None
    if _is_array(asked):
        values = np.asarray(asked)
        if values.dtype.kind not in "fiub":
            raise DataError(f"weights: expected one number a row, got {describe_value(asked)}.")
    else:
        column = _column("weights", asked, columns, codec)
        if column.kind != "numeric":
            raise SchemaError(f"weights: column {asked!r} does not hold numbers; give an array of them.")
        values = column.values
    if values.shape != (n_rows,):
        raise DataError(f"weights: expected {n_rows}, one for each row, got {len(values)}.")
    values = values.astype(np.float64)
    bad = np.flatnonzero(~(values >= 0.0) | np.isinf(values))
    if len(bad):
        raise DataError(
            f"weights: expected finite numbers that are not negative, got {values[bad[0]]} in row {int(bad[0])}."
        )
    if not values.any():
        raise DataError("weights: expected at least one above 0, got none.")
    return values


def read_length(asked: Any, n_rows: int) -> int:
    """Rows of a stretch; ``"auto"`` is the cube root of the rows."""
    if isinstance(asked, str):
        check_choice("block_length", asked, [AUTO])
        return max(1, round(n_rows ** (1.0 / 3.0)))
    return check_integer("block_length", asked, minimum=1, maximum=max(n_rows, 1))
