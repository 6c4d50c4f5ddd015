"""Exit codes, all of them: what is the user's to mend (bad usage or data) and what is not."""

import errno
from dataclasses import dataclass

from synthfast.exceptions import ConditionError, DataError, FileFormatError

__all__ = ["EXIT_CODES", "PAST_LIMIT", "Failure", "LimitError", "UsageError", "explain"]

FAILED, BAD_INPUT, PAST_LIMIT, INTERRUPTED, TERMINATED = 1, 2, 3, 130, 143
EXIT_CODES = {
    0: "done",
    FAILED: "a failure that is not the caller's: a full disk, no memory, a bug",
    BAD_INPUT: "bad usage or data: an argument, a file, a condition, a schema; nothing was written",
    PAST_LIMIT: "a limit that was asked for is passed: --max-memory, --min-score, --max-risk",
    INTERRUPTED: "interrupted by Ctrl-C",
    TERMINATED: "terminated by a signal",
}
# Errors of the operating system that another path or another permission would mend.
BAD_PATHS = (FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError, FileExistsError)
BAD_PATH_NUMBERS = (errno.ENAMETOOLONG, errno.EROFS)


class UsageError(ValueError):
    """The arguments do not go together."""


class LimitError(Exception):
    """A figure is past the limit that the caller set."""


@dataclass(frozen=True)
class Failure:
    """How a failure is told."""

    code: int
    message: str


def explain(error: Exception) -> Failure:
    """Exit code and message of an error.

    Parameters
    ----------
    error : Exception
        What was raised.

    Returns
    -------
    Failure
        Code as in `EXIT_CODES`.
    """
    if isinstance(error, LimitError):
        return Failure(PAST_LIMIT, str(error))
    if isinstance(error, UsageError | DataError | ConditionError | FileFormatError):
        return Failure(BAD_INPUT, str(error))
    if isinstance(error, OSError):
        code = BAD_INPUT if isinstance(error, BAD_PATHS) or error.errno in BAD_PATH_NUMBERS else FAILED
        return Failure(code, _os_message(error))
    if isinstance(error, MemoryError):
        return Failure(FAILED, "out of memory: ask for fewer rows at a time, or fewer columns")
    detail = str(error) or "no message"
    return Failure(FAILED, f"{type(error).__name__}: {detail} (--traceback shows where)")


def _os_message(error: OSError) -> str:
    """``file: reason`` where the system says both, else the message."""
    if error.filename is not None and error.strerror:
        return f"{error.filename}: {error.strerror[0].lower()}{error.strerror[1:]}"
    return str(error)
