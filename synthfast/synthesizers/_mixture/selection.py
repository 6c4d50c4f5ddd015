"""The number of components, and the best of several starts."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from synthfast._core.random import Stream
from synthfast.synthesizers._mixture.em import Fit, Terms, expect, fit_em
from synthfast.synthesizers._mixture.parameters import CovarianceType, Parameters
from synthfast.synthesizers._mixture.rows import MixtureRows, shuffle_rows
from synthfast.synthesizers._mixture.start import SKETCH_ROWS, Sketch, split

__all__ = ["Selection", "Trainer"]

Floats = NDArray[np.float64]

SHORT_ITERATIONS = 15
SHORT_TOL = 1e-3
ROUGHLY = 10.0  # times the tolerance, for fits that are only to be compared
PATIENCE = 2  # sizes in a row without a gain
PRIOR_ROWS = 1e-3  # that every component is thought to have seen of each code column


@dataclass
class Selection:
    """What was tried.

    Parameters
    ----------
    fit : Fit
        The best.
    bic : dict of int to float
        Criterion of each number of components that was tried, on ``n_rows`` rows.
    n_rows : int
    """

    fit: Fit
    bic: dict[int, float] = field(default_factory=dict)
    n_rows: int = 0


class Trainer:
    """Fits mixtures to the rows of a table.

    Parameters
    ----------
    values, codes : ndarray
        As `MixtureColumns.encode` gives them.
    offsets : ndarray of int64, shape (n_coded + 1,)
    kind : covariance type
    reg_covar : float
    floor : ndarray of float64, shape (n_numbers,)
    max_iter, tol, n_init :
        As the synthesizer takes them.
    stream : Stream
    """

    def __init__(
        self,
        values: Floats,
        codes: NDArray[np.int32],
        offsets: NDArray[np.int64],
        *,
        kind: CovarianceType,
        reg_covar: float,
        floor: Floats,
        max_iter: int,
        tol: float,
        n_init: int,
        stream: Stream,
    ) -> None:
        order = shuffle_rows(values, codes, stream.child("rows").key[0])
        self._values, self._codes = np.ascontiguousarray(values[:, order]), np.ascontiguousarray(codes[order])
        self._offsets = offsets
        self._terms = Terms(reg_covar, floor, PRIOR_ROWS * self._shares())
        self._kind: CovarianceType = kind
        self._max_iter, self._tol, self._n_init, self._stream = max_iter, tol, n_init, stream
        part = slice(0, SKETCH_ROWS)
        self._sketch = Sketch(kind, self._values[:, part], self._codes[part], offsets, self._terms.prior)
        self._short_rows = self._first(SKETCH_ROWS)

    def _shares(self) -> Floats:
        """Share of each level among its column's rows, shape (n_levels,)."""
        counts = np.bincount(self._codes.ravel(), minlength=int(self._offsets[-1]))[: int(self._offsets[-1])]
        return counts / max(len(self._codes), 1)

    @cached_property
    def _whole(self) -> MixtureRows:
        return MixtureRows.of(self._values, self._codes)

    def _first(self, n_rows: int) -> MixtureRows:
        """The first of the shuffled rows."""
        if n_rows >= len(self._codes):
            return self._whole
        return MixtureRows.of(np.ascontiguousarray(self._values[:, :n_rows]), self._codes[:n_rows])

    def fit(self, n_components: int) -> Selection:
        """A mixture of so many components; fewer where rows do not tell as many apart."""
        start = self._best_start(n_components, None)
        fit = self._long(self._whole, start)
        return Selection(fit, {fit.parameters.n_components: self.bic(fit, len(self._codes))}, len(self._codes))

    def select(self, max_components: int, bic_rows: int) -> Selection:
        """The mixture of least BIC among ever more components, each begun from the last as well as afresh."""
        part = self._first(bic_rows)
        best: Fit | None = None
        last: Parameters | None = None
        found: dict[int, float] = {}
        since = 0
        for n_components in _sizes(max(1, min(max_components, part.n_rows // self._least_rows(1)))):
            start = self._best_start(n_components, last)
            fit = self._iterate(part, start, self._max_iter, ROUGHLY * self._tol)
            last = fit.parameters
            found[n_components] = self.bic(fit, part.n_rows)
            if best is None or found[n_components] <= min(found.values()):
                best, since = fit, 0
            else:
                since += 1
            if since == PATIENCE:
                break
        assert best is not None
        return Selection(self._long(self._whole, best.parameters), found, part.n_rows)

    def bic(self, fit: Fit, n_rows: int) -> float:
        """Bayes' information criterion; the least is best."""
        return -2.0 * fit.log_likelihood + fit.parameters.n_free(len(self._offsets) - 1) * float(np.log(max(n_rows, 1)))

    def _least_rows(self, min_count: int) -> int:
        """Rows that a component must have; one with a covariance of its own more than there are numbers."""
        return max(min_count, len(self._values) + 1) if self._kind == "full" else min_count

    def drop_small(self, fit: Fit, min_count: int) -> Fit:
        """The fit without components of so few rows that they would repeat them."""
        while fit.parameters.n_components > 1:
            weights = expect(self._whole, fit.parameters).weights
            kept = np.flatnonzero(weights >= self._least_rows(min_count))
            if len(kept) == len(weights):
                break
            kept = kept if len(kept) else np.array([np.argmax(weights)])
            fit = self._long(self._whole, fit.parameters.take(kept))
        return fit

    def _best_start(self, n_components: int, smaller: Parameters | None) -> Parameters:
        """The best, after a few iterations on few rows, of fresh starts and of a smaller mixture with parts split."""
        stream = self._stream.child("start", n_components)
        starts = [self._sketch.start(n_components, stream.child(i)) for i in range(self._n_init)]
        if smaller is not None:
            starts.append(split(smaller, n_components))
        if len(starts) == 1:
            return starts[0]
        fits = [self._iterate(self._short_rows, own, SHORT_ITERATIONS, SHORT_TOL) for own in starts]
        return max(fits, key=lambda fit: fit.log_likelihood).parameters

    def _long(self, rows: MixtureRows, start: Parameters) -> Fit:
        return self._iterate(rows, start, self._max_iter, self._tol)

    def _iterate(self, rows: MixtureRows, start: Parameters, max_iter: int, tol: float) -> Fit:
        return fit_em(rows, start, self._terms, self._offsets, max_iter=max_iter, tol=tol)


def _sizes(most: int) -> Iterator[int]:
    """1, 2, 3, 4, 6, 8, 12, 16, ... up to ``most``."""
    size, step = 1, 1
    while size <= most:
        yield size
        if size >= 4 and size & (size - 1) == 0:
            step = size // 2
        size += step
