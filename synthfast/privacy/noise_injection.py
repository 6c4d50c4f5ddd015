"""Noise on numbers, with a law of the variance; by itself no differential privacy."""

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from synthfast._core.frames import Table
from synthfast._core.random import SeedLike, Stream
from synthfast._core.validation import check_choice, check_number
from synthfast.exceptions import DataError
from synthfast.privacy._perturbed import (
    chosen_columns,
    per_column,
    present_numbers,
    released_columns,
    with_numbers,
)
from synthfast.privacy.post_randomization import post_randomize

__all__ = ["NoisyTable", "add_noise"]

Floats = NDArray[np.float64]
OWNER: Final = "add_noise"


@dataclass(frozen=True)
class NoisyTable:
    """A table with noise, and how much there is.

    Attributes
    ----------
    data : table
        In the container that came in; of pandas, under a fresh RangeIndex.
    noise_scale : dict of column name to float
        Standard deviation of the noise, in the column's unit; of the factor, for multiplicative noise.
    variance_ratio : dict of column name to float or None
        Variance after over variance before, as measured; None where a column had none.
    expected_variance_ratio : dict of column name to float or None
        What the law says it is on average.
    """

    data: Any = field(repr=False)
    noise_scale: dict[Hashable, float]
    variance_ratio: dict[Hashable, float | None]
    expected_variance_ratio: dict[Hashable, float | None]


def add_noise(
    data: Any,
    scale: Any = 0.1,
    relative: bool = True,
    *,
    method: Literal["additive", "multiplicative", "correlated"] = "additive",
    distribution: Literal["gaussian", "laplace", "uniform"] = "gaussian",
    keep_variance: bool = False,
    columns: Any = None,
    category_change: float = 0.0,
    random_state: SeedLike = None,
) -> NoisyTable:
    """Add noise to the numbers of a table.

    Parameters
    ----------
    data : table of shape (n_rows, n_columns)
        pandas, polars or Arrow, a 2-D or structured array, a dict of columns or a list of dicts.
    scale : float or dict of column name to float, default 0.1
        Standard deviation of the noise; at least 0.
    relative : bool, default True
        Whether ``scale`` is in standard deviations of the column, rather than in its own unit (steps of a date's
        resolution). Multiplicative noise is always relative to the value, correlated noise to the column.
    method : {"additive", "multiplicative", "correlated"}, default "additive"
        ``"additive"``: each column by itself. ``"multiplicative"``: times a positive factor of mean 1, so signs and
        zeros stay. ``"correlated"``: normal noise with the columns' own correlations, which are thus kept.
    distribution : {"gaussian", "laplace", "uniform"}, default "gaussian"
        Law of additive noise.
    keep_variance : bool, default False
        Shrink the noisy values towards the mean so that the variance (all covariances, where correlated) is on average
        what it was.
    columns : str or sequence of column names, optional
        All numbers, dates and spans by default; multiplicative noise leaves out dates and times of day.
    category_change : float, default 0.0
        Chance that a cell of any other column is drawn anew from its column, as `post_randomize` does.
    random_state : None, int, SeedSequence or Generator, default None

    Returns
    -------
    NoisyTable

    Raises
    ------
    DataError
        If a number is infinite, correlated noise has fewer than two rows without missing values, or multiplicative
        noise is asked for dates.
    ValueError, TypeError
        If an argument is out of range.

    Notes
    -----
    **This is not differential privacy**: noise of a fixed size in proportion to the data protects nobody by any stated
    amount; extremes stay extreme, and who knows a value to within the noise still finds its row. For a guarantee use a
    synthesizer with ``epsilon``.

    The law, with s the scale in standard deviations, m the mean and v the variance: additive and correlated noise give
    ``v (1 + s**2)`` (``v`` under ``keep_variance``), multiplicative noise ``v (1 + s**2) + s**2 m**2``; means stay.
    Whole numbers are rounded, which adds up to 1/12 of a unit squared, and values stay inside their dtype's range.
    Missing values stay missing.

    Cost O(n_rows n_columns), for correlated noise O(n_rows n_columns**2). The first rows of a table get the same noise
    however many follow, where ``relative=False``.

    References
    ----------
    J. J. Kim (1986), "A method for limiting disclosure in microdata based on random noise and transformation".

    Examples
    --------
    >>> from synthfast import load_dataset
    >>> from synthfast.privacy import add_noise
    >>> result = add_noise(load_dataset("iris"), scale=0.5, random_state=0)
    >>> result.expected_variance_ratio["petal length (cm)"], 1.0 < result.variance_ratio["petal length (cm)"] < 1.5
    (1.25, True)
    """
    check_choice(f"{OWNER}: method", method, ("additive", "multiplicative", "correlated"))
    check_choice(f"{OWNER}: distribution", distribution, ("gaussian", "laplace", "uniform"))
    change = check_number(f"{OWNER}: category_change", category_change, minimum=0, maximum=1)
    _check_combination(method, distribution, keep_variance, relative)
    table = Table.from_any(data)
    names = chosen_columns(table, columns, OWNER, numeric=True)
    if method == "multiplicative":
        names = _with_a_zero(table, names, named=columns is not None)
    scales = per_column(scale, names, f"{OWNER}: scale", minimum=0)
    stream = Stream.from_seed(random_state)
    known = {name: present_numbers(table.column(name), OWNER) for name in names}
    if method == "correlated":
        noises, spreads = _correlated(known, scales, stream)
    else:
        law = "lognormal" if method == "multiplicative" else distribution
        noises = {
            name: _noise(law, scales[name], known[name], stream.child("noise", p)) for p, name in enumerate(names)
        }
        spreads = {
            name: _spread(known[name][0], scales[name], relative or method == "multiplicative") for name in names
        }
    new, measured, expected = {}, {}, {}
    for name in names:
        values, present = known[name]
        changed, expected[name] = _changed(values, noises[name], spreads[name], scales[name], method, keep_variance)
        new[name] = with_numbers(table.column(name), changed, present)
        measured[name] = _ratio(values, new[name].array[present].astype(np.float64))
    made = released_columns(table, new)
    if change > 0:
        made = post_randomize(made, keep=1.0 - change, random_state=stream.child("levels").generator())
    units = {name: scales[name] if method == "multiplicative" else spreads[name] for name in names}
    return NoisyTable(made, units, measured, expected)


