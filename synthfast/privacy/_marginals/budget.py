"""How a budget is divided, and noisy counts bought from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod, sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from synthfast.privacy.accountant import Accountant
from synthfast.privacy.scales import sigma_of_rho

__all__ = ["Shares", "Sizes", "allocate", "buy_counts"]

Counts = npt.NDArray[np.float64]

FIRST = 0.15  # of the budget, for a first look at each column
SELECTION = 0.05


@dataclass(frozen=True)
class Sizes:
    """How much a budget can resolve.

    ``signal`` is the number of rows times the root of the budget: what decides how many groups and cells stand out of
    the noise. The rules were fitted on real tables of 10,000 to 50,000 rows at epsilon 0.1 to 10; they change
    the error, never the guarantee.
    """

    signal: float

    @property
    def n_groups(self) -> int:
        """Groups of a column's levels in tables of two and three columns."""
        return int(np.clip(round(0.85 * self.signal**0.35), 2, 64))

    @property
    def entropy(self) -> float:
        """Weight of the entropy in the estimate."""
        return 0.02 * float(max(self.signal, 1.0) / 6_000.0) ** 0.75

    def clique_cells(self, limit: int) -> int:
        """Cells of the largest table to measure."""
        return int(np.clip(self.signal / 3.0, 16, limit / 20))

    def tree_cells(self, limit: int) -> int:
        """Cells of the junction tree."""
        return min(20 * self.clique_cells(limit), limit)


@dataclass(frozen=True)
class Shares:
    """Parts of a budget, in zCDP."""

    first: float
    columns: float
    selection: float
    cliques: float

    @classmethod
    def of(cls, rho: float, signal: float | None = None) -> "Shares":
        """Parts of ``rho``; the weaker the signal, the more goes to single columns. 0.3 where it is not known."""
        columns = 0.3 if signal is None else min(0.7, 0.18 + 12.0 / sqrt(max(signal, 1.0)))
        rest = max(columns - FIRST, 0.0)
        return cls(FIRST * rho, rest * rho, SELECTION * rho, (1.0 - FIRST - rest - SELECTION) * rho)


def allocate(rho: float, sizes: Sequence[int]) -> list[float]:
    """Parts of ``rho`` for tables of these sizes, for the least sum of errors where each is size times sigma."""
    weights = np.array(sizes, dtype=np.float64) ** (2.0 / 3.0)
    return [float(part) for part in rho * weights / weights.sum()]


def buy_counts(
    counts: npt.NDArray[np.int64], rho: float, accountant: Accountant, *, step: str, column: Any = None,
    sensitivity: float | None = None,
) -> tuple[Counts, float]:  # fmt: skip
    """Counts with discrete Gaussian noise, and its scale. Proof: ``PROOFS.md``, "Discrete Gaussian".

    Parameters
    ----------
    counts : ndarray of int64
        Exact.
    rho : float
        What to pay.
    accountant : Accountant
        Pays before anything is drawn.
    step : str
        What is bought.
    column : optional
        Column or columns that it is of.
    sensitivity : float, optional
        By how much one unit changes the counts at most, in the Euclidean norm; by default its number of rows, as where
        every row adds to one cell.
    """
    change = float(accountant.max_rows_per_user) if sensitivity is None else sensitivity
    sigma = sigma_of_rho(rho, change)
    accountant.spend(rho, step=step, column=column, mechanism="discrete Gaussian", scale=sigma)
    noise = accountant.noise.gaussian(sigma, int(prod(counts.shape))).reshape(counts.shape)
    return (counts + noise).astype(np.float64), float(sigma)
