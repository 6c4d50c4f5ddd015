"""Bootstrap intervals: SciPy's from the same resamples, coverage, and every kind of resample."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy import stats

from synthfast import bootstrap_interval
from synthfast.exceptions import DataError


def skewed(n=120, seed=0):
    return np.random.default_rng(seed).exponential(size=n)


class Done:
    """What SciPy takes for resamples that are there already."""

    def __init__(self, distribution):
        self.bootstrap_distribution = distribution


@pytest.mark.parametrize("level", [0.5, 0.9, 0.95])
@pytest.mark.parametrize("statistic", [np.mean, np.median, np.std], ids=["mean", "median", "deviation"])
@pytest.mark.parametrize("method", ["percentile", "basic", "bca"])
def test_intervals_are_scipys_of_the_same_resamples(method, statistic, level):
    x = skewed()
    found = bootstrap_interval(x, statistic, method=method, level=level, n_resamples=2_000, random_state=0)
    name = {"bca": "BCa"}.get(method, method)
    peer = stats.bootstrap(
        (x,), statistic, n_resamples=0, bootstrap_result=Done(found.distribution), confidence_level=level, method=name
    )
    assert found.low == pytest.approx(peer.confidence_interval.low, rel=1e-9)
    assert found.high == pytest.approx(peer.confidence_interval.high, rel=1e-9)
    assert found.standard_error == pytest.approx(peer.standard_error, rel=1e-9)
    assert found.estimate == pytest.approx(statistic(x))


def test_intervals_agree_with_scipys_own_resamples():
    """Quantiles at 2.5 % of 20,000 resamples have a standard error of about 0.02 standard errors of the mean."""
    x = skewed(80)
    ours = bootstrap_interval(x, np.mean, n_resamples=20_000, random_state=0)
    peer = stats.bootstrap((x,), np.mean, n_resamples=20_000, rng=np.random.default_rng(0), method="percentile")
    for mine, theirs in zip((ours.low, ours.high), peer.confidence_interval, strict=True):
        assert abs(mine - theirs) < 0.1 * ours.standard_error


@pytest.mark.parametrize(("method", "expected"), [("percentile", 0.93), ("bca", 0.93)])
def test_coverage(method, expected):
    """300 samples of 60 from an exponential law: at least 0.88 where 0.93 is true fails once in 2,000 (binomial)."""
    hits = 0
    for seed in range(300):
        found = bootstrap_interval(
            skewed(60, seed + 10), np.mean, method=method, n_resamples=400, random_state=seed, n_threads=1
        )
        hits += found.low <= 1.0 <= found.high
    assert hits / 300 > expected - 0.05


def test_one_resample_at_a_time_gives_the_same():
    x = skewed()
    together = bootstrap_interval(x, np.mean, n_resamples=500, random_state=0)
    alone = bootstrap_interval(x, lambda rows: rows.mean(), n_resamples=500, random_state=0)
    np.testing.assert_allclose(alone.distribution, together.distribution)
    assert bootstrap_interval(x, np.mean, n_resamples=100, random_state=0).distribution.tolist() == pytest.approx(
        together.distribution[:100].tolist()
    )


def test_threads_change_nothing(n_threads):
    x = skewed(3_000)
    found = bootstrap_interval(x, np.mean, n_resamples=700, random_state=0, n_threads=n_threads)
    expected = bootstrap_interval(x, np.mean, n_resamples=700, random_state=0, n_threads=1)
    assert found.distribution.tobytes() == expected.distribution.tobytes()


def test_statistics_of_several_numbers_and_of_tables():
    rng = np.random.default_rng(1)
    x = rng.normal(size=200)
    frame = pd.DataFrame({"x": x, "y": 2 * x + rng.normal(size=200)})

    def slope_and_mean(rows):
        return np.array([np.cov(rows["x"], rows["y"])[0, 1] / rows["x"].var(), rows["y"].mean()])

    for method in ("percentile", "basic", "bca"):
        found = bootstrap_interval(frame, slope_and_mean, method=method, n_resamples=400, random_state=0)
        assert found.low.shape == found.high.shape == (2,)
        assert found.low[0] < 2.0 < found.high[0]
        assert found.distribution.shape == (400, 2)
    pairs = bootstrap_interval(
        frame.to_numpy(), lambda rows: np.corrcoef(rows.T)[0, 1], n_resamples=400, random_state=0
    )
    assert pairs.low < np.corrcoef(frame.T)[0, 1] < pairs.high
    expected = bootstrap_interval(frame, lambda rows: rows["y"].mean(), n_resamples=50, random_state=0)
    polars = bootstrap_interval(pl.DataFrame(frame), lambda rows: rows["y"].mean(), n_resamples=50, random_state=0)
    arrow = pa.Table.from_pandas(frame)
    arrow = bootstrap_interval(arrow, lambda rows: np.mean(rows["y"].to_numpy()), n_resamples=50, random_state=0)
    for other in (polars, arrow):
        np.testing.assert_allclose(other.distribution, expected.distribution)


def test_strata_keep_their_sizes():
    labels = np.repeat(["small", "large"], [5, 95])
    value = np.repeat([100.0, 0.0], [5, 95])
    found = bootstrap_interval(value, np.mean, stratify=labels, n_resamples=200, random_state=0)
    assert found.standard_error == 0.0
    assert found.low == found.high == 5.0


def test_clusters_widen_the_interval_by_what_their_rows_share():
    """Rows that are all alike within clusters: the standard error is that of the clusters' mean."""
    rng = np.random.default_rng(2)
    each = rng.normal(size=40)
    x, label = np.repeat(each, 25), np.repeat(np.arange(40), 25)
    found = bootstrap_interval(x, np.mean, cluster=label, n_resamples=4_000, random_state=0)
    expected = each.std() / np.sqrt(40)
    assert abs(found.standard_error / expected - 1) < 4 / np.sqrt(2 * 4_000)
    corrected = bootstrap_interval(x, np.mean, cluster=label, n_resamples=2_000, method="bca", random_state=0)
    assert corrected.low < each.mean() < corrected.high


