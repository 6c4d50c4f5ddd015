"""Which of several values without mass each row takes, where a coordinate of a normal vector is asked to be one."""

from collections.abc import Mapping
from itertools import product

import numpy as np
from numpy.typing import NDArray

from synthfast._core.random import Stream
from synthfast.exceptions import ConditionError
from synthfast.synthesizers._mixture.boxes import log_box_probability

__all__ = ["choose_points"]

Floats = NDArray[np.float64]

MAX_WAYS = 20_000


def choose_points(
    correlation: Floats,
    choices: Mapping[int, tuple[Floats, Floats]],
    boxes: Mapping[int, Floats],
    n_rows: int,
    stream: Stream,
) -> dict[int, Floats]:
    """Points of every coordinate that is asked to be at one of some, by their joint density under all conditions.

    Parameters
    ----------
    correlation : ndarray of float64, shape (n, n)
    choices : mapping of coordinate to (points, log_slope), each of shape (n_points,)
        ``log_slope`` is the log of what a density of the coordinate has to be multiplied by to be one of values.
    boxes : mapping of coordinate to ndarray of float64, shape (2, n_segments, 1)
        Intervals that other coordinates have to lie in.

    Returns
    -------
    dict of coordinate to ndarray of float64, shape (n_rows,)

    Raises
    ------
    ConditionError
        If there are more than 20,000 ways to choose.

    Notes
    -----
    O(n_ways b^2) for b coordinates in intervals, with 8,191 points of a lattice a way where b > 1.
    """
    n_ways = int(np.prod([len(points) for points, _ in choices.values()], dtype=np.float64))
    if n_ways > MAX_WAYS:
        raise ConditionError(
            f"conditions: lists of values in {len(choices)} columns can be met in {n_ways:,} ways, more than "
            f"{MAX_WAYS:,}. Ask for fewer values at once."
        )
    ways = np.array(list(product(*(points for points, _ in choices.values()))), dtype=np.float64)
    if n_ways == 1:
        chosen = np.zeros(n_rows, dtype=np.int64)
    else:
        slopes = np.array(list(product(*(_told(slope) for _, slope in choices.values()))), dtype=np.float64)
        weight = _weights(correlation, list(choices), ways, slopes.sum(axis=1), boxes)
        reach = np.cumsum(weight)
        reach[-1] = np.inf
        chosen = np.searchsorted(reach / weight.sum(), stream.child("point").uniform(n_rows), side="right")
    return {j: ways[chosen, k] for k, j in enumerate(choices)}


def _told(log_slope: Floats) -> Floats:
    """The slopes, or none where no value has any: they are then all alike."""
    return log_slope if (log_slope > -np.inf).any() else np.zeros(len(log_slope))


def _weights(
    correlation: Floats, at: list[int], ways: Floats, log_slope: Floats, boxes: Mapping[int, Floats]
) -> Floats:
    """Density of the points of each way, the largest being 1, times the mass of the boxes given them; (n_ways,)."""
    own = correlation[np.ix_(at, at)]
    solved = np.linalg.solve(own, ways.T).T
    log_weight = log_slope - 0.5 * (ways * solved).sum(axis=1)
    if boxes:
        inside = list(boxes)
        across = correlation[np.ix_(at, inside)]
        left = correlation[np.ix_(inside, inside)] - across.T @ np.linalg.solve(own, across)
        segments = [(box[0, :, 0], box[1, :, 0]) for box in boxes.values()]
        mass = np.array([log_box_probability(mean, left, segments) for mean in solved @ across])
        if (log_weight + mass > -np.inf).any():  # else all but impossible together, of which the draw warns
            log_weight = log_weight + mass
    return np.exp(log_weight - log_weight.max())
