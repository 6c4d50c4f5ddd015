"""From moments of mean normal scores to the correlation matrix of the latent normals.

A column that is a step function g of a standard normal (levels, spikes, rounded numbers) shows its neighbours only the
mean score of each step, which weakens every correlation. The weakening is known exactly: with normalised Hermite
coefficients c_k of the two step functions, E[g(Z1) h(Z2)] = sum over k of c_k(g) c_k(h) rho^k. Solving that for rho is
the polychoric correction for two stepped columns, the polyserial for one, and no change for two smooth ones.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import erfc

from synthfast.marginals.ecdf import ndtr, ndtri

__all__ = ["StepFunction", "latent_correlation", "nearest_correlation"]

Floats = NDArray[np.float64]

HERMITE_ORDER = 40
MAX_CORRELATION = 1.0 - 1e-9
SMALLEST_EIGENVALUE = 1e-10


def _density(z: Floats) -> Floats:
    """Standard normal density, 0 at the infinities."""
    return np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi)


@dataclass(frozen=True)
class StepFunction:
    """Mean normal score on consecutive intervals of a standard normal.

    Parameters
    ----------
    cuts : ndarray of float64, shape (n_steps + 1,)
        Interval ends on the normal scale, increasing from ``-inf`` to ``inf``.
    scores : ndarray of float64, shape (n_steps,)
        E[Z | Z in the interval].
    """

    cuts: Floats
    scores: Floats

    @classmethod
    def from_probabilities(cls, probabilities: Floats) -> "StepFunction":
        """From increasing cumulative probabilities 0, ..., 1; steps without mass are dropped."""
        p = np.unique(np.clip(probabilities, 0.0, 1.0))
        z = ndtri(p)
        f = _density(z)
        return cls(z, -np.diff(f) / np.diff(p))

    def hermite(self) -> Floats:
        """Normalised Hermite coefficients of orders 1 to ``HERMITE_ORDER``, shape (HERMITE_ORDER,)."""
        inner = self.cuts[1:-1]
        jumps = np.diff(self.scores) * _density(inner)
        before, current = np.ones_like(inner), inner
        out = np.empty(HERMITE_ORDER)
        for k in range(1, HERMITE_ORDER + 1):
            out[k - 1] = jumps @ before / np.sqrt(k)
            before, current = current, (inner * current - np.sqrt(k) * before) / np.sqrt(k + 1)
        return out

    def extreme_moment(self, other: "StepFunction", sign: int) -> float:
        """E[g(Z) h(sign Z)]: the largest (sign 1) or smallest (sign -1) moment that any correlation gives."""
        cuts, scores = (other.cuts, other.scores) if sign > 0 else (-other.cuts[::-1], other.scores[::-1])
        merged = np.union1d(self.cuts, cuts)
        middle = np.clip(merged[:-1], -40, None) * 0.5 + np.clip(merged[1:], None, 40) * 0.5
        g = self.scores[np.searchsorted(self.cuts, middle) - 1]
        h = scores[np.searchsorted(cuts, middle) - 1]
        return float(np.sum(np.diff(ndtr(merged)) * g * h))


def latent_correlation(moments: Floats, steps: list[StepFunction]) -> Floats:
    """Correlations at which the latent normals give the observed mean-score moments.

    Parameters
    ----------
    moments : ndarray of float64, shape (n, n)
        E[g_i g_j] observed; the diagonal is not read.
    steps : list of StepFunction, length n

    Returns
    -------
    ndarray of float64, shape (n, n)
        Symmetric, unit diagonal, entries at most 1e-9 short of -1 and 1; not yet positive definite.

    Notes
    -----
    O(n^2) pairs times 40 coefficients times 40 bisections, all pairs at once. The series is cut at order 40; what is
    left is known exactly at correlations 1 and -1 and dies away between them as the coefficients of a jump do.

    References
    ----------
    Olsson (1979), Maximum likelihood estimation of the polychoric correlation coefficient, Psychometrika 44.
    Lancaster (1957), Some properties of the bivariate normal distribution, Biometrika 44.
    """
    n = len(steps)
    first, second = np.triu_indices(n, 1)
    hermite = np.array([step.hermite() for step in steps]).reshape(n, HERMITE_ORDER)
    terms = hermite[first] * hermite[second]
    signs = (-1.0) ** np.arange(1, HERMITE_ORDER + 1)
    top = np.array([steps[i].extreme_moment(steps[j], 1) for i, j in zip(first, second, strict=True)])
    bottom = np.array([steps[i].extreme_moment(steps[j], -1) for i, j in zip(first, second, strict=True)])
    rest = np.column_stack([top - terms.sum(axis=1), bottom - terms @ signs])
    solved = _solve(moments[first, second], terms, rest)
    solved[top - bottom < 1e-12] = 0.0  # a column of one step shows nothing
    out = np.eye(n)
    out[first, second] = out[second, first] = solved
    return out


def _solve(target: Floats, terms: Floats, rest: Floats) -> Floats:
    """Bisect for the correlation of every pair at once; the series is increasing in it."""
    low, high = np.full(len(target), -1.0), np.full(len(target), 1.0)
    for _ in range(40):
        middle = 0.5 * (low + high)
        below = _series(middle, terms, rest) < target
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.clip(0.5 * (low + high), -MAX_CORRELATION, MAX_CORRELATION)


def _series(rho: Floats, terms: Floats, rest: Floats) -> Floats:
    total = np.zeros(len(rho))
    for k in range(terms.shape[1] - 1, -1, -1):
        total = (total + terms[:, k]) * rho
    return total + np.where(rho >= 0, rest[:, 0], rest[:, 1]) * _remainder(np.abs(rho), terms.shape[1] + 0.5)


def _remainder(rho: Floats, order: float) -> Floats:
    """The sum of k^-1.5 rho^k over k above ``order``, over its value at 1: how a jump's coefficients die away."""
    decay = order * -np.log(np.maximum(rho, 1e-300))
    return np.exp(-decay) - np.sqrt(np.pi * decay) * erfc(np.sqrt(decay))


def nearest_correlation(matrix: Floats, *, max_iterations: int = 200, tolerance: float = 1e-8) -> Floats:
    """Nearest correlation matrix in the Frobenius norm, with smallest eigenvalue at least 1e-10.

    Parameters
    ----------
    matrix : ndarray of float64, shape (n, n)
        Symmetric with unit diagonal.

    Notes
    -----
    Alternating projections with Dykstra's correction; O(n^3) an iteration. A matrix that is fine already is returned
    as it is.

    References
    ----------
    Higham (2002), Computing the nearest correlation matrix, IMA J. Numer. Anal. 22, doi:10.1093/imanum/22.3.329.
    """
    if np.linalg.eigvalsh(matrix)[0] >= SMALLEST_EIGENVALUE:
        return matrix
    current, correction = matrix.copy(), np.zeros_like(matrix)
    for _ in range(max_iterations):
        shifted = current - correction
        weights, vectors = np.linalg.eigh(shifted)
        projected = (vectors * np.maximum(weights, SMALLEST_EIGENVALUE)) @ vectors.T
        correction = projected - shifted
        previous, current = current, projected.copy()
        np.fill_diagonal(current, 1.0)
        if np.abs(current - previous).max() < tolerance:
            break
    weights, vectors = np.linalg.eigh(current)
    repaired = (vectors * np.maximum(weights, SMALLEST_EIGENVALUE)) @ vectors.T
    scale = 1.0 / np.sqrt(np.diag(repaired))
    repaired *= scale * scale[:, None]
    np.fill_diagonal(repaired, 1.0)
    return 0.5 * (repaired + repaired.T)
