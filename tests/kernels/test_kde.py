import contextlib

import numpy as np
import pytest
from reference import kde as twin
from reference.compiled import VARIANTS, output_of, skip_unless_it_runs
from scipy import stats

from synthfast._ext import _kde

RNG_SEED = 0
NO_FLOATS = np.empty(0)
NO_TILE = np.empty((0, 64))


class Problem:
    """Rows in tiles, as the kernels take them."""

    def __init__(self, n, d, *, n_levels=0, scaled=False, seed=RNG_SEED, kind=twin.GAUSSIAN):
        rng = np.random.default_rng(seed)
        self.kind = kind
        self.rows = rng.normal(size=(n, d)) * 3
        self.weight = rng.random(n) + 0.1
        self.scale = 0.5 + rng.random(n) if scaled else None
        self.codes = rng.integers(0, 4, (n, n_levels)).astype(np.int32)
        self.penalty = np.linspace(0.5, 3.0, n_levels)
        self.ordered = (np.arange(n_levels) % 2).astype(np.uint8)
        self.order = np.arange(n)
        _kde.order_rows(self.rows, self.order, np.empty(n), np.empty(2 * d))
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
        _kde.sum_kernels(
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
    _kde.order_rows(values, rows, np.empty(n), np.empty(2 * d))
    assert [frozenset(rows[k : k + 64]) for k in range(0, n, 64)] == twin.order_rows(values)


def test_equal_rows_are_put_into_order_as_well():
    rows = np.arange(1_000)
    _kde.order_rows(np.zeros((1_000, 2)), rows, np.empty(1_000), np.empty(4))
    assert sorted(rows) == list(range(1_000))
    _kde.order_rows(np.empty((0, 2)), np.empty(0, dtype=np.int64), np.empty(0), np.empty(4))


# -- sums --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scaled", [False, True])
@pytest.mark.parametrize("kind", twin.KINDS)
@pytest.mark.parametrize(("n", "d"), [(1, 1), (64, 2), (500, 3), (300, 9), (50, 0)])
def test_sums_agree_with_their_twin(kind, n, d, scaled):
    problem = Problem(n, d, kind=kind, scaled=scaled)
    at = queries(d) * 0.4
    np.testing.assert_allclose(problem.sums(at), problem.expected(at), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("kind", twin.KINDS)
def test_sums_with_levels_and_left_out_rows(kind):
    problem = Problem(500, 2, kind=kind, n_levels=3)
    at, own = queries(2) * 0.4, np.random.default_rng(6).integers(0, 5, (37, 3)).astype(np.int32)
    skip = np.arange(37)
    found = problem.sums(at, own=own, skip=skip)
    np.testing.assert_allclose(found, problem.expected(at, own=own, skip=skip), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("scaled", [False, True])
@pytest.mark.parametrize("kind", twin.KINDS)
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
@pytest.mark.parametrize("kind", twin.KINDS)
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
    np.testing.assert_allclose(peak, twin.largest_exponent(twin.GAUSSIAN, problem.rows, problem.weight, at[0]))
    exact = -0.5 * (at[0] - problem.rows) ** 2
    exact = np.logaddexp.reduce(exact.sum(axis=1) + np.log(problem.weight))
    np.testing.assert_allclose(problem.sums(at, shift=peak), exact, rtol=1e-12)


def peaks(problem, at, n_threads=1):
    out = np.empty(len(at))
    own, skip = np.zeros((len(at), len(problem.penalty)), dtype=np.int32), np.full(len(at), -1)
    _kde.find_peaks(problem.kind, *problem.arrays(np.float64), at, own, skip, out, n_threads)
    return out


@pytest.mark.parametrize("kind", [twin.GAUSSIAN, twin.EXPONENTIAL])
def test_peaks_agree_with_their_twin(kind, n_threads):
    problem, at = Problem(400, 3, kind=kind, scaled=True), queries(3)
    expected = [twin.largest_exponent(kind, problem.rows, problem.weight, q, problem.scale) for q in at]
    np.testing.assert_allclose(peaks(problem, at, n_threads), expected, rtol=1e-12)


@pytest.mark.parametrize("kind", twin.KINDS)
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
    problem = Problem(200, 2, kind=twin.LINEAR)
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
    _kde.fill_moments(x, weight, moments)
    np.testing.assert_allclose(moments, twin.fill_moments(x, weight, 49, 9), rtol=1e-11, atol=1e-14)
    at, out, series = rng.random(50) * 30 - 9, np.empty(50), np.ascontiguousarray(moments.T)
    _kde.sum_series(at, series, 5.0, out, n_threads)
    np.testing.assert_allclose(out, twin.sum_series(at, series, 5.0), rtol=1e-9, atol=1e-12)


def test_series_are_the_sums_they_stand_for():
    rng = np.random.default_rng(3)
    x, weight = rng.random(400) * 10, rng.random(400)
    moments = np.zeros((41, 20))
    _kde.fill_moments(x, weight, moments)
    factorials = np.cumprod(np.r_[1.0, np.arange(1, 20)])
    at, out = np.linspace(0, 10, 101), np.empty(101)
    _kde.sum_series(at, np.ascontiguousarray((moments / factorials).T), 12.0, out, 1)
    exact = (weight * np.exp(-0.5 * (at[:, None] - x) ** 2)).sum(axis=1)
    np.testing.assert_allclose(out, exact, rtol=1e-13)
    _kde.sum_series(at, np.empty((0, 0)), 5.0, out, 1)
    assert not out.any()


# -- draws -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", twin.KINDS)
def test_noise_are_the_quantiles_of_the_kernel(kind, n_threads):
    p = np.r_[1e-12, np.linspace(0.001, 0.999, 20_001), 1 - 1e-12]
    found = p.copy()
    _kde.fill_noise(kind, found, n_threads)
    np.testing.assert_allclose(found, twin.LAWS[kind].ppf(p), rtol=1e-7, atol=2e-8)
    np.testing.assert_allclose(found[1:-1], twin.LAWS[kind].ppf(p[1:-1]), rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("d", [1, 3, 8])
def test_rows_are_placed_as_their_twin_does(d, n_threads):
    rng = np.random.default_rng(4)
    rows, index = rng.normal(size=(50, d)), rng.integers(0, 50, 5_000)
    rows[3, 0] = np.nan
    fixed = (rng.random((50, d)) < 0.2).astype(np.uint8)
    local, factor, bandwidth = 0.5 + rng.random(50), rng.normal(size=(d, d)), rng.random(d) + 0.1
    low, high = np.full(d, -np.inf), np.full(d, np.inf)
    low[0], high[0] = -2.5, 2.0
    high[-1] = 2.5
    fixed[np.abs(rows) > 2] = 0
    noise = rng.normal(size=(d, 5_000))
    expected = twin.place_rows(rows, fixed, local, factor, bandwidth, low, high, index, noise)
    for values, error in ((noise, 1e-12), (noise.astype(np.float32), 1e-5)):
        out = np.empty_like(noise)
        assert _kde.place_rows(rows, fixed, local, factor, bandwidth, low, high, index, values, out, n_threads) == 0
        np.testing.assert_allclose(out, expected, rtol=error, atol=error)
    none = np.empty((0, d), dtype=np.uint8), NO_FLOATS, np.empty((0, 0))
    limits = np.full(d, -np.inf), np.full(d, np.inf)
    for values in (noise, noise.astype(np.float32)):
        out = np.empty_like(noise)
        _kde.place_rows(rows, *none, bandwidth, *limits, index, values, out, n_threads)
        np.testing.assert_array_equal(out, rows[index].T + bandwidth[:, None] * values.astype(np.float64))


def test_no_rows_are_placed():
    empty = np.empty((0, 0))
    for d, n in ((0, 5), (2, 0)):
        out = np.empty((d, n))
        limits = np.zeros(d), np.ones(d)
        rows, fixed = np.zeros((1, d)), np.empty((0, d), dtype=np.uint8)
        index = np.zeros(n, dtype=np.int64)
        assert _kde.place_rows(rows, fixed, NO_FLOATS, empty, np.ones(d), *limits, index, out.copy(), out, 1) == 0


def intervals():
    return np.array([-np.inf, -0.5, 1.0, 2.5]), np.array([-2.0, 0.25, 1.5, np.inf])


@pytest.mark.parametrize("kind", twin.KINDS)
def test_masses_and_cut_noise_agree_with_their_twins(kind, n_threads):
    rng = np.random.default_rng(5)
    lower, upper = intervals()
    center, width, u = rng.normal(size=300), 0.2 + rng.random(300), rng.random(300)
    mass = np.empty(300)
    _kde.weigh_rows(kind, lower, upper, center, width, mass, n_threads)
    expected = [twin.mass_between(kind, lower, upper, c, w) for c, w in zip(center, width, strict=True)]
    np.testing.assert_allclose(mass, expected, rtol=1e-10, atol=1e-14)
    noise = u.copy()
    _kde.cut_noise(kind, lower, upper, center, width, noise, n_threads)
    expected = [twin.cut_noise(kind, lower, upper, c, w, v) for c, w, v in zip(center, width, u, strict=True)]
    np.testing.assert_allclose(noise, expected, rtol=1e-7, atol=1e-7)
    value = center + width * noise
    reached = mass > 0
    inside = ((value[:, None] >= lower - 1e-12) & (value[:, None] <= upper + 1e-12)).any(axis=1)
    assert inside[reached].all()


def test_far_tails_keep_their_digits():
    mass, one = np.empty(1), np.ones(1)
    _kde.weigh_rows(twin.GAUSSIAN, np.array([30.0]), np.array([np.inf]), np.zeros(1), one, mass, 1)
    np.testing.assert_allclose(mass, stats.norm.sf(30.0), rtol=1e-12)
    noise = np.array([0.5])
    _kde.cut_noise(twin.GAUSSIAN, np.array([30.0]), np.array([np.inf]), np.zeros(1), one, noise, 1)
    np.testing.assert_allclose(stats.norm.sf(noise), 0.5 * stats.norm.sf(30.0), rtol=1e-9)
    _kde.weigh_rows(twin.LINEAR, np.empty(0), np.empty(0), np.zeros(1), one, mass, 1)
    assert mass[0] == 0


def box(n, seed=6):
    rng = np.random.default_rng(seed)
    lower = rng.normal(size=(3, 2, n)) - 1
    upper = lower + rng.random((3, 2, n)) * 2
    lower[:, 1], upper[:, 1] = upper[:, 0] + 0.3, upper[:, 0] + 0.3 + rng.random((3, n))
    factor = np.linalg.cholesky(np.array([[1.0, 0.5, 0.2], [0.5, 1.0, -0.3], [0.2, -0.3, 1.0]]))
    return factor, lower, upper


def test_boxes_agree_with_their_twin(n_threads):
    factor, lower, upper = box(9)
    step = np.array([1 / 32, np.sqrt(2), np.sqrt(3)])
    out = np.empty(9)
    _kde.weigh_boxes(factor, lower, upper, step, 32, out, n_threads)
    expected = [twin.box_mass(factor, lower[:, :, i], upper[:, :, i], step, 32) for i in range(9)]
    np.testing.assert_allclose(out, expected, rtol=1e-9)


def test_boxes_are_near_the_exact_probability():
    """Two columns: the rectangle by the bivariate distribution function, to the midpoint rule's 1e-4."""
    factor, lower, upper = box(20)
    factor, lower, upper = factor[:2, :2].copy(), lower[:2, :1].copy(), upper[:2, :1].copy()
    out = np.empty(20)
    _kde.weigh_boxes(factor, lower, upper, np.array([1 / 128, np.sqrt(2)]), 128, out, 1)
    law = stats.multivariate_normal(np.zeros(2), factor @ factor.T)
    exact = [law.cdf(upper[:, 0, i], lower_limit=lower[:, 0, i]) for i in range(20)]
    np.testing.assert_allclose(out, exact, rtol=3e-4)


def test_draws_in_boxes_lie_there_and_follow_the_truncated_law(n_threads):
    """Two correlated columns, one in two intervals: a draw of 60,000 against rejection, 4.5 standard errors."""
    n = 60_000
    factor = np.linalg.cholesky(np.array([[1.0, 0.6], [0.6, 1.0]]))
    lower = np.repeat(np.array([[-0.2, np.inf], [-1.5, 0.5]])[:, :, None], n, axis=2)
    upper = np.repeat(np.array([[1.0, np.inf], [-0.5, 2.0]])[:, :, None], n, axis=2)
    precision, shift = np.linalg.inv(factor @ factor.T), np.zeros((2, n))
    out, few = np.empty((2, n)), np.empty((2, 500))
    assert _kde.draw_boxes(factor, precision, shift, lower, upper, 7, 16, 8, out, n_threads) == 0
    parts = (np.ascontiguousarray(ends[:, :, :500]) for ends in (lower, upper))
    _kde.draw_boxes(factor, precision, shift[:, :500].copy(), *parts, 7, 16, 8, few, 1)
    np.testing.assert_array_equal(out[:, :500], few)
    assert ((out[:, None] >= lower) & (out[:, None] <= upper)).any(axis=1).all()
    z = np.random.default_rng(8).normal(size=(2_000_000, 2)) @ factor.T
    kept = z[((z[:, :, None] > lower[:, :, 0]) & (z[:, :, None] < upper[:, :, 0])).any(axis=2).all(axis=1)].T
    for f in (lambda v: v, lambda v: v**2, lambda v: v[:1] * v[1:], lambda v: v > 0.6):
        error = f(kept).std(axis=1) * np.sqrt(1 / n + 1 / kept.shape[1])
        assert (np.abs(f(out).mean(axis=1) - f(kept).mean(axis=1)) <= 4.5 * error).all()
    assert (
        _kde.draw_boxes(factor, precision, np.empty((2, 0)), lower[:, :, :0], upper[:, :, :0], 7, 1, 0, few[:, :0], 1)
        == 0
    )


# -- levels ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("allowed", [[0, 1, 2, 3, 4], [1, 3], [4]])
@pytest.mark.parametrize(("ordered", "leave"), [(0, 0.3), (0, 0.8), (1, 0.4), (1, 1.0)])
def test_levels_come_with_the_probabilities_of_their_kernel(ordered, leave, allowed, n_threads):
    """At a comb of fractions counts differ from the law by at most one for each level before."""
    n = 10_000
    codes = np.array(allowed, dtype=np.int32)
    rank = np.full(5, -1, dtype=np.int32)
    rank[codes] = np.arange(len(codes))
    u = (np.arange(n) + 0.5) / n
    laws = [twin.level_law(5, ordered, leave, own, allowed) for own in range(5)]
    mass = np.array([law.sum() for law in laws])
    for own, law in enumerate(laws):
        out = np.empty(n, dtype=np.int32)
        _kde.draw_levels(ordered, leave, codes, rank, mass, np.full(n, own, dtype=np.int32), u, out, n_threads)
        assert np.abs(np.bincount(out, minlength=5) / n - law / law.sum()).max() < 5 / n


def test_missing_levels_stay_and_read_only_input_is_taken():
    codes, rank = np.arange(2, dtype=np.int32), np.arange(2, dtype=np.int32)
    own, u, mass = np.array([-1, 0], dtype=np.int32), np.array([0.9, 0.1]), np.ones(2)
    for array in (codes, rank, own, u, mass):
        array.flags.writeable = False
    out = np.empty(2, dtype=np.int32)
    _kde.draw_levels(1, 0.5, codes, rank, mass, own, u, out, 1)
    assert out.tolist() == [-1, 0]


# -- the same bytes on every processor ---------------------------------------------------------------------------------

PROGRAM = r"""
#include <stdio.h>
#include <stdlib.h>
#include "sf_kde_draw.h"
#include "sf_kde_sum.h"
static double at(int i, int k) { return (double)((i * 7919 + k * 104729) %% 1000) / 125.0 - 4.0; }
int main(void) {
    enum { TILES = 40, DIMS = %(d)d };
    static double low[DIMS * TILES], high[DIMS * TILES], center[TILES * DIMS], log_weight[TILES];
    static double offset[TILES * DIMS * 64], weight[TILES * 64], noise[1000];
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
    for (int kind = 0; kind < 6; kind++) {
        for (int i = 0; i < 1000; i++) noise[i] = (i + 0.5) / 1000.0;
        sf_fill_noise(kind, noise, 1000);
        fwrite(noise, sizeof(double), 1000, stdout);
    }
    return 0;
}
"""


@pytest.mark.parametrize("d", [2, 8, 11])
def test_sums_and_noise_have_the_same_bytes_for_every_instruction_set(d, tmp_path, repository):
    found = {}
    for variant, flags in VARIANTS.items():
        with contextlib.suppress(pytest.skip.Exception):
            skip_unless_it_runs(variant)
            found[variant] = output_of(PROGRAM % {"d": d}, tmp_path, repository, flags)
    if len(found) < 2:
        pytest.skip("needs a C compiler and two instruction sets")
    assert len(set(found.values())) == 1, {k: hash(v) for k, v in found.items()}
    sums = np.frombuffer(next(iter(found.values()))[:128]).reshape(2, 8)
    assert (sums > 0).all()
    built = (np.arange(1000) + 0.5) / 1000
    _kde.fill_noise(twin.COSINE, built, 1)
    assert built.tobytes() == next(iter(found.values()))[-8000:]


def test_strided_input_is_refused():
    with pytest.raises(ValueError, match="contiguous"):
        _kde.fill_noise(twin.GAUSSIAN, np.full(10, 0.5)[::2], 1)
