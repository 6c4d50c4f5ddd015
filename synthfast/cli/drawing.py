"""Rows from a model to a file in bounded memory: what ``generate`` and ``sample`` share."""

import argparse
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from synthfast._core.progress import progress_bar
from synthfast.cli.arguments import condition_text, parse_conditions, seed_number
from synthfast.cli.console import Console
from synthfast.cli.tables import STANDARD_OUTPUT, write_stream
from synthfast.io.csv_reader import CsvStyle

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Kept", "add_drawing_arguments", "draw", "fresh_seed"]


class Kept:
    """Passes frames on and keeps the first rows of them.

    Parameters
    ----------
    max_rows : int
        Rows to keep.
    """

    def __init__(self, max_rows: int) -> None:
        self._left = max_rows
        self._frames: list[pd.DataFrame] = []

    def watch(self, frames: "Iterable[pd.DataFrame]") -> "Iterator[pd.DataFrame]":
        """The same frames."""
        for frame in frames:
            if self._left > 0:
                self._frames.append(frame.iloc[: self._left])
                self._left -= len(self._frames[-1])
            yield frame

    def frame(self) -> "pd.DataFrame":
        """The rows kept."""
        import pandas as pd

        return self._frames[0] if len(self._frames) == 1 else pd.concat(self._frames, ignore_index=True)


def add_drawing_arguments(verb: argparse.ArgumentParser) -> None:
    """What a draw takes."""
    verb.add_argument("-o", "--output", required=True, metavar="OUT", help="the table to write; - is CSV on stdout")
    verb.add_argument("--no-card", action="store_true", help="write no data card beside OUT")
    verb.add_argument("--seed", type=seed_number, metavar="S", help="the same seed gives the same rows")
    verb.add_argument(
        "--condition",
        type=condition_text,
        action="append",
        default=[],
        metavar="COLUMN=VALUE",
        help="draw only such rows: age=40, age=30..40, age=30.., job=clerk|nurse, age= (missing); may be repeated",
    )


def draw(
    model: Any, n_rows: int, args: argparse.Namespace, console: Console, *, style: CsvStyle, kept: Kept | None = None
) -> int:
    """Draw rows from a model into the table that the arguments name.

    Parameters
    ----------
    model : synthesizer
        Fitted on a pandas frame.
    n_rows : int
        Rows to draw.
    args : argparse.Namespace
        With what `add_drawing_arguments` added.
    console : Console
        Told what was written.
    style : CsvStyle
        How to write text.
    kept : Kept, optional
        Gets the first rows.

    Returns
    -------
    int
        The seed of the draw: the one asked for, or a fresh one.

    Notes
    -----
    Memory holds a few blocks of 65,536 rows, however many are drawn: the next are drawn while one is written.
    """
    seed = fresh_seed() if args.seed is None else args.seed
    options = {"random_state": seed}
    if args.condition:
        options["conditions"] = parse_conditions(args.condition, model.schema_)
    start_row = getattr(args, "start_row", 0)
    if n_rows:
        frames = model.sample_batches(n_rows, start_row=start_row, **options)
    else:
        frames = iter([model.sample(0, **options)])
    if kept is not None:
        frames = kept.watch(frames)
    with progress_bar(n_rows, "rows", unit=" rows", enabled=False if args.quiet else None) as bar:
        written = write_stream(_counted(frames, bar), args.output, style)
    place = "standard output" if args.output == STANDARD_OUTPUT else args.output
    console.say(f"wrote {place}: {written:,} rows, seed {seed}")
    return seed


def fresh_seed() -> int:
    """A seed of 32 bits from the operating system, short enough to be typed again."""
    return int(np.random.SeedSequence().generate_state(1)[0])


def _counted(frames: "Iterable[pd.DataFrame]", bar: Any) -> "Iterator[pd.DataFrame]":
    for frame in frames:
        yield frame
        bar.update(len(frame))
