"""``synthfast estimate``: what a draw will cost in time, memory and bytes, measured on a block of it."""

import argparse
import io
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthfast._core.random import BLOCK_ROWS
from synthfast.cli.arguments import byte_count, row_count, seed_number
from synthfast.cli.console import Console
from synthfast.cli.failures import LimitError
from synthfast.cli.learning import Lesson, add_learning_arguments, prepare
from synthfast.cli.results import put_result
from synthfast.cli.tables import PREFIX, check_outputs, write_stream
from synthfast.exceptions import DataError
from synthfast.io.arrow_files import GROUP_ROWS
from synthfast.io.csv_reader import CsvStyle
from synthfast.io.formats import ENDINGS, format_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DESCRIPTION", "EPILOG", "HELP", "Estimate", "add_arguments", "run"]

HELP = "predict time, memory and bytes before the work"
DESCRIPTION = "Predict what N rows from WHAT, a model file or a table to learn, take in time, memory and bytes of OUT."
EPILOG = """examples:
  synthfast estimate people.synth -n 1e9 -o big.parquet
  synthfast estimate people.csv -n 1e8 -o big.csv.gz --model gaussian_copula
  synthfast estimate people.synth -n 1e9 -o big.parquet --max-memory 2G && synthfast sample ...

One block of 65,536 rows is drawn and written to a folder for temporary files, and a table is learned
from 1,000 and 4,000 of its rows; what is longer is taken to grow in proportion. With few rows, or on a
machine that does other things, figures may be off by half."""

FIT_ROWS = (1_000, 4_000)
WAITING = 4  # blocks that are drawn and wait to be written, for each thread
UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")


@dataclass(frozen=True)
class Estimate:
    """What is predicted.

    Parameters
    ----------
    rows : int
    fit_seconds, sample_seconds, write_seconds : float
        ``fit_seconds`` is 0 for a model file.
    bytes : int
        Of the output.
    memory_bytes : int
        Most that the process holds at a time.
    calibration_rows : int
        Rows that were drawn to find out.
    """

    rows: int
    fit_seconds: float
    sample_seconds: float
    write_seconds: float
    bytes: int
    memory_bytes: int
    calibration_rows: int

    @property
    def seconds(self) -> float:
        """In all."""
        return self.fit_seconds + self.sample_seconds + self.write_seconds


