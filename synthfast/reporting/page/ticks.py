"""Round places on an axis, and what is written there: never the extremes themselves, which belong to single rows."""

from collections.abc import Sequence

import numpy as np

from synthfast.quality.histograms import ColumnHistogram
from synthfast.reporting.units import duration_unit, time_origin

__all__ = ["axis_ticks"]

MOST = 6


def axis_ticks(histogram: ColumnHistogram) -> tuple[list[tuple[float, str]], str]:
    """Ticks (value in the column's unit, text) inside the histogram's range, and the unit to write beside them."""
    edges = np.asarray(histogram.edges)
    low, high = float(edges[0]), float(edges[-1])
    if histogram.kind == "time":
        return _time_ticks(low, high, time_origin(histogram.unit))
    if histogram.kind == "duration":
        size, unit = duration_unit(edges)
        return [(value * size, text) for value, text in _number_ticks(low / size, high / size)], unit
    return _number_ticks(low, high), ""


def _number_ticks(low: float, high: float) -> list[tuple[float, str]]:
    from matplotlib.ticker import MaxNLocator

    places = _inside(MaxNLocator(MOST).tick_values(low, high), low, high)
    step = min(np.diff(places), default=1.0)
    if max(map(abs, places), default=0.0) >= 1e7 or step < 1e-4:
        return [(place, f"{place:.3g}") for place in places]
    digits = max(0, -int(np.floor(np.log10(step) + 1e-9))) if step > 0 else 0
    digits += round(step, digits) != round(step, digits + 1)  # steps of 2.5
    return [(place, f"{place + 0.0:,.{digits}f}") for place in places]


def _time_ticks(low: float, high: float, origin: np.datetime64) -> tuple[list[tuple[float, str]], str]:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num, num2date

    start, end = (float(date2num(origin + np.timedelta64(round(1e6 * x), "us"))) for x in (low, high))
    locator = AutoDateLocator(minticks=3, maxticks=MOST)
    formatter = ConciseDateFormatter(locator)
    days = _inside(locator.tick_values(num2date(start), num2date(end)), start, end)
    texts = formatter.format_ticks(days)
    return [
        (low + 86_400.0 * (day - start), text) for day, text in zip(days, texts, strict=True)
    ], formatter.get_offset()


def _inside(places: Sequence[float] | np.ndarray, low: float, high: float) -> list[float]:
    return [float(place) for place in places if low <= place <= high]
