"""A series taken apart: a line, seasons, and what is left."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Parts", "decompose", "grows_with_level"]

STEADY = 0.3  # correlation of movements with the level from which on they are said to grow with it


@dataclass(frozen=True)
class Parts:
    """Parts that add up to a series.

    Parameters
    ----------
    start, slope : ndarray, shape (n_variables,)
        Line: value at step 0, and its growth a step.
    seasons : list of ndarray, shape (n_times, n_variables)
        One for each period.
    rest : ndarray, shape (n_times, n_variables)
    """

    start: NDArray[np.float64]
    slope: NDArray[np.float64]
    seasons: list[NDArray[np.float64]]
    rest: NDArray[np.float64]

    def line(self, n_steps: int) -> NDArray[np.float64]:
        """The line, shape (n_steps, n_variables)."""
        return self.start + np.arange(n_steps)[:, None] * self.slope

    def to_arrays(self) -> dict[str, NDArray[np.float64]]:
        """As a model file keeps them."""
        seasons = {f"season{at}": season for at, season in enumerate(self.seasons)}
        return {"start": self.start, "slope": self.slope, "rest": self.rest, **seasons}

    @classmethod
    def from_arrays(cls, arrays: dict[str, NDArray[np.float64]]) -> "Parts":
        """Undo `to_arrays`."""
        seasons = [arrays[f"season{at}"] for at in range(sum(name.startswith("season") for name in arrays))]
        return cls(arrays["start"], arrays["slope"], seasons, arrays["rest"])


def decompose(values: NDArray[np.float64], periods: list[int]) -> Parts:
    """Take a series apart.

    Parameters
    ----------
    values : ndarray, shape (n_times, n_variables)
    periods : list of int
        Ascending; each at most half as long as the series.

    Notes
    -----
    The line goes through the ends of what STL leaves when the seasons are taken out, so that the rest begins and ends
    at one level: its spectrum is then not blurred by a jump. Where such a line explains too little to be a trend there
    is none.
    """
    n_times, n_variables = values.shape
    seasons = [np.zeros_like(values) for _ in periods]
    for v in range(n_variables):
        for at, season in enumerate(_seasons(values[:, v], periods)):
            seasons[at][:, v] = season
    rest = values - sum(seasons) if periods else values.copy()
    slope = np.array([_slope(column) for column in rest.T])
    middle = (n_times - 1) / 2
    start = -slope * middle
    rest = rest - (start + np.arange(n_times)[:, None] * slope)
    return Parts(start, slope, seasons, rest)


def _seasons(values: NDArray[np.float64], periods: list[int]) -> list[NDArray[np.float64]]:
    from statsmodels.tsa.seasonal import MSTL, STL

    if not periods:
        return []
    if len(periods) == 1:
        return [np.asarray(STL(values, period=periods[0], robust=True).fit().seasonal)]
    found = np.asarray(MSTL(values, periods=tuple(periods)).fit().seasonal)
    return list(found.reshape(len(values), -1).T)


def _slope(values: NDArray[np.float64]) -> float:
    """Growth a step between the ends, 0 where a straight line explains less than a half of the variance."""
    n = len(values)
    times = np.arange(n) - (n - 1) / 2
    fitted = (times @ values) / (times @ times)
    if fitted**2 * (times @ times) < LEAST_TREND * np.sum((values - values.mean()) ** 2):
        return 0.0
    width = max(1, n // 20)
    ends = values[-width:].mean() - values[:width].mean()
    return float(ends / (n - width))


LEAST_TREND = 0.5


def grows_with_level(values: NDArray[np.float64], period: int) -> bool:
    """Whether the movements of a positive series within a cycle (or a tenth of it) grow with its level."""
    width = period if period > 1 else max(4, len(values) // 10)
    n_pieces = len(values) // width
    if n_pieces < 4:
        return False
    pieces = values[len(values) - n_pieces * width :].reshape(n_pieces, width)
    level = pieces.mean(axis=1)
    drift = np.arange(width) - (width - 1) / 2
    flat = pieces - level[:, None] - np.outer(pieces @ drift / (drift @ drift), drift)
    spread = flat.std(axis=1)
    if level.std() == 0 or spread.std() == 0 or level.max() < 1.5 * level.min():
        return False
    return bool(np.corrcoef(level, spread)[0, 1] > STEADY)
