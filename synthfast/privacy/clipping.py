"""Limits that make a sensitivity true: values within declared bounds, and at most so many rows of one user."""

from math import inf
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from synthfast._core.validation import check_integer, check_number
from synthfast.privacy._releases import check_length, read_numbers

__all__ = ["check_bounds", "clip_to_bounds", "limit_rows_per_user"]


def check_bounds(low: Any, high: Any) -> tuple[float, float]:
    """Declared bounds, ``low <= high``, both finite; integers stay integers.

    Raises
    ------
    TypeError, ValueError
        If they are no such numbers.
    """
    width = check_number("high", high) - check_number("low", low)
    if not 0 <= width < inf:
        raise ValueError(f"low, high: expected low <= high and a finite distance between them, got {low} and {high}.")
    return low, high


def clip_to_bounds(values: Any, low: float, high: float) -> NDArray[np.float64]:
    """Move values outside of declared bounds to the nearer one.

    Parameters
    ----------
    values : array_like of float, shape (n_rows,)
    low, high : float
        Finite, ``low <= high``: public knowledge, never the minimum and maximum of the data.

    Returns
    -------
    ndarray of float64, shape (n_rows,)
        A new array; missing values are NaN, infinities become bounds.

    Raises
    ------
    TypeError, ValueError
        If bounds are no such numbers, or values are no numbers. No message quotes a value.

    Examples
    --------
    >>> from synthfast.privacy import clip_to_bounds
    >>> clip_to_bounds([-5, 0.5, float("inf")], 0, 1).tolist()
    [0.0, 0.5, 1.0]
    """
    low, high = check_bounds(low, high)
    return np.clip(read_numbers("clip_to_bounds", values), low, high)


def limit_rows_per_user(data: Any, users: Any, max_rows: int) -> Any:
    """Keep at most so many rows of each user: the first ones, in the order of the table.

    Parameters
    ----------
    data : pandas or polars DataFrame, Arrow Table, or ndarray, shape (n_rows, ...)
    users : array_like, shape (n_rows,)
        Whose row it is. Rows without a user are removed, for nothing would limit them.
    max_rows : int
        At least 1; hand the same number to :class:`Accountant` as ``max_rows_per_user``.

    Returns
    -------
    same type as ``data``
        Rows kept, in order.

    Raises
    ------
    TypeError, ValueError
        If ``users`` does not have one value for each row, or ``max_rows`` is out of range.

    Notes
    -----
    What is kept of one user does not depend on any other, so adding or removing a user adds or removes at most
    ``max_rows`` rows. Cost O(n_rows). Proof: "Users with several rows".

    Examples
    --------
    >>> import pandas as pd
    >>> from synthfast.privacy import limit_rows_per_user
    >>> visits = pd.DataFrame({"who": ["a", "a", "b", "a"], "cost": [1, 2, 3, 4]})
    >>> limit_rows_per_user(visits, visits["who"], 2)["cost"].tolist()
    [1, 2, 3]
    """
    max_rows = check_integer("max_rows", max_rows, minimum=1)
    n_users = check_length("users", users)
    n_rows = data.shape[0] if hasattr(data, "shape") else len(data)
    if n_users != n_rows:
        raise ValueError("users: expected one for each row; found another number.")
    codes, _ = pd.factorize(np.asarray(users, dtype=object), use_na_sentinel=True)
    keep = (codes >= 0) & (pd.Series(codes).groupby(codes).cumcount().to_numpy() < max_rows)
    if isinstance(data, np.ndarray):
        return data[keep]
    return nw.from_native(data, eager_only=True)[np.flatnonzero(keep)].to_native()
