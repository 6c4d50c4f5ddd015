"""What every registered synthesizer owes its users; a new line in the registry runs through all of it."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import synthfast
from synthfast._core.random import BLOCK_ROWS
from synthfast._registry import entries, load_object
from synthfast.exceptions import ConditionError, FileFormatError, NotFittedError, SchemaError
from synthfast.io.model_file import read_header

SYNTHESIZERS = entries("synthesizer")


@pytest.fixture(params=SYNTHESIZERS, scope="module")
def entry(request):
    for module in SYNTHESIZERS[request.param].needs:
        pytest.importorskip(module)
    return SYNTHESIZERS[request.param]


@pytest.fixture(scope="module")
def make(entry):
    cls = load_object(next(name for name, e in SYNTHESIZERS.items() if e is entry))
    return lambda **params: cls(**{**entry.test_params, **params})


def mixed_frame(n=400, seed=3):
    """All the dtypes that pandas users have, with missing values, spikes and dependence."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=n)
    seconds = pd.to_timedelta(rng.integers(0, 9**8, n), unit="s")
    frame = pd.DataFrame(
        {
            "real": z,
            "single": (z + rng.normal(size=n)).astype("float32"),
            "money": np.round(np.exp(3 + z), 2),
            "spiked": np.where(rng.random(n) < 0.6, 0.0, rng.gamma(2, size=n)),
            "count": rng.poisson(4, n),
            "small": rng.integers(-100, 100, n).astype("int8"),
            "nullable": pd.array(np.where(rng.random(n) < 0.2, None, rng.integers(0, 50, n)), dtype="Int64"),
            "level": rng.choice(["red", "green", "blue"], n, p=[0.6, 0.3, 0.1]),
            "grade": pd.Categorical(rng.choice(["low", "mid", "high"], n), ["low", "mid", "high"], ordered=True),
            "flag": z > 0,
            "maybe": pd.array(rng.choice([True, False, None], n), dtype="boolean"),
            "day": pd.Timestamp("2021-03-01") + pd.to_timedelta(rng.integers(0, 900, n), unit="D"),
            "moment": pd.Timestamp("2021-03-01", tz="Europe/Berlin") + seconds,
            "wait": pd.to_timedelta(rng.integers(0, 10**5, n), unit="s"),
            "fixed": "one",
        }
    )
    frame.loc[rng.random(n) < 0.1, "real"] = np.nan
    frame.loc[rng.random(n) < 0.1, "level"] = None
    frame.loc[rng.random(n) < 0.1, "day"] = pd.NaT
    return frame


@pytest.fixture(scope="module")
def frame():
    return mixed_frame()


@pytest.fixture(scope="module")
def model(make, frame):
    return make(random_state=0).fit(frame)


def test_fit_returns_self_and_leaves_its_input_alone(make, frame):
    before = frame.copy(deep=True)
    model = make(random_state=0)
    assert model.fit(frame) is model
    pd.testing.assert_frame_equal(frame, before)


def test_parameters_are_stored_untouched_and_cloned(make):
    from sklearn.base import clone

    model = make(random_state=7)
    copy = clone(model)
    assert type(copy) is type(model)
    assert repr(copy.get_params()) == repr(model.get_params())
    assert model.set_params(random_state=8) is model
    assert model.random_state == 8
    with pytest.raises(ValueError, match="no_such_parameter"):
        model.set_params(no_such_parameter=1)


@pytest.mark.filterwarnings("ignore")
def test_scikit_learns_own_checks(make):
    from sklearn.utils.estimator_checks import check_estimator

    failed = [r for r in check_estimator(make(), on_fail=None) if r["status"] == "failed"]
    assert not failed, [(r["check_name"], r["exception"]) for r in failed]


@pytest.mark.parametrize("method", ["sample", "save", "sample_batches"])
def test_use_before_fit_is_an_error(make, method, tmp_path):
    argument = tmp_path / "model.synth" if method == "save" else 5
    with pytest.raises(NotFittedError, match="fit"):
        getattr(make(), method)(argument)


def test_same_columns_dtypes_and_categories(model, frame):
    sample = model.sample(200, random_state=1)
    assert list(sample.columns) == list(frame.columns)
    assert sample.dtypes.to_dict() == frame.dtypes.to_dict()
    assert isinstance(sample.index, pd.RangeIndex)
    assert list(sample["grade"].cat.categories) == ["low", "mid", "high"]