def _with_a_zero(table: Table, names: list[Hashable], *, named: bool) -> list[Hashable]:
    """The columns whose zero means none of something, so that multiples have a meaning: not dates, nor times of day."""
    without = [name for name in names if table.column(name).storage in ("datetime", "time")]
    if named and without:
        raise DataError(
            f"{OWNER}: multiplicative noise on dates depends on the year that they are counted from; got {without!r}. "
            "Use method='additive' for them, or turn dates into spans."
        )
    return [name for name in names if name not in without]


def _check_combination(method: str, distribution: str, keep_variance: bool, relative: bool) -> None:
    if method == "multiplicative" and keep_variance:
        raise ValueError(
            f"{OWNER}: keep_variance is for additive and correlated noise; a factor scales with the value."
        )
    if method != "additive" and distribution != "gaussian":
        raise ValueError(f"{OWNER}: distribution={distribution!r} is for additive noise, got method={method!r}.")
    if method == "correlated" and not relative:
        raise ValueError(f"{OWNER}: correlated noise is in shares of the columns' covariance; leave relative at True.")


def _spread(values: Floats, scale: float, relative: bool) -> float:
    """Standard deviation of the noise in the column's unit."""
    return scale * (float(values.std()) if relative and len(values) else 1.0)


def _noise(law: str, scale: float, known: tuple[Floats, NDArray[np.bool_]], stream: Stream) -> Floats:
    """Noise of variance 1, or factors of mean 1 and standard deviation ``scale``, for the rows that have a value."""
    present = known[1]
    n = len(present)
    if law == "gaussian":
        return stream.normal(n)[present]
    if law == "uniform":
        return np.sqrt(12.0) * (stream.uniform(n)[present] - 0.5)
    if law == "laplace":
        magnitude = stream.exponential(n)[present]
        return np.where(stream.uniform(n)[present] < 0.5, -magnitude, magnitude) / np.sqrt(2.0)
    width = np.sqrt(np.log1p(scale**2))
    return np.exp(width * stream.normal(n)[present] - 0.5 * width**2)


def _correlated(
    known: dict[Hashable, tuple[Floats, NDArray[np.bool_]]], scales: dict[Hashable, float], stream: Stream
) -> tuple[dict[Hashable, Floats], dict[Hashable, float]]:
    """Noise with the columns' correlations, each of variance 1, and its standard deviation in the column's unit."""
    names = list(known)
    if not names:
        return {}, {}
    masks = np.array([known[name][1] for name in names])
    complete = np.logical_and.reduce(masks, axis=0)
    if complete.sum() < 2:
        raise DataError(
            f"{OWNER}: correlated noise needs two rows with a value in each of {names!r}, got {int(complete.sum())}. "
            "Name fewer columns, or use method='additive'."
        )
    rows = np.array([_at(known[name], complete) for name in names])
    gaps = rows - rows.mean(axis=1, keepdims=True)
    spread = np.sqrt((gaps**2).mean(axis=1))
    gaps /= np.where(spread > 0, spread, 1.0)[:, None]
    levels, axes = np.linalg.eigh(gaps @ gaps.T / gaps.shape[1])
    factor = axes * np.sqrt(np.maximum(levels, 0.0))
    draws = np.array([stream.child("noise", place).normal(masks.shape[1]) for place in range(len(names))])
    noise = {name: (factor[place] @ draws)[masks[place]] for place, name in enumerate(names)}
    return noise, {name: scales[name] * float(known[name][0].std()) for name in names}


def _at(known: tuple[Floats, NDArray[np.bool_]], rows: NDArray[np.bool_]) -> Floats:
    values, present = known
    return values[rows[present]]


def _changed(
    values: Floats, noise: Floats, spread: float, scale: float, method: str, keep_variance: bool
) -> tuple[Floats, float | None]:
    """The values with noise, and the variance ratio that the law gives."""
    variance = float(values.var()) if len(values) else 0.0
    if spread == 0 or (method == "multiplicative" and scale == 0):
        return values.copy(), None if variance == 0 else 1.0
    if method == "multiplicative":
        expected = None if variance == 0 else 1 + scale**2 + scale**2 * float(values.mean()) ** 2 / variance
        return values * noise, expected
    ratio = None if variance == 0 else 1 + spread**2 / variance
    if not keep_variance:
        return values + spread * noise, ratio
    if ratio is None:
        return values.copy(), None
    mean = values.mean()
    return mean + (values - mean + spread * noise) / np.sqrt(ratio), 1.0


def _ratio(before: Floats, after: Floats) -> float | None:
    variance = float(before.var()) if len(before) else 0.0
    return float(after.var()) / variance if variance > 0 else None
