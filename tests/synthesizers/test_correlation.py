"""Latent correlations against exact bivariate normal probabilities; matrix repair against its definition."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from synthfast.synthesizers._correlation import StepFunction, latent_correlation, nearest_correlation

SHARES = [[0.5, 0.5], [0.1, 0.3, 0.6], [0.2, 0.2, 0.2, 0.2, 0.2], [0.9, 0.1]]


def steps(shares):
    return StepFunction.from_probabilities(np.append(0.0, np.cumsum(shares)))


def exact_moment(first, second, rho):
    """E[g h] by SciPy's bivariate normal distribution function on the grid of cuts."""
    a, b = (np.clip(step.cuts, -9, 9) for step in (first, second))
    law = multivariate_normal([0, 0], [[1, rho], [rho, 1]], allow_singular=True)
    cdf = np.array([[law.cdf([x, y]) for y in b] for x in a])
    return first.scores @ np.diff(np.diff(cdf, axis=0), axis=1) @ second.scores


@pytest.mark.parametrize("rho", [-0.8, -0.3, 0.0, 0.2, 0.6, 0.9])
@pytest.mark.parametrize("pair", [(0, 0), (0, 1), (1, 2), (2, 3)])
def test_correlations_of_stepped_columns_are_recovered(pair, rho):
    """SciPy's distribution function is good to 1e-5; at these steps d(rho) / d(moment) is below 30."""
    first, second = steps(SHARES[pair[0]]), steps(SHARES[pair[1]])
    moment = exact_moment(first, second, rho)
    solved = latent_correlation(np.array([[1, moment], [moment, 1]]), [first, second])
    assert solved[0, 1] == pytest.approx(rho, abs=2e-3)


def test_smooth_columns_need_no_correction():
    fine = steps(np.full(512, 1 / 512))
    solved = latent_correlation(np.array([[1, 0.37], [0.37, 1]]), [fine, fine])
    assert solved[0, 1] == pytest.approx(0.37, abs=1e-3)


def test_the_largest_moment_means_correlation_one():
    for shares in SHARES:
        step = steps(shares)
        top = step.extreme_moment(step, 1)
        solved = latent_correlation(np.array([[1, top], [top, 1]]), [step, step])
        assert solved[0, 1] > 1 - 1e-6


def test_a_column_of_one_step_is_uncorrelated():
    solved = latent_correlation(np.array([[1, 0.0], [0.0, 1]]), [steps([1.0]), steps(SHARES[0])])
    assert solved[0, 1] == 0.0


def test_a_fine_matrix_is_left_alone():
    r = np.array([[1.0, 0.5], [0.5, 1.0]])
    assert nearest_correlation(r) is r


@pytest.mark.parametrize("seed", range(5))
def test_the_nearest_matrix_is_a_correlation_matrix_and_no_near_one_is_nearer(seed):
    rng = np.random.default_rng(seed)
    r = rng.uniform(-1, 1, (6, 6))
    r = np.triu(r, 1) + np.triu(r, 1).T + np.eye(6)
    near = nearest_correlation(r)
    np.testing.assert_allclose(np.diag(near), 1.0)
    np.testing.assert_array_equal(near, near.T)
    assert np.linalg.eigvalsh(near)[0] > 0
    distance = np.linalg.norm(near - r)
    for _ in range(200):  # walk from the answer towards random correlation matrices: the problem is convex
        a = rng.normal(size=(6, 8))
        other = np.corrcoef(a)
        for share in (1e-3, 1e-2, 0.1):
            assert np.linalg.norm((1 - share) * near + share * other - r) >= distance * (1 - 1e-5)
