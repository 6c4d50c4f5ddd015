import numpy as np
import pytest
from scipy.stats import mannwhitneyu, norm

from synthfast.privacy.attacks._roc import accuracy, area_under_curve, true_positives


def test_area_is_the_rank_statistic():
    rng = np.random.default_rng(0)
    members, outsiders = rng.normal(0.5, 1, 80).round(1), rng.normal(size=120).round(1)
    expected = mannwhitneyu(members, outsiders).statistic / (80 * 120)
    assert area_under_curve(members, outsiders).value == pytest.approx(expected)


def test_interval_of_the_area_is_that_of_delong():
    """Variance by DeLong's structural components, written out."""
    rng = np.random.default_rng(1)
    members, outsiders = rng.normal(0.7, 1, 60).round(1), rng.normal(size=90).round(1)
    wins = (members[:, None] > outsiders) + 0.5 * (members[:, None] == outsiders)
    spread = np.sqrt(wins.mean(1).var(ddof=1) / 60 + wins.mean(0).var(ddof=1) / 90)
    low, high = area_under_curve(members, outsiders).interval(0.95)
    np.testing.assert_allclose(high - low, 2 * norm.ppf(0.975) * spread, rtol=0.04)  # Wilson's is shorter by 1/n


def test_complete_separation_has_an_interval():
    figure = area_under_curve(np.arange(50.0) + 100, np.arange(40.0))
    low, high = figure.interval()
    assert (figure.value, high) == (1.0, 1.0)
    assert 0.85 < low < 1.0
    assert figure.risk == 1.0


def test_equal_scores_say_nothing():
    for figure in (
        area_under_curve(np.zeros(30), np.zeros(20)),
        accuracy(np.zeros(30), np.zeros(20), np.random.default_rng(0)),
    ):
        assert figure.value == 0.5
        assert figure.risk == 0.0
    assert true_positives(np.zeros(300), np.zeros(200), 0.1).value == pytest.approx(0.1, abs=0.01)


@pytest.mark.parametrize("rate", [0.001, 0.01, 0.1])
@pytest.mark.parametrize("n", [20, 300])
def test_true_positives_are_unbiased_where_scores_are_alike(rate, n):
    rng = np.random.default_rng(2)
    values = [true_positives(rng.normal(size=200), rng.normal(size=n), rate).value for _ in range(400)]
    assert abs(np.mean(values) - rate) < 4 * np.std(values) / 20


def test_true_positives_of_a_known_law():
    """Members lie 2 deviations higher: at 10 % false positives 1 - Phi(z_0.9 - 2) of them are found."""
    rng = np.random.default_rng(3)
    figure = true_positives(rng.normal(2, 1, 20_000), rng.normal(size=20_000), 0.1)
    expected = 1 - norm.cdf(norm.ppf(0.9) - 2)
    low, high = figure.interval()
    assert low < expected < high < low + 0.04


@pytest.mark.parametrize("rate", [0.01, 0.1])
def test_intervals_cover_alike_scores(rate):
    """400 draws: coverage of a 95 % interval falls below 0.92 with a chance of 0.5 %."""
    rng = np.random.default_rng(4)
    missed = 0
    for _ in range(400):
        low, high = true_positives(rng.normal(size=150), rng.normal(size=150), rate).interval()
        missed += not low <= rate <= high
    assert missed <= 0.08 * 400


def test_accuracy_of_a_known_law():
    rng = np.random.default_rng(5)
    figure = accuracy(rng.normal(2, 1, 5_000), rng.normal(size=5_000), rng)
    low, high = figure.interval()
    assert low - 0.005 < norm.cdf(1.0) < high + 0.005


def test_one_row_of_each_has_wide_intervals():
    for figure in (area_under_curve(np.ones(1), np.zeros(1)), true_positives(np.ones(1), np.zeros(1), 0.01)):
        low, high = figure.interval()
        assert high - low > 0.5
