"""Rules by themselves: what they make of their sources, what targets tell of those, and their stored form."""

import json

import numpy as np
import pytest

from synthfast._core.names import Names
from synthfast.synthesizers._tree.grid import Grid
from synthfast.synthesizers._tree.rules import Affine, Between, Lookup, Total
from synthfast.synthesizers._tree.rules.state import rule_from_state, rule_to_state
from synthfast.synthesizers._tree.wanted import Wanted

NAN = float("nan")


@pytest.fixture
def rng():
    return np.random.default_rng(20240611)


def test_levels_without_rows_take_the_commonest_image():
    rule = Lookup("t", "s", np.array([4, 5, 6, 5], dtype=np.int32))
    np.testing.assert_array_equal(rule.apply({"s": np.array([2, -1, 0], dtype=np.int32)}), [6, 5, 4])


def test_between_needs_what_was_drawn():
    with pytest.raises(ValueError, match=r"'b'.*drawn"):
        Between("b", ("a",), (), (0.0,)).apply({"a": np.zeros(3)})


def test_affine_conditions_reach_the_source(rng):
    rule = Affine("f", "c", -1.8, 32.0, 0.1, 0.5)
    source = np.arange(-40, 40.5, 0.5)
    target = rule.apply({"c": source})
    for low, high in ((0.0, 30.0), (50.0, 50.0), (target[7], target[7])):
        asked = Wanted(lower=np.array([low]), upper=np.array([high]))
        back = rule.invert(asked)
        met = np.zeros(len(source), dtype=bool)
        for start, stop in zip(back.lower, back.upper, strict=True):
            met |= (source >= start) & (source <= stop)
        np.testing.assert_array_equal(met, (target >= low) & (target <= high))
    two = rule.invert(Wanted(lower=np.array([-10.0, 41.0]), upper=np.array([-1.0, 68.0])))
    assert (two.lower[1:] > two.upper[:-1]).all()
    assert not len(rule.invert(Wanted(lower=np.array([32.3]), upper=np.array([32.4]))).lower)
    assert rule.invert(Wanted(missing=True)).missing
    assert rule.invert(Wanted(lower=np.array([-np.inf]), upper=np.array([32.0]))).upper[0] == np.inf
    assert Total("t", ("a", "b"), (1.0, 1.0), 0.0).invert(Wanted(missing=True)) is None


@pytest.mark.parametrize("step", [1.0, 0.1, 0.25, 0.05, 5.0, 1e-10, 0.3, 1e6])
def test_grids_hold_the_floats_that_texts_mean(step):
    grid = Grid(step)
    decimals = len(f"{step:.10f}".rstrip("0").partition(".")[2])
    meant = np.array([round(k * step, decimals) for k in range(-300, 300)])
    np.testing.assert_array_equal(grid.nearest(meant + 0.2 * step), meant)
    for place in (grid.nearest, grid.above, grid.below):
        np.testing.assert_array_equal(place(meant), meant)
    np.testing.assert_array_equal(grid.above(meant[:-1] + 0.2 * step), meant[1:])
    np.testing.assert_array_equal(grid.below(meant + 0.8 * step), meant)


@pytest.mark.parametrize(
    "rule",
    [
        Between(("a", 1), (None,), (("b", NAN),), (0.0,), (1.0,), True, None, 5.0, 1.0),
        Total(None, (NAN, "c"), (1.0, -1.0), 0.5),
        Affine(NAN, ("a", 1), 2.0, 0.5),
        Lookup("c", NAN, np.array([4.0, np.nan]), np.array([1.0]), True),
    ],
    ids=lambda rule: type(rule).__name__,
)
def test_names_of_any_kind_are_stored(rule):
    """NaN is no copy of itself, so that the rule that is read must take its names from those that it is given."""
    names = ["x", None, ("a", 1), NAN, ("b", NAN), 2, "c"]
    document, arrays = rule_to_state(rule)
    others = ["x", None, ("a", 1), float("nan"), ("b", float("nan")), 2, "c"]
    again = rule_from_state(json.loads(json.dumps(document)), arrays, Names(others))
    for one, other in zip((again.target, *again.sources), (rule.target, *rule.sources), strict=True):
        assert one is others[names.index(other)]
    assert rule_to_state(again)[0] == document


def test_rules_of_other_kinds_or_columns_are_refused():
    with pytest.raises(ValueError, match="'other'"):
        rule_from_state({"kind": "other"}, {}, Names([]))
    with pytest.raises(KeyError, match="x"):
        rule_from_state(rule_to_state(Affine("y", "x", 1.0, 0.0))[0], {}, Names(["y"]))


def reached(rule, values, name, step=None, **spans):
    reach = rule.reach({key: np.array(own, dtype=float) for key, own in values.items()}, name, Grid(step), spans)
    return reach.low.tolist(), reach.high.tolist(), reach.blank.tolist()


def test_a_line_is_solved():
    rule = Affine("y", "x", -2.0, 1.0)
    values = {"y": np.array([5.0, np.nan])}
    reach = rule.reach(values, "x", Grid(None), {})
    assert reach.told.all()
    np.testing.assert_array_equal(reach.answer, [-2.0, np.nan])


