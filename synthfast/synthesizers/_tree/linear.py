"""Where a column lies by a linear rule on the earlier ones: the oblique question that no tree asks by itself.

Every column is a few tables over its codes (a normal score, or one indicator a level), the rule a sum of tables: it
costs a lookup a column and gives the same bits everywhere.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast._ext._code_rows import add_tables
from synthfast.marginals.ecdf import ndtri
from synthfast.synthesizers._tree.bins import MAX_CODES, Bins

__all__ = ["LinearBasis", "LinearScore", "normal_scores"]

Floats = NDArray[np.float64]

FEW_LEVELS = 12  # unordered columns of at most as many levels get an indicator each
CHUNK_ROWS = 8_192
MAX_ROWS = 65_536
RIDGE = 10.0
LEAST_R2 = 0.05
LEAST_P = 1e-4


def normal_scores(grade: Floats) -> Floats:
    """Normal quantile of cumulative shares, cut off at 1 in 10,000."""
    return ndtri(np.clip(grade, LEAST_P, 1.0 - LEAST_P))


@dataclass(frozen=True)
class LinearScore:
    """A linear prediction of a column's normal score.

    Parameters
    ----------
    columns : ndarray of int32, shape (n_terms,)
    tables : ndarray of float32, shape (n_terms, 256)
    constant : float
    spread : float
        Standard deviation of what the rule leaves open.
    """

    columns: NDArray[np.int32]
    tables: NDArray[np.float32]
    constant: float
    spread: float

    def __call__(self, codes: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Predictions for rows of codes, shape (n_columns, n_rows)."""
        z = np.full(codes.shape[1], self.constant, dtype=np.float32)
        add_tables(codes, self.columns, self.tables, z)
        return z

    def to_state(self) -> dict[str, NDArray[Any]]:
        """Arrays that say everything."""
        numbers = np.array([self.constant, self.spread])
        return {"columns": self.columns, "tables": self.tables, "numbers": numbers}

    @classmethod
    def from_state(cls, arrays: dict[str, NDArray[Any]]) -> "LinearScore":
        """Undo `to_state`."""
        constant, spread = arrays["numbers"].tolist()
        return cls(arrays["columns"], arrays["tables"], constant, spread)


class LinearBasis:
    """Cross-products of all columns' tables, from which the rule of every column is solved.

    Parameters
    ----------
    bins : list of Bins
        Columns in the order of the chain.
    codes : ndarray of uint8, shape (n_columns, n_rows)
        Rows in random order; the first 65,536 are used.
    """

    def __init__(self, bins: list[Bins], codes: NDArray[np.uint8]) -> None:
        self.bins = bins
        self.codes = codes[:, :MAX_ROWS]
        tables = [_tables(b) for b in bins]
        self.owner = np.repeat(np.arange(len(bins)), [len(t) for t in tables])
        self.tables = np.vstack(tables) if tables else np.empty((0, MAX_CODES))
        self.targets = np.array([_score_table(b) for b in bins])
        self._owners = np.r_[self.owner, np.arange(len(bins))]
        self._rules = np.vstack([self.tables, self.targets]) if len(bins) else self.tables
        self._all = self._moments(np.arange(len(self._owners)), None)

    def _moments(self, at: NDArray[np.intp], target: int | None) -> tuple[float, Floats, Floats]:
        """Rows, sums and cross-products of some tables and targets; only rows in which ``target`` is known."""
        n, total, cross = 0.0, np.zeros(len(at)), np.zeros((len(at), len(at)))
        for start in range(0, self.codes.shape[1], CHUNK_ROWS):
            part = self.codes[:, start : start + CHUNK_ROWS]
            if target is not None:
                part = part[:, part[target] > 0]
            rows = np.empty((len(at), part.shape[1]))
            for k, own in enumerate(at):
                rows[k] = self._rules[own][part[self._owners[own]]]
            n += part.shape[1]
            total += rows.sum(axis=1)
            cross += rows @ rows.T
        return n, total, cross

    def correlations(self, j: int) -> Floats:
        """Correlation of column ``j``'s normal score with each earlier column's, shape (j,)."""
        n, total, cross = self._all
        at = len(self.owner) + np.arange(j + 1)
        covariance = cross[np.ix_(at, at)] / n - np.outer(total[at], total[at]) / n**2
        scale = np.sqrt(np.maximum(np.diag(covariance), 1e-12))
        return covariance[j, :j] / (scale[j] * scale[:j])

    def solve(self, j: int, sources: NDArray[np.int32]) -> LinearScore | None:
        """The rule of column ``j`` on ``sources``; None where it explains next to nothing."""
        use = np.flatnonzero(np.isin(self.owner, sources))
        if self.bins[j].n_leaves < 3 or not len(use):
            return None
        at = np.r_[use, len(self.owner) + j]
        if self.bins[j].missing:
            n, total, cross = self._moments(at, j)
        else:
            n, total, cross = self._all[0], self._all[1][at], self._all[2][np.ix_(at, at)]
        if n < 10:
            return None
        centred = cross - np.outer(total, total) / n
        gram, moment, variance = centred[:-1, :-1], centred[:-1, -1], centred[-1, -1]
        weights = np.linalg.solve(gram + RIDGE * np.eye(len(use)), moment)
        left = variance - 2 * weights @ moment + weights @ gram @ weights
        if not variance > 0.0 or left > (1.0 - LEAST_R2) * variance:
            return None
        columns = np.unique(self.owner[use])
        tables = np.zeros((len(columns), MAX_CODES))
        np.add.at(tables, np.searchsorted(columns, self.owner[use]), weights[:, None] * self.tables[use])
        constant = float(total[-1] / n - weights @ total[:-1] / n)
        spread = float(np.sqrt(max(left / n, 1e-12)))
        return LinearScore(columns.astype(np.int32), tables.astype(np.float32), constant, spread)


def _score_table(bins: Bins) -> Floats:
    """Normal score of each code; 0 for missing."""
    out = np.zeros(MAX_CODES)
    grade = bins.code_grade
    out[: bins.n_codes] = normal_scores(0.5 * (grade[1:] + grade[:-1]))
    if bins.missing:
        out[0] = 0.0
    return out


def _tables(bins: Bins) -> Floats:
    """Tables of one column over its codes, shape (n_tables, 256)."""
    if bins.numeric or bins.n_leaves > FEW_LEVELS:
        tables = [_score_table(bins)]
        if bins.missing:
            tables.append((np.arange(MAX_CODES) == 0).astype(np.float64))
        return np.array(tables)
    return np.eye(MAX_CODES)[1 : bins.n_codes]
