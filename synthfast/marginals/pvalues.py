"""P-values of the Kolmogorov-Smirnov distance when the parameters were fitted to the same values."""

from typing import TYPE_CHECKING

import numpy as np

from synthfast._core.random import Stream
from synthfast.exceptions import DataError
from synthfast.marginals.families import FAMILIES
from synthfast.marginals.goodness import ks_distance
from synthfast.marginals.summary import Summary

if TYPE_CHECKING:
    from synthfast.marginals.fitted import FittedMarginal

__all__ = ["bootstrap_p_value", "naive_p_value"]


def naive_p_value(distance: float, n: int) -> float:
    """Kolmogorov's p-value, which takes the law as known beforehand.

    Parameters
    ----------
    distance : float
        Kolmogorov-Smirnov distance.
    n : int
        Number of values.

    Returns
    -------
    float
        Too large where parameters were fitted, and for discrete laws.

    References
    ----------
    J. Vrbik (2018), "Small-sample corrections to Kolmogorov-Smirnov test statistic": right to about three digits from
    ten values on.
    """
    from scipy.special import kolmogorov

    root = np.sqrt(n)
    scaled = distance * root
    return float(kolmogorov(scaled + 1.0 / (6.0 * root) + (scaled - 1.0) / (4.0 * n)))


def bootstrap_p_value(marginal: "FittedMarginal", n_bootstrap: int, stream: Stream, n_threads: int = 1) -> float:
    """P-value by parametric bootstrap: samples of the fitted law, each fitted anew in the same way.

    Parameters
    ----------
    marginal : FittedMarginal
        The law, with ``n``, ``fixed`` and ``ks_statistic``.
    n_bootstrap : int
        Number of samples.
    stream : Stream
        Seeds them; sample b comes from child b.
    n_threads : int, default 1
        Threads of the fits; the result does not depend on it.

    Returns
    -------
    float
        (1 + samples at least as distant) / (1 + samples); a sample that cannot be fitted counts as distant.

    Notes
    -----
    O(n_bootstrap n log n).

    References
    ----------
    W. Stute, W. Gonzalez Manteiga and M. Presedo Quindimil (1993), "Bootstrap based goodness-of-fit tests".
    """
    family = FAMILIES[marginal.distribution]
    reached = 0
    for b in range(n_bootstrap):
        values = family.draw(marginal.n, stream.child(b), marginal.params)
        try:
            summary = Summary(values, n_threads)
            fitted = family.fit(summary, marginal.fixed)
            reached += ks_distance(summary, family, fitted.params) >= marginal.ks_statistic
        except (DataError, ArithmeticError):
            reached += 1
    return (1 + reached) / (1 + n_bootstrap)
