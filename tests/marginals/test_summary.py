import numpy as np
import pytest

from synthfast.exceptions import DataError
from synthfast.marginals.summary import Summary


def values(n=5000, seed=1):
    return np.random.default_rng(seed).gamma(2.0, 3.0, n)


def test_missing_values_are_counted_and_left_out():
    x = values()
    with_missing = np.concatenate((x[:100], [np.nan] * 7, x[100:]))
    summary = Summary(with_missing)
    assert (summary.n, summary.n_missing) == (5000, 7)
    assert summary.mean * summary.unit == pytest.approx(x.mean(), rel=1e-13)
    assert summary.std * summary.unit == pytest.approx(x.std(), rel=1e-13)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ([], "found none"),
        ([np.nan, np.nan], "found none among 2"),
        ([1.0, np.inf, 2.0], "infinities"),
        ([1.0, -np.inf, 2.0], "infinities"),
        ([3.0], "at least two distinct values, found only 3"),
        ([3.0, 3.0, np.nan], "at least two distinct values, found only 3"),
        ([-1e308, 1e308], "near the end of float64"),
    ],
)
def test_what_cannot_be_fitted_is_refused(bad, message):
    with pytest.raises(DataError, match=message):
        Summary(np.array(bad))


@pytest.mark.parametrize("factor", [1.0, 3e-200, 7e200])
def test_unit_is_an_exact_scaling(factor):
    x = values(300) * factor
    summary = Summary(x)
    assert (summary.points(np.arange(300)) == np.sort(x)).all()
    assert (summary.exponent == 0) == (factor == 1.0)
    assert 0.1 <= summary.maximum - summary.minimum <= 100.0


def test_repeats_are_counted():
    x = np.random.default_rng(2).integers(0, 9, 1000).astype(float)
    summary = Summary(x)
    levels, counts = np.unique(x, return_counts=True)
    assert len(summary.full) == 9
    assert (summary.counts()[0] == levels).all()
    assert (summary.counts()[1] == counts).all()
    assert summary.is_integer
    assert summary.resolution * summary.unit == 1.0
    index = np.arange(9)
    assert summary.share_below(index + 1) == pytest.approx(np.cumsum(counts) / 1000, rel=1e-15)


def test_counts_of_values_that_hardly_repeat():
    x = np.concatenate((values(100), [2.5, 2.5]))
    levels, counts = np.unique(x, return_counts=True)
    found = Summary(x).counts()
    assert (found[0] == levels).all()
    assert (found[1] == counts).all()


def test_real_numbers_have_no_resolution():
    summary = Summary(values())
    assert summary.resolution == 0.0
    assert not summary.is_integer
    assert summary.nearest_edge == pytest.approx(summary.std / 5000)


@pytest.mark.parametrize("repeat", [1, 3])
@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 0.75, 1.0])
def test_quantile(repeat, share):
    x = np.repeat(values(501), repeat)
    expected = np.quantile(x, share, method="inverted_cdf")
    summary = Summary(x)
    assert summary.quantile(share) * summary.unit == expected


@pytest.mark.parametrize("n", [2049, 100_000])
def test_coarse_points_keep_mass_mean_and_ends(n):
    summary = Summary(values(n))
    coarse = summary.coarse
    assert 500 < len(coarse) < 2100
    assert coarse.total == n
    assert coarse.mean == pytest.approx(summary.mean, rel=1e-4)
    assert (coarse.values[:50] == summary.full.values[:50]).all()
    assert (coarse.values[-50:] == summary.full.values[-50:]).all()
    assert (np.diff(coarse.values) >= 0).all()
    # Group means lose the variance inside groups, at most a 5 % step of the rank in the tails.
    assert coarse.central_moments[0] == pytest.approx(summary.full.central_moments[0], rel=0.01)


def test_short_columns_are_their_own_coarse_points():
    summary = Summary(values(500))
    assert summary.coarse is summary.full
    assert summary.stages == (summary.full,)


def test_input_is_not_changed():
    x = values(100)
    before = x.copy()
    Summary(x)
    assert (x == before).all()


def test_strided_and_read_only_input():
    x = values(100)
    strided, expected = x[::3], Summary(x[::3].copy())
    strided.flags.writeable = False
    assert (Summary(strided).full.values == expected.full.values).all()
    assert Summary(np.float32([1.0, 2.5])).full.values.tolist() == [1.0, 2.5]
