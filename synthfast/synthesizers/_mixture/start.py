"""Where the iterations begin: clusters around means, or components of a smaller mixture split in two."""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from synthfast._core.random import Stream
from synthfast.neighbors.kmeans import kmeans
from synthfast.synthesizers._mixture.parameters import CovarianceType, Parameters

__all__ = ["SKETCH_ROWS", "Sketch", "split"]

Floats = NDArray[np.float64]
Codes = NDArray[np.int32]

SKETCH_ROWS = 16_384  # that starts are made from
MAX_LEVELS = 32  # of a code column that clusters can see
MAX_COORDINATES = 256
FARTHEST = 5.0  # standard deviations at which a number stops to count
APART = 0.5  # of a standard deviation, by which the halves of a component move
KMEANS_ITERATIONS = 30


@dataclass(frozen=True)
class Sketch:
    """A sample of rows to make starts from.

    Parameters
    ----------
    kind : covariance type
    values : ndarray of float64, shape (n_numbers, n_rows)
        Places of numbers, NaN where there is none.
    codes : ndarray of int32, shape (n_rows, n_coded)
    offsets : ndarray of int64, shape (n_coded + 1,)
    prior : ndarray of float64, shape (n_levels,)
        Rows that every component is thought to have seen of each level.
    """

    kind: CovarianceType
    values: Floats
    codes: Codes
    offsets: NDArray[np.int64]
    prior: Floats

    def start(self, n_components: int, stream: Stream) -> Parameters:
        """A mixture around the means of clusters; numbers and levels count alike in what is near."""
        points = self._points()
        if points.shape[1]:
            labels = kmeans(points, n_components, max_iter=KMEANS_ITERATIONS, stream=stream.child("clusters"))[1]
        else:
            labels = stream.child("labels").integers(n_components, len(points))
        return self._around(labels, n_components)

    def _points(self) -> Floats:
        """Numbers within reach of the middle, 0 where there is none; levels as 0 and 1 over root 2."""
        columns = [np.clip(np.nan_to_num(row), -FARTHEST, FARTHEST) for row in self.values]
        for c, (start, stop) in enumerate(pairwise(self.offsets)):
            if stop - start <= MAX_LEVELS and len(columns) + stop - start <= MAX_COORDINATES:
                columns += [np.sqrt(0.5) * (self.codes[:, c] == level) for level in range(start, stop)]
        return np.column_stack(columns) if columns else np.empty((len(self.codes), 0))

    def _around(self, labels: NDArray[np.int64], n_components: int) -> Parameters:
        """Moments of each cluster; spreads lean on the one within all clusters, more so in small ones."""
        d, n_rows = self.values.shape
        z = np.nan_to_num(self.values)
        counts = np.bincount(labels, minlength=n_components)
        shares = (counts + 1.0) / (n_rows + n_components)
        sums = np.array([np.bincount(labels, row, n_components) for row in z]).reshape(d, n_components)
        means = np.ascontiguousarray((sums / np.maximum(counts, 1)).T)
        gaps = z - means[labels].T
        within = np.einsum("in,jn->ij", gaps, gaps) / max(n_rows, 1)
        within = np.diag(np.maximum(np.diagonal(within), 1e-3))
        full = np.empty((n_components, d, d))
        for k in range(n_components):
            own = gaps[:, labels == k]
            full[k] = (np.einsum("in,jn->ij", own, own) + (d + 2) * within) / (counts[k] + d + 2)
        levels = np.tile((self.prior * n_rows)[:, None], n_components) / max(n_rows, 1)
        return Parameters(self.kind, shares, means, self._shaped(full, shares), self._levels(labels, levels))

    def _shaped(self, full: Floats, shares: Floats) -> Floats:
        """Covariances of the kind that is asked for."""
        if self.kind == "full":
            return full
        if self.kind == "tied":
            return np.repeat(np.einsum("k,kij->ij", shares, full)[None], len(full), axis=0)
        variances = np.ascontiguousarray(np.diagonal(full, axis1=1, axis2=2)[:, None, :])
        if self.kind == "spherical" and variances.size:
            variances = np.repeat(variances.mean(axis=2, keepdims=True), variances.shape[2], axis=2)
        return variances

    def _levels(self, labels: NDArray[np.int64], counts: Floats) -> Floats:
        """Shares of the levels in each cluster, ten rows of the whole column among them."""
        for column, (start, stop) in zip(self.codes.T, pairwise(self.offsets), strict=True):
            np.add.at(counts, (column, labels), 1.0)
            whole = counts[start:stop].sum(axis=1, keepdims=True)
            counts[start:stop] += 10.0 * whole / whole.sum()
            counts[start:stop] /= counts[start:stop].sum(axis=0)
        return counts


def split(p: Parameters, n_components: int) -> Parameters:
    """A mixture of more components: those that weigh most are halved along their longest axis."""
    while p.n_components < n_components:
        k = int(np.argmax(p.weights))
        values, vectors = np.linalg.eigh(p.covariance(k))
        step = APART * np.sqrt(values[-1]) * vectors[:, -1] if len(values) else np.zeros(0)
        again = np.append(np.arange(p.n_components), k)
        weights, means = p.weights[again].copy(), p.means[again].copy()
        weights[[k, -1]] *= 0.5
        means[k] -= step
        means[-1] += step
        p = replace(p, weights=weights, means=means, covariances=p.covariances[again], levels=p.levels[:, again])
    return replace(p, levels=np.ascontiguousarray(p.levels))
