"""Exponential and logarithm with the same bits on every CPU, for values that are generated."""

import numpy as np

from synthfast._ext import _special
from synthfast.marginals.points import FloatArray

__all__ = ["exp_values", "log_values"]


def exp_values(x: FloatArray) -> FloatArray:
    """Exponential of finite numbers; 0 below -708 and exp(709) above 709.

    Parameters
    ----------
    x : ndarray of float64, shape (n,)

    Returns
    -------
    ndarray of float64, shape (n,)
    """
    out = np.empty_like(x)
    _special.exp_values(x, out, 1)
    return out


def log_values(x: FloatArray) -> FloatArray:
    """Logarithm of positive, finite, normal numbers.

    Parameters
    ----------
    x : ndarray of float64, shape (n,)

    Returns
    -------
    ndarray of float64, shape (n,)
    """
    out = np.empty_like(x)
    _special.log_values(x, out, 1)
    return out
