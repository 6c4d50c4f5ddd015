"""Parquet and Arrow files: read to a frame with its dtypes kept, written as a stream of frames."""

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from synthfast.exceptions import DataError, FileFormatError

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

__all__ = ["GroupedSink", "arrow_sink", "frame_of", "parquet_sink", "read_arrow_file"]

# Rows in a row group or record batch, however the rows come: large enough for quick reading, small enough to hold.
GROUP_ROWS = 262_144
ARROW_FILE_MAGIC = b"ARROW1"


def read_arrow_file(path: str | os.PathLike[str], kind: str) -> "pd.DataFrame":
    """Read a Parquet or Arrow file.

    Parameters
    ----------
    path : str or path
        The file.
    kind : {"parquet", "arrow"}
        Its format; ``arrow`` is the file or the stream form of Arrow IPC (Feather version 2 is the file form).

    Returns
    -------
    pandas.DataFrame, shape (n_rows, n_columns)
        With the dtypes that pandas wrote, or Arrow-backed dtypes where another program wrote the file.

    Raises
    ------
    FileFormatError
        If the file is truncated, damaged or in another format.
    DataError
        If column names repeat.
    OSError
        If the file cannot be opened.
    """
    import pyarrow as pa

    with Path(path).open("rb") as stream:
        try:
            table = _read_parquet(stream) if kind == "parquet" else _read_ipc(stream)
        except (pa.ArrowException, OSError, EOFError) as error:
            reason = str(error).partition("\n")[0]
            raise FileFormatError(
                f"{path} is no {kind.capitalize()} file, or truncated or damaged: {reason}"
            ) from error
    repeated = [name for name, count in Counter(table.column_names).items() if count > 1]
    if repeated:
        raise DataError(f"{path}: column names must differ, but it repeats {', '.join(map(repr, repeated))}")
    return frame_of(table)


def _read_parquet(stream: BinaryIO) -> "pa.Table":
    from pyarrow import parquet

    return parquet.ParquetFile(stream).read()


def _read_ipc(stream: BinaryIO) -> "pa.Table":
    from pyarrow import ipc

    is_file = stream.read(len(ARROW_FILE_MAGIC)) == ARROW_FILE_MAGIC
    stream.seek(0)
    return (ipc.open_file(stream) if is_file else ipc.open_stream(stream)).read_all()


def frame_of(table: "pa.Table") -> "pd.DataFrame":
    """The frame that pandas wrote, or one of Arrow-backed dtypes where another program wrote the table."""
    import pandas as pd

    if table.schema.pandas_metadata is None:
        return table.to_pandas(types_mapper=pd.ArrowDtype)
    frame = table.to_pandas()
    named = [level for level in frame.index.names if level is not None]
    return frame.reset_index(named).reset_index(drop=True)


class GroupedSink:
    """Regroups the rows of many frames into groups of a fixed size, so that the bytes do not tell the frames apart.

    Parameters
    ----------
    open_writer : callable
        Takes the Arrow schema of the first frame, returns an open Parquet or IPC writer.
    """

    def __init__(self, open_writer: "Callable[[pa.Schema], Any]") -> None:
        self._open_writer = open_writer
        self._writer: Any = None
        self._schema: pa.Schema | None = None
        self._held: list[pa.Table] = []
        self._held_rows = 0

    def write(self, frame: "pd.DataFrame") -> None:
        """Append the frame's rows; see ``TableWriter.write``."""
        import pyarrow as pa

        table = pa.Table.from_pandas(frame, preserve_index=False)
        if self._schema is None:
            self._schema = table.schema
            self._writer = self._open_writer(table.schema)
        elif table.column_names != self._schema.names:
            raise DataError(f"expected the columns {self._schema.names}, got {table.column_names}")
        self._held.append(table.cast(self._schema).replace_schema_metadata(self._schema.metadata))
        self._held_rows += table.num_rows
        while self._held_rows >= GROUP_ROWS:
            rows = pa.concat_tables(self._held)
            self._write_group(rows.slice(0, GROUP_ROWS))
            self._held = [rows.slice(GROUP_ROWS)]
            self._held_rows -= GROUP_ROWS

    def close(self) -> None:
        """Write the rows held back and the end of the file."""
        import pyarrow as pa

        if self._writer is None:
            return
        try:
            if self._held_rows:
                self._write_group(pa.concat_tables(self._held))
        finally:
            self._writer.close()

    def _write_group(self, rows: "pa.Table") -> None:
        self._writer.write_table(rows.combine_chunks(), GROUP_ROWS)


def parquet_sink(stream: BinaryIO) -> GroupedSink:
    """A sink of Parquet with Snappy compression, row groups of ``GROUP_ROWS``."""

    def open_writer(schema: "pa.Schema") -> Any:
        from pyarrow import parquet

        return parquet.ParquetWriter(stream, schema)

    return GroupedSink(open_writer)


def arrow_sink(stream: BinaryIO) -> GroupedSink:
    """A sink of uncompressed Arrow IPC in its file form, which Feather readers take too."""

    def open_writer(schema: "pa.Schema") -> Any:
        from pyarrow import ipc

        return ipc.new_file(stream, schema)

    return GroupedSink(open_writer)
