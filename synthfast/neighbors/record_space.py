"""The space that the rows of mixed tables are points of, and the nearest of them."""

from collections.abc import Callable, Collection, Hashable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.frames import Table
from synthfast._core.threads import effective_n_threads
from synthfast._core.validation import check_choice, check_integer, describe_value
from synthfast._ext import _record_distance
from synthfast.exceptions import DataError
from synthfast.neighbors.record_axes import MISSING, Metric, NumberAxis, fit_number, level_codes, settle_kind
from synthfast.neighbors.record_boxes import box_tree, near_order

__all__ = ["Metric", "RecordSpace", "read_table"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class RecordSpace:
    """Rows of mixed tables as points, and the nearest of them: what `record_distances` stands on.

    Parameters
    ----------
    metric : {"euclidean", "gower"}
        See `record_distances`.
    measured : tuple of NumberAxis
        Columns of which the difference counts; the first coordinates.
    constant : tuple of NumberAxis
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
    measured: tuple[NumberAxis, ...]
    constant: tuple[NumberAxis, ...]
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
        given = {role: read_table(data, role) for role, data in tables.items()}
        role, scale = next(iter(given.items()))
        _check_columns(given)
        if scale.n_rows == 0:
            raise DataError(f"{role}: expected at least one row, got none. Means and ranges are taken from its rows.")
        measured: list[NumberAxis] = []
        constant: list[NumberAxis] = []
        levels: dict[Hashable, dict[str, int]] = {}
        for name in scale.names:
            if settle_kind(name, given) == "levels":
                levels[name] = {}
                continue
            number, varies = fit_number(scale.column(name), metric, role)
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
        given = read_table(table, role)
        numbers = (*self.measured, *self.constant)
        points = np.empty((given.n_rows, len(numbers) + len(self.levels)))
        for position, number in enumerate(numbers):
            points[:, position] = number.place(given.column(number.name), role)
        for position, (name, known) in enumerate(self.levels.items(), start=len(numbers)):
            points[:, position] = level_codes(given.column(name), known)
        return points

    def select(self, names: Collection[Hashable]) -> tuple["RecordSpace", Integers]:
        """The space of some of the columns, and where their coordinates stand among those of this one.

        Parameters
        ----------
        names : collection of hashable
            Columns of the space.

        Returns
        -------
        space : RecordSpace
            ``points[:, positions]`` are points of it.
        positions : ndarray of int64, shape (n_names,)

        Raises
        ------
        DataError
            If a name is not a column of the space, or none is given.
        """
        own = [*(number.name for number in (*self.measured, *self.constant)), *self.levels]
        absent = [name for name in names if name not in own]
        if absent or not names:
            raise DataError(f"names: expected some of the columns {own!r}, got {list(names)!r}.")
        measured, constant = (
            tuple(number for number in numbers if number.name in names) for numbers in (self.measured, self.constant)
        )
        levels = {name: known for name, known in self.levels.items() if name in names}
        positions = np.array([k for k, name in enumerate(own) if name in names], dtype=np.int64)
        return RecordSpace(self.metric, measured, constant, levels), positions

    def nearest(
        self,
        queries: Floats,
        points: Floats,
        *,
        n_neighbors: int | None = None,
        exclude_self: bool = False,
        n_threads: int | None = None,
    ) -> tuple[Floats, Integers]:
        """Distances from points to the nearest of others, and their positions; see `record_distances`.

        Parameters
        ----------
        queries, points : ndarray of float64, shape (n_query, n_columns), (n_reference, n_columns)
            Coordinates out of `points`.
        n_neighbors : int or None, default None
            How many; None for the nearest one alone.
        exclude_self : bool, default False
            Whether point i does not count for query i.
        n_threads : int or None, default None
            Threads.

        Returns
        -------
        distances : ndarray of float64, shape (n_query,) or (n_query, n_neighbors)
            Ascending.
        indices : ndarray of int64, shape (n_query,) or (n_query, n_neighbors)

        Raises
        ------
        DataError
            If there are fewer points than neighbours, or coordinates are not those of this space.
        """
        k = 1 if n_neighbors is None else check_integer("n_neighbors", n_neighbors, minimum=1)
        search = self._search(_record_distance.find_nearest, queries, points, exclude_self, k)
        costs, indices = np.empty((len(queries), k)), np.empty((len(queries), k), dtype=np.int64)
        search(costs, indices, effective_n_threads(n_threads))
        distances = np.sqrt(costs) if self.metric == "euclidean" else costs / self.n_columns
        return (distances[:, 0], indices[:, 0]) if n_neighbors is None else (distances, indices)

    def count_within(
        self,
        queries: Floats,
        points: Floats,
        radii: Floats | float,
        *,
        exclude_self: bool = False,
        n_threads: int | None = None,
    ) -> Integers:
        """How many points lie within a distance, which counts as within, of each query.

        Parameters
        ----------
        queries, points : ndarray of float64, shape (n_query, n_columns), (n_reference, n_columns)
            Coordinates out of `points`.
        radii : float or ndarray of float64, shape (n_query,)
            Distances, rounded up to the next number, so that one that `nearest` gave holds the point that it was for.
        exclude_self : bool, default False
            Whether point i does not count for query i.
        n_threads : int or None, default None
            Threads.

        Returns
        -------
        ndarray of int64, shape (n_query,)

        Raises
        ------
        DataError
            If there are no points, or coordinates are not those of this space.

        Notes
        -----
        Exact. O(n_query * log(n_reference)) for small balls, at worst O(n_query * n_reference * n_columns).
        """
        search = self._search(_record_distance.count_within, queries, points, exclude_self, 1)
        reach = np.nextafter(np.broadcast_to(np.asarray(radii, dtype=np.float64), len(queries)), np.inf)
        with np.errstate(over="ignore"):
            most = reach**2 if self.metric == "euclidean" else reach * self.n_columns
        counts = np.empty(len(queries), dtype=np.int64)
        search(most, counts, effective_n_threads(n_threads))
        return counts

    @property
    def n_columns(self) -> int:
        """How many columns there are."""
        return len(self.measured) + len(self.constant) + len(self.levels)

    def _search(
        self, kernel: Callable[..., None], queries: Floats, points: Floats, exclude_self: bool, n_neighbors: int
    ) -> Callable[..., None]:
        """A kernel with all that it takes, up to the question itself."""
        queries, points = (self._check_points(name, x) for name, x in (("queries", queries), ("points", points)))
        _check_rows(len(queries), len(points), exclude_self, n_neighbors)
        law = len(self.measured), self.metric == "euclidean"
        tree = box_tree(points, near_order(points, *law))
        return partial(kernel, queries, near_order(queries, *law), *tree, *law, exclude_self)

    def _check_points(self, name: str, points: Floats) -> Floats:
        n_columns = self.n_columns
        array = np.ascontiguousarray(points, dtype=np.float64)
        if array.ndim != 2 or array.shape[1] != n_columns or not np.isfinite(array).all():
            raise DataError(
                f"{name}: expected finite coordinates of shape (n_rows, {n_columns}), got {describe_value(points)}. "
                "Take them from points() of this space."
            )
        return array


def read_table(data: Any, role: str) -> Table:
    """The table that was given, which messages call by its role."""
    try:
        return Table.from_any(data)
    except DataError as error:
        raise type(error)(f"{role}: {error}") from error


def _check_rows(n_query: int, n_reference: int, exclude_self: bool, n_neighbors: int) -> None:
    if n_reference == 0:
        raise DataError("reference: expected at least one row, got none. There is no nearest row without rows.")
    if exclude_self and n_query != n_reference:
        raise DataError(
            f"exclude_self=True: expected query and reference of the same rows, got {n_query} and {n_reference} rows. "
            "Pass one table twice, or exclude_self=False."
        )
    if exclude_self and n_reference == 1:
        raise DataError("exclude_self=True: expected at least two rows, got one, which has no other. Add rows.")
    if n_neighbors > n_reference - exclude_self:
        raise DataError(
            f"n_neighbors={n_neighbors}: expected as many rows to look among, got {n_reference - exclude_self}. "
            "Lower n_neighbors or add rows."
        )


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
