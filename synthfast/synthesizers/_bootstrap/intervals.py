"""Bootstrap confidence intervals of any statistic: percentile, basic, and bias-corrected and accelerated."""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from synthfast._core.random import SeedLike, Stream
from synthfast._core.validation import check_choice, check_integer, check_number, describe_value
from synthfast.engines import map_blocks
from synthfast.exceptions import DataError
from synthfast.marginals.ecdf import ndtr, ndtri
from synthfast.synthesizers._bootstrap.asking import read_labels, read_length
from synthfast.synthesizers._bootstrap.resamples import Clusters, Resampler, Singles, Strata, Stretches

__all__ = ["BootstrapInterval", "bootstrap_interval"]

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

METHODS = ("percentile", "basic", "bca")
BATCH_VALUES = 2**18  # of all resamples that are held at a time, in each thread
MAX_BATCH = 1_024


@dataclass(frozen=True)
class BootstrapInterval:
    """A statistic with its interval.

    Parameters
    ----------
    low, high : float, or ndarray of float64
        Ends of the interval; arrays of the statistic's shape where it gives several numbers.
    estimate : float or ndarray
        The statistic of the data.
    standard_error : float or ndarray
        Standard deviation of the statistic over the resamples.
    level : float
        Confidence level.
    method : str
        How the interval was made.
    distribution : ndarray of float64, shape (n_resamples,) or (n_resamples, ...)
        The statistic of every resample.
    """

    low: Any
    high: Any
    estimate: Any
    standard_error: Any
    level: float
    method: str
    distribution: Floats

    def __str__(self) -> str:
        return f"{self.estimate} ({self.level:.0%} {self.method} interval {self.low} to {self.high})"


def bootstrap_interval(
    data: Any,
    statistic: Callable[..., Any],
    *,
    level: float = 0.95,
    n_resamples: int = 9_999,
    method: str = "percentile",
    stratify: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    block_length: int | str | None = None,
    random_state: SeedLike = None,
    n_threads: int | None = None,
) -> BootstrapInterval:
    """Bootstrap confidence interval of a statistic.

    Parameters
    ----------
    data : array_like, shape (n_rows,) or (n_rows, n_columns), or a pandas or polars frame, or pyarrow.Table
        The rows that are resampled.
    statistic : callable
        Gives a number, or an array of some, of rows like ``data``. One that takes ``axis`` is called for many resamples
        of one-dimensional data at once, with ``axis=-1``; any other for one resample at a time. It is called from
        several threads at once where ``n_threads`` is not 1.
    level : float, default 0.95
        Confidence level, above 0 and below 1.
    n_resamples : int, default 9,999
        Resamples that are drawn.
    method : {"percentile", "basic", "bca"}, default "percentile"
        Quantiles of the resamples' statistics; these mirrored at the estimate; or quantiles corrected for bias and
        skewness by a jackknife (one more call of the statistic for each row or cluster), which is exact to second
        order.
    stratify : array_like, shape (n_rows,), optional
        Labels: each resample holds as many rows of each stratum as the data do.
    cluster : array_like, shape (n_rows,), optional
        Labels: whole clusters are drawn, as many as there are, so that resamples differ in their rows.
    block_length : int or "auto", optional
        Rows are in order: stretches of so many consecutive ones are drawn and joined (moving blocks). ``"auto"`` is the
        cube root of n_rows.
    random_state : None, int, numpy SeedSequence or Generator
        Seed of the resamples.
    n_threads : int, optional
        Threads to use; the result does not depend on it.

    Returns
    -------
    BootstrapInterval

    Raises
    ------
    DataError
        If there are fewer than two rows, or labels do not fit them.
    ValueError, TypeError
        If a parameter is not what it can be, or the statistic does not give numbers of one shape.

    Notes
    -----
    O(n_resamples n_rows) and the calls of the statistic; memory is a few million row numbers a thread and the
    ``n_resamples`` statistics. Resample b depends on the seed and b alone.

    References
    ----------
    Efron and Tibshirani (1993), An introduction to the bootstrap. Efron (1987), Better bootstrap confidence intervals.
    Künsch (1989), The jackknife and the bootstrap for general stationary observations.

    Examples
    --------
    >>> import numpy as np, synthfast
    >>> x = np.random.default_rng(0).exponential(size=200)
    >>> found = synthfast.bootstrap_interval(x, np.mean, random_state=0)
    >>> bool(found.low < x.mean() < found.high), found.distribution.shape
    (True, (9999,))
    """
    level = check_number("level", level)
    if not 0.0 < level < 1.0:
        raise ValueError(f"level: expected a number above 0 and below 1, got {level}.")
    n_resamples = check_integer("n_resamples", n_resamples, minimum=1)
    check_choice("method", method, METHODS)
    if not callable(statistic):
        raise TypeError(f"statistic: expected a function of rows, got {describe_value(statistic)}.")
    sample = _Sample.of(data, statistic)
    resampler = _resampler(sample.n_rows, stratify, cluster, block_length)
    if method == "bca" and isinstance(resampler, Strata | Stretches):
        raise ValueError("method: 'bca' is for single rows and for clusters; take 'percentile' or 'basic' here.")
    estimate = sample.statistics([np.arange(sample.n_rows)])[0]
    distribution = _distribution(sample, resampler, n_resamples, Stream.from_seed(random_state), n_threads)
    ends = np.array([(1.0 - level) / 2.0, (1.0 + level) / 2.0])
    if method == "bca":
        left_out = _in_batches(sample, resampler.left_out(), n_threads)
        low, high = _corrected(distribution, estimate, left_out, ends)
    else:
        low, high = np.quantile(distribution, ends, axis=0)
    if method == "basic":
        low, high = 2.0 * estimate - high, 2.0 * estimate - low
    spread = distribution.std(axis=0, ddof=1) if n_resamples > 1 else np.full(estimate.shape, np.nan)
    low, high, estimate, spread = (_plain(value) for value in (low, high, estimate, spread))
    return BootstrapInterval(low, high, estimate, spread, level, method, distribution)


