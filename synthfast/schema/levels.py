"""Facts about a column of levels: which ones, how many rows each, and which are too rare to be told."""

from typing import Any

import numpy as np
import pyarrow as pa

from synthfast._core.frames import ColumnData

__all__ = ["MAX_RARE_SHARE", "count_levels", "describe_levels", "rare_share", "tell_levels"]

MAX_RARE_SHARE = 0.05


def count_levels(data: ColumnData) -> tuple[list[Any] | pa.Array, Any]:
    """Distinct values of a column and the rows that each holds; categories may hold none."""
    codes, levels = data.factorize()
    counts = np.bincount(codes + 1, minlength=len(levels) + 1)[1:]
    return levels, counts


def rare_share(counts: Any, min_level_count: int) -> float:
    """Share of the present rows whose level is held by fewer than ``min_level_count`` rows."""
    total = int(counts.sum())
    return float(counts[counts < min_level_count].sum() / total) if total else 0.0


def describe_levels(data: ColumnData, min_level_count: int) -> dict[str, Any]:
    """Facts of a level column: ``levels``, ``shares``, ``ordered`` and ``note``.

    Levels held by fewer than ``min_level_count`` rows are left out, unless they make up more than 5 % of the column
    or all of it. Levels without an order of their own are sorted, so that they do not depend on the order of rows.
    """
    found, counts = count_levels(data)
    levels = found.to_pylist() if isinstance(found, pa.Array) else list(found)
    return tell_levels(levels, counts, data, min_level_count)


def tell_levels(levels: list[Any], counts: Any, data: ColumnData, min_level_count: int) -> dict[str, Any]:
    """Facts of levels that were counted, of a column like ``data``, of which no value is read."""
    share = rare_share(counts, min_level_count)
    kept = counts > 0
    note = ""
    rare = kept & (counts < min_level_count)
    if rare.any():
        if share <= MAX_RARE_SHARE and not rare[kept].all():
            kept &= ~rare
            note = f"{int(rare.sum())} levels held by fewer than {min_level_count} rows are not reproduced"
        else:
            note = f"{int(rare.sum())} levels held by fewer than {min_level_count} rows are kept: {share:.0%} of rows"
    positions = np.flatnonzero(kept).tolist()
    if data.storage != "category":
        positions.sort(key=lambda i: (type(levels[i]).__name__, levels[i]))
    total = max(int(counts[positions].sum()), 1)
    return {
        "levels": tuple(levels[i] for i in positions),
        "shares": tuple(round(int(counts[i]) / total, 9) for i in positions),
        "ordered": data.ordered or data.storage == "boolean",
        "note": note,
        **({"unit": data.unit, "timezone": data.timezone} if data.unit else {}),
        **({"decimals": data.scale} if data.storage == "decimal" else {}),
    }
