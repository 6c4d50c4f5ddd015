"""The density that noisy marginals speak for: least squares over all densities, held near a product of columns."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from synthfast._ext import _junction
from synthfast.privacy._marginals.junction import Cells, Clique, Index, JunctionTree, cell_index

__all__ = ["Measurement", "estimate"]

ITERATIONS = 200
LEAST_VARIANCE = 1.0  # rows squared: below it the dual grows so steep that descents stop early, for less than one row


@dataclass
class Measurement:
    """Noisy counts of a table over some columns.

    Attributes
    ----------
    columns : tuple of int
        Ascending.
    counts : ndarray
        Flat, row-major.
    variance : ndarray
        Of the noise, of ``counts``' shape.
    maps : sequence of (ndarray or None)
        Group of each level, by column, where the table is over groups of levels.
    """

    columns: Clique
    counts: Cells
    variance: Cells
    maps: Sequence[Index | None] | None = field(default=None)


def estimate(
    tree: JunctionTree, measurements: Sequence[Measurement], total: float, start: Sequence[Cells], entropy: float
) -> list[Cells]:
    """Clique probabilities that explain noisy counts.

    Minimises ``sum((total p - counts)**2 / variance) / 2 + entropy total KL(p, start)`` over all densities ``p``, where
    no variance is taken to be below 1.
    The dual has one unknown for each count, is strictly convex, and its gradient costs one passing of messages;
    limited-memory BFGS on unknowns scaled by their curvature solves it.

    Parameters
    ----------
    tree : JunctionTree
        Holds the columns of every measurement in one clique.
    measurements : sequence of Measurement
    total : float
        Rows that the counts are of.
    start : sequence of ndarray
        Log-potential of each clique: what the density is where nothing was measured.
    entropy : float
        Weight of the relative entropy, positive and small: it decides what the measurements leave open.

    Returns
    -------
    list of ndarray
        A flat table of probabilities for each clique.

    Notes
    -----
    Cost O(cells) for each of at most 200 steps.

    References
    ----------
    R. McKenna, D. Sheldon and G. Miklau (2019), "Graphical-model based estimation and inference for differential
    privacy", for the primal problem without the entropy.
    """
    from scipy.optimize import minimize

    problem = _Dual(tree, measurements, total, start, entropy)
    found = minimize(
        problem.value_and_slope,
        np.zeros(problem.size),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": ITERATIONS, "maxfun": 2 * ITERATIONS, "maxcor": 10, "ftol": 1e-9, "gtol": 1e-3},
    )
    return problem.beliefs(found.x * problem.scale)[0]


class _Dual:
    def __init__(
        self,
        tree: JunctionTree,
        measurements: Sequence[Measurement],
        total: float,
        start: Sequence[Cells],
        entropy: float,
    ) -> None:
        self.tree, self.total, self.start, self.entropy = tree, total, start, entropy
        self.homes = [tree.home(m.columns) for m in measurements]
        self.index = [
            cell_index(tree.sizes, tree.cliques[home], m.columns, m.maps)
            for home, m in zip(self.homes, measurements, strict=True)
        ]
        ends = np.cumsum([len(m.counts) for m in measurements])
        self.parts = [slice(end - len(m.counts), end) for end, m in zip(ends, measurements, strict=True)]
        self.counts = np.concatenate([m.counts for m in measurements])
        self.variance = np.maximum(np.concatenate([m.variance for m in measurements]), LEAST_VARIANCE)
        self.size = len(self.counts)
        at_start = self._answers(self.beliefs(np.zeros(self.size))[0])
        likely = np.maximum(np.maximum(at_start, self.counts), 0.0)
        self.scale = 1.0 / np.sqrt(self.variance + likely / self.entropy)

    def beliefs(self, dual: Cells) -> tuple[list[Cells], float]:
        potentials = [part.copy() for part in self.start]
        for home, index, part in zip(self.homes, self.index, self.parts, strict=True):
            _junction.add_groups(dual[part] / self.entropy, index, potentials[home])
        return self.tree.calibrate(potentials)

    def _answers(self, beliefs: Sequence[Cells]) -> Cells:
        out = np.zeros(self.size)
        for home, index, part in zip(self.homes, self.index, self.parts, strict=True):
            _junction.sum_groups(beliefs[home], index, out[part])
        return out * self.total

    def value_and_slope(self, scaled: npt.NDArray[np.float64]) -> tuple[float, Cells]:
        dual = scaled * self.scale
        beliefs, log_partition = self.beliefs(dual)
        value = 0.5 * float(self.variance @ (dual * dual)) - float(dual @ self.counts)
        slope = self.variance * dual - self.counts + self._answers(beliefs)
        return value + self.entropy * self.total * log_partition, slope * self.scale
