"""A fitted kernel estimate: the rows, and the kernels on them."""

from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from synthfast._core.random import AliasTable, Stream
from synthfast.synthesizers._kde.levels import LevelKernel
from synthfast.synthesizers._kde.shapes import Shape
from synthfast.synthesizers._kde.supports import Support

__all__ = ["Law"]

Floats = NDArray[Any]
Codes = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Law:
    """A mixture of as many kernels as there are distinct rows.

    Parameters
    ----------
    shape : Shape
        The kernel of numbers.
    numbers, levels : tuple of hashable
        Names of the columns of either kind, in the table's order.
    rows : ndarray of float64, shape (n_rows, n_numbers)
        Numbers of the rows, NaN where missing.
    codes : ndarray of int32, shape (n_rows, n_levels)
        Levels of the rows; missing is -1 in ordered columns, the last level in others.
    weight : ndarray of float64, shape (n_rows,)
        Adds up to 1.
    spikes : tuple of ndarray of float64, one for each column of numbers
        Values that rows keep as they are, without a kernel on them.
    supports : tuple of Support, one for each column of numbers
    bandwidth : ndarray of float64, shape (n_numbers,)
    correlation : ndarray of float64, shape (n_numbers, n_numbers), or None
        Of the noise within one kernel; None where its columns are independent.
    kernels : tuple of LevelKernel, one for each column of levels
    missing : tuple of bool, one for each column of levels
        Whether the last level stands for missing.
    local : ndarray of float64, shape (n_rows,), or None
        Factors of the rows' own bandwidths.
    """

    shape: Shape
    numbers: tuple[Hashable, ...]
    levels: tuple[Hashable, ...]
    rows: Floats
    codes: Codes
    weight: Floats
    spikes: tuple[Floats, ...]
    supports: tuple[Support, ...]
    bandwidth: Floats
    correlation: Floats | None
    kernels: tuple[LevelKernel, ...]
    missing: tuple[bool, ...]
    local: Floats | None = None

    @cached_property
    def states(self) -> NDArray[np.uint16]:
        """State of each number: 0 with a kernel on it, 1 missing, 2 and on a spike; shape (n_rows, n_numbers)."""
        return number_states(self.rows, self.spikes)

    @cached_property
    def fixed(self) -> NDArray[np.uint8]:
        """Whether a number takes no noise, shape (n_rows, n_numbers); without rows where all take some."""
        fixed = (self.states > 0).astype(np.uint8)
        return fixed if fixed.any() else fixed[:0]

    @cached_property
    def widest(self) -> float:
        """The largest factor of a row's own bandwidth."""
        return 1.0 if self.local is None else float(self.local.max())

    @cached_property
    def factor(self) -> Floats:
        """Map from independent to correlated noise, shape (n_numbers, n_numbers); empty where there is none.

        Any root serves a Gaussian; for other kernels it is the symmetric one, which no order of the columns changes.
        """
        if self.correlation is None:
            return np.empty((0, 0))
        with threadpool_limits(1, user_api="blas"):
            if self.shape.code == 0:
                return np.linalg.cholesky(self.correlation)
            weights, vectors = np.linalg.eigh(self.correlation)
            return np.ascontiguousarray((vectors * np.sqrt(weights)) @ vectors.T)

    @cached_property
    def _alias(self) -> AliasTable | None:
        return None if self.weight.min() == self.weight.max() else AliasTable(self.weight)

    def encode_levels(self, column: int, codes: NDArray[np.int32]) -> Codes:
        """Encoded levels, -1 where missing, as the law's."""
        return np.where(codes < 0, self.kernels[column].n_levels - 1, codes) if self.missing[column] else codes

    def decode_levels(self, column: int, codes: Codes) -> Codes:
        """Undo `encode_levels`."""
        return np.where(codes == self.kernels[column].n_levels - 1, -1, codes) if self.missing[column] else codes

    def draw_rows(self, n: int, stream: Stream) -> NDArray[np.int64]:
        """Rows by weight, shape (n,)."""
        if self._alias is None:
            return stream.integers(len(self.weight), n)
        return stream.choice(self._alias, n).astype(np.int64)


def number_states(numbers: Floats, spikes: tuple[Floats, ...]) -> NDArray[np.uint16]:
    """State of each number: 0 with a kernel on it, 1 missing, 2 and on a spike; shape of ``numbers``."""
    states = np.isnan(numbers).astype(np.uint16)
    for j, own in enumerate(spikes):
        for k, value in enumerate(own):
            states[numbers[:, j] == value, j] = k + 2
    return states
