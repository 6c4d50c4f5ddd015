"""One block of parents with all their descendants: a pure function of the models, the seed and the block's number."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synthfast._core.frames import ColumnData
from synthfast._core.frames.concat import concatenate_tables, slice_table, take_cells
from synthfast._core.random import Stream
from synthfast.encoding.missing import missing_of
from synthfast.engines import map_blocks
from synthfast.exceptions import DataError
from synthfast.relational._table_model import Codes, TableModel, context_name
from synthfast.schema.relations import ForeignKey, RelationalSchema

__all__ = ["BLOCK_PARENTS", "Draw", "Looked", "count_name"]

BLOCK_PARENTS = 4_096  # rows of a table without parents that are drawn together with all their descendants
Native = dict[Hashable, ColumnData]


def count_name(key: ForeignKey) -> Hashable:
    """What the number of children by a foreign key is called in the parent's model."""
    return (key.table, key.column, "count")


@dataclass(frozen=True)
class Looked:
    """A whole table to which other tables refer by a further foreign key.

    Parameters
    ----------
    keys : ColumnData
        Its primary keys.
    codes : dict of name to ndarray
        Its encoded columns.
    """

    keys: ColumnData
    codes: Codes

    def choose(self, key: ForeignKey, n_rows: int, block: int, stream: Stream) -> NDArray[np.int64]:
        """A row for each of a block's children, each as often as its own number of children says.

        Points that divide the rows' weights evenly, shifted from block to block by the golden section, go to the
        children in random order: every block, and all of them together, keep to the numbers.
        """
        weights = np.maximum(np.rint(self.codes[count_name(key)]), 0.0)
        if not weights.sum():
            weights = np.ones(len(weights))
        reach = np.cumsum(weights)
        shift = (0.5 + (block + 1) * 0.6180339887498949) % 1.0
        points = (stream.permutation(n_rows) + shift) / max(n_rows, 1) * reach[-1]
        return np.minimum(np.searchsorted(reach, points, side="right"), len(reach) - 1)


