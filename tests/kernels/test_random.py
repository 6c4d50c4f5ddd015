from functools import partial

import numpy as np
import pytest
from reference import random as twin

from synthfast._ext import _random

KEY = (0x0123456789ABCDEF, 0xFEDCBA9876543210)
REAL = {
    "uniform64": (_random.fill_uniform64, np.float64, twin.uniform64_chunk),
    "uniform32": (_random.fill_uniform32, np.float32, twin.uniform32_chunk),
    "normal64": (_random.fill_normal64, np.float64, twin.normal64_chunk),
    "normal32": (_random.fill_normal32, np.float32, twin.normal32_chunk),
    "exponential64": (_random.fill_exponential64, np.float64, twin.exponential_chunk),
    "exponential32": (_random.fill_exponential32, np.float32, twin.exponential_chunk),
}
# Of each law, the largest error against libm that the polynomials allow, in units of the dtype's epsilon.
ULPS = {"uniform64": 0, "uniform32": 0, "normal64": 8, "normal32": 8, "exponential64": 4, "exponential32": 1}
HIGHS = (1, 2, 1000, 2**32 + 1, 2**62 + 2**61, 2**63)


def filled(name, n, start=0, n_threads=1, key=KEY):
    fill, dtype, _ = REAL[name]
    out = np.empty(n, dtype)
    fill(out, *key, start, n_threads)
    return out


def gamma(shape, n, start=0, n_threads=1, dtype=np.float64):
    out = np.empty(n, dtype)
    fill = _random.fill_gamma64 if dtype == np.float64 else _random.fill_gamma32
    fill(out, shape, *KEY, start, n_threads)
    return out


def permutation(n, n_buckets, n_threads=1, key=KEY):
    out = np.empty(n, np.int64)
    _random.fill_permutation(out, np.empty(n, np.uint16), np.empty(n_buckets, np.int64), *key, n_threads)
    return out


def integers(high, n, start=0, n_threads=1):
    out = np.empty(n, np.int64)
    _random.fill_integers(out, high, *KEY, start, n_threads)
    return out


def alias_table(weights):
    n = len(weights)
    thresholds, aliases = np.empty(n, np.uint64), np.empty(n, np.int32)
    _random.build_alias(np.asarray(weights, float), thresholds, aliases, np.empty(n), np.empty(n, np.int32))
    return thresholds, aliases


def choices(table, n, start=0, n_threads=1):
    for array in table:
        array.flags.writeable = False
    out = np.empty(n, np.int32)
    _random.fill_choices(out, *table, *KEY, start, n_threads)
    return out


@pytest.mark.parametrize("name", REAL)
@pytest.mark.parametrize("start", [0, 5000, 2**62 + 4095])
def test_real_laws_agree_with_their_twins(name, start):
    expected = twin.rows(REAL[name][2], 5000, start, KEY)
    got = filled(name, 5000, start)
    tolerance = ULPS[name] * np.finfo(got.dtype).eps
    # Near 0 a normal value is radius x sine with the error of the twin's whole angle: absolute, not relative.
    np.testing.assert_allclose(got, expected, rtol=tolerance, atol=4 * tolerance if "normal" in name else 0)


@pytest.mark.parametrize("shape", [1e-3, 0.3, 0.999, 1.0, 2.5, 9999.0, 10_001.0])
def test_gamma_agrees_with_its_twin(shape):
    # Powers 1 / shape multiply the error of the logarithm, up to 700 of them in the result.
    rtol = 1e-13 if shape >= 1 else 1e-12
    expected = twin.rows(twin.gamma_chunk, 5000, 100, KEY, shape)
    np.testing.assert_allclose(gamma(shape, 5000, 100), expected, rtol=rtol, atol=1e-300)
    np.testing.assert_array_equal(gamma(shape, 5000, 100, dtype=np.float32), gamma(shape, 5000, 100).astype(np.float32))


@pytest.mark.parametrize("high", HIGHS)
def test_integers_agree_with_their_twin(high):
    np.testing.assert_array_equal(integers(high, 5000, 100), twin.rows(twin.integers_chunk, 5000, 100, KEY, high))


@pytest.mark.parametrize("n_outcomes", [1, 2, 3, 1000])
def test_choices_agree_with_their_twin(n_outcomes):
    table = alias_table(np.arange(n_outcomes, dtype=float) + 0.5)
    np.testing.assert_array_equal(choices(table, 5000, 100), twin.rows(twin.choices_chunk, 5000, 100, KEY, *table))


@pytest.mark.parametrize(("n", "n_buckets"), [(0, 1), (1, 1), (2, 4), (1000, 1), (20_000, 8)])
def test_permutation_agrees_with_its_twin(n, n_buckets, n_threads):
    np.testing.assert_array_equal(permutation(n, n_buckets, n_threads), twin.permutation(KEY, n, n_buckets))


@pytest.mark.parametrize("name", REAL)
def test_real_laws_do_not_depend_on_threads_or_cuts(name, n_threads):
    whole = filled(name, 300_000)
    assert filled(name, 300_000, n_threads=n_threads).tobytes() == whole.tobytes()
    for start, n in [(0, 0), (0, 1), (1, 1), (255, 2), (4095, 2), (4096, 4096), (70_001, 200_000)]:
        assert filled(name, n, start, n_threads).tobytes() == whole[start : start + n].tobytes()


def test_other_laws_do_not_depend_on_threads_or_cuts(n_threads):
    table = alias_table([0.2, 3.0, 0.0, 1.0])
    draws = [partial(choices, table), partial(integers, 2**62 + 2**61), partial(gamma, 0.3), partial(gamma, 1e6)]
    for draw in draws:
        whole = draw(300_000, 0, 1)
        assert draw(300_000, 0, n_threads).tobytes() == whole.tobytes()
        for start, n in [(0, 0), (4095, 2), (70_001, 200_000)]:
            assert draw(n, start, n_threads).tobytes() == whole[start : start + n].tobytes()


def test_keys_are_those_of_numpys_philox():
    for words in [(0, 0, 0), (5, 0, 0), (2**64 - 1, 7, 1)]:
        assert list(_random.derive_key(*KEY, *words)) == twin.philox(KEY, (*words, twin.LAWS["key"]))[:2]


@pytest.mark.parametrize(
    "weights",
    [[1.0], [0.0, 2.0], [1.0, 1.0, 1.0], [1e-300, 1.0], [1e300, 1e-300, 0.0], np.arange(10_000.0), [0.1] * 7 + [0.0]],
    ids=["one", "zero", "equal", "tiny", "wide", "many", "tenths"],
)
def test_alias_table_holds_its_weights(weights):
    weights = np.asarray(weights, float)
    thresholds, aliases = alias_table(weights)
    got = twin.alias_probabilities(thresholds, aliases)
    # Each split rounds by about eps in units of 1 / n; a heavy cell gives to many others, so its error grows with n.
    np.testing.assert_allclose(got, weights / weights.sum(), rtol=1e-12, atol=1e-15)
    assert (got[weights == 0] == 0).all()


@pytest.mark.parametrize("name", REAL)
def test_read_only_and_strided_outputs_are_refused(name):
    fill, dtype, _ = REAL[name]
    fixed = np.empty(8, dtype)
    fixed.flags.writeable = False
    for bad in (fixed, np.empty(16, dtype)[::2]):
        with pytest.raises(ValueError):
            fill(bad, *KEY, 0, 1)
