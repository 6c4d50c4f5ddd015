"""Tables that the command line names: files, and the data sets that are there without a file."""

import argparse
import sys
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from tempfile import NamedTemporaryFile
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

__all__ = ["add_reading_arguments", "check_format", "check_outputs", "load", "write_stream"]

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


def check_format(word: str) -> None:
    """Tell early that no table can have the name that an argument gives.

    Raises
    ------
    DataError
        If the ending is unknown.
    """
    if word != STANDARD_OUTPUT:
        format_of(word)


def check_outputs(words: Iterable[str | None], sources: Iterable[str | None]) -> None:
    """Tell early, before the work whose result they are to hold, that files cannot be written where arguments say.

    Parameters
    ----------
    words : iterable of str or None
        What is to be written; None and standard output are passed over.
    sources : iterable of str or None
        What is read, and must not be replaced.

    Raises
    ------
    OSError
        If a place may not be written.
    UsageError
        If an output would replace a source, or another output.
    """
    read = [source for source in sources if source and Path(source).exists()]
    taken: set[Path] = set()
    for word in words:
        if not word or word == STANDARD_OUTPUT:
            continue
        target = check_target(word)
        if any(target.exists() and target.samefile(source) for source in read):
            raise UsageError(f"the output {word} would replace the input; give it another name")
        if target in taken:
            raise UsageError(f"two outputs would be written to {word}; give one of them another name")
        taken.add(target)
        _try_to_create(target, word)


def _try_to_create(target: Path, word: str) -> None:
    """Make and remove a hidden file named as the one that will become the output; permissions do not tell all."""
    if target.exists() and not target.is_file():  # a pipe or a device is written itself
        return
    try:
        with NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", suffix=".tmp"):
            pass
    except OSError as error:
        raise OSError(error.errno, f"No file can be created there ({error.strerror})", word) from error


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
