import numpy as np
import pytest
from scipy.spatial.distance import cdist
from scipy.stats import binom, norm, t

from synthfast.privacy.attacks._intervals import (
    clustered_bounds,
    clustered_size,
    combine,
    linked_variance,
    n_clusters,
    quantile,
    size_of,
    wilson,
    wilson_bounds,
)
from synthfast.privacy.attacks.closest_record import share_nearer


def test_wilson_is_its_formula():
    z = norm.ppf(0.975)
    share, n = 0.3, 40
    middle, reach = share + z * z / (2 * n), z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    expected = np.array([middle - reach, middle + reach]) / (1 + z * z / n)
    np.testing.assert_allclose(wilson(share, n, 0.95), expected)
    assert quantile(0.95) == pytest.approx(z)


@pytest.mark.parametrize("share", [0.0, 1.0, 0.5])
@pytest.mark.parametrize("n", [0, 1, 1e-3, 1e9])
def test_wilson_holds_the_share_and_stays_within_bounds(share, n):
    low, high = wilson(share, n, 0.95)
    assert 0.0 <= low <= share <= high <= 1.0


def test_wilson_covers_small_shares():
    """Exact coverage over the binomial law; Wilson's interval is known to stay above 0.92 from n = 50 on here."""
    n = 50
    for truth in (0.02, 0.1, 0.5):
        covered = [low <= truth <= high for low, high in (wilson(k / n, n, 0.95) for k in range(n + 1))]
        assert binom.pmf(np.arange(n + 1), n, truth)[covered].sum() > 0.92


def test_combined_intervals_of_a_difference_are_newcombes():
    """Newcombe (1998), method 10, on 56 of 70 against 48 of 80: 0.0524 to 0.3339, a published example."""
    bounds = combine(np.subtract, 56 / 70, 48 / 80, (wilson_bounds(56 / 70, 70), wilson_bounds(48 / 80, 80)))
    np.testing.assert_allclose(bounds(0.95), [0.0524, 0.3339], atol=5e-5)


def test_size_of_undoes_a_variance():
    assert size_of(0.3, 0.3 * 0.7 / 25, 1_000) == pytest.approx(25)
    assert size_of(0.3, 0.0, 1_000) == 1_000


def test_rows_of_one_owner_count_once():
    owner = np.repeat(np.arange(50), 20)
    scores = np.repeat(np.arange(50) % 2, 20).astype(float)
    assert clustered_size(scores, owner) == pytest.approx(50)
    assert clustered_size(scores, np.arange(1_000)) == pytest.approx(1_000)
    assert clustered_size(scores, owner, np.arange(1_000)) == pytest.approx(50)


def test_few_owners_are_few_whatever_the_scores():
    owner, scores = np.repeat(np.arange(4), 50), np.ones(200)
    assert n_clusters(owner) == pytest.approx(4)
    assert n_clusters(np.array([0] * 30 + [1])) == pytest.approx(31**2 / 901)
    assert clustered_size(scores, owner) == pytest.approx(4)
    assert clustered_bounds(scores, np.zeros(200, int))(0.95) == (0.0, 1.0)
    assert clustered_bounds(scores, owner)(0.95) == wilson(1.0, 3.0, 0.95, freedom=3.0)
    assert quantile(0.95, 3.0) == pytest.approx(t.ppf(0.975, 3))
    assert clustered_bounds(scores, np.arange(200))(0.95)[0] == pytest.approx(wilson(1.0, 199, 0.95)[0], abs=1e-3)


@pytest.mark.parametrize("n_columns", [1, 8])
@pytest.mark.parametrize("n_points", [1, 2, 3, 5, 20])
def test_few_points_make_no_risk_where_there_is_none(n_points, n_columns):
    """Three tables of one law: the lower end passes a half in 2.5 % of the runs, and in 4 deviations of that more."""
    rng, n_runs, passed = np.random.default_rng(n_points), 200, {"distance": 0, "ratio": 0}
    for _ in range(n_runs):
        synthetic = rng.normal(size=(100, n_columns))
        near = [cdist(synthetic, rng.normal(size=(n_points, n_columns))) for _ in range(2)]
        owners = [table.argmin(axis=1) for table in near]
        values = {"distance": [table.min(axis=1) for table in near]}
        if n_points > 1:
            two = [np.sort(table, axis=1)[:, :2] for table in near]
            values["ratio"] = [pair[:, 0] / pair[:, 1] for pair in two]
        for name, pair in values.items():
            passed[name] += share_nearer(tuple(pair), tuple(owners)).interval(0.95)[0] > 0.5
    most = 0.025 * n_runs + 4 * np.sqrt(n_runs * 0.025 * 0.975)
    assert max(passed.values()) <= most


def test_linked_variance_is_the_sum_over_linked_pairs():
    rng = np.random.default_rng(0)
    owner = np.array([rng.choice(np.delete(np.arange(30), i)) for i in range(30)])
    scores = rng.normal(size=30)
    linked = owner[:, None] == owner[None]
    linked |= (owner[:, None] == np.arange(30)[None]) | (owner[None] == np.arange(30)[:, None])
    np.fill_diagonal(linked, val=True)
    expected = max(scores @ linked @ scores, (scores**2).sum())
    assert linked_variance(scores, owner) == pytest.approx(expected)
