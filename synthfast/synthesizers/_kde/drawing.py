"""Draws from a kernel estimate: a row, noise on its numbers, folded into their range, and levels by their kernels."""

from collections.abc import Hashable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.random import Stream
from synthfast._core.threads import effective_n_threads
from synthfast._ext._kde_draw import fill_noise, place_rows
from synthfast.synthesizers._kde.law import Law

__all__ = ["draw_block", "fill_free_noise", "put_noise"]

Columns = dict[Hashable, NDArray[Any]]
Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

NO_FLOATS = np.empty(0)


def draw_block(law: Law, n_rows: int, stream: Stream) -> Columns:
    """The first ``n_rows`` rows of the block that a stream is keyed by, encoded."""
    index = law.draw_rows(n_rows, stream.child("row"))
    noise = np.empty((len(law.numbers), n_rows), dtype=np.float32 if law.shape.code == 0 else np.float64)
    for j in range(len(law.numbers)):
        fill_free_noise(law, noise[j], stream.child("noise", j))
    columns: Columns = dict(zip(law.numbers, put_noise(law, index, noise, law.factor), strict=True))
    for k, name in enumerate(law.levels):
        columns[name] = draw_level(law, k, index, stream)
    return columns


def fill_free_noise(law: Law, noise: NDArray[Any], stream: Stream) -> None:
    """Fill with independent draws from the kernel, in bandwidths; float32 for Gaussians only."""
    if law.shape.code == 0:
        stream.normal(len(noise), out=noise, dtype=noise.dtype)
    else:
        stream.uniform(len(noise), out=noise)
        fill_noise(law.shape.code, noise, effective_n_threads())


def put_noise(law: Law, index: Rows, noise: NDArray[Any], factor: Floats) -> Floats:
    """Numbers of rows ``index`` with noise on them, both of shape (n_numbers, n); ``factor`` correlates it first."""
    local = NO_FLOATS if law.local is None else law.local
    low = np.array([support.floor for support in law.supports])
    high = np.array([support.ceiling for support in law.supports])
    out = np.empty(noise.shape)
    failed = place_rows(
        law.rows, law.fixed, local, factor, law.bandwidth, low, high, index, noise, out, effective_n_threads()
    )
    if failed:
        raise MemoryError("kernel draws: no memory for a stretch of rows.")
    return out


def draw_level(
    law: Law, column: int, index: Rows, stream: Stream, allowed: NDArray[np.int32] | None = None
) -> NDArray[np.int32]:
    """Encoded levels of a column for rows ``index``, among the allowed ones; -1 where missing."""
    kernel, own = law.kernels[column], np.ascontiguousarray(law.codes[index, column])
    if kernel.moves:
        own = kernel.draw(own, stream.child("level", column).uniform(len(index)), allowed)
    return law.decode_levels(column, own)
