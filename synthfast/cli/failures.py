"""Exit codes: what is the user's to mend (bad usage or data) and what is not."""

import errno
from dataclasses import dataclass

from synthfast.exceptions import ConditionError, DataError, FileFormatError

__all__ = ["BELOW_MINIMUM", "BelowMinimum", "Failure", "UsageError", "explain"]

BAD_INPUT, FAILED, BELOW_MINIMUM = 2, 1, 3
# Errors of the operating system that another path or another permission would mend.
BAD_PATHS = (FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError, FileExistsError)
BAD_PATH_NUMBERS = (errno.ENAMETOOLONG, errno.EROFS)


class UsageError(ValueError):
    """The arguments do not go together."""


class BelowMinimum(Exception):
    """All went well, and the score is lower than was asked for."""


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
        Code 2 for bad usage or data, 3 for a score below the least one, 1 otherwise.
    """
    if isinstance(error, BelowMinimum):
        return Failure(BELOW_MINIMUM, str(error))
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
