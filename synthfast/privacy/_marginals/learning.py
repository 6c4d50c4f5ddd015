"""Domains learned from the data within the budget: categories, ranges and cells; nothing is read from it for free."""

from collections.abc import Hashable
from math import isfinite, log, sqrt
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from synthfast._core.frames import ColumnData
from synthfast.exceptions import SchemaError
from synthfast.privacy._marginals.axes import Axis
from synthfast.privacy._marginals.budget import buy_counts
from synthfast.privacy._marginals.cells import cells_of_equal_mass, powers_of_two, public_grid
from synthfast.privacy.accountant import Accountant
from synthfast.privacy.scales import sigma_of_rho
from synthfast.schema import Column

__all__ = ["OTHER", "has_categories", "learn_axis", "learn_cells", "needs_cells"]

OTHER = "OTHER"  # text of all categories that too few rows hold to be told
SURE = 5.0  # standard deviations by which a bin of the range must stand out
CATEGORY_STORAGES = ("string", "category", "object")
NUMBER_STORAGES = ("float", "integer", "decimal", "null")


def has_categories(data: ColumnData) -> bool:
    """Whether learning the column needs a part of delta."""
    return data.storage in CATEGORY_STORAGES and data.level_storage != "boolean"


def learn_axis(name: Hashable, data: ColumnData, rho: float, delta: float, accountant: Accountant) -> Axis:
    """Domain of a column that was not declared; there is always a level for missing values.

    Parameters
    ----------
    name : hashable
    data : ColumnData
        Its dtype is taken to be public, all else is not.
    rho, delta : float
        What may be spent.
    accountant : Accountant

    Raises
    ------
    SchemaError
        If columns of this dtype cannot be learned.
    """
    if "boolean" in (data.storage, data.level_storage):
        return Axis(Column(name, "boolean", levels=(False, True)), nullable=True)
    if data.storage in CATEGORY_STORAGES:
        levels = _learn_categories(name, data, rho, delta, accountant)
        if data.level_storage:  # there is no number for OTHER: numbers that too few rows hold are missing
            levels = levels or (0 if data.level_storage == "integer" else 0.0,)
            return Axis(Column(name, "categorical", levels=levels), nullable=True, other=len(levels))
        levels = tuple(dict.fromkeys([*levels, OTHER]))
        return Axis(Column(name, "categorical", levels=levels), nullable=True, other=levels.index(OTHER))
    if data.storage in NUMBER_STORAGES:
        return _learn_numbers(name, data, rho, accountant)
    if data.storage == "datetime":
        return _learn_times(name, data, rho, accountant)
    raise SchemaError(f"column {name!r}: a domain cannot be learned for dtype {data.dtype}. Declare it, or drop it.")


def _learn_categories(
    name: Hashable, data: ColumnData, rho: float, delta: float, accountant: Accountant
) -> tuple[Any, ...]:
    """Categories that stand out, sorted: texts, or numbers where the categories' dtype says so.

    Proof: ``PROOFS.md``, "Categories above a threshold".
    """
    codes, found = data.factorize()
    levels = found.to_pylist() if isinstance(found, pa.Array) else list(found)
    counts = np.bincount(codes[codes >= 0], minlength=len(levels)).astype(np.int64)
    told: dict[Any, int] = {}
    for found_level, count in zip(levels, counts.tolist(), strict=True):
        if count and (level := _told(found_level, data.level_storage)) is not None:
            told[level] = told.get(level, 0) + count
    rows = accountant.max_rows_per_user
    sigma = sigma_of_rho(rho, rows)
    # The factor covers the rounding of floats.
    threshold = rows + float(sigma) * (1.0 + 1e-9) * sqrt(2.0 * log(rows / delta))
    accountant.spend(rho, delta=delta, step="categories", column=name, mechanism="thresholded Gaussian", scale=sigma)
    present = sorted(told)
    noise = accountant.noise.gaussian(sigma, len(present))
    return tuple(level for level, extra in zip(present, noise.tolist(), strict=True) if told[level] + extra > threshold)


