"""Exact dependencies: planted ones are found as they were planted, kept when applied, and none is made up."""

import json

import numpy as np
import pandas as pd
import pytest

from synthfast._core.frames import Table
from synthfast.encoding import EncodedCondition, TableCodec
from synthfast.encoding.satisfaction import rows_that_meet
from synthfast.schema import Schema
from synthfast.synthesizers._tree.find_rules import find_rules
from synthfast.synthesizers._tree.rules import Affine, Between, Grid, Lookup, Total, rule_from_state

N = 3_000


def encoded(frame):
    table = Table.from_any(frame)
    codec = TableCodec.fit(table, Schema.infer(table))
    return codec.encode(table), codec


def rules_of(frame, order=None):
    columns, codec = encoded(frame)
    order = [name for name in frame.columns if name in columns] if order is None else order
    found = find_rules(columns, codec, order)
    values = {name: column.values for name, column in columns.items()}
    for target, rule in found.items():
        assert rule.target == target
        assert all(order.index(source) < order.index(target) for source in rule.sources)
        kept = rule.apply(values, values[target])
        if kept.dtype.kind == "f":
            np.testing.assert_allclose(kept, values[target], rtol=1e-7, atol=1e-9)
        else:
            np.testing.assert_array_equal(kept, values[target])
        assert kept.dtype == values[target].dtype
        check_state(rule, values)
    return found


def check_state(rule, values):
    document, arrays = rule.to_state()
    again = rule_from_state(json.loads(json.dumps(document)), arrays)
    assert type(again) is type(rule)
    assert again.sources == rule.sources
    assert again.target == rule.target
    drawn = values[rule.target]
    np.testing.assert_array_equal(again.apply(values, drawn), rule.apply(values, drawn))
    assert again.to_state()[0] == document


@pytest.fixture
def rng():
    return np.random.default_rng(20240611)


def amounts(rng, n=N, top=100_000):
    """Whole cents."""
    return rng.integers(0, top, n) / 100


def test_a_copy_is_found(rng):
    frame = pd.DataFrame({"a": amounts(rng), "noise": amounts(rng), "copy": 0.0})
    frame["copy"] = frame["a"]
    assert rules_of(frame) == {"copy": Affine("copy", "a", 1.0, 0.0, 0.01, 0.01)}


def test_the_order_tells_which_is_the_source(rng):
    frame = pd.DataFrame({"a": amounts(rng)})
    frame["twice"] = 2 * frame["a"]
    (rule,) = rules_of(frame, ["twice", "a"]).values()
    assert (rule.target, rule.source, rule.slope, rule.intercept) == ("a", "twice", 0.5, 0.0)


@pytest.mark.parametrize(
    ("convert", "slope", "intercept"),
    [
        (lambda c: np.round(1.8 * c + 32, 2), 1.8, 32.0),
        (lambda c: np.round((c - 32) / 1.8, 1), 5 / 9, -160 / 9),
        (lambda c: np.round(2.20462 * c), 2.20462, 0.0),
        (lambda c: np.round(c / 0.45359237, 3), 1 / 0.45359237, 0.0),
        (lambda c: np.round(-0.123456789 * c + 7.5, 1), -0.123456789, 7.5),
        (lambda c: c * 0.1 / 3, 0.1 / 3, 0.0),
        (lambda c: (c * 1.7).astype(np.float32), 1.7, 0.0),
    ],
    ids=["fahrenheit", "celsius", "pounds", "exact-pounds", "odd", "floats", "single"],
)
def test_unit_conversions_are_found(rng, convert, slope, intercept):
    frame = pd.DataFrame({"x": rng.integers(-5_000, 30_000, N) / 10, "noise": rng.normal(size=N)})
    frame["y"] = convert(frame["x"])
    (rule,) = rules_of(frame).values()
    assert isinstance(rule, Affine)
    assert rule.slope == pytest.approx(slope, rel=1e-3)
    assert rule.intercept == pytest.approx(intercept, abs=0.51)


def test_halves_rounded_up_are_reproduced(rng):
    frame = pd.DataFrame({"x": rng.integers(0, 50_000, N)})
    frame["half"] = (frame["x"] + 1) // 2
    (rule,) = rules_of(frame).values()
    assert isinstance(rule, Affine)


