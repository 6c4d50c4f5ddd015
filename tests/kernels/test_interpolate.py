import numpy as np
import pytest
from reference import interpolate as twin
from reference.compiled import VARIANTS, output_of, skip_unless_it_runs

from synthfast._ext import _interpolate

WRITERS = {np.float64: _interpolate.interpolate_rows64, np.float32: _interpolate.interpolate_rows32}
DTYPES = list(WRITERS)
KEY = 0x0123456789ABCDEF


def task(n, n_columns, dtype, n_points=50, seed=0):
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(n_points, n_columns)).astype(dtype)
    links = rng.integers(0, n_points, (3 * n_points, 2)).astype(np.uint32)
    return points, links, rng.integers(0, len(links), n), rng.uniform(-0.5, 1.0, n)


def written(points, links, pairs, steps, n_threads=1):
    out = np.full((len(pairs), points.shape[1]), np.nan, dtype=points.dtype)
    for array in (points, links, pairs, steps):
        array.flags.writeable = False
    WRITERS[points.dtype.type](points, links, pairs, steps, out, n_threads)
    return out


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n_columns", [0, 1, 3, 16, 37])
@pytest.mark.parametrize("n", [0, 1, 2, 100, 1025])
def test_rows_agree_with_their_twin_to_the_bit(n, n_columns, dtype):
    arguments = task(n, n_columns, dtype)
    np.testing.assert_array_equal(written(*arguments), twin.interpolate_rows(*arguments))


@pytest.mark.parametrize("dtype", DTYPES)
def test_threads_do_not_change_rows(dtype, n_threads):
    arguments = task(70_001, 7, dtype)
    assert written(*arguments, n_threads).tobytes() == written(*arguments, 1).tobytes()


@pytest.mark.parametrize("dtype", DTYPES)
def test_rows_between_two_stay_in_their_box_and_meet_them_at_the_ends(dtype):
    """Ends that differ in their last bits, in sign and by orders of magnitude; steps next to 0, 1/2 and 1."""
    rng = np.random.default_rng(1)
    start = rng.normal(size=(4000, 1)) * 10.0 ** rng.integers(-30, 30, (4000, 1))
    end = np.where(rng.random((4000, 1)) < 0.5, start * (1 + 1e-7 * rng.normal(size=(4000, 1))), -start)
    points = np.concatenate([start, end]).astype(dtype)
    links = np.column_stack([np.arange(4000), np.arange(4000, 8000)]).astype(np.uint32)
    tiny = np.finfo(np.float64).eps
    for step in (0.0, tiny, 0.5 - tiny, 0.5, 0.5 + tiny, 1.0 - tiny, 1.0, *rng.random(20)):
        row = written(points.copy(), links.copy(), np.arange(4000), np.full(4000, step))[:, 0]
        low, high = np.minimum(points[:4000, 0], points[4000:, 0]), np.maximum(points[:4000, 0], points[4000:, 0])
        assert ((low <= row) & (row <= high)).all(), step
        if step in (0.0, 1.0):
            np.testing.assert_array_equal(row, points[4000 * int(step) :][:4000, 0])


def test_a_row_linked_to_itself_comes_back():
    points = np.array([[1e308, -1.0, 0.0], [5e-324, np.pi, -0.0]])
    links = np.array([[0, 0], [1, 1]], dtype=np.uint32)
    out = written(points, links, np.array([0, 1, 1]), np.array([0.3, 0.7, 1.0]))
    np.testing.assert_array_equal(out, points[[0, 1, 1]])


def test_nan_stays_in_its_cell():
    points = np.array([[1.0, np.nan], [2.0, 3.0]])
    out = written(points, np.array([[0, 1]], dtype=np.uint32), np.array([0]), np.array([0.25]))
    assert out[0, 0] == 1.25
    assert np.isnan(out[0, 1])


PROGRAM = r"""
#include <stdio.h>
#include <stdint.h>
#include <stddef.h>
#include "sf_interpolate.h"
int main(void) {
    static double points[400], steps[500], out[2500];
    static float points32[400], out32[2500];
    static uint32_t links[200];
    static int64_t pairs[500];
    for (int i = 0; i < 400; i++) points32[i] = (float)(points[i] = (double)sf_mix((uint64_t)i) * 0x1p-64 - 0.3);
    for (int i = 0; i < 200; i++) links[i] = (uint32_t)(sf_mix(1000 + (uint64_t)i) % 80);
    for (int i = 0; i < 500; i++) {
        pairs[i] = (int64_t)(sf_mix(5000 + (uint64_t)i) % 100);
        steps[i] = (double)sf_mix(9000 + (uint64_t)i) * 0x1p-64;
    }
    sf_interpolate64(points, 5, links, pairs, steps, 500, out);
    sf_interpolate32(points32, 5, links, pairs, steps, 500, out32);
    fwrite(out, sizeof out, 1, stdout);
    fwrite(out32, sizeof out32, 1, stdout);
    return 0;
}
"""


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_instruction_set_gives_the_bytes_of_the_build(variant, tmp_path, repository):
    skip_unless_it_runs(variant)

    def random_units(first, n):
        return np.array([twin.mix(first + i) for i in range(n)], dtype=np.uint64)

    points = (random_units(0, 400).astype(np.float64) * 2.0**-64 - 0.3).reshape(80, 5)
    links = (random_units(1000, 200) % 80).astype(np.uint32).reshape(100, 2)
    pairs = (random_units(5000, 500) % 100).astype(np.int64)
    steps = random_units(9000, 500).astype(np.float64) * 2.0**-64
    built = [written(p, links.copy(), pairs.copy(), steps.copy()) for p in (points, points.astype(np.float32))]
    expected = b"".join(out.tobytes() for out in built)
    assert output_of(PROGRAM, tmp_path, repository, VARIANTS[variant]) == expected


