import numpy as np
import pytest
import scipy.stats

from synthfast.quality import two_sample


def samples(seed, n_a=400, n_b=300, ties=False):
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=n_a), rng.normal(0.2, 1.3, size=n_b)
    return (np.sort(np.round(a)), np.sort(np.round(b))) if ties else (np.sort(a), np.sort(b))


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_ks_and_p_value_are_scipys(seed, ties):
    a, b = samples(seed, ties=ties)
    expected = scipy.stats.ks_2samp(a, b, method="asymp")
    statistic = two_sample.ks_statistic(*two_sample.merged_ecdfs(a, b)[1:])
    assert statistic == pytest.approx(expected.statistic, abs=1e-15)
    assert two_sample.ks_p_value(statistic, len(a), len(b)) == pytest.approx(expected.pvalue, rel=1e-12)


@pytest.mark.parametrize("ties", [False, True])
def test_wasserstein_is_scipys(ties):
    a, b = samples(5, ties=ties)
    found = two_sample.wasserstein(*two_sample.merged_ecdfs(a, b))
    assert found == pytest.approx(scipy.stats.wasserstein_distance(a, b), rel=1e-12)


def test_one_value_each():
    a, b = np.array([1.0]), np.array([3.0])
    points, cdf_a, cdf_b = two_sample.merged_ecdfs(a, b)
    assert points.tolist() == [1.0, 3.0]
    assert two_sample.ks_statistic(cdf_a, cdf_b) == 1.0
    assert two_sample.wasserstein(points, cdf_a, cdf_b) == 2.0
    assert 0.0 <= two_sample.ks_p_value(1.0, 1, 1) <= 1.0


def laws():
    def spiky(rng, n):
        return np.where(rng.random(n) < 0.95, 0.0, rng.normal(size=n))

    return {
        "normal": lambda rng, n: rng.normal(size=n),
        "eight values": lambda rng, n: rng.integers(0, 8, n).astype(float),
        "spike": spiky,
        "two values": lambda rng, n: (rng.random(n) < 0.05).astype(float),
        "constant": lambda rng, n: np.zeros(n),
    }


@pytest.mark.parametrize("law", laws())
def test_expected_ks_is_the_mean_over_fresh_samples(law):
    # 200 draws of a statistic whose deviation is about a third of its mean: that is known to 0.33 / sqrt(200) = 2.4 %.
    # The expectation is taken from one sample and 200 simulated bridges (2.4 % again); 4 deviations of both are 14 %.
    draw, rng = laws()[law], np.random.default_rng(1)
    distances = []
    for _ in range(200):
        a, b = np.sort(draw(rng, 2_000)), np.sort(draw(rng, 1_500))
        distances.append(two_sample.ks_statistic(*two_sample.merged_ecdfs(a, b)[1:]))
    assert two_sample.expected_ks(a, 1_500) == pytest.approx(np.mean(distances), rel=0.14, abs=1e-12)


def test_ks_limit_is_passed_by_fresh_samples():
    # Exceeded with probability .001: in 400 trials the count is Poisson(.4), beyond 5 with probability 4e-6.
    rng = np.random.default_rng(2)
    limit = two_sample.ks_limit(300, 200)
    over = 0
    for _ in range(400):
        a, b = np.sort(rng.normal(size=300)), np.sort(rng.normal(size=200))
        over += two_sample.ks_statistic(*two_sample.merged_ecdfs(a, b)[1:]) > limit
    assert over <= 5


def test_total_variation_by_hand():
    assert two_sample.total_variation(np.array([2, 2, 0]), np.array([1, 2, 1])) == pytest.approx(0.25)


@pytest.mark.parametrize("n_levels", [1, 2, 10, 300])
def test_expected_total_variation_and_its_limit(n_levels):
    # The distance of two levels has a deviation of three quarters of its mean (half-normal): the mean of 300 is known
    # to 4.4 %; three deviations are 13 %. With more levels it is known better, but the counts stand in for the law,
    # which costs some 3 % at 300 levels of 10 rows. The limit is exceeded with probability .001: see above.
    rng = np.random.default_rng(3)
    law = rng.dirichlet(np.full(n_levels, 2.0))
    real = rng.multinomial(3_000, law)
    pairs = [(rng.multinomial(3_000, law), rng.multinomial(2_000, law)) for _ in range(300)]
    distances = np.array([two_sample.total_variation(a, b) for a, b in pairs])
    assert two_sample.expected_total_variation(real, 2_000) == pytest.approx(distances.mean(), rel=0.13)
    assert np.sum(distances > two_sample.total_variation_limit(real, 2_000)) <= 5


def test_chi_square_is_scipys_where_no_level_is_rare():
    a, b = np.array([30, 50, 20]), np.array([45, 40, 35])
    found = two_sample.chi_square_test(a, b)
    expected = scipy.stats.chi2_contingency(np.stack([a, b]), correction=False)
    assert found.statistic == pytest.approx(expected.statistic, rel=1e-12)
    assert found.p_value == pytest.approx(expected.pvalue, rel=1e-12)
    assert found.degrees_of_freedom == expected.dof == 2


def test_chi_square_pools_rare_levels():
    a, b = np.array([100, 80, 1, 2, 3, 0]), np.array([90, 95, 2, 0, 4, 0])
    found = two_sample.chi_square_test(a, b)
    expected = scipy.stats.chi2_contingency([[100, 80, 6], [90, 95, 6]], correction=False)
    assert found.statistic == pytest.approx(expected.statistic, rel=1e-12)
    assert found.degrees_of_freedom == 2


def test_chi_square_of_a_single_level_tests_nothing():
    assert two_sample.chi_square_test(np.array([5, 0]), np.array([9, 0])) == (0.0, 1.0, 0)
