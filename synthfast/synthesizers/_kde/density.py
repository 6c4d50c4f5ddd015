"""The density of a kernel estimate at rows, over all of its columns or some of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from synthfast._core.threads import effective_n_threads
from synthfast._ext._copula import combine_rows
from synthfast.exceptions import DataError
from synthfast.synthesizers._kde.law import Law
from synthfast.synthesizers._kde.patterns import group_patterns, patterns_of
from synthfast.synthesizers._kde.series import GaussSeries
from synthfast.synthesizers._kde.supports import Reflection, reflections
from synthfast.synthesizers._kde.tiles import LevelFactors, Queries, Tiles

__all__ = ["Density", "Group"]

Floats = NDArray[Any]
Codes = NDArray[np.int32]
Places = NDArray[np.int64]

MOST_IMAGES = 65_536  # of one query under a kernel with correlated columns


class Density:
    """Density over some columns of a law, the others integrated out.

    Parameters
    ----------
    law : Law
    dims, levels : sequence of int
        Columns of numbers and of levels that count.

    Raises
    ------
    DataError
        If columns would have to be integrated out of a kernel of which only the joint density is known.
    """

    def __init__(self, law: Law, dims: Sequence[int], levels: Sequence[int]) -> None:
        self.law, self.dims, self.levels = law, list(dims), list(levels)
        self._groups: dict[bytes, Group] = {}
        if law.correlation is not None and law.shape.code and len(self.dims) not in (0, len(law.numbers)):
            raise _no_marginal()

    @cached_property
    def _members(self) -> dict[bytes, NDArray[np.intp]]:
        law = self.law
        return group_patterns(
            patterns_of(law, law.rows[:, self.dims], law.codes[:, self.levels], self.dims, self.levels)
        )

    def group(self, pattern: NDArray[np.int64]) -> "Group | None":
        """Training rows that can count for rows of a pattern; None where there are none."""
        key = pattern.tobytes()
        if key not in self._groups and key in self._members:
            self._groups[key] = Group.of(self, pattern, self._members[key])
        return self._groups.get(key)

    def log(self, numbers: Floats, codes: Codes, rtol: float, skip: Places | None = None) -> Floats:
        """Log density of rows, -inf where it is 0; shape (n,).

        Parameters
        ----------
        numbers : ndarray of float64, shape (n, n_dims)
        codes : ndarray of int32, shape (n, n_levels)
        rtol : float
            Largest relative error of the density; 0 for no other than rounding.
        skip : ndarray of int64, shape (n,), optional
            A training row for each that is left out of the sum.
        """
        out = np.full(len(numbers), -np.inf)
        patterns = patterns_of(self.law, numbers, codes, self.dims, self.levels)
        for rows in group_patterns(patterns).values():
            group = self.group(patterns[rows[0]])
            if group is not None:
                left = None if skip is None else group.places(skip[rows])
                out[rows] = group.log(numbers[rows], codes[rows], rtol, left)
        return out


@dataclass(frozen=True, eq=False)
class Group:
    """Training rows of one pattern, in the coordinates in which their kernels are alike.

    Parameters
    ----------
    law : Law
    rows : ndarray of int64, shape (n_rows,)
        Which of the law's rows these are.
    free : list of int
        Places, among the columns asked for, of the numbers that have a kernel on them.
    dims : list of int
        The law's columns of those.
    moving : list of int
        Places of the columns of levels that kernels cross.
    kernels : list of int
        The law's columns of those.
    """

    law: Law
    rows: Places
    free: list[int]
    dims: list[int]
    moving: list[int]
    kernels: list[int]

    @classmethod
    def of(cls, density: Density, pattern: NDArray[np.int64], rows: NDArray[np.intp]) -> "Group":
        """The rows of a pattern."""
        law, n_dims = density.law, len(density.dims)
        free = [k for k in range(n_dims) if pattern[k] == 0]
        if law.correlation is not None and law.shape.code and len(free) not in (0, len(law.numbers)):
            raise _no_marginal()
        moving = [k for k, level in enumerate(density.levels) if law.kernels[level].moves and pattern[n_dims + k] == 0]
        return cls(law, rows, free, [density.dims[k] for k in free], moving, [density.levels[k] for k in moving])

    # -- coordinates ---------------------------------------------------------------------------------------------------

    @cached_property
    def _correlation(self) -> Floats | None:
        whole = self.law.correlation
        return None if whole is None or len(self.dims) < 2 else whole[np.ix_(self.dims, self.dims)]

    @cached_property
    def _origin(self) -> Floats:
        return self.law.rows[self.rows[0], self.dims]

    @cached_property
    def _whitening(self) -> Floats:
        """Map from bandwidths to coordinates in which the kernel's columns are independent, shape (n_dims, n_dims)."""
        with threadpool_limits(1, user_api="blas"):
            correlated = self._correlation if self._correlation is not None else np.eye(len(self.dims))
            root = np.linalg.cholesky(correlated) if self.law.shape.code == 0 else self.law.factor
            return np.ascontiguousarray(np.linalg.inv(root))

    def coordinates(self, numbers: Floats) -> Floats:
        """Numbers of shape (n, n_dims) in bandwidths, correlations undone."""
        scaled = (numbers - self._origin) / self.law.bandwidth[self.dims]
        if self._correlation is None:
            return np.ascontiguousarray(scaled)
        out = np.empty((len(self.dims), len(numbers)))
        combine_rows(self._whitening, np.ascontiguousarray(scaled.T), out, effective_n_threads())
        return np.ascontiguousarray(out.T)

    @cached_property
    def tiles(self) -> Tiles:
        """The rows' kernels, their constants in the weights."""
        law = self.law
        weight = self._of_rows(law.weight)
        codes = np.ascontiguousarray(self._of_rows(law.codes)[:, self.kernels])
        kernels = [law.kernels[level] for level in self.kernels]
        for column, kernel in zip(codes.T, kernels, strict=True):
            weight = weight * np.exp(kernel.own_log_share)[column]
        scale = None
        if law.local is not None and self.dims:
            scale = 1.0 / self._of_rows(law.local)
            weight = weight * scale ** len(self.dims)
        factors = LevelFactors(
            np.array([kernel.penalty for kernel in kernels], dtype=np.float64),
            np.array([kernel.ordered for kernel in kernels], dtype=np.uint8),
        )
        points = self.coordinates(self._of_rows(law.rows)[:, self.dims])
        return Tiles(law.shape, points, codes, factors, weight, scale)

    def _of_rows(self, values: NDArray[Any]) -> NDArray[Any]:
        """Entries of this group's rows; without a copy where these are all."""
        return values if len(self.rows) == len(values) else values[self.rows]

    @cached_property
    def log_constant(self) -> float:
        """Log of what sums are multiplied by."""
        constant = len(self.dims) * self.law.shape.log_constant - float(np.log(self.law.bandwidth[self.dims]).sum())
        if self._correlation is not None:
            constant += float(np.linalg.slogdet(self._whitening)[1])
        return constant

    def places(self, rows: Places) -> Places:
        """Where rows of the law stand in this group."""
        place = np.full(len(self.law.rows), -1, dtype=np.int64)
        place[self.rows] = np.arange(len(self.rows))
        return place[rows]

    # -- mirror images -------------------------------------------------------------------------------------------------

    @cached_property
    def images(self) -> list[list[Reflection]]:
        """Mirror images that count, for each dimension; those without bounds have none."""
        law, out = self.law, []
        for j in self.dims:
            support, reach = law.supports[j], min(law.shape.reach, 40.0) * law.bandwidth[j] * law.widest
            out.append(reflections(support.low, support.high, reach))
        return out

    def inside(self, numbers: Floats) -> NDArray[np.bool_]:
        """Which numbers of shape (n, n_dims) lie between the bounds."""
        low = np.array([self.law.supports[j].low for j in self.dims])
        high = np.array([self.law.supports[j].high for j in self.dims])
        return np.asarray(((numbers >= low) & (numbers <= high)).all(axis=1))

    def queries(self, numbers: Floats, codes: Codes, skip: Places | None = None) -> Queries:
        """Queries with their images, for kernels whose columns are independent."""
        at = self.coordinates(numbers)
        slots = [(k, image) for k, own in enumerate(self.images) for image in own]
        images = np.empty((len(at), len(slots)))
        for m, (k, image) in enumerate(slots):
            mirrored = image.of(numbers[:, k])
            images[:, m] = (mirrored - self._origin[k]) / self.law.bandwidth[self.dims[k]]
        where = np.array([k for k, _ in slots], dtype=np.int64)
        return Queries(at, np.ascontiguousarray(codes[:, self.moving]), images, where, skip)

    def plain_queries(self, numbers: Floats, codes: Codes, skip: Places | None = None) -> Queries:
        """Queries without images."""
        at = self.coordinates(numbers)
        none = np.empty((len(at), 0))
        return Queries(at, np.ascontiguousarray(codes[:, self.moving]), none, np.empty(0, dtype=np.int64), skip)

    # -- density -------------------------------------------------------------------------------------------------------

    def log(self, numbers: Floats, codes: Codes, rtol: float, skip: Places | None = None) -> Floats:
        """Log density at rows of all columns that were asked for; ``skip`` are places in this group."""
        numbers = np.ascontiguousarray(numbers[:, self.free])
        out = np.full(len(numbers), -np.inf)
        inside = np.flatnonzero(self.inside(numbers))
        if len(inside):
            left = None if skip is None else skip[inside]
            part, levels = (numbers, codes) if len(inside) == len(numbers) else (numbers[inside], codes[inside])
            out[inside] = self._log_inside(part, levels, rtol, left) + self.log_constant
        return out

    def _log_inside(self, numbers: Floats, codes: Codes, rtol: float, skip: Places | None) -> Floats:
        if skip is None and self._has_series(rtol):
            out = self._log_series(numbers, rtol)
            lost = np.flatnonzero(np.isnan(out))
            if len(lost):
                out[lost] = self.tiles.log_sums(self.queries(numbers[lost], codes[lost]), rtol)
            return out
        if self._correlation is None or not any(self.images):
            return self.tiles.log_sums(self.queries(numbers, codes, skip), rtol)
        return self._log_mirrored(numbers, codes, rtol, skip)

    def _has_series(self, rtol: float) -> bool:
        plain = self.law.shape.code == 0 and self.law.local is None and not self.moving and len(self.dims) == 1
        return plain and GaussSeries.serves(self.tiles.points, rtol)

    @cached_property
    def _series(self) -> dict[float, GaussSeries]:
        return {}

    def _log_series(self, numbers: Floats, rtol: float) -> Floats:
        if rtol not in self._series:
            self._series[rtol] = GaussSeries(self.tiles.points.reshape(-1), self.tiles.weight, rtol)
        at = np.concatenate([numbers, *(image.of(numbers) for image in self.images[0])], axis=1)
        return self._series[rtol].log_sums((at - self._origin) / self.law.bandwidth[self.dims])

    # -- correlated kernels between bounds: each image is a query of its own -------------------------------------------

    def _log_mirrored(self, numbers: Floats, codes: Codes, rtol: float, skip: Places | None) -> Floats:
        out = self.tiles.log_sums(self.plain_queries(numbers, codes, skip), rtol)
        waiting: list[tuple[int, Floats]] = []
        n_waiting = 0
        for row in range(len(numbers)):
            images = self.mirrored(numbers[row], float(out[row]), rtol)
            waiting.append((row, images))
            n_waiting += len(images)
            if n_waiting >= MOST_IMAGES or row == len(numbers) - 1:
                rows = np.repeat([r for r, _ in waiting], [len(own) for _, own in waiting])
                at = np.concatenate([own for _, own in waiting])
                left = None if skip is None else skip[rows]
                sums = self.tiles.log_sums(self.plain_queries(at, codes[rows], left), rtol)
                np.logaddexp.at(out, rows, sums)
                waiting, n_waiting = [], 0
        return out

    def mirrored(self, number: Floats, log_sum: float, rtol: float) -> Floats:
        """Images of one row that may add to its sum, shape (n_images, n_dims); the row itself left out."""
        reach = self._image_reach(log_sum, rtol)
        choices = [
            [number[k], *(x for x in (image.of(number[k]) for image in own) if self._gap(k, x) < reach)]
            for k, own in enumerate(self.images)
        ]
        n_images = int(np.prod([len(own) for own in choices], dtype=np.float64))
        if n_images > MOST_IMAGES:
            raise DataError(
                f"KDESynthesizer: a row lies within a kernel of its bounds in so many columns that {n_images:,} mirror "
                "images of it count; use covariance='diagonal', or bounds=None."
            )
        return np.stack([m.ravel() for m in np.meshgrid(*choices, indexing="ij")], axis=1)[1:]

    def _image_reach(self, log_sum: float, rtol: float) -> float:
        """Bandwidths, in one coordinate, beyond which no image adds what matters to a sum."""
        if self.law.shape.compact:
            return float(np.sqrt(len(self.dims))) * self.law.widest
        log_weight = float(np.log(self.tiles.weight.sum()))
        exponent = log_weight - max(log_sum, -600.0) - float(np.log(max(rtol, 1e-17))) + 6.0
        exponent = max(exponent, 0.0)
        return float(np.sqrt(2.0 * exponent) if self.law.shape.code == 0 else exponent) * self.law.widest

    def _gap(self, k: int, x: float) -> float:
        """Bandwidths between a coordinate and the rows' range in a dimension: no row is nearer to an image there."""
        low, high = self._range
        return float(max(low[k] - x, x - high[k], 0.0) / self.law.bandwidth[self.dims[k]])

    @cached_property
    def _range(self) -> tuple[Floats, Floats]:
        values = self._of_rows(self.law.rows)[:, self.dims]
        return values.min(axis=0), values.max(axis=0)


def _no_marginal() -> DataError:
    return DataError(
        "KDESynthesizer: under covariance='full' only the Gaussian kernel has a known density over some of the "
        "columns, as it is asked for here by columns that are left out, missing values or spikes. Use "
        "kernel='gaussian' or covariance='diagonal'."
    )
