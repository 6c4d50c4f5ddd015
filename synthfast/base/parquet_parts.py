"""A draw to a folder of Parquet parts: planned, written by an engine, recorded, gone on with after any end."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthfast._core.progress import progress_bar
from synthfast._core.random import BLOCK_ROWS
from synthfast.base.draw import Draw
from synthfast.engines import Engine
from synthfast.engines.interrupt import GracefulStop
from synthfast.engines.worker import versions_here
from synthfast.io.manifest import Manifest, Part
from synthfast.io.parquet_options import parquet_options
from synthfast.io.part_folder import PartFolder, hidden_part, split_ranges

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["PART_ROWS", "write_parts"]

PART_ROWS = 16 * BLOCK_ROWS
GROUP_BLOCKS = 4  # in a row group, which is what a worker holds in memory


def write_parts(
    draw: Draw, folder: str | os.PathLike[str], n_rows: int, part_rows: int, engine: Engine, *, resume: bool
) -> Manifest:
    """Write rows 0 to ``n_rows`` of a draw, those that are not there yet.

    Raises
    ------
    OSError
        If the disk is full or the folder cannot be written. Finished parts stay, and are kept by a later call.
    DataError, FileFormatError
        As `PartFolder`.
    """
    schema = draw.arrow_schema()
    place = PartFolder(folder, draw.identity, n_rows, versions_here(), resume=resume)
    todo = list(split_ranges(place.manifest.missing(), part_rows))
    if n_rows == 0 and not place.manifest.parts:
        todo = [(0, 0)]
    failure: OSError | None = None
    with GracefulStop() as stop, progress_bar(n_rows, "rows", unit=" rows") as bar:
        bar.update(n_rows - sum(end - start for start, end in todo))
        shared = draw.shared(place.path.resolve(), schema)
        for result in engine.map(_write_part, stop.until_stopped(todo), shared):
            if isinstance(result, OSError):
                failure = failure or result
                stop.stop()
                continue
            place.record(result)
            bar.update(result.stop - result.start)
        if failure is not None:
            raise _with_advice(failure, place.manifest) from failure
    return place.manifest


def _with_advice(failure: OSError, manifest: Manifest) -> OSError:
    held = sum(part.stop - part.start for part in manifest.parts)
    return OSError(
        failure.errno,
        f"{failure.strerror or failure}. {held:,} of {manifest.n_rows:,} rows are written and will be kept: make room "
        "and call again with the same model and random_state",
        failure.filename,
    )


def _write_part(shared: "tuple[Draw, Path, pa.Schema]", rows: tuple[int, int]) -> Part | OSError:
    """Write one part; an error of the disk comes back as a value, so that other parts are still recorded."""
    draw, folder, schema = shared
    start, stop = rows
    try:
        with hidden_part(folder, start, stop, ".parquet") as (stream, finished):
            _write_groups(draw, start, stop, schema, stream)
            part = finished()
    except OSError as error:
        return error
    return part


def _write_groups(draw: Draw, start: int, stop: int, schema: "pa.Schema", stream: Any) -> None:
    from pyarrow import parquet

    options = parquet_options(draw.model.schema_, schema)
    with parquet.ParquetWriter(stream, schema, **options) as writer:
        for group in _groups(draw.tables(start, stop, schema)):
            writer.write_table(group, GROUP_BLOCKS * BLOCK_ROWS)


def _groups(tables: "Iterator[pa.Table]") -> "Iterator[pa.Table]":
    """Tables of ``GROUP_BLOCKS`` of the ones given."""
    import pyarrow as pa

    held: list[pa.Table] = []
    for table in tables:
        held.append(table)
        if len(held) == GROUP_BLOCKS:
            yield pa.concat_tables(held)
            held = []
    if held:
        yield pa.concat_tables(held)
