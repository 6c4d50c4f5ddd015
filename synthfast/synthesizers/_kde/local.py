"""Bandwidths of the rows' own: wider where rows are sparse, by the square root law."""

import numpy as np
from numpy.typing import NDArray

from synthfast.synthesizers._kde.density import Density
from synthfast.synthesizers._kde.law import Law
from synthfast.synthesizers._kde.patterns import group_patterns, patterns_of

__all__ = ["local_factors"]

MOST = 10.0  # times wider or narrower than the fixed kernel


def local_factors(law: Law, rtol: float) -> NDArray[np.float64]:
    """Factor of each row's bandwidth: the inverse root of a pilot density over its geometric mean, shape (n_rows,).

    Notes
    -----
    The pilot is the law with equal bandwidths. Rows that lack different numbers have densities in different units and
    are each compared with their like. Factors are held between 1/10 and 10. O(n_rows^2 n_columns) at most.

    References
    ----------
    Abramson (1982), On bandwidth variation in kernel estimates: a square root law, doi:10.1214/aos/1176345986.
    """
    dims, levels = range(len(law.numbers)), range(len(law.levels))
    pilot = Density(law, dims, levels).log(law.rows, law.codes, rtol)
    out = np.ones(len(law.rows))
    for rows in group_patterns(patterns_of(law, law.rows, law.codes, dims, levels)).values():
        mean = np.sum(law.weight[rows] * pilot[rows]) / law.weight[rows].sum()
        out[rows] = np.clip(np.exp(-0.5 * (pilot[rows] - mean)), 1.0 / MOST, MOST)
    return out
