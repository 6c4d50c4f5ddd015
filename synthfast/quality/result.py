"""What a metric returns: a value that never is NaN, what a perfect table scores, and what fresh real data scores."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

__all__ = ["MetricResult", "not_applicable", "plain"]


@dataclass(frozen=True)
class MetricResult:
    """One figure about a synthetic table, with everything needed to read it.

    Parameters
    ----------
    name : str
        Name of the metric, lower snake case.
    value : float or None
        The figure. ``None`` where the metric does not apply; ``detail["reason"]`` then says why.
    goal : float
        Value of a table that cannot be told from the real one, were there no sampling noise.
    range : tuple of float
        Smallest and largest value that the metric can take; ``math.inf`` where there is no bound.
    detail : dict, default {}
        What the figure is made of: per-column or per-pair parts, matrices, sample sizes, settings.
    reference : float or None, default None
        What real data scores that the model never saw: measured on the hold-out rows where there are any, otherwise
        the expectation for a fresh real sample of the synthetic table's size. ``None`` where neither is known.
    interval : tuple of float or None, default None
        95 % confidence interval of the figure that endless tables of these two laws would show. ``None`` where none is
        known.

    Raises
    ------
    ValueError
        If `value` or `reference` is not finite, or `interval` is none.

    Examples
    --------
    >>> from synthfast.quality import MetricResult
    >>> MetricResult("total_variation", 0.25, goal=0.0, range=(0.0, 1.0), reference=0.05).excess
    0.2
    """

    name: str
    value: float | None
    goal: float
    range: tuple[float, float]
    detail: dict[str, Any] = field(default_factory=dict, repr=False)
    reference: float | None = None
    interval: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        for part in ("value", "reference"):
            number = getattr(self, part)
            if number is None:
                continue
            if not math.isfinite(number):
                raise ValueError(
                    f"MetricResult {self.name!r}: {part} has to be a finite number or None, got {number!r}."
                    " Return not_applicable(...) with the reason instead."
                )
            object.__setattr__(self, part, float(number))
        if self.interval is not None:
            low, high = map(float, self.interval)
            if not low <= high:  # NaN compares as false
                raise ValueError(
                    f"MetricResult {self.name!r}: expected an interval (low, high), got {self.interval!r}."
                )
            object.__setattr__(self, "interval", (low, high))

    @property
    def applicable(self) -> bool:
        """Whether there is a value."""
        return self.value is not None

    @property
    def excess(self) -> float | None:
        """How much farther from the goal the value lies than the reference does, not below 0; None without a value."""
        if self.value is None:
            return None
        floor = 0.0 if self.reference is None else abs(self.reference - self.goal)
        return max(0.0, abs(self.value - self.goal) - floor)

    def to_dict(self) -> dict[str, Any]:
        """The result as plain Python objects that JSON can hold; infinite bounds become None."""
        return {
            "name": self.name,
            "value": self.value,
            "goal": self.goal,
            "range": plain(self.range),
            "reference": self.reference,
            "interval": plain(self.interval),
            "detail": plain(self.detail),
        }


def not_applicable(
    name: str, reason: str, *, goal: float, range: tuple[float, float], detail: Mapping[str, Any] | None = None
) -> MetricResult:
    """A result without a value, with the reason in its detail."""
    return MetricResult(name, None, goal, range, {**(detail or {}), "reason": reason})


def plain(value: Any) -> Any:
    """`value` in types that JSON knows: keys as text, arrays as lists, NaN and infinities as None."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        return float(value) if math.isfinite(value) else None
    if value is None or isinstance(value, str):
        return value
    return str(value)
