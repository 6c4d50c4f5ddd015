"""What an attack found: figures with what no leak would give, intervals, and the risk that both make."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from synthfast.privacy.attacks._intervals import Bounds, Interval

__all__ = ["AttackResult", "Figure", "not_applicable"]


@dataclass(frozen=True)
class Figure:
    """One figure of an attack.

    Parameters
    ----------
    value : float
        What was measured.
    n : int
        Rows or guesses that it rests on.
    bounds : callable
        Its interval, for a confidence.
    null : float or None, default None
        What rows of people who are not in the table would give. None where that is not known; the figure is then
        shown and gives no risk.
    best : float, default 1.0
        What an attack that always succeeds would give.
    """

    value: float
    n: int
    bounds: Bounds = field(repr=False)
    null: float | None = None
    best: float = 1.0

    @property
    def risk(self) -> float | None:
        """Share of the way from the null to an attack that always succeeds, from 0 to 1."""
        return self._share(self.value)

    def interval(self, confidence: float = 0.95) -> Interval:
        """Confidence interval of the value."""
        return self.bounds(confidence)

    def risk_interval(self, confidence: float = 0.95) -> Interval | None:
        """Confidence interval of the risk."""
        low, high = (self._share(end) for end in self.bounds(confidence))
        return None if low is None or high is None else (low, high)

    def to_dict(self, confidence: float = 0.95) -> dict[str, Any]:
        """The figure as plain values."""
        return {
            "value": self.value,
            "interval": list(self.interval(confidence)),
            "null": self.null,
            "n": self.n,
            "risk": self.risk,
        }

    def _share(self, value: float) -> float | None:
        if self.null is None:
            return None
        room = self.best - self.null
        return min(1.0, max(0.0, (value - self.null) / room)) if room > 0.0 else 0.0


@dataclass(frozen=True)
class AttackResult:
    """One attack on a synthetic table.

    Parameters
    ----------
    name : str
        Lower snake case.
    threat : str
        What the attacker holds and wants.
    figures : dict of str to Figure
        What was measured.
    headline : tuple of str, default ()
        Figures that may become the headline of the report.
    detail : dict, default {}
        What the figures are made of.
    reason : str or None, default None
        Why the attack could not be tried.
    """

    name: str
    threat: str
    figures: Mapping[str, Figure] = field(default_factory=dict)
    headline: tuple[str, ...] = ()
    detail: Mapping[str, Any] = field(default_factory=dict)
    reason: str | None = None

    def worst(self, confidence: float = 0.95) -> tuple[str, Figure] | None:
        """The headline figure whose risk is surest to be large: by the lower end of its interval, then by value."""
        ranked = {}
        for name in self.headline:
            figure = self.figures[name]
            if (interval := figure.risk_interval(confidence)) is not None:
                ranked[name] = interval[0], figure.risk or 0.0
        if not ranked:
            return None
        name = max(ranked, key=lambda key: ranked[key])
        return name, self.figures[name]

    def to_dict(self, confidence: float = 0.95) -> dict[str, Any]:
        """The attack as plain values."""
        return {
            "threat": self.threat,
            "figures": {name: figure.to_dict(confidence) for name, figure in self.figures.items()},
            "detail": dict(self.detail),
            "reason": self.reason,
        }


def not_applicable(name: str, threat: str, reason: str) -> AttackResult:
    """An attack that could not be tried, and why."""
    return AttackResult(name, threat, reason=reason)
