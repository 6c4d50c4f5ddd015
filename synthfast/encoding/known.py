"""Columns whose values are known row by row: encoded for a model, and put back untouched into its draw."""

from collections.abc import Hashable, Mapping

import pyarrow as pa

from synthfast._core.frames import ColumnData, Table
from synthfast._core.frames.concat import fill_cells
from synthfast.encoding.encoded import EncodedColumn
from synthfast.encoding.table_codec import TableCodec
from synthfast.exceptions import ConditionError

__all__ = ["encode_known", "restore_known"]


def encode_known(codec: TableCodec, known: Table) -> dict[Hashable, EncodedColumn]:
    """Encode the modelled columns among the known ones.

    Raises
    ------
    ConditionError
        If a column or a level is not one of the model's.
    """
    for name in known.names:
        if name not in codec.names:
            columns = ", ".join(map(str, codec.names))
            raise ConditionError(f"known column {name!r} is not one of the model's; they are {columns}.")
    wanted = [name for name in known.names if name in codec.modelled]
    for name in wanted:
        if codec.kind(name) == "levels":
            _check_levels(codec, known.column(name))
    return codec.encode(known, wanted)


def _check_levels(codec: TableCodec, data: ColumnData) -> None:
    _, found = data.factorize()
    for level in found.to_pylist() if isinstance(found, pa.Array) else found:
        codec.encode_value(data.name, level)


def restore_known(
    drawn: Mapping[Hashable, ColumnData], known: Table, *, fill: bool = False
) -> dict[Hashable, ColumnData]:
    """The drawn columns with the known ones as they were given, where they are stored alike.

    With ``fill`` cells that are missing among the known ones come from the draw.
    """
    out = dict(drawn)
    for name in known.names:
        data = known.column(name)
        if data.storage == out[name].storage and data.unit == out[name].unit:
            out[name] = fill_cells(data, out[name]) if fill else data
    return out
