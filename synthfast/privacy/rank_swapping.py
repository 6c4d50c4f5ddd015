"""Rank swapping: values change places with values of near rank."""

from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from synthfast._core.frames import ColumnData, Table
from synthfast._core.random import SeedLike, Stream
from synthfast._core.validation import check_number
from synthfast._ext._rank_swap import pair_ranks
from synthfast.privacy._perturbed import chosen_columns, present_numbers, released_columns

__all__ = ["swap_ranks"]

OWNER: Final = "swap_ranks"


def swap_ranks(data: Any, columns: Any = None, *, window: float = 0.05, random_state: SeedLike = None) -> Any:
    """Let values of near rank change places, column by column.

    Parameters
    ----------
    data : table of shape (n_rows, n_columns)
        pandas, polars or Arrow, a 2-D or structured array, a dict of columns or a list of dicts.
    columns : str or sequence of column names, optional
        All numbers, dates and spans by default.
    window : float, default 0.05
        How far apart ranks may lie, as a share of the column's rows; at least one rank.
    random_state : None, int, SeedSequence or Generator, default None

    Returns
    -------
    table
        In the container that came in. Each column holds exactly the values that it held; missing ones stay in place.
        Of pandas, under a fresh RangeIndex.

    Raises
    ------
    DataError
        If a number is infinite, or a column has no order.
    ValueError, TypeError
        If an argument is out of range.

    Notes
    -----
    From the least value on, each that has not been swapped changes places with one of those above it within the window
    that have not either, all equally likely. Marginal laws stay exactly; correlations shrink with the window.
    O(n log n) a column. This is not differential privacy: every value is still some row's.

    References
    ----------
    R. A. Moore (1996), "Controlled data-swapping techniques for masking public use microdata sets".

    Examples
    --------
    >>> import numpy as np
    >>> from synthfast.privacy import swap_ranks
    >>> swapped = swap_ranks(np.arange(100.0).reshape(-1, 1), window=0.1, random_state=0)
    >>> bool((np.sort(swapped[:, 0]) == np.arange(100)).all()), float(abs(swapped[:, 0] - np.arange(100)).max()) <= 10
    (True, True)
    """
    share = check_number(f"{OWNER}: window", window, minimum=0, maximum=1)
    table = Table.from_any(data)
    names = chosen_columns(table, columns, OWNER, numeric=True)
    stream = Stream.from_seed(random_state)
    new = {name: _swapped(table.column(name), share, stream.child("ranks", p)) for p, name in enumerate(names)}
    return released_columns(table, new)


def _swapped(data: ColumnData, share: float, stream: Stream) -> ColumnData:
    values, present = present_numbers(data, OWNER)
    order = np.argsort(values, kind="stable")
    partners = np.empty(len(values), dtype=np.int64)
    pair_ranks(stream.uniform(len(values)), max(1, int(share * len(values))), partners)
    rows: NDArray[np.int64] = np.flatnonzero(present)[order]
    out = data.array.copy()
    out[rows] = data.array[rows[partners]]
    return replace(data, values=out, spelled={}, _factorized=None)
