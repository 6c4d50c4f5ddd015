import numpy as np
import pytest
from reference.truncated import fill_truncated as twin
from scipy import stats

from synthfast._ext._truncated import fill_truncated

KEY = 0x0123456789ABCDEF


def problem(correlation, shift, boxes, n_rows):
    """Arrays of the kernel for one box, a list of segments for each coordinate, repeated over the rows."""
    covariance = np.array(correlation, dtype=float)
    n_segments = max(map(len, boxes))
    ends = np.full((2, len(boxes), n_segments, n_rows), np.inf)
    for k, segments in enumerate(boxes):
        for s, (a, b) in enumerate(segments):
            ends[0, k, s], ends[1, k, s] = a, b
    shifts = np.repeat(np.array(shift, dtype=float)[:, None], n_rows, axis=1)
    return np.linalg.cholesky(covariance), np.linalg.inv(covariance), shifts, ends[0], ends[1]


def drawn(arrays, n_candidates=1, n_sweeps=0, n_threads=1, key=KEY):
    out, weight = np.full(arrays[2].shape, np.nan), np.full(arrays[2].shape[1], np.nan)
    fill_truncated(*arrays, key, n_candidates, n_sweeps, out, weight, n_threads)
    return out, weight


TWO = [[1.0, 0.6], [0.6, 1.0]]
CASES = {
    "one interval": ([[1.0]], [0.3], [[(-0.5, 1.5)]]),
    "open ends": ([[1.0]], [0.0], [[(-np.inf, 0.2)]]),
    "far tail": ([[1.0]], [0.0], [[(6.0, np.inf)]]),
    "two segments": ([[1.0]], [0.0], [[(-2.0, -1.0), (0.5, 3.0)]]),
    "two coordinates": (TWO, [0.0, 0.5], [[(0.0, 1.0)], [(-1.0, 0.0), (2.0, 3.0)]]),
    "impossible": (TWO, [0.0, 0.0], [[(60.0, 61.0)], [(-61.0, -60.0)]]),
}


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize(("n_candidates", "n_sweeps"), [(1, 0), (4, 3)])
def test_agrees_with_its_twin(case, n_candidates, n_sweeps):
    arrays = problem(*CASES[case], n_rows=40)
    out, weight = drawn(arrays, n_candidates, n_sweeps)
    expected, expected_weight = twin(*arrays, KEY, n_candidates, n_sweeps)
    np.testing.assert_allclose(out, expected, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(weight, expected_weight, rtol=1e-9)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_rows_lie_in_their_box(case):
    _, _, boxes = CASES[case]
    out, _ = drawn(problem(*CASES[case], n_rows=2_000), 4, 2)
    for row, segments in zip(out, boxes, strict=True):
        assert np.any([(row >= a) & (row <= b) for a, b in segments], axis=0).all()


def test_threads_and_number_of_rows_change_nothing(n_threads):
    case = CASES["two coordinates"]
    out, weight = drawn(problem(*case, n_rows=3_000), 4, 2, n_threads)
    few, few_weight = drawn(problem(*case, n_rows=700), 4, 2, 1)
    np.testing.assert_array_equal(out[:, :700], few)
    np.testing.assert_array_equal(weight[:700], few_weight)


def test_one_coordinate_follows_the_truncated_normal():
    """KS distance of n draws passes 1.95 / sqrt(n) once in 1,000; the key is fixed."""
    n = 50_000
    out, weight = drawn(problem([[1.0]], [0.3], [[(-0.5, 1.5)]], n))
    law = stats.truncnorm(-0.8, 1.2, loc=0.3)
    assert stats.kstest(out[0], law.cdf).statistic < 1.95 / np.sqrt(n)
    np.testing.assert_allclose(weight, stats.norm.cdf(1.2) - stats.norm.cdf(-0.8), rtol=1e-12)


def test_two_coordinates_have_the_moments_of_rows_that_obey():
    """Means and covariance against brute force, within 4 standard errors of the difference."""
    n = 100_000
    z = np.random.default_rng(0).multivariate_normal([0.0, 0.5], TWO, 2_000_000)
    inside = z[(z[:, 0] > 0) & (z[:, 0] < 1) & (((z[:, 1] > -1) & (z[:, 1] < 0)) | ((z[:, 1] > 2) & (z[:, 1] < 3)))]
    out, _ = drawn(problem(*CASES["two coordinates"], n_rows=n), 16, 8)
    for f in (lambda a, b: a, lambda a, b: b, lambda a, b: a * b, lambda a, b: b > 1):
        real, ours = f(inside[:, 0], inside[:, 1]), f(out[0], out[1])
        error = np.std(real) * np.sqrt(1 / len(inside) + 1 / n)
        assert abs(real.mean() - ours.mean()) < 4 * error


def test_nothing_to_draw():
    out, weight = drawn(problem([[1.0]], [0.0], [[(0.0, 1.0)]], 0))
    assert out.shape == (1, 0)
    assert weight.shape == (0,)


def test_nan_means_give_no_crash_and_no_weight():
    out, weight = drawn(problem([[1.0]], [np.nan], [[(0.0, 1.0)]], 3))
    assert out.shape == (1, 3)
    assert not (weight > 0).any()


def test_read_only_input_is_taken():
    arrays = problem(*CASES["one interval"], n_rows=5)
    for array in arrays:
        array.flags.writeable = False
    assert np.isfinite(drawn(arrays)[0]).all()
