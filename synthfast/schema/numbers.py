"""Facts about a column of numbers: range, decimals, step, heavy values. Sampled first, then verified in full."""

import math
from collections.abc import Hashable
from typing import Any

import numpy as np
import numpy.typing as npt

from synthfast._core.frames import ColumnData
from synthfast.exceptions import SchemaError
from synthfast.schema.ranges import round_numbers_outward

__all__ = ["MAX_DECIMALS", "check_finite", "describe_numbers", "find_decimals", "spread_sample", "tell_range"]

MAX_DECIMALS = 10
_SAMPLE = 4_096
_CHUNK = 32_768
_EXACT = 2.0**53
_MAX_HEAVY = 16
_MIN_DECIMAL_STEP = 5  # units of the last decimal: 0.05 or 0.25 is a step, 0.02 a matter of writing


def describe_numbers(data: ColumnData, min_level_count: int) -> dict[str, Any]:
    """Facts of a float, integer, boolean or decimal column with at least one value, all of them finite.

    Returns
    -------
    dict
        ``minimum``, ``maximum``, ``decimals``, ``step`` and ``heavy_values`` as ``Column`` has them.
    """
    values = data.array if data.storage == "float" else data.present()
    if data.storage == "float":
        low, high = float(np.fmin.reduce(values)), float(np.fmax.reduce(values))
    else:
        low, high = int(values.min()), int(values.max())
    sample = spread_sample(values)
    decimals = _decimals(data, values, sample)
    step = _find_step(values, sample, 0 if data.storage == "decimal" else decimals)
    keep = [int(np.count_nonzero(values == extreme)) >= min_level_count for extreme in (low, high)]
    heavy = _find_heavy(values, sample, min_level_count)
    if data.storage == "decimal":
        unit = 10**data.scale
        low, high, heavy = low / unit, high / unit, [value / unit for value in heavy]
        step = None if step is None else step / unit
    limits = np.iinfo(values.dtype) if data.storage == "integer" else None
    facts = tell_range(low, high, keep, limits, decimals=decimals, step=step)
    return {**facts, "heavy_values": tuple(heavy)}


def tell_range(
    low: int | float,
    high: int | float,
    keep: list[bool],
    limits: "np.iinfo[Any] | None",
    *,
    decimals: int | None,
    step: int | float | None,
) -> dict[str, Any]:
    """Facts of numbers of a known exact range.

    Parameters
    ----------
    low, high : int or float
        Extremes.
    keep : list of two bool
        Whether enough rows hold each of them.
    limits : numpy.iinfo, optional
        Of the dtype, of whole numbers.
    decimals, step
        As ``Column`` has them.

    Returns
    -------
    dict
        ``minimum``, ``maximum``, ``decimals`` and ``step``.
    """
    if decimals == 0 and abs(low) < _EXACT and abs(high) < _EXACT:
        low, high, step = int(low), int(high), None if step is None else int(step)
    rounded = round_numbers_outward(low, high, keep_minimum=keep[0], keep_maximum=keep[1], decimals=decimals, step=step)
    if limits is not None:
        rounded = (max(rounded[0], int(limits.min)), min(rounded[1], int(limits.max)))
    return {"minimum": rounded[0], "maximum": rounded[1], "decimals": decimals, "step": step}


def check_finite(name: Hashable, values: npt.NDArray[Any]) -> None:
    """Raise ``SchemaError`` naming the column and the first row that holds an infinity."""
    infinite = np.isinf(values)
    if infinite.any():
        row = int(np.argmax(infinite))
        raise SchemaError(
            f"column {name!r}: expected finite numbers or missing values, got {values[row]} in row {row}. "
            "Replace infinities with NaN or with a finite bound."
        )


def spread_sample(values: npt.NDArray[Any], size: int = _SAMPLE) -> npt.NDArray[Any]:
    """At most ``size`` present values, evenly spread over the rows."""
    stride = max(1, len(values) // size)
    sample = values[::stride]
    return sample[~np.isnan(sample)] if sample.dtype.kind == "f" else sample


def _decimals(data: ColumnData, values: npt.NDArray[Any], sample: npt.NDArray[Any]) -> int | None:
    if data.storage == "decimal":
        for decimals in range(data.scale):
            if not (values % 10 ** (data.scale - decimals)).any():
                return decimals
        return max(data.scale, 0)
    return 0 if values.dtype.kind != "f" else find_decimals(values, sample)


def find_decimals(values: npt.NDArray[Any], sample: npt.NDArray[Any] | None = None) -> int | None:
    """Fewest decimal places, at most 10, that write every float exactly; None if none do. NaN is passed over."""
    decimals = 0
    for chunk in [spread_sample(values) if sample is None else sample, *_chunks(values)]:
        while not _written_by(chunk, decimals):
            decimals += 1
            if decimals > MAX_DECIMALS:
                return None
    return decimals


def _chunks(values: npt.NDArray[Any]) -> list[npt.NDArray[Any]]:
    return [values[start : start + _CHUNK] for start in range(0, len(values), _CHUNK)]


def _written_by(chunk: npt.NDArray[Any], decimals: int) -> bool:
    power = 10.0**decimals
    wide = chunk.astype(np.float64, copy=False)
    with np.errstate(over="ignore"):  # a number that large is not written by these decimals
        rounded = np.rint(wide * power)
    rounded /= power
    return bool(((rounded.astype(chunk.dtype, copy=False) == chunk) | (chunk != chunk)).all())


def _find_step(values: npt.NDArray[Any], sample: npt.NDArray[Any], decimals: int | None) -> int | float | None:
    """The common divisor of all values, in units of the last decimal, where it is more than one such unit."""
    if decimals is None or len(sample) == 0:
        return None
    units = _in_units(sample, decimals)
    if units is None or len(np.unique(units)) < _SAMPLE // 256:
        return None
    divisor = int(np.gcd.reduce(units))
    for chunk in _chunks(values):
        if divisor <= 1:
            return None
        whole = _in_units(chunk[chunk == chunk], decimals)
        if whole is None:
            return None
        if (whole % divisor).any():
            divisor = math.gcd(divisor, int(np.gcd.reduce(whole)))
    if divisor <= 1 or (decimals > 0 and divisor < _MIN_DECIMAL_STEP):
        return None
    return divisor if decimals == 0 else divisor / 10**decimals


def _in_units(values: npt.NDArray[Any], decimals: int) -> npt.NDArray[np.int64] | None:
    if values.dtype.kind != "f":
        return values.astype(np.int64) if values.dtype != np.uint64 or values.max(initial=0) < 2**63 else None
    units = np.rint(values.astype(np.float64) * 10.0**decimals)
    if np.abs(units).max(initial=0.0) >= _EXACT:
        return None
    return units.astype(np.int64)


def _find_heavy(values: npt.NDArray[Any], sample: npt.NDArray[Any], min_level_count: int) -> list[float]:
    """Values with at least 1 % of the rows and five times what the other distinct values hold on average."""
    distinct, counts = np.unique(sample, return_counts=True)
    if len(distinct) <= _MAX_HEAVY:
        return []
    average = (len(sample) - counts.max()) / (len(distinct) - 1)
    likely = np.flatnonzero(counts >= max(0.005 * len(sample), 4 * average, 2))
    likely = likely[np.argsort(-counts[likely], kind="stable")][:_MAX_HEAVY]
    floor = max(min_level_count, 0.01 * len(values), 5 * average * len(values) / len(sample))
    found = [(int(np.count_nonzero(values == distinct[i])), distinct[i].item()) for i in likely]
    return [float(value) for count, value in sorted(found, key=lambda item: (-item[0], item[1])) if count >= floor]
