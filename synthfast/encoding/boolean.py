"""Boolean columns: two ordered levels, False and True."""

from typing import Any

import numpy as np
import numpy.typing as npt

from synthfast._core.frames import ColumnData
from synthfast.encoding.categorical import LevelsCodec
from synthfast.encoding.encoded import EncodedColumn

__all__ = ["BooleanCodec"]


class BooleanCodec(LevelsCodec):
    """Codec of a boolean column; native booleans are coded without a table."""

    def encode(self, data: ColumnData) -> EncodedColumn:
        """Encode to int32 codes: 0, 1, or -1 where missing."""
        if data.storage != "boolean" or self.column.levels != (False, True):
            return super().encode(data)
        codes: npt.NDArray[Any] = data.array.astype(np.int32)
        if data.valid is not None:
            codes[~data.valid] = -1
        return EncodedColumn(self.column.name, "levels", codes, n_levels=2, ordered=True)
