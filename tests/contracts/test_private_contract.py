"""What every registered private synthesizer owes its users.

It owes what other synthesizers owe but for 'same seed, same fit' (its noise has no seed) and 'dtypes as in the data'
(they come from the domain); and it owes that nothing of the data goes out but through its budget.
"""

import inspect

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import synthfast
from synthfast._core.random import BLOCK_ROWS
from synthfast._registry import entries, load_object
from synthfast.exceptions import ConditionError, NotFittedError, PrivacyBudgetError, SchemaError

PRIVATE = entries("private")
DOMAIN = {
    "real": (-6.0, 6.0, None),
    "count": (0, 40),
    "wide": (0, 100_000),
    "level": ["red", "green", "blue", None],
    "code": [1, 2, 3, 5, 8],
    "flag": [False, True],
    "day": ("2021-03-01", "2023-12-31"),
}
DTYPES = ["float64", "int64", "int64", "str", "int64", "bool", "datetime64[us]"]


@pytest.fixture(params=PRIVATE, scope="module")
def entry(request):
    return PRIVATE[request.param]


@pytest.fixture(scope="module")
def make(entry):
    cls = load_object(next(name for name, e in PRIVATE.items() if e is entry))
    return lambda **params: cls(**{**entry.test_params, "domain": DOMAIN, **params})


def mixed_frame(n=600, seed=3):
    rng = np.random.default_rng(seed)
    z = rng.normal(size=n)
    frame = pd.DataFrame(
        {
            "real": z,
            "count": rng.poisson(4, n),
            "wide": (np.exp(8 + z)).astype(int).clip(0, 99_999),
            "level": rng.choice(["red", "green", "blue"], n, p=[0.6, 0.3, 0.1]),
            "code": rng.choice([1, 2, 3, 5, 8], n),
            "flag": z > 0,
            "day": pd.Timestamp("2021-03-01") + pd.to_timedelta(rng.integers(0, 900, n), unit="D"),
        }
    )
    frame.loc[rng.random(n) < 0.1, "real"] = np.nan
    frame.loc[rng.random(n) < 0.1, "level"] = None
    return frame


@pytest.fixture(scope="module")
def frame():
    return mixed_frame()


@pytest.fixture(scope="module")
def model(make, frame):
    return make().fit(frame)


def test_fit_returns_self_and_leaves_its_input_alone(make, frame):
    before = frame.copy(deep=True)
    model = make()
    assert model.fit(frame) is model
    pd.testing.assert_frame_equal(frame, before)


def test_parameters_are_stored_untouched_and_cloned(make):
    from sklearn.base import clone

    model = make(random_state=7)
    copy = clone(model)
    assert type(copy) is type(model)
    assert copy.get_params() == model.get_params()
    assert model.set_params(random_state=8) is model
    with pytest.raises(ValueError, match="no_such_parameter"):
        model.set_params(no_such_parameter=1)


@pytest.mark.parametrize("method", ["sample", "save", "sample_batches"])
def test_use_before_fit_is_an_error(make, method, tmp_path):
    with pytest.raises(NotFittedError, match="fit"):
        getattr(make(), method)(tmp_path / "model.synth" if method == "save" else 5)


@pytest.mark.parametrize("n_rows", [0, 1, 1023, 1024, 1025, BLOCK_ROWS - 1, BLOCK_ROWS + 1])
def test_exactly_as_many_rows_as_asked_of_the_domains_dtypes(model, n_rows):
    sample = model.sample(n_rows, random_state=1)
    assert len(sample) == n_rows
    assert list(sample.columns) == list(DOMAIN)
    assert [str(dtype) for dtype in sample.dtypes] == DTYPES


