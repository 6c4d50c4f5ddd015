"""Training rows that agree with known cells, row by row."""

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast.exceptions import ConditionError

__all__ = ["draw_matches"]

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
Columns = Mapping[Hashable, NDArray[Any]]


def draw_matches(train: Columns, weights: Floats | None, known: Columns, u: Floats) -> Rows:
    """A training row for each row of ``known``, among those that hold the same in all known columns.

    Parameters
    ----------
    train, known : mapping of column name to ndarray, shapes (n_train,) and (n_rows,)
        Encoded values; a missing one agrees with a missing one.
    weights : ndarray of float64, shape (n_train,), or None
        Weights of the training rows.
    u : ndarray of float64, shape (n_rows,)
        Uniforms on (0, 1).

    Raises
    ------
    ConditionError
        If no training row agrees with a row, or only rows of weight 0 do.
    """
    n_train = len(next(iter(train.values())))
    group = np.zeros(n_train + len(u), dtype=np.int64)
    for name, values in known.items():
        own = np.unique(np.concatenate([train[name], values]), return_inverse=True)[1].ravel()
        group = np.unique(group * (own.max(initial=0) + 1) + own, return_inverse=True)[1].ravel()
    sizes = np.ones(n_train) if weights is None else weights
    order = np.argsort(group[:n_train], kind="stable")
    starts = np.searchsorted(group[order], np.arange(group.max(initial=0) + 2))
    reach = np.r_[0.0, np.cumsum(sizes[order])]
    first, last = starts[group[n_train:]], starts[group[n_train:] + 1]
    mass = reach[last] - reach[first]
    if not (mass > 0.0).all():
        row = int(np.argmax(~(mass > 0.0)))
        told = ", ".join(map(str, known))
        raise ConditionError(
            f"sample_remaining: no training row has what row {row} has in {told}, and a bootstrap gives training rows "
            "only. Give fewer or coarser columns, or use another model."
        )
    place = np.searchsorted(reach, reach[first] + u * mass, side="right") - 1
    return order[np.clip(place, first, last - 1)]