def test_stretches_widen_the_interval_of_a_series():
    """An AR(1) series' mean has a standard error of about sigma / (1 - phi) / root n."""
    rng = np.random.default_rng(3)
    x = np.empty(4_000)
    x[0] = 0.0
    for t in range(1, len(x)):
        x[t] = 0.7 * x[t - 1] + rng.normal()
    found = bootstrap_interval(x, np.mean, block_length=80, n_resamples=2_000, random_state=0)
    assert abs(found.standard_error / (1 / 0.3 / np.sqrt(4_000)) - 1) < 0.25
    assert bootstrap_interval(x, np.mean, block_length="auto", n_resamples=50, random_state=0).distribution.shape == (
        50,
    )


def test_a_statistic_that_never_moves():
    for method in ("percentile", "basic", "bca"):
        found = bootstrap_interval(np.ones(20), np.mean, method=method, n_resamples=50, random_state=0)
        assert (found.low, found.high, found.standard_error) == (1.0, 1.0, 0.0)
    assert "95%" in str(found)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"level": 0.0}, "level"),
        ({"level": 1.0}, "level"),
        ({"level": "high"}, "level"),
        ({"n_resamples": 0}, "n_resamples"),
        ({"method": "normal"}, "method"),
        ({"statistic": 5}, "statistic"),
        ({"data": [1.0]}, "two rows"),
        ({"data": np.zeros((2, 2, 2))}, "shape"),
        ({"stratify": [1, 2]}, "stratify"),
        ({"cluster": np.zeros(120)}, "two clusters"),
        ({"block_length": 121}, "block_length"),
        ({"stratify": np.zeros(120), "cluster": np.zeros(120)}, "stratify and cluster"),
        ({"stratify": np.arange(120) % 2, "method": "bca"}, "bca"),
        ({"block_length": 5, "method": "bca"}, "bca"),
        ({"statistic": lambda rows, axis: np.zeros(7)}, "axis=-1"),
    ],
)
def test_bad_arguments_are_named(change, words):
    arguments = {"data": skewed(), "statistic": np.mean, "n_resamples": 10} | change
    with pytest.raises((TypeError, ValueError, DataError), match=words):
        bootstrap_interval(**arguments)