def test_values_lie_in_the_domain(model):
    sample = model.sample(20_000, random_state=0)
    assert sample["real"].dropna().between(-6, 6).all()
    assert sample["count"].between(0, 40).all()
    assert sample["wide"].between(0, 100_000).all()
    assert set(sample["level"].dropna()) <= {"red", "green", "blue"}
    assert set(sample["code"]) <= {1, 2, 3, 5, 8}
    assert sample["day"].between("2021-03-01", "2023-12-31").all()


@pytest.mark.parametrize("bad", [-1, 2.5, "10", None, True])
def test_bad_row_counts_are_named(model, bad):
    with pytest.raises((TypeError, ValueError), match="n_rows"):
        model.sample(bad)


def test_a_short_draw_is_a_prefix_of_a_long_one(model):
    long = model.sample(BLOCK_ROWS + 3_000, random_state=4)
    for n in (1, 10, 1_000, 5_000, BLOCK_ROWS + 1):
        pd.testing.assert_frame_equal(model.sample(n, random_state=4), long.head(n))


@pytest.mark.parametrize("batch_rows", [1_000, 100_000])
def test_batches_are_the_same_table(model, batch_rows):
    whole = model.sample(70_000, random_state=4)
    parts = list(model.sample_batches(70_000, batch_rows=batch_rows, random_state=4))
    pd.testing.assert_frame_equal(pd.concat(parts, ignore_index=True), whole)
    later = list(model.sample_batches(500, start_row=69_000, random_state=4))
    pd.testing.assert_frame_equal(pd.concat(later, ignore_index=True), whole.iloc[69_000:69_500].reset_index(drop=True))


def test_same_bytes_for_any_thread_count(model, n_threads):
    expected = model.sample(70_000, random_state=4)
    with synthfast.num_threads(n_threads):
        pd.testing.assert_frame_equal(model.sample(70_000, random_state=4), expected)


def test_seeds_seed_draws_and_never_the_noise(make, frame, model):
    first = model.sample(50, random_state=9)
    pd.testing.assert_frame_equal(model.sample(50, random_state=np.random.SeedSequence(9)), first)
    assert not model.sample(50, random_state=10).equals(first)
    one, other = (make(random_state=5).fit(frame) for _ in range(2))
    assert not one.sample(500).equals(other.sample(500))
    assert not one.sample(50).equals(one.sample(50))


def test_saved_models_sample_the_same(model, tmp_path):
    model.save(tmp_path / "a.synth")
    model.save(tmp_path / "b.synth")
    assert (tmp_path / "a.synth").read_bytes() == (tmp_path / "b.synth").read_bytes()
    for loaded in (synthfast.load(tmp_path / "a.synth"), type(model).load(tmp_path / "a.synth")):
        pd.testing.assert_frame_equal(loaded.sample(300, random_state=2), model.sample(300, random_state=2))
        assert loaded.ledger_ == model.ledger_
        assert loaded.n_rows_ == model.n_rows_


def test_containers_come_back_as_they_went_in(make, frame):
    import polars as pl

    plain = frame[["count", "level", "flag"]]
    domain = {name: DOMAIN[name] for name in plain}
    arrow = pa.Table.from_pandas(plain, preserve_index=False)
    for data, kind in ((arrow, pa.Table), (pl.from_arrow(arrow), pl.DataFrame), (plain.to_dict("list"), pd.DataFrame)):
        sample = make(domain=domain).fit(data).sample(100, random_state=1)
        assert isinstance(sample, kind)
        assert sample.shape == (100, 3)
    numbers = frame[["count", "code"]].to_numpy()
    array = make(domain={0: (0, 40), 1: [1, 2, 3, 5, 8]}).fit(numbers).sample(20, random_state=1)
    assert isinstance(array, np.ndarray)
    assert array.shape == (20, 2)
    assert set(array[:, 1]) <= {1, 2, 3, 5, 8}


