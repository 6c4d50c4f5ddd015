"""Independent columns, each with its own distribution: the baseline that every model with dependence must beat."""

from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from synthfast._core.frames import Table
from synthfast._core.random import SeedLike, Stream
from synthfast.base import BaseSynthesizer
from synthfast.encoding import EncodedColumn, EncodedCondition, TableCodec
from synthfast.synthesizers._latent_table import LatentTable
from synthfast.synthesizers._rows import StreamedRows, count_columns

__all__ = ["MarginalSynthesizer"]

Columns = dict[Hashable, NDArray[Any]]


class MarginalSynthesizer(BaseSynthesizer):
    """Synthetic tables whose columns are independent: right marginals, no dependence at all.

    Parameters
    ----------
    marginals : {"empirical", "parametric"} or mapping of column name to family name, default "empirical"
        How numeric columns are distributed. ``"parametric"`` takes the best of the fitted families by AIC for each;
        a mapping names a family (such as ``"gamma"``) for some columns and leaves the others empirical.
    min_level_count : int, default 5
        Numbers held by fewer rows are spread over their neighbourhood, and extremes beyond this order statistic are
        drawn from a fitted tail.
    random_state : None, int, numpy SeedSequence or Generator, default None
        Seeds the draws for which ``sample`` is given no seed of its own. The fit uses no randomness.

    Attributes
    ----------
    schema_ : Schema
        What each column is.

    Notes
    -----
    Fit O(n_rows n_columns), sample the same. Use it as a baseline, or where only the columns' own shapes matter.

    Examples
    --------
    >>> import synthfast
    >>> df = synthfast.load_dataset("iris")
    >>> synthfast.MarginalSynthesizer(random_state=0).fit(df).sample(3).shape
    (3, 5)
    """

    supports_conditions: ClassVar[bool] = True

    def __init__(
        self,
        *,
        marginals: str | Mapping[Hashable, str] = "empirical",
        min_level_count: int = 5,
        random_state: SeedLike = None,
    ) -> None:
        self.marginals = marginals
        self.min_level_count = min_level_count
        self.random_state = random_state

    def _fit(self, columns: dict[Hashable, EncodedColumn], codec: TableCodec, stream: Stream) -> None:
        self._latents = LatentTable.fit(columns, codec, marginals=self.marginals, min_count=self.min_level_count)

    def _fits_batches(self) -> bool:
        return isinstance(self.marginals, str) and self.marginals == "empirical"

    def _fit_rows(self, batches: Callable[[], Iterator[Table]], codec: TableCodec, n_rows: int) -> None:
        rows = StreamedRows(batches, codec.encode, n_rows)
        self._latents = LatentTable.from_counts(count_columns(rows), rows, codec, min_count=self.min_level_count)

    def _sample_block(self, n_rows: int, stream: Stream, conditions: Mapping[Hashable, EncodedCondition]) -> Columns:
        segments = self._latents.segments(conditions, self._codec)
        names = self._latents.names
        u = np.empty((len(names), n_rows))
        for j, name in enumerate(names):
            stream.child(j).uniform(n_rows, out=u[j])
            if name in segments:
                u[j] = _into_segments(u[j], segments[name])
        return self._latents.decode(u)

    def _complete_block(self, known: Columns, n_rows: int, stream: Stream) -> Columns:
        return self._sample_block(n_rows, stream, {}) | known

    def _to_state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        return self._latents.to_state()

    def _from_state(self, document: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> None:
        self._latents = LatentTable.from_state(document, arrays, self._codec.modelled)


def _into_segments(u: NDArray[np.float64], segments: NDArray[np.float64]) -> NDArray[np.float64]:
    """Uniforms on (0, 1), shape (n,), carried to uniforms on a union of intervals, shape (n_segments, 2)."""
    width = segments[:, 1] - segments[:, 0]
    if not width.sum():  # points only: each as likely as the next
        return segments[np.minimum((u * len(segments)).astype(np.intp), len(segments) - 1), 0]
    reach = np.cumsum(width)
    aim = u * reach[-1]
    k = np.minimum(np.searchsorted(reach, aim, side="right"), len(width) - 1)
    return np.minimum(segments[k, 0] + (aim - (reach - width)[k]), segments[k, 1])
