"""Synthetic tables and time series: as faithful as held-out data, in seconds on a CPU, the same bytes for a seed.

Public names are loaded when first used, so ``import synthfast`` itself imports nothing heavy.
"""

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from synthfast import exceptions
from synthfast._registry import REGISTRY, load_object

try:
    __version__ = version("synthfast")
except PackageNotFoundError:  # a source tree that was built in place
    __version__ = "0+unknown"

__all__ = ["__version__", "constraints", "exceptions", *REGISTRY]


def __getattr__(name: str) -> Any:
    if name == "constraints":
        return import_module("synthfast.constraints")
    if name in REGISTRY:
        value = globals()[name] = load_object(name)
        return value
    raise AttributeError(f"module 'synthfast' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
