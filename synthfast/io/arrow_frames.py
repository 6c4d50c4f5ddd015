"""Frames of any container as Arrow tables of one schema."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from synthfast.exceptions import DataError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["arrow_schema", "as_arrow"]


def as_arrow(frame: Any, schema: "pa.Schema | None" = None) -> "pa.Table":
    """A frame as an Arrow table.

    Parameters
    ----------
    frame : pandas or polars frame, pyarrow.Table or ndarray, shape (n_rows, n_columns)
        The rows; an index is not kept. Column names become text.
    schema : pyarrow.Schema, optional
        What the table is to have; by default what the frame itself says.

    Raises
    ------
    DataError
        If a column has no type in Arrow, such as one of mixed objects.
    """
    import pyarrow as pa

    try:
        table = _to_arrow(frame)
        if schema is None:
            return table
        return table.replace_schema_metadata(schema.metadata) if table.schema == schema else table.cast(schema)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        reason = " ".join(str(part) for part in error.args)
        raise DataError(f"the table cannot be written as Arrow or Parquet: {reason}") from error


def _to_arrow(frame: Any) -> "pa.Table":
    import pandas as pd
    import pyarrow as pa

    if isinstance(frame, pa.Table):
        return frame
    if hasattr(frame, "to_arrow"):
        return frame.to_arrow()
    frame = frame if isinstance(frame, pd.DataFrame) else pd.DataFrame(frame)
    return pa.Table.from_pandas(frame, preserve_index=False)


def arrow_schema(frames: Iterable[Any]) -> "pa.Schema":
    """The schema of all frames of a draw, read off the first ones; a column without any value yet is taken as text."""
    import pyarrow as pa

    schema = pa.unify_schemas([as_arrow(frame).schema for frame in frames])
    for place, field in enumerate(schema):
        if pa.types.is_null(field.type):
            schema = schema.set(place, field.with_type(pa.string()))
    return schema
