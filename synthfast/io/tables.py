"""Tables in files: read whole, written whole or as a stream of frames, never left half-written."""

import gzip
import os
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, cast

from synthfast.exceptions import DataError
from synthfast.io.arrow_files import arrow_sink, parquet_sink, read_arrow_file
from synthfast.io.atomic import atomic_path
from synthfast.io.csv_reader import CsvStyle, read_csv
from synthfast.io.csv_writer import CsvSink
from synthfast.io.formats import TableFormat, format_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["TableWriter", "read_styled_table", "read_table", "write_table"]

GZIP_LEVEL = 6  # gzip's own default; higher levels cost far more time than they save space


class Sink(Protocol):
    """One open file of a format."""

    def write(self, frame: "pd.DataFrame") -> None:
        """Append the frame's rows."""

    def close(self) -> None:
        """Write what is still held back and end the format; the stream stays open."""


def read_table(
    path: str | os.PathLike[str], *, delimiter: str | None = None, encoding: str | None = None
) -> "pd.DataFrame":
    """Read a table file: ``.csv``, ``.tsv`` (each also ``.gz``), ``.parquet``, ``.arrow``, ``.feather``.

    Parameters
    ----------
    path : str or path
        The file; its ending tells the format.
    delimiter : str, optional
        Between the fields of delimited text; by default what the ending says.
    encoding : str, optional
        Of delimited text; by default UTF-8, or UTF-16 where the file says so.

    Returns
    -------
    pandas.DataFrame, shape (n_rows, n_columns)
        From text: integers, decimals, booleans and text; see ``csv_reader.read_csv``. From Parquet and Arrow: the
        dtypes that pandas wrote, or Arrow-backed dtypes where another program wrote the file. A named index becomes
        columns.

    Raises
    ------
    DataError
        If the ending is unknown or the content is no table.
    FileFormatError
        If the file is truncated, damaged or in another format than it says.
    OSError
        If the file cannot be opened.

    Notes
    -----
    The whole table is held in memory.

    Examples
    --------
    >>> import tempfile, pathlib, pandas as pd
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder, "people.parquet")
    ...     write_table(pd.DataFrame({"age": [39, 50]}), file)
    ...     read_table(file)
       age
    0   39
    1   50
    """
    return read_styled_table(path, delimiter=delimiter, encoding=encoding)[0]


def read_styled_table(
    path: str | os.PathLike[str], *, delimiter: str | None = None, encoding: str | None = None
) -> tuple["pd.DataFrame", CsvStyle]:
    """Read a table file together with the style of its text, for writing others like it.

    Parameters, exceptions and the frame are those of ``read_table``.

    Returns
    -------
    frame : pandas.DataFrame, shape (n_rows, n_columns)
        The table.
    style : CsvStyle
        How it was written; the default style for a file that is not text.
    """
    if Path(path).is_dir():
        raise IsADirectoryError(f"expected a table file, got a folder: {path}")
    table_format = format_of(path)
    if table_format.kind == "csv":
        return read_csv(path, delimiter=delimiter or table_format.delimiter, encoding=encoding)
    if delimiter or encoding:
        raise DataError(f"{path}: delimiter and encoding are for delimited text, not for {table_format.kind} files")
    return read_arrow_file(path, table_format.kind), CsvStyle()


def write_table(frame: Any, path: str | os.PathLike[str], *, style: CsvStyle | None = None) -> None:
    """Write a frame to a table file, whole or not at all.

    Parameters
    ----------
    frame : pandas or polars frame, pyarrow.Table, or ndarray, shape (n_rows, n_columns)
        The table; an index is not written.
    path : str or path
        The file; its ending tells the format. A file already there is replaced.
    style : CsvStyle, optional
        How to write text.

    Raises
    ------
    DataError, OSError
        As ``TableWriter``.

    Examples
    --------
    See ``read_table``.
    """
    with TableWriter(path, style=style) as writer:
        writer.write(frame)


