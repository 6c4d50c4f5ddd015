"""How many rows share each row's quasi-identifiers."""

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from synthfast._core.frames import Table
from synthfast._core.validation import check_choice
from synthfast.privacy._columns import column_digits, read_columns
from synthfast.privacy._keys import Digits, group_columns, sizes_of_rows

__all__ = ["Missing", "class_sizes", "compatible_sizes", "table_digits"]

Missing = Literal["own", "wildcard"]


def class_sizes(
    data: Any, quasi_identifiers: Any, *, missing: Missing = "own", n_threads: int | None = None
) -> NDArray[np.int64]:
    """Count, for each row, the rows that have its values in all quasi-identifiers; itself included.

    Parameters
    ----------
    data : table of shape (n_rows, n_columns)
        pandas, polars or Arrow, a 2-D or structured array, a dict of columns or a list of dicts. May have no rows.
    quasi_identifiers : str or sequence of column names
        What an attacker may know of a person.
    missing : {"own", "wildcard"}, default "own"
        ``"own"``: a missing value is a value of its own and equals itself only, what a published table shows.
        ``"wildcard"``: a missing value may stand for any other. Two rows are then alike where neither of them says
        otherwise, and the count of a row is that of the rows alike to it; this is sdcMicro's count with ``alpha=1``.
    n_threads : int or None, default None
        Threads; None takes the setting in force. Results do not depend on it.

    Returns
    -------
    ndarray of int64, shape (n_rows,)
        At least 1. Its minimum is the k of k-anonymity.

    Raises
    ------
    SchemaError
        If a column is not there.
    DataError
        If a column is named twice, or none is.
    ValueError
        If ``missing`` is unknown.

    Notes
    -----
    Exact for any number of columns: see `synthfast.privacy.anonymity_report`. O(n_rows n_columns) where the distinct
    values are few; 8 to 40 bytes a row. With ``"wildcard"`` that much for every pair of patterns of missing columns.

    References
    ----------
    L. Sweeney (2002), "k-anonymity: a model for protecting privacy".

    Examples
    --------
    >>> from synthfast.privacy import class_sizes
    >>> patients = {"zip": ["10115", "10115", "20095", None], "age": [34, 34, 51, 34]}
    >>> class_sizes(patients, ["zip", "age"])
    array([2, 2, 1, 1])
    >>> class_sizes(patients, ["zip", "age"], missing="wildcard")
    array([3, 3, 1, 3])
    """
    check_choice("class_sizes: missing", missing, ("own", "wildcard"))
    table, names, _ = read_columns(data, quasi_identifiers, None, "class_sizes")
    if missing == "wildcard":
        return compatible_sizes(table, names, n_threads)
    return sizes_of_rows(table_digits(table, names), table.n_rows, n_threads)


def table_digits(table: Table, names: Any) -> list[Digits]:
    """The columns of these names as whole numbers."""
    return [column_digits(table.column(name)) for name in names]


def compatible_sizes(table: Table, names: Any, n_threads: int | None = None) -> NDArray[np.int64]:
    """Rows alike to each row where a missing value may be anything."""
    digits = table_digits(table, names)
    absent = [table.column(name).missing() for name in names]
    flags = [np.zeros(table.n_rows, dtype=bool) if mask is None else mask for mask in absent]
    patterns = group_columns([Digits(mask, 0, 2) for mask in flags], table.n_rows, n_threads)
    first = patterns.first_rows()
    known = [[c for c, mask in enumerate(flags) if not mask[row]] for row in first]
    rows_of = [np.flatnonzero(patterns.ids == pattern) for pattern in range(len(patterns))]
    sizes = np.zeros(table.n_rows, dtype=np.int64)
    for p, rows in enumerate(rows_of):
        for q, others in enumerate(rows_of):
            shared = [digits[c] for c in known[p] if c in known[q]]
            sizes[rows] += _matches(shared, rows, others, p == q, n_threads)
    return sizes


def _matches(
    columns: list[Digits], rows: NDArray[np.int64], others: NDArray[np.int64], same: bool, n_threads: int | None
) -> NDArray[np.int64]:
    """For each of some rows, how many of the others have its values in these columns."""
    both = rows if same else np.concatenate([rows, others])
    classes = group_columns([Digits(c.values[both], c.low, c.width) for c in columns], len(both), n_threads)
    counted = classes.ids if same else classes.ids[len(rows) :]
    return np.bincount(counted, minlength=len(classes))[classes.ids[: len(rows)]]
