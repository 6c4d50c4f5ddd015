"""What runs at the other end of an engine: versions compared, threads limited, the shared value kept."""

import sys
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from synthfast._core.threads import num_threads
from synthfast.exceptions import EngineError

__all__ = ["NEEDS_VALUE", "Task", "versions_here"]

COMPARED = ("synthfast", "numpy", "pyarrow", "pandas")  # what the bytes of a part rest on
KEPT_VALUES = 4
NEEDS_VALUE = "synthfast: this worker does not hold the shared value yet"

_kept: "OrderedDict[str, Any]" = OrderedDict()


def versions_here() -> dict[str, str]:
    """Versions on which the bytes of a result rest, in this process."""
    found = {"python": ".".join(map(str, sys.version_info[:2]))}
    for name in COMPARED:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "a source tree" if name == "synthfast" else "not installed"
    return found


@dataclass(frozen=True)
class Task:
    """A function together with what a worker has to check and to hold before it computes it.

    Parameters
    ----------
    function : callable
        ``function(shared value, item)``.
    key : str
        Of the shared value.
    n_threads : int
        Threads that one worker may use.
    versions : dict
        `versions_here` of the process that asks.
    """

    function: Callable[[Any, Any], Any]
    key: str
    n_threads: int = 1
    versions: dict[str, str] = field(default_factory=versions_here)

    def __call__(self, item: Any, *value: Any) -> Any:
        """Compute one item; without a value the one kept from an earlier call is used, or ``NEEDS_VALUE`` comes back.

        Raises
        ------
        EngineError
            If this process has other versions than the one that asks.
        """
        self._check_versions()
        if value:
            _kept[self.key] = value[0]
            while len(_kept) > KEPT_VALUES:
                _kept.popitem(last=False)
        elif self.key not in _kept:
            return NEEDS_VALUE
        with num_threads(self.n_threads):
            return self.function(_kept[self.key], item)

    def _check_versions(self) -> None:
        here = versions_here()
        differing = [f"{name} {here.get(name)} (expected {wanted})" for name, wanted in self.versions.items()
                     if here.get(name) != wanted]  # fmt: skip
        if differing:
            raise EngineError(
                f"a worker has {', '.join(differing)}: its rows could differ from those of the others. "
                "Install the same versions on all workers as on the machine that asks."
            )
