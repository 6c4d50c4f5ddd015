"""Numbers made coarser: rounded to multiples, and cut off at the ends."""

from typing import Any, Final, Literal

import numpy as np

from synthfast._core.frames import ColumnData, Table
from synthfast._core.random import SeedLike, Stream
from synthfast._core.validation import check_choice, check_number
from synthfast.exceptions import DataError
from synthfast.privacy._perturbed import (
    chosen_columns,
    per_column,
    present_numbers,
    released_columns,
    with_numbers,
)

__all__ = ["code_extremes", "round_numbers"]

ROUND: Final = "round_numbers"
EXTREMES: Final = "code_extremes"


def round_numbers(
    data: Any, base: Any, columns: Any = None, *, random: bool = False, random_state: SeedLike = None
) -> Any:
    """Round numbers to multiples of a base.

    Parameters
    ----------
    data : table of shape (n_rows, n_columns)
        pandas, polars or Arrow, a 2-D or structured array, a dict of columns or a list of dicts.
    base : float or dict of column name to float
        Above 0, in the column's own unit (for decimals of its last digit, for dates of their resolution).
    columns : str or sequence of column names, optional
        All numbers, dates and spans by default.
    random : bool, default False
        Up or down at random so that the value is kept on average, rather than to the nearest multiple.
    random_state : None, int, SeedSequence or Generator, default None

    Returns
    -------
    table
        In the container that came in; missing values stay missing.

    Raises
    ------
    DataError
        If a number is infinite.
    ValueError, TypeError
        If an argument is out of range.

    Notes
    -----
    O(n_rows) a column. Of a smooth law, rounding to the nearest adds about ``base**2 / 12`` to the variance, random
    rounding ``base**2 / 6``.

    Examples
    --------
    >>> from synthfast.privacy import round_numbers
    >>> round_numbers({"income": [41_234, 58_777]}, 1_000)["income"].tolist()
    [41000, 59000]
    """
    table = Table.from_any(data)
    names = chosen_columns(table, columns, ROUND, numeric=True)
    bases = per_column(base, names, f"{ROUND}: base", minimum=0)
    if any(step == 0 for step in bases.values()):
        raise ValueError(f"{ROUND}: base: expected a number above 0, got 0.")
    stream = Stream.from_seed(random_state)
    new = {}
    for place, name in enumerate(names):
        values, present = present_numbers(table.column(name), ROUND)
        steps = values / bases[name]
        if random:
            steps = np.floor(steps + stream.child("round", place).uniform(table.n_rows)[present])
        else:
            steps = np.rint(steps)
        new[name] = with_numbers(table.column(name), steps * bases[name], present)
    return released_columns(table, new)


def code_extremes(
    data: Any,
    columns: Any = None,
    *,
    lower: Any = None,
    upper: Any = None,
    share: float | None = None,
    to: Literal["bound", "mean"] = "bound",
) -> Any:
    """Cut numbers off at both ends (top and bottom coding).

    Parameters
    ----------
    data : table of shape (n_rows, n_columns)
        pandas, polars or Arrow, a 2-D or structured array, a dict of columns or a list of dicts.
    columns : str or sequence of column names, optional
        All numbers, dates and spans by default.
    lower, upper : float or dict of column name to float, optional
        Values below and above are coded; in the column's unit as it is stored.
    share : float, optional
        In place of bounds: the share of rows to code at either end, below 0.5.
    to : {"bound", "mean"}, default "bound"
        What coded values become: the bound, or the mean of the values coded at that end, which keeps the column's mean.

    Returns
    -------
    table
        In the container that came in; missing values stay missing.

    Raises
    ------
    DataError
        If a number is infinite, neither bounds nor share are given, or both are.
    ValueError, TypeError
        If an argument is out of range.

    Notes
    -----
    O(n_rows) a column. Bounds taken by ``share`` are values of the data.

    Examples
    --------
    >>> from synthfast.privacy import code_extremes
    >>> code_extremes({"age": [3, 40, 52, 97]}, upper=85, lower=18)["age"].tolist()
    [18, 40, 52, 85]
    """
    check_choice(f"{EXTREMES}: to", to, ("bound", "mean"))
    if (share is None) == (lower is None and upper is None):
        raise DataError(
            f"{EXTREMES}: expected either share, or lower or upper, got {'none' if share is None else 'both'}."
        )
    part = None if share is None else check_number(f"{EXTREMES}: share", share, minimum=0, maximum=0.5)
    table = Table.from_any(data)
    names = chosen_columns(table, columns, EXTREMES, numeric=True)
    lows = {} if lower is None else per_column(lower, names, f"{EXTREMES}: lower")
    highs = {} if upper is None else per_column(upper, names, f"{EXTREMES}: upper")
    new = {
        name: _coded(table.column(name), lows.get(name, -np.inf), highs.get(name, np.inf), part, to) for name in names
    }
    return released_columns(table, new)


def _coded(data: ColumnData, low: float, high: float, share: float | None, to: str) -> ColumnData:
    values, present = present_numbers(data, EXTREMES)
    if share is not None and len(values):
        ordered = np.sort(values)
        n_coded = int(share * len(values))
        low, high = ordered[n_coded], ordered[len(values) - 1 - n_coded]
    if low > high:
        raise DataError(f"{EXTREMES}: column {data.name!r}: lower={low:g} lies above upper={high:g}.")
    below, above = values < low, values > high
    out = np.clip(values, low, high)
    if to == "mean":
        for coded in (below, above):
            if coded.any():
                out[coded] = values[coded].mean()
    return with_numbers(data, out, present)
