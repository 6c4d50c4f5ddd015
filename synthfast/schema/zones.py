"""UTC to a zone's own clock and back, for integer times."""

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["to_local", "to_utc"]


def to_local(values: npt.NDArray[np.int64], unit: str, zone: str) -> npt.NDArray[np.int64]:
    """What the zone's clock shows at times in UTC."""
    import pandas as pd

    stamps: Any = pd.DatetimeIndex(_stamps(values, unit)).tz_localize("UTC").tz_convert(zone)
    return _integers(stamps.tz_localize(None), unit)


def to_utc(values: npt.NDArray[np.int64], unit: str, zone: str) -> npt.NDArray[np.int64]:
    """Times in UTC at which the zone's clock shows the values; days become seconds.

    Of an hour that the clock shows twice the later one is meant; a time that it skips becomes the next that it shows.
    """
    import pandas as pd

    stamps: Any = pd.DatetimeIndex(_stamps(values, unit))
    later = np.zeros(len(values), dtype=bool)
    zoned = stamps.tz_localize(zone, ambiguous=later, nonexistent="shift_forward")
    return _integers(zoned.tz_convert("UTC").tz_localize(None), unit)


def _stamps(values: npt.NDArray[np.int64], unit: str) -> npt.NDArray[np.datetime64]:
    return values.view(f"M8[{unit}]").astype("M8[s]") if unit == "D" else values.view(f"M8[{unit}]")


def _integers(stamps: Any, unit: str) -> npt.NDArray[np.int64]:
    return stamps.to_numpy().astype("M8[s]" if unit == "D" else f"M8[{unit}]").view(np.int64)
