"""Look-ups, orders, and rules of all kinds: planted ones are found and kept, and none is made up."""

import numpy as np
import pandas as pd
import pytest
from synthesizers.tree_rules import N, amounts, documents, encoded, rules_of

from synthfast.synthesizers._tree.find_rules import find_rules
from synthfast.synthesizers._tree.grid import Grid
from synthfast.synthesizers._tree.rules import Between, Lookup
from synthfast.synthesizers._tree.wanted import Wanted


@pytest.fixture
def rng():
    return np.random.default_rng(20240611)


@pytest.mark.parametrize("kind", ["level", "number"])
def test_a_function_of_levels_is_found(rng, kind):
    city = rng.choice(["Rome", "Bari", "Oslo", "Bergen", "Graz"], N)
    image = {"Rome": "IT", "Bari": "IT", "Oslo": "NO", "Bergen": "NO", "Graz": "AT"}
    number = {"Rome": 0.25, "Bari": 0.5, "Oslo": 7.0, "Bergen": 7.0, "Graz": np.nan}
    frame = pd.DataFrame({"noise": rng.choice(list("xyz"), N), "city": city})
    frame["t"] = frame["city"].map(image if kind == "level" else number)
    found = rules_of(frame)
    assert isinstance(found["t"], Lookup)
    assert found["t"].source == "city"
    assert rules_of(frame, ["noise", "t", "city"]) == {}
    frame.loc[N - 1, "t"] = "AT" if kind == "level" else 0.5
    frame.loc[N - 1, "city"] = "Rome"
    assert rules_of(frame) == {}


def test_a_function_of_missing_is_found(rng):
    source = rng.choice(np.array(["a", "b", None], dtype=object), N)
    frame = pd.DataFrame({"s": source, "t": np.where(pd.isna(source), "none", "some")})
    rule = rules_of(frame)["t"]
    columns, _ = encoded(frame)
    asked = Wanted(levels=np.array([columns["t"].values[pd.isna(source)][0]], dtype=np.int64))
    assert rule.invert(asked).missing


