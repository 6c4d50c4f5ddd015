"""A draw as a lazy frame of Dask, Ray or Spark: a partition is a stretch of rows, computed where it is needed."""

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from synthfast._core.threads import num_threads
from synthfast.base.draw import Draw
from synthfast.io.part_folder import split_ranges

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

__all__ = ["to_dask", "to_ray", "to_spark"]


def to_dask(draw: Draw, n_rows: int, part_rows: int) -> Any:
    """A ``dask.dataframe.DataFrame``."""
    import dask.dataframe as dd

    schema = draw.arrow_schema()
    rows = list(split_ranges([(0, n_rows)], part_rows)) or [(0, 0)]
    return dd.from_map(partial(_frame, draw, schema), rows, meta=_frame(draw, schema, (0, 0)))


def to_ray(draw: Draw, n_rows: int, part_rows: int) -> Any:
    """A ``ray.data.Dataset``."""
    import ray

    n_parts = max(-(-n_rows // part_rows), 1)
    function = partial(_ray_part, draw, draw.arrow_schema(), n_rows, part_rows)
    parts = ray.data.range(n_parts, override_num_blocks=n_parts)
    return parts.map_batches(function, batch_format="pyarrow", batch_size=1)


def to_spark(session: Any, draw: Draw, n_rows: int, part_rows: int) -> Any:
    """A ``pyspark.sql.DataFrame``."""
    from pyspark.sql.pandas.types import from_arrow_schema

    schema = _plain(draw.arrow_schema())
    n_parts = max(-(-n_rows // part_rows), 1)
    parts = session.range(0, n_parts, 1, n_parts)
    return parts.mapInArrow(partial(_spark_parts, draw, schema, n_rows, part_rows), from_arrow_schema(schema))


def _table(draw: Draw, schema: "pa.Schema", start: int, stop: int) -> "pa.Table":
    import pyarrow as pa

    with num_threads(1):  # the cluster runs as many parts side by side as it has cores
        return pa.concat_tables(draw.tables(start, stop, schema))


def _frame(draw: Draw, schema: "pa.Schema", rows: tuple[int, int]) -> "pd.DataFrame":
    return _table(draw, schema, *rows).to_pandas()


def _rows_of(part: int, n_rows: int, part_rows: int) -> tuple[int, int]:
    return part * part_rows, min((part + 1) * part_rows, n_rows)


def _ray_part(draw: Draw, schema: "pa.Schema", n_rows: int, part_rows: int, parts: "pa.Table") -> "pa.Table":
    import pyarrow as pa

    numbers = parts.column("id").to_pylist()
    return pa.concat_tables([_table(draw, schema, *_rows_of(number, n_rows, part_rows)) for number in numbers])


def _spark_parts(
    draw: Draw, schema: "pa.Schema", n_rows: int, part_rows: int, batches: "Iterator[pa.RecordBatch]"
) -> "Iterator[pa.RecordBatch]":
    for batch in batches:
        for number in batch.column(0).to_pylist():
            start, stop = _rows_of(number, n_rows, part_rows)
            yield from _table(draw, schema, start, stop).combine_chunks().to_batches()


def _plain(schema: "pa.Schema") -> "pa.Schema":
    """The schema with categories as their values, which Spark has no other type for."""
    import pyarrow as pa

    for place, field in enumerate(schema):
        if pa.types.is_dictionary(field.type):
            schema = schema.set(place, field.with_type(field.type.value_type))
    return schema