def test_marginals_come_near_at_a_large_budget(make):
    data = mixed_frame(8_000, seed=1)
    sample = make().fit(data).sample(8_000, random_state=0)
    for name in ("level", "code", "flag", "count"):
        real, drawn = (t[name].value_counts(normalize=True, dropna=False) for t in (data, sample))
        assert real.sub(drawn, fill_value=0).abs().sum() < 0.06, name
    ranks = [t[["flag", "wide"]].corr("spearman").iloc[0, 1] for t in (data, sample)]
    assert abs(ranks[0] - ranks[1]) < 0.1


def test_conditions_are_refused(model):
    assert not model.supports_conditions
    with pytest.raises(ConditionError, match="condition"):
        model.sample(5, conditions={"flag": True})


def test_target_is_joined(make, frame):
    domain = {"count": DOMAIN["count"], "outcome": [False, True]}
    sample = make(domain=domain).fit(frame[["count"]], frame["flag"].rename("outcome")).sample(10, random_state=0)
    assert list(sample.columns) == ["count", "outcome"]


# -- privacy -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"epsilon": 0.0}, "epsilon"),
        ({"epsilon": -1.0}, "epsilon"),
        ({"epsilon": np.inf}, "epsilon"),
        ({"epsilon": np.nan}, "epsilon"),
        ({"delta": 0.0}, "delta"),
        ({"delta": 1.0}, "delta"),
        ({"delta": -1e-9}, "delta"),
        ({"delta": np.nan}, "delta"),
        ({"delta": 0.01, "n_public": 100}, "n_public"),
        ({"max_rows_per_user": 3}, "user"),
    ],
)
def test_a_budget_without_a_promise_is_refused_before_the_data_is_read(make, params, words):
    class Untouchable:
        def __getattr__(self, name):
            raise AssertionError(f"the data was looked at: {name}")

    with pytest.raises(PrivacyBudgetError, match=words):
        make(**params).fit(Untouchable())


@pytest.mark.parametrize("params", [{"epsilon": "1"}, {"delta": None}, {"epsilon": True}])
def test_budgets_are_numbers(make, frame, params):
    with pytest.raises(TypeError):
        make(**params).fit(frame)


def test_the_whole_budget_and_no_more_is_spent(model):
    ledger = model.ledger_
    assert ledger["private"] is True
    assert ledger["spent"] <= ledger["total"] * (1 + 1e-9)
    assert ledger["spent"] >= 0.99 * ledger["total"]
    assert {step["step"] for step in ledger["ledger"]} >= {"rows outside the domain", "one-way marginals"}


def neighbours():
    """Tables that differ in one row, which holds what no other row does."""
    base = mixed_frame(50, seed=8).dropna().reset_index(drop=True)
    odd = base.iloc[[0]].assign(real=np.nan, level=None, count=40, wide=100_000, code=8)
    return base, pd.concat([base, odd], ignore_index=True)


@pytest.mark.parametrize("domain", [DOMAIN, None], ids=["declared", "learned"])
def test_neighbours_have_one_schema(make, domain):
    one, other = (make(domain=domain, epsilon=0.05).fit(table) for table in neighbours())
    schemas = []
    for model in (one, other):
        sample = model.sample(30, random_state=0)
        kinds = {name: column.dtype for name, column in model.schema_.columns.items()}
        schemas.append((list(sample.columns), [str(dtype) for dtype in sample.dtypes], kinds))
        assert {column.nullable for column in model.schema_.columns.values()} <= {False, True}
    if domain is None:
        # Kinds are learned with noise, so that they may differ; the flag and the texts may not.
        assert [schemas[0][1][i] for i in (3, 5)] == [schemas[1][1][i] for i in (3, 5)]
    else:
        assert schemas[0] == schemas[1]


