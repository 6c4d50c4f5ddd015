"""From a neutral column to its kind and facts."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from synthfast._core.frames import ColumnData
from synthfast.exceptions import SchemaError
from synthfast.schema.columns import Column
from synthfast.schema.levels import describe_levels
from synthfast.schema.numbers import describe_numbers
from synthfast.schema.times import describe_times

__all__ = ["infer_column"]


def infer_column(data: ColumnData, override: Mapping[str, Any], min_level_count: int) -> Column:
    """Infer one column; facts in ``override`` win, a kind in it decides how the rest is read."""
    missing = data.missing()
    n_missing = 0 if missing is None else int(np.count_nonzero(missing))
    base: dict[str, Any] = {
        "name": data.name,
        "dtype": data.dtype,
        "storage": data.storage,
        "missing_rate": n_missing / data.n_rows if data.n_rows else 0.0,
    }
    if n_missing == data.n_rows:
        return Column(**base, kind="empty")
    kind, facts = _describe(data, override.get("kind"), min_level_count)
    facts = {**facts, **{key: value for key, value in override.items() if key != "kind"}}
    if "levels" in override:
        facts["levels"] = tuple(override["levels"])
        facts["shares"] = ()
    return Column(**base, kind=kind, **facts)


def _describe(data: ColumnData, forced: str | None, min_level_count: int) -> tuple[str, dict[str, Any]]:
    kind = forced or _NATURAL_KIND[data.storage]
    describe = _DESCRIBE.get((data.storage, kind))
    if describe is None:
        raise SchemaError(
            f"column {data.name!r}: expected a kind that dtype {data.dtype} can have, got the override {kind!r}."
        )
    facts = describe(data, min_level_count)
    if forced is not None:
        return kind, facts
    return _refine(data, kind, facts, min_level_count)


def _refine(data: ColumnData, kind: str, facts: dict[str, Any], min_level_count: int) -> tuple[str, dict[str, Any]]:
    if kind == "continuous":
        if _is_single(data):
            return "constant", describe_levels(data, min_level_count)
        return ("integer" if facts["decimals"] == 0 else "continuous"), facts
    if kind in ("categorical", "boolean") and len(facts["levels"]) == 1:
        return "constant", facts
    if kind == "categorical" and facts["ordered"]:
        return "ordinal", facts
    return kind, facts


def _is_single(data: ColumnData) -> bool:
    values = data.present()
    return bool((values == values[0]).all())


_NATURAL_KIND = {
    "float": "continuous",
    "integer": "continuous",
    "decimal": "continuous",
    "boolean": "boolean",
    "string": "categorical",
    "category": "categorical",
    "object": "categorical",
    "datetime": "datetime",
    "duration": "timedelta",
    "time": "timedelta",
}
_DESCRIBE: dict[tuple[str, str], Callable[[ColumnData, int], dict[str, Any]]] = {
    **{
        (storage, kind): describe_numbers
        for storage in ("float", "integer", "decimal")
        for kind in ("continuous", "integer")
    },
    **{
        (storage, kind): describe_levels
        for storage in (
            "float",
            "integer",
            "decimal",
            "boolean",
            "string",
            "category",
            "object",
            "datetime",
            "duration",
        )
        for kind in ("categorical", "ordinal", "constant", "boolean")
    },
    ("datetime", "datetime"): describe_times,
    ("duration", "timedelta"): describe_times,
    ("time", "timedelta"): describe_times,
}
