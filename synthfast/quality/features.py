"""Coded tables as feature matrices for the models that judge them."""

from collections.abc import Hashable, Sequence

import numpy as np

from synthfast.quality.columns import CodedTable, FloatArray

__all__ = ["linear_features", "tree_features", "unit_features"]

MAX_DUMMIES = 30  # levels of a category that a linear model tells apart; the others share one more


def tree_features(table: CodedTable, names: Sequence[Hashable]) -> np.ndarray:
    """Columns as float32 of shape (n_rows, n_names): numbers with NaN, categories as codes by frequency, missing -1."""
    features = np.empty((table.n_rows, len(names)), dtype=np.float32)
    for position, name in enumerate(names):
        with np.errstate(over="ignore"):
            features[:, position] = table.values(name)
    np.clip(features, -np.finfo(np.float32).max, np.finfo(np.float32).max, out=features)
    return features


def linear_features(table: CodedTable, names: Sequence[Hashable], scale: CodedTable) -> FloatArray:
    """Columns as float64 of shape (n_rows, n_features), standardised by another table.

    Numbers less `scale`'s mean over its deviation, missing at the mean with an indicator beside where `scale` misses
    any; categories as one indicator per frequent level, missing and the rest among them.
    """
    parts: list[FloatArray] = []
    for name in names:
        column, known = table.values(name), scale.values(name)
        if column.dtype.kind == "f":
            known = known[~np.isnan(known)]
            mean, deviation = (known.mean(), known.std()) if len(known) else (0.0, 0.0)
            standard = (column - mean) / (deviation or 1.0)
            parts.append(np.nan_to_num(standard, nan=0.0)[:, None])
            if scale.is_missing(name).any():
                parts.append(np.isnan(column)[:, None].astype(np.float64))
        else:
            levels = min(len(table.coding.levels[name]), MAX_DUMMIES + 1)
            codes = np.minimum(column, MAX_DUMMIES) + 1
            parts.append((codes[:, None] == np.arange(levels + 1)).astype(np.float64))
    return np.hstack(parts) if parts else np.empty((table.n_rows, 0))


def unit_features(table: CodedTable, names: Sequence[Hashable], scale: CodedTable) -> FloatArray:
    """Columns as float64 of shape (n_rows, n_features), of which Euclidean distances mean something.

    Numbers less `scale`'s smallest over its range, missing at its middle with an indicator beside where either table
    misses any; categories as one indicator per frequent level, missing and the rest among them, so that different ones
    lie 1 apart.
    """
    parts: list[FloatArray] = []
    for name in names:
        column, known = table.values(name), scale.values(name)
        if column.dtype.kind == "f":
            known = scale.sorted_values(name)
            low, high = (known[0], known[-1]) if len(known) else (0.0, 0.0)
            parts.append(np.nan_to_num((column - low) / (high - low or 1.0), nan=0.5)[:, None])
            parts.append(np.isnan(column)[:, None].astype(np.float64))
        else:
            levels = min(len(table.coding.levels[name]), MAX_DUMMIES + 1)
            codes = np.minimum(column, MAX_DUMMIES) + 1
            parts.append((codes[:, None] == np.arange(levels + 1)) / np.sqrt(2.0))
    return np.hstack(parts) if parts else np.empty((table.n_rows, 0))
