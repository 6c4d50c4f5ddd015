import contextlib

import numpy as np
import pytest
from reference import kde_shapes as shapes
from reference import kde_sum as twin
from reference.compiled import VARIANTS, output_of, skip_unless_it_runs

from synthfast._ext import _kde_sum as compiled

RNG_SEED = 0
NO_FLOATS = np.empty(0)
NO_TILE = np.empty((0, 64))


class Problem:
    """Rows in tiles, as the kernels take them."""

    def __init__(self, n, d, *, n_levels=0, scaled=False, seed=RNG_SEED, kind=shapes.GAUSSIAN):
        rng = np.random.default_rng(seed)
        self.kind = kind
        self.rows = rng.normal(size=(n, d)) * 3
        self.weight = rng.random(n) + 0.1
        self.scale = 0.5 + rng.random(n) if scaled else None
        self.codes = rng.integers(0, 4, (n, n_levels)).astype(np.int32)
        self.penalty = np.linspace(0.5, 3.0, n_levels)
        self.ordered = (np.arange(n_levels) % 2).astype(np.uint8)
        self.order = np.arange(n)
        compiled.order_rows(self.rows, self.order, np.empty(n), np.empty(2 * d))
        self.place = np.argsort(self.order)

    def tiled(self, values, fill):
        whole = np.concatenate([values[self.order], np.repeat(values[self.order[-1:]], -len(values) % 64, axis=0)])
        whole[len(values) :] = whole[len(values) - 1] if fill is None else fill
        return whole.reshape(len(whole) // 64, 64, *values.shape[1:])

    def arrays(self, dtype):
        rows = self.tiled(self.rows, None)
        low, high = rows.min(axis=1), rows.max(axis=1)
        center = 0.5 * (low + high)
        offset = np.ascontiguousarray((rows - center[:, None]).transpose(0, 2, 1))
        weight = self.tiled(self.weight, 0.0)
        codes = self.tiled(self.codes, None)
        scale = NO_TILE if self.scale is None else self.tiled(self.scale, None)
        least = NO_FLOATS if self.scale is None else scale.min(axis=1)
        if dtype == np.float32:
            offset = offset * np.sqrt(0.5 * np.log2(np.e))
        return (
            np.ascontiguousarray(low.T), np.ascontiguousarray(high.T), center, np.log(weight.sum(axis=1)), least,
            offset.astype(dtype), weight.astype(dtype), scale, np.ascontiguousarray(codes.transpose(0, 2, 1)),
            np.ascontiguousarray(codes.min(axis=1).T), np.ascontiguousarray(codes.max(axis=1).T), self.penalty,
            self.ordered,
        )  # fmt: skip

    def sums(self, at, *, own=None, images=(), skip=None, rtol=0.0, dtype=np.float64, u=None, n_threads=1, shift=None):
        n = len(at)
        own = np.zeros((n, len(self.penalty)), dtype=np.int32) if own is None else own
        dims = np.array([d for d, _ in images], dtype=np.int64)
        image = np.stack([x for _, x in images], axis=1) if images else np.empty((n, 0))
        skip = np.full(n, -1) if skip is None else self.place[skip]
        shift = np.full(n, 0.0 if dtype == np.float32 else np.nan) if shift is None else shift
        out, chosen = np.full(n, 7.0), np.full(n if u is not None else 0, -7)
        compiled.sum_kernels(
            self.kind, *self.arrays(dtype), dims, 745.0, at, own, image, skip, shift, rtol,
            1e-13 if dtype == np.float32 else 1e-280, NO_FLOATS if u is None else u, out, chosen, n_threads,
        )  # fmt: skip
        return out if u is None else (out, self.order[chosen])

    def expected(self, at, *, own=None, images=(), skip=None):
        out = np.empty(len(at))
        for i, q in enumerate(at):
            mirrored = [(d, x[i]) for d, x in images]
            terms = self.terms(q, None if own is None else own[i], mirrored)
            if skip is not None:
                terms[skip[i]] = 0.0
            with np.errstate(divide="ignore"):
                out[i] = np.log(terms.sum())
        return out

    def terms(self, q, own=None, images=()):
        own = np.zeros(len(self.penalty), dtype=np.int32) if own is None else own
        return twin.kernel_terms(
            self.kind, self.rows, self.weight, q, scale=self.scale, images=images, codes=self.codes, own=own,
            penalty=self.penalty, ordered=self.ordered,
        )  # fmt: skip


def queries(d, n=37, seed=5):
    return np.random.default_rng(seed).normal(size=(n, d)) * 3


# -- order -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "d"), [(1, 1), (64, 2), (65, 1), (1_000, 3), (129, 2)])
def test_tiles_are_those_of_the_twin(n, d):
    values = np.round(np.random.default_rng(1).normal(size=(n, d)), 1)  # with ties
    rows = np.arange(n)
    compiled.order_rows(values, rows, np.empty(n), np.empty(2 * d))
    assert [frozenset(rows[k : k + 64]) for k in range(0, n, 64)] == twin.order_rows(values)


def test_equal_rows_are_put_into_order_as_well():
    rows = np.arange(1_000)
    compiled.order_rows(np.zeros((1_000, 2)), rows, np.empty(1_000), np.empty(4))
    assert sorted(rows) == list(range(1_000))
    compiled.order_rows(np.empty((0, 2)), np.empty(0, dtype=np.int64), np.empty(0), np.empty(4))


# -- sums --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scaled", [False, True])
@pytest.mark.parametrize("kind", shapes.KINDS)
@pytest.mark.parametrize(("n", "d"), [(1, 1), (64, 2), (500, 3), (300, 9), (50, 0)])
def test_sums_agree_with_their_twin(kind, n, d, scaled):
    problem = Problem(n, d, kind=kind, scaled=scaled)
    at = queries(d) * 0.4
    np.testing.assert_allclose(problem.sums(at), problem.expected(at), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("kind", shapes.KINDS)
def test_sums_with_levels_and_left_out_rows(kind):
    problem = Problem(500, 2, kind=kind, n_levels=3)
    at, own = queries(2) * 0.4, np.random.default_rng(6).integers(0, 5, (37, 3)).astype(np.int32)
    skip = np.arange(37)
    found = problem.sums(at, own=own, skip=skip)
    np.testing.assert_allclose(found, problem.expected(at, own=own, skip=skip), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("scaled", [False, True])
@pytest.mark.parametrize("kind", shapes.KINDS)
def test_sums_with_mirror_images(kind, scaled):
    problem = Problem(500, 3, kind=kind, scaled=scaled)
    problem.rows, at = np.clip(problem.rows, -3, 2), np.clip(queries(3), -3, 2)
    images = [(0, -6.0 - at[:, 0]), (0, 4.0 - at[:, 0]), (0, at[:, 0] - 10.0), (2, 4.0 - at[:, 2])]
    np.testing.assert_allclose(
        problem.sums(at, images=images), problem.expected(at, images=images), rtol=1e-12, atol=1e-12
    )


@pytest.mark.parametrize("d", [1, 2, 5, 8, 9, 17])
def test_single_precision_keeps_six_digits(d):
    problem = Problem(3_000, d, n_levels=2)
    at, own = queries(d) * 0.5, np.ones((37, 2), dtype=np.int32)
    found, exact = problem.sums(at, own=own, dtype=np.float32), problem.expected(at, own=own)
    told = ~np.isnan(found)
    assert told.any()
    assert (exact[~told] < -20).all()  # what is not told lies far from all rows
    np.testing.assert_allclose(found[told], exact[told], atol=5e-6)


@pytest.mark.parametrize("rtol", [1e-2, 1e-5, 1e-9])
@pytest.mark.parametrize("kind", shapes.KINDS)
def test_what_is_left_out_stays_below_the_tolerance(kind, rtol):
    problem = Problem(6_000, 2, kind=kind)
    problem.rows *= 5  # many tiles out of reach
    at = queries(2) * 5
    exact, found = problem.sums(at), problem.sums(at, rtol=rtol)
    assert (found <= exact + 1e-12).all()
    assert (np.exp(found) >= (1 - rtol) * np.exp(exact) - 1e-300).all()


def test_sums_out_of_range_are_told_and_found_with_the_peak():
    """A tile so wide that its box says nothing: rows 1e4 bandwidths apart, and a query between them."""
    problem = Problem(60, 2)
    problem.rows = np.stack([np.arange(60) * 1e4, np.zeros(60)], axis=1)
    at = np.array([[5e3 + 1.0, 0.0]])
    assert np.isnan(problem.sums(at)).all()
    peak = peaks(problem, at)
    np.testing.assert_allclose(peak, twin.largest_exponent(shapes.GAUSSIAN, problem.rows, problem.weight, at[0]))
    exact = -0.5 * (at[0] - problem.rows) ** 2
    exact = np.logaddexp.reduce(exact.sum(axis=1) + np.log(problem.weight))
    np.testing.assert_allclose(problem.sums(at, shift=peak), exact, rtol=1e-12)


def peaks(problem, at, n_threads=1):
    out = np.empty(len(at))
    own, skip = np.zeros((len(at), len(problem.penalty)), dtype=np.int32), np.full(len(at), -1)
    compiled.find_peaks(problem.kind, *problem.arrays(np.float64), at, own, skip, out, n_threads)
    return out


@pytest.mark.parametrize("kind", [shapes.GAUSSIAN, shapes.EXPONENTIAL])
def test_peaks_agree_with_their_twin(kind, n_threads):
    problem, at = Problem(400, 3, kind=kind, scaled=True), queries(3)
    expected = [twin.largest_exponent(kind, problem.rows, problem.weight, q, problem.scale) for q in at]
    np.testing.assert_allclose(peaks(problem, at, n_threads), expected, rtol=1e-12)


@pytest.mark.parametrize("kind", shapes.KINDS)
def test_rows_are_chosen_by_their_share_of_the_sum(kind):
    """For every fraction the row that it falls on; frequencies then are the shares: KS below 1 / n of the comb."""
    problem = Problem(200, 1, kind=kind)
    n = 4_000
    at = np.zeros((n, 1))
    _, chosen = problem.sums(at, u=(np.arange(n) + 0.5) / n)
    share = problem.terms(at[0])
    share /= share.sum()
    found = np.bincount(chosen, minlength=200) / n
    assert np.abs(found - share).max() < 1.1 / n


def test_nothing_reaches_far_queries_of_compact_kernels():
    problem = Problem(200, 2, kind=shapes.LINEAR)
    out, chosen = problem.sums(np.array([[1e3, 0.0], [np.inf, 0.0]]), u=np.array([0.5, 0.5]))
    assert (out == -np.inf).all()
    assert len(chosen) == 2


def test_threads_and_companions_change_no_sum(n_threads):
    problem, at = Problem(3_000, 2), queries(2, n=200)
    whole = problem.sums(at, rtol=1e-5, dtype=np.float32, n_threads=n_threads)
    for k in (0, 17, 199):
        np.testing.assert_array_equal(problem.sums(at[k : k + 1], rtol=1e-5, dtype=np.float32), whole[k : k + 1])
    np.testing.assert_array_equal(problem.sums(at, rtol=1e-5, dtype=np.float32), whole)


def test_nan_queries_and_none():
    problem = Problem(100, 2)
    assert not np.isfinite(problem.sums(np.array([[np.nan, 0.0]]))).any()
    assert len(problem.sums(np.empty((0, 2)))) == 0


# -- series ------------------------------------------------------------------------------------------------------------


def test_moments_and_series_agree_with_their_twins(n_threads):
    rng = np.random.default_rng(2)
    x, weight = rng.random(333) * 12, rng.random(333)
    moments = np.zeros((49, 9))
    compiled.fill_moments(x, weight, moments)
    np.testing.assert_allclose(moments, twin.fill_moments(x, weight, 49, 9), rtol=1e-11, atol=1e-14)
    at, out, series = rng.random(50) * 30 - 9, np.empty(50), np.ascontiguousarray(moments.T)
    compiled.sum_series(at, series, 5.0, out, n_threads)
    np.testing.assert_allclose(out, twin.sum_series(at, series, 5.0), rtol=1e-9, atol=1e-12)


def test_series_are_the_sums_they_stand_for():
    rng = np.random.default_rng(3)
    x, weight = rng.random(400) * 10, rng.random(400)
    moments = np.zeros((41, 20))
    compiled.fill_moments(x, weight, moments)
    factorials = np.cumprod(np.r_[1.0, np.arange(1, 20)])
    at, out = np.linspace(0, 10, 101), np.empty(101)
    compiled.sum_series(at, np.ascontiguousarray((moments / factorials).T), 12.0, out, 1)
    exact = (weight * np.exp(-0.5 * (at[:, None] - x) ** 2)).sum(axis=1)
    np.testing.assert_allclose(out, exact, rtol=1e-13)
    compiled.sum_series(at, np.empty((0, 0)), 5.0, out, 1)
    assert not out.any()


# -- the same bytes on every processor ---------------------------------------------------------------------------------

PROGRAM = r"""
#include <stdio.h>
#include <stdlib.h>
#include "sf_kde_sum.h"
static double at(int i, int k) { return (double)((i * 7919 + k * 104729) %% 1000) / 125.0 - 4.0; }
int main(void) {
    enum { TILES = 40, DIMS = %(d)d };
    static double low[DIMS * TILES], high[DIMS * TILES], center[TILES * DIMS], log_weight[TILES];
    static double offset[TILES * DIMS * 64], weight[TILES * 64];
    static float offset32[TILES * DIMS * 64], weight32[TILES * 64];
    for (int t = 0; t < TILES; t++) {
        log_weight[t] = 5.0;
        for (int j = 0; j < DIMS; j++) {
            center[t * DIMS + j] = at(t, j);
            low[j * TILES + t] = center[t * DIMS + j] - 1.0;
            high[j * TILES + t] = center[t * DIMS + j] + 1.0;
            for (int i = 0; i < 64; i++)
                offset32[(t * DIMS + j) * 64 + i] = (float)(offset[(t * DIMS + j) * 64 + i] = at(i + t, 3 + j) / 4.0);
        }
        for (int i = 0; i < 64; i++)
            weight32[t * 64 + i] = (float)(weight[t * 64 + i] = 5.0 + at(i, 2 + t));
    }
    sf_tiles tiles = {0};
    tiles.n_tiles = TILES, tiles.n_dims = DIMS, tiles.low = low, tiles.high = high, tiles.center = center;
    tiles.log_weight = log_weight, tiles.far = 700.0;
    sf_block_of_queries *b = malloc(sizeof *b);
    for (int single = 0; single < 2; single++) {
        double queries[8 * DIMS];
        tiles.offset = single ? (void *)offset32 : (void *)offset;
        tiles.weight = single ? (void *)weight32 : (void *)weight;
        sf_open_block(&tiles, b);
        for (int k = 0; k < 8; k++) {
            for (int j = 0; j < DIMS; j++) queries[k * DIMS + j] = at(k, 9 + j);
            b->query[k].at = queries + k * DIMS, b->query[k].skip = -1, b->query[k].shift = single ? 0.0 : NAN;
        }
        if (single) sf_sum_block_32(&tiles, b, 8, 1e-5);
        else sf_sum_block_64(&tiles, b, 8, 1e-5);
        fwrite(b->sum, sizeof(double), 8, stdout);
        sf_close_block(b);
    }
    return 0;
}
"""


@pytest.mark.parametrize("d", [2, 8, 11])
def test_sums_have_the_same_bytes_for_every_instruction_set(d, tmp_path, repository):
    found = {}
    for variant, flags in VARIANTS.items():
        with contextlib.suppress(pytest.skip.Exception):
            skip_unless_it_runs(variant)
            found[variant] = output_of(PROGRAM % {"d": d}, tmp_path, repository, flags)
    if len(found) < 2:
        pytest.skip("needs a C compiler and two instruction sets")
    assert len(set(found.values())) == 1, {k: hash(v) for k, v in found.items()}
    assert (np.frombuffer(next(iter(found.values()))) > 0).all()
