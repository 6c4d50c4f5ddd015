"""Tables that need not fit in memory, read in batches as often as a fit needs: files, globs, datasets, streams."""

import glob
import os
import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthfast.exceptions import DataError, FileFormatError, SchemaError
from synthfast.io.arrow_files import frame_of
from synthfast.io.arrow_frames import as_arrow
from synthfast.io.formats import format_of

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["BATCH_ROWS", "RowSource", "open_source"]

BATCH_ROWS = 262_144  # read at a time


class RowSource:
    """A table read in batches, the same rows each time.

    Parameters
    ----------
    read : callable
        Gives an iterator of Arrow record batches or tables from the first row on.
    container : callable
        Makes the caller's container of an Arrow table.
    check : callable
        Called before and after each reading; raises where the source is no longer what it was.
    """

    def __init__(
        self,
        read: "Callable[[], Iterator[pa.Table]]",
        container: "Callable[[pa.Table], Any]",
        check: Callable[[], None] = lambda: None,
    ) -> None:
        self._read, self.container, self._check = read, container, check

    def batches(self) -> Iterator[Any]:
        """Frames of at most ``BATCH_ROWS`` rows, none of them empty."""
        self._check()
        for table in self._read():
            for start in range(0, table.num_rows, BATCH_ROWS):
                yield self.container(table.slice(start, BATCH_ROWS))
        self._check()


def open_source(data: Any) -> RowSource | None:
    """Open what is read in batches; None where the data is a table in memory already.

    Parameters
    ----------
    data : path, glob, pyarrow Dataset or RecordBatchReader, polars LazyFrame, or iterator of frames
        Paths and globs of Parquet and Arrow files (a folder stands for the Parquet files in it); all of one schema.
        Lazy frames, readers and iterators are written to a temporary file, since they are read more than once.

    Raises
    ------
    FileNotFoundError
        If no file is there.
    SchemaError
        If files or batches differ in columns or types.
    FileFormatError
        If a file is damaged.
    DataError
        If a file changes while it is read.
    """
    if isinstance(data, str | os.PathLike):
        return _open_files(_find_files(os.fspath(data)))
    module, kind = type(data).__module__.partition(".")[0], type(data).__name__
    if module == "polars" and kind == "LazyFrame":
        return _spool(iter([data]), _sink_lazy)
    if module == "pyarrow" and hasattr(data, "to_batches") and hasattr(data, "scanner"):
        return RowSource(lambda: _tables(data.to_batches(batch_size=BATCH_ROWS)), lambda table: table)
    if hasattr(data, "__next__") or (module == "pyarrow" and kind == "RecordBatchReader"):
        return _spool(iter(data), _write_batches)
    return None


def _tables(batches: "Iterator[pa.RecordBatch]") -> "Iterator[pa.Table]":
    import pyarrow as pa

    return (pa.Table.from_batches([batch]) for batch in batches)


# -- files -------------------------------------------------------------------------------------------------------------


def _find_files(path: str) -> list[Path]:
    """The files that a path, folder or glob means, in the order of their names, hidden ones and manifests left out."""
    if Path(path).is_dir():
        found = [str(entry) for entry in Path(path).rglob("*.parquet")]
    else:
        found = [path] if Path(path).exists() else glob.glob(path, recursive=True)  # noqa: PTH207 - a full pattern
    files = sorted(Path(name) for name in found if not Path(name).name.startswith((".", "_")))
    if not files:
        raise FileNotFoundError(f"expected a table file, a folder of Parquet files or a glob, found nothing at {path}")
    return files


def _open_files(files: list[Path]) -> RowSource:
    kinds = {format_of(file).kind for file in files}
    if len(kinds) > 1:
        raise DataError(f"expected files of one format, got {' and '.join(sorted(kinds))} under one glob.")
    kind = kinds.pop()
    if kind == "csv":
        raise DataError(
            f"{files[0]}: delimited text is not read in batches, for the types of its columns rest on all rows. Read "
            "it with synthfast.io.read_table, or turn it into Parquet first."
        )
    stamps = {file: _stamp(file) for file in files}
    schema = _one_schema(files, kind)

    def check() -> None:
        for file, stamp in stamps.items():
            if _stamp(file) != stamp:
                raise DataError(f"{file} changed while it was read; fit again when nothing writes to it any more.")

    def read() -> "Iterator[pa.Table]":
        for file in files:
            yield from _read_file(file, kind)

    def container(table: "pa.Table") -> Any:
        return frame_of(table.replace_schema_metadata(schema.metadata))

    return RowSource(read, container, check)