class TableWriter:
    """Writes a table file as a stream of frames, in bounded memory; the file appears when all is written.

    Use it as a context: at its good end the file is renamed into place, at a bad end nothing is left.

    Parameters
    ----------
    path : str or path
        The file; its ending tells the format. A file already there is replaced.
    style : CsvStyle, optional
        How to write text; by default the format's delimiter, ``True`` and ``False``.
    stream : binary file, optional
        Where to write delimited text instead; then ``path`` only tells the format, and nothing is renamed.

    Raises
    ------
    DataError
        If the ending is unknown or the frames cannot be written in the format.
    OSError
        If the file cannot be written.

    Notes
    -----
    The bytes do not depend on how the rows are cut into frames. At least one frame has to be written, of no rows
    for an empty table, since the columns come from it.

    Examples
    --------
    >>> import tempfile, pathlib, pandas as pd
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder, "n.csv")
    ...     with TableWriter(file) as writer:
    ...         for start in (0, 2):
    ...             writer.write(pd.DataFrame({"n": [start, start + 1]}))
    ...     print(file.read_text().split())
    ['n', '0', '1', '2', '3']
    """

    def __init__(
        self, path: str | os.PathLike[str], *, style: CsvStyle | None = None, stream: BinaryIO | None = None
    ) -> None:
        self._path = path
        self._format = format_of(path)
        self._style = _style_for(self._format, style or CsvStyle())
        self._stream = stream
        self._stack = ExitStack()
        self._sink: Sink | None = None

    def __enter__(self) -> "TableWriter":
        with ExitStack() as stack:
            if self._stream is not None:
                stream = self._stream
            else:
                stream = stack.enter_context(stack.enter_context(atomic_path(self._path)).open("wb"))
            self._sink = _open_sink(stream, self._format, self._style, stack)
            self._stack = stack.pop_all()
        return self

    def write(self, frame: Any) -> None:
        """Append the rows of a frame that has the columns and dtypes of the first one.

        Parameters
        ----------
        frame : pandas or polars frame, pyarrow.Table, or ndarray of shape (n_rows, n_columns)
            The rows.

        Raises
        ------
        DataError
            If the frame differs from the first, or has a column that the format cannot hold.
        """
        import pyarrow as pa

        if self._sink is None:
            raise RuntimeError("TableWriter is used as a context: with TableWriter(path) as writer: ...")
        try:
            self._sink.write(_as_pandas(frame))
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
            reason = " ".join(str(part) for part in error.args)
            raise DataError(f"{self._path}: the table cannot be written in this format: {reason}") from error

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        sink, self._sink = self._sink, None
        if sink is None:
            return
        if error is not None:
            with suppress(Exception):  # the file goes away; what matters is the error that led here
                sink.close()
            self._stack.__exit__(kind, error, traceback)
        else:
            with self._stack:
                sink.close()


def _as_pandas(frame: Any) -> "pd.DataFrame":
    """The frame in pandas, with Arrow's dtypes where it came from another library."""
    import pandas as pd

    if isinstance(frame, pd.DataFrame):
        return frame
    if hasattr(frame, "to_arrow"):
        frame = frame.to_arrow()
    if hasattr(frame, "to_pandas"):
        return frame.to_pandas(types_mapper=pd.ArrowDtype)
    return pd.DataFrame(frame)


def _style_for(table_format: TableFormat, style: CsvStyle) -> CsvStyle:
    """The style with the delimiter that the ending promises: tab in ``.tsv`` and nowhere else."""
    if "\t" in (table_format.delimiter, style.delimiter):
        return replace(style, delimiter=table_format.delimiter)
    return style


def _open_sink(stream: BinaryIO, table_format: TableFormat, style: CsvStyle, stack: ExitStack) -> Sink:
    if table_format.kind == "parquet":
        return parquet_sink(stream)
    if table_format.kind == "arrow":
        return arrow_sink(stream)
    if table_format.gzipped:  # no name and no time in the header: the bytes depend on the rows alone
        packed = gzip.GzipFile(filename="", mode="wb", compresslevel=GZIP_LEVEL, fileobj=stream, mtime=0)
        stream = cast(BinaryIO, stack.enter_context(packed))
    return CsvSink(stream, style)
