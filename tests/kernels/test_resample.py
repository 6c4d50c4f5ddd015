import numpy as np
import pytest
from reference import resample as twin
from reference.compiled import VARIANTS, output_of, skip_unless_it_runs

from synthfast._ext._resample import resample_rows


def chosen(log_weight, place, n_out, once=True, n_threads=1):
    log_weight, place = np.atleast_2d(np.asarray(log_weight, float)), np.atleast_1d(np.asarray(place, float))
    log_weight = np.ascontiguousarray(np.broadcast_to(log_weight, (len(place), log_weight.shape[1])))
    log_weight.flags.writeable = place.flags.writeable = False
    out = np.full((len(place), n_out), -7, np.int32)
    resample_rows(log_weight, place, once, np.full(log_weight.shape, np.nan), out, n_threads)
    return out


def counts_of(rows, n_in):
    return np.array([np.bincount(own, minlength=n_in) for own in rows])


def random_weights(n_strata, n_in, spread=2.0, share_none=0.0, seed=0):
    rng = np.random.default_rng(seed)
    log_weight = rng.normal(rng.normal(0, 100, (n_strata, 1)), spread, (n_strata, n_in))
    log_weight[rng.random((n_strata, n_in)) < share_none] = -np.inf
    log_weight[:, rng.integers(0, n_in)] = 0.0
    return log_weight, rng.random(n_strata)


@pytest.mark.parametrize("once", [False, True])
@pytest.mark.parametrize("spread", [0.0, 0.5, 3.0, 10.0])
@pytest.mark.parametrize("share_none", [0.0, 0.6, 1.0])
@pytest.mark.parametrize(
    ("n_in", "n_out"), [(1, 1), (1, 5), (2, 1), (2, 2), (40, 1), (40, 13), (40, 39), (40, 40), (40, 90)]
)
def test_agrees_with_its_twin(n_in, n_out, share_none, spread, once):
    log_weight, place = random_weights(50, n_in, spread, share_none)
    expected = [twin.resample(own, n_out, at, once) for own, at in zip(log_weight, place, strict=True)]
    np.testing.assert_array_equal(chosen(log_weight, place, n_out, once), expected)


@pytest.mark.parametrize("once", [False, True])
@pytest.mark.parametrize("spread", [0.3, 3.0, 8.0])
@pytest.mark.parametrize(("n_in", "n_out", "share_none"), [(60, 20, 0.0), (60, 20, 0.5), (60, 55, 0.0), (60, 40, 0.8)])
def test_mean_counts_over_all_places_are_those_expected(n_in, n_out, share_none, spread, once):
    log_weight = random_weights(1, n_in, spread, share_none)[0][0]
    n = 20_000
    counts = counts_of(chosen(log_weight, (np.arange(n) + 0.5) / n, n_out, once), n_in)
    expected = twin.expected_counts(log_weight, n_out, once)
    # A row owns a stretch of the comb's circle as long as its expected count; a grid of n places misses it by 1 / n.
    assert np.abs(counts.mean(axis=0) - expected).max() < 1 / n + 1e-9
    assert expected.sum() == pytest.approx(n_out)
    # Each single comb is within one of what is expected.
    assert (counts >= np.floor(expected - 1e-9)).all()
    assert (counts <= np.ceil(expected + 1e-9)).all()


def test_rows_are_ascending_and_rows_without_weight_are_never_chosen():
    for n_out, once in [(1, True), (30, True), (30, False), (99, True), (100, True), (250, True), (250, False)]:
        log_weight, place = random_weights(200, 100, 3.0, 0.5)
        log_weight[:, [0, 1, 98, 99]] = -np.inf
        log_weight[np.arange(200), np.random.default_rng(1).integers(2, 98, 200)] = 0.0
        place[:4] = 0.0, np.nextafter(1, 0), 0.0, np.nextafter(1, 0)
        rows = chosen(log_weight, place, n_out, once)
        assert (np.diff(rows) >= 0).all()
        assert np.isfinite(np.take_along_axis(log_weight, rows, axis=1)).all()


@pytest.mark.parametrize("spread", [0.0, 1.0, 5.0, 20.0])
def test_no_row_is_taken_twice_where_enough_have_weight(spread):
    for n_out in (1, 2, 50, 198, 199):
        log_weight, place = random_weights(300, 200, spread)
        assert (np.diff(chosen(log_weight, place, n_out)) > 0).all()


@pytest.mark.parametrize("step", [0.5, 1.0, 2.0, 3.4])
def test_no_row_is_taken_twice_however_far_weights_reach(step):
    log_weight = -step * np.arange(200)
    for n_out in (20, 100, 180, 199):
        rows = chosen(log_weight, 0.5, n_out)[0]
        assert (np.diff(rows) > 0).all(), f"{n_out} rows: {np.bincount(rows).max()} times the same"