# -- votes -------------------------------------------------------------------------------------------------------------


def ballot(n_points=40, n_columns=5, n_levels=3, n_bases=30, n_neighbors=4, seed=0):
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, n_levels, (n_points, n_columns)).astype(np.int32)
    return codes, rng.integers(0, n_points, (n_bases, n_neighbors))


def votes(codes, neighbors, bases, ranks=None, start=0, n_threads=1, n_levels=10):
    """Votes on columns of ``n_levels`` levels each, all of one rank unless ranks are given."""
    offsets = np.arange(codes.shape[1]) * n_levels
    ranks = np.zeros(codes.shape[1] * n_levels, dtype=np.int32) if ranks is None else ranks
    out = np.full((len(bases), codes.shape[1]), -1, dtype=np.int32)
    for array in (codes, neighbors, bases, ranks, offsets):
        array.flags.writeable = False
    _interpolate.vote_levels(codes, neighbors, bases, ranks, offsets, KEY, start, out, n_threads)
    expected = twin.vote_levels(codes, neighbors, bases[:300], ranks, offsets, KEY, start)
    np.testing.assert_array_equal(out[:300], expected)
    return out


@pytest.mark.parametrize("ranked", [False, True])
@pytest.mark.parametrize("n_neighbors", [1, 2, 5, 9])
@pytest.mark.parametrize(("n", "n_columns"), [(0, 5), (1, 1), (200, 5), (7, 0)])
def test_votes_agree_with_their_twin(n, n_columns, n_neighbors, ranked):
    rng = np.random.default_rng(1)
    codes, neighbors = ballot(n_columns=n_columns, n_neighbors=n_neighbors)
    ranks = rng.integers(0, 3, 10 * n_columns).astype(np.int32) if ranked else None
    votes(codes, neighbors, rng.integers(0, len(neighbors), n), ranks, start=17)


def test_votes_depend_on_the_place_of_the_row_only(n_threads):
    codes, neighbors = ballot()
    bases = np.random.default_rng(2).integers(0, len(neighbors), 5_000)
    whole = votes(codes, neighbors, bases)
    np.testing.assert_array_equal(votes(codes, neighbors, bases, n_threads=n_threads), whole)
    np.testing.assert_array_equal(votes(codes, neighbors, bases[1_000:1_100].copy(), start=1_000), whole[1_000:1_100])


def test_tied_codes_have_the_same_chance_in_every_column():
    """Three codes with two votes each, one with one: 30,000 draws of chance 1/3, 4.5 standard deviations."""
    codes = np.array([[5, 0], [5, 0], [2, 7], [2, 7], [9, 3], [9, 3], [4, 1]], dtype=np.int32)
    out = votes(codes, np.arange(7)[None], np.zeros(30_000, dtype=np.int64))
    for column, tied in ((0, (2, 5, 9)), (1, (0, 3, 7))):
        counts = np.array([(out[:, column] == code).sum() for code in tied])
        assert counts.sum() == 30_000
        assert np.abs(counts - 10_000).max() < 4.5 * np.sqrt(30_000 * 2 / 9)
    together = (out[:, 0] == 2) & (out[:, 1] == 0)
    assert abs(together.sum() - 30_000 / 9) < 4.5 * np.sqrt(30_000 * 8 / 81)


def test_most_votes_come_before_rank_and_rank_before_chance():
    codes = np.array([[0], [0], [1], [2], [2], [3]], dtype=np.int32)
    neighbors = np.array([[0, 1, 2, 5, 5, 5], [0, 1, 3, 4, 2, 2]])
    ranks = np.array([5, 1, 5, 0] + [0] * 6, dtype=np.int32)
    out = votes(codes, neighbors, np.repeat([0, 1], 400), ranks).ravel()
    assert (out[:400] == 3).all()
    assert set(out[400:]) == {0, 2}
