import numpy as np
import pytest
from reference import code_rows as twin
from reference.compiled import VARIANTS, output_of, skip_unless_it_runs
from scipy.special import log_ndtr

from synthfast._ext._code_rows import add_tables, fill_differences, fill_normal_odds, fill_standardised, take_codes

SIZES = [0, 1, 2, 17, 300]


def random_codes(n, n_columns=4, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n_columns, n)).astype(np.uint8)


def random_rows(n, m, n_boundaries, seed=1):
    """Rows, some of them twice and some not at all, and the boundary that each is held against."""
    rng = np.random.default_rng(seed)
    return rng.integers(0, n, m).astype(np.int32), rng.integers(0, n_boundaries, m).astype(np.uint16)


def frozen(*arrays):
    for array in arrays:
        array.flags.writeable = False
    return arrays


@pytest.mark.parametrize("m", SIZES)
@pytest.mark.parametrize("columns", [[], [2], [3, 0, 0, 2, 1]])
def test_codes_taken_agree_with_their_twin(columns, m):
    rng = np.random.default_rng(2)
    tables = rng.integers(0, 256, (len(columns), 256)).astype(np.uint8)
    rows, _ = random_rows(100, m, 1)
    task = frozen(random_codes(100), np.array(columns, np.int32), tables, rows)
    out = np.full((len(columns) + 2, m), 77, np.uint8)
    take_codes(*task, out)
    np.testing.assert_array_equal(out[: len(columns)], np.array(twin.take_codes(*task)).reshape(len(columns), m))
    assert (out[len(columns) :] == 77).all()


def test_no_rows_at_all_are_taken():
    out = np.empty((1, 0), np.uint8)
    none, column = np.empty(0, np.int32), np.zeros(1, np.int32)
    take_codes(random_codes(0), column, np.zeros((1, 256), np.uint8), none, out)
    fill_differences(random_codes(0)[0], none, none.astype(np.uint16), np.empty(0, np.int16), 1, out[0])
    fill_standardised(np.empty(0, np.float32), none, none.astype(np.uint16), np.empty(0, np.float32), 1.0, out[0])
    add_tables(random_codes(0), column, np.zeros((1, 256), np.float32), np.empty(0, np.float32))


@pytest.mark.parametrize("m", SIZES)
@pytest.mark.parametrize("sign", [1, -1])
def test_differences_agree_with_their_twin(sign, m):
    boundary = np.array([-32768, -129, -128, -127, -1, 0, 1, 100, 255, 256, 32767], np.int16)
    rows, position = random_rows(100, m, len(boundary))
    task = frozen(random_codes(100)[0], rows, position, boundary)
    out = np.full(m, 77, np.uint8)
    fill_differences(*task, sign, out)
    np.testing.assert_array_equal(out, twin.fill_differences(*task, sign))
    if m == 300:
        assert {0, 255} < set(out.tolist())


def test_differences_are_cut_off_and_not_wrapped():
    codes = np.arange(256, dtype=np.uint8)
    rows, out = np.arange(256, dtype=np.int32), np.empty(256, np.uint8)
    for boundary in (-32768, -128, 0, 127, 128, 255, 32767):
        for sign in (1, -1):
            fill_differences(codes, rows, np.zeros(256, np.uint16), np.array([boundary], np.int16), sign, out)
            np.testing.assert_array_equal(out, np.clip(128 + sign * (np.arange(256) - boundary), 0, 255))


@pytest.mark.parametrize("m", SIZES)
@pytest.mark.parametrize("scale", [0.0, 1.0, 32.0, -20.5, 1e-30, 1e30])
def test_standardised_agree_with_their_twin(scale, m):
    boundary = np.array([-1e4, -3.0, -0.25, 0.0, 0.7, 2.0, 1e4], np.float32)
    rows, position = random_rows(100, m, len(boundary))
    z = np.random.default_rng(3).normal(0, 2, 100).astype(np.float32)
    task = frozen(z, rows, position, boundary)
    out = np.full(m, 77, np.uint8)
    fill_standardised(*task, scale, out)
    np.testing.assert_array_equal(out, twin.fill_standardised(*task, scale))
    if m == 300:
        assert len(np.unique(out)) > 50 or scale in (0.0, 1.0, 1e-30, 1e30)


