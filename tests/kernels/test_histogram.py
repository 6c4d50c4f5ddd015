import numpy as np
import pytest
from reference import histogram as twin

from synthfast._ext import _histogram

TINY, HUGE = 5e-324, 1.7976931348623157e308
SPECIAL = np.array([-HUGE, -1.5, -1.0, -1e-300, -TINY, -0.0, 0.0, 0.0, TINY, 0.1, 1.0, 1.0, 1.5, 2.0, HUGE])


def sorted_values(n=2000, seed=0):
    rng = np.random.default_rng(seed)
    return np.sort(np.r_[rng.normal(size=n).round(2), rng.lognormal(size=n), SPECIAL])


def binned(values, shift):
    n_bins = len(twin.bins(values, shift))
    minima, maxima, counts = np.empty(n_bins), np.empty(n_bins), np.empty(n_bins, np.int64)
    _histogram.bin_values(values, shift, minima, maxima, counts)
    return minima, maxima, counts


def merged(left, right, shift):
    size = len(left[0]) + len(right[0])
    out = np.empty(size), np.empty(size), np.empty(size, np.int64)
    n_bins = _histogram.merge_bins(*left, *right, shift, *out)
    return tuple(column[:n_bins] for column in out)


def same(got, expected):
    return [column.tobytes() for column in got] == [column.tobytes() for column in expected]


@pytest.mark.parametrize("values", [[], [np.nan], [np.nan, -0.0, 3.0], [np.inf, -np.inf, np.nan, 0.0]])
def test_scan_tells_missing_and_range(values):
    values = np.array(values)
    present = values[~np.isnan(values)]
    expected = np.isnan(values).sum(), present.min(initial=np.inf), present.max(initial=-np.inf)
    assert _histogram.scan_values(values) == expected


def test_counts_whole_numbers():
    x = np.array([3.0, -2.0, np.nan, 0.0, -0.0, 3.0])
    counts = np.zeros(6, np.int64)
    _histogram.count_cells(x, 1.0, -2.0, counts)
    np.testing.assert_array_equal(counts, [1, 0, 2, 0, 0, 2])


@pytest.mark.parametrize("decimals", range(8))
@pytest.mark.parametrize("size", [1.0, 1e3, 1e8])
def test_decimals_are_found_and_counted(decimals, size):
    x = (np.random.default_rng(decimals).normal(size=700) * size).round(decimals)
    x[-5:] = x[:5].round()
    scale = _histogram.find_scale(np.r_[np.nan, x], x.min(), x.max())
    assert scale == twin.scale(x)
    if 0 < scale * size <= 1e6:
        first = round(scale * x.min())
        counts = np.zeros(round(scale * x.max()) - first + 1, np.int64)
        _histogram.count_cells(x, scale, x.min(), counts)
        np.testing.assert_array_equal(np.repeat((np.arange(len(counts)) + first) / scale, counts), np.sort(x))


@pytest.mark.parametrize("other", [1 / 3, 0.1 + 0.2, 1e-7, TINY, -TINY, 1e-17, HUGE, -HUGE, 2.0**51, np.inf, -np.inf])
@pytest.mark.parametrize("at", [0, 600, 999])
def test_one_other_number_is_not_overlooked(other, at):
    x = np.random.default_rng(0).integers(-500, 500, 1000) / 100
    x[at] = other
    assert _histogram.find_scale(x, x.min(), x.max()) == 0


def test_splits_agree_with_their_twin():
    for values in (sorted_values(), SPECIAL, SPECIAL[:1], SPECIAL[:0]):
        splits = np.zeros(65, np.int64)
        _histogram.count_splits(values, splits)
        np.testing.assert_array_equal(splits, twin.splits(values))


@pytest.mark.parametrize("shift", [0, 1, 30, 45, 52, 62, 63])
@pytest.mark.parametrize("values", [sorted_values(), SPECIAL, SPECIAL[:1], SPECIAL[:0]], ids=len)
def test_bins_agree_with_their_twin(values, shift):
    values.flags.writeable = False
    rows = list(zip(*binned(values, shift), strict=True))
    assert rows == twin.bins(values, shift)
    assert not np.signbit([row[0] for row in rows if row[0] == 0]).any()


@pytest.mark.parametrize(("before", "after"), [(0, 0), (0, 45), (45, 45), (30, 63)])
@pytest.mark.parametrize("cut", [0, 1, 700, 4015])
def test_merged_bins_are_those_of_the_whole(before, after, cut):
    values = np.random.default_rng(1).permutation(sorted_values())
    parts = [binned(np.sort(part), before) for part in (values[:cut], values[cut:])]
    whole = binned(np.sort(values), after)
    assert same(merged(*parts, after), whole)
    assert same(merged(*parts[::-1], after), whole)


def test_one_array_may_hold_minima_and_maxima_without_a_shift():
    left, right = binned(SPECIAL, 0), binned(np.array([-1.0, 0.25]), 0)
    both, counts = np.empty(99), np.empty(99, np.int64)
    n_bins = _histogram.merge_bins(*left, *right, 0, both, both, counts)
    assert same((both[:n_bins], both[:n_bins], counts[:n_bins]), merged(left, right, 0))


def test_strided_values_are_refused():
    with pytest.raises(ValueError):
        _histogram.scan_values(np.zeros(8)[::2])