@pytest.mark.parametrize("nudge", [0.0, 1e-9, -1e-9])
def test_values_halfway_may_be_rounded_to_either_side(rng, nudge):
    frame = pd.DataFrame({"a": amounts(rng), "b": amounts(rng)})
    side = np.where(rng.random(N) < 0.5, nudge, -nudge)
    frame["tax"] = (0.25 * frame["a"] + side).round(2)
    frame["net"] = (frame["b"] - 0.5 * frame["a"] + side).round(2)
    columns, codec = encoded(frame)
    found = find_rules(columns, codec, list(frame))
    assert (found["tax"].slope, found["tax"].intercept) == (0.25, 0.0)
    assert dict(zip(found["net"].sources, found["net"].coefficients, strict=True)) == {"a": -0.5, "b": 1.0}
    values = {name: column.values for name, column in columns.items()}
    for name in ("tax", "net"):
        assert np.abs(found[name].apply(values) - values[name]).max() < 0.0101


def test_missing_rows_go_with_the_source(rng):
    a = np.where(rng.random(N) < 0.3, np.nan, amounts(rng))
    frame = pd.DataFrame({"a": a, "b": 3 * a + 1})
    assert isinstance(rules_of(frame)["b"], Affine)
    frame.loc[np.flatnonzero(~np.isnan(a))[:1], "b"] = np.nan
    assert not any(rule.exact for rule in rules_of(frame).values())


