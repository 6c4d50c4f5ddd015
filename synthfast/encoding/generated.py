"""What the codecs of generated columns share: only whether a row is missing is modelled."""

from abc import ABC, abstractmethod
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from synthfast._core.frames import ColumnData
from synthfast.encoding.encoded import DecodeRequest, EncodedColumn
from synthfast.encoding.missing import is_missing
from synthfast.exceptions import ConditionError
from synthfast.schema import Column

__all__ = ["GeneratedCodec"]


class GeneratedCodec(ABC):
    """Codec of a column whose values are generated when decoding.

    Parameters
    ----------
    column : Column
        An identifier, personal or text column.

    Notes
    -----
    A column with missing rows is modelled as one level, present or missing; else it is not modelled.
    """

    def __init__(self, column: Column) -> None:
        self.column = column
        self.kind: Literal["levels"] | None = "levels" if column.nullable else None

    def encode(self, data: ColumnData) -> EncodedColumn:
        """Encode to 0 where there is a value and -1 where it is missing."""
        missing = data.missing()
        codes = np.zeros(data.n_rows, dtype=np.int32)
        if missing is not None:
            codes[missing] = -1
        return EncodedColumn(self.column.name, "levels", codes, n_levels=1)

    def encode_value(self, value: Any) -> None:
        """None where the value is missing.

        Raises
        ------
        ConditionError
            If it is not: generated values cannot be asked for.
        """
        if not is_missing(value):
            raise ConditionError(
                f"column {self.column.name!r}: no condition is possible but missing, its values are generated "
                f"({self.column.kind}); got {value!r}."
            )

    def decode(self, values: npt.NDArray[Any] | None, request: DecodeRequest) -> ColumnData:
        """Generate the rows' values, and make those missing that the model says."""
        fresh = self._generate(request)
        missing = None if values is None else np.asarray(values) < 0
        if missing is not None and not missing.any():
            missing = None
        if isinstance(fresh, pa.Array):
            return self._of_texts(fresh, missing)
        return self._of_numbers(fresh, missing)

    @abstractmethod
    def _generate(self, request: DecodeRequest) -> npt.NDArray[np.int64] | pa.Array:
        """One value per row: int64 numbers or large_string texts."""

    def _of_texts(self, texts: pa.Array, missing: npt.NDArray[np.bool_] | None) -> ColumnData:
        column, n = self.column, len(texts)
        if column.storage == "integer":
            return self._of_numbers(texts.cast(pa.int64()).to_numpy(), missing)
        if missing is not None:
            texts = pc.if_else(pa.array(missing), pa.scalar(None, pa.large_string()), texts)
        data = ColumnData(column.name, "string", n, column.dtype, strings=texts)
        if column.storage != "category":
            return data
        codes, levels = data.factorize()
        listed = levels.to_pylist() if isinstance(levels, pa.Array) else levels
        return ColumnData(column.name, "category", n, column.dtype, codes, categories=listed, ordered=column.ordered)

    def _of_numbers(self, numbers: npt.NDArray[np.int64], missing: npt.NDArray[np.bool_] | None) -> ColumnData:
        column = self.column
        if column.storage == "float":
            floats = numbers.astype(np.float64)
            if missing is not None:
                floats[missing] = np.nan
            return ColumnData(column.name, "float", len(floats), column.dtype, floats)
        valid = None if missing is None else ~missing
        return ColumnData(column.name, "integer", len(numbers), column.dtype, numbers, valid)