CELLS = {
    "number": 1,
    "huge": 10**400,
    "text": "?",
    "no Unicode": "\ud800",
    "bytes": b"x",
    "list": [1, 2],
    "dict": {"a": [1]},
    "array": np.arange(3),
    "missing": None,
    "date": pd.Timestamp("2021-05-05", tz="UTC"),
    "flag": True,
    "void": np.zeros(1, dtype=[("a", int)])[0],
}
OBJECT_DOMAINS = {
    "learned": None,
    "numbers": (0, 9),
    "reals": (0.0, 9.0, None),
    "levels": [1, 2, 3],
    "texts": ["u", "v", None],
    "dates": ("2021-01-01", "2022-01-01"),
    "to learn": "learn",
}


@pytest.mark.parametrize(
    ("container", "declared"),
    [*(("pandas", name) for name in OBJECT_DOMAINS), ("numpy", "learned"), ("numpy", "dates")],
)
def test_no_cell_of_an_object_column_decides_its_type_or_the_fit(make, container, declared):
    """Tables that differ in one row of dtype object, whatever it holds, have one schema, and none is refused."""
    base, domain = [1, 2] * 20, OBJECT_DOMAINS[declared]
    found = set()
    for extra in ([], *([cell] for cell in CELLS.values())):
        cells = np.empty(len(base) + len(extra), dtype=object)
        for row, cell in enumerate([*base, *extra]):
            cells[row] = cell
        data = pd.DataFrame({0: pd.Series(cells, dtype=object)}) if container == "pandas" else cells[:, None]
        model = make(domain=domain and {0: domain}, epsilon=0.01).fit(data)
        column = model.schema_[0]
        found.add((type(model.sample(3)), column.kind, column.dtype, column.storage, column.nullable, column.levels))
    assert len(found) == 1


@pytest.mark.parametrize("as_series", [True, False])
def test_no_row_of_a_target_decides_its_type(make, as_series):
    frame = pa.table({"x": [1, 2, 3] * 5})
    kinds = set()
    for cell in (1, "?", None, [2]):
        y = [1, 2, 3] * 4 + [1, 2, cell]
        y = pd.Series(y, dtype=object, name="target") if as_series else y
        model = make(domain={"x": (0, 9), "target": [1, 2, 3, None]}, epsilon=0.01).fit(frame, y)
        kinds.add((model.schema_["target"].kind, str(model.sample(3)["target"].dtype)))
    assert len(kinds) == 1
    if not as_series:
        with pytest.raises(SchemaError, match="dtypes"):
            make(domain=None).fit(frame, [1, 2, 3] * 5)


@pytest.mark.parametrize("data", [[{"a": 1}] * 9, {"a": [1] * 9}, [], {"a": np.ones(3), "b": [1, 2, 3]}])
def test_tables_without_dtypes_need_a_declared_domain(make, data):
    with pytest.raises(SchemaError, match="declared domain"):
        make(domain=None).fit(data)


def test_keys_of_a_single_row_are_not_published(make):
    rows = [{"a": 1, "b": "x"} for _ in range(300)]
    domain = {"a": (0, 9), "b": ["x", "y", None], "c": [1, 2, None]}
    odd = [{"a": 1, "b": "x", "diagnosis": "secret"}, "no dict", {}, {"a": 1}]
    one, other = (make(domain=domain, epsilon=50.0).fit(table) for table in (rows, rows + odd * 20))
    assert list(one.sample(3).columns) == list(other.sample(3).columns) == ["a", "b", "c"]
    assert list(map(str, one.sample(3).dtypes)) == list(map(str, other.sample(3).dtypes))
    assert one.outside_ == pytest.approx(0, abs=15)
    assert other.outside_ == pytest.approx(60, abs=15)  # undeclared keys, no dict, no value of 'a'


def test_a_fit_that_stops_leaves_the_model_as_it_was(make, frame, monkeypatch, tmp_path):
    model = make().fit(frame)
    model.save(tmp_path / "before.synth")

    class Stopped(Exception):
        pass

    def stop(*_, **__):
        raise Stopped

    monkeypatch.setattr("synthfast.encoding.TableCodec.fit", stop)  # the last thing before the model is complete
    with pytest.raises(Stopped):
        model.fit(frame.head(200))
    monkeypatch.undo()
    model.save(tmp_path / "after.synth")
    assert (tmp_path / "after.synth").read_bytes() == (tmp_path / "before.synth").read_bytes()


