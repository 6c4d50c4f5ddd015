import contextlib

import numpy as np
import pytest
from reference import kde_draw as twin
from reference import kde_shapes as shapes
from reference.compiled import VARIANTS, output_of, skip_unless_it_runs
from scipy import stats

from synthfast._ext import _kde_draw as compiled

NO_FLOATS = np.empty(0)


@pytest.mark.parametrize("kind", shapes.KINDS)
def test_noise_are_the_quantiles_of_the_kernel(kind, n_threads):
    p = np.r_[1e-12, np.linspace(0.001, 0.999, 20_001), 1 - 1e-12]
    found = p.copy()
    compiled.fill_noise(kind, found, n_threads)
    np.testing.assert_allclose(found, shapes.LAWS[kind].ppf(p), rtol=1e-7, atol=2e-8)
    np.testing.assert_allclose(found[1:-1], shapes.LAWS[kind].ppf(p[1:-1]), rtol=1e-11, atol=1e-12)


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
        assert compiled.place_rows(rows, fixed, local, factor, bandwidth, low, high, index, values, out, n_threads) == 0
        np.testing.assert_allclose(out, expected, rtol=error, atol=error)
    none = np.empty((0, d), dtype=np.uint8), NO_FLOATS, np.empty((0, 0))
    limits = np.full(d, -np.inf), np.full(d, np.inf)
    for values in (noise, noise.astype(np.float32)):
        out = np.empty_like(noise)
        compiled.place_rows(rows, *none, bandwidth, *limits, index, values, out, n_threads)
        np.testing.assert_array_equal(out, rows[index].T + bandwidth[:, None] * values.astype(np.float64))


def test_no_rows_are_placed():
    empty = np.empty((0, 0))
    for d, n in ((0, 5), (2, 0)):
        out = np.empty((d, n))
        limits = np.zeros(d), np.ones(d)
        rows, fixed = np.zeros((1, d)), np.empty((0, d), dtype=np.uint8)
        index = np.zeros(n, dtype=np.int64)
        assert compiled.place_rows(rows, fixed, NO_FLOATS, empty, np.ones(d), *limits, index, out.copy(), out, 1) == 0


def intervals():
    return np.array([-np.inf, -0.5, 1.0, 2.5]), np.array([-2.0, 0.25, 1.5, np.inf])


@pytest.mark.parametrize("kind", shapes.KINDS)
def test_masses_and_cut_noise_agree_with_their_twins(kind, n_threads):
    rng = np.random.default_rng(5)
    lower, upper = intervals()
    center, width, u = rng.normal(size=300), 0.2 + rng.random(300), rng.random(300)
    mass = np.empty(300)
    compiled.weigh_rows(kind, lower, upper, center, width, mass, n_threads)
    expected = [twin.mass_between(kind, lower, upper, c, w) for c, w in zip(center, width, strict=True)]
    np.testing.assert_allclose(mass, expected, rtol=1e-10, atol=1e-14)
    noise = u.copy()
    compiled.cut_noise(kind, lower, upper, center, width, noise, n_threads)
    expected = [twin.cut_noise(kind, lower, upper, c, w, v) for c, w, v in zip(center, width, u, strict=True)]
    np.testing.assert_allclose(noise, expected, rtol=1e-7, atol=1e-7)
    value = center + width * noise
    reached = mass > 0
    inside = ((value[:, None] >= lower - 1e-12) & (value[:, None] <= upper + 1e-12)).any(axis=1)
    assert inside[reached].all()


def test_far_tails_keep_their_digits():
    mass, one = np.empty(1), np.ones(1)
    compiled.weigh_rows(shapes.GAUSSIAN, np.array([30.0]), np.array([np.inf]), np.zeros(1), one, mass, 1)
    np.testing.assert_allclose(mass, stats.norm.sf(30.0), rtol=1e-12)
    noise = np.array([0.5])
    compiled.cut_noise(shapes.GAUSSIAN, np.array([30.0]), np.array([np.inf]), np.zeros(1), one, noise, 1)
    np.testing.assert_allclose(stats.norm.sf(noise), 0.5 * stats.norm.sf(30.0), rtol=1e-9)
    compiled.weigh_rows(shapes.LINEAR, np.empty(0), np.empty(0), np.zeros(1), one, mass, 1)
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
    compiled.weigh_boxes(factor, lower, upper, step, 32, out, n_threads)
    expected = [twin.box_mass(factor, lower[:, :, i], upper[:, :, i], step, 32) for i in range(9)]
    np.testing.assert_allclose(out, expected, rtol=1e-9)


