import numpy as np
import pytest

from synthfast.marginals.ecdf import PiecewiseLinear, ndtr, ndtri


@pytest.mark.parametrize(
    ("knots", "values", "message"),
    [
        ([], [], r"n_knots >= 1"),
        ([0.0, 1.0], [0.0], r"one shape"),
        ([[0.0, 1.0]], [[0.0, 1.0]], r"one shape"),
        ([1.0, 0.0], [0.0, 1.0], r"do not decrease"),
        ([0.0, np.inf], [0.0, 1.0], r"finite"),
        ([np.nan, 1.0], [0.0, 1.0], r"finite"),
    ],
)
def test_wrong_knots_are_refused(knots, values, message):
    with pytest.raises(ValueError, match=message):
        PiecewiseLinear(knots, values)


def test_values_that_are_not_finite_cannot_be_evaluated():
    with pytest.raises(ValueError, match="finite"):
        PiecewiseLinear([0.0, 1.0], [-np.inf, 1.0])([0.5])


@pytest.mark.parametrize("x", [0.5, [[0.5]]])
def test_arguments_of_other_shapes_are_refused(x):
    with pytest.raises(ValueError, match="one shape"):
        PiecewiseLinear([0.0, 1.0], [0.0, 1.0])(x)


@pytest.mark.parametrize("size", [1, 3])
def test_output_has_to_fit(size):
    with pytest.raises(ValueError, match="one shape"):
        PiecewiseLinear([0.0, 1.0], [0.0, 1.0])([0.25, 0.5], out=np.empty(size))


def test_output_may_be_given():
    out = np.empty(2)
    assert PiecewiseLinear([0.0, 1.0], [0.0, 2.0])([0.25, 0.5], out=out) is out
    assert out.tolist() == [0.5, 1.0]


@pytest.mark.parametrize("kind", [np.float32, np.int64, np.bool_, list])
def test_other_numbers_are_taken(kind):
    x = [0, 1, 1] if kind is list else np.array([0, 1, 1], kind)
    assert PiecewiseLinear([0, 2], [0, 1])(x).tolist() == [0.0, 0.5, 0.5]
    assert ndtr(x)[0] == 0.5
    assert ndtri(x).tolist() == [-np.inf, np.inf, np.inf]


def test_a_distribution_function_and_its_inverse_undo_each_other():
    knots = np.sort(np.random.default_rng(4).lognormal(size=1000))
    heights = np.linspace(0, 1, 1000)
    x = np.random.default_rng(5).uniform(knots[0], knots[-1], 20_000)
    back = PiecewiseLinear(heights, knots)(PiecewiseLinear(knots, heights)(x))
    # F has an error of a few 2^-53, which the steepest piece of the inverse magnifies.
    np.testing.assert_allclose(back, x, rtol=1e-14, atol=8 * 2.0**-53 * np.diff(knots).max() * 999)


@pytest.mark.parametrize("function", [ndtr, ndtri])
@pytest.mark.parametrize("shape", [(), (0,), (6,), (2, 3), (3, 0), (1, 2, 3)])
def test_normal_keeps_the_shape(function, shape):
    x = np.linspace(0.1, 0.9, int(np.prod(shape))).reshape(shape)
    assert function(x).shape == shape
    assert function(x).tobytes() == function(x.ravel()).tobytes()


@pytest.mark.parametrize("function", [ndtr, ndtri])
def test_normal_takes_any_layout(function):
    x = np.linspace(0.01, 0.99, 24).reshape(4, 6)
    np.testing.assert_array_equal(function(x.T), function(x).T)
    np.testing.assert_array_equal(function(x[::2, ::-1]), function(x)[::2, ::-1])
