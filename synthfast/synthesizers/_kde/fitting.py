"""A law from encoded columns: rows, bounds, spikes, bandwidths."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from synthfast.encoding import EncodedColumn, TableCodec
from synthfast.exceptions import ConditionError, DataError, SchemaError
from synthfast.synthesizers._correlation import nearest_correlation
from synthfast.synthesizers._kde.bandwidths import (
    DEFAULT,
    Asked,
    NumberSample,
    level_smoothing,
    rule_deviation,
)
from synthfast.synthesizers._kde.cross_validation import cross_validate
from synthfast.synthesizers._kde.law import Law, number_states
from synthfast.synthesizers._kde.levels import LevelKernel
from synthfast.synthesizers._kde.local import local_factors
from synthfast.synthesizers._kde.rows import collapse_rows
from synthfast.synthesizers._kde.shapes import SHAPES
from synthfast.synthesizers._kde.supports import Support, evident_bounds

__all__ = ["Settings", "fit_law"]

Floats = NDArray[np.float64]

MOST_CORRELATED = 1e-8  # smallest eigenvalue that the noise's correlations are held at
MOST_SPARSE = 16  # values of a column that are all kept as they are, where they lie apart on its grid
ZERO_KINDS = ("continuous", "integer", "timedelta")


@dataclass(frozen=True)
class Settings:
    """What a user asks for, checked.

    Parameters
    ----------
    kernel : str
    bandwidth : dict of column to rule, number or None
    full : bool
        Whether a kernel's columns are correlated as the data's are.
    adaptive : bool
    bounds : dict of column to (low, high) in encoded values
        Columns whose bounds are told; infinite where there is none.
    find_bounds : bool
        Whether those of the other columns are read off their values.
    spikes : bool
    min_count : int
    rtol : float
    """

    kernel: str
    bandwidth: Mapping[Hashable, Asked | None]
    full: bool
    adaptive: bool
    bounds: Mapping[Hashable, tuple[float, float]]
    find_bounds: bool
    spikes: bool
    min_count: int
    rtol: float


def fit_law(
    columns: Mapping[Hashable, EncodedColumn], codec: TableCodec, settings: Settings, weight: Floats | None
) -> Law:
    """Fit the law of a table.

    Parameters
    ----------
    columns : mapping of name to EncodedColumn
        Modelled columns.
    codec : TableCodec
    settings : Settings
    weight : ndarray of float64, shape (n_rows,), or None
        Not negative, not all 0.
    """
    numbers = tuple(name for name, column in columns.items() if column.kind == "numeric")
    levels = tuple(name for name, column in columns.items() if column.kind == "levels")
    n_rows = len(next(iter(columns.values())).values) if columns else 1
    missing = tuple(not columns[name].ordered and bool((columns[name].values < 0).any()) for name in levels)
    coded = [
        np.where(columns[name].values < 0, columns[name].n_levels if last else -1, columns[name].values)
        for name, last in zip(levels, missing, strict=True)
    ]
    rows, codes, share = collapse_rows([columns[name].values for name in numbers], coded, weight, n_rows)
    n_effective = _n_effective(columns, weight, n_rows)
    sparse = [_is_sparse(name, rows[:, j], share * n_effective, codec, settings) for j, name in enumerate(numbers)]
    fitted = [
        (_keep_values if alone else _fit_number)(name, rows[:, j], share, codec, settings)
        for j, (name, alone) in enumerate(zip(numbers, sparse, strict=True))
    ]
    spikes = tuple(column.spikes for column in fitted)
    free = number_states(rows, spikes) == 0
    law = Law(
        shape=SHAPES[settings.kernel],
        numbers=numbers,
        levels=levels,
        rows=rows,
        codes=codes,
        weight=share,
        spikes=spikes,
        supports=tuple(column.support for column in fitted),
        bandwidth=_bandwidths(numbers, fitted, settings),
        correlation=_correlation(rows, free, share) if settings.full and len(numbers) > 1 else None,
        kernels=tuple(
            _level_kernel(columns[name], last, settings, n_effective)
            for name, last in zip(levels, missing, strict=True)
        ),
        missing=missing,
    )
    law = cross_validate(law, settings.bandwidth)
    return replace(law, local=local_factors(law, settings.rtol)) if settings.adaptive else law


def _n_effective(columns: Mapping[Hashable, EncodedColumn], weight: Floats | None, n_rows: int) -> float:
    return float(n_rows) if weight is None else float(weight.sum() ** 2 / np.sum(weight * weight))


# -- columns of numbers ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _FittedNumber:
    """One column: its spikes, its support, the values with a kernel on them (None: there are none)."""

    spikes: Floats
    support: Support
    sample: NumberSample | None


def _fit_number(name: Hashable, values: Floats, weight: Floats, codec: TableCodec, settings: Settings) -> _FittedNumber:
    limits, step = codec.bounds(name), codec.bounds(name).step
    present = ~np.isnan(values)
    spikes = _spikes(name, codec) if settings.spikes else np.empty(0)
    free = present & ~np.isin(values, spikes)
    if not free.any() or (values[free].min() == values[free].max() and settings.bandwidth[name] is None):
        free = present  # too little is left beside the spikes to tell a width
    if not free.any():
        support = _support(limits.minimum, limits.maximum, step, -np.inf, np.inf)
        return _FittedNumber(np.empty(0), support, None)
    kept = np.array([spike for spike in spikes if spike not in values[free]], dtype=np.float64)
    if values[free].min() == values[free].max() and not isinstance(settings.bandwidth[name], float):
        kept, alike = np.append(kept, values[free][0]), True  # one value: nothing to smooth
    else:
        alike = False
    low, high = _bounds_of(name, values[free], codec, settings)
    support = _support(limits.minimum, limits.maximum, step, low, high)
    share = weight[free] / weight[free].sum()
    return _FittedNumber(kept, support, None if alike else NumberSample(values[free], share, support))


def _is_sparse(name: Hashable, values: Floats, counted: Floats, codec: TableCodec, settings: Settings) -> bool:
    """Whether a column takes few values, far apart on its grid, so that none beside them is one of its own."""
    step, present = codec.bounds(name).step, ~np.isnan(values)
    if step is None or not settings.spikes or isinstance(settings.bandwidth[name], float) or not present.any():
        return False
    held, key = np.unique(values[present], return_inverse=True)
    if not 2 < len(held) <= MOST_SPARSE or (held[-1] - held[0]) / step < 2 * len(held) - 2.5:
        return False
    return bool(np.bincount(key, counted[present]).min() > settings.min_count - 0.5)


def _keep_values(
    name: Hashable, values: Floats, weight: Floats, codec: TableCodec, settings: Settings
) -> _FittedNumber:
    """A column of which every value is a spike."""
    limits, held = codec.bounds(name), np.unique(values[~np.isnan(values)])
    return _FittedNumber(held, _support(limits.minimum, limits.maximum, limits.step, held[0], held[-1]), None)


def _spikes(name: Hashable, codec: TableCodec) -> Floats:
    """Values held by far more rows than their neighbours, encoded."""
    found = []
    for value in codec.column(name).heavy_values:
        try:
            encoded = codec.encode_value(name, value)
        except ConditionError:  # a schema that the user wrote may name a value that no row can have
            continue
        if encoded is not None:
            found.append(float(encoded))
    return np.array(sorted(found))


def _bounds_of(name: Hashable, values: Floats, codec: TableCodec, settings: Settings) -> tuple[float, float]:
    if name in settings.bounds:
        low, high = settings.bounds[name]
        if values.min() < low or values.max() > high:
            raise DataError(
                f"KDESynthesizer: bounds of column {name!r} leave out values of the training data; give wider ones."
            )
        half = 0.5 * (codec.bounds(name).step or 0.0)
        return low - half, high + half
    if not settings.find_bounds:
        return -np.inf, np.inf
    limits = codec.bounds(name)
    zero = codec.encode_value(name, 0) if codec.column(name).kind in ZERO_KINDS else None
    return evident_bounds(values, zero, limits.step, (limits.minimum, limits.maximum), settings.min_count)


def _support(minimum: float | None, maximum: float | None, step: float | None, low: float, high: float) -> Support:
    half = 0.5 * (step or 0.0)
    floor = -np.inf if minimum is None else minimum - half
    ceiling = np.inf if maximum is None else maximum + half
    return Support(low, high, max(low, floor), min(high, ceiling), step)


def _bandwidths(numbers: tuple[Hashable, ...], fitted: list[_FittedNumber], settings: Settings) -> Floats:
    shape = SHAPES[settings.kernel]
    n_dims = sum(column.sample is not None for column in fitted)
    out = np.ones(len(numbers))
    for j, (name, column) in enumerate(zip(numbers, fitted, strict=True)):
        asked = settings.bandwidth[name]
        if isinstance(asked, float):
            out[j] = asked
        elif column.sample is not None:
            out[j] = rule_deviation(DEFAULT if asked is None else asked, column.sample, n_dims) / shape.spread
            if not 0.0 < out[j] < np.inf:
                raise SchemaError(
                    f"KDESynthesizer: no bandwidth can be told for column {name!r}; give one in bandwidth, or another "
                    "kind in the schema."
                )
    return out


def _correlation(rows: Floats, free: NDArray[np.bool_], weight: Floats) -> Floats:
    """Correlations of the columns, over the rows that have a number with a kernel on it in both; positive definite."""
    shares = free * weight[:, None]
    totals = np.maximum(shares.sum(axis=0), 1e-300)
    centred = np.where(free, rows - np.where(free, rows, 0.0).T @ weight / totals, 0.0)
    sizes = np.frexp(np.abs(centred).max(axis=0, initial=0.0))[1]
    centred = np.ldexp(
        centred, -sizes
    )  # by powers of two, which changes no digit: products of large numbers are no floats
    with threadpool_limits(1, user_api="blas"):
        products = (centred * weight[:, None]).T @ centred
        squares = (centred**2 * weight[:, None]).T @ free
    scale = np.sqrt(squares * squares.T)
    out = np.divide(products, scale, out=np.zeros_like(products), where=scale > 0)
    np.fill_diagonal(out, 1.0)
    with threadpool_limits(1, user_api="blas"):
        out = nearest_correlation(0.5 * (out + out.T))
        if np.linalg.eigvalsh(out)[0] < MOST_CORRELATED:
            out = (1.0 - MOST_CORRELATED) * out + MOST_CORRELATED * np.eye(len(out))
    return out


# -- columns of levels -------------------------------------------------------------------------------------------------


def _level_kernel(column: EncodedColumn, missing: bool, settings: Settings, n_effective: float) -> LevelKernel:
    n_levels = column.n_levels + missing
    asked = settings.bandwidth[column.name]
    smoothing = asked if isinstance(asked, float) else level_smoothing(n_levels, column.ordered, n_effective)
    return LevelKernel(n_levels, column.ordered, smoothing)
