"""Generators of time series, one a file; each is also a name of the top level, and loads when it is first used."""

from typing import Any

from synthfast._registry import entries, load_object

__all__ = [*entries("series"), *entries("panel")]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return load_object(name)
    raise AttributeError(f"module 'synthfast.timeseries' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
