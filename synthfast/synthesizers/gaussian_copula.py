"""Gaussian copula: every column a function of one latent normal, all dependence in their correlations."""

from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from synthfast._core.frames import Table
from synthfast._core.random import STRATUM_ROWS, SeedLike, Stream
from synthfast._core.threads import effective_n_threads
from synthfast._ext._copula import combine_rows, fill_stratified
from synthfast.base import BaseSynthesizer
from synthfast.encoding import EncodedColumn, EncodedCondition, TableCodec
from synthfast.marginals.ecdf import ndtr, ndtri
from synthfast.synthesizers._conditioning import ConditionalNormal
from synthfast.synthesizers._latent_table import LatentTable
from synthfast.synthesizers._moments import fit_correlation
from synthfast.synthesizers._points import choose_points
from synthfast.synthesizers._rows import MemoryRows, StreamedRows, count_columns

__all__ = ["GaussianCopulaSynthesizer"]

Floats = NDArray[np.float64]
Columns = dict[Hashable, NDArray[Any]]


class GaussianCopulaSynthesizer(BaseSynthesizer):
    """Synthetic tables from a Gaussian copula over mixed columns, with exact marginals and exact conditions.

    Each column is a monotone function of a standard normal: a number through its empirical (or fitted) distribution, a
    level through an interval. The normals' correlations are set so that the *discretised* columns show the observed
    dependence (polychoric and polyserial correction). Missing values have a normal of their own, so that who is
    missing depends on the other columns as it did.

    Parameters
    ----------
    marginals : {"empirical", "parametric"} or mapping of column name to family name, default "empirical"
        How numeric columns are distributed. ``"parametric"`` takes the best of the fitted families by AIC for each;
        a mapping names a family (such as ``"gamma"``) for some columns and leaves the others empirical.
    stratify : bool, default True
        Draw each 1,024 rows with one value from each 1,024th of every column's distribution, which all but removes
        sampling noise from the marginals. Rows of one stratum are then weakly dependent. Conditional draws are
        independent in any case.
    min_level_count : int, default 5
        Numbers held by fewer rows are spread over their neighbourhood, and extremes beyond this order statistic are
        drawn from a fitted tail.
    random_state : None, int, numpy SeedSequence or Generator, default None
        Seeds the draws for which ``sample`` is given no seed of its own. The fit uses no randomness.

    Attributes
    ----------
    schema_ : Schema
        What each column is.
    correlation_ : ndarray of float64, shape (n_latent, n_latent)
        Latent correlations, positive definite.

    Notes
    -----
    Fit: O(n_rows n_columns^2) for exact integer cross-products, O(n_columns^3) once; any order of the rows gives the
    same model. Sampling: O(n_rows n_columns^2). The model holds a correlation matrix and up to about 10,000 numbers a
    column.

    A Gaussian copula keeps monotone dependence between each two columns and nothing more: not exclusive-or, not a
    dependence that changes sign, not three-way interaction, and of two unordered columns only the part that an order of
    their levels can carry.

    References
    ----------
    Nelsen (2006), An Introduction to Copulas. Olsson (1979), doi:10.1007/BF02296207. Higham (2002),
    doi:10.1093/imanum/22.3.329.

    Examples
    --------
    >>> import synthfast
    >>> df = synthfast.load_dataset("iris")
    >>> model = synthfast.GaussianCopulaSynthesizer(random_state=0).fit(df)
    >>> model.sample(3).shape
    (3, 5)
    >>> model.sample(100, conditions={"species": "setosa"}, random_state=1)["species"].unique().tolist()
    ['setosa']
    """

    supports_conditions: ClassVar[bool] = True

    def __init__(
        self,
        *,
        marginals: str | Mapping[Hashable, str] = "empirical",
        stratify: bool = True,
        min_level_count: int = 5,
        random_state: SeedLike = None,
    ) -> None:
        self.marginals = marginals
        self.stratify = stratify
        self.min_level_count = min_level_count
        self.random_state = random_state

    def _fit(self, columns: dict[Hashable, EncodedColumn], codec: TableCodec, stream: Stream) -> None:
        with threadpool_limits(1, user_api="blas"):  # small matrices: threads only cost, and could change last bits
            self._latents = LatentTable.fit(columns, codec, marginals=self.marginals, min_count=self.min_level_count)
            self.correlation_ = fit_correlation(MemoryRows(columns), self._latents)
            self._factor: NDArray[Any] = np.linalg.cholesky(self.correlation_)

    def _fits_batches(self) -> bool:
        return isinstance(self.marginals, str) and self.marginals == "empirical"

    def _fit_rows(self, batches: Callable[[], Iterator[Table]], codec: TableCodec, n_rows: int) -> None:
        rows = StreamedRows(batches, codec.encode, n_rows)
        with threadpool_limits(1, user_api="blas"):
            counts = count_columns(rows)
            self._latents = LatentTable.from_counts(counts, rows, codec, min_count=self.min_level_count)
            self.correlation_ = fit_correlation(rows, self._latents)
            self._factor = np.linalg.cholesky(self.correlation_)

    @property
    def latent_names_(self) -> list[Hashable]:
        """Column of each latent normal; ``(column, "missing")`` for a missingness indicator."""
        return self._latents.names

    def _sample_block(self, n_rows: int, stream: Stream, conditions: Mapping[Hashable, EncodedCondition]) -> Columns:
        if conditions:
            return self._sample_conditional(n_rows, stream, conditions)
        n_whole = -(-n_rows // STRATUM_ROWS) * STRATUM_ROWS
        threads = effective_n_threads()
        n_latent = len(self._factor)
        noise = np.empty((n_latent, n_whole))
        for j in range(n_latent):
            stream.child("normal", j).normal(n_whole, out=noise[j])
        rows = np.empty_like(noise)
        combine_rows(self._factor, noise, rows, threads)
        if self.stratify:
            self._stratify(rows, stream.child("stratum"), threads)
        else:
            rows = ndtr(rows.ravel()).reshape(rows.shape)
        return self._latents.decode(rows[:, :n_rows])

    def _stratify(self, rows: Floats, stream: Stream, threads: int) -> None:
        """Turn normals, shape (n_latent, n_rows), into stratified uniforms in place.

        All latents take their place within a stratum from one uniform a row, or from its mirror image, so that columns
        that determine each other still do.
        """
        place = stream.uniform(rows.shape[1])
        mirrored = 1.0 - place
        for row, sign in zip(rows, _signs(self.correlation_), strict=True):
            fill_stratified(row, place if sign > 0 else mirrored, row, threads)

    # -- conditions ----------------------------------------------------------------------------------------------------

    def _sample_conditional(
        self, n_rows: int, stream: Stream, conditions: Mapping[Hashable, EncodedCondition]
    ) -> Columns:
        segments = self._latents.segments(conditions, self._codec)
        index = {name: j for j, name in enumerate(self._latents.names)}
        choices, boxes = {}, {}
        for name, ends in segments.items():
            z = ndtri(ends.T.ravel()).reshape(2, -1, 1)
            if (ends[:, 0] == ends[:, 1]).all():
                slope = self._latents.values[name].log_slope(conditions[name]) if len(ends) > 1 else np.zeros(1)
                choices[index[name]] = z[0, :, 0], slope
            else:
                boxes[index[name]] = z
        points = choose_points(self.correlation_, choices, boxes, n_rows, stream) if choices else {}
        columns = self._decode_normals(ConditionalNormal(self.correlation_).sample(points, boxes, n_rows, stream))
        for name, condition in conditions.items():
            if len(condition.lower):  # rounding on the way there and back must not leave what was asked for
                columns[name] = condition.nearest(columns[name])
        return columns

    def _complete_block(self, known: Columns, n_rows: int, stream: Stream) -> Columns:
        index = {name: j for j, name in enumerate(self._latents.names)}
        intervals = self._latents.known_intervals(known)
        bound = [index[name] for name in intervals]
        ends = np.array(list(intervals.values()), dtype=np.float64).reshape(len(bound), 2, n_rows)
        free, point = np.isnan(ends[:, 0]), ends[:, 0] == ends[:, 1]
        pattern = np.where(free, 0, np.where(point, 1, 2)).astype(np.int8).T  # rows alike in this are drawn together
        kinds, member = np.unique(pattern, axis=0, return_inverse=True)
        z = np.empty((len(index), n_rows))
        law = ConditionalNormal(self.correlation_)
        for k, kind in enumerate(kinds):
            rows = np.flatnonzero(member.ravel() == k)
            limits = {bound[j]: ndtri(ends[j][:, rows].ravel()).reshape(2, 1, -1) for j in np.flatnonzero(kind)}
            points = {j: limits[j][0, 0] for j in (bound[i] for i in np.flatnonzero(kind == 1))}
            boxes = {j: limits[j] for j in limits if j not in points}
            z[:, rows] = law.sample(points, boxes, len(rows), stream.child("pattern", *map(int, kind)))
        return self._decode_normals(z) | known

    def _decode_normals(self, z: Floats) -> Columns:
        return self._latents.decode(ndtr(z.ravel()).reshape(z.shape))

    # -- state ---------------------------------------------------------------------------------------------------------

    def _to_state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        document, arrays = self._latents.to_state()
        return document, arrays | {"correlation": self.correlation_, "factor": self._factor}

    def _from_state(self, document: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> None:
        self._latents = LatentTable.from_state(document, arrays, self._codec.modelled)
        self.correlation_, self._factor = arrays["correlation"], arrays["factor"]


def _signs(correlation: Floats) -> list[int]:
    """A sign for each latent, such that it times its strongest predecessor's is the sign of their correlation."""
    signs = [1] * len(correlation)
    for j in range(1, len(correlation)):
        strongest = int(np.argmax(np.abs(correlation[j, :j])))
        signs[j] = signs[strongest] * (1 if correlation[j, strongest] >= 0 else -1)
    return signs