def test_the_source_of_fewest_levels_is_taken(rng):
    fine = rng.integers(0, 60, N)
    frame = pd.DataFrame({"fine": fine, "middle": fine // 5, "t": np.array(list("xyzw"))[fine // 15]})
    frame["fine"] = "f" + frame["fine"].astype(str)
    frame["middle"] = "m" + frame["middle"].astype(str)
    found = rules_of(frame)
    assert (found["t"].source, found["middle"].source) == ("middle", "fine")


def test_a_function_of_a_number_of_few_values(rng):
    frame = pd.DataFrame({"x": rng.integers(0, 40, N), "noise": rng.normal(size=N)})
    frame["square"] = (frame["x"] - 20.0) ** 2
    rule = rules_of(frame)["square"]
    assert isinstance(rule, Lookup)
    np.testing.assert_array_equal(rule.apply({"x": np.array([3.0, 2.6, np.nan, 400.0])})[[0, 1, 3]], [289, 289, 361])
    back = rule.invert(Wanted(lower=np.array([4.0]), upper=np.array([9.0])))
    np.testing.assert_array_equal(back.lower, [17, 18, 22, 23])
    np.testing.assert_array_equal(back.upper, back.lower)


def test_near_keys_determine_nothing(rng):
    frame = pd.DataFrame({"key": rng.permutation(N) // 3, "t": rng.choice(list("ab"), N)})
    frame["t"] = np.array(list("ab"))[frame["key"] % 2]
    assert rules_of(frame) == {}


def test_an_order_is_found_and_kept(rng):
    low = rng.gamma(2, 10, N).round(1)
    frame = pd.DataFrame({"low": low, "noise": rng.gamma(2, 10, N).round(1), "high": 0.0})
    frame["high"] = (low + rng.gamma(1, 10, N) + 0.05).round(1)
    frame.loc[rng.random(N) < 0.1, "high"] = np.nan
    for order, side in ((["low", "noise", "high"], "lower"), (["noise", "high", "low"], "upper")):
        (rule,) = rules_of(frame, order).values()
        assert isinstance(rule, Between)
        drawn = {name: rng.gamma(2, 10, 500).round(1) for name in ("low", "high")}
        drawn["low"][:20] = np.nan
        drawn["high"][15:40] = np.nan
        kept = rule.apply(drawn, drawn[rule.target])
        other = drawn["low" if side == "lower" else "high"]
        assert not (other > kept if side == "lower" else other < kept).any()
        fine = ~(drawn["low"] >= drawn["high"])  # the data hold no two equal values
        np.testing.assert_array_equal(kept[fine], drawn[rule.target][fine])
        np.testing.assert_array_equal(np.isnan(kept), np.isnan(drawn[rule.target]))
        np.testing.assert_array_equal(kept, Grid(0.1).nearest(kept))


def test_an_order_without_ties_keeps_strict(rng):
    frame = pd.DataFrame({"a": rng.integers(0, 100, N)})
    frame["b"] = frame["a"] + rng.integers(1, 50, N)
    rule = rules_of(frame)["b"]
    assert rule.mirror
    kept = rule.apply({"a": np.array([5.0, 5, 5, 90])}, np.array([5.0, 3, 9, 2]))
    np.testing.assert_array_equal(kept, [7, 9, 9, rule.maximum])


def test_values_go_to_the_bound_where_ties_are_common(rng):
    frame = pd.DataFrame({"a": rng.integers(0, 100, N)})
    frame["b"] = frame["a"] + rng.integers(0, 3, N)
    rule = rules_of(frame)["b"]
    np.testing.assert_array_equal(rule.apply({"a": np.array([5.0, 5, np.nan])}, np.array([4.0, 9, 1])), [5, 9, 1])


def test_an_order_that_goes_without_saying_is_left_out(rng):
    frame = pd.DataFrame({"a": rng.integers(0, 100, N), "b": rng.integers(100, 300, N)})
    assert rules_of(frame) == {}


def test_chains_of_orders_are_kept_short(rng):
    steps = np.cumsum(rng.integers(0, 60, (N, 6)), axis=1) + rng.integers(0, 1000, (N, 1))
    frame = pd.DataFrame(steps, columns=list("abcdef"))
    found = rules_of(frame)
    assert {name: rule.lower for name, rule in found.items()} == {
        "b": ("a",),
        "c": ("b",),
        "d": ("c",),
        "e": ("d",),
        "f": ("e",),
    }
    found = rules_of(frame, ["a", "f", "c", "b", "d", "e"])
    assert (found["c"].lower, found["c"].upper) == (("a",), ("f",))
    assert (found["b"].lower, found["b"].upper) == (("a",), ("c",))
    assert (found["e"].lower, found["e"].upper) == (("d",), ("f",))
    drawn = {name: rng.integers(0, 1300, 400).astype(float) for name in "abcdef"}
    for name in ["a", "f", "c", "b", "d", "e"]:
        drawn[name] = found[name].apply(drawn, drawn[name]) if name in found else drawn[name]
    for first, second in zip("abcde", "bcdef", strict=True):
        assert (drawn[first] <= drawn[second]).all()


def test_lookup_conditions_reach_the_source(rng):
    frame = pd.DataFrame({"s": rng.choice(list("abcdef"), N)})
    frame["t"] = frame["s"].map(dict(zip("abcdef", "xxyyzz", strict=True)))
    rule = rules_of(frame)["t"]
    columns, _ = encoded(frame)
    asked = Wanted(levels=np.array([0, 2]))
    back = rule.invert(asked)
    np.testing.assert_array_equal(back.met(columns["s"].values), asked.met(columns["t"].values))
    nothing = rule.invert(Wanted(missing=True))
    assert not len(nothing.levels)
    assert not nothing.missing


def test_tables_with_nothing_to_find(rng):
    frame = pd.DataFrame(
        {
            "constant": 3.0,
            "same": 3.0,
            "x": rng.normal(size=N),
            "y": rng.integers(0, 5, N),
            "nothing": np.full(N, np.nan),
            "level": rng.choice(list("abc"), N),
            "single": rng.choice(np.array(["only", None], dtype=object), N),
        }
    )
    frame["some"] = np.where(np.arange(N) < 20, frame["x"], np.nan)
    assert rules_of(frame) == {}
    assert rules_of(frame[:1]) == {}
    assert rules_of(frame[["x"]]) == {}
    assert rules_of(frame[:35]) == {}
    assert find_rules({}, encoded(frame)[1], []) == {}


def test_rows_may_come_in_any_order(rng):
    n = 12_345
    frame = pd.DataFrame({"a": amounts(rng, n), "b": amounts(rng, n), "s": rng.choice(list("abcd"), n)})
    frame["high"] = frame["a"] + rng.integers(0, 5_000, n) / 100
    frame["t"], frame["u"] = frame["a"] - frame["b"], frame["s"].map(str.upper)
    found = rules_of(frame)
    again = rules_of(frame.sample(frac=1, random_state=3))
    assert set(found) == {"high", "t", "u"}
    assert documents(found) == documents(again)


def test_a_table_with_a_period_hides_nothing(rng):
    hours = np.arange(48_000) % 24
    frame = pd.DataFrame({"hour": hours, "night": np.where(hours < 6, "yes", "no"), "x": rng.normal(size=len(hours))})
    assert set(rules_of(frame)) == {"night"}


def test_numbers_of_any_size_do_no_harm(rng):
    frame = pd.DataFrame({"huge": rng.normal(size=N) * 1e300, "tiny": rng.normal(size=N) * 1e-300})
    frame["big"] = rng.integers(2**60, 2**62, N)
    frame["next"], frame["shifted"] = frame["big"] + 1, rng.normal(size=N) + 1e12
    assert set(rules_of(frame)) <= {"next"}


# Each is real: the schooling's code is its name; an ellipse's minor axis is no longer than its major one, and the
# brightest pixel no brighter than the brightest two. Plain comparisons of all pairs find no others.
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("adult_train", {"education_num": ("education",)}),
        ("magic", {"Width": ("Length",), "Conc1": ("Conc",)}),
        ("diamonds", {}),
        ("credit_default", {}),
        ("beijing_pm25", {}),
        ("bank_marketing", {}),
        ("shoppers", {}),
    ],
)
def test_real_tables_hold_what_they_are_known_to_hold(real_table, name, expected):
    assert {target: rule.sources for target, rule in rules_of(real_table(name)).items()} == expected


def test_real_rules_do_not_depend_on_the_order_of_rows(real_table):
    for name in ("adult_train", "magic"):
        frame = real_table(name)
        ours, again = rules_of(frame), rules_of(frame.sample(frac=1, random_state=1).reset_index(drop=True))
        assert documents(ours) == documents(again)
