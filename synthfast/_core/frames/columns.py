"""One column in a neutral form: a few storages that every container's dtypes reduce to, on the way in and out."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, cast, get_args

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["NAT", "STORAGES", "ColumnData", "Storage", "as_large_string"]

Storage = Literal[
    "float", "integer", "boolean", "decimal", "datetime", "duration", "time", "string", "category", "object", "null"
]
STORAGES: tuple[str, ...] = get_args(Storage)
NAT = np.iinfo(np.int64).min


@dataclass(eq=False)
class ColumnData:
    """One column of a table, reduced to a storage class.

    Attributes
    ----------
    name : hashable
        The column's name.
    storage : str
        ``float``: ``values`` are floats, NaN is missing. ``integer``, ``boolean``: ``values`` and ``valid``.
        ``decimal``: int64 ``values`` times ``10 ** -scale``. ``datetime`` (since 1970-01-01, UTC where there is a
        time zone), ``duration`` and ``time``: int64 ``values`` in ``unit``. ``string``: an Arrow large_string array
        in ``strings``. ``category`` and ``object``: int32 codes (-1 missing) in ``values`` into ``categories``.
        ``null``: nothing but missing values.
    n_rows : int
        Length of the column.
    dtype : str
        The container's own name of the dtype.
    values : ndarray of shape (n_rows,) or None
        See ``storage``.
    valid : ndarray of bool, shape (n_rows,), or None
        False where missing; None says that nothing is missing (or, for floats, that NaN says it).
    level_storage : {"", "integer", "float", "boolean"}
        Of a category column, the storage that the dtype of its categories names; empty where that is another.
    spelled : dict of str to ColumnData
        The dates or numbers that the column spells, by the format that they have been read with.
    """

    name: Hashable
    storage: Storage
    n_rows: int
    dtype: str = ""
    values: npt.NDArray[Any] | None = None
    valid: npt.NDArray[np.bool_] | None = None
    strings: pa.Array | None = None
    categories: Sequence[Any] | None = None
    unit: str | None = None
    timezone: str | None = None
    scale: int = 0
    ordered: bool = False
    level_storage: str = ""
    spelled: "dict[str, ColumnData]" = field(default_factory=dict, repr=False)
    _factorized: tuple[npt.NDArray[np.int32], Any] | None = field(default=None, repr=False)

    @property
    def array(self) -> npt.NDArray[Any]:
        """The value array of a storage that has one."""
        return cast(npt.NDArray[Any], self.values)

    def missing(self) -> npt.NDArray[np.bool_] | None:
        """Boolean mask of the missing rows, or None where nothing is missing."""
        if self.storage == "null":
            return np.ones(self.n_rows, dtype=bool)
        if self.storage == "string":
            strings = cast(pa.Array, self.strings)
            return None if strings.null_count == 0 else strings.is_null().to_numpy(zero_copy_only=False)
        if self.storage == "float":
            mask = np.isnan(self.array)
        elif self.storage in ("category", "object"):
            mask = self.array < 0
        elif self.valid is not None:
            mask = ~self.valid
        else:
            return None
        return mask if mask.any() else None

    def present(self) -> npt.NDArray[Any]:
        """The values that are not missing, for storages with plain values."""
        if self.storage == "float":
            mask = self.missing()
            return self.array if mask is None else self.array[~mask]
        return self.array if self.valid is None else self.array[self.valid]

    def factorize(self) -> tuple[npt.NDArray[np.int32], list[Any] | pa.Array]:
        """Codes (int32, -1 missing) and the distinct values they point to.

        Levels come as an Arrow array for strings, in order of first appearance; as the categories for categories; else
        as a sorted list of Python scalars. Cost O(n_rows) for strings and categories, O(n_rows log n_rows) else.
        """
        if self._factorized is None:
            self._factorized = self._factorize()
        return self._factorized

    def release(self) -> None:
        """Forget what was computed from the column; it is computed again when asked for."""
        self._factorized = None
        self.spelled.clear()

    def _factorize(self) -> tuple[npt.NDArray[np.int32], Any]:
        if self.storage == "null":
            return np.full(self.n_rows, -1, dtype=np.int32), []
        if self.storage == "string":
            encoded = pc.dictionary_encode(cast(pa.Array, self.strings))
            return codes_of(encoded), encoded.dictionary
        if self.storage in ("category", "object"):
            return self.array.astype(np.int32, copy=False), list(cast(Sequence[Any], self.categories))
        missing = self.missing()
        if self.storage == "boolean":
            return self._factorize_booleans(missing)
        codes = np.full(self.n_rows, -1, dtype=np.int32)
        present: Any = slice(None) if missing is None else ~missing
        levels, codes[present] = np.unique(self.array[present], return_inverse=True)
        return codes, levels.tolist()

    def _factorize_booleans(self, missing: npt.NDArray[np.bool_] | None) -> tuple[npt.NDArray[np.int32], list[bool]]:
        codes = self.array.astype(np.int32)
        if missing is not None:
            codes[missing] = -1
        levels = [level for level in (False, True) if (codes == level).any()]
        return (np.minimum(codes, 0) if levels == [True] else codes), levels


def codes_of(encoded: pa.DictionaryArray) -> npt.NDArray[np.int32]:
    """Codes of an Arrow dictionary array as int32, -1 where null."""
    indices = encoded.indices
    if indices.null_count:
        indices = pc.fill_null(indices.cast(pa.int32()), -1)
    return indices.to_numpy(zero_copy_only=False).astype(np.int32, copy=False)


def as_large_string(strings: pa.Array | pa.ChunkedArray) -> pa.Array:
    """One contiguous large_string array of any Arrow string array."""
    if strings.type != pa.large_string():
        strings = strings.cast(pa.large_string())
    if isinstance(strings, pa.ChunkedArray):
        strings = strings.combine_chunks() if strings.num_chunks != 1 else strings.chunk(0)
    return strings