@pytest.mark.parametrize("n_rows", [0, 1, 1023, 1024, 1025, BLOCK_ROWS - 1, BLOCK_ROWS + 1])
def test_exactly_as_many_rows_as_asked(model, frame, n_rows):
    sample = model.sample(n_rows, random_state=1)
    assert len(sample) == n_rows
    assert sample.dtypes.to_dict() == frame.dtypes.to_dict()


@pytest.mark.parametrize("bad", [-1, 2.5, "10", None, True])
def test_bad_row_counts_are_named(model, bad):
    with pytest.raises((TypeError, ValueError), match="n_rows"):
        model.sample(bad)


def test_a_short_draw_is_a_prefix_of_a_long_one(model):
    long = model.sample(BLOCK_ROWS + 3_000, random_state=4)
    for n in (1, 10, 1_000, 5_000, BLOCK_ROWS + 1):
        pd.testing.assert_frame_equal(model.sample(n, random_state=4), long.head(n))


@pytest.mark.parametrize("batch_rows", [1_000, 65_536, 100_000])
def test_batches_are_the_same_table(model, batch_rows):
    whole = model.sample(70_000, random_state=4)
    parts = list(model.sample_batches(70_000, batch_rows=batch_rows, random_state=4))
    pd.testing.assert_frame_equal(pd.concat(parts, ignore_index=True), whole)
    later = list(model.sample_batches(500, start_row=69_000, random_state=4))
    pd.testing.assert_frame_equal(pd.concat(later, ignore_index=True), whole.iloc[69_000:69_500].reset_index(drop=True))


def test_same_bytes_for_any_thread_count(make, frame, model, n_threads):
    expected = model.sample(70_000, random_state=4)
    with synthfast.num_threads(n_threads):
        pd.testing.assert_frame_equal(make(random_state=0).fit(frame).sample(70_000, random_state=4), expected)


def test_the_order_of_the_rows_does_not_change_the_model(make, frame, model):
    shuffled = frame.sample(frac=1.0, random_state=1).reset_index(drop=True)
    other = make(random_state=0).fit(shuffled)
    pd.testing.assert_frame_equal(
        other.sample(500, random_state=4).astype(str), model.sample(500, random_state=4).astype(str)
    )


def test_seeds(make, frame, model):
    first = model.sample(50, random_state=9)
    pd.testing.assert_frame_equal(model.sample(50, random_state=np.random.SeedSequence(9)), first)
    assert not model.sample(50, random_state=10).equals(first)
    generator = np.random.default_rng(1)
    assert not model.sample(50, random_state=generator).equals(model.sample(50, random_state=generator))
    seeded, again = make(random_state=5).fit(frame), make(random_state=5).fit(frame)
    draws = [seeded.sample(50), seeded.sample(50)]
    assert not draws[0].equals(draws[1])
    for draw in draws:
        pd.testing.assert_frame_equal(again.sample(50), draw)
    free = make().fit(frame)
    assert not free.sample(50).equals(free.sample(50))


def test_saved_models_sample_the_same(model, tmp_path):
    model.save(tmp_path / "a.synth")
    model.save(tmp_path / "b.synth")
    assert (tmp_path / "a.synth").read_bytes() == (tmp_path / "b.synth").read_bytes()
    loaded = synthfast.load(tmp_path / "a.synth")
    assert type(loaded) is type(model)
    pd.testing.assert_frame_equal(loaded.sample(300, random_state=2), model.sample(300, random_state=2))
    pd.testing.assert_frame_equal(
        type(model).load(tmp_path / "a.synth").sample(30, random_state=2), model.sample(30, random_state=2)
    )


def test_the_id_is_that_of_the_content(make, frame, model, tmp_path):
    model.save(tmp_path / "m.synth")
    loaded = synthfast.load(tmp_path / "m.synth", expected_id=model.id_)
    assert loaded.id_ == model.id_ == read_header(tmp_path / "m.synth")["sha256"]
    model.sample(5)  # draws are not part of it
    assert model.id_ == loaded.id_
    assert make().fit(frame.iloc[:-1]).id_ != model.id_
    with pytest.raises(NotFittedError, match="id_"):
        _ = make().id_
    with pytest.raises(FileFormatError, match="expected 1234"):
        synthfast.load(tmp_path / "m.synth", expected_id="1234")