def _stamp(file: Path) -> tuple[int, int]:
    try:
        facts = file.stat()
    except FileNotFoundError as error:
        raise DataError(f"{file} disappeared while it was read; fit again when nothing changes the files.") from error
    return facts.st_size, facts.st_mtime_ns


def _one_schema(files: list[Path], kind: str) -> "pa.Schema":
    """The schema of all files."""
    first = _schema_of(files[0], kind)
    for file in files[1:]:
        other = _schema_of(file, kind)
        if other.names != first.names:
            raise SchemaError(f"{file}: expected the columns {first.names} of {files[0].name}, got {other.names}.")
        for left, right in zip(first, other, strict=True):
            if left.type != right.type:
                raise SchemaError(
                    f"{file}: expected column {left.name!r} of type {left.type} as in {files[0].name}, got "
                    f"{right.type}. Write all parts with one schema."
                )
    return first


def _schema_of(file: Path, kind: str) -> "pa.Schema":
    import pyarrow as pa
    from pyarrow import parquet

    try:
        if kind == "parquet":
            with parquet.ParquetFile(file) as opened:
                return opened.schema_arrow
        with pa.memory_map(str(file)) as stream, pa.ipc.open_file(stream) as opened:
            return opened.schema
    except (pa.ArrowException, OSError) as error:
        raise _damaged(file, error) from error


def _read_file(file: Path, kind: str) -> "Iterator[pa.Table]":
    import pyarrow as pa
    from pyarrow import parquet

    try:
        if kind == "parquet":
            with parquet.ParquetFile(file) as opened:
                yield from _tables(opened.iter_batches(BATCH_ROWS))
        elif kind == "stream":
            with pa.memory_map(str(file)) as stream, pa.ipc.open_stream(stream) as opened:
                yield from _tables(iter(opened))
        else:
            with pa.memory_map(str(file)) as stream, pa.ipc.open_file(stream) as opened:
                yield from _tables(opened.get_batch(place) for place in range(opened.num_record_batches))
    except (pa.ArrowException, OSError) as error:
        raise _damaged(file, error) from error


def _damaged(file: Path, error: Exception) -> Exception:
    if isinstance(error, FileNotFoundError | PermissionError):
        return error
    reason = str(error).partition("\n")[0]
    return FileFormatError(f"{file}: is damaged, truncated or not of the format that it says ({reason}).")


# -- what can be read only once ----------------------------------------------------------------------------------------


def _spool(source: Iterator[Any], write: Callable[[Iterator[Any], Path], tuple[Any, str]]) -> RowSource:
    """A temporary file of all rows; it goes when the source does."""
    folder = Path(tempfile.mkdtemp(prefix="synthfast-"))
    file = folder / "rows"
    try:
        container, kind = write(source, file)
        spooled = RowSource(lambda: _read_file(file, kind), container)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    weakref.finalize(spooled, shutil.rmtree, folder, ignore_errors=True)
    return spooled


def _sink_lazy(source: Iterator[Any], file: Path) -> "tuple[Callable[[pa.Table], Any], str]":
    import polars as pl

    next(source).sink_parquet(file, compression="lz4")
    return lambda table: pl.DataFrame(table), "parquet"


def _write_batches(source: Iterator[Any], file: Path) -> "tuple[Callable[[pa.Table], Any], str]":
    import pyarrow as pa

    container, writer, schema = None, None, None
    try:
        for number, batch in enumerate(source):
            table = pa.Table.from_batches([batch]) if isinstance(batch, pa.RecordBatch) else as_arrow(batch)
            if writer is None or schema is None:
                container, schema = _container_of(batch), table.schema
                writer = pa.ipc.new_stream(file, schema, options=pa.ipc.IpcWriteOptions(compression="lz4"))
            elif table.schema.names != schema.names or table.schema.types != schema.types:
                raise SchemaError(f"batch {number}: expected columns {_told(schema)}, got {_told(table.schema)}.")
            writer.write_table(table)
    finally:
        if writer is not None:
            writer.close()
    if container is None:
        raise DataError("expected an iterator of at least one batch of rows, got none.")
    return container, "stream"


def _told(schema: "pa.Schema") -> str:
    return ", ".join(f"{field.name} ({field.type})" for field in schema)


def _container_of(batch: Any) -> "Callable[[pa.Table], Any]":
    module = type(batch).__module__.partition(".")[0]
    if module == "pandas":
        return lambda table: table.to_pandas()
    if module == "polars":
        import polars as pl

        return lambda table: pl.DataFrame(table)
    if module == "pyarrow":
        return lambda table: table
    raise DataError(f"expected batches that are pandas or polars frames or Arrow tables, got {type(batch).__name__}.")
