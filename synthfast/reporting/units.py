"""What the numbers of time and duration columns count, for axes."""

import numpy as np

__all__ = ["duration_unit", "time_origin"]

DURATIONS = ((86_400.0, "days"), (3_600.0, "hours"), (60.0, "minutes"), (1.0, "seconds"))


def time_origin(unit: str) -> np.datetime64:
    """The moment from which the seconds of a time column count."""
    return np.datetime64(unit.removeprefix("seconds since "), "us") if "since" in unit else np.datetime64(0, "us")


def duration_unit(seconds: np.ndarray) -> tuple[float, str]:
    """The largest unit of which the longest duration holds two: its seconds, and its name."""
    longest = float(np.abs(seconds).max(initial=0.0))
    return next((unit for unit in DURATIONS if longest >= 2 * unit[0]), DURATIONS[-1])
