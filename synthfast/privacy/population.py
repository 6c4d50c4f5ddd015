"""k-map: how many people of a population a row of a table may be about."""

from collections.abc import Hashable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.frames import Table
from synthfast._core.frames.align import align
from synthfast._core.frames.concat import concatenate_tables
from synthfast.exceptions import DataError
from synthfast.privacy._columns import column_digits, read_columns
from synthfast.privacy._keys import group_columns

__all__ = ["k_map", "smallest_in_population"]


def k_map(data: Any, population: Any, quasi_identifiers: Any, *, n_threads: int | None = None) -> int:
    """Count, in a population, the rows like each row of a table, and return the fewest.

    Parameters
    ----------
    data, population : table
        The table, and the people that it may be about; columns are matched by name.
    quasi_identifiers : str or sequence of column names
        Columns of both.
    n_threads : int or None, default None
        Threads.

    Returns
    -------
    int
        The k of k-map; 0 where a row has no like in the population, which then is not one of the table's.

    Raises
    ------
    DataError
        If the tables differ in what a column holds, or ``data`` has no rows.

    References
    ----------
    L. Sweeney (2001), "Computational disclosure control".

    Examples
    --------
    >>> from synthfast.privacy import k_map
    >>> k_map({"age": [30, 40]}, {"age": [30, 30, 30, 40, 40]}, "age")
    2
    """
    table, names, _ = read_columns(data, quasi_identifiers, None, "k_map")
    if not table.n_rows:
        raise DataError("k_map: expected at least one row, got none.")
    return smallest_in_population(table, population, names, n_threads)


def smallest_in_population(table: Table, population: Any, names: list[Hashable], n_threads: int | None) -> int:
    """As `k_map`, of a table that is read and has rows."""
    people, _, _ = read_columns(population, names, None, "k_map: population")
    columns, fits = [], np.ones(table.n_rows, dtype=bool)
    blank = {name: people.column(name) for name in names}
    for name in names:
        pair = _align_columns(table.column(name), blank[name])
        if pair is None:
            raise DataError(
                f"k_map: column {name!r} is {table.column(name).storage} in the table and {blank[name].storage} in the "
                "population. Convert one of them."
            )
        both, held = pair
        columns.append(column_digits(both))
        fits &= held
    classes = group_columns(columns, table.n_rows + people.n_rows, n_threads)
    counts = np.bincount(classes.ids[table.n_rows :], minlength=len(classes))
    return int(np.where(fits, counts[classes.ids[: table.n_rows]], 0).min())


def _align_columns(column: Any, like: Any) -> tuple[Any, NDArray[np.bool_]] | None:
    """Two columns one below the other in the storage of the second, and which rows of the first that holds."""
    if "null" in (column.storage, like.storage):
        return None
    pair = align(column, like)
    if pair is None:
        return None
    one, other, fits = pair
    return concatenate_tables([{0: one}, {0: other}])[0], fits
