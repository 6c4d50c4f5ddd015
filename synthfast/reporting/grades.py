"""Words for figures, by thresholds that every report states."""

from collections.abc import Sequence

__all__ = ["KEPT_GRADES", "RISK_GRADES", "kept_grade", "risk_grade", "stated"]

# Shares of something that is to be kept: a correlation score, an accuracy over that of real rows.
KEPT_GRADES = ((0.95, "excellent"), (0.85, "good"), (0.70, "fair"), (0.0, "poor"))
# Advantages of an attack over chance, each up to its threshold.
RISK_GRADES = ((0.05, "low"), (0.20, "moderate"), (1.0, "high"))


def kept_grade(share: float) -> str:
    """A word for a share that is best at 1: excellent from .95, good from .85, fair from .70, else poor."""
    return next((word for least, word in KEPT_GRADES if share >= least), KEPT_GRADES[-1][1])


def risk_grade(risk: float) -> str:
    """A word for a risk that is best at 0: low up to .05, moderate up to .20, else high."""
    return next((word for most, word in RISK_GRADES if risk <= most), RISK_GRADES[-1][1])


def stated(grades: Sequence[tuple[float, str]], direction: str) -> str:
    """The thresholds in words, the last grade being what is left."""
    return ", ".join(f"{word} {direction} {limit:g}" for limit, word in grades[:-1]) + f", else {grades[-1][1]}"
