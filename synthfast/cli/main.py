"""From arguments to an exit code: finds the verb, runs it, and turns every failure into one line on standard error."""

import signal
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType
from typing import NoReturn

from synthfast.cli.console import Console
from synthfast.cli.failures import explain
from synthfast.cli.parser import parse

__all__ = ["main"]

INTERRUPTED, TERMINATED = 130, 143


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments after the program's name; by default those of the process.

    Returns
    -------
    int
        0 if all went well, 2 for bad usage or bad data, 3 for a score below ``--min-score``, 1 for other failures, 130
        after an interrupt.
    """
    try:
        args = parse(sys.argv[1:] if argv is None else argv)
    except SystemExit as exit_:  # help, version, or bad usage, all told already
        return int(exit_.code or 0)
    console = Console(quiet=args.quiet)
    try:
        with _terminable(), _warnings_on(console), _threads(args.threads):
            args.run(args, console)
            sys.stdout.flush()
    except BrokenPipeError:
        # Whoever reads our standard output has enough of it. Nothing more may be written there, not even at exit.
        with suppress(OSError):
            sys.stdout.close()
        return 0
    except KeyboardInterrupt:
        console.error("interrupted; no unfinished file is left")
        return INTERRUPTED
    except Exception as error:
        if args.traceback:
            raise
        failure = explain(error)
        console.error(failure.message)
        return failure.code
    return 0


@contextmanager
def _warnings_on(console: Console) -> Iterator[None]:
    """Warnings of the library become one line each on standard error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.filterwarnings("always", category=UserWarning, module=r"synthfast")
        warnings.showwarning = lambda message, *_: console.warn(str(message))
        yield


@contextmanager
def _threads(count: int | None) -> Iterator[None]:
    from synthfast import num_threads

    if count is None:
        yield
        return
    with num_threads(count):
        yield


@contextmanager
def _terminable() -> Iterator[None]:
    """A request to terminate unwinds like an error, so that hidden half-written files are removed."""

    def stop(number: int, frame: FrameType | None) -> NoReturn:
        raise SystemExit(TERMINATED)

    try:
        old = signal.signal(signal.SIGTERM, stop)
    except ValueError:  # not the main thread: whoever calls handles signals
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, old)