class Draw:
    """A draw of all tables.

    Parameters
    ----------
    relations : RelationalSchema
    models : mapping of table name to TableModel
    n_rows : mapping of table name to int
        Rows of the tables without parents.
    stream : Stream
    """

    def __init__(
        self, relations: RelationalSchema, models: Mapping[str, TableModel], n_rows: Mapping[str, int], stream: Stream
    ) -> None:
        self._relations, self._models, self._n_rows, self._stream = relations, models, n_rows, stream
        self._room = self._rooms()
        further = {key.parent for name in relations.order for key in relations.keys_of(name)[1:]}
        self._looked = {name: self._look(name) for name in relations.roots() if name in further}

    def _rooms(self) -> dict[str, int]:
        """Row numbers that each table sets aside for a block, so that keys of blocks never meet."""
        rooms: dict[str, int] = {}
        for name in self._relations.order:
            keys = self._relations.keys_of(name)
            if not keys:
                rooms[name] = BLOCK_PARENTS
                continue
            most = self._models[keys[0].parent].column(count_name(keys[0])).maximum
            rooms[name] = rooms[keys[0].parent] * max(int(most), 1)
        if max(rooms.values()) * self._n_blocks_in_all() >= 2**62:
            raise DataError("expected room for keys in 62 bits; too many rows, or too many children a parent.")
        return rooms

    def _n_blocks_in_all(self) -> int:
        return max(-(-n // BLOCK_PARENTS) for n in self._n_rows.values()) + 1

    def _look(self, root: str) -> Looked:
        blocks = range(max(-(-self._n_rows[root] // BLOCK_PARENTS), 1))
        drawn = list(map_blocks(lambda block: self._root_codes(root, block), blocks))
        n_rows = self._n_rows[root]
        codes = {name: np.concatenate([part[name] for part in drawn])[:n_rows] for name in drawn[0]}
        parts: list[Native] = [{"key": self._keys(root, block, BLOCK_PARENTS)} for block in blocks]
        keys = slice_table(concatenate_tables(parts), 0, n_rows)["key"]
        return Looked(keys, codes)

    def _root_codes(self, root: str, block: int) -> Codes:
        return self._models[root].draw_root(BLOCK_PARENTS, self._stream.child(root, "block", block))

    def _keys(self, name: str, block: int, n_rows: int) -> ColumnData:
        return self._models[name].plan.keys(block * self._room[name], n_rows, self._stream.child(name))

    def block(self, root: str, block: int) -> dict[str, Native]:
        """Native tables of the rows of one block of a table without parents, and of all their descendants."""
        n_rows = min(self._n_rows[root] - block * BLOCK_PARENTS, BLOCK_PARENTS)
        out: dict[str, Native] = {}
        owners = np.arange(BLOCK_PARENTS)
        self._put(root, block, self._root_codes(root, block), owners, None, n_rows, out)
        return {name: out[name] for name in self._relations.order if name in out}

    def _put(
        self,
        name: str,
        block: int,
        codes: Codes,
        owners: NDArray[np.int64],
        foreign: Native | None,
        n_rows: int,
        out: dict[str, Native],
    ) -> None:
        """Decode a table's rows, those of the first ``n_rows`` owners, and draw its children."""
        model, n_own = self._models[name], len(owners)
        native = model.decode(codes, n_own, block * self._room[name], self._stream.child(name))
        keys = None
        if model.plan.primary is not None:
            keys = self._keys(name, block, n_own)
            native[keys.name] = keys
        native |= foreign or {}
        out[name] = slice_table(native, 0, int(np.searchsorted(owners, n_rows)))
        for child in self._relations.children(name):
            self._put_children(child, name, block, codes, owners, keys, n_rows, out)

    def _put_children(
        self,
        child: str,
        parent: str,
        block: int,
        codes: Codes,
        owners: NDArray[np.int64],
        keys: ColumnData | None,
        n_rows: int,
        out: dict[str, Native],
    ) -> None:
        first, *further = self._relations.keys_of(child)
        counts = np.maximum(np.rint(codes[count_name(first)]), 0.0).astype(np.int64)
        rows = np.repeat(np.arange(len(owners)), counts)
        model, stream = self._models[child], self._stream.child(child, "block", block)
        sources: dict[Hashable, NDArray[Any]] = {}
        for name, values in codes.items():
            own = name if name not in self._models[parent].plan.own else context_name(parent, name)
            if own in model.context:
                values = _with_donors(values, counts) if is_siblings(own) else values
                sources[own] = values[rows]
        if keys is None:
            raise ValueError(f"table {parent!r} has children and no key")
        foreign = {first.column: _as_foreign(take_cells(keys, rows), first.column, model)}
        for key in further:
            looked = self._looked[key.parent]
            chosen = looked.choose(key, len(rows), block, stream.child("key", str(key.column)))
            foreign[key.column] = _as_foreign(take_cells(looked.keys, chosen), key.column, model)
            for name, values in looked.codes.items():
                if (key.parent, name, key.column) in model.context:
                    sources[key.parent, name, key.column] = values[chosen]
        drawn = model.draw_children(sources, len(rows), stream)
        self._put(child, block, drawn, owners[rows], foreign, n_rows, out)


def is_siblings(name: Any) -> bool:
    """Whether a column tells what siblings have in common."""
    return isinstance(name, tuple) and len(name) == 3 and name[2] == "siblings"


def _with_donors(values: NDArray[Any], counts: NDArray[np.int64]) -> NDArray[Any]:
    """Common traits of children where none were drawn though there are children: those of the row before with any."""
    missing = missing_of(values)
    gone = missing & (counts > 0)
    if not gone.any():
        return values
    donors = np.maximum.accumulate(np.where(missing, -1, np.arange(len(values))))
    donors = np.where(donors < 0, int(np.argmin(missing)), donors)  # before the first that has any, that one
    return np.where(gone, np.where(missing[donors], values.dtype.type(0), values[donors]), values)


def _as_foreign(keys: ColumnData, column: Hashable, model: TableModel) -> ColumnData:
    """Keys of a parent under the name and dtype of the column that holds them."""
    dtype, storage = model.plan.foreign[column]
    data = replace(keys, name=column, dtype=dtype, spelled={}, _factorized=None)
    if storage == data.storage:
        return data
    if storage == "float" and data.storage == "integer":
        return replace(data, storage="float", values=data.array.astype(np.float64), valid=None)
    if storage == "integer" and data.storage == "float":
        return replace(data, storage="integer", values=data.array.astype(np.int64), valid=None)
    codes, levels = data.factorize()
    listed = levels.to_pylist() if isinstance(levels, pa.Array) else list(levels)
    if storage in ("category", "object"):
        return ColumnData(column, storage, data.n_rows, dtype, codes, categories=listed)  # type: ignore[arg-type]
    if storage == "string":
        texts = pa.array([str(level) for level in listed], pa.large_string()).take(pa.array(codes))
        return ColumnData(column, "string", data.n_rows, dtype, strings=texts)
    raise DataError(f"column {column!r}: expected a dtype that can hold its parent's keys, got {dtype}.")