def test_one_wrong_row_undoes_a_rule(rng):
    for at in (0, N // 2, N - 1):
        frame = pd.DataFrame({"a": amounts(rng), "b": amounts(rng)})
        frame["copy"], frame["sum"] = frame["a"], frame["a"] + frame["b"]
        frame.loc[at, "copy"] += 5
        frame.loc[at, "sum"] -= 7
        assert not any(rule.exact for rule in rules_of(frame).values())


def test_a_weight_that_one_row_tells_is_no_weight(rng):
    """Its row lies in the sample, so that 2.4 * a - 1.4 * copy makes up for it."""
    frame = pd.DataFrame({"a": amounts(rng, 1_000), "b": amounts(rng, 1_000)})
    frame["copy"], frame["sum"] = frame["a"], frame["a"] + frame["b"]
    frame.loc[0, "copy"] += 5
    frame.loc[0, "sum"] -= 7
    assert not any(rule.exact for rule in rules_of(frame).values())
    frame.loc[:9, "copy"] = frame["a"][:10] + 5
    frame["sum"] = 2.5 * frame["a"] + frame["b"] - 1.5 * frame["copy"]
    assert dict(zip(rules_of(frame)["sum"].sources, rules_of(frame)["sum"].coefficients, strict=True)) == {
        "a": 2.5,
        "b": 1.0,
        "copy": -1.5,
    }


def test_times_are_numbers_too(rng):
    start = pd.Timestamp("2021-03-01") + pd.to_timedelta(rng.integers(0, 900, N), unit="D")
    frame = pd.DataFrame({"start": start, "days": rng.integers(1, 400, N)})
    frame["end"] = frame["start"] + pd.to_timedelta(frame["days"], unit="D")
    frame["due"] = frame["start"] + pd.Timedelta(days=30)
    found = rules_of(frame)
    assert isinstance(found["end"], Total)
    assert found["end"].coefficients == (1.0, 1.0)
    assert (found["due"].source, found["due"].slope) == ("start", 1.0)


def test_sums_and_differences_are_found(rng):
    frame = pd.DataFrame({name: amounts(rng) for name in "abcd"})
    frame["sum"] = frame["a"] + frame["b"]
    frame["net"] = (frame["c"] - 0.25 * frame["d"] + 10).round(4)
    frame["all"] = frame["a"] + frame["b"] + frame["c"] + frame["d"]
    found = rules_of(frame)
    assert found["sum"].sources == ("a", "b")
    assert found["sum"].coefficients == (1.0, 1.0)
    assert (found["net"].sources, found["net"].coefficients) == (("c", "d"), (1.0, -0.25))
    assert found["net"].intercept == 10.0
    assert found["all"].sources in (("c", "d", "sum"), ("a", "b", "c", "d"))  # not ("d", "sum", "net")
    frame = frame[["a", "b", "c", "d", "all"]]
    assert rules_of(frame)["all"].sources == ("a", "b", "c", "d")
    (rule,) = rules_of(frame, ["all", "d", "c", "b", "a"]).values()
    assert dict(zip(rule.sources, rule.coefficients, strict=True)) == {"all": 1.0, "b": -1.0, "c": -1.0, "d": -1.0}


def test_fewest_sources_are_taken(rng):
    frame = pd.DataFrame({name: rng.integers(0, 1000, N) for name in "abcdefghij"})
    frame["j"] = frame["a"]
    frame["part"] = frame[list("abcdef")].sum(axis=1)
    frame["all"] = frame["part"] + frame["g"] + frame["h"]
    found = rules_of(frame)
    assert isinstance(found["j"], Affine)
    assert found["part"].sources == tuple("abcdef")
    assert set(found["all"].sources) == {"part", "g", "h"}


def test_sums_of_floats_agree_to_their_own_precision(rng):
    frame = pd.DataFrame({"a": rng.lognormal(3, 3, N), "b": rng.normal(size=N), "c": rng.normal(size=N)})
    frame["t"] = 0.3 * frame["a"] - frame["b"] / 3 + frame["c"]
    (rule,) = rules_of(frame).values()
    assert rule.coefficients == (0.3, -1 / 3, 1.0)
    frame["t"] += rng.normal(size=N) * 1e-5
    assert rules_of(frame) == {}


def test_a_sum_is_missing_where_a_part_is(rng):
    frame = pd.DataFrame({"a": amounts(rng), "b": amounts(rng), "c": amounts(rng)})
    frame.loc[rng.random(N) < 0.2, "a"] = np.nan
    frame.loc[rng.random(N) < 0.2, "b"] = np.nan
    frame["t"] = frame["a"] + frame["b"] - frame["c"]
    assert rules_of(frame)["t"].sources == ("a", "b", "c")
    frame["t"] = frame["a"].fillna(0) + frame["b"].fillna(0) - frame["c"]
    assert not any(rule.exact for rule in rules_of(frame).values())


def test_a_sum_of_many_columns_is_no_sum(rng):
    frame = pd.DataFrame({f"x{i}": amounts(rng) for i in range(9)})
    frame["t"] = frame.sum(axis=1)
    assert not any(rule.exact for rule in rules_of(frame).values())


def test_few_rows_of_many_columns_fit_nothing(rng):
    frame = pd.DataFrame(rng.normal(size=(60, 80)), columns=[f"x{i}" for i in range(80)])
    assert not any(rule.exact for rule in rules_of(frame).values())
    frame["t"] = frame["x3"] - frame["x7"]
    assert rules_of(frame)["t"].sources == ("x3", "x7")


def test_sums_of_indicators(rng):
    frame = pd.DataFrame({name: rng.integers(0, 2, N).astype(float) for name in "ab"})
    frame["both"] = frame["a"] + frame["b"]
    columns, _ = encoded(frame)
    if all(column.kind == "numeric" for column in columns.values()):
        assert isinstance(rules_of(frame)["both"], Total)


def test_rare_indicators_are_no_rule(rng):
    frame = pd.DataFrame({f"x{i}": np.zeros(N) for i in range(12)})
    for i in range(12):
        frame.loc[rng.choice(N, 3, replace=False), f"x{i}"] = rng.integers(1, 500)
    frame["x11"] = frame["x3"]
    assert rules_of(frame) == {}


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
    asked = EncodedCondition(levels=np.array([columns["t"].values[pd.isna(source)][0]], dtype=np.int64))
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
    back = rule.invert(EncodedCondition(lower=np.array([4.0]), upper=np.array([9.0])))
    np.testing.assert_array_equal(back.lower, [17, 18, 22, 23])
    np.testing.assert_array_equal(back.upper, back.lower)


def test_near_keys_determine_nothing(rng):
    frame = pd.DataFrame({"key": rng.permutation(N) // 3, "t": rng.choice(list("ab"), N)})
    frame["t"] = np.array(list("ab"))[frame["key"] % 2]
    assert rules_of(frame) == {}


def test_levels_without_rows_take_the_commonest_image():
    rule = Lookup("t", "s", np.array([4, 5, 6, 5], dtype=np.int32))
    np.testing.assert_array_equal(rule.apply({"s": np.array([2, -1, 0], dtype=np.int32)}), [6, 5, 4])


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


def test_between_needs_what_was_drawn():
    with pytest.raises(ValueError, match=r"'b'.*drawn"):
        Between("b", ("a",), (), (0.0,)).apply({"a": np.zeros(3)})


def test_affine_conditions_reach_the_source(rng):
    rule = Affine("f", "c", -1.8, 32.0, 0.1, 0.5)
    source = np.arange(-40, 40.5, 0.5)
    target = rule.apply({"c": source})
    for low, high in ((0.0, 30.0), (50.0, 50.0), (target[7], target[7])):
        asked = EncodedCondition(lower=np.array([low]), upper=np.array([high]))
        back = rule.invert(asked)
        met = np.zeros(len(source), dtype=bool)
        for start, stop in zip(back.lower, back.upper, strict=True):
            met |= (source >= start) & (source <= stop)
        np.testing.assert_array_equal(met, (target >= low) & (target <= high))
    two = rule.invert(EncodedCondition(lower=np.array([-10.0, 41.0]), upper=np.array([-1.0, 68.0])))
    assert (two.lower[1:] > two.upper[:-1]).all()
    assert not len(rule.invert(EncodedCondition(lower=np.array([32.3]), upper=np.array([32.4]))).lower)
    assert rule.invert(EncodedCondition(missing=True)).missing
    assert rule.invert(EncodedCondition(lower=np.array([-np.inf]), upper=np.array([32.0]))).upper[0] == np.inf
    assert Total("t", ("a", "b"), (1.0, 1.0), 0.0).invert(EncodedCondition(missing=True)) is None


def test_lookup_conditions_reach_the_source(rng):
    frame = pd.DataFrame({"s": rng.choice(list("abcdef"), N)})
    frame["t"] = frame["s"].map(dict(zip("abcdef", "xxyyzz", strict=True)))
    rule = rules_of(frame)["t"]
    columns, _ = encoded(frame)
    asked = EncodedCondition(levels=np.array([0, 2]))
    back = rule.invert(asked)
    np.testing.assert_array_equal(rows_that_meet(columns["s"], back), rows_that_meet(columns["t"], asked))
    nothing = rule.invert(EncodedCondition(missing=True))
    assert not len(nothing.levels)
    assert not nothing.missing


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
    assert [rule.to_state()[0] for rule in found.values()] == [rule.to_state()[0] for rule in again.values()]


def test_a_table_with_a_period_hides_nothing(rng):
    hours = np.arange(48_000) % 24
    frame = pd.DataFrame({"hour": hours, "night": np.where(hours < 6, "yes", "no"), "x": rng.normal(size=len(hours))})
    assert set(rules_of(frame)) == {"night"}


def test_names_of_any_kind_are_stored():
    rule = Between(("a", 1), (2,), ("c",), (0.0,), (1.0,), True, None, 5.0, 1.0)
    document, arrays = rule.to_state()
    assert rule_from_state(json.loads(json.dumps(document)), arrays) == rule
    rule = Total(("a", 1), (2, "c"), (1.0, -1.0), 0.5)
    document, arrays = rule.to_state()
    assert rule_from_state(json.loads(json.dumps(document)), arrays) == rule
    rule = Affine("x", ("a", 1), 2.0, 0.5)
    document, arrays = rule.to_state()
    assert rule_from_state(json.loads(json.dumps(document)), arrays) == rule
    with pytest.raises(ValueError, match="'other'"):
        rule_from_state({"kind": "other"}, {})


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
        assert [rule.to_state()[0] for rule in ours.values()] == [rule.to_state()[0] for rule in again.values()]


# -- what targets tell of their sources --------------------------------------------------------------------------------


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
