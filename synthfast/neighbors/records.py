"""Exact distances from the rows of one mixed table to their nearest rows in another."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from synthfast._core.frames import ColumnData, Table
from synthfast._core.threads import effective_n_threads
from synthfast._core.validation import check_choice, describe_value
from synthfast._ext import _record_distance
from synthfast.exceptions import DataError

__all__ = ["RecordSpace", "record_distances"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Metric = Literal["euclidean", "gower"]

LANES: Final = 64  # rows of a block, as compiled
FARTHEST: Final = float(np.finfo(np.float64).max)
MISSING: Final = {"euclidean": -5.0, "gower": FARTHEST}  # where a missing number lies on its column's scale
_TICKS: Final = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}  # per second
_KINDS: Final = {
    "float": "numbers",
    "integer": "numbers",
    "decimal": "numbers",
    "datetime": "dates",
    "duration": "durations",
    "time": "durations",
}  # all else holds levels


def record_distances(
    query: Any,
    reference: Any,
    *,
    metric: Metric = "euclidean",
    scale_by: Any = None,
    exclude_self: bool = False,
    n_threads: int | None = None,
) -> tuple[Floats, Integers]:
    """Distance from every row of a table to its nearest row in another, and which row that is.

    Parameters
    ----------
    query : table of shape (n_query, n_columns)
        pandas, polars or Arrow, a 2-D or structured array, a dict of columns or a list of dicts. May have no rows.
    reference : table of shape (n_reference, n_columns)
        The rows among which the nearest is looked for; the columns of ``query`` in any order, matched by name. Numbers
        are compared as float64, dates, times and durations as seconds, and all else (booleans, categories, strings) as
        levels by their text, in which 1 and 1.0 are the same.
    metric : {"euclidean", "gower"}, default "euclidean"
        ``"euclidean"``: the square root of the sum, over the columns, of the squared difference of numbers in standard
        deviations, and of 1 for each differing level. A missing number lies 5 standard deviations below the mean: two
        missing ones are 0 apart, a missing and a known one ``5 + z`` for a value that is z deviations above the mean.
        ``"gower"``: the mean, over the columns, of the difference of numbers as a share of the column's range, at most
        1, and of 1 for each differing level; a missing and a known value are 1 apart. Where a column's range is 0, any
        difference is 1. This is the distance to the closest record of SDMetrics.
        In both, two missing values are equal, and a missing level is a level of its own.
    scale_by : table of shape (n_rows, n_columns) or None, default None
        Where the means, the standard deviations (population ones) and the ranges come from; ``reference`` by default. A
        column that is constant there has a standard deviation of 1.
    exclude_self : bool, default False
        Whether row i of ``reference`` does not count for row i of ``query``; for the nearest other row of one table.
    n_threads : int or None, default None
        Threads; None takes the setting in force. Results do not depend on it.

    Returns
    -------
    distances : ndarray of float64, shape (n_query,)
        Exactly 0 where the nearest row is equal, which it counts as where numbers differ by less than about 1e-16 of
        the column's largest distance from its mean (or of its range).
    indices : ndarray of int64, shape (n_query,)
        Positions in ``reference``; of several nearest rows, the first.

    Raises
    ------
    DataError
        If the tables differ in their columns or in what a column holds, a number is infinite, or a row is left without
        any row to compare it with.
    ValueError
        If ``metric`` is unknown.

    Notes
    -----
    Exact: every row that could be nearest is compared in float64. The reference rows are split by their widest columns
    into a tree of boxes with 64 branches, which is gone through the nearest box first. Time is
    O(n_query * log(n_reference)) where near rows are to be found, at worst (dozens of columns of noise)
    O(n_query * n_reference * n_columns), with SIMD across rows. Memory is 8 bytes a cell of ``query`` and 24 bytes a
    cell of ``reference``. Integers past 2**53 are rounded, and so are fractions of a microsecond where times lie
    decades apart.

    References
    ----------
    Gower, "A General Coefficient of Similarity and Some of Its Properties", Biometrics 27 (1971).
    Bentley, "Multidimensional Binary Search Trees Used for Associative Searching", CACM 18 (1975).

    Examples
    --------
    >>> from synthfast.neighbors import record_distances
    >>> real = {"age": [20.0, 40.0, None], "job": ["clerk", "nurse", "nurse"]}
    >>> made = {"job": ["nurse", "nurse", "pilot"], "age": [40.0, 25.0, 20.0]}
    >>> distances, indices = record_distances(made, real, metric="gower")
    >>> distances, indices
    (array([0.   , 0.375, 0.5  ]), array([1, 1, 0]))
    """
    far = _read(reference, "reference")
    near = far if query is reference else _read(query, "query")
    tables = {"reference": far, "query": near}
    if scale_by is not None:
        tables = {"scale_by": _read(scale_by, "scale_by"), **tables}
    space = RecordSpace.fit(tables, metric=metric)
    points = space.points(far, "reference")
    queries = points if near is far else space.points(near, "query")
    return space.nearest(queries, points, exclude_self=exclude_self, n_threads=n_threads)


@dataclass(frozen=True)
class _Number:
    """How a column of numbers becomes a coordinate."""

    name: Hashable
    origin: int  # second since 1970 that dates are counted from
    center: float
    scale: float
    missing: float

    def place(self, column: ColumnData, role: str) -> Floats:
        """Coordinates of a column, (n_rows,), all finite."""
        with np.errstate(over="ignore"):
            place = (_numbers(column, self.origin, role) - self.center) / self.scale
        place = np.clip(place, -0.5 * FARTHEST, 0.5 * FARTHEST)
        place[np.isnan(place)] = self.missing
        return place


@dataclass(frozen=True)
class RecordSpace:
    """Rows of mixed tables as points, and the nearest of them: what `record_distances` stands on.

    Parameters
    ----------
    metric : {"euclidean", "gower"}
        See `record_distances`.
    measured : tuple of _Number
        Columns of which the difference counts; the first coordinates.
    constant : tuple of _Number
        Columns of numbers of which any difference counts as 1; the coordinates after them.
    levels : dict of hashable to dict of str to int
        Columns of levels, and the code of each level met so far; the last coordinates.

    Examples
    --------
    >>> from synthfast.neighbors import RecordSpace
    >>> space = RecordSpace.fit({"reference": {"x": [0.0, 2.0], "c": ["a", "b"]}})
    >>> points = space.points({"x": [3.0, 0.0], "c": ["b", "new"]})
    >>> points
    array([[ 2.,  0.],
           [-1.,  1.]])
    >>> space.nearest(points, points, exclude_self=True)
    (array([3.16227766, 3.16227766]), array([1, 0]))
    """

    metric: Metric
    measured: tuple[_Number, ...]
    constant: tuple[_Number, ...]
    levels: dict[Hashable, dict[str, int]]

    @classmethod
    def fit(cls, tables: Mapping[str, Any], *, metric: Metric = "euclidean") -> "RecordSpace":
        """Settle from all tables what each column holds, and from the first one the scales.

        Parameters
        ----------
        tables : dict of str to table
            The tables that will be compared, by the name that messages call them.
        metric : {"euclidean", "gower"}, default "euclidean"
            See `record_distances`.

        Returns
        -------
        RecordSpace
            The space.

        Raises
        ------
        DataError
            If the first table has no rows, the tables differ in their columns or in what a column holds, or a number in
            the first is infinite.
        ValueError
            If ``metric`` is unknown.

        Notes
        -----
        O(n_rows * n_columns).
        """
        check_choice("metric", metric, MISSING)
        given = {role: _read(data, role) for role, data in tables.items()}
        role, scale = next(iter(given.items()))
        _check_columns(given)
        if scale.n_rows == 0:
            raise DataError(f"{role}: expected at least one row, got none. Means and ranges are taken from its rows.")
        measured: list[_Number] = []
        constant: list[_Number] = []
        levels: dict[Hashable, dict[str, int]] = {}
        for name in scale.names:
            if _settle_kind(name, given) == "levels":
                levels[name] = {}
                continue
            number, varies = _fit_number(scale.column(name), metric, role)
            (measured if varies or metric == "euclidean" else constant).append(number)
        return cls(metric, tuple(measured), tuple(constant), levels)

    def points(self, table: Any, role: str = "table") -> Floats:
        """Coordinates of a table's rows.

        Parameters
        ----------
        table : table of shape (n_rows, n_columns)
            With the columns of the space. Levels not met before get the next codes, so that all tables share them.
        role : str, default "table"
            What messages call the table.

        Returns
        -------
        ndarray of float64, shape (n_rows, n_columns)
            All finite.

        Raises
        ------
        DataError
            If a number is infinite or a column is absent.

        Notes
        -----
        O(n_rows * n_columns).
        """
        given = _read(table, role)
        numbers = (*self.measured, *self.constant)
        points = np.empty((given.n_rows, len(numbers) + len(self.levels)))
        for position, number in enumerate(numbers):
            points[:, position] = number.place(given.column(number.name), role)
        for position, (name, known) in enumerate(self.levels.items(), start=len(numbers)):
            points[:, position] = _codes(given.column(name), known)
        return points

    def nearest(
        self, queries: Floats, points: Floats, *, exclude_self: bool = False, n_threads: int | None = None
    ) -> tuple[Floats, Integers]:
        """Distances from points to the nearest of others, and their positions; see `record_distances`.

        Parameters
        ----------
        queries, points : ndarray of float64, shape (n_query, n_columns), (n_reference, n_columns)
            Coordinates out of `points`.
        exclude_self : bool, default False
            Whether point i does not count for query i.
        n_threads : int or None, default None
            Threads.

        Returns
        -------
        distances : ndarray of float64, shape (n_query,)
        indices : ndarray of int64, shape (n_query,)

        Raises
        ------
        DataError
            If a query is left without any point, or coordinates are not those of this space.
        """
        queries, points = (self._check_points(name, x) for name, x in (("queries", queries), ("points", points)))
        _check_rows(len(queries), len(points), exclude_self)
        law = len(self.measured), self.metric == "euclidean"
        tree, order = _box_tree(points, _near_order(points, *law)), _near_order(queries, *law)
        costs, indices = np.empty(len(queries)), np.empty(len(queries), dtype=np.int64)
        threads = effective_n_threads(n_threads)
        _record_distance.find_nearest(queries, order, *tree, *law, exclude_self, costs, indices, threads)
        return (np.sqrt(costs) if self.metric == "euclidean" else costs / points.shape[1]), indices

    def _check_points(self, name: str, points: Floats) -> Floats:
        n_columns = len(self.measured) + len(self.constant) + len(self.levels)
        array = np.ascontiguousarray(points, dtype=np.float64)
        if array.ndim != 2 or array.shape[1] != n_columns or not np.isfinite(array).all():
            raise DataError(
                f"{name}: expected finite coordinates of shape (n_rows, {n_columns}), got {describe_value(points)}. "
                "Take them from points() of this space."
            )
        return array


def _near_order(points: Floats, n_measured: int, squared: bool) -> Integers:
    """An order of the rows that puts near ones beside each other."""
    order = np.arange(len(points), dtype=np.int64)
    _record_distance.order_rows(points, n_measured, squared, np.empty(len(points)), order)
    return order


def _box_tree(points: Floats, order: Integers) -> tuple[Floats, Integers, Floats, Floats, Integers]:
    """Rows in blocks of 64, and the boxes around them in blocks of 64, level after level; as the kernel takes them."""
    row_of = np.sort(_in_blocks(order), axis=1)
    rows = _in_blocks(points[row_of.ravel()])
    low, high = rows.min(axis=2), rows.max(axis=2)
    lows, highs = [_in_blocks(low[:0])], [_in_blocks(high[:0])]
    while len(low) > 1:
        lows.append(_in_blocks(low))
        highs.append(_in_blocks(high))
        low, high = lows[-1].min(axis=2), highs[-1].max(axis=2)
    starts = np.cumsum([len(level) for level in lows], dtype=np.int64)
    return rows, row_of, np.concatenate(lows), np.concatenate(highs), starts


def _in_blocks(rows: NDArray[Any]) -> NDArray[Any]:
    """(n, ...) as (n_blocks, ..., 64), the last row repeated to fill up."""
    padded = np.pad(rows, [(0, -len(rows) % LANES)] + [(0, 0)] * (rows.ndim - 1), mode="edge")
    return np.ascontiguousarray(np.moveaxis(padded.reshape(-1, LANES, *rows.shape[1:]), 1, -1))


def _read(data: Any, role: str) -> Table:
    try:
        return Table.from_any(data)
    except DataError as error:
        raise type(error)(f"{role}: {error}") from error


def _check_rows(n_query: int, n_reference: int, exclude_self: bool) -> None:
    if n_reference == 0:
        raise DataError("reference: expected at least one row, got none. There is no nearest row without rows.")
    if not exclude_self:
        return
    if n_query != n_reference:
        raise DataError(
            f"exclude_self=True: expected query and reference of the same rows, got {n_query} and {n_reference} rows. "
            "Pass one table twice, or exclude_self=False."
        )
    if n_reference == 1:
        raise DataError("exclude_self=True: expected at least two rows, got one, which has no other. Add rows.")


def _check_columns(given: Mapping[str, Table]) -> None:
    base, first = next(iter(given.items()))
    if not first.names:
        raise DataError(f"{base}: expected at least one column, got none. There is nothing to compare.")
    for role, table in given.items():
        absent = [name for name in first.names if name not in set(table.names)]
        added = [name for name in table.names if name not in set(first.names)]
        if absent or added:
            found = [f"without {absent!r}"] * bool(absent) + [f"with {added!r} besides"] * bool(added)
            raise DataError(
                f"{role}: expected the columns of {base}, got a table {' and '.join(found)}. "
                "Give all tables the same columns; their order does not matter."
            )


def _settle_kind(name: Hashable, given: Mapping[str, Table]) -> str:
    """What a column holds, in all tables that have values in it."""
    kinds: dict[str, str] = {}
    for role, table in given.items():
        column = table.column(name)
        missing = column.missing()
        if column.n_rows and (missing is None or not missing.all()):
            kinds.setdefault(_KINDS.get(column.storage, "levels"), f"{column.dtype} in {role}")
    if len(kinds) > 1:
        raise DataError(
            f"column {name!r}: expected numbers, dates, durations or levels in all tables alike, got "
            f"{' but '.join(kinds.values())}. Cast it to one of them."
        )
    return next(iter(kinds), "levels")


def _fit_number(column: ColumnData, metric: Metric, role: str) -> tuple[_Number, bool]:
    """The coordinate of a column of numbers, and whether it varies."""
    dates = column.present() if column.storage == "datetime" else np.empty(0)
    origin = int(_whole_seconds(dates.min(), column.unit)) if len(dates) else 0
    values = _numbers(column, origin, role)
    known = values[~np.isnan(values)]
    if len(known) == 0:
        return _Number(column.name, origin, 0.0, 1.0, MISSING[metric]), False
    exponent = int(np.frexp(np.abs(known).max())[1])
    known = np.ldexp(known, -exponent)  # exact, and squares do not overflow
    low, high = known.min(), known.max()
    center, scale = (known.mean(), known.std()) if metric == "euclidean" else (low, high - low)
    with np.errstate(over="ignore"):
        center, scale = np.ldexp(center, exponent), min(np.ldexp(scale, exponent), FARTHEST)
    varies = bool(high > low and scale > 0.0)
    return _Number(column.name, origin, float(center), float(scale) if varies else 1.0, MISSING[metric]), varies


def _numbers(column: ColumnData, origin: int, role: str) -> Floats:
    """The column as float64, times in seconds, NaN where missing."""
    if column.storage not in _KINDS:  # a column without values
        return np.full(column.n_rows, np.nan)
    if column.storage == "decimal":
        values = column.array / 10.0**column.scale
    elif column.unit is not None:
        whole = _whole_seconds(column.array, column.unit)
        rest = 0 if column.unit == "D" else column.array % _TICKS[column.unit] / _TICKS[column.unit]
        values = (whole - origin).astype(np.float64) + rest
    else:
        values = column.array.astype(np.float64)
    infinite = np.flatnonzero(np.isinf(values))
    if len(infinite):
        raise DataError(
            f"{role}: column {column.name!r}: expected finite numbers, got {values[infinite[0]]} in row {infinite[0]}. "
            "Replace infinite values by missing ones or by a large number."
        )
    missing = column.missing()
    if missing is not None:
        values[missing] = np.nan
    return values


def _whole_seconds(ticks: Any, unit: str | None) -> Any:
    return ticks * 86_400 if unit == "D" else ticks // _TICKS[str(unit)]


def _codes(column: ColumnData, known: dict[str, int]) -> NDArray[np.int64]:
    """Codes of the column's levels, (n_rows,), -1 where missing; new levels join the known ones."""
    codes, levels = column.factorize()
    names = levels if isinstance(levels, list) else levels.to_pylist()
    shared = [known.setdefault(_level_text(name), len(known)) for name in names]
    return np.array([*shared, -1], dtype=np.int64)[codes]


def _level_text(level: Any) -> str:
    return str(int(level)) if isinstance(level, float) and level.is_integer() else str(level)
