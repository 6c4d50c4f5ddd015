"""The proof that a weighted sum of columns is another column."""

from collections.abc import Sequence

import numpy as np

from synthfast.synthesizers._tree.finding.simple_numbers import decimal_between
from synthfast.synthesizers._tree.finding.views import Rows, View
from synthfast.synthesizers._tree.grid import SLACK

__all__ = ["prove"]


def prove(target: View, sources: list[View], weights: Sequence[float], rows: Rows | slice) -> float | None:
    """The constant with which a weighted sum gives the target in the rows; None if there is none."""
    actual = target.values[rows]
    total, size = np.zeros(len(actual)), np.abs(actual)
    for source, weight in zip(sources, weights, strict=True):
        term = weight * source.values[rows]
        total += term
        size += np.abs(term)
    tolerance = target.tolerance if target.step is not None else target.fine * float(size.max())
    residual = actual - total
    constants = _constants(float(residual.min()), float(residual.max()), tolerance)
    agreeing = [value for value in constants if target.agrees(total + value, size + abs(value), rows)]
    return next((value for value in agreeing if target.is_met(total + value, rows)), next(iter(agreeing), None))


def _constants(lowest: float, highest: float, tolerance: float) -> list[float]:
    """What to try as the constant that lies within the tolerance of all residuals: a simple number, the middle."""
    low, high = highest - tolerance, lowest + tolerance
    if not low <= high + 2 * SLACK * tolerance:
        return []
    margin, middle = SLACK * tolerance, 0.5 * (lowest + highest)
    return [*decimal_between(low + margin, high - margin), *decimal_between(middle - margin, middle + margin), middle]