def test_the_schema_is_stored_once(model):
    document, _ = model._to_document()
    assert document["codec"]["schema"] == model.schema_.to_dict()
    assert "schema" not in document


def test_a_column_named_nan_survives_the_file(make, frame, tmp_path):
    """NaN equals no other NaN, and the one that is read is another one."""
    model = make(random_state=0).fit(frame.rename(columns={"real": float("nan")}))
    model.save(tmp_path / "m.synth")
    loaded = synthfast.load(tmp_path / "m.synth")
    pd.testing.assert_frame_equal(loaded.sample(50, random_state=1), model.sample(50, random_state=1))
    if model.supports_conditions:
        drawn = loaded.sample(50, conditions={float("nan"): (-1.0, 1.0)}, random_state=1)
        assert drawn.iloc[:, list(frame).index("real")].between(-1.0, 1.0).all()
        known = frame[["real"]].dropna().head(2).set_axis([np.nan], axis="columns")
        completed = loaded.sample_remaining(known, random_state=1).iloc[:, list(frame).index("real")]
        assert completed.tolist() == known.iloc[:, 0].tolist()


def test_containers_come_back_as_they_went_in(make, frame):
    import polars as pl

    plain = frame[["real", "count", "level", "flag"]]
    arrow = pa.Table.from_pandas(plain, preserve_index=False)
    expected = make(random_state=0).fit(plain).sample(100, random_state=1)
    for data, kind in ((arrow, pa.Table), (pl.from_arrow(arrow), pl.DataFrame)):
        sample = make(random_state=0).fit(data).sample(100, random_state=1)
        assert isinstance(sample, kind)
        values = sample.to_pandas()
        assert list(values.columns) == list(plain.columns)
        np.testing.assert_array_equal(values["count"].to_numpy(), expected["count"].to_numpy())
        np.testing.assert_array_equal(values["real"].to_numpy(), expected["real"].to_numpy())
    array = make(random_state=0).fit(plain[["real", "count"]].to_numpy()).sample(20, random_state=1)
    assert isinstance(array, np.ndarray)
    assert array.shape == (20, 2)


def test_marginals_are_those_of_the_data(make):
    """Two samples of one law: the KS distance passes 1.95 sqrt(1/m + 1/n) once in 1,000 (Smirnov); rates, 4.5 sd."""
    n = 5_000
    data = mixed_frame(n, seed=11)
    sample = make(random_state=0).fit(data).sample(n, random_state=1)
    for name in ("real", "money", "spiked", "count"):
        a, b = np.sort(data[name].dropna()), np.sort(sample[name].dropna())
        grid = np.concatenate([a, b])
        gap = np.abs(np.searchsorted(a, grid, "right") / len(a) - np.searchsorted(b, grid, "right") / len(b)).max()
        assert gap < 1.95 * np.sqrt(1 / len(a) + 1 / len(b)), name
    for name in data.columns:
        p, q = data[name].isna().mean(), sample[name].isna().mean()
        assert abs(p - q) < 4.5 * np.sqrt(2 * max(p * (1 - p), 1 / n) / n), name


def test_values_stay_inside_what_the_column_can_hold(model, frame):
    sample = model.sample(5_000, random_state=1)
    assert set(sample["level"].dropna()) <= set(frame["level"].dropna())
    assert sample["count"].min() >= 0
    assert (sample["money"].round(2) == sample["money"]).all()
    assert (sample["day"].dropna().dt.normalize() == sample["day"].dropna()).all()
    assert (sample["fixed"] == "one").all()


def test_extremes_and_rare_values_are_not_copied(entry, make):
    """A value kept from one row would come back about 10 times in 10 n draws; it must not come at all."""
    if "copies" in entry.tags:
        pytest.skip("gives training rows, as the registry says")
    rng = np.random.default_rng(0)
    data = pd.DataFrame({"x": rng.normal(size=2_000), "c": rng.choice(["a", "b"], 2_000)})
    data.loc[0, "x"] = 123.456789
    data.loc[1, "c"] = "only one"
    sample = make(random_state=0).fit(data).sample(20_000, random_state=1)
    assert "only one" not in set(sample["c"])
    assert not sample["x"].isin(data["x"]).any()


