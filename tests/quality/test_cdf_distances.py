import numpy as np
import pytest
import scipy.stats

from synthfast.quality import anderson_darling, energy_distance, two_sample, wasserstein


def samples(seed=0, n=400, m=300):
    rng = np.random.default_rng(seed)
    return rng.normal(size=n).round(2), (rng.normal(size=m) * 1.3 + 0.2).round(2)


def test_distances_are_scipys():
    a, b = samples()
    real, synthetic = {"x": a}, {"x": b}
    moved, squared = (f(real, synthetic).detail["columns"]["x"]["distance"] for f in (wasserstein, energy_distance))
    assert moved == pytest.approx(scipy.stats.wasserstein_distance(a, b), rel=1e-9)
    assert squared == pytest.approx(scipy.stats.energy_distance(a, b), rel=1e-9)


def test_anderson_darling_is_the_sum_of_scholz_and_stephens():
    a, b = samples()
    both = np.sort(np.concatenate([a, b]))
    total, size = 0.0, len(both)
    for z in np.unique(both)[:-1]:
        ties, up_to = (both == z).sum(), (both <= z).sum()
        for part in (a, b):
            gap = size * (part <= z).sum() - len(part) * up_to
            total += ties / size * gap**2 / (up_to * (size - up_to)) / len(part)
    found = anderson_darling({"x": a}, {"x": b}).detail["columns"]["x"]
    assert found["statistic"] == pytest.approx(total, rel=1e-9)


@pytest.mark.parametrize(
    ("statistic", "p"), [(1.248, 0.25), (1.933, 0.10), (2.492, 0.05), (3.070, 0.025), (3.878, 0.01)]
)
def test_anderson_darling_p_values_are_those_of_the_tables(statistic, p):
    # D'Agostino and Stephens (1986), table 4.2, for any sample size; given to three digits.
    assert two_sample.anderson_darling_p_value(statistic) == pytest.approx(p, rel=0.02)


def test_anderson_darling_p_values_fall_all_the_way():
    values = [two_sample.anderson_darling_p_value(z) for z in np.geomspace(0.01, 1e4, 400)]
    assert all(0.0 <= value <= 1.0 for value in values)
    assert np.all(np.diff(values) <= 1e-9)


@pytest.mark.parametrize("metric", [wasserstein, energy_distance, anderson_darling])
def test_references_are_what_fresh_samples_show(metric):
    # 200 pairs of samples: the mean of the values is known to better than a tenth; the energy reference is a root mean
    # square, which lies up to 15 % above the mean.
    rng = np.random.default_rng(1)
    values, references = [], []
    for _ in range(200):
        found = metric({"x": rng.exponential(size=300)}, {"x": rng.exponential(size=200)})
        values.append(found.value)
        references.append(found.reference)
    assert 0.85 < np.mean(values) / np.mean(references) < 1.1


@pytest.mark.parametrize("metric", [wasserstein, energy_distance, anderson_darling])
def test_columns_without_values(metric):
    real = {"x": [1.0, 2.0], "y": [1.0, 2.0]}
    found = metric(real, {"x": [None, None], "y": [1.0, 2.0]})
    assert found.value == 0.0
    assert found.detail["left_out"] == ["x"]
    assert not metric({"x": [1.0]}, {"x": [None]}).applicable
    assert metric({"x": [1.0, 1.0]}, {"x": [1.0]}).value == 0.0
