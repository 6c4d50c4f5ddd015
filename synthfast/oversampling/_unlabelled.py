"""Rows between the rows of a table and their neighbours, where there are no classes."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.frames.features import Features, MadeRows
from synthfast._core.frames.open_features import open_features
from synthfast._core.random import SeedLike, Stream
from synthfast._core.validation import check_integer
from synthfast.exceptions import DataError, SchemaError
from synthfast.neighbors import NeighborIndex
from synthfast.oversampling._nominal import category_codes, sources_of
from synthfast.oversampling._segments import Segment, fill_rows
from synthfast.oversampling._votes import vote_between

__all__ = ["Between", "rows_between"]


@dataclass(frozen=True, eq=False)
class Between:
    """Rows that were made.

    Parameters
    ----------
    rows : table, shape (n_samples, n_columns)
        In the container that came.
    mean_weight : float
        Mean share of the way from a row to its neighbour.
    within : bool
        Whether every number lies in the range of its column.
    """

    rows: Any
    mean_weight: float
    within: bool


def rows_between(data: Any, n_samples: int | None, k_neighbors: int, random_state: SeedLike, owner: str) -> Between:
    """Make rows between rows and their nearest neighbours, columns of numbers in standard deviations.

    Categories, and all else that is no number, are those of most neighbours; unequal ones count as one standard
    deviation in the search.

    Raises
    ------
    DataError
        If a number is missing or infinite, or there are no more than ``k_neighbors`` rows.
    """
    k = check_integer("k_neighbors", k_neighbors, minimum=1)
    features = open_features(data, owner)
    n_samples = features.n_rows if n_samples is None else check_integer("n_samples", n_samples, minimum=0)
    if features.n_rows <= k:
        raise DataError(
            f"{owner}: k_neighbors={k} needs at least {k + 1} rows, found {features.n_rows}. Lower k_neighbors."
        )
    numbers, others = _split(features)
    points: Any = features.points(numbers) if len(numbers) else np.zeros((features.n_rows, 1))
    points = points.toarray() if hasattr(points, "tocsr") else points
    codes, _ = category_codes(features, others)
    spread = points.std(axis=0, dtype=np.float64)
    scaled = points / np.where(spread > 0.0, spread, 1.0)
    neighbors = NeighborIndex(scaled, codes, 1.0).query(k)[1]
    stream = Stream.from_seed(random_state).child("between")
    segment = Segment(0, np.arange(features.n_rows), neighbors, n_samples)
    made = fill_rows(points, [segment], stream, np.empty((n_samples, points.shape[1]), dtype=points.dtype))
    votes = vote_between(codes, [segment], stream, n_samples)
    _, steps = segment.draw(stream.child(0), 0, n_samples)
    rows = features.extend(
        MadeRows(made[:, : len(numbers)], numbers, sources_of(codes, votes), others), kept=np.empty(0, dtype=np.int64)
    )
    within = bool((made >= points.min(axis=0)).all() and (made <= points.max(axis=0)).all())
    return Between(rows, float(steps.mean()) if n_samples else 0.5, within)


def _split(features: Features) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Positions of the columns of numbers, and of all others."""
    numeric = np.ones(features.n_columns, dtype=bool)
    if features.names is not None:
        for column in range(features.n_columns):
            try:
                features.points([column])
            except DataError as error:
                if not isinstance(error, SchemaError):
                    raise
                numeric[column] = False
    return np.flatnonzero(numeric), np.flatnonzero(~numeric)
