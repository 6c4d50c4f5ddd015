"""How the columns of a drawn table are best written as Parquet: the schema knows which have few values."""

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

from synthfast.schema import Schema

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["parquet_options"]

FEW_VALUES = 4_096  # what a dictionary pays for; beyond, hashing costs more than the pages save


def parquet_options(schema: Schema, arrow_schema: "pa.Schema") -> dict[str, Any]:
    """Options of ``pyarrow.parquet.ParquetWriter`` for rows of a schema.

    Parameters
    ----------
    schema : Schema
        Of the model that draws.
    arrow_schema : pyarrow.Schema
        Of the tables that are written, columns in the schema's order.

    Returns
    -------
    dict
        Dictionaries for columns of few values, byte-stream splitting for floating-point numbers of many, plain for the
        rest.
    """
    import pyarrow as pa

    few, split = [], []
    for (name, column), field in zip(schema.columns.items(), arrow_schema, strict=True):
        if pa.types.is_boolean(field.type):
            continue
        if pa.types.is_dictionary(field.type) or _has_few_values(schema, name):
            few.append(field.name)
        elif pa.types.is_floating(field.type) and column.decimals is None:
            split.append(field.name)
    return {"use_dictionary": few or False, "use_byte_stream_split": split or False}


def _has_few_values(schema: Schema, name: Hashable) -> bool:
    column = schema[name]
    if column.levels:
        return column.n_levels <= FEW_VALUES
    if column.kind == "empty":
        return True
    if column.kind not in ("continuous", "integer") or column.decimals is None or column.minimum is None:
        return False
    step = column.step or 10.0 ** -int(column.decimals)
    return bool((column.maximum - column.minimum) / step <= FEW_VALUES)