def _told(level: Any, storage: str) -> Any:
    """A category as it may be told, None where it may not: one of another type, or a number that is not finite."""
    if storage == "integer":
        return int(level)
    if storage == "float":
        return float(level) if isfinite(level) else None
    return level if isinstance(level, str) else None


def _learn_numbers(name: Hashable, data: ColumnData, rho: float, accountant: Accountant) -> Axis:
    values = _plain_numbers(data)
    fraction = np.count_nonzero(values != np.floor(values))
    noisy, sigma = buy_counts(
        np.array([fraction], dtype=np.int64), 0.2 * rho, accountant, step="whole numbers or not", column=name
    )
    whole = bool(noisy[0] <= SURE * sigma)
    low, high = _learn_range(name, np.floor(values) if whole else values, 0.8 * rho, accountant, whole=whole)
    kind = "integer" if whole else "continuous"
    ends = (int(low), int(high)) if whole else (low, high)
    storage = "integer" if whole else ""
    return Axis(Column(name, kind, storage=storage, minimum=ends[0], maximum=ends[1]), nullable=True)


def _plain_numbers(data: ColumnData) -> npt.NDArray[np.float64]:
    """The finite numbers of a column."""
    if data.storage == "null":
        return np.empty(0)
    numbers = data.present().astype(np.float64)
    if data.storage == "decimal":
        numbers /= 10.0**data.scale
    return numbers[np.isfinite(numbers)]


def _learn_range(
    name: Hashable, values: npt.NDArray[np.float64], rho: float, accountant: Accountant, *, whole: bool
) -> tuple[float, float]:
    """Powers of two between which the values lie, up to bins that noise hides; (0, 1) where none stands out."""
    edges = powers_of_two(whole=whole)
    places = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, len(edges) - 2)
    counts = np.bincount(places, minlength=len(edges) - 1).astype(np.int64)
    noisy, sigma = buy_counts(counts, rho, accountant, step="range", column=name)
    found = np.flatnonzero(noisy > SURE * sigma)
    if not len(found):
        return 0.0, 1.0
    low, high = float(edges[found[0]]), float(edges[found[-1] + 1])
    return (low, high - 1.0) if whole else (low, high)


def _learn_times(name: Hashable, data: ColumnData, rho: float, accountant: Accountant) -> Axis:
    """A range of seconds since 1970."""
    per_second = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9, "D": 1}[str(data.unit)]
    seconds = data.present() // per_second * (86_400 if data.unit == "D" else 1)
    low, high = _learn_range(name, seconds.astype(np.float64), rho, accountant, whole=True)
    limit = 253_402_300_799.0  # the last second of the year 9999
    ends = [str(np.datetime64(int(np.clip(end, -limit / 4, limit)), "s")) for end in (low, high)]
    column = Column(name, "datetime", minimum=ends[0], maximum=ends[1], unit="second", timezone=data.timezone)
    return Axis(column, nullable=True)


def needs_cells(axis: Axis) -> bool:
    """Whether a column's cells are still to be learned."""
    return not axis.is_levels and axis.edges is None


def learn_cells(axis: Axis, data: ColumnData, rho: float, accountant: Accountant) -> Axis:
    """Cut a column's range into cells of about as many rows each, by noisy counts on a public grid."""
    low, high = axis.ends()
    grid = public_grid(low, high, whole=axis.whole)
    numbers = axis.numbers(data)
    numbers = np.clip(numbers[~np.isnan(numbers)], low, high)
    places = np.clip(np.searchsorted(grid, numbers, side="right") - 1, 0, len(grid) - 2)
    counts = np.bincount(places, minlength=len(grid) - 1).astype(np.int64)
    noisy, sigma = buy_counts(counts, rho, accountant, step="cells", column=axis.name)
    return axis.with_edges(cells_of_equal_mass(grid, noisy, sigma, whole=axis.whole))
