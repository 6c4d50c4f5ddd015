"""Guesses about people that are right or wrong, and how much oftener right about those who are in the table."""

import numpy as np
from numpy.typing import NDArray

from synthfast.privacy.attacks._figures import Figure
from synthfast.privacy.attacks._intervals import combine, size_of, wilson_bounds

__all__ = ["excess_success", "success_rate"]

Floats = NDArray[np.float64]


def success_rate(right: NDArray[np.bool_] | Floats) -> Figure:
    """Share of the guesses that are right, each of which may be right in part; Wilson's interval."""
    scores = np.asarray(right, dtype=np.float64)
    share = float(scores.mean())
    variance = float(scores.var()) / len(scores)
    return Figure(share, len(scores), wilson_bounds(share, size_of(share, variance, len(scores))))


def excess_success(attack: Figure, control: Figure) -> Figure:
    """What the guesses about people of the table succeed oftener, of what those about others leave to succeed in.

    Notes
    -----
    ``(attack - control) / (1 - control)``, 0 where the control always succeeds. Negative values are kept: they are the
    lower half of the law of no excess.

    References
    ----------
    M. Giomi, F. Boenisch, C. Wehmeyer, B. Tasnadi (2023), doi:10.56553/popets-2023-0055.
    """
    bounds = combine(_excess, attack.value, control.value, (attack.bounds, control.bounds))
    return Figure(_excess(attack.value, control.value), attack.n + control.n, bounds, 0.0)


def _excess(attack: float, control: float) -> float:
    return (attack - control) / (1.0 - control) if control < 1.0 else 0.0
