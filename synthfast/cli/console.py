"""What the command line says, all of it on standard error: standard output is for data that was asked for."""

import sys
import time
from dataclasses import dataclass, field

__all__ = ["Console"]


@dataclass
class Console:
    """Says what happens.

    Parameters
    ----------
    quiet : bool, default False
        Whether only errors are told.
    """

    quiet: bool = False
    _started: float = field(default_factory=time.monotonic)

    def say(self, message: str) -> None:
        """Tell that a step is done, and how long it took since the last one."""
        seconds, self._started = time.monotonic() - self._started, time.monotonic()
        if not self.quiet:
            self._print(f"{message} ({seconds:.2f} s)")

    def note(self, message: str) -> None:
        """Tell a fact."""
        if not self.quiet:
            self._print(message)

    def warn(self, message: str) -> None:
        """Tell what the user should know before trusting the result."""
        if not self.quiet:
            self._print(f"warning: {one_line(message)}")

    def error(self, message: str) -> None:
        """Tell why it failed; not even quiet silences it."""
        self._print(f"synthfast: error: {one_line(message)}")

    def _print(self, line: str) -> None:
        print(line, file=sys.stderr, flush=True)


def one_line(message: str) -> str:
    """The message without line ends."""
    return " ".join(message.split())
