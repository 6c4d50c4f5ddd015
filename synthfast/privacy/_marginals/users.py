"""At most so many rows of each user: enforced, never assumed."""

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.frames import Table
from synthfast._core.frames.rows import take_rows
from synthfast.exceptions import SchemaError

__all__ = ["first_rows_of_users", "limit_users"]


def limit_users(data: Any, user: Hashable, n_rows: int) -> Any:
    """The table without rows beyond the first ``n_rows`` of each user, and without rows of no user."""
    if isinstance(data, (Mapping, list)):
        import pandas as pd

        data = pd.DataFrame(data)
    table = Table.from_any(data)
    if user not in table.names:
        raise SchemaError(f"user: expected one of the columns {table.names!r}, got {user!r}.")
    codes, _ = table.column(user).factorize()
    return take_rows(data, first_rows_of_users(codes, n_rows))


def first_rows_of_users(users: NDArray[np.int32], n_rows: int) -> NDArray[np.int64]:
    """Positions of the first ``n_rows`` rows of each user, ascending; rows of no user (-1) are left out."""
    order = np.argsort(users, kind="stable")
    ordered = users[order]
    starts = np.searchsorted(ordered, ordered, side="left")
    kept = (np.arange(len(users)) - starts < n_rows) & (ordered >= 0)
    return np.sort(order[kept]).astype(np.int64)
