"""Tables that the command line names: files, and the data sets that are there without a file."""

import argparse
import sys
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from synthfast.cli.console import Console
from synthfast.cli.failures import UsageError
from synthfast.exceptions import DataError
from synthfast.io.atomic import check_target
from synthfast.io.csv_reader import CsvStyle
from synthfast.io.formats import format_of
from synthfast.io.tables import TableWriter, read_styled_table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["add_reading_arguments", "check_output", "load", "write_stream"]

PREFIX = "dataset:"
STANDARD_OUTPUT = "-"


def add_reading_arguments(verb: argparse.ArgumentParser) -> None:
    """How to read delimited text."""
    verb.add_argument("--delimiter", type=_delimiter, metavar="CHAR", help="between the fields of the CSV files read")
    verb.add_argument("--encoding", metavar="NAME", help="of the CSV files read, such as cp1252; by default UTF-8")


def load(word: str, args: argparse.Namespace, console: Console) -> tuple["pd.DataFrame", CsvStyle]:
    """The table that an argument names.

    Parameters
    ----------
    word : str
        A path, or ``dataset:NAME``.
    args : argparse.Namespace
        With what `add_reading_arguments` added.
    console : Console
        Told what was read.

    Returns
    -------
    frame : pandas.DataFrame, shape (n_rows, n_columns)
        The table.
    style : CsvStyle
        How it was written.

    Raises
    ------
    DataError, FileFormatError, OSError
        If there is no such table, or it cannot be read.
    """
    if word.startswith(PREFIX):
        from synthfast.datasets import load_dataset

        try:
            frame, style = load_dataset(word.removeprefix(PREFIX)), CsvStyle()
        except ValueError as error:
            raise DataError(str(error)) from error
    else:
        frame, style = read_styled_table(word, delimiter=args.delimiter, encoding=args.encoding)
    console.say(f"read {word}: {len(frame):,} rows x {frame.shape[1]} columns")
    return frame, style


def check_output(word: str, sources: Iterable[str] = ()) -> None:
    """Tell early that a table cannot be written to where an argument says.

    Raises
    ------
    DataError, OSError
        If the ending is unknown or the place may not be written.
    UsageError
        If the output would replace one of the sources.
    """
    if word == STANDARD_OUTPUT:
        return
    format_of(word)
    target = check_target(word)
    for source in sources:
        if Path(source).exists() and target.exists() and target.samefile(source):
            raise UsageError(f"the output {word} would replace the input; give it another name")


def write_stream(frames: "Iterable[pd.DataFrame]", word: str, style: CsvStyle) -> int:
    """Write frames to the table that an argument names, as they come.

    Parameters
    ----------
    frames : iterable of pandas.DataFrame
        At least one, with the same columns.
    word : str
        A path, or ``-`` for CSV on standard output.
    style : CsvStyle
        How to write text.

    Returns
    -------
    int
        Rows written.
    """
    with ExitStack() as stack:
        if word == STANDARD_OUTPUT:
            writer = TableWriter("standard output.csv", style=style, stream=cast(BinaryIO, sys.stdout.buffer))
        else:
            writer = TableWriter(word, style=style)
        stack.enter_context(writer)
        n_rows = 0
        for frame in frames:
            writer.write(frame)
            n_rows += len(frame)
    return n_rows


def _delimiter(text: str) -> str:
    delimiter = {"\\t": "\t", "tab": "\t"}.get(text, text)
    if len(delimiter) != 1 or delimiter in '"\n\r' or not delimiter.isascii():
        raise argparse.ArgumentTypeError(f"expected one character such as ';' or tab, got {text!r}")
    return delimiter
