"""Delimited text to a frame: parsed by Arrow, typed by one law, every fault told in one line."""

import csv
import gzip
import io
import os
import zlib
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from synthfast.engines import map_blocks
from synthfast.exceptions import DataError, FileFormatError
from synthfast.io.csv_types import BOOLEAN_WORDS, MISSING_WORDS, typed_column

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

__all__ = ["CsvStyle", "read_csv"]

GZIP_MAGIC = b"\x1f\x8b"
MAGICS = {b"PAR1": "Parquet", b"ARROW1": "Arrow", b"FEA1": "Feather", b"PK\x03\x04": "zip", b"%PDF": "PDF"}
BLOCK_BYTES = 1 << 22  # of text that one thread parses at a time; no row may be longer
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
OTHER_DELIMITERS = {";": "';'", "\t": "tab", "|": "'|'", ",": "','"}


@dataclass(frozen=True)
class CsvStyle:
    """How a file wrote what a frame does not keep, so that synthetic rows can be written the same way.

    Parameters
    ----------
    delimiter : str, default ","
        Between the fields of a line.
    boolean_words : dict of str to (str, str)
        Column name -> the words for true and false, where they are not ``True`` and ``False``.
    """

    delimiter: str = ","
    boolean_words: dict[str, tuple[str, str]] = field(default_factory=dict)


def read_csv(
    path: str | os.PathLike[str], *, delimiter: str = ",", encoding: str | None = None
) -> tuple["pd.DataFrame", CsvStyle]:
    r"""Read delimited text with a header line, compressed by gzip or not.

    Parameters
    ----------
    path : str or path
        The file. Compression is told by the content.
    delimiter : str, default ","
        One character between fields; a field in double quotes may hold it, line ends and doubled quotes.
    encoding : str, optional
        By default UTF-8, or UTF-16 where the file starts with its mark.

    Returns
    -------
    frame : pandas.DataFrame, shape (n_rows, n_columns)
        Columns typed by ``csv_types.typed_column``; integers and booleans with missing values are ``Int64`` and
        ``boolean``, dates stay text.
    style : CsvStyle
        How the file was written.

    Raises
    ------
    DataError
        If the file is empty, its lines differ in their number of fields, or names in the header repeat.
    FileFormatError
        If the file is not text in the encoding, or its compressed data are truncated or damaged.
    OSError
        If the file cannot be opened.

    Notes
    -----
    Cost O(bytes), memory about three times the text. Missing are empty fields and ``NA NaN null`` with their usual
    spellings; ``?`` and ``None`` are values (``None`` is missing among numbers).

    Examples
    --------
    >>> import tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder, "people.csv")
    ...     _ = file.write_text("age,code\n39,007\n,013\n")
    ...     frame, style = read_csv(file)
    >>> frame.dtypes.astype(str).tolist()
    ['Int64', 'str']
    """
    start = _decompressed_start(path)
    if encoding is None and start.startswith(UTF16_MARKS):
        encoding = "utf-16"
    source = _Source(Path(path), delimiter, encoding)
    if encoding is None:
        _refuse_binary(path, start)
    header = source.read_header()
    _check_header(path, header, delimiter)
    text = source.read_text_columns(len(header))
    return _to_frame(header, text, delimiter)


def _decompressed_start(path: str | os.PathLike[str]) -> bytes:
    """The first bytes of the content, or an error where there are none."""
    with closing(_open(Path(path))) as stream:
        start = _read(path, stream, 65_536)
    if not start.strip():
        raise DataError(f"{path} is empty: expected a header line and rows")
    return start


def _open(path: Path) -> BinaryIO:
    """The file's bytes, decompressed."""
    with path.open("rb") as stream:
        packed = stream.read(len(GZIP_MAGIC)) == GZIP_MAGIC
    return cast(BinaryIO, gzip.open(path)) if packed else path.open("rb")


def _read(path: str | os.PathLike[str], stream: BinaryIO, size: int = -1) -> bytes:
    try:
        return stream.read(size)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise FileFormatError(f"{path} is truncated or damaged: {error}") from error


def _refuse_binary(path: str | os.PathLike[str], start: bytes) -> None:
    for magic, name in MAGICS.items():
        if start.startswith(magic):
            raise FileFormatError(f"{path} is no delimited text: it is a {name} file; its name should end accordingly")
    if b"\0" in start:
        raise FileFormatError(f"{path} is no delimited text: it holds binary data")


def _check_header(path: str | os.PathLike[str], header: list[str], delimiter: str) -> None:
    repeated = [name for name, count in Counter(header).items() if count > 1]
    if repeated:
        raise DataError(f"{path}: column names must differ, but the header repeats {', '.join(map(repr, repeated))}")
    if len(header) == 1:
        for other, word in OTHER_DELIMITERS.items():
            if other != delimiter and header[0].count(other) > 0:
                raise DataError(
                    f"{path}: read with delimiter {OTHER_DELIMITERS.get(delimiter, repr(delimiter))} it has the one"
                    f" column {header[0][:60]!r}; it looks delimited by {word}: pass that as the delimiter"
                )


