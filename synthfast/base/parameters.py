"""Constructor arguments as a model file keeps them."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from synthfast._core.json_values import from_json_value, to_json_value

__all__ = ["plain", "restored"]


def plain(value: Any) -> Any:
    """A parameter as JSON keeps it; a seed that is an object with state of its own is not kept.

    Lists stand for themselves, and so do dicts of plain text keys; arrays and indexes become lists.
    """
    if isinstance(value, np.random.SeedSequence | np.random.Generator):
        return None
    if isinstance(value, Mapping):
        items = [(key, plain(item)) for key, item in value.items()]
        if all(isinstance(key, str) and not key.startswith("$") for key, _ in items):
            return dict(items)
        return {"$items": [[to_json_value(key), item] for key, item in items]}
    if isinstance(value, list) or (hasattr(value, "__array__") and np.ndim(value)):
        return [plain(item) for item in value]
    return to_json_value(value)


def restored(value: Any) -> Any:
    """Undo `plain`."""
    if isinstance(value, list):
        return [restored(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "$items" in value:
        return {from_json_value(key): restored(item) for key, item in value["$items"]}
    if any(key.startswith("$") for key in value):
        return from_json_value(value)
    return {key: restored(item) for key, item in value.items()}
