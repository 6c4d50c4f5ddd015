"""A sample of rows chosen by their content: the same rows for any order and any split of the table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["RowSample"]

_GOLDEN, _FIRST, _SECOND = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_LARGEST_SHARE = 4  # times the rows wanted, that copies of equal rows may swell a sample to


@dataclass(frozen=True)
class RowSample:
    """The rows whose content has the smallest hashes.

    Parameters
    ----------
    size : int
        Distinct rows to keep.
    seed : int
        Of the hash.
    table : pyarrow.Table
        Distinct rows, by ascending hash.
    hashes : ndarray of uint64, shape (n,)
    counts : ndarray of int64, shape (n,)
        Rows of the whole table that are equal to each.

    Notes
    -----
    A table of at most ``size`` distinct rows is kept whole. Rows that are equal are taken together or not at all.
    """

    size: int
    seed: int
    table: "pa.Table"
    hashes: NDArray[np.uint64]
    counts: NDArray[np.int64]

    @classmethod
    def of(cls, table: "pa.Table", size: int, seed: int, bound: int = 2**64 - 1) -> "RowSample":
        """Sample of a batch; rows whose hash is above ``bound`` need not be kept."""
        hashes = hash_rows(table, seed)
        near = np.flatnonzero(hashes <= np.uint64(bound))
        found, first, counts = np.unique(hashes[near], return_index=True, return_counts=True)
        return cls(size, seed, table.take(near[first[:size]]), found[:size], counts[:size])

    @property
    def bound(self) -> int:
        """Largest hash that may still come into the sample."""
        return int(self.hashes[-1]) if len(self.hashes) >= self.size else 2**64 - 1

    @classmethod
    def merge_all(cls, parts: "Sequence[RowSample]") -> "RowSample":
        """Sample of the rows of all parts, of which there is at least one."""
        import pyarrow as pa

        size = parts[0].size
        hashes = np.concatenate([part.hashes for part in parts])
        found, first, inverse = np.unique(hashes, return_index=True, return_inverse=True)
        weights = np.concatenate([part.counts for part in parts])
        counts = np.bincount(inverse.ravel(), weights, len(found)).astype(np.int64)
        kept = pa.concat_tables([part.table for part in parts]).unify_dictionaries().take(first[:size])
        return cls(size, parts[0].seed, kept.combine_chunks(), found[:size], counts[:size])

    def rows(self) -> "pa.Table":
        """The sample as a table in which equal rows stand as often as in the whole, by ascending hash.

        Where that were more than four times ``size``, they stand in proportion, each at least once.
        """
        total, most = int(self.counts.sum()), _LARGEST_SHARE * self.size
        copies = self.counts if total <= most else np.maximum(self.counts * most // total, 1)
        return self.table.take(np.repeat(np.arange(len(copies)), copies))


def hash_rows(table: "pa.Table", seed: int) -> NDArray[np.uint64]:
    """A hash of the content of each row, shape (n_rows,)."""
    total = np.full(table.num_rows, (seed * _GOLDEN) % 2**64, dtype=np.uint64)
    for column in table.columns:
        total = _mix((total ^ _hash_column(column)) + np.uint64(_GOLDEN))
    return total


def _mix(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finaliser of splitmix64, a bijection."""
    words = (words ^ (words >> np.uint64(30))) * np.uint64(_FIRST)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(_SECOND)
    return words ^ (words >> np.uint64(31))


def _hash_column(column: "pa.ChunkedArray") -> NDArray[np.uint64]:
    """Words that are equal where values are; missing values are all alike."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_dictionary(kind) or not _is_plain(kind):
        return _hash_levels(column)
    width = kind.bit_width
    plain: Any = column.combine_chunks()
    missing = None if plain.null_count == 0 else plain.is_null().to_numpy(zero_copy_only=False)
    if pa.types.is_boolean(kind):
        words = plain.cast(pa.int8()).fill_null(0).to_numpy(zero_copy_only=False).astype(np.uint64)
    elif pa.types.is_floating(kind):
        numbers = plain.cast(pa.float64()).to_numpy(zero_copy_only=False) + 0.0  # -0.0 is 0.0
        missing = np.isnan(numbers)
        words = np.where(missing, 0.0, numbers).view(np.uint64)
    else:
        signed = {8: pa.int8(), 16: pa.int16(), 32: pa.int32(), 64: pa.int64()}[width]
        words = plain.view(signed).fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64).view(np.uint64)
    return words if missing is None else np.where(missing, np.uint64(_FIRST), words)


def _is_plain(kind: "pa.DataType") -> bool:
    import pyarrow as pa

    types = pa.types
    if types.is_float16(kind):
        return False
    return bool(types.is_primitive(kind)) and kind.bit_width in (1, 8, 16, 32, 64)


def _hash_levels(column: "pa.ChunkedArray") -> NDArray[np.uint64]:
    """Words of values that repeat, each hashed once."""
    import pandas as pd
    import pyarrow as pa

    encoded = column.combine_chunks()
    if not pa.types.is_dictionary(column.type):
        encoded = encoded.dictionary_encode()
    texts = np.array([str(value) for value in encoded.dictionary.to_pylist()], dtype=object)
    words = pd.util.hash_array(texts, categorize=False) if len(texts) else np.empty(0, np.uint64)
    codes = encoded.indices.fill_null(len(words)).to_numpy(zero_copy_only=False)
    return np.append(words, np.uint64(_FIRST))[codes]
