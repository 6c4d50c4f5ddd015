"""Columns whose values are known row by row: encoded for a model, and put back untouched into its draw."""

from collections.abc import Hashable, Mapping

import numpy as np
import pyarrow as pa

from synthfast._core.frames import ColumnData, Table
from synthfast._core.frames.align import align
from synthfast._core.frames.concat import fill_cells
from synthfast._core.names import Names
from synthfast.encoding.encoded import EncodedColumn
from synthfast.encoding.table_codec import TableCodec
from synthfast.exceptions import ConditionError

__all__ = ["encode_known", "restore_known"]


def encode_known(codec: TableCodec, known: Table) -> dict[Hashable, EncodedColumn]:
    """Encode the modelled columns among the known ones, which get the model's own names.

    Raises
    ------
    ConditionError
        If a column or a level is not one of the model's.
    """
    own = Names(codec.names)
    for name in known.names:
        if name not in own:
            columns = ", ".join(map(str, codec.names))
            raise ConditionError(f"known column {name!r} is not one of the model's; they are {columns}.")
    known.names = [own[name] for name in known.names]
    wanted = [name for name in known.names if name in codec.modelled]
    for name in wanted:
        if codec.kind(name) == "levels":
            _check_levels(codec, known.column(name))
    return codec.encode(known, wanted)


def _check_levels(codec: TableCodec, data: ColumnData) -> None:
    """Ask for the code of every level that a row holds."""
    codes, found = data.factorize()
    levels = found.to_pylist() if isinstance(found, pa.Array) else found
    for code in np.unique(codes[codes >= 0]):
        codec.encode_value(data.name, levels[code])


def restore_known(
    drawn: Mapping[Hashable, ColumnData], known: Table, *, fill: bool = False
) -> dict[Hashable, ColumnData]:
    """The drawn columns with the known cells as they were given, whatever storage they came in.

    With ``fill`` cells that are missing among the known ones come from the draw. So do cells that the drawn column's
    storage cannot hold, such as 2.5 in one of integers.
    """
    return {
        name: _restore(known.column(name), own, fill) if name in known.names else own for name, own in drawn.items()
    }


def _restore(known: ColumnData, drawn: ColumnData, fill: bool) -> ColumnData:
    pair = align(known, drawn)
    if pair is None:
        return drawn
    given, own, fits = pair
    missing = known.missing()
    return fill_cells(given, own, ~fits | missing if fill and missing is not None else ~fits)
