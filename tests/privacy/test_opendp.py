"""OpenDP as a second source of noise, and as an oracle of ours; dp-accounting as one of the ledger."""

from fractions import Fraction

import numpy as np
import pytest
from scipy import stats

from synthfast.privacy import Accountant, discrete_gaussian, discrete_laplace, exponential_mechanism, noisy_count
from synthfast.privacy.conversion import epsilon_of_rho
from synthfast.privacy.noise import ExactNoise, noise_backend


def test_without_opendp_the_message_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "opendp", None)
    monkeypatch.setitem(__import__("sys").modules, "opendp.prelude", None)
    with pytest.raises(ImportError, match=r"synthfast\[opendp\]"):
        discrete_gaussian(1, 1, backend="opendp")
    with pytest.raises(ImportError, match=r"synthfast\[opendp\]"):
        Accountant(1, 1e-6, noise="opendp")


@pytest.fixture
def opendp():
    dp = pytest.importorskip("opendp.prelude")
    dp.enable_features("contrib")
    return dp


def same_law(a, b):
    """P-value that two samples of integers have one law, cells of few counts joined."""
    low, high = np.quantile(np.concatenate([a, b]), [0.005, 0.995])
    cells = [np.bincount((np.clip(x, low, high) - low).astype(int), minlength=int(high - low) + 1) for x in (a, b)]
    table = np.array(cells)
    return stats.chi2_contingency(table[:, table.sum(axis=0) > 0]).pvalue


@pytest.mark.parametrize("draw", [discrete_gaussian, discrete_laplace])
@pytest.mark.parametrize("scale", [0.8, 3, Fraction(50, 7)])
def test_draws_have_the_law_of_opendp(opendp, draw, scale):
    # OpenDP takes no seed: one run in a million fails by chance.
    ours = draw(scale, 20_000, insecure_noise_seed=1)
    assert same_law(ours, draw(scale, 20_000, backend="opendp")) > 1e-6


def test_selections_and_responses_have_the_law_of_opendp(opendp):
    ours, theirs = ExactNoise(1), noise_backend("opendp")
    scores, rate = np.array([3, 1, 2, 0]), Fraction(3, 4)
    drawn = [[source.select(scores, rate) for _ in range(3_000)] for source in (ours, theirs)]
    assert same_law(*map(np.array, drawn)) > 1e-6
    codes = np.tile([0, 1, 2], 2_000)  # 2 is no category
    drawn = [source.respond(codes, 2, Fraction(1)) + 2 * codes for source in (ours, theirs)]
    assert same_law(*drawn) > 1e-6


def test_one_argument_swaps_the_noise(opendp):
    budget = Accountant(1, 1e-6, noise="opendp")
    assert abs(noisy_count(range(1_000), accountant=budget, rho=0.01) - 1_000) < 20 / np.sqrt(0.02)
    assert budget.to_dict()["noise"] == "opendp"
    assert exponential_mechanism([0, 1_000], epsilon=1, backend="opendp") == 1
    with pytest.raises(ValueError, match="cannot be seeded"):
        Accountant(1, 1e-6, noise="opendp", insecure_noise_seed=1)


@pytest.mark.parametrize("rho", [0.001, 0.1, 2])
@pytest.mark.parametrize("delta", [1e-9, 1e-4])
def test_conversion_of_opendp(opendp, rho, delta):
    gaussian = opendp.m.make_gaussian(
        opendp.atom_domain(T="i64"), opendp.absolute_distance(T="i64"), scale=(1 / (2 * rho)) ** 0.5
    )
    fixed = opendp.c.make_fix_delta(opendp.c.make_zCDP_to_approxDP(gaussian), delta)
    assert epsilon_of_rho(rho, delta) == pytest.approx(fixed.map(1)[0], rel=1e-6)


def test_the_ledger_is_above_the_exact_loss_of_dp_accounting():
    pld = pytest.importorskip("dp_accounting.pld.privacy_loss_distribution")
    exact = pld.from_discrete_gaussian_mechanism(3, value_discretization_interval=1e-3).self_compose(20)
    budget = Accountant(10, 1e-6)
    for _ in range(20):
        budget.spend(Fraction(1, 18), step="count")
    epsilon = exact.get_epsilon_for_delta(1e-6)
    assert epsilon < budget.epsilon_spent() < 1.1 * epsilon
