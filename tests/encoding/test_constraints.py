"""The constraint layer in itself: plans, ranges, grids, uniqueness, and what is refused."""

import numpy as np
import pandas as pd
import pytest

import synthfast
from synthfast import Schema
from synthfast.constraints import (
    FixedCombinations,
    FunctionalDependency,
    Ordered,
    Pattern,
    Predicate,
    Presence,
    Range,
    Total,
    Unique,
    count_broken,
    validate,
)
from synthfast.exceptions import ConditionError, ConstraintError, DataError, SchemaError

N_ROWS = 600


def fit(frame, *constraints, **params):
    schema = Schema.infer(frame, constraints=constraints)
    return synthfast.MarginalSynthesizer(random_state=0, **params).fit(frame, schema=schema)


def assert_kept(model, frame, n=20_000):
    rows = model.sample(n, random_state=1)
    assert set(count_broken(rows, model.schema_, reference=frame).values()) == {0}
    return rows


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_constraints_have_a_json_form(rng):
    frame = pd.DataFrame({"a": rng.random(50), "b": 2 + rng.random(50), "c": list("xy") * 25, "d": ["K-1"] * 50})
    constraints = [
        Range("a", 0, 1, "left"), Ordered(["a", "b"], strict=True), Unique(["a", "c"]), Pattern("d", r"K-\d"),
        FixedCombinations(["c", "d"]), FunctionalDependency("c", ["d"]), Presence("a", "c", ["x"], required=False),
        Total("b", ["a", "c"]), Predicate(None, "mine", 7),
    ]  # fmt: skip
    schema = Schema.infer(frame, constraints=constraints)
    again = Schema.from_json(schema.to_json())
    assert again == schema
    assert again.constraints == tuple(constraints)
    assert schema.with_constraints([]) == Schema.infer(frame)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Range("a"),
        lambda: Range("a", 0, inclusive="some"),
        lambda: Ordered(["a"]),
        lambda: Ordered(["a", "a"]),
        lambda: Total("a", ["a", "b"]),
        lambda: FunctionalDependency("a", "a"),
        lambda: Presence("a", "a", ["x"]),
    ],
)
def test_constraints_that_say_nothing_are_refused(make):
    with pytest.raises(SchemaError):
        make()


def test_columns_must_be_there():
    with pytest.raises(SchemaError, match="nope"):
        Schema.infer(pd.DataFrame({"a": [1, 2]}), constraints=[Range("nope", 0)])
    with pytest.raises(SchemaError, match=r"synthfast\.constraints"):
        Schema.infer(pd.DataFrame({"a": [1, 2]}), constraints=["a > 0"])


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
@pytest.mark.parametrize("strict", [False, True])
def test_orders_hold_on_every_grid(rng, dtype, strict):
    low = (rng.normal(size=N_ROWS) * 3).astype(dtype)
    frame = pd.DataFrame({"a": low, "b": (low.astype(float) + 0.1 + rng.gamma(1, 1, N_ROWS)).round(1)})
    frame["b"] = np.maximum(frame["b"], frame["a"].astype(float) + 0.01).round(2)
    frame = frame[frame["a"].astype(float) < frame["b"]]
    assert_kept(fit(frame, Ordered(["a", "b"], strict=strict)), frame)


def test_orders_of_dates_in_other_units_and_zones(rng):
    day = pd.Series(
        pd.Timestamp("2024-01-01", tz="Europe/Berlin") + pd.to_timedelta(rng.integers(0, 300, N_ROWS), unit="h")
    )
    frame = pd.DataFrame({"from": day, "until": day + pd.to_timedelta(rng.integers(0, 9**6, N_ROWS), unit="s")})
    assert_kept(fit(frame, Ordered(["from", "until"])), frame)
    mixed = pd.DataFrame({"from": day, "until": day.dt.tz_localize(None) + pd.Timedelta(days=9)})
    with pytest.raises(ConstraintError, match="one zone"):
        fit(mixed, Ordered(["from", "until"]))
    with pytest.raises(ConstraintError, match="all numbers"):
        fit(pd.DataFrame({"a": day, "b": range(N_ROWS)}), Ordered(["a", "b"]))


