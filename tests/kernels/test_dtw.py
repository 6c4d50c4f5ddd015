"""Dynamic time warping against its definition, cell by cell."""

import platform

import numpy as np
import pytest
from reference import dtw as reference
from reference.compiled import output_of, processor_runs

from synthfast._ext import _dtw
from synthfast.timeseries._windows import ranges_of, rows_of

SHAPES = [
    (1, 1, None, None, 1),
    (1, 5, None, None, 1),
    (5, 1, None, None, 2),
    (11, 13, None, None, 1),
    (13, 11, 3, None, 1),
    (16, 16, 0, None, 1),
    (30, 31, 5, None, 2),
    (17, 9, None, None, 3),
    (24, 24, None, 2.0, 1),
    (20, 27, None, 1.5, 1),
]


def series(n_series, n, d, seed, dtype=np.float64):
    return np.random.default_rng(seed).normal(size=(n_series, n, d)).cumsum(axis=1).astype(dtype)


@pytest.mark.parametrize(("n", "m", "window", "slope", "d"), SHAPES)
def test_distances(n, m, window, slope, d, n_threads):
    x, y = series(9, n, d, 0), series(21, m, d, 1)
    low, high = ranges_of(n, m, window, slope)
    expected = reference.distances(x, y, low, high)
    out = np.empty((9, 21))
    lengths = np.full(9, n), np.full(21, m)
    assert _dtw.fill_distances(x, lengths[0], y, lengths[1], low, high, False, out, n_threads)
    np.testing.assert_array_equal(out, expected)  # the same operations in the same order
    single = np.empty((9, 21))
    low_x, low_y = x.astype(np.float32), y.astype(np.float32)
    assert _dtw.fill_distances(low_x, lengths[0], low_y, lengths[1], low, high, False, single, n_threads)
    # a step of a path rounds its two inputs, of size up to most, its d products and the sum so far
    most = max(np.abs(x).max(), np.abs(y).max())
    atol = 8 * (n + m) * d * most**2 * 2.0**-24
    np.testing.assert_allclose(single, expected, rtol=0, atol=atol)


def test_pairs_are_aligned_once_and_the_diagonal_is_left(n_threads):
    x = series(70, 12, 1, 3)
    low, high = ranges_of(12, 12, 4, None)
    lengths = np.full(70, 12)
    out = np.full((70, 70), -1.0)
    assert _dtw.fill_distances(x, lengths, x, lengths, low, high, True, out, n_threads)
    whole = np.empty((70, 70))
    assert _dtw.fill_distances(x, lengths, x, lengths, low, high, False, whole, n_threads)
    assert (np.diag(out) == -1).all()
    np.fill_diagonal(out, 0.0)
    np.testing.assert_array_equal(out, whole)
    np.testing.assert_array_equal(out, out.T)


def test_shorter_series_end_where_they_end():
    x, y = series(3, 10, 1, 4), series(9, 14, 1, 5)
    x_length, y_length = np.array([4, 10, 1]), np.array([14, 3, 1, 9, 9, 10, 2, 7, 13])
    low, high = ranges_of(10, 14, None, None)
    out = np.empty((3, 9))
    assert _dtw.fill_distances(x, x_length, y, y_length, low, high, False, out, 1)
    for i, n in enumerate(x_length):
        for j, m in enumerate(y_length):
            expected = reference.sums(x[i, :n], y[j, :m], *ranges_of(n, m, None, None))[-1, -1]
            assert out[i, j] == expected


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(("n", "m", "window", "slope", "d"), SHAPES)
def test_nearest(n, m, window, slope, d, dtype, n_threads):
    x, y = series(7, n, d, 0, dtype), series(40, m, d, 1, dtype)
    y[30] = y[3]  # a tie
    low, high = ranges_of(n, m, window, slope)
    every = np.empty((7, 40))
    assert _dtw.fill_distances(x, np.full(7, n), y, np.full(40, m), low, high, False, every, 1)
    first, last = rows_of((low, high), m)
    for k in (1, 3, 40):
        best, nearest = np.empty((7, k), dtype), np.empty((7, k), np.int64)
        scratch = [np.empty((40, n, d), dtype) for _ in range(2)]
        queue = np.empty(max(n, m), np.int64)
        assert _dtw.find_nearest(x, y, low, high, first, last, False, *scratch, queue, best, nearest, n_threads)
        order = np.argsort(every, axis=1, kind="stable")[:, :k]
        np.testing.assert_array_equal(nearest, order)
        np.testing.assert_array_equal(best, np.take_along_axis(every, order, axis=1).astype(dtype))


