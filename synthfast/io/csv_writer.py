"""A stream of frames to delimited text."""

from typing import TYPE_CHECKING, BinaryIO

from synthfast.engines import map_blocks
from synthfast.io.csv_reader import CsvStyle
from synthfast.io.csv_text import join_lines, quote, render_column, time_format

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

__all__ = ["CsvSink"]

SLICE_ROWS = 65_536  # rendered at a time: a bound on memory
DEFAULT_WORDS = ("True", "False")


class CsvSink:
    """Writes frames of the same columns to a binary stream, a header line first.

    Parameters
    ----------
    stream : binary file
        Where the bytes go; it is not closed.
    style : CsvStyle
        Delimiter and words for booleans.
    """

    def __init__(self, stream: BinaryIO, style: CsvStyle) -> None:
        self._stream = stream
        self._style = style
        self._header: list[str] = []
        self._time_units: dict[int, str] = {}

    def write(self, frame: "pd.DataFrame") -> None:
        """Append the frame's rows.

        Raises
        ------
        ValueError
            If the frame has no columns, or others than the first frame.
        """
        names = [str(name) for name in frame.columns]
        if not self._header:
            if not names:
                raise ValueError("expected a frame with at least one column, got none")
            self._header = names
            delimiter = self._style.delimiter
            self._stream.write((delimiter.join(quote(name, delimiter) for name in names) + "\n").encode("utf-8"))
        elif names != self._header:
            raise ValueError(f"expected the columns {self._header}, got {names}")
        columns = [_to_arrow(frame.iloc[:, place]) for place in range(len(names))]
        self._settle_time_units(columns)
        for start in range(0, len(frame), SLICE_ROWS):
            tasks = [(place, column.slice(start, SLICE_ROWS)) for place, column in enumerate(columns)]
            fields = list(map_blocks(self._render, tasks))
            self._stream.write(join_lines(fields, self._style.delimiter))

    def close(self) -> None:
        """End the text; every row is out already."""

    def _settle_time_units(self, columns: "list[pa.Array]") -> None:
        """Times of one column are written alike, as finely as the rows of this frame and those before need."""
        import pyarrow as pa

        for place, values in enumerate(columns):
            if pa.types.is_timestamp(values.type):
                self._time_units[place] = time_format(values, self._time_units.get(place))

    def _render(self, task: "tuple[int, pa.Array]") -> "pa.Array":
        place, values = task
        words = self._style.boolean_words.get(self._header[place], DEFAULT_WORDS)
        return render_column(values, self._style.delimiter, words, self._time_units.get(place))


def _to_arrow(series: "pd.Series") -> "pa.Array":
    """The column as one Arrow array; what Arrow has no text for is put in Python's own."""
    import pyarrow as pa

    try:
        values = pa.array(series, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
        values = None
    if values is not None and isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if values is None or _has_no_text(values.type):
        missing = series.isna().to_numpy()
        values = pa.array([None if m else str(v) for v, m in zip(series, missing, strict=True)], pa.large_string())
    return values


def _has_no_text(kind: "pa.DataType") -> bool:
    import pyarrow as pa

    return isinstance(kind, pa.BaseExtensionType) or pa.types.is_duration(kind) or pa.types.is_nested(kind)