def test_ranges_leave_their_ends_in_or_out(rng):
    frame = pd.DataFrame({"x": rng.uniform(0.1, 0.9, N_ROWS), "n": rng.integers(1, 9, N_ROWS)})
    frame["d"] = pd.Timestamp("2024-01-02") + pd.to_timedelta(rng.integers(0, 9, N_ROWS), unit="D")
    ranges = [Range("x", 0, 1, "neither"), Range("n", 0, 9, "right"), Range("d", "2024-01-01", "2024-01-11", "left")]
    rows = assert_kept(fit(frame, *ranges), frame)
    assert rows["x"].between(0, 1, inclusive="neither").all()
    assert rows["n"].between(1, 9).all()
    assert rows["d"].between("2024-01-01", "2024-01-10").all()
    single = frame.assign(x=frame["x"].astype("float32"))
    assert fit(single, Range("x", 0.1, 0.9)).sample(9_000, random_state=1)["x"].astype(float).le(0.9).all()


def test_one_column_may_be_bound_several_times(rng):
    a, b = rng.integers(0, 50, N_ROWS), rng.integers(0, 50, N_ROWS)
    frame = pd.DataFrame({"a": a, "b": b, "sum": a + b, "cap": a + b + rng.integers(0, 9, N_ROWS), "low": a - 3})
    model = fit(frame, Total("sum", ["a", "b"]), Ordered(["sum", "cap"]), Ordered(["low", "a"]), Range("a", 0, 60))
    assert_kept(model, frame)


def test_a_total_with_a_range_of_its_own(rng):
    a, b = rng.integers(0, 50, 3 * N_ROWS), rng.integers(0, 50, 3 * N_ROWS)
    frame = pd.DataFrame({"a": a, "b": b, "sum": a + b})
    frame = frame[frame["sum"] <= 40].reset_index(drop=True)
    rows = assert_kept(fit(frame, Total("sum", ["a", "b"]), Range("sum", 0, 40)), frame)
    assert rows["sum"].max() <= 40


def test_holes_in_a_total_stay_holes(rng):
    frame = pd.DataFrame({"a": rng.integers(0, 50, N_ROWS), "b": rng.integers(0, 50, N_ROWS)}).astype(float)
    frame["sum"] = frame["a"] + frame["b"]
    frame.loc[:99, "a"], frame.loc[100:199, "sum"] = np.nan, np.nan
    rows = assert_kept(fit(frame, Total("sum", ["a", "b"])), frame)
    for name in ("a", "sum"):
        assert abs(rows[name].isna().mean() - 1 / 6) < 0.02


def test_rules_that_cannot_be_kept_together_are_refused(rng):
    n = rng.integers(0, 9, N_ROWS)
    frame = pd.DataFrame({"a": n, "b": n, "c": 2 * n})
    with pytest.raises(ConstraintError, match="together"):
        fit(frame, Ordered(["a", "b"]), Ordered(["b", "a"]))
    with pytest.raises(ConstraintError, match=r"leaves no value"):
        fit(frame, Range("a", 0, 8), Range("a", 50, 60))
    with pytest.raises(ConstraintError, match="contradicts"):
        fit(frame.assign(a=range(N_ROWS)), Unique("a"), Range("a", 0, N_ROWS))


def test_broken_training_rows_are_counted():
    frame = pd.DataFrame({"a": [1, 2, 3, 4], "b": [2, 1, 4, 3], "k": ["x", "x", "y", "y"], "v": ["p", "q", "r", "r"]})
    with pytest.raises(
        ConstraintError, match=r"Ordered.*broken by 2 \(first: 1\).*Functional.*broken by 1 \(first: 1\)"
    ):
        fit(frame, Ordered(["a", "b"]), FunctionalDependency("k", "v"))
    schema = Schema.infer(frame, constraints=[Ordered(["a", "b"])])
    with pytest.raises(ConstraintError, match="of 4 rows"):
        validate(frame, schema)
    validate(frame.iloc[[0, 2]], schema)


def test_new_combinations_are_told_by_a_reference():
    frame = pd.DataFrame({"a": list("xxyy") * 10, "b": list("ppqq") * 10})
    schema = Schema.infer(frame, constraints=[FixedCombinations(["a", "b"])])
    other = pd.DataFrame({"a": ["x", "x"], "b": ["p", "q"]})
    assert list(count_broken(other, schema, reference=frame).values()) == [1]