def test_no_series_is_its_own_neighbour():
    x = series(30, 15, 1, 6)
    low, high = ranges_of(15, 15, None, None)
    first, last = rows_of((low, high), 15)
    best, nearest = np.empty((30, 1)), np.empty((30, 1), np.int64)
    scratch = [np.empty((30, 15, 1)) for _ in range(2)]
    queue = np.empty(15, np.int64)
    assert _dtw.find_nearest(x, x, low, high, first, last, True, *scratch, queue, best, nearest, 2)
    every = reference.distances(x, x, low, high)
    np.fill_diagonal(every, np.inf)
    np.testing.assert_array_equal(nearest[:, 0], every.argmin(axis=1))


@pytest.mark.parametrize(("n", "m", "window", "slope", "d"), SHAPES)
def test_path_leads_to_the_sum(n, m, window, slope, d):
    x, y = series(1, n, d, 0)[0], series(1, m, d, 1)[0]
    low, high = ranges_of(n, m, window, slope)
    total = np.empty((n, m))
    rows, columns = np.empty(n + m - 1, np.int64), np.empty(n + m - 1, np.int64)
    length = _dtw.trace_path(x, y, low, high, total, rows, columns)
    np.testing.assert_array_equal(total, reference.sums(x, y, low, high))
    i, j = rows[:length][::-1], columns[:length][::-1]
    assert (i[0], j[0], i[-1], j[-1]) == (0, 0, n - 1, m - 1)
    assert set(zip(np.diff(i), np.diff(j), strict=True)) <= {(0, 1), (1, 0), (1, 1)}
    assert ((x[i] - y[j]) ** 2).sum() == pytest.approx(total[-1, -1], rel=1e-12)
    assert ((j >= low[i]) & (j < high[i])).all()


@pytest.mark.parametrize("gamma", [0.1, 1.0, 10.0])
def test_soft_minimum(gamma):
    x, y = series(1, 4, 2, 0)[0], series(1, 5, 2, 1)[0]
    found = _dtw.sum_softly(x, y, *ranges_of(4, 5, None, None), gamma, np.empty(6), np.empty(6))
    assert found == pytest.approx(reference.softly(x, y, gamma), rel=1e-12)


def test_empty_input_and_read_only_input():
    low, high = ranges_of(3, 3, None, None)
    none = np.empty((0, 3, 1)), np.empty(0, np.int64)
    out = np.empty((0, 2))
    two = series(2, 3, 1, 0), np.full(2, 3)
    assert _dtw.fill_distances(*none, *two, low, high, False, out, 2)
    for array in (*two, low, high):
        array.flags.writeable = False
    both = np.empty((2, 2))
    assert _dtw.fill_distances(*two, *two, low, high, False, both, 2)
    assert both[0, 0] == 0


