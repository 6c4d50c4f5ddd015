import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from reference import histogram as twin

from synthfast.marginals.histogram import BitPrefixHistogram

FLOATS = st.one_of(
    st.floats(allow_infinity=False, width=64),
    st.integers(-5, 5).map(float),
    st.integers(-(2**53), 2**53).map(float),
    st.integers(-200, 200).map(lambda i: i / 100),
    st.floats(-1, 1).map(lambda x: 1e9 + x / 1e3),
)
TENTHS = st.integers(-20, 20).map(lambda i: i / 10)
COLUMNS = st.one_of(arrays(np.float64, st.integers(0, 60), elements=e) for e in (FLOATS, TENTHS))
BOUNDS = st.sampled_from([2, 3, 8, 40, 2**20])


def content(h):
    return h.minima.tobytes(), h.maxima.tobytes(), h.sizes.tobytes(), h.shift, h.n_missing, h.max_bins


@given(COLUMNS, BOUNDS)
def test_a_column_is_summarised_as_by_the_twin(x, max_bins):
    got = BitPrefixHistogram.from_values(x, max_bins=max_bins)
    minima, maxima, sizes, shift, n_missing = twin.summary(x, max_bins)
    assert content(got) == (minima.tobytes(), maxima.tobytes(), sizes.tobytes(), shift, n_missing, max_bins)


@given(COLUMNS, BOUNDS, st.lists(st.integers(0, 60), max_size=6), st.randoms(use_true_random=False))
def test_any_split_merged_in_any_order_is_the_whole(x, max_bins, cuts, order):
    parts = [BitPrefixHistogram.from_values(part, max_bins=max_bins) for part in np.split(x, sorted(cuts))]
    while len(parts) > 1:
        order.shuffle(parts)
        parts.append(parts.pop().merge(parts.pop()))
    assert content(parts[0]) == content(BitPrefixHistogram.from_values(x, max_bins=max_bins))


@given(COLUMNS, BOUNDS)
def test_values_are_ascending_and_stand_for_all_rows(x, max_bins):
    h = BitPrefixHistogram.from_values(x, max_bins=max_bins)
    assert (np.diff(h.values()) > 0).all()
    assert len(h.counts()) <= max_bins
    assert h.n_values + h.n_missing == len(x)
    alone = h.minima == h.maxima
    assert h.values()[alone].tobytes() == h.minima[alone].tobytes()
    assert ((h.minima <= h.values()) & (h.values() <= h.maxima)).all()


def test_a_long_column_is_cut_at_the_bound():
    x = np.random.default_rng(0).lognormal(size=30_000)
    h = BitPrefixHistogram.from_values(x, max_bins=10_000)
    finer = BitPrefixHistogram.from_values(x, max_bins=2**20)
    assert 5_000 < len(h.counts()) <= 10_000
    assert finer.shift == 0
    assert content(h) == content(BitPrefixHistogram.from_values(x[::-1], max_bins=10_000))
    np.testing.assert_allclose(np.repeat(h.values(), h.counts()), np.sort(x), rtol=2.0 ** (h.shift - 52))


@pytest.mark.parametrize("kind", [np.float32, np.int64, np.bool_, list])
def test_other_kinds_of_numbers_are_taken(kind):
    x = np.array([1, 0, 1])
    h = BitPrefixHistogram.from_values(list(x) if kind is list else x.astype(kind))
    np.testing.assert_array_equal(h.values(), [0, 1])
    np.testing.assert_array_equal(h.counts(), [1, 2])


def test_strided_and_read_only_columns_are_taken():
    x = np.arange(20.0)[::-2]
    x.flags.writeable = False
    np.testing.assert_array_equal(BitPrefixHistogram.from_values(x).values(), np.arange(1.0, 20, 2))


def test_what_cannot_be_summarised_is_refused():
    with pytest.raises(ValueError, match="got -inf at position 1"):
        BitPrefixHistogram.from_values([1.0, -np.inf])
    with pytest.raises(ValueError, match="one dimension"):
        BitPrefixHistogram.from_values(np.zeros((2, 2)))
    with pytest.raises(ValueError, match="max_bins"):
        BitPrefixHistogram.from_values([1.0], max_bins=1)
    with pytest.raises(ValueError, match="equal max_bins"):
        BitPrefixHistogram.from_values([1.0]).merge(BitPrefixHistogram.from_values([1.0], max_bins=5))
