"""Zero-concentrated differential privacy into (epsilon, delta) and back, by the tight conversion.

A release that is rho-zCDP is (epsilon, delta)-differentially private for every ``alpha > 1`` with ::

    log(delta) = (alpha - 1) (alpha rho - epsilon) - log(alpha - 1) + alpha log(1 - 1 / alpha)

(Canonne, Kamath and Steinke 2020, corollary 13). Each function below chooses alpha by a numerical search: a worse alpha
would give a looser bound, never a false one. Proof: ``PROOFS.md``, "From zCDP to (epsilon, delta)".
"""

from collections.abc import Callable
from math import exp, log, log1p

import numpy as np
from scipy.optimize import minimize_scalar

from synthfast._core.validation import check_number

__all__ = ["delta_of_rho", "epsilon_of_rho", "rho_of_budget"]

_LOG_ORDERS = np.linspace(
    -25.0, 90.0, 461
)  # of alpha - 1; the best order for a budget is about 2 log(1/delta) / epsilon


def rho_of_budget(epsilon: float, delta: float) -> float:
    """The largest rho whose zCDP implies (epsilon, delta)-differential privacy.

    Parameters
    ----------
    epsilon : float
        Positive.
    delta : float
        Above 0 and below 1.

    Returns
    -------
    float
        Correct to about 14 digits; whoever needs a certain lower bound takes off a little more than that.

    Raises
    ------
    TypeError, ValueError
        If an argument is no number or out of range.

    Examples
    --------
    >>> from synthfast.privacy.conversion import rho_of_budget
    >>> round((1 / (2 * rho_of_budget(1, 1e-6))) ** 0.5, 4)  # standard deviation of the noise on one count
    4.5309
    """
    epsilon, delta = _positive("epsilon", epsilon), _delta(delta)
    return max(0.0, -_least(lambda order: (_offset(order, delta) - epsilon) / (1.0 + order)))


def epsilon_of_rho(rho: float, delta: float) -> float:
    """The smallest epsilon that rho-zCDP implies at ``delta``; parameters and errors as :func:`rho_of_budget`.

    ``rho`` may be 0.
    """
    rho, delta = check_number("rho", rho, minimum=0.0), _delta(delta)
    if rho == 0.0:
        return 0.0
    return max(0.0, _least(lambda order: (1.0 + order) * rho + _offset(order, delta)))


def delta_of_rho(rho: float, epsilon: float) -> float:
    """The smallest delta that rho-zCDP implies at ``epsilon``, at most 1; errors as :func:`rho_of_budget`."""
    rho, epsilon = check_number("rho", rho, minimum=0.0), _positive("epsilon", epsilon)
    if rho == 0.0:
        return 0.0
    return min(1.0, exp(_least(lambda order: order * ((1.0 + order) * rho - epsilon + _offset(order, 1.0)))))


def _offset(order: float, delta: float) -> float:
    """``epsilon - alpha rho`` of the conversion, for ``alpha = 1 + order``."""
    alpha = 1.0 + order
    log_loss = alpha * (log(order) - log1p(order)) if order < 1.0 else alpha * log1p(-1.0 / alpha)
    return (log_loss - log(order) - log(delta)) / order


def _least(function: Callable[[float], float]) -> float:
    """The least value of a function of ``alpha - 1``: the best of a grid, refined between its neighbours."""
    values = [function(exp(x)) for x in _LOG_ORDERS]
    best = int(np.argmin(values))
    low, high = _LOG_ORDERS[max(0, best - 1)], _LOG_ORDERS[min(len(values) - 1, best + 1)]
    found = minimize_scalar(lambda x: function(exp(x)), bounds=(low, high), method="bounded", options={"xatol": 1e-9})
    return min(values[best], float(found.fun))


def _positive(name: str, value: float) -> float:
    number = check_number(name, value)
    if number <= 0.0:
        raise ValueError(f"{name}: expected a number above 0, got {number}.")
    return number


def _delta(value: float) -> float:
    number = check_number("delta", value)
    if not 0.0 < number < 1.0:
        raise ValueError(f"delta: expected a number above 0 and below 1, got {number}.")
    return number
