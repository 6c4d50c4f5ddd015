"""New rows on the way from rows to their neighbours: what is drawn, and the loop that writes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from synthfast._core.random import BLOCK_ROWS, Stream
from synthfast._core.threads import effective_n_threads
from synthfast._ext import _interpolate
from synthfast.engines import map_blocks
from synthfast.exceptions import DataError

__all__ = ["Segment", "fill_rows"]

Rows = NDArray[np.int64]

MAX_POINTS: Final = 2**32  # row numbers are kept in 32 bits: two of them are read at random for each new row


@dataclass(frozen=True, eq=False)
class Segment:
    """Rows to be made for one class, between some of its rows and their neighbours.

    Parameters
    ----------
    code : int
        The class.
    bases : ndarray of int64, shape (n_bases,)
        Numbers of the rows to start from.
    neighbors : ndarray of int64, shape (n_bases, n_neighbors)
        Numbers of the rows to go to.
    n_rows : int
        How many to make.
    start : int, default 0
        Rows that segments before this one make for the same class.
    reach : float, default 1.0
        Steps are uniform between 0 and this share of the way.
    picks : ndarray of int64, shape (n_rows,), optional
        Positions in ``bases``; drawn if not given.
    halved : ndarray of bool, shape (n_rows_of_the_table,), optional
        Rows that are approached at most half way.
    """

    code: int
    bases: Rows
    neighbors: Rows
    n_rows: int
    start: int = 0
    reach: float = 1.0
    picks: Rows | None = None
    halved: NDArray[np.bool_] | None = None

    @property
    def links(self) -> NDArray[np.uint32]:
        """Each base with each of its neighbours, shape (n_bases * n_neighbors, 2)."""
        links = np.empty((self.neighbors.size, 2), dtype=np.uint32)
        links[:, 0] = np.repeat(self.bases, self.neighbors.shape[1])
        links[:, 1] = self.neighbors.ravel()
        return links

    def draw(self, stream: Stream, first: int, n_rows: int) -> tuple[Rows, NDArray[np.float64]]:
        """Positions in ``links`` and steps of rows ``first`` to ``first + n_rows`` of the segment.

        ``stream`` is the class's own.
        """
        start, n_neighbors = self.start + first, self.neighbors.shape[1]
        if self.picks is None:
            pairs = stream.child("pair").integers(self.neighbors.size, n_rows, start=start)
        else:
            pairs = stream.child("neighbor").integers(n_neighbors, n_rows, start=start)
            pairs += self.picks[first : first + n_rows] * n_neighbors
        steps = stream.child("step").uniform(n_rows, start=start)
        if self.halved is not None:
            steps[self.halved[self.neighbors.ravel()[pairs]]] *= 0.5
        return pairs, steps if self.reach == 1.0 else steps * self.reach


def fill_rows(points: Any, segments: Sequence[Segment], stream: Stream, out: NDArray[Any] | None) -> Any:
    """Make the rows of all segments, one segment below the other.

    Parameters
    ----------
    points : ndarray of float32 or float64, shape (n_points, n_columns), C-contiguous; or a CSR matrix
        The rows that segments number.
    segments : sequence of Segment
        Class ``c`` draws from ``stream.child(c)``.
    stream : Stream
        Of the call.
    out : ndarray, shape (n_rows, n_columns), C-contiguous, or None for a CSR matrix
        Where to write.

    Returns
    -------
    ndarray or CSR matrix, shape (n_rows, n_columns)

    Raises
    ------
    DataError
        If there are more than 2**32 points.

    Notes
    -----
    O(n_rows n_columns). Blocks of 65,536 rows are drawn and written while they are in the cache, side by side.
    """
    if points.shape[0] > MAX_POINTS:
        raise DataError(f"expected at most {MAX_POINTS:,} rows, got {points.shape[0]:,}. Resample parts of the table.")
    if out is None:
        return _sparse_rows(points, segments, stream)
    first = 0
    for segment in segments:
        _fill_segment(points, segment, stream.child(segment.code), out[first : first + segment.n_rows])
        first += segment.n_rows
    return out


def _fill_segment(points: NDArray[Any], segment: Segment, stream: Stream, out: NDArray[Any]) -> None:
    write = _interpolate.interpolate_rows32 if points.dtype == np.float32 else _interpolate.interpolate_rows64
    links = segment.links

    def fill(block: int) -> None:
        part = out[block * BLOCK_ROWS : (block + 1) * BLOCK_ROWS]
        pairs, steps = segment.draw(stream, block * BLOCK_ROWS, len(part))
        write(points, links, pairs, steps, part, effective_n_threads())

    for _ in map_blocks(fill, range(-(-segment.n_rows // BLOCK_ROWS))):
        pass


def _sparse_rows(points: Any, segments: Sequence[Segment], stream: Stream) -> Any:
    """The same rows, to the bit where numbers are float64, of a CSR matrix."""
    from scipy import sparse

    parts = [points[:0]]
    for segment in segments:
        pairs, steps = segment.draw(stream.child(segment.code), 0, segment.n_rows)
        ends = segment.links[pairs].astype(np.int64)
        past = steps > 0.5
        ends[past] = ends[past, ::-1]
        near, far = points[ends[:, 0]], points[ends[:, 1]]
        share = np.where(past, 1.0 - steps, steps).astype(points.dtype)
        parts.append((near + sparse.diags(share, format="csr") @ (far - near)).tocsr().astype(points.dtype))
    return sparse.vstack(parts, format="csr")