def test_what_is_not_finite_ends_as_no_number_of_its_own_pair_only():
    """The public functions refuse it; the kernel must keep it out of the other lanes."""
    x, y = series(1, 6, 1, 0), series(20, 6, 1, 1)
    low, high = ranges_of(6, 6, None, None)
    clean, out = np.empty((1, 20)), np.empty((1, 20))
    lengths = np.full(1, 6), np.full(20, 6)
    assert _dtw.fill_distances(x, lengths[0], y, lengths[1], low, high, False, clean, 1)
    y[7, 3] = np.nan
    assert _dtw.fill_distances(x, lengths[0], y, lengths[1], low, high, False, out, 1)
    others = np.arange(20) != 7
    np.testing.assert_array_equal(out[0, others], clean[0, others])


PROGRAM = r"""
#include <stdio.h>
#include <stdlib.h>
#include "sf_dtw.h"
enum { N = 37, M = 41, D = %(d)d, OTHERS = 21, W = 9 };
static int64_t low[N], high[N], first[M], last[M];
#define RUN(real, bits) do { \
    static real x[N * D], y[OTHERS * M * D], packed[M * D * 16], sums[M * 16], lower[OTHERS * N * D], \
        upper[OTHERS * N * D], own[2 * M * D], bound[OTHERS], band[2 * N * D * 16], tail[(N + 1) * 16], best[3]; \
    static int64_t queue[M + N], heap[OTHERS], nearest[3]; \
    const int lanes = sf_dtw_lanes(LEVEL, bits); \
    for (int i = 0; i < N * D; i++) x[i] = (real)((i * 7919) %% 1009) / 313; \
    for (int i = 0; i < OTHERS * M * D; i++) y[i] = (real)((i * 6271) %% 1013) / 307; \
    for (int64_t at = 0; at < OTHERS; at += lanes) { \
        int64_t chosen[16], count = OTHERS - at < lanes ? OTHERS - at : lanes; \
        for (int64_t l = 0; l < count; l++) chosen[l] = at + l; \
        sf_dtw_pack_##bits(LEVEL, y, chosen, count, M * D, packed); \
        sf_dtw_align_##bits(LEVEL, x, packed, low, high, N, M, D, sums); \
        fwrite(sums + (M - 1) * lanes, sizeof(real), (size_t)count, stdout); \
    } \
    for (int64_t o = 0; o < OTHERS; o++) \
        sf_dtw_envelope_##bits(y + o * M * D, M, D, low, high, N, queue, lower + o * N * D, upper + o * N * D); \
    sf_dtw_envelope_##bits(x, N, D, first, last, M, queue, own, own + M * D); \
    sf_dtw_search_##bits(LEVEL, x, own, own + M * D, N, y, lower, upper, OTHERS, M, D, low, high, -1, 3, \
                         (real)(bits == 64 ? 2.3e-16 : 1.2e-7), bound, heap, packed, sums, band, tail, best, nearest); \
    fwrite(best, sizeof(real), 3, stdout); \
    fwrite(nearest, 8, 3, stdout); \
} while (0)
int main(void) {
    for (int i = 0; i < N; i++) {
        low[i] = i > W ? i - W : 0;
        high[i] = i + W + 1 < M ? i + W + 1 : M;
    }
    for (int j = 0; j < M; j++) {
        for (first[j] = 0; high[first[j]] <= j; first[j]++);
        for (last[j] = N; low[last[j] - 1] > j; last[j]--);
    }
    RUN(double, 64);
    RUN(float, 32);
    return 0;
}
"""


@pytest.mark.parametrize("d", [1, 3])
def test_every_instruction_set_gives_the_same_bytes(d, tmp_path, repository):
    if platform.machine() != "x86_64" or not processor_runs("x86-64-v3"):
        pytest.skip("this processor runs the portable version only")
    levels = [1, 3, 4] if processor_runs("x86-64-v4") else [1, 3]
    found = []
    for level in levels:
        flags = ["-O1", "-w", "-DSF_HAS_CLONES=1", f"-DLEVEL={level}"]
        found.append(output_of(PROGRAM % {"d": d}, tmp_path, repository, flags))
    assert len(found[0]) == (21 + 3) * 12 + 2 * 24
    assert len(set(found)) == 1