@pytest.mark.parametrize(
    "data",
    [
        pd.DataFrame({"a": [1.5]}),
        pd.DataFrame({"a": [1, 1, 1], "b": ["x", "x", "x"]}),
        pd.DataFrame({"a": [np.nan] * 4, "b": [1, 2, 3, 4]}),
        pd.DataFrame({"a": [np.nan, 2.0, np.nan], "b": [None, "x", "x"]}),
        pd.DataFrame({0: [1, 2, 3, 4] * 5, ("t", 1): list("abcd") * 5}),
        pd.DataFrame({"a": [2**60 + i for i in range(30)], "b": np.arange(30, dtype="uint64") + 2**63}),
        pd.DataFrame({"ünïcode ✓": ["ä", "ö", "ü"] * 10}),
        pd.DataFrame({"a": [True, False, True, True]}),
    ],
    ids=["one cell", "constants", "all missing", "mostly missing", "odd names", "huge ints", "unicode", "bools"],
)
def test_small_and_odd_tables(make, data, tmp_path):
    model = make(random_state=0).fit(data)
    sample = model.sample(50, random_state=0)
    assert list(sample.columns) == list(data.columns)
    assert sample.dtypes.to_dict() == data.dtypes.to_dict()
    assert len(sample) == 50
    model.save(tmp_path / "m.synth")
    pd.testing.assert_frame_equal(synthfast.load(tmp_path / "m.synth").sample(50, random_state=0), sample)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (pd.DataFrame({"a": []}), "row"),
        (pd.DataFrame({"a": [1.0, np.inf]}), "a"),
        (pd.DataFrame({"a": [np.inf] * 9}), "'a': expected finite numbers or missing values, got inf in row 0"),
        (pd.DataFrame({"a": [None, -np.inf] * 9}), "'a': expected finite numbers or missing values, got -inf in row 1"),
        (pd.DataFrame({"a": pd.Series(["x", "\ud800"] * 9, dtype=object)}), r"'a': .*got '\\ud800' in row 1"),
        ({"a\ud800": [1.0, 2.0]}, r"got 'a\\ud800', which holds half of a surrogate pair"),
        (pd.DataFrame([[1, 2], [3, 4]], columns=["a", "a"]), "a"),
        (pd.DataFrame({"a": [[1], [2]]}), "a"),
    ],
    ids=[
        "no rows",
        "infinite",
        "all infinite",
        "infinite or missing",
        "no Unicode",
        "no Unicode in a name",
        "duplicate names",
        "nested",
    ],
)
def test_tables_that_cannot_be_learned_name_the_column(make, data, words):
    with pytest.raises(SchemaError, match=words):
        make().fit(data)


@pytest.mark.parametrize("data", [None, 5, "table.csv", [1, 2, 3]])
def test_what_is_not_a_table(make, data):
    with pytest.raises((TypeError, ValueError, FileNotFoundError)):
        make().fit(data)


def test_target_is_joined(make, frame):
    y = frame["flag"].rename("outcome")
    sample = make(random_state=0).fit(frame[["real", "count"]], y).sample(10, random_state=0)
    assert list(sample.columns) == ["real", "count", "outcome"]
    with pytest.raises(ValueError, match="target"):
        make().fit(frame.rename(columns={"real": "target"}), np.arange(len(frame)))


# -- dependence, where the registry says that a model keeps it ---------------------------------------------------------


def test_dependence_is_kept_as_the_registry_says(entry, make):
    """Within 4 standard errors of Fisher's z of the drawn rows, 1 / sqrt(n - 3); half of it after a short training."""
    rng = np.random.default_rng(8)
    x = rng.normal(size=4_000)
    frame = pd.DataFrame({"x": x, "y": 0.8 * x + 0.6 * rng.normal(size=4_000)})
    longer = {"epochs": 16} if "trained" in entry.tags else {}
    sample = make(random_state=0, **longer).fit(frame).sample(4_000, random_state=1)
    expected = frame.corr().loc["x", "y"] if "dependence" in entry.tags else 0.0
    found = sample.corr().loc["x", "y"]
    if longer:
        assert 0.5 * expected < found < 1.0
        return
    assert abs(np.arctanh(found) - np.arctanh(expected)) < 4 / np.sqrt(4_000 - 3)


# -- conditions, where the registry says that a model takes them -------------------------------------------------------


def test_the_registry_tells_whether_conditions_are_taken(entry, model):
    assert model.supports_conditions == ("conditions" in entry.tags)