def test_a_coarse_target_leaves_several_sources():
    rule = Affine("kilos", "pounds", 0.45359237, 0.0, 1.0, 1.0)
    low, high, _ = reached(rule, {"kilos": [100, 101]}, "pounds", 1.0)
    for k, a, b in zip((100, 101), low, high, strict=True):
        pounds = np.arange(150.0, 300.0)
        fit = pounds[rule.apply({"pounds": pounds}) == k]
        assert (a, b) == (fit[0], fit[-1])
    low, high, _ = reached(rule, {"kilos": [100]}, "pounds")  # any number of pounds
    assert low[0] < 219.4 < 221.5 < high[0]
    assert reached(Affine("y", "x", 2.0, 1.0, 1.0, 1.0), {"y": [4]}, "x", 1.0)[0] > [1.0]  # of whole ones, none


def test_the_last_addend_is_what_the_total_leaves():
    rule = Total("t", ("a", "b"), (1.0, -2.0), 0.5, 0.01)
    values = {"t": [3.5, 3.5, np.nan, np.nan], "a": [5.0, np.nan, 5.0, np.nan]}
    low, high, blank = reached(rule, values, "b", 0.01)
    assert (low[0], high[0]) == (1.0, 1.0)
    assert (low[1:], high[1:]) == ([-np.inf, np.inf, -np.inf], [np.inf, -np.inf, np.inf])
    assert blank == [False, True, True, True]


def test_an_addend_before_the_last_is_bounded_by_the_range_of_the_others():
    rule = Total("t", ("a", "b", "c"), (1.0, 1.0, -2.0), 0.0, 1.0)
    low, high, blank = reached(rule, {"t": [10, np.nan], "a": [1, 1]}, "b", 1.0, c=(0.0, 3.0))
    assert (low, high, blank) == ([9.0, -np.inf], [15.0, np.inf], [False, True])
    assert rule.reach({"t": np.ones(2)}, "b", Grid(1.0), {"c": (0.0, 3.0)}) is None


def test_an_order_bounds_its_sources():
    rule = Between("m", ("low",), ("high",), (1.0,), (0.0,), step=1.0)
    assert reached(rule, {"m": [5, np.nan]}, "low", 1.0) == ([-np.inf] * 2, [4.0, np.inf], [True, True])
    assert reached(rule, {"m": [5, np.nan]}, "high", 1.0) == ([5.0, -np.inf], [np.inf] * 2, [True, True])


def test_two_rules_that_tell_one_point_agree():
    one, other = Affine("y", "x", 0.1, 0.0), Affine("z", "x", 1 / 3, 0.0)
    x = np.random.default_rng(0).normal(size=1_000)
    values = {"y": one.apply({"x": x}), "z": other.apply({"x": x})}
    both = one.reach(values, "x", Grid(None), {}) & other.reach(values, "x", Grid(None), {})
    assert both.told.all()
    np.testing.assert_allclose(both.answer, x, rtol=1e-12)
    apart = one.reach(values, "x", Grid(None), {}) & other.reach(values | {"z": values["z"] + 1}, "x", Grid(None), {})
    assert not apart.told.any()


# -- what is wanted ----------------------------------------------------------------------------------------------------


def test_a_look_up_wants_its_missing_source_besides_others():
    images = np.array([0, 1, 0, 0], dtype=np.int32)
    back = Lookup("t", "s", images, gaps=True).invert(Wanted(levels=np.array([0])))
    assert back.missing
    np.testing.assert_array_equal(back.levels, [0, 2])
    assert not Lookup("t", "s", images).invert(Wanted(levels=np.array([0]))).missing
    back = Lookup("t", "s", np.array([1.0, 2.0, np.nan]), np.array([10.0, 20.0]), True).invert(Wanted(missing=True))
    assert (back.missing, len(back.lower)) == (True, 0)


def test_wanted_values_are_met():
    numbers, codes = np.array([1.0, 2.5, np.nan, 4.0]), np.array([0, 3, -1, 1])
    some = Wanted(True, np.array([1.0, 3.0]), np.array([2.0, 4.0]))
    assert some.met(numbers).tolist() == [True, False, True, True]
    assert Wanted(levels=np.array([1, 3])).met(codes).tolist() == [False, True, False, True]
    assert Wanted(missing=True).met(codes).tolist() == [False, False, True, False]
    assert not Wanted().met(numbers).any()


def test_what_both_want_is_what_meets_both():
    rng = np.random.default_rng(0)
    numbers = np.r_[np.nan, rng.normal(size=200)]
    one = Wanted(True, np.array([-1.0, 0.5]), np.array([0.0, 2.0]))
    other = Wanted(False, np.array([-0.5]), np.array([1.0]))
    np.testing.assert_array_equal((one & other).met(numbers), one.met(numbers) & other.met(numbers))
    assert not (one & other).missing
    assert (one & Wanted(True)).missing
    point, nearly = np.array([0.3]), 0.1 * np.array([3.0])
    assert len((Wanted(lower=point, upper=point) & Wanted(lower=nearly, upper=nearly)).lower) == 1


@pytest.mark.parametrize("value", [np.int32(2), np.int32(-1), np.float64(0.5), np.float64("nan")])
def test_one_value_is_wanted(value):
    assert Wanted.value(value).met(np.array([value])).all()
    assert not Wanted.value(value).met(np.array([value + 1 if value == value else 0.0, 7], dtype=type(value)))[1]