def _plain(value: Floats) -> Any:
    return float(value) if np.ndim(value) == 0 else value


def _resampler(
    n_rows: int, stratify: ArrayLike | None, cluster: ArrayLike | None, block_length: int | str | None
) -> Resampler:
    given = {"stratify": stratify, "cluster": cluster, "block_length": block_length}
    asked = [name for name, value in given.items() if value is not None]
    if len(asked) > 1:
        raise ValueError(f"bootstrap_interval: expected at most one of {' and '.join(asked)}, got both.")
    if stratify is not None:
        return Strata(read_labels("stratify", stratify, n_rows))
    if cluster is not None:
        number = read_labels("cluster", cluster, n_rows)
        if number.max() == 0:
            raise DataError("cluster: expected at least two clusters, got one.")
        return Clusters(number)
    return Singles(n_rows) if block_length is None else Stretches(n_rows, read_length(block_length, n_rows))


@dataclass(frozen=True)
class _Sample:
    """The data and the statistic; ``take`` gives rows, ``many`` says that the statistic takes resamples together."""

    n_rows: int
    take: Callable[[Rows], Any]
    statistic: Callable[..., Any]
    many: bool

    @classmethod
    def of(cls, data: Any, statistic: Callable[..., Any]) -> "_Sample":
        if hasattr(data, "iloc"):
            own = cls(len(data), lambda rows: data.iloc[rows], statistic, many=False)
        elif hasattr(data, "take") and hasattr(data, "num_rows"):
            own = cls(data.num_rows, lambda rows: data.take(rows), statistic, many=False)
        elif hasattr(data, "get_columns"):
            own = cls(data.height, lambda rows: data[rows], statistic, many=False)
        else:
            values = np.asarray(data)
            if values.ndim not in (1, 2):
                raise DataError(f"data: expected rows, shape (n_rows,) or (n_rows, n_columns), got {values.shape}.")
            own = cls(len(values), lambda rows: values[rows], statistic, values.ndim == 1 and _takes_axis(statistic))
        if own.n_rows < 2:
            raise DataError(f"data: expected at least two rows, got {own.n_rows}.")
        return own

    def statistics(self, resamples: Sequence[Rows] | Rows) -> Floats:
        """Statistics of resamples, shape (n_resamples, ...)."""
        if self.many and isinstance(resamples, np.ndarray):
            out = np.asarray(self.statistic(self.take(resamples), axis=-1), dtype=np.float64)
            if out.shape[:1] != (len(resamples),):
                raise ValueError(f"statistic: expected a number for each resample with axis=-1, got shape {out.shape}.")
            return out
        extra = {"axis": -1} if self.many else {}
        return np.array([np.asarray(self.statistic(self.take(rows), **extra), dtype=np.float64) for rows in resamples])


def _takes_axis(statistic: Callable[..., Any]) -> bool:
    try:
        return "axis" in inspect.signature(statistic).parameters
    except (TypeError, ValueError):  # builtins may have no signature
        return False


def _distribution(
    sample: _Sample, resampler: Resampler, n_resamples: int, stream: Stream, n_threads: int | None
) -> Floats:
    """Statistics of all resamples; a batch is drawn from a stream of its own, whose size depends on the rows alone."""
    size = max(1, min(MAX_BATCH, BATCH_VALUES // sample.n_rows))

    def batch(b: int) -> Floats:
        return sample.statistics(resampler.draw(min(size, n_resamples - b * size), stream.child(b)))

    return np.concatenate(list(map_blocks(batch, range(-(-n_resamples // size)), n_threads)))


def _in_batches(sample: _Sample, resamples: list[Rows], n_threads: int | None) -> Floats:
    size = max(1, min(MAX_BATCH, BATCH_VALUES // sample.n_rows))
    equal = len({len(rows) for rows in resamples}) == 1

    def batch(first: int) -> Floats:
        part = resamples[first : first + size]
        return sample.statistics(np.array(part) if equal else part)

    return np.concatenate(list(map_blocks(batch, range(0, len(resamples), size), n_threads)))


def _corrected(distribution: Floats, estimate: Floats, left_out: Floats, ends: Floats) -> tuple[Floats, Floats]:
    """Quantiles at levels shifted by the bias of the resamples and the skewness of the jackknife (Efron 1987)."""
    below = (distribution < estimate).mean(axis=0) + 0.5 * (distribution == estimate).mean(axis=0)
    shift = ndtri(below)
    gaps = left_out.mean(axis=0) - left_out
    cubes, squares = np.power(gaps, 3).sum(axis=0), np.square(gaps).sum(axis=0)
    still = ~(squares > 0.0)
    skew = cubes / (6.0 * np.power(np.where(still, 1.0, squares), 1.5))
    flat = distribution.reshape(len(distribution), -1)
    out = np.empty((2, flat.shape[1]))
    for row, end in zip(out, ndtri(ends), strict=True):
        level = ndtr(shift + (shift + end) / (1.0 - skew * (shift + end)))
        for j, p in enumerate(np.ravel(level)):
            row[j] = np.quantile(flat[:, j], p) if np.isfinite(p) else flat[0, j]
    return out[0].reshape(estimate.shape), out[1].reshape(estimate.shape)