@pytest.fixture
def conditional(entry, model):
    if "conditions" not in entry.tags:
        pytest.skip("takes no conditions")
    return model


def test_conditions_hold_in_every_row(conditional):
    wanted = {"level": ["red", "blue"], "count": (2, 5), "flag": True, "day": (None, "2022-01-01"), "grade": "mid"}
    sample = conditional.sample(2_000, conditions=wanted, random_state=0)
    assert len(sample) == 2_000
    assert set(sample["level"]) <= {"red", "blue"}
    assert sample["count"].between(2, 5).all()
    assert sample["flag"].all()
    assert (sample["day"] <= "2022-01-01").all()
    assert (sample["grade"] == "mid").all()


def test_missing_can_be_asked_for_and_against(entry, conditional, frame):
    assert conditional.sample(100, conditions={"real": None}, random_state=0)["real"].isna().all()
    assert conditional.sample(100, conditions={"level": np.nan}, random_state=0)["level"].isna().all()
    value = float(frame["real"].dropna().iloc[0]) if "copies" in entry.tags else 0.5
    assert (conditional.sample(100, conditions={"real": value}, random_state=0)["real"] == value).all()


@pytest.mark.parametrize(
    "wanted", [2**60 + 101, str(2**60 + 101), (2**60 + 100, 2**60 + 103), (f"{2**60 + 100}", f"{2**60 + 103}")]
)
def test_conditions_on_integers_past_2_53_hold_to_the_last_digit(entry, make, wanted):
    if "conditions" not in entry.tags or "copies" in entry.tags:
        pytest.skip("takes no conditions, or none that no training row meets")
    rng = np.random.default_rng(0)
    data = pd.DataFrame({"x": 2**60 + rng.integers(0, 500, 300), "y": rng.normal(size=300)})
    x = make(random_state=0).fit(data).sample(200, conditions={"x": wanted}, random_state=0)["x"]
    low, high = (int(end) - 2**60 for end in (wanted if isinstance(wanted, tuple) else (wanted, wanted)))
    assert set(x - 2**60) == set(range(low, high + 1))


def test_numbers_that_no_row_can_have_are_refused(conditional):
    with pytest.raises(ConditionError, match=r"'count': no row can have exactly the value 2\.5"):
        conditional.sample(10, conditions={"count": 2.5})
    between = conditional.sample(500, conditions={"count": (1.5, 4.5)}, random_state=0)["count"]
    assert between.between(2, 4).all()


def test_the_order_of_conditions_does_not_matter(conditional):
    a = conditional.sample(500, conditions={"count": (2, 5), "flag": True}, random_state=0)
    b = conditional.sample(500, conditions={"flag": True, "count": (2, 5)}, random_state=0)
    pd.testing.assert_frame_equal(a, b)


@pytest.mark.parametrize(
    ("conditions", "words"),
    [
        ({"nowhere": 1}, "nowhere"),
        ({"level": "violet"}, "violet"),
        ({"level": ("a", "b")}, "level"),
        ({"count": (5, 2)}, "count"),
        ({"count": (1, 2, 3)}, "count"),
        ({"count": "many"}, "count"),
        ({"count": []}, "count"),
        ({"count": [1, None]}, "count"),
        ({"money": 1e12}, "money"),
        ({"count": None}, "count"),
        ({"fixed": "two"}, "fixed"),
    ],
)
def test_impossible_conditions_are_named(conditional, conditions, words):
    with pytest.raises(ConditionError, match=words):
        conditional.sample(10, conditions=conditions, random_state=0)


def test_remaining_columns_are_completed(conditional, frame):
    known = frame[["real", "level", "count", "day"]].head(200)
    sample = conditional.sample_remaining(known, random_state=0)
    assert sample.dtypes.to_dict() == frame.dtypes.to_dict()
    pd.testing.assert_frame_equal(sample[known.columns], known)
    pd.testing.assert_frame_equal(conditional.sample_remaining(known, random_state=0), sample)
    assert conditional.sample_remaining(known.head(0), random_state=0).shape == (0, frame.shape[1])


def test_unknown_levels_and_columns_among_the_known_are_named(conditional):
    with pytest.raises(ConditionError, match="violet"):
        conditional.sample_remaining(pd.DataFrame({"level": ["red", "violet"]}))
    with pytest.raises(ConditionError, match="nowhere"):
        conditional.sample_remaining(pd.DataFrame({"nowhere": [1]}))
