"""Categories of new rows by vote of the neighbours."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from synthfast._core.random import BLOCK_ROWS, Stream
from synthfast.oversampling._nominal import vote_levels
from synthfast.oversampling._segments import Segment

__all__ = ["vote_between"]

Codes = NDArray[np.int32]


def vote_between(codes: Codes, plan: Sequence[Segment], stream: Stream, n_made: int) -> Codes:
    """The categories that most neighbours of each new row's base have, shape (n_made, n_columns)."""
    votes = np.empty((n_made, codes.shape[1]), dtype=np.int32)
    done = 0
    for segment in plan:
        own = stream.child(segment.code)
        for first in range(0, segment.n_rows, BLOCK_ROWS):
            part = votes[done : done + min(BLOCK_ROWS, segment.n_rows - first)]
            pairs, _ = segment.draw(own, first, len(part))
            bases = pairs // segment.neighbors.shape[1]
            vote_levels(codes, segment.neighbors, bases, own, start=first, out=part)
            done += len(part)
    return votes
