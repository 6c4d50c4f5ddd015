import math

import pytest

from synthfast.marginals.newton import maximise


def hill(x, y):
    """A quadratic with its top at (1, -2), turned by 45 degrees."""
    u, v = x - 1.0, y + 2.0
    return 5.0 - u * u - u * v - v * v, (-2.0 * u - v, -u - 2.0 * v), ((-2.0, -1.0), (-1.0, -2.0))


def test_quadratic_in_one_step():
    found = maximise(hill, (0.0, 0.0), (-10.0, -10.0), (10.0, 10.0))
    assert found.at == pytest.approx((1.0, -2.0), abs=1e-12)
    assert found.value == pytest.approx(5.0)
    assert found.on_bound == (False, False)
    assert found.converged


def test_box_holds_and_is_reported():
    found = maximise(hill, (0.0, 0.0), (-10.0, -1.0), (10.0, 10.0))
    assert found.at == pytest.approx((0.5, -1.0))  # the top of the line y = -1
    assert found.on_bound == (False, True)


def test_start_outside_the_box_is_moved_in():
    assert maximise(hill, (99.0, 99.0), (-10.0, -10.0), (10.0, 10.0)).at == pytest.approx((1.0, -2.0))


def test_climbs_where_the_hessian_is_not_definite():
    # cos has its inflection at pi/2; from beyond it the plain Newton step would go down to the minimum.
    def wave(x):
        return math.cos(x), (-math.sin(x),), ((-math.cos(x),),)

    found = maximise(wave, (2.5,), (-10.0,), (10.0,))
    assert found.at == pytest.approx((0.0,), abs=1e-5)  # promised gain below 1e-11 is x^2 / 2 < 1e-11


def test_steps_that_overshoot_are_damped():
    # Newton's method on sqrt(1 + x^2) diverges from beyond |x| = 1.
    def cone(x):
        r = math.sqrt(1.0 + x * x)
        return -r, (-x / r,), ((-1.0 / r**3,),)

    found = maximise(cone, (1.9,), (-100.0,), (100.0,))
    assert found.at == pytest.approx((0.0,), abs=1e-5)
    assert found.converged


def test_points_that_cannot_be_evaluated_are_not_entered():
    def half_line(x):
        if x >= 1.0:
            return math.nan, (0.0,), ((0.0,),)
        return math.log1p(-x) + 3.0 * x, (3.0 - 1.0 / (1.0 - x),), ((-1.0 / (1.0 - x) ** 2,),)

    assert maximise(half_line, (0.0,), (-5.0,), (5.0,)).at == pytest.approx((2.0 / 3.0,))


def test_start_that_cannot_be_evaluated_is_returned_as_it_is():
    found = maximise(lambda x: (math.nan, (1.0,), ((1.0,),)), (0.5,), (0.0,), (1.0,))
    assert found.value == -math.inf
    assert found.at == (0.5,)


def test_running_out_of_steps_is_reported():
    assert not maximise(lambda x: (x, (1.0,), ((-1e-9,),)), (0.0,), (-1e9,), (1e9,), max_steps=5).converged
