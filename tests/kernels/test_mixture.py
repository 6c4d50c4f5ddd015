from itertools import pairwise

import numpy as np
import pytest
from reference import mixture as twin
from reference.compiled import VARIANTS, output_of, skip_unless_it_runs

from synthfast._ext._mixture import accumulate_mixture, draw_gaussians, draw_independent, draw_levels, score_mixture
from synthfast.synthesizers._mixture.rows import MixtureRows


class Case:
    """A random mixture and rows that may miss numbers."""

    def __init__(self, n_rows, d, k, n_levels=(), missing=0.0, diagonal=False, seed=0):
        rng = np.random.default_rng(seed)
        values = 2 * rng.normal(size=(d, n_rows))
        values[rng.random(values.shape) < missing] = np.nan
        starts = np.cumsum([0, *n_levels])
        codes = np.empty((n_rows, len(n_levels)), dtype=np.int32)
        for c, (start, stop) in enumerate(pairwise(starts)):
            codes[:, c] = rng.integers(start, stop, n_rows)
        self.rows = MixtureRows.of(values, codes)
        weights = rng.dirichlet(np.ones(k))
        self.means = rng.normal(size=(k, d))
        spread = rng.normal(size=(k, d, d))
        self.covariances = spread @ spread.transpose(0, 2, 1) / max(d, 1) + 0.3 * np.eye(d)
        if diagonal:
            self.covariances = self.covariances * np.eye(d)
        self.log_weights = np.log(weights)
        self.level_logs = np.zeros((int(starts[-1]), -(-k // 8) * 8))
        self.level_logs[:, :k] = np.log(rng.uniform(0.05, 1.0, (int(starts[-1]), k)))
        self.diagonal, self.k, self.d = diagonal, k, d
        # what the twins are given: rows as they are sorted
        self.sorted = np.where(np.isnan(self.rows.values), np.nan, self.rows.values), self.rows.codes

    @property
    def arguments(self):
        covariances = self.covariances
        if self.diagonal:
            covariances = np.ascontiguousarray(np.diagonal(covariances, axis1=1, axis2=2)[:, None, :])
        r = self.rows
        return (
            r.values, r.codes, r.run_starts, r.seen, self.log_weights, self.means, covariances, self.level_logs
        )  # fmt: skip

    def twin(self, function):
        return function(*self.sorted, self.log_weights, self.means, self.covariances, self.level_logs[:, : self.k])

    def accumulate(self, n_parts=3, n_threads=1):
        size = 1 + self.d + (self.d if self.diagonal else self.d**2)
        moments = np.full((n_parts, self.k, size), np.nan)
        levels, likelihood = np.full((n_parts, *self.level_logs.shape), np.nan), np.full(n_parts, np.nan)
        assert accumulate_mixture(*self.arguments, moments, levels, likelihood, n_threads) == 0
        return moments, levels, likelihood

    def score(self, n_threads=1):
        density, shares = np.full(self.rows.n_rows, np.nan), np.full((self.rows.n_rows, self.k), np.nan)
        assert score_mixture(*self.arguments, density, shares, n_threads) == 0
        return density, shares


CASES = {
    "one number": Case(300, 1, 2),
    "one row": Case(1, 3, 2),
    "one component": Case(200, 4, 1),
    "full tiles": Case(512, 4, 3),
    "many numbers": Case(270, 13, 4),
    "levels alone": Case(300, 0, 3, (2, 5)),
    "mixed": Case(700, 3, 9, (3, 4, 2)),
    "missing": Case(400, 4, 3, missing=0.3),
    "all missing": Case(30, 2, 2, (2,), missing=1.0),
    "mostly missing, mixed": Case(400, 6, 3, (4,), missing=0.7),
    "diagonal": Case(500, 5, 3, diagonal=True),
    "diagonal, missing, mixed": Case(500, 5, 3, (3,), missing=0.3, diagonal=True),
}


@pytest.fixture(params=CASES, scope="module")
def case(request):
    return CASES[request.param]


def test_scores_agree_with_their_twin(case):
    density, shares = case.score()
    expected, expected_shares = case.twin(twin.score_rows)
    np.testing.assert_allclose(density, expected, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(shares, expected_shares, rtol=1e-9, atol=1e-12)


def test_sums_agree_with_their_twin(case):
    moments, levels, likelihood = (part.sum(axis=0) for part in case.accumulate())
    weights, sums, products, level_sums, expected = case.twin(twin.accumulate)
    d = case.d
    np.testing.assert_allclose(moments[:, 0], weights, rtol=1e-11)
    np.testing.assert_allclose(moments[:, 1 : 1 + d], sums, rtol=1e-9, atol=1e-9)
    seconds = moments[:, 1 + d :]
    if case.diagonal:
        np.testing.assert_allclose(seconds, np.diagonal(products, axis1=1, axis2=2), rtol=1e-9, atol=1e-9)
    else:
        found = np.tril(seconds.reshape(products.shape))
        np.testing.assert_allclose(found, np.tril(products), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(levels[:, : case.k], level_sums, rtol=1e-9, atol=1e-12)
    assert likelihood == pytest.approx(expected, rel=1e-12)


def test_threads_change_nothing(n_threads):
    case = Case(30_000, 5, 4, (3,), missing=0.1)
    for mine, one in zip(case.accumulate(64, n_threads), case.accumulate(64, 1), strict=True):
        assert mine.tobytes() == one.tobytes()
    for mine, one in zip(case.score(n_threads), case.score(1), strict=True):
        assert mine.tobytes() == one.tobytes()


def test_a_rows_score_depends_on_itself_alone():
    case = Case(600, 4, 3, (3,), missing=0.2)
    density, shares = case.score()
    r = case.rows
    for i in (0, 100, 599):
        run = np.searchsorted(r.run_starts, i, side="right") - 1
        own, own_shares = np.empty(1), np.empty((1, 3))
        rows = (
            np.ascontiguousarray(r.values[:, i : i + 1]),
            r.codes[i : i + 1],
            np.array([0, 1]),
            r.seen[run : run + 1],
        )
        assert score_mixture(*rows, *case.arguments[4:], own, own_shares, 1) == 0
        assert own[0] == density[i]
        assert (own_shares[0] == shares[i]).all()


def test_rows_far_from_everything_still_have_shares():
    case = Case(10, 2, 2)
    case.rows.values[:] = 1e6
    density, shares = case.score()
    assert np.isfinite(density).all()
    np.testing.assert_allclose(shares.sum(axis=1), 1.0)


def test_rows_that_no_component_can_give():
    case = Case(20, 2, 3, (2,))
    case.level_logs[:, :3] = -np.inf
    density, shares = case.score()
    assert (density == -np.inf).all()
    assert (shares == 0).all()


def test_a_covariance_without_a_factor_is_told():
    case = Case(300, 3, 2)
    case.covariances[1] = 1.0
    out = np.empty((2, 2, 13)), np.empty((2, 0, 8)), np.empty(2)
    assert accumulate_mixture(*case.arguments, *out, 1) == 1
    assert score_mixture(*case.arguments, np.empty(300), np.empty((300, 2)), 1) == 1


def test_no_rows_and_read_only_input():
    empty = Case(0, 3, 2, (2,))
    assert all((part == 0).all() for part in empty.accumulate(1))
    assert empty.score()[0].shape == (0,)
    case = Case(100, 2, 2, (2,))
    before = case.score()[0]
    for array in (case.rows.values, case.rows.codes, case.means, case.level_logs):
        array.flags.writeable = False
    np.testing.assert_array_equal(case.score()[0], before)


# -- draws -------------------------------------------------------------------------------------------------------------


def laws(n, d, k, seed=0):
    rng = np.random.default_rng(seed)
    component = rng.integers(0, k, n).astype(np.int32)
    return component, rng.normal(size=(k, d)), np.tril(rng.normal(size=(k, d, d))), rng.normal(size=(d, n))


def drawn(component, means, factors, z, n_threads=1):
    d = len(z)
    n_filled = -(-d // 8) * 8
    filled = np.zeros((len(means), d, n_filled))
    filled[:, :, :d] = factors.transpose(0, 2, 1)
    out = z.copy()
    draw_gaussians(component, np.pad(means, ((0, 0), (0, n_filled - d))), filled, out, n_threads)
    return out


@pytest.mark.parametrize(("n", "d", "k"), [(0, 3, 2), (1, 1, 1), (63, 2, 3), (65, 9, 2), (5_000, 8, 4)])
def test_gaussian_draws_agree_with_their_twin(n, d, k):
    component, means, factors, z = laws(n, d, k)
    expected = twin.draw_gaussians(component, means, factors, z).reshape(d, n)
    np.testing.assert_allclose(drawn(component, means, factors, z), expected, rtol=1e-12, atol=1e-12)
    deviations = np.ascontiguousarray(np.abs(np.diagonal(factors, axis1=1, axis2=2)))
    out = z.copy()
    draw_independent(component, means, deviations, out, 1)
    np.testing.assert_allclose(out, means[component].T + deviations[component].T * z, rtol=1e-14)


@pytest.mark.parametrize("n_levels", [1, 2, 7, 100])
def test_level_draws_agree_with_their_twin(n_levels):
    rng = np.random.default_rng(5)
    cumulated = np.cumsum(rng.dirichlet(np.ones(n_levels), 3), axis=1)
    cumulated[:, -1] = np.inf
    component, u, out = rng.integers(0, 3, 1_000).astype(np.int32), rng.random(1_000), np.full(1_000, -1, np.int32)
    draw_levels(component, cumulated, u, out, 1)
    np.testing.assert_array_equal(out, twin.draw_levels(component, cumulated, u))


def test_threads_do_not_change_draws(n_threads):
    component, means, factors, z = laws(40_000, 5, 3)
    assert drawn(component, means, factors, z, n_threads).tobytes() == drawn(component, means, factors, z).tobytes()
    cumulated = np.array([[0.2, np.inf], [0.7, np.inf], [0.0, np.inf]])
    u = np.random.default_rng(6).random(40_000)
    found = [np.empty(40_000, np.int32) for _ in range(2)]
    draw_levels(component, cumulated, u, found[0], n_threads)
    draw_levels(component, cumulated, u, found[1], 1)
    np.testing.assert_array_equal(*found)
    z_there, z_here = z.copy(), z.copy()
    deviations = np.ascontiguousarray(np.abs(np.diagonal(factors, axis1=1, axis2=2)))
    draw_independent(component, means, deviations, z_there, n_threads)
    draw_independent(component, means, deviations, z_here, 1)
    assert z_there.tobytes() == z_here.tobytes()


# -- the same bits on every processor ----------------------------------------------------------------------------------

PROGRAM = r"""
#include <stdio.h>
#include "sf_mixture_moments.h"
static const double values[] = {%(values)s}, log_weights[] = {%(log_weights)s}, means[] = {%(means)s};
static const double covariances[] = {%(covariances)s}, level_logs[] = {%(level_logs)s};
static const int32_t codes[] = {%(codes)s};
static const int64_t run_starts[] = {%(run_starts)s};
static const uint8_t seen[] = {%(seen)s};
int main(void) {
    static double moments[%(k)d * (1 + %(d)d + %(d)d * %(d)d)], levels[%(n_levels)d * 8], likelihood;
    sf_mixture m = {%(d)d, %(k)d, %(n_codes)d, %(n_levels)d, 8, 0, values, %(n)d, codes, run_starts, seen, log_weights,
                    means, covariances, level_logs};
    if (sf_accumulate_rows(&m, %(n_runs)d, 0, %(n)d, moments, levels, &likelihood)) return 1;
    fwrite(moments, sizeof moments, 1, stdout);
    fwrite(levels, sizeof levels, 1, stdout);
    fwrite(&likelihood, sizeof likelihood, 1, stdout);
    return 0;
}
"""


def listed(array):
    if array.dtype.kind == "f":
        return ", ".join(float(x).hex() if np.isfinite(x) else "0.0" for x in array.ravel())
    return ", ".join(str(int(x)) for x in array.ravel())


@pytest.mark.parametrize("variant", VARIANTS)
def test_bytes_are_those_of_the_build(variant, tmp_path, repository):
    """Runs that miss no number, few rows of a kind and many, so that both ways to add products are gone."""
    skip_unless_it_runs(variant)
    case = Case(900, 5, 3, (3, 2), missing=0.05)
    names = ("values", "codes", "run_starts", "seen", "log_weights", "means", "covariances", "level_logs")
    numbers = {name: listed(array) for name, array in zip(names, case.arguments, strict=True)}
    sizes = {"d": 5, "k": 3, "n_codes": 2, "n_levels": 5, "n": 900, "n_runs": len(case.rows.seen)}
    printed = output_of(PROGRAM % (numbers | sizes), tmp_path, repository, VARIANTS[variant])
    assert printed == b"".join(part.tobytes() for part in case.accumulate(1))
