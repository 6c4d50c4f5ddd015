"""The nearest other rows, by our own index or by an object that the user gives."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from synthfast.neighbors import NeighborIndex

__all__ = ["NeighborSearch", "Query"]

Rows = NDArray[np.int64]
Query = Callable[[Rows | None], Rows]  # row numbers (all, if None) to (n_queries, k) row numbers of their neighbours

DENSE_BYTES: Final = 2**28  # a sparse matrix up to this size is searched as a dense one


class NeighborSearch:
    """The k nearest other rows of rows.

    Parameters
    ----------
    neighbors : int or object with ``fit`` and ``kneighbors``
        How many, or what finds them: it is cloned, and asked for one neighbour more, since it counts a row as its own
        neighbour.
    approximate : bool, default False
        Whether our own index may miss some.

    Attributes
    ----------
    n_neighbors : int
        Neighbours, counting the row itself.
    """

    def __init__(self, neighbors: Any, *, approximate: bool = False) -> None:
        self.estimator = _cloned(neighbors) if hasattr(neighbors, "kneighbors") else None
        self.n_neighbors = int(neighbors) + 1 if self.estimator is None else int(self.estimator.n_neighbors)
        self.approximate = approximate

    @property
    def k(self) -> int:
        """Neighbours, not counting the row itself."""
        return self.n_neighbors - 1

    def over(self, points: Any, codes: NDArray[np.int32] | None = None, mismatch: float = 0.0) -> Query:
        """Make rows ready to be asked for their neighbours.

        Parameters
        ----------
        points : ndarray or CSR matrix, shape (n_rows, n_columns)
            More than ``k`` rows of finite numbers.
        codes : ndarray of int32, shape (n_rows, n_codes), optional
            Categories; two that differ add ``mismatch`` to the squared distance.
        mismatch : float, default 0.0
            See ``codes``.
        """
        if self.estimator is not None:
            return _ask(self.estimator, points if codes is None else one_hot(points, codes, mismatch))
        if hasattr(points, "tocsr"):
            if points.shape[0] * points.shape[1] * points.dtype.itemsize > DENSE_BYTES:
                from sklearn.neighbors import NearestNeighbors

                return _ask(NearestNeighbors(n_neighbors=self.n_neighbors, algorithm="brute"), points)
            points = points.toarray()
        index = NeighborIndex(points, codes, mismatch, approximate=self.approximate)

        def query(rows: Rows | None) -> Rows:
            return index.query(self.k, rows)[1]

        return query


def _ask(estimator: Any, points: Any) -> Query:
    """Neighbours by an estimator, without the row itself: it need not come first among equal ones."""
    estimator.fit(points)

    def query(rows: Rows | None) -> Rows:
        asked = np.arange(points.shape[0]) if rows is None else rows
        found = np.asarray(estimator.kneighbors(points[asked], return_distance=False), dtype=np.int64)
        itself = found == asked[:, None]
        itself[~itself.any(axis=1), -1] = True  # an equal row took its place
        return found[~itself].reshape(len(asked), -1)

    return query


def one_hot(points: Any, codes: NDArray[np.int32], mismatch: float) -> Any:
    """Numbers and categories as a CSR matrix whose Euclidean distances are those of the index."""
    from scipy import sparse

    parts = [sparse.csr_matrix(points)]
    rows = np.arange(len(codes))
    for column in codes.T:
        entries = np.full(len(codes), np.sqrt(mismatch / 2.0))
        parts.append(sparse.csr_matrix((entries, (rows, column)), shape=(len(codes), int(column.max()) + 1)))
    return sparse.hstack(parts, format="csr")


def _cloned(estimator: Any) -> Any:
    from sklearn.base import clone

    return clone(estimator, safe=False)