def add_arguments(verb: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    verb.add_argument("input", metavar="WHAT", help="a model file, a table to learn, or dataset:NAME")
    verb.add_argument("-n", "--rows", type=row_count, required=True, metavar="N", help="rows to be drawn")
    verb.add_argument(
        "-o",
        "--output",
        default="out.parquet",
        metavar="OUT",
        help="its ending tells the format (default: %(default)s)",
    )
    verb.add_argument("--max-memory", type=byte_count, metavar="SIZE", help="exit with code 3 past it: 512M, 2G")
    verb.add_argument("--seed", type=seed_number, default=0, metavar="S", help="of the calibration (default: 0)")
    add_learning_arguments(verb)


def run(args: argparse.Namespace, console: Console) -> None:
    """Calibrate, predict, refuse past the limit."""
    from synthfast import load

    format_of(args.output)
    check_outputs([args.json], [args.input, args.schema, args.config])
    if _is_table(args.input):
        model, fit_seconds, fit_bytes = _learned(prepare(args, console))
    else:
        model, fit_seconds, fit_bytes = load(args.input), 0.0, 0
    console.say("calibrated the fit" if fit_seconds else f"loaded {args.input}")
    found = _predict(model, args.rows, args.output, args.seed, fit_seconds, fit_bytes)
    console.say(f"calibrated on {found.calibration_rows:,} rows")
    put_result(args, {**asdict(found), "seconds": found.seconds}, _text(found, args.output))
    if args.max_memory is not None and found.memory_bytes > args.max_memory:
        raise LimitError(
            f"it would take about {_size(found.memory_bytes)}, above --max-memory {_size(args.max_memory)}"
        )


def _is_table(word: str) -> bool:
    return word.startswith(PREFIX) or any(Path(word).name.lower().endswith(ending) for ending in ENDINGS)


def _learned(lesson: Lesson) -> tuple[Any, float, int]:
    """A model of some rows, and the seconds and bytes that one of all rows will take."""
    n_rows, times = len(lesson.frame), []
    sizes = sorted({min(size, n_rows) for size in FIT_ROWS})
    for size in sizes:
        start = time.perf_counter()
        model = lesson.learn(lesson.frame.iloc[:size])
        times.append(time.perf_counter() - start)
    if len(sizes) == 1:
        return model, times[0], 0
    slope = max(times[1] - times[0], 0.0) / (sizes[1] - sizes[0])
    # The table is there already; a fit holds it once more, encoded as numbers of 8 bytes, and half that in passing.
    encoded = 12 * n_rows * lesson.frame.shape[1]
    return model, times[1] + slope * max(n_rows - sizes[1], 0), encoded


def _predict(model: Any, n_rows: int, output: str, seed: int, fit_seconds: float, fit_bytes: int) -> Estimate:
    size = min(n_rows, BLOCK_ROWS)
    if not size:
        return Estimate(0, fit_seconds, 0.0, 0.0, 0, _peak() + fit_bytes, 0)
    model.sample(min(size, 1_024), random_state=seed)  # what is imported or built once is not counted
    start = time.perf_counter()
    frame = model.sample(size, random_state=seed)
    drawn = time.perf_counter()
    if not hasattr(frame, "columns"):
        raise DataError("estimate is for models of tables")
    half, whole = (_written(frame[: size // 2 or 1], output), _written(frame, output))
    written = time.perf_counter() - drawn
    share = n_rows / size
    per_row = (whole - half) / max(size - (size // 2 or 1), 1)
    return Estimate(
        rows=n_rows,
        fit_seconds=fit_seconds,
        sample_seconds=(drawn - start) * share,
        write_seconds=written / 1.5 * share,  # half of the rows were written twice
        bytes=round(whole + per_row * (n_rows - size)),
        memory_bytes=_peak() + fit_bytes + _waiting(frame, n_rows),
        calibration_rows=size,
    )


def _written(frame: "pd.DataFrame", output: str) -> int:
    """Bytes of a file of these rows."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, Path(output).name)
        write_stream([frame], str(path), CsvStyle())
        return path.stat().st_size


def _waiting(frame: "pd.DataFrame", n_rows: int) -> int:
    """Bytes of blocks that are drawn ahead and of rows that wait for a group of them to be written."""
    from synthfast import get_num_threads

    row_bytes = _bytes_of(frame) / len(frame)
    blocks = min(WAITING * get_num_threads() * BLOCK_ROWS, n_rows)
    return round(row_bytes * (blocks + 2 * min(GROUP_ROWS, n_rows)))


def _bytes_of(frame: Any) -> int:
    if hasattr(frame, "memory_usage"):
        return int(frame.memory_usage(deep=True).sum())
    return int(frame.estimated_size()) if hasattr(frame, "estimated_size") else int(frame.nbytes)


def _peak() -> int:
    """Most bytes that this process has held so far, the libraries that it loaded among them."""
    try:
        import resource
    except ImportError as error:  # Windows
        raise DataError("estimate needs a Unix system, which tells what a process has held") from error
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak


def _text(found: Estimate, output: str) -> str:
    text = io.StringIO()
    rows = {
        "rows": f"{found.rows:,}",
        "time": f"about {_span(found.seconds)}: fit {_span(found.fit_seconds)}, draw {_span(found.sample_seconds)}, "
        f"write {_span(found.write_seconds)}",
        "memory": f"about {_size(found.memory_bytes)} at most",
        "output": f"about {_size(found.bytes)} in {output}",
        "measured on": f"{found.calibration_rows:,} rows",
    }
    for name, value in rows.items():
        text.write(f"{name:<12} {value}\n")
    return text.getvalue()


def _span(seconds: float) -> str:
    for unit, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.1f} {unit}"
    return f"{seconds:.2f} seconds"


def _size(n_bytes: int) -> str:
    size, unit = float(n_bytes), 0
    while size >= 1024 and unit < len(UNITS) - 1:
        size, unit = size / 1024, unit + 1
    return f"{size:.0f} {UNITS[unit]}" if unit == 0 else f"{size:.1f} {UNITS[unit]}"
