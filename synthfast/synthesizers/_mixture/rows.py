"""Rows as the kernels of a mixture read them: numbers, codes of levels, and runs of rows that miss the same numbers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthfast._core.mixing import GOLDEN, mix_words

__all__ = ["MixtureRows", "shuffle_rows"]

Floats = NDArray[np.float64]
Codes = NDArray[np.int32]
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class MixtureRows:
    """Rows sorted into runs.

    Parameters
    ----------
    values : ndarray of float64, shape (n_numbers, n_rows)
        NaN where a row has no number.
    codes : ndarray of int32, shape (n_rows, n_code_columns)
        Rows of the table of levels.
    run_starts : ndarray of int64, shape (n_runs + 1,)
        First row of each run, and n_rows.
    seen : ndarray of uint8, shape (n_runs, n_numbers)
        1 for the numbers that all rows of a run have; the others they lack.
    order : ndarray of int64, shape (n_rows,)
        Which of the given rows stands at each place.
    """

    values: Floats
    codes: Codes
    run_starts: Rows
    seen: NDArray[np.uint8]
    order: Rows

    @classmethod
    def of(cls, values: Floats, codes: Codes) -> "MixtureRows":
        """Sort rows into runs; within a run they keep their order."""
        n_numbers, n_rows = values.shape
        seen = ~np.isnan(values)
        if seen.all():
            starts, kinds = np.array([0, n_rows]), np.ones((1, n_numbers), dtype=np.uint8)
            return cls(np.ascontiguousarray(values), codes, starts, kinds, np.arange(n_rows))
        pattern = np.zeros(n_rows, dtype=np.int64)
        for row in seen:  # number the patterns met so far anew with every column, so that they stay few
            pattern = np.unique(2 * pattern + row, return_inverse=True)[1].ravel()
        order = np.argsort(pattern, kind="stable")
        first = np.flatnonzero(np.r_[True, np.diff(pattern[order]) > 0])
        kinds = np.ascontiguousarray(seen[:, order[first]].T.astype(np.uint8))
        return cls(
            np.ascontiguousarray(values[:, order]),
            np.ascontiguousarray(codes[order]),
            np.r_[first, n_rows],
            kinds,
            order,
        )

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return self.values.shape[1]


def shuffle_rows(values: Floats, codes: Codes, key: int) -> Rows:
    """Rows in an order that looks random but is a function of what they hold: of a key, numbers and codes alone.

    So the order in which rows were given changes nothing.
    """
    mixed = np.full(values.shape[1], key, dtype=np.uint64)
    for row in values:
        bits = (row + 0.0).view(np.uint64)  # a zero from below is plain zero
        mixed = mix_words((mixed ^ np.where(np.isnan(row), np.uint64(1), bits)) + GOLDEN)
    for column in codes.T:
        mixed = mix_words((mixed ^ column.astype(np.uint64)) + GOLDEN)
    return np.argsort(mixed, kind="stable")
