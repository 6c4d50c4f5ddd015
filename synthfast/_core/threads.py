"""How many threads a kernel may use.

The first of these that says something decides: the ``n_threads`` argument, the enclosing :class:`num_threads`,
:func:`set_num_threads`, the environment variable ``SYNTHFAST_NUM_THREADS``, and last everything the process may use
(OpenMP's own maximum, which honours ``OMP_NUM_THREADS``, the processors the process is bound to, and its cgroup quota).
Results never depend on the number.
"""

import math
import os
from contextvars import ContextVar, Token
from functools import lru_cache
from pathlib import Path
from types import TracebackType

from synthfast._ext import _build

__all__ = ["effective_n_threads", "get_num_threads", "num_threads", "set_num_threads"]

ENVIRONMENT_NAME = "SYNTHFAST_NUM_THREADS"
MAX_THREADS = 4096

_import_pid = os.getpid()
_process_wide: int | None = None
_in_context: ContextVar[int | None] = ContextVar("synthfast_num_threads", default=None)


def set_num_threads(n: int | None) -> None:
    """Set how many threads synthfast uses in this process from now on.

    Parameters
    ----------
    n : int or None
        At least 1; ``-1`` means all that the process may use; ``None`` goes back to the environment and the default.

    Raises
    ------
    TypeError, ValueError
        If ``n`` is not a whole number, is 0, or is below -1.

    Notes
    -----
    Results do not depend on the number of threads. A forked child always runs serial: OpenMP cannot be used after a
    fork.

    Examples
    --------
    >>> import synthfast
    >>> synthfast.set_num_threads(2)
    >>> synthfast.set_num_threads(None)
    """
    global _process_wide
    _process_wide = None if n is None else _checked(n, "n")


def get_num_threads() -> int:
    """Return the number of threads that a call without ``n_threads`` would use here.

    Returns
    -------
    int
        At least 1.

    Examples
    --------
    >>> from synthfast._core.threads import get_num_threads, num_threads
    >>> with num_threads(1):
    ...     get_num_threads()
    1
    """
    return effective_n_threads(None)


class num_threads:
    """Context in which synthfast uses ``n`` threads; it holds for the current thread or task, and nests.

    Parameters
    ----------
    n : int
        At least 1, or ``-1`` for all that the process may use.

    Raises
    ------
    TypeError, ValueError
        If ``n`` is not a whole number, is 0, or is below -1.

    Examples
    --------
    >>> from synthfast._core.threads import get_num_threads, num_threads
    >>> with num_threads(1):
    ...     get_num_threads()
    1
    """

    def __init__(self, n: int) -> None:
        self._n = _checked(n, "n")
        self._tokens: list[Token[int | None]] = []

    def __enter__(self) -> "num_threads":
        self._tokens.append(_in_context.set(self._n))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        _in_context.reset(self._tokens.pop())


def effective_n_threads(n_threads: int | None = None) -> int:
    """Turn a caller's ``n_threads`` argument into the number to give to a kernel.

    Parameters
    ----------
    n_threads : int or None
        At least 1, ``-1`` for all that the process may use, or ``None`` for the setting in force.

    Returns
    -------
    int
        At least 1; always 1 in a forked child.

    Raises
    ------
    TypeError, ValueError
        If ``n_threads``, or the environment variable that stands for it, is not a usable number.
    """
    chosen = _setting_in_force() if n_threads is None else _checked(n_threads, "n_threads")
    if os.getpid() != _import_pid:
        return 1
    return _available() if chosen is None else chosen


def _setting_in_force() -> int | None:
    for setting in (_in_context.get(), _process_wide):
        if setting is not None:
            return setting
    text = os.environ.get(ENVIRONMENT_NAME, "").strip()
    if not text:
        return None
    try:
        number = int(text)
    except ValueError:
        raise ValueError(
            f"{ENVIRONMENT_NAME} must be a whole number of threads, or -1 for all; it is {text!r}."
        ) from None
    return _checked(number, ENVIRONMENT_NAME)


def _checked(n: int, name: str) -> int:
    """``n`` as an int with -1 resolved, or an error that says what to pass."""
    if isinstance(n, bool) or not hasattr(n, "__index__"):
        raise TypeError(f"{name} must be a whole number of threads, got {n!r} of type {type(n).__name__}.")
    number = n.__index__()
    if number == -1:
        return _available()
    if not 1 <= number <= MAX_THREADS:
        raise ValueError(f"{name} must be 1 .. {MAX_THREADS}, or -1 for all that the process may use; got {number}.")
    return number


def _available() -> int:
    """All threads the process may use."""
    if not _build.has_openmp():
        return 1
    return max(1, min(_build.count_openmp_threads(), _bound_processors(), _cgroup_processors()))


def _bound_processors() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


@lru_cache(maxsize=1)
def _cgroup_processors(root: str = "/") -> int:
    """Processors that the cgroup's time quota amounts to, rounded up; a large number where there is no quota."""
    limits = [_quota(folder) for folder in _cgroup_folders(Path(root))]
    return min((math.ceil(limit) for limit in limits if limit is not None), default=MAX_THREADS)


def _cgroup_folders(root: Path) -> list[Path]:
    """The process's own cgroup folder, its parents, and the mount points: whichever of them exist."""
    mounts = [root / "sys/fs/cgroup", root / "sys/fs/cgroup/cpu", root / "sys/fs/cgroup/cpu,cpuacct"]
    folders = list(mounts)
    for line in _text(root / "proc/self/cgroup").splitlines():
        own = line.rpartition(":")[2].strip("/")
        parts = own.split("/") if own else []
        folders += [mount.joinpath(*parts[:depth]) for mount in mounts for depth in range(1, len(parts) + 1)]
    return folders


def _quota(folder: Path) -> float | None:
    """Processors allowed by one cgroup folder (version 2, then version 1), or None."""
    quota, _, period = _text(folder / "cpu.max").partition(" ")
    if not period:
        quota, period = _text(folder / "cpu.cfs_quota_us"), _text(folder / "cpu.cfs_period_us")
    try:
        return int(quota) / int(period) if int(quota) > 0 and int(period) > 0 else None
    except ValueError:  # "max", or no such file
        return None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""
