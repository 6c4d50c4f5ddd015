"""Units and sums: planted ones are found as they were planted, and none is made up."""

import numpy as np
import pandas as pd
import pytest
from synthesizers.tree_rules import N, amounts, encoded, rules_of

from synthfast.synthesizers._tree.find_rules import find_rules
from synthfast.synthesizers._tree.rules import Affine, Total


@pytest.fixture
def rng():
    return np.random.default_rng(20240611)


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