@pytest.mark.parametrize("place", [0.0, 2.0**-53, np.nextafter(1, 0)])
def test_no_row_is_taken_twice_at_the_ends_of_the_places(place):
    log_weight, _ = random_weights(2000, 30, 3.0)
    rows = chosen(log_weight, np.full(2000, place), 20)
    assert (np.diff(rows) > 0).all(), f"{(np.diff(rows) == 0).any(axis=1).sum()} of 2000 strata take a row twice"


def test_one_heavy_row_is_repeated_unless_each_is_to_be_taken_once():
    log_weight = np.log(np.r_[100.0, np.ones(100)])
    places = np.linspace(0, 0.999, 100)
    assert set(counts_of(chosen(log_weight, places, 20, once=False), 101)[:, 0]) == {10}
    assert set(counts_of(chosen(log_weight, places, 20, once=True), 101)[:, 0]) == {1}


def test_few_rows_with_weight_are_repeated():
    log_weight = np.full(50, -np.inf)
    log_weight[[7, 20, 33]] = np.log([1.0, 2.0, 5.0])
    counts = counts_of(chosen(log_weight, np.linspace(0, 0.99, 100), 16), 50)
    assert (counts[:, [7, 20, 33]] == [2, 4, 10]).all()
    counts = counts_of(chosen(log_weight, np.linspace(0, 0.99, 100), 3), 50)
    assert set(counts[:, 33]) == {1, 2}
    assert (chosen(np.full((1, 4), -5e5), 0.3, 8) == np.repeat(np.arange(4), 2)).all()


def test_weights_below_the_range_count_as_none():
    places = np.linspace(0.01, 0.99, 50)
    rows = chosen([0.0, -699.0, -699.0, -701.0, -1e308, -np.inf], places, 2)
    assert (rows[:, 0] == 0).all()
    assert set(rows[:, 1]) == {1, 2}
    assert (chosen([-1e300, -701.0, 0.0, -800.0], places, 3) == 2).all()


@pytest.mark.parametrize(("n_strata", "n_in", "n_out"), [(0, 5, 3), (4, 5, 0), (0, 0, 0)])
def test_nothing_at_all(n_strata, n_in, n_out):
    out = np.full((n_strata, n_out), -7, np.int32)
    resample_rows(np.zeros((n_strata, n_in)), np.zeros(n_strata), True, np.empty((n_strata, n_in)), out, 1)


@pytest.mark.parametrize("n_strata", [1, 16, 17, 101])
def test_threads_change_nothing(n_strata, n_threads):
    log_weight, place = random_weights(n_strata, 300, 3.0, 0.3)
    one, many = (chosen(log_weight, place, 90, n_threads=n) for n in (1, n_threads))
    assert one.tobytes() == many.tobytes()
    for s in range(min(n_strata, 3)):
        np.testing.assert_array_equal(chosen(log_weight[s], place[s], 90)[0], one[s])


# The C loop, compiled anew for each instruction set, against the build at hand.
PROGRAM = r"""
#include <stdio.h>
#include "sf_resample.h"
enum { IN = 500, OUT = 200 };
static double log_weight[IN], weight[IN];
static int32_t out[OUT];
int main(void) {
    for (uint32_t s = 0; s < 50; s++) {
        for (uint32_t i = 0; i < IN; i++)
            log_weight[i] = (double)((i + 1000 * s) * 2654435761u) / 4294967296.0 * (double)(1 + s % 20);
        sf_resample(log_weight, IN, OUT, (double)s / 50.0, s % 2, weight, out);
        fwrite(weight, 8, IN, stdout);
        fwrite(out, 4, OUT, stdout);
    }
    return 0;
}
"""


@pytest.mark.parametrize("variant", VARIANTS)
def test_bytes_are_those_of_every_instruction_set(variant, tmp_path, repository):
    skip_unless_it_runs(variant)
    s, i = np.arange(50, dtype=np.uint32)[:, None], np.arange(500, dtype=np.uint32)
    log_weight = ((i + 1000 * s) * np.uint32(2654435761)) / 2.0**32 * (1 + s % 20)
    weight, out = np.empty((50, 500)), np.empty((50, 200), np.int32)
    for k in range(50):
        row = slice(k, k + 1)
        resample_rows(log_weight[row], s[row, 0] / 50, k % 2, weight[row], out[row], 1)
    expected = b"".join(weight[k].tobytes() + out[k].tobytes() for k in range(50))
    assert output_of(PROGRAM, tmp_path, repository, VARIANTS[variant]) == expected
