"""Rows that a fitted model is asked about, read and checked before it answers."""

from collections.abc import Hashable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.frames import Table
from synthfast._core.names import Names
from synthfast.encoding import TableCodec
from synthfast.exceptions import DataError, NotFittedError, SchemaError

__all__ = ["check_fitted", "encode_rows", "read_table"]


def check_fitted(model: Any, method: str) -> None:
    """Raise an error that is scikit-learn's as well, as its checks of estimators that answer for rows ask for."""
    if model.__sklearn_is_fitted__():
        return
    from sklearn import exceptions

    class NotFitted(NotFittedError, exceptions.NotFittedError):
        pass

    raise NotFitted(f"{type(model).__name__}.{method}: not fitted yet; call fit(data) first.")


def read_table(data: Any, model: Any, codec: TableCodec, method: str) -> Table:
    """Rows with columns of the model, some or all, and no others.

    Raises
    ------
    DataError, SchemaError
        If ``data`` is no such table; the message names the model and the method that was asked.
    """
    owner, n_features = type(model).__name__, model.n_features_in_
    if isinstance(data, np.ndarray) and data.dtype.names is None:
        if data.ndim != 2:
            raise DataError(f"{owner}.{method}: expected a 2-D array, got shape {data.shape}. Reshape your data.")
        if data.shape[1] not in (n_features, len(codec.names)):
            raise DataError(
                f"X has {data.shape[1]} features, but {owner} is expecting {n_features} features as input; an array "
                "has no names, so all columns must be there."
            )
    table, own = Table.from_any(data), Names(codec.names)
    extra = [name for name in table.names if name not in own]
    if extra:
        raise SchemaError(
            f"{owner}.{method}: the model knows no columns {extra!r}; drop them. Its own are {codec.names!r}."
        )
    table.names = [own[name] for name in table.names]
    return table


def encode_rows(table: Table, codec: TableCodec) -> dict[Hashable, NDArray[Any]]:
    """Encoded modelled columns, as many as the table has."""
    names = [name for name in codec.modelled if name in table.names]
    return {name: column.values for name, column in codec.encode(table, names).items()}
