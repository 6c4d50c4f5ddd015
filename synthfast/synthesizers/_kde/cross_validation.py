"""Bandwidths under which each row is most likely given the others."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from synthfast.synthesizers._kde.density import Density
from synthfast.synthesizers._kde.law import Law
from synthfast.synthesizers._kde.levels import LevelKernel
from synthfast.synthesizers._kde.shapes import SHAPES

__all__ = ["LEFT_OUT", "cross_validate"]

LEFT_OUT = 4_096  # rows that are left out in turn
RTOL = 1e-4
N_COARSE, N_FINE = 9, 6
WIDEST, NARROWEST = 6.0, 1.0 / 6.0  # times the bandwidth that suits each column on its own
STEPS = 0.5  # of a grid: no kernel on one is narrower
GOLDEN = 0.5 * (np.sqrt(5.0) - 1.0)
LEAST_LOG = -700.0  # of a row that no other one reaches


def cross_validate(law: Law, asked: Mapping[Hashable, object]) -> Law:
    """The law with bandwidths by leave-one-out likelihood in the columns that ask for "cv".

    Notes
    -----
    A common factor of the numbers' bandwidths is sought first, then each level column's smoothing, then, where a
    kernel's columns are independent, a factor for each column of numbers: by golden sections of the logarithm. The mean
    is over all rows, or over 4,096 that the rows' hash picks, each given all others; equal rows are left out together,
    as else no width would be the best one. It is taken with Gaussian kernels of the same standard deviation, as under a
    compact one the outermost row decides alone. O(m n_rows n_columns (17 + 8 n_columns)) for m rows left out.

    References
    ----------
    Habbema, Hermans and van den Broek (1974); Duin (1976), doi:10.1109/TC.1976.1674577. Li and Racine (2003),
    doi:10.1016/S0047-259X(02)00025-8.
    """
    numbers = [j for j, name in enumerate(law.numbers) if asked[name] == "cv"]
    levels = [k for k, name in enumerate(law.levels) if asked[name] == "cv" and law.kernels[k].n_levels > 1]
    if (not numbers and not levels) or len(law.rows) < 3:
        return law
    spread, shape = law.shape.spread, law.shape
    law = replace(law, shape=SHAPES["gaussian"], bandwidth=law.bandwidth * spread)
    if numbers:
        law = _best_factor(law, numbers, N_COARSE + N_FINE, NARROWEST, WIDEST)
    for k in levels:
        law = _best_smoothing(law, k)
    if law.correlation is None and len(numbers) > 1:
        for j in numbers:
            law = _best_factor(law, [j], N_FINE, 0.4, 2.5)
    return replace(law, shape=shape, bandwidth=law.bandwidth / spread)


def _best_factor(law: Law, columns: list[int], n_steps: int, low: float, high: float) -> Law:
    """The law with the bandwidths of some columns of numbers times the best factor between two."""

    def wider(log_factor: float) -> Law:
        bandwidth = law.bandwidth.copy()
        for j in columns:
            least = STEPS * (law.supports[j].step or 0.0)
            bandwidth[j] = max(bandwidth[j] * np.exp(log_factor), least)
        return replace(law, bandwidth=bandwidth)

    return _golden(wider, float(np.log(low)), float(np.log(high)), n_steps)


def _best_smoothing(law: Law, column: int) -> Law:
    """The law with the best smoothing of a column of levels, on the scale of its logarithm."""
    kernel = law.kernels[column]
    largest = LevelKernel.largest(kernel.n_levels, kernel.ordered)
    least = min(1e-3 / len(law.rows), 0.5 * largest)

    def smoother(log_smoothing: float) -> Law:
        own = replace(kernel, smoothing=float(min(np.exp(log_smoothing), largest)))
        return replace(law, kernels=(*law.kernels[:column], own, *law.kernels[column + 1 :]))

    return _golden(smoother, float(np.log(least)), float(np.log(largest)), N_COARSE + N_FINE)


def _golden(make: Callable[[float], Law], low: float, high: float, n_steps: int) -> Law:
    """The likeliest law between two parameters, after some golden sections."""
    inner = [high - GOLDEN * (high - low), low + GOLDEN * (high - low)]
    laws = [make(x) for x in inner]
    found = [left_out_likelihood(law) for law in laws]
    for _ in range(n_steps):
        if found[0] >= found[1]:
            high, inner[1], laws[1], found[1] = inner[1], inner[0], laws[0], found[0]
            inner[0] = high - GOLDEN * (high - low)
            laws[0] = make(inner[0])
            found[0] = left_out_likelihood(laws[0])
        else:
            low, inner[0], laws[0], found[0] = inner[0], inner[1], laws[1], found[1]
            inner[1] = low + GOLDEN * (high - low)
            laws[1] = make(inner[1])
            found[1] = left_out_likelihood(laws[1])
    return laws[int(np.argmax(found))]


def left_out_likelihood(law: Law) -> float:
    """Mean log density of rows given the others."""
    rows = np.arange(min(len(law.rows), LEFT_OUT), dtype=np.int64)  # their order is that of a hash
    density = Density(law, range(len(law.numbers)), range(len(law.levels)))
    found = density.log(law.rows[rows], law.codes[rows], RTOL, skip=rows)
    own: NDArray[np.float64] = law.weight[rows]
    return float(np.sum(own * np.maximum(found, LEAST_LOG)) / own.sum())