def test_a_saved_model_says_what_was_paid(make, frame, tmp_path):
    model = make().fit(frame)
    paid = model.ledger_["epsilon"], model.ledger_["delta"]
    model.set_params(epsilon=paid[0] / 10, delta=paid[1] / 10).save(tmp_path / "m.synth")
    loaded = synthfast.load(tmp_path / "m.synth")
    assert (loaded.epsilon, loaded.delta) == paid


def test_an_empty_table_has_a_model_as_well(make, frame):
    """Refusing it would tell an empty table from one with a single row."""
    sample = make().fit(frame.head(0)).sample(20, random_state=0)
    assert [str(dtype) for dtype in sample.dtypes] == DTYPES
    with pytest.raises(SchemaError, match="column"):
        make().fit(pd.DataFrame(index=range(5)))


SECRET = 77_777.125


@pytest.mark.parametrize(
    "data",
    [
        pd.DataFrame({"a": [[SECRET], [2.0]]}),
        pd.DataFrame({"a": pd.Series([str(SECRET), 5, b"x"], dtype=object)}),
        pd.DataFrame({"a": [str(SECRET)] * 3}),
        pd.DataFrame({"a": pd.Series(["\ud800" + str(SECRET)] * 3, dtype=object)}),
        pd.DataFrame({"a": [SECRET, np.inf, -np.inf]}),
        pd.DataFrame({"a": pd.to_datetime(["2020-01-01"] * 3)}),
    ],
    ids=["nested", "mixed", "text", "no Unicode", "infinite", "dates"],
)
def test_errors_quote_no_value(make, data):
    for domain in ({"a": (0.0, 10.0)}, {"a": ["x", "y"]}, None):
        for outside in ("clip", "raise"):
            try:
                make(domain=domain, outside=outside).fit(data)
            except (ValueError, TypeError) as error:
                seen = error
                while seen is not None and not seen.__suppress_context__:
                    assert str(SECRET)[:5] not in str(seen)
                    seen = seen.__cause__ or seen.__context__
                if seen is not None:
                    assert str(SECRET)[:5] not in str(seen)


def test_nothing_but_noisy_figures_is_in_the_file(make, tmp_path):
    """No value or range of the data: with the same noise, numbers moved inside their cells give the same file."""
    rng = np.random.default_rng(0)
    domain = {"x": (0.0, 1_000_000.0), "c": ["a", "b"]}
    frame = pd.DataFrame({"x": rng.random(500) * 1e5 + 3, "c": rng.choice(["a", "b"], 500)})
    files = []
    for shift in (0.0, 1e-7):
        model = make(domain=domain, insecure_noise_seed=1).fit(frame.assign(x=frame["x"] + shift))
        model.save(tmp_path / "m.synth")
        files.append((tmp_path / "m.synth").read_bytes())
    assert files[0] == files[1]


def test_a_seed_of_the_noise_is_flagged_and_not_kept(make, frame, tmp_path):
    one, other = (make(insecure_noise_seed=3).fit(frame) for _ in range(2))
    pd.testing.assert_frame_equal(one.sample(99, random_state=0), other.sample(99, random_state=0))
    assert one.ledger_["private"] is False
    one.save(tmp_path / "m.synth")
    loaded = synthfast.load(tmp_path / "m.synth")
    assert loaded.ledger_["private"] is False
    assert loaded.insecure_noise_seed is None


def test_no_default_seeds_the_noise(make):
    signature = inspect.signature(type(make()).__init__).parameters
    assert signature["insecure_noise_seed"].default is None
    assert signature["epsilon"].default is signature["delta"].default is inspect.Parameter.empty
