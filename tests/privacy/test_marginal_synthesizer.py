"""The private marginal synthesizer: domains, units, odd tables, and a test for each defect found in its peers."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from synthfast import PrivateMarginalSynthesizer, Schema
from synthfast.exceptions import DataError, SchemaError
from synthfast.schema import Column

RICH = {"epsilon": 50.0, "delta": 1e-6}


def fit(frame, domain=None, **params):
    return PrivateMarginalSynthesizer(**{**RICH, "domain": domain, **params}).fit(frame)


def uniform_frame(n=2_000, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame({"x": rng.integers(0, 100, n), "c": rng.choice(list("abc"), n)})


DOMAIN = {"x": (0, 99), "c": ["a", "b", "c"]}

# -- domains -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("domain", "words"),
    [
        ({"x": (0, 99)}, r"undeclared \['c'\].*'learn'"),
        ({**DOMAIN, "z": (0, 1)}, r"declared but not there \['z'\]"),
        ({**DOMAIN, "x": (9, 1)}, "low <= high"),
        ({**DOMAIN, "x": (0.0, np.inf)}, "finite"),
        ({**DOMAIN, "x": (0,)}, r"\(low, high\)"),
        ({**DOMAIN, "x": (0, None)}, r"\(low, high\)"),
        ({**DOMAIN, "x": "0-99"}, "list of values"),
        ({**DOMAIN, "x": 5}, "list of values"),
        ({**DOMAIN, "c": []}, "at least one value"),
        ({**DOMAIN, "c": ["a", 1]}, "all of one type"),
        ({**DOMAIN, "c": ("a", "b")}, "list"),
        ({**DOMAIN, "x": [1.0, np.inf]}, "finite"),
        ({**DOMAIN, "c": Column("c", "text")}, "kind 'text'"),
        ({**DOMAIN, "x": Column("x", "integer")}, "minimum and maximum"),
        ([("x", (0, 99))], "mapping"),
    ],
)
def test_domains_that_declare_nothing_are_refused(domain, words):
    with pytest.raises(SchemaError, match=words):
        fit(uniform_frame(50), domain)


def test_rows_outside_are_clipped_or_left_out_and_counted_with_noise():
    frame = uniform_frame(3_000)
    frame.loc[:299, "x"] = 1_000
    frame.loc[300:499, "c"] = "undeclared"
    model = fit(frame, DOMAIN)
    assert model.outside_ == pytest.approx(500, abs=60)  # its noise has a standard deviation of 5.4
    assert model.n_rows_ == pytest.approx(2_800, abs=60)
    sample = model.sample(5_000, random_state=0)
    assert (sample["x"] == 99).mean() == pytest.approx(0.107 + 0.01, abs=0.03)
    assert set(sample["c"]) == {"a", "b", "c"}


@pytest.mark.parametrize("column", ["x", "c"])
def test_outside_raise_refuses_without_telling_which(column):
    frame = uniform_frame(100)
    frame.loc[7, column] = 12_345 if column == "x" else "secret"
    with pytest.raises(DataError, match="outside the declared domain") as caught:
        fit(frame, DOMAIN, outside="raise")
    assert "secret" not in str(caught.value)
    assert "12" not in str(caught.value)
    with pytest.raises(ValueError, match="outside"):
        fit(frame, DOMAIN, outside="ignore")


def test_a_schema_declares_a_domain_without_what_it_tells_of_rows():
    frame = uniform_frame(500)
    schema = Schema.infer(frame)
    model = PrivateMarginalSynthesizer(**RICH).fit(frame, schema=schema)
    assert model.domain_share_ == 0.0
    assert all(not c.shares and not c.heavy_values for c in model.schema_.columns.values())


def test_learned_domains_cost_and_declared_ones_do_not():
    frame = uniform_frame()
    learned, declared = fit(frame), fit(frame, DOMAIN)
    assert 0 < learned.domain_share_ <= 0.2
    assert declared.domain_share_ == 0.0
    mixed = fit(frame, {"x": "learn", "c": ["a", "b", "c"]})
    assert {step["column"] for step in mixed.ledger_["ledger"] if step["step"] in ("range", "cells")} == {"x"}
    low, high, missing = mixed.domain_["x"]
    assert (low, high, missing) == (0, 127, None)


def test_learned_kinds():
    n = 3_000
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "whole": rng.integers(-50, 900, n),
            "real": rng.normal(0, 1, n),
            "text": rng.choice(["u", "v"], n),
            "category": pd.Categorical(rng.choice(["u", "v"], n)),
            "flag": rng.random(n) < 0.5,
            "time": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 10**7, n), unit="s"),
            "nothing": [np.nan] * n,
        }
    )
    sample = fit(frame).sample(2_000, random_state=0)
    assert [str(dtype) for dtype in sample.dtypes[:6]] == [
        "Int64",
        "float64",
        "str",
        "str",
        "boolean",
        "datetime64[us]",
    ]
    assert sample["whole"].mean() == pytest.approx(frame["whole"].mean(), abs=40)
    assert sample["time"].dt.year.mode()[0] == 2020
    assert sample["nothing"].isna().mean() > 0.9


@pytest.mark.parametrize(
    ("values", "dtype", "levels"),
    [([3, -1], "int64", [-1, 3]), ([2.5, 0.5], "float64", [0.5, 2.5]), ([True, False], "bool", [False, True])],
)
def test_categories_that_are_numbers_are_learned(values, dtype, levels):
    """The dtype of the categories is public; a number that one row holds is not told, and its row has a missing one."""
    import pyarrow as pa

    column = pd.Series(values * 500, dtype=dtype)
    rare = pd.concat([column, pd.Series([dtype == "bool" or 77], dtype=dtype)])
    drawn = {"int64": "Int64", "float64": "float64", "bool": "boolean"}[dtype]
    for table in (pd.DataFrame({"c": column.astype("category")}), pd.DataFrame({"c": rare.astype("category")})):
        model = fit(table)
        assert model.domain_["c"] == [*levels, None]
        assert str(model.sample(5)["c"].dtype) == drawn
        assert set(model.sample(500, random_state=0)["c"].dropna()) == set(levels)
    if dtype != "bool":
        assert fit(pa.table({"c": pa.array(values * 500).dictionary_encode()})).domain_["c"] == [*levels, None]
    alone = fit(pd.DataFrame({"c": pd.Categorical(values[:1])}))
    assert str(alone.sample(5)["c"].dtype) == drawn


# -- defects of peers --------------------------------------------------------------------------------------------------


def test_a_bound_of_zero_is_a_bound():
    """smartnoise: `if lower and upper` takes a bound of 0 for none, and spends budget on bounds that were given."""
    assert fit(uniform_frame(200), {**DOMAIN, "x": (0, 99)}).domain_share_ == 0.0
    assert fit(uniform_frame(200), {**DOMAIN, "x": (-99, 0)}).domain_["x"] == (-99, 0)


def test_rare_categories_are_not_learned():
    """smartnoise: categories are taken from the data as they are, at no cost."""
    frame = uniform_frame()
    frame.loc[0, "c"] = "the only one"
    for _ in range(5):
        model = fit(frame, {"x": (0, 99), "c": "learn"}, epsilon=1.0)
        assert model.domain_["c"] == ["a", "b", "c", "OTHER", None]
        assert "the only one" not in set(model.sample(5_000)["c"])
    assert any(step["delta"] > 0 for step in model.ledger_["ledger"])


def test_the_number_of_rows_is_noisy():
    """smartnoise, dpmm: a draw defaults to exactly as many rows as were learned."""
    counts = {fit(uniform_frame(500), DOMAIN, epsilon=1.0).n_rows_ for _ in range(8)}
    assert len(counts) > 1


def test_missing_values_have_a_level_whether_or_not_there_are_any():
    """dpmm: a column of missing values is modelled only if there are some."""
    frame = uniform_frame()
    domain = {"x": (0, 99, None), "c": ["a", "b", "c", None]}
    holed = frame.assign(x=frame["x"].where(frame.index != 3))
    for table in (frame, holed):
        sample = fit(table, domain).sample(10, random_state=0)
        assert str(sample["x"].dtype) == "Int64"


def test_undeclared_missing_values_are_no_minimum():
    """dpsynth: a missing value becomes the minimum where ranges are clipped."""
    frame = uniform_frame().astype({"x": float}) + {"x": 0, "c": ""}
    frame.loc[:999, "x"] = np.nan
    model = fit(frame, DOMAIN)
    assert model.n_rows_ == pytest.approx(1_000, abs=40)
    assert (model.sample(4_000, random_state=0)["x"] == 0).mean() < 0.04


def test_constant_columns_are_neither_dropped_nor_told():
    """dpmm: a constant column is dropped and its value kept exactly."""
    frame = uniform_frame().assign(k=31_337)
    model = fit(frame)
    low, high, _ = model.domain_["k"]
    assert low < 31_337 < high
    assert low % 256 == 0
    assert len(model.schema_) == 3


def test_an_undeclared_column_is_an_error_and_no_warning(recwarn):
    """dpmm: a missing domain only warns of 'PrivacyLeakage' and is taken from the data."""
    with pytest.raises(SchemaError):
        fit(uniform_frame(20), {"x": (0, 99)})
    assert not len(recwarn)


def test_types_do_not_follow_the_number_of_distinct_values():
    """dpmm: a number with few distinct values becomes a category."""
    few = pd.DataFrame({"x": [1.5, 2.5] * 500})
    many = pd.DataFrame({"x": np.linspace(0, 5, 1_000)})
    kinds = [fit(table).schema_["x"].kind for table in (few, many)]
    assert kinds == ["continuous", "continuous"]


def test_all_noise_grows_with_the_rows_of_a_user():
    """dpsynth: measurements of one mechanism forget the number of rows of a user."""
    frame = pd.concat([uniform_frame(300)] * 3).assign(who=np.tile(np.arange(300), 3))
    one = fit(frame, DOMAIN, user="who")
    three = fit(frame, DOMAIN, user="who", max_rows_per_user=3)
    assert one.n_rows_ == pytest.approx(300, abs=40)
    assert three.n_rows_ == pytest.approx(900, abs=120)
    for model, rows in ((one, 1), (three, 3)):
        pairs = 1  # of columns
        for step in model.ledger_["ledger"]:
            change = rows * np.sqrt(pairs if step["step"] == "strength of pairs" else 1)
            assert step["scale"] == pytest.approx(change / np.sqrt(2 * step["rho"])), step
    assert "who" not in three.sample(5).columns


@pytest.mark.parametrize("container", ["pandas", "polars", "arrow", "dict"])
def test_rows_beyond_a_users_limit_and_of_no_user_are_removed(container):
    import polars as pl
    import pyarrow as pa

    frame = pd.DataFrame(
        {"who": ["a"] * 900 + [None] * 900 + [f"u{i}" for i in range(100)], "x": [1] * 1_800 + [2] * 100}
    )
    make = {
        "pandas": lambda f: f,
        "polars": pl.from_pandas,
        "arrow": pa.Table.from_pandas,
        "dict": lambda f: f.to_dict("list"),
    }
    model = fit(make[container](frame), {"x": [1, 2]}, user="who")
    assert model.n_rows_ == pytest.approx(101, abs=12)
    with pytest.raises(SchemaError, match="user"):
        fit(frame, {"x": [1, 2]}, user="nobody")


@pytest.mark.parametrize("epsilon", [1e-3, 0.01])
def test_tiny_budgets_end_at_once_in_little_memory(epsilon):
    """dpsynth: calibration at epsilon = 0.01 took 75 GB."""
    sample = fit(uniform_frame(), DOMAIN, epsilon=epsilon, delta=1e-9).sample(50, random_state=0)
    assert sample["x"].between(0, 99).all()


# -- odd tables --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("frame", "domain"),
    [
        (pd.DataFrame({"c": list("ab") * 50}), {"c": ["a", "b"]}),
        (pd.DataFrame({"c": ["a"] * 50}), {"c": ["a"]}),
        (pd.DataFrame({"c": ["a"] * 9, "d": ["x"] * 9}), {"c": ["a"], "d": ["x"]}),
        (pd.DataFrame({"a": [1.5]}), {"a": (0.0, 2.0)}),
        (pd.DataFrame({"a": [1.5] * 9}), {"a": (1.5, 1.5)}),
        (pd.DataFrame({"a": [2**60 + i for i in range(30)]}), {"a": (2**60, 2**60 + 29)}),
        (pd.DataFrame({"a": np.arange(30, dtype="uint64") + 2**63}), {"a": (2**63, 2**63 + 29)}),
        (pd.DataFrame({0: [1, 2] * 9, ("t", 1): ["ä", "ö"] * 9}), {0: [1, 2], ("t", 1): ["ä", "ö", "ü"]}),
        (pd.DataFrame({"a": [True, None, False] * 9}), {"a": [True, False, None]}),
        (pd.DataFrame({"a": pd.to_datetime(["2020-01-01"] * 9, utc=True)}), {"a": ("2019-01-01", "2021-01-01")}),
        (pd.DataFrame({"a": [1, 2, 3] * 9}), {"a": range(1, 4)}),
        (pd.DataFrame({"a": [0.5, 1.5] * 9}), {"a": np.array([0.5, 1.5])}),
    ],
    ids=[
        "one column", "one level", "single cells", "one row", "one number", "huge", "unsigned", "odd names", "flags",
        "zoned", "range object", "array",
    ],
)  # fmt: skip
def test_small_and_odd_tables(frame, domain, tmp_path):
    model = fit(frame, domain)
    sample = model.sample(40, random_state=0)
    assert list(sample.columns) == list(frame.columns)
    assert len(sample) == 40
    model.save(tmp_path / "m.synth")
    pd.testing.assert_frame_equal(
        PrivateMarginalSynthesizer.load(tmp_path / "m.synth").sample(40, random_state=0), sample
    )


@pytest.mark.parametrize("kind", ["categorical", "numeric"])
def test_tables_of_one_kind(kind):
    rng = np.random.default_rng(0)
    if kind == "categorical":
        frame = pd.DataFrame({f"c{i}": rng.choice(list("xyz"), 500) for i in range(4)})
        domain = {name: ["x", "y", "z"] for name in frame}
    else:
        frame = pd.DataFrame({f"n{i}": rng.normal(size=500) for i in range(4)})
        domain = dict.fromkeys(frame, (-5.0, 5.0))
    for declared in (domain, None):
        assert fit(frame, declared).sample(30, random_state=0).shape == (30, 4)


def test_200_columns_stay_within_the_cap():
    rng = np.random.default_rng(0)
    factor = rng.integers(0, 12, 3_000)
    frame = pd.DataFrame(
        {f"c{i}": np.where(rng.random(3_000) < 0.5, factor, rng.integers(0, 12, 3_000)) for i in range(200)}
    )
    model = fit(frame, {name: range(12) for name in frame}, max_cells=30_000)
    assert model._density.tree.n_cells <= 30_000
    assert model.sample(100, random_state=0).shape == (100, 200)
    with pytest.raises(ValueError, match="max_cells"):
        fit(frame, None, max_cells=10)


def test_zones_are_kept_and_ends_of_a_range_may_have_one():
    when = pd.date_range("2020-03-01", periods=500, freq="h", tz="Europe/Berlin")
    ends = (pd.Timestamp("2020-02-01", tz="Europe/Berlin"), pd.Timestamp("2020-05-01", tz="Europe/Berlin"))
    for domain in (("2020-02-01", "2020-05-01"), ends):
        sample = fit(pd.DataFrame({"when": when}), {"when": domain}).sample(50, random_state=0)["when"]
        assert str(sample.dt.tz) == "Europe/Berlin"
        assert sample.between(*ends).all()


def test_duplicate_names_are_refused():
    with pytest.raises(SchemaError, match="'a'"):
        fit(pd.DataFrame([[1, 2]], columns=["a", "a"]), {"a": (0, 3)})


def test_a_damaged_file_is_refused(tmp_path):
    from synthfast.exceptions import FileFormatError
    from synthfast.io.model_file import read_model, write_model

    fit(uniform_frame(100), DOMAIN).save(tmp_path / "m.synth")
    document, arrays = read_model(tmp_path / "m.synth")
    name = next(name for name in arrays if name.startswith("model/beliefs/"))
    write_model(tmp_path / "n.synth", document, {**arrays, name: arrays[name][:-1]})
    with pytest.raises(FileFormatError, match=r"n\.synth"):
        PrivateMarginalSynthesizer.load(tmp_path / "n.synth")


# -- dependence and fall-back ------------------------------------------------------------------------------------------


def test_less_budget_means_fewer_tables():
    rng = np.random.default_rng(0)
    z = rng.integers(0, 8, 5_000)
    frame = pd.DataFrame({f"c{i}": np.where(rng.random(5_000) < 0.7, z, rng.integers(0, 8, 5_000)) for i in range(6)})
    domain = {name: range(8) for name in frame}
    rich, poor = fit(frame, domain, epsilon=20.0), fit(frame, domain, epsilon=0.005)
    assert len(rich.measured_) >= 5
    assert len(poor.measured_) == 0
    assert poor.sample(100, random_state=0).shape == (100, 6)
    joint = pd.crosstab(*[rich.sample(5_000, random_state=0)[c] for c in ("c0", "c1")], normalize=True)
    assert np.trace(joint.to_numpy()) == pytest.approx((frame["c0"] == frame["c1"]).mean(), abs=0.05)


# -- the plan ----------------------------------------------------------------------------------------------------------


def test_the_plan_is_what_the_fit_spends():
    """Where the plan knows the number of rows, cost and noise of columns and pairs are those of the ledger."""
    frame = uniform_frame(4_000)
    model = PrivateMarginalSynthesizer(epsilon=2.0, delta=1e-6, domain=DOMAIN)
    plan = model.plan(n_rows=4_000)
    ledger = model.fit(frame).ledger_["ledger"]
    assert sum(step.rho for step in plan.steps) <= plan.rho * (1 + 1e-9)
    for name in DOMAIN:
        planned = sum(step.rho for step in plan.steps if step.column == name and step.step == "one-way marginals")
        paid = sum(s["rho"] for s in ledger if s["column"] == name and s["step"].startswith("one-way"))
        assert planned == pytest.approx(paid, rel=0.02)
    (strength,) = [step for step in plan.steps if step.step == "strength of pairs"]
    assert strength.sigma == pytest.approx(
        next(s["scale"] for s in ledger if s["step"] == "strength of pairs"), rel=0.02
    )
    assert "one-way marginals" in str(plan)
    assert plan.to_dict()["steps"][0]["step"]


def test_expected_errors_fall_as_rows_grow():
    model = PrivateMarginalSynthesizer(epsilon=1.0, delta=1e-6)
    errors = [model.plan(DOMAIN, n_rows=n).steps[1].expected_error for n in (100, 1_000, 10_000)]
    assert all(a > b for a, b in pairwise(errors))
    assert model.plan(DOMAIN).steps[1].expected_error is None
    with pytest.raises(SchemaError, match="declared domain"):
        model.plan()
