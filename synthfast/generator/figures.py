"""The figures on a drawn table that results hold: dependence and means, conditions met, shapes of the columns."""

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from synthfast.schema import Schema

__all__ = ["dependence", "meeting_rows", "shape_tests"]


def dependence(original: Any, synthetic: Any, schema: "Schema") -> dict[str, Any]:
    """The figures on correlations and means that a result holds; identifiers, which are made anew, have none."""
    from synthfast.quality import associations, mean_preservation, share_columns

    keys = ("original_correlation", "synthetic_correlation", "correlation_score", "correlation_difference")
    if not len(synthetic):
        return {**dict.fromkeys(keys), "mean_preservation": {}}
    tables = share_columns(original, synthetic, schema=schema)
    found = associations(tables.real, tables.synthetic).detail
    means = mean_preservation(tables.real, tables.synthetic).detail.get("columns", {})
    if "similarity" not in found:
        return {**dict.fromkeys(keys), "mean_preservation": means}
    matrices = [found["real"], found["synthetic"]]
    if not isinstance(original, np.ndarray):
        import pandas as pd

        matrices = [pd.DataFrame(matrix, found["rows"], found["columns"]) for matrix in matrices]
    return {
        **dict(zip(keys, [*matrices, found["similarity"], found["frobenius"]], strict=True)),
        "mean_preservation": means,
    }


def meeting_rows(
    conditions: Mapping[Hashable, Any], synthetic: Any, original: Any, schema: "Schema"
) -> tuple[np.ndarray, np.ndarray]:
    """Which synthetic rows and which original rows meet all conditions, shapes (n_rows,)."""
    from synthfast._core.frames import Table
    from synthfast.encoding import TableCodec, encode_conditions
    from synthfast.encoding.satisfaction import rows_that_meet

    codec = TableCodec.fit(Table.from_any(original), schema)
    encoded = encode_conditions(codec, conditions)

    def met(data: Any) -> np.ndarray:
        table = Table.from_any(data)
        columns = codec.encode(table, encoded)
        rows = np.ones(table.n_rows, dtype=bool)
        for name, condition in encoded.items():
            rows &= rows_that_meet(columns[name], condition)
        return rows

    return met(synthetic), met(original)


def shape_tests(original: Any, synthetic: Any, met: np.ndarray, schema: "Schema") -> dict[Hashable, dict[str, Any]]:
    """Column -> test of the synthetic rows against the real rows that meet the conditions."""
    from synthfast.quality import column_shapes, share_columns

    if not met.any():
        return {}
    tables = share_columns(original, synthetic, schema=schema)
    columns = column_shapes(tables.real.take(np.flatnonzero(met)), tables.synthetic).detail["columns"]
    kept = ("statistic", "p_value", "passed")
    return {name: {key: part[key] for key in kept} for name, part in columns.items()}
