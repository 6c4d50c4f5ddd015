"""Maximisation of smooth functions of one to three variables in a box."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Maximum", "maximise"]

Evaluation = tuple[float, Sequence[float], Sequence[Sequence[float]]]
_Array = NDArray[np.float64]
_LONGEST_STEP = 2.0
_NOISE = 1e-9
_FLATTEST = 1e-300


@dataclass(frozen=True)
class Maximum:
    """Where a search ended.

    Attributes
    ----------
    at : tuple of float
        The best point seen.
    value : float
        The function there.
    on_bound : tuple of bool
        Per coordinate, whether the function still grows beyond the box there.
    converged : bool
        Whether no step promises to gain more.
    """

    at: tuple[float, ...]
    value: float
    on_bound: tuple[bool, ...]
    converged: bool


def maximise(
    function: Callable[..., Evaluation],
    start: Sequence[float],
    lower: Sequence[float],
    upper: Sequence[float],
    *,
    gain: float = 1e-11,
    max_steps: int = 60,
) -> Maximum:
    """Newton's method with damping, inside a box.

    Parameters
    ----------
    function : callable
        ``function(*coordinates) -> (value, gradient, hessian)``. A step of 2 should be a
        long one.
    start, lower, upper : sequence of float
        Start (moved into the box) and box.
    gain : float, default 1e-11
        Stop when a full Newton step promises less than this.
    max_steps : int, default 60
        Evaluations at most.

    Returns
    -------
    Maximum

    Notes
    -----
    Where the Hessian is not negative definite its eigenvalues are turned, which keeps the direction uphill. A
    coordinate on its bound with the gradient pointing outward is left there.
    """
    low, high = np.asarray(lower, float), np.asarray(upper, float)
    x = np.clip(np.asarray(start, float), low, high)
    value, gradient, hessian = _evaluate(function, x)
    damping = 0.0
    converged = False
    for _ in range(max_steps):
        held = ((x <= low) & (gradient < 0)) | ((x >= high) & (gradient > 0))
        step, curvature = _step(gradient, hessian, ~held, damping)
        promised = 0.5 * float(gradient @ step)
        converged = not promised > gain
        if converged:
            break
        trial = np.clip(x + step, low, high)
        new = _evaluate(function, trial)
        if new[0] >= value:
            x, (value, gradient, hessian), damping = trial, new, damping * 0.1
        elif promised < _NOISE:  # below the rounding of the function's own value
            converged = True
            break
        else:
            damping = max(10.0 * damping, 1e-2 * curvature)
    outward = ((x <= low) & (gradient < 0)) | ((x >= high) & (gradient > 0))
    return Maximum(tuple(x.tolist()), value, tuple(outward.tolist()), converged)


def _evaluate(function: Callable[..., Evaluation], x: _Array) -> tuple[float, _Array, _Array]:
    value, gradient, hessian = function(*x.tolist())
    g, h = np.asarray(gradient, float), np.asarray(hessian, float)
    if not (np.isfinite(value) and np.isfinite(g).all() and np.isfinite(h).all()):
        return -np.inf, np.zeros_like(g), np.zeros_like(h)
    return float(value), g, h


def _step(gradient: _Array, hessian: _Array, free: NDArray[np.bool_], damping: float) -> tuple[_Array, float]:
    """The damped Newton step in the free coordinates, and the largest curvature."""
    step = np.zeros_like(gradient)
    if len(gradient) == 1 and free[0]:
        size = abs(float(hessian[0, 0])) + damping
        step[0] = gradient[0] / max(size, _FLATTEST)
    elif free.any():
        curvatures, directions = np.linalg.eigh(-hessian[np.ix_(free, free)])
        largest = max(float(np.abs(curvatures).max()), _FLATTEST)
        sizes = np.maximum(np.abs(curvatures), 1e-12 * largest) + damping
        step[free] = directions @ ((directions.T @ gradient[free]) / sizes)
        size = float(sizes.max())
    else:
        return step, 1.0
    longest = float(np.abs(step).max())
    if longest > _LONGEST_STEP:
        step *= _LONGEST_STEP / longest
    return step, size