def test_boxes_are_near_the_exact_probability():
    """Two columns: the rectangle by the bivariate distribution function, to the midpoint rule's 1e-4."""
    factor, lower, upper = box(20)
    factor, lower, upper = factor[:2, :2].copy(), lower[:2, :1].copy(), upper[:2, :1].copy()
    out = np.empty(20)
    compiled.weigh_boxes(factor, lower, upper, np.array([1 / 128, np.sqrt(2)]), 128, out, 1)
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
    assert compiled.draw_boxes(factor, precision, shift, lower, upper, 7, 16, 8, out, n_threads) == 0
    parts = (np.ascontiguousarray(ends[:, :, :500]) for ends in (lower, upper))
    compiled.draw_boxes(factor, precision, shift[:, :500].copy(), *parts, 7, 16, 8, few, 1)
    np.testing.assert_array_equal(out[:, :500], few)
    assert ((out[:, None] >= lower) & (out[:, None] <= upper)).any(axis=1).all()
    z = np.random.default_rng(8).normal(size=(2_000_000, 2)) @ factor.T
    kept = z[((z[:, :, None] > lower[:, :, 0]) & (z[:, :, None] < upper[:, :, 0])).any(axis=2).all(axis=1)].T
    for f in (lambda v: v, lambda v: v**2, lambda v: v[:1] * v[1:], lambda v: v > 0.6):
        error = f(kept).std(axis=1) * np.sqrt(1 / n + 1 / kept.shape[1])
        assert (np.abs(f(out).mean(axis=1) - f(kept).mean(axis=1)) <= 4.5 * error).all()
    assert (
        compiled.draw_boxes(
            factor, precision, np.empty((2, 0)), lower[:, :, :0], upper[:, :, :0], 7, 1, 0, few[:, :0], 1
        )
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
        compiled.draw_levels(ordered, leave, codes, rank, mass, np.full(n, own, dtype=np.int32), u, out, n_threads)
        assert np.abs(np.bincount(out, minlength=5) / n - law / law.sum()).max() < 5 / n


def test_missing_levels_stay_and_read_only_input_is_taken():
    codes, rank = np.arange(2, dtype=np.int32), np.arange(2, dtype=np.int32)
    own, u, mass = np.array([-1, 0], dtype=np.int32), np.array([0.9, 0.1]), np.ones(2)
    for array in (codes, rank, own, u, mass):
        array.flags.writeable = False
    out = np.empty(2, dtype=np.int32)
    compiled.draw_levels(1, 0.5, codes, rank, mass, own, u, out, 1)
    assert out.tolist() == [-1, 0]


# -- the same bytes on every processor ---------------------------------------------------------------------------------

PROGRAM = r"""
#include <stdio.h>
#include "sf_kde_draw.h"
int main(void) {
    static double noise[1000];
    for (int kind = 0; kind < 6; kind++) {
        for (int i = 0; i < 1000; i++) noise[i] = (i + 0.5) / 1000.0;
        sf_fill_noise(kind, noise, 1000);
        fwrite(noise, sizeof(double), 1000, stdout);
    }
    return 0;
}
"""


def test_noise_has_the_same_bytes_for_every_instruction_set(tmp_path, repository):
    found = {}
    for variant, flags in VARIANTS.items():
        with contextlib.suppress(pytest.skip.Exception):
            skip_unless_it_runs(variant)
            found[variant] = output_of(PROGRAM, tmp_path, repository, flags)
    if len(found) < 2:
        pytest.skip("needs a C compiler and two instruction sets")
    assert len(set(found.values())) == 1, {k: hash(v) for k, v in found.items()}
    built = (np.arange(1000) + 0.5) / 1000
    compiled.fill_noise(shapes.COSINE, built, 1)
    assert built.tobytes() == next(iter(found.values()))[-8000:]


def test_strided_input_is_refused():
    with pytest.raises(ValueError, match="contiguous"):
        compiled.fill_noise(shapes.GAUSSIAN, np.full(10, 0.5)[::2], 1)