@dataclass(frozen=True)
class _Source:
    """A text file that can be opened again and again as UTF-8."""

    path: Path
    delimiter: str
    encoding: str | None

    def open(self) -> BinaryIO:
        stream = _open(self.path)
        if self.encoding is None:
            return stream
        with closing(stream):
            content = _read(self.path, stream)
        try:
            return io.BytesIO(content.decode(self.encoding).encode("utf-8"))
        except LookupError as error:
            raise DataError(f"{self.path}: {error}") from error
        except UnicodeError as error:
            raise FileFormatError(f"{self.path} is not {self.encoding} text: {error}") from error

    def read_header(self) -> list[str]:
        """The fields of the first line that is not blank."""
        try:
            with closing(self.open()) as stream, io.TextIOWrapper(stream, encoding="utf-8-sig", newline="") as lines:
                return next(fields for fields in csv.reader(lines, delimiter=self.delimiter) if fields)
        except UnicodeDecodeError as error:
            raise FileFormatError(self._not_utf8()) from error
        except csv.Error as error:
            raise FileFormatError(f"{self.path} is no delimited text: {error}") from error
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise FileFormatError(f"{self.path} is truncated or damaged: {error}") from error

    def read_text_columns(self, width: int) -> "pa.Table":
        """All rows below the header, every column as text, missing words as null."""
        import pyarrow as pa

        try:
            # The header is parsed as a row, so that no name in it is taken for anything.
            rows = self._parse(width).slice(1)
            self._refuse_open_quote(rows)
            return rows
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise FileFormatError(f"{self.path} is truncated or damaged: {error}") from error
        except UnicodeDecodeError as error:
            raise FileFormatError(self._not_utf8()) from error
        except pa.ArrowInvalid as error:
            if "UTF8" in str(error):
                raise FileFormatError(self._not_utf8()) from error
            raise DataError(self._first_bad_row(width) or f"{self.path}: {_first_line(error)}") from error

    def _parse(self, width: int, *, use_threads: bool = True, on_bad_row: Any = None) -> "pa.Table":
        import pyarrow as pa
        from pyarrow import csv as arrow_csv

        with closing(self.open()) as stream:
            return arrow_csv.read_csv(
                stream,
                read_options=arrow_csv.ReadOptions(
                    use_threads=use_threads, block_size=BLOCK_BYTES, autogenerate_column_names=True
                ),
                parse_options=arrow_csv.ParseOptions(
                    delimiter=self.delimiter, newlines_in_values=True, invalid_row_handler=on_bad_row
                ),
                convert_options=arrow_csv.ConvertOptions(
                    column_types={f"f{i}": pa.string() for i in range(width)},
                    null_values=list(MISSING_WORDS),
                    strings_can_be_null=True,
                ),
            )

    def _refuse_open_quote(self, rows: "pa.Table") -> None:
        """The parser takes a quote that is never closed to reach to the end of the file, and everything with it."""
        last = rows.columns[-1][-1].as_py() if rows.num_rows else None
        if last is None or "\n" not in last:
            return
        with closing(self.open()) as stream:
            end = b""
            while chunk := stream.read(1 << 20):
                end = (end + chunk)[-64:]
        if not end.rstrip(b"\r\n").endswith(b'"'):
            raise DataError(f"{self.path}: a quote is opened and never closed; its field starts {last[:60]!r}")

    def _first_bad_row(self, width: int) -> str | None:
        """Which row has another number of fields than the header; rows are only counted when one thread reads."""
        bad: list[Any] = []

        def note(row: Any) -> str:
            bad.append(row)
            return "skip"

        self._parse(width, use_threads=False, on_bad_row=note)
        if not bad:
            return None
        row = bad[0]
        return (
            f"{self.path}: row {row.number} (the header is row 1) has {row.actual_columns} fields, the header has"
            f" {width}. Check the delimiter and the quotes: {row.text[:60]!r}"
        )

    def _not_utf8(self) -> str:
        return f"{self.path} is not UTF-8 text; if it is text in another encoding, pass that (such as cp1252)"


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _to_frame(header: list[str], text: "pa.Table", delimiter: str) -> tuple["pd.DataFrame", CsvStyle]:
    import pandas as pd
    import pyarrow as pa

    columns, words = {}, {}
    for name, column, typed in zip(header, text.columns, map_blocks(typed_column, text.columns), strict=True):
        if pa.types.is_boolean(typed.type):
            first = next(value for value in column.unique().to_pylist() if value is not None)
            spelling = next(pair for pair in BOOLEAN_WORDS if first in pair)
            if spelling != BOOLEAN_WORDS[0]:
                words[name] = spelling
        columns[name] = _to_series(typed)
    return pd.DataFrame(columns), CsvStyle(delimiter, words)


def _to_series(column: "pa.ChunkedArray") -> "pd.Series":
    import pandas as pd
    import pyarrow as pa

    nullable = {pa.int64(): pd.Int64Dtype(), pa.uint64(): pd.UInt64Dtype(), pa.bool_(): pd.BooleanDtype()}
    return column.to_pandas(types_mapper=nullable.get if column.null_count else None)