def test_standardised_are_rounded_down_and_cut_off():
    value = [
        -np.inf,
        -3e38,
        -200.5,
        -129.0,
        -128.0,
        -127.5,
        -1.0,
        -0.001,
        0.0,
        0.999,
        1.0,
        126.5,
        127.0,
        128.0,
        3e38,
        np.inf,
    ]
    expected = [0, 0, 0, 0, 0, 0, 127, 127, 128, 128, 129, 254, 255, 255, 255, 255]
    z, rows, out = np.array(value, np.float32), np.arange(16, dtype=np.int32), np.empty(16, np.uint8)
    fill_standardised(z, rows, np.zeros(16, np.uint16), np.zeros(1, np.float32), 1.0, out)
    assert out.tolist() == expected


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("columns", [[], [1], [0, 3, 3, 2]])
def test_tables_added_agree_with_their_twin(columns, n):
    rng = np.random.default_rng(4)
    tables = rng.normal(0, 10.0 ** rng.integers(-6, 6, (len(columns), 1)), (len(columns), 256)).astype(np.float32)
    task = frozen(random_codes(n), np.array(columns, np.int32), tables)
    z = rng.normal(size=n).astype(np.float32)
    expected = twin.add_tables(*task, z)
    add_tables(*task, z)
    assert z.tobytes() == expected.tobytes()


def test_strided_input_is_refused():
    rows, position = random_rows(50, 10, 3)
    with pytest.raises(ValueError):
        fill_differences(random_codes(100)[0, ::2], rows, position, np.zeros(3, np.int16), 1, np.empty(10, np.uint8))
    with pytest.raises(ValueError):
        add_tables(random_codes(100)[:, ::2], np.zeros(1, np.int32), np.zeros((1, 256), np.float32), np.zeros(50, "f4"))


def normal_odds(z, rows, node, low, middle, high, precision=1.0):
    """The kernel's answer; nothing is written beyond it."""
    low, middle, high = (np.asarray(x, np.float32) for x in (low, middle, high))
    z, rows, node = np.asarray(z, np.float32), np.asarray(rows, np.int32), np.asarray(node, np.uint16)
    frozen(z, rows, node, low, middle, high)
    out = np.full(len(rows) + 3, 77, np.float32)
    fill_normal_odds(z, rows, node, low, middle, high, precision, out[: len(rows)])
    assert (out[len(rows) :] == 77).all()
    return out[: len(rows)]


def random_nodes(n, least=0.1, most=3.0, seed=5):
    rng = np.random.default_rng(seed)
    low = rng.uniform(-4, 2, n)
    middle = low + rng.uniform(least, most, n)
    high = middle + rng.uniform(least, most, n)
    low[::5], high[1::5] = -np.inf, np.inf
    low[4], high[4] = -np.inf, np.inf
    return [x.astype(np.float32) for x in (low, middle, high)]


@pytest.mark.parametrize("m", [0, 1, 2, 17, 255, 256, 257, 511, 512, 513, 2000])
@pytest.mark.parametrize("precision", [0.3, 1.0, 1.7])
def test_normal_odds_agree_with_their_twin(precision, m):
    """Halves are 0.03 standard deviations wide or more, which leaves an error of 2e-5 at most."""
    z = np.random.default_rng(6).uniform(-2, 2, 100).astype(np.float32)
    rows, node = random_rows(100, m, 30)
    task = z, rows, node, *random_nodes(30), precision
    found, expected = normal_odds(*task), twin.fill_normal_odds(*task)
    np.testing.assert_allclose(found, expected, rtol=0, atol=3e-5)
    if m == 2000:
        assert found.min() < -2
        assert found.max() > 2


@pytest.mark.parametrize("precision", [0.5, 1.0, 4.0])
def test_normal_odds_of_the_whole_line_are_those_of_the_tails(precision):
    z = np.linspace(-5.9, 5.9, 1001, dtype=np.float32) / precision
    found = normal_odds(z, np.arange(1001), np.zeros(1001), [-np.inf], [0.0], [np.inf], precision)
    x = (z * np.float32(precision)).astype(float)
    np.testing.assert_allclose(found, log_ndtr(x) - log_ndtr(-x), rtol=0, atol=3e-6)
    np.testing.assert_array_equal(found, -found[::-1])
    assert (np.diff(found) > 0).all()


@pytest.mark.parametrize("at", [2.0, 4.0, 5.875])
@pytest.mark.parametrize("width", [0.125, 1.0, np.inf])
def test_normal_odds_within_a_tail(at, width):
    """Intervals that lie in one tail alone: both halves have next to no probability."""
    low, middle, high = [at - 0.5, -at - width], [at, -at], [at + width, 0.5 - at]
    found = normal_odds([0.0], [0, 0], [0, 1], low, middle, high)
    tails = np.exp(log_ndtr([-at + 0.5, -at, -at - width]))
    expected = np.log((tails[1] - tails[2]) / (tails[0] - tails[1]))
    np.testing.assert_allclose(found, [expected, -expected], rtol=0, atol=1e-5)


@pytest.mark.parametrize("width", [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1.0])
def test_narrow_halves_lose_digits_and_no_more(width):
    z, rows = np.linspace(-6, 6, 401, dtype=np.float32), np.arange(401)
    for other in (width, 3 * width, 1.0, np.inf):
        for left, right in [(width, other), (other, width)]:
            ends = [np.array([x], np.float32) for x in (-left, 0.0, right)]
            expected = twin.fill_normal_odds(z, rows, np.zeros(401, int), *ends, 1.0)
            found = normal_odds(z, rows, np.zeros(401), *ends)
            np.testing.assert_allclose(found, expected, rtol=0, atol=3e-6 + 6e-7 / width)