def test_rare_combinations_are_left_out_with_their_levels(rng):
    frame = pd.DataFrame(
        {"city": ["Rome"] * 300 + ["Oslo"] * 300 + ["Ulm"] * 2, "land": ["IT"] * 300 + ["NO"] * 300 + ["DE"] * 2}
    )
    model = fit(frame, FunctionalDependency("city", "land"))
    rows = assert_kept(model, frame)
    assert set(rows["city"]) == {"Rome", "Oslo"}
    assert "Ulm" not in model.schema_.to_json()


def test_unique_columns_are_unique_over_blocks(rng):
    frame = pd.DataFrame(
        {
            "code": rng.integers(10**6, 10**7, N_ROWS),
            "name": [f"u{k % 50}" for k in range(N_ROWS)],
            "x": rng.random(N_ROWS),
        }
    )
    frame = frame.drop_duplicates("code")
    rows = fit(frame, Unique("code"), Unique(["x", "code"])).sample(150_000, random_state=1)
    assert rows["code"].is_unique
    with pytest.raises(ConstraintError, match="whole numbers or of text"):
        fit(frame, Unique("x"))


def test_patterns_run_out_with_an_error(rng):
    frame = pd.DataFrame({"code": [f"A{k % 10}" for k in range(40)], "x": rng.random(40)})
    model = fit(frame, Pattern("code", "[AB][0-9]", unique=False))
    rows = model.sample(2_000, random_state=1)
    assert rows["code"].nunique() == 20
    unique = fit(frame.head(10), Pattern("code", "[AB][0-9]"))
    assert unique.sample(20, random_state=1)["code"].is_unique
    with pytest.raises(DataError, match="room for 21"):
        unique.sample(21, random_state=1)


def test_presence_that_is_only_allowed_stays_free(rng):
    status = rng.choice(["on", "off"], N_ROWS)
    frame = pd.DataFrame(
        {"status": status, "level": np.where((status == "on") & (rng.random(N_ROWS) < 0.5), 1.0, np.nan)}
    )
    frame["level"] *= rng.random(N_ROWS)
    rows = assert_kept(fit(frame, Presence("level", "status", "on", required=False)), frame)
    assert 0.2 < rows.loc[rows["status"] == "on", "level"].isna().mean() < 0.8


def test_conditions_that_no_row_can_meet_are_refused(rng):
    frame = pd.DataFrame(
        {"a": rng.integers(0, 9, N_ROWS), "k": ["x", "y"] * (N_ROWS // 2), "v": ["p", "q"] * (N_ROWS // 2)}
    )
    frame["b"] = frame["a"] + rng.integers(0, 9, N_ROWS)
    model = fit(frame, Ordered(["a", "b"]), FunctionalDependency("k", "v"))
    with pytest.raises(ConditionError, match="no combination"):
        model.sample(5, conditions={"k": "x", "v": "q"})
    with pytest.raises(ConditionError):
        model.sample(5, conditions={"a": 8, "b": 2}, random_state=0)
    with pytest.raises(ConditionError, match="no values of the other columns"):
        model.sample_remaining(pd.DataFrame({"a": [1, 5], "b": [3, 2]}))


def test_predicates_that_refuse_everything_end_with_an_error(rng):
    frame = pd.DataFrame({"a": rng.random(N_ROWS)})
    calls = []
    model = fit(frame, Predicate(lambda rows: np.full(len(rows), len(rows) == N_ROWS), "never", max_tries=3))
    with pytest.raises(ConstraintError, match="never: 1024 of 1,024 rows are still missing"):
        model.sample(5)
    wrong = Schema.infer(frame, constraints=[Predicate(lambda rows: calls.append(1) or True, "wrong")])
    with pytest.raises(ConstraintError, match="one a row"):
        synthfast.MarginalSynthesizer().fit(frame, schema=wrong)
    assert calls


def test_one_row_and_all_missing():
    frame = pd.DataFrame({"a": [1.0], "b": [2.0]})
    assert_kept(fit(frame, Ordered(["a", "b"])), frame, 10)
    with pytest.raises(ConstraintError, match="empty"):
        fit(pd.DataFrame({"a": [1.0, 2.0], "b": [np.nan, np.nan]}), Ordered(["a", "b"]))
