"""Where a column of numbers can lie: bounds that reflect kernels, the range that draws are folded into, the grid."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Reflection", "Support", "evident_bounds", "reflections"]

Floats = NDArray[np.float64]

SHARP_ROWS = 400  # rows from which on a sharp edge can be told from a tail
SHARP_RATIO = 1.5
SNAP = 6.0  # mean gaps at the edge within which a rounded bound of the schema is taken for it


@dataclass(frozen=True)
class Support:
    """Ends of one column, in encoded values.

    Parameters
    ----------
    low, high : float
        Bounds of the density, at which kernels are reflected; infinite where there is none.
    floor, ceiling : float
        Ends of the range that draws are folded into: the bounds, and what the column can hold.
    step : float or None
        Distance of the values that the column can hold; each stands for half a step to either side.
    """

    low: float
    high: float
    floor: float
    ceiling: float
    step: float | None

    def to_dict(self) -> dict[str, Any]:
        """JSON-able form; None for infinities."""
        return {key: value if value is None or np.isfinite(value) else None for key, value in vars(self).items()}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "Support":
        """Undo `to_dict`."""
        ends = {
            key: (-np.inf if key in ("low", "floor") else np.inf) if document[key] is None else document[key]
            for key in ("low", "high", "floor", "ceiling")
        }
        return cls(**ends, step=document["step"])


@dataclass(frozen=True)
class Reflection:
    """x -> sign x + offset: one of the mirror images of a point between two bounds."""

    sign: float
    offset: float

    def of(self, x: Any) -> Any:
        """The image."""
        return self.sign * x + self.offset


def reflections(low: float, high: float, reach: float) -> list[Reflection]:
    """Mirror images of points between two bounds, the point itself left out, that lie within reach of the range.

    Parameters
    ----------
    low, high : float
        Infinite where there is no bound.
    reach : float
        How far a kernel goes.
    """
    images = [Reflection(-1.0, 2.0 * end) for end in (low, high) if np.isfinite(end)]
    if len(images) < 2:
        return images
    turn = 2.0 * (high - low)
    n_turns = int(np.ceil(reach / turn)) if turn > 0 else 0
    for k in range(1, n_turns + 1):
        images += [Reflection(1.0, sign * k * turn) for sign in (-1.0, 1.0)]
        images += [Reflection(-1.0, 2.0 * low - k * turn), Reflection(-1.0, 2.0 * high + k * turn)]
    return images


def evident_bounds(
    values: Floats, zero: float | None, step: float | None, limits: Sequence[float | None], min_count: int
) -> tuple[float, float]:
    """Bounds that a column's values show; infinite where they show none.

    Parameters
    ----------
    values : ndarray of float64, shape (n,)
        At least one.
    zero : float or None
        What the value 0 is encoded as; None where it means nothing.
    step : float or None
        The column's grid: a value at its end stands for half a step beyond it.
    limits : sequence of float or None, length 2
        The schema's range.
    min_count : int
        Rows that must hold an extreme for it to be taken for an end.

    Notes
    -----
    Zero bounds columns without values on its other side; 0 and 1 bound fractions, if some lie above one half. Else an
    end is evident where the extreme value is held by ``min_count`` rows and half as often as its neighbour, or where
    the density does not fall off: the outermost 2 sqrt(n) values span less than 1.5 times what the next as many do (in
    a normal tail 3 to 5 times as much, at the edge of a uniform once). O(n).
    """
    half = 0.5 * (step or 0.0)
    low = _edge(values, step, limits[0], min_count)
    high = -_edge(-values, step, None if limits[1] is None else -limits[1], min_count)
    first, last = float(values.min()), float(values.max())
    if zero is not None and first >= zero:
        low = max(low, zero - half)
        if step is None and zero == 0.0 and last <= 1.0 and last > 0.5:
            high = min(high, 1.0)
    if zero is not None and last <= zero:
        high = min(high, zero + half)
    return low, high


def _edge(values: Floats, step: float | None, limit: float | None, min_count: int) -> float:
    """The lower end of values that show one, else -inf."""
    first = float(values.min())
    rest = values[values > first]
    if len(rest):
        n_first, n_next = len(values) - len(rest), int(np.count_nonzero(rest == rest.min()))
        if n_first >= min_count and (2 * n_first >= n_next or step is None):
            return first - 0.5 * (step or 0.0)
    if step is not None or len(values) < SHARP_ROWS:
        return -np.inf
    k = int(np.ceil(2.0 * np.sqrt(len(values))))
    near, far = np.partition(values, [k - 1, 2 * k - 1])[[k - 1, 2 * k - 1]]
    if not near - first < SHARP_RATIO * (far - near):
        return -np.inf
    gap = (near - first) / k
    if limit is not None and first - SNAP * gap <= limit <= first:
        return float(limit)
    return float(first - gap)