def test_means_far_away_count_as_six_deviations():
    far = np.array([6.0, 6.5, 40.0, 1e4, 3e38, np.inf], np.float32)
    low, middle, high = [-np.inf, -1.0, 0.0], [0.0, 0.0, 0.0], [np.inf, 2.0, 0.5]
    for sign in (1, -1):
        found = normal_odds(np.repeat(sign * far, 3), np.arange(18), np.tile(np.arange(3), 6), low, middle, high)
        assert (found.reshape(6, 3) == found[:3]).all()
        ends = np.array([low, middle, high], np.float32)
        expected = twin.fill_normal_odds(sign * far[:1], [0] * 3, range(3), *ends, 1.0)
        np.testing.assert_allclose(found[:3], expected, rtol=0, atol=3e-6)
        assert np.isfinite(found).all()
    # The same by way of the deviation.
    z = np.array([0.5, 0.6, 100.0], np.float32)
    found = normal_odds(z, np.arange(3), np.zeros(3), [-np.inf], [0.0], [np.inf], 12.0)
    assert len(set(found)) == 1


def test_halves_without_probability_count_as_next_to_none():
    low, middle, high = [0.0, -1.0, 0.0], [0.0, 0.0, 0.0], [1.0, 0.0, 0.0]
    found = normal_odds([0.0], [0] * 3, range(3), low, middle, high)
    expected = np.log((np.exp(log_ndtr(1.0)) - 0.5) / 1e-30)
    np.testing.assert_allclose(found, [expected, -expected, 0.0], rtol=1e-6)
    # From both ends: the lower half is all there is, or what lies beyond 6 deviations.
    z = np.array([-50, 50], np.float32)
    found = normal_odds(z, [0, 1], [0, 0], [-np.inf], [0.0], [0.0])
    np.testing.assert_allclose(found, np.log(1e-30) - log_ndtr([6.0, -6.0]), rtol=1e-6)


def test_rows_without_a_mean_leave_the_others_alone():
    rows, node = random_rows(100, 700, 30)
    z = np.random.default_rng(7).normal(0, 1, 100).astype(np.float32)
    nodes = random_nodes(30)
    without = z.copy()
    without[::7] = np.nan
    found, expected = normal_odds(without, rows, node, *nodes), normal_odds(z, rows, node, *nodes)
    hit = rows % 7 == 0
    np.testing.assert_array_equal(found[~hit], expected[~hit])
    assert np.isfinite(found[hit]).all()


def test_normal_odds_depend_on_no_other_row():
    z = np.random.default_rng(8).normal(0, 2, 600).astype(np.float32)
    _, node = random_rows(600, 600, 30)
    nodes = random_nodes(30)
    found = normal_odds(z, np.arange(600), node, *nodes)
    for start, stop in [(0, 1), (3, 20), (250, 260), (255, 511), (599, 600)]:
        own = normal_odds(z, np.arange(start, stop), node[start:stop], *nodes)
        assert own.tobytes() == found[start:stop].tobytes()


# The C loop, compiled anew for each instruction set, against the build at hand.
PROGRAM = r"""
#include <stdio.h>
#include "sf_normal_odds.h"
enum { N = 1000 };
static float middle[N], left[N], right[N], odds[N];
int main(void) {
    for (uint32_t i = 0; i < N; i++) {
        middle[i] = -((float)(i * 2654435761u >> 8) / 1048576.0f - 8.0f);
        left[i] = i % 5 ? 0.0625f * (float) (i % 37 + 1) : INFINITY;
        right[i] = i % 7 ? 0.0625f * (float) (i % 41 + 1) : INFINITY;
    }
    middle[999] = NAN;
    sf_normal_odds(middle, left, right, N, odds);
    fwrite(odds, 4, N, stdout);
    return 0;
}
"""


@pytest.mark.parametrize("variant", VARIANTS)
def test_bytes_are_those_of_every_instruction_set(variant, tmp_path, repository):
    skip_unless_it_runs(variant)
    i = np.arange(1000, dtype=np.uint32)
    z = (i * np.uint32(2654435761) >> np.uint32(8)).astype(np.float32) / np.float32(1048576) - np.float32(8)
    z[999] = np.nan
    low = np.where(i % 5, -0.0625 * (i % 37 + 1), -np.inf)
    high = np.where(i % 7, 0.0625 * (i % 41 + 1), np.inf)
    found = normal_odds(z, i, i, low, np.zeros(1000), high)
    assert output_of(PROGRAM, tmp_path, repository, VARIANTS[variant]) == found.tobytes()
