"""zCDP into (epsilon, delta): golden values of others' code, and the exact loss of the discrete Gaussian."""

from math import exp

import numpy as np
import pytest
from scipy.stats import norm

from synthfast.privacy.conversion import delta_of_rho, epsilon_of_rho, rho_of_budget

# (rho, delta, epsilon) of OpenDP 0.16.0: make_fix_delta(make_zCDP_to_approxDP(make_gaussian(...)), delta).map(1).
OPENDP = [
    (0.0001, 1e-09, 0.07436279311413627),
    (0.0149730576, 1e-09, 0.9999999974343288),
    (0.0243559704, 1e-06, 1.0000000008895304),
    (0.5, 1e-06, 5.22153444453017),
    (1.0907857, 1e-09, 9.999999977214106),
    (8, 1e-05, 25.91935168246649),
    (0.125, 0.001, 1.5460961269033575),
]
# Epsilons at delta 1e-6 of dp-accounting 0.6.0, privacy loss distributions: what no correct account can be below.
PLD = [(20 / (2 * 3**2), 7.758830517777015), (10 * 0.5**2 / 2, 4.999885471110101)]


@pytest.mark.parametrize(("rho", "delta", "epsilon"), OPENDP)
def test_epsilons_of_opendp(rho, delta, epsilon):
    assert epsilon_of_rho(rho, delta) == pytest.approx(epsilon, rel=1e-6)


@pytest.mark.parametrize(("rho", "epsilon"), PLD)
def test_not_below_the_exact_loss_of_compositions(rho, epsilon):
    assert epsilon < epsilon_of_rho(rho, 1e-6)


@pytest.mark.parametrize("epsilon", [1e-3, 0.1, 1, 10, 100])
@pytest.mark.parametrize("delta", [1e-12, 1e-6, 1e-3, 0.5])
def test_the_three_functions_agree(epsilon, delta):
    rho = rho_of_budget(epsilon, delta)
    assert epsilon_of_rho(rho, delta) == pytest.approx(epsilon, rel=1e-10)
    assert delta_of_rho(rho, epsilon) == pytest.approx(delta, rel=1e-10)


@pytest.mark.parametrize("rho", [1e-4, 0.1, 5])
def test_the_best_order_is_found(rho):
    orders = 1 + np.exp(np.linspace(-12, 25, 200_001))
    bounds = orders * rho + (orders * np.log1p(-1 / orders) - np.log(orders - 1) - np.log(1e-7)) / (orders - 1)
    assert epsilon_of_rho(rho, 1e-7) <= bounds.min() * (1 + 1e-12)
    assert epsilon_of_rho(rho, 1e-7) == pytest.approx(bounds.min(), rel=1e-6)


def discrete_delta(sigma, epsilon):
    """Exact delta of one count with discrete Gaussian noise: the sum of P(y) - e^epsilon P(y - 1) where positive."""
    y = np.arange(-400, 401)
    p = np.exp(-(y**2) / (2 * sigma**2))
    p /= p.sum()
    return np.maximum(p[:-1] - exp(epsilon) * p[1:], 0).sum()


def continuous_delta(sigma, epsilon):
    return norm.cdf(1 / (2 * sigma) - epsilon * sigma) - exp(epsilon) * norm.cdf(-1 / (2 * sigma) - epsilon * sigma)


@pytest.mark.parametrize(("sigma", "epsilon", "excess"), [(4.2247, 1, 1.02), (2, 1, 1.06), (1, 2, 1.18), (0.5, 5, 2)])
def test_the_discrete_gaussian_breaks_the_continuous_bound_and_keeps_ours(sigma, epsilon, excess):
    exact = discrete_delta(sigma, epsilon)
    assert exact > excess * 0.999 * continuous_delta(sigma, epsilon)
    assert exact <= delta_of_rho(1 / (2 * sigma**2), epsilon)


def test_nothing_spent_is_nothing_lost():
    assert epsilon_of_rho(0, 1e-6) == 0.0
    assert delta_of_rho(0, 1) == 0.0


@pytest.mark.parametrize(
    ("function", "arguments"),
    [(rho_of_budget, (0, 1e-6)), (rho_of_budget, (1, 0)), (rho_of_budget, (1, 1)), (rho_of_budget, (float("nan"), 0.1)),
     (epsilon_of_rho, (-1, 0.1)), (epsilon_of_rho, (1, 2)), (delta_of_rho, (1, 0)), (delta_of_rho, (float("inf"), 1))],
)  # fmt: skip
def test_numbers_out_of_range(function, arguments):
    with pytest.raises(ValueError, match="expected"):
        function(*arguments)
