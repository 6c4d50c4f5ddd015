"""Smoothed rows: numbers moved by correlated noise, and drawn in by as much as it spreads them."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from synthfast._core.random import Stream
from synthfast._core.threads import effective_n_threads
from synthfast._ext._copula import combine_rows
from synthfast.encoding import EncodedColumn, EncodedCondition, TableCodec
from synthfast.marginals.histogram import BitPrefixHistogram
from synthfast.synthesizers._mixture.scales import find_spikes

__all__ = ["Smoother"]

Floats = NDArray[np.float64]
Columns = dict[Hashable, NDArray[Any]]

LEAST_EIGENVALUE = 1e-9
LEAST_ROWS = 5  # of a spike


@dataclass(frozen=True)
class NumberFacts:
    """What smoothing needs of a column: mean and deviation of its moving values, those that stay, and its range."""

    mean: float
    deviation: float
    spikes: Floats
    low: float
    high: float


@dataclass(frozen=True)
class Smoother:
    """Moves numbers.

    Parameters
    ----------
    bandwidth : float
        Standard deviation of the noise, in standard deviations of a column.
    facts : dict of column name to NumberFacts
        Columns that move.
    factor : ndarray of float64, shape (n_numbers, n_numbers)
        Cholesky factor of their correlations, which the noise has as well.
    """

    bandwidth: float
    facts: dict[Hashable, NumberFacts]
    factor: Floats

    @classmethod
    def fit(cls, columns: Mapping[Hashable, EncodedColumn], codec: TableCodec, smoothing: float) -> "Smoother":
        """Silverman's bandwidth, ``smoothing`` times; correlations with means in place of what does not move."""
        facts: dict[Hashable, NumberFacts] = {}
        scores: list[Floats] = []
        n_rows = 1
        for name, column in columns.items():
            if column.kind != "numeric":
                continue
            n_rows = len(column.values)
            own = _facts(column.values, codec, name)
            if own.deviation > 0.0:
                facts[name] = own
                scores.append(np.where(_moves(column.values, own), (column.values - own.mean) / own.deviation, 0.0))
        d = len(facts)
        bandwidth = smoothing * (4.0 / ((d + 2.0) * n_rows)) ** (1.0 / (d + 4.0))
        return cls(bandwidth, facts, _factor(scores))

    def move(
        self, columns: Columns, stream: Stream, conditions: Mapping[Hashable, EncodedCondition], kept: Columns
    ) -> Columns:
        """Smoothed columns; those under a condition on single values, and those in ``kept``, stay as they are."""
        n_rows = len(next(iter(columns.values()))) if columns else 0
        noise = np.empty((len(self.facts), n_rows))
        for j in range(len(noise)):
            stream.child("noise", j).normal(n_rows, out=noise[j])
        moved = np.empty_like(noise)
        combine_rows(self.factor, noise, moved, effective_n_threads())
        out = dict(columns)
        shrink = 1.0 / np.sqrt(1.0 + self.bandwidth**2)
        for (name, own), step in zip(self.facts.items(), moved, strict=True):
            low, high = own.low, own.high
            condition = conditions.get(name)
            if name in kept or (condition is not None and not _is_range(condition)):
                continue
            if condition is not None:
                low, high = max(low, float(condition.lower[0])), min(high, float(condition.upper[0]))
            values = columns[name]
            place = own.mean + shrink * (values - own.mean + self.bandwidth * own.deviation * step)
            out[name] = np.where(_moves(values, own), _reflected(place, low, high), values)
        return out

    def to_state(self, names: list[Hashable]) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """A JSON-able document and arrays; columns are named by their place among ``names``."""
        place = {name: j for j, name in enumerate(names)}
        document = {
            "bandwidth": self.bandwidth,
            "columns": [
                [place[name], own.mean, own.deviation, _written(own.low), _written(own.high)]
                for name, own in self.facts.items()
            ],
        }
        spikes = {f"spikes/{k}": own.spikes for k, own in enumerate(self.facts.values())}
        return document, {"factor": self.factor} | spikes

    @classmethod
    def from_state(
        cls, document: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]], names: list[Hashable]
    ) -> "Smoother":
        """Undo `to_state`."""
        facts = {}
        for k, (j, mean, deviation, low, high) in enumerate(document["columns"]):
            ends = -np.inf if low is None else low, np.inf if high is None else high
            facts[names[j]] = NumberFacts(mean, deviation, arrays[f"spikes/{k}"], *ends)
        return cls(document["bandwidth"], facts, arrays["factor"])


def _written(end: float) -> float | None:
    return None if np.isinf(end) else end


def _facts(values: Floats, codec: TableCodec, name: Hashable) -> NumberFacts:
    """Moments from counts of values, so that the order of the rows changes nothing."""
    histogram = BitPrefixHistogram.from_values(values)
    x, counts = histogram.values(), histogram.counts()
    spiked = find_spikes(x, counts, len(values), LEAST_ROWS) & (histogram.minima == histogram.maxima)
    bounds = codec.bounds(name)
    low = -np.inf if bounds.minimum is None else float(bounds.minimum)
    high = np.inf if bounds.maximum is None else float(bounds.maximum)
    spikes, x, counts = x[spiked], x[~spiked], counts[~spiked]
    if not len(x):
        return NumberFacts(0.0, 0.0, spikes, low, high)
    unit = float(np.abs(x).max()) or 1.0
    mean = float((x / unit * counts).sum() / counts.sum())
    deviation = float(np.sqrt((np.square(x / unit - mean) * counts).sum() / counts.sum()))
    return NumberFacts(mean * unit, deviation * unit, spikes, low, high)


def _moves(values: Floats, own: NumberFacts) -> NDArray[np.bool_]:
    """Values that are neither missing nor spikes."""
    out = ~np.isnan(values)
    for spike in own.spikes.tolist():
        out &= values != spike
    return out


def _factor(scores: list[Floats]) -> Floats:
    """Cholesky factor of the correlations of standardised columns."""
    d = len(scores)
    correlation = np.eye(d)
    for i in range(d):
        for j in range(i):
            root = np.sqrt(float((scores[i] * scores[i]).sum()) * float((scores[j] * scores[j]).sum()))
            correlation[i, j] = correlation[j, i] = float((scores[i] * scores[j]).sum()) / root
    with threadpool_limits(1, user_api="blas"):
        values, vectors = np.linalg.eigh(correlation)
        raised = (vectors * np.maximum(values, LEAST_EIGENVALUE)) @ vectors.T
        return np.linalg.cholesky(raised)


def _is_range(condition: EncodedCondition) -> bool:
    return len(condition.lower) == 1 and bool(condition.lower[0] < condition.upper[0])


def _reflected(values: Floats, low: float, high: float) -> Floats:
    """Values that passed an end, thrown back once; what would then pass the other end stays at it."""
    inside = np.where(values < low, 2.0 * low - values, values)
    inside = np.where(inside > high, 2.0 * high - inside, inside)
    return np.clip(inside, low, high)
