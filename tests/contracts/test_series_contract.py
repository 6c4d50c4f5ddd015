"""What every registered generator of series owes its users; a new line in the registry runs through all of it."""

import numpy as np
import pandas as pd
import pytest

import synthfast
from synthfast._registry import entries, load_object
from synthfast.base.series import SERIES_BLOCK
from synthfast.exceptions import DataError, FileFormatError, NotFittedError, SeriesWarning

GENERATORS = entries("series")


@pytest.fixture(params=GENERATORS, scope="module")
def entry(request):
    return GENERATORS[request.param]


@pytest.fixture(scope="module")
def make(entry):
    cls = load_object(next(name for name, e in GENERATORS.items() if e is entry))
    return lambda **params: cls(**{**entry.test_params, **params})


def monthly(n=120, seed=3):
    """A positive monthly series with a slow level, a season and noise that remembers."""
    rng = np.random.default_rng(seed)
    noise = np.zeros(n)
    for t in range(1, n):
        noise[t] = 0.6 * noise[t - 1] + rng.normal()
    values = 50 + 0.05 * np.arange(n) + 4 * np.sin(2 * np.pi * np.arange(n) / 12) + noise
    return pd.Series(values, index=pd.date_range("2011-01-01", periods=n, freq="MS", name="month"), name="sales")


@pytest.fixture(scope="module")
def series():
    return monthly()


@pytest.fixture(scope="module")
def model(make, series):
    return make(random_state=0).fit(series)


@pytest.fixture
def frame(entry):
    if "univariate" in entry.tags:
        pytest.skip("of one variable, as the registry says")
    return pd.DataFrame({"a": monthly(seed=1), "b": monthly(seed=2)})


def test_fit_returns_self_and_leaves_its_input_alone(make, series):
    before = series.copy(deep=True)
    model = make(random_state=0)
    assert model.fit(series) is model
    pd.testing.assert_series_equal(series, before)


def test_parameters_are_stored_untouched_and_cloned(make):
    from sklearn.base import clone

    model = make(random_state=7)
    copy = clone(model)
    assert type(copy) is type(model)
    assert repr(copy.get_params()) == repr(model.get_params())
    assert model.set_params(random_state=8).random_state == 8
    with pytest.raises(ValueError, match="no_such_parameter"):
        model.set_params(no_such_parameter=1)


@pytest.mark.parametrize("method", ["sample", "save"])
def test_use_before_fit_is_an_error(make, method, tmp_path):
    with pytest.raises(NotFittedError, match="fit"):
        getattr(make(), method)(tmp_path / "m.synth" if method == "save" else 5)


def test_shapes_and_times(make, series, model):
    drawn = model.sample(3, random_state=1)
    n = drawn.shape[0]
    assert drawn.shape == (n, 3)
    assert drawn.index.freqstr == "MS"
    assert drawn.index.name == "month"
    assert np.isfinite(drawn.to_numpy()).all()
    assert model.sample(2, n_steps=15, random_state=1).shape == (15, 2)
    assert model.sample(0).shape == (n, 0)
    array = make(random_state=0).fit(series.to_numpy())
    assert array.sample(3, random_state=1).shape == (3, n)
    assert array.sample(random_state=1).shape == (1, n)
    assert make(random_state=0).fit(series.tolist()).sample(2, random_state=1).shape == (2, n)


def test_several_variables(make, frame):
    model = make(random_state=0).fit(frame)
    drawn = model.sample(4, random_state=1)
    assert list(drawn[2].columns) == ["a", "b"]
    assert drawn.index.freqstr == "MS"
    array = make(random_state=0).fit(frame.to_numpy()).sample(4, random_state=1)
    assert array.shape == (4, len(drawn), 2)
    with pytest.raises(DataError, match=r"variable 'b'.*infinite"):
        make().fit(frame.assign(b=np.inf))


def test_one_variable_only_is_said(entry, make):
    if "univariate" not in entry.tags:
        pytest.skip("takes several")
    with pytest.raises(DataError, match="one variable"):
        make().fit(np.random.default_rng(0).normal(size=(100, 2)))


def test_longer_than_the_fitted_series(entry, model, series):
    if "length" in entry.tags:
        with pytest.raises(DataError, match="n_steps"):
            model.sample(1, n_steps=len(series) + 1)
    else:
        drawn = model.sample(2, n_steps=3 * len(series), random_state=1)
        assert drawn.shape == (3 * len(series), 2)
        assert np.isfinite(drawn.to_numpy()).all()


@pytest.mark.parametrize("bad", [-1, 2.5, "10", None, True])
def test_bad_counts_are_named(model, bad):
    with pytest.raises((TypeError, ValueError), match="n_series"):
        model.sample(bad)
    with pytest.raises((TypeError, ValueError), match="n_steps"):
        model.sample(1, n_steps=0 if bad is None else bad)


def test_a_short_draw_is_a_prefix_of_a_long_one(model):
    long = model.sample(2 * SERIES_BLOCK + 3, n_steps=20, random_state=4)
    for n in (1, 10, SERIES_BLOCK, SERIES_BLOCK + 1):
        pd.testing.assert_frame_equal(model.sample(n, n_steps=20, random_state=4), long.iloc[:, :n])
    assert not np.allclose(long[0], long[SERIES_BLOCK])


def test_same_bytes_for_any_thread_count(make, series, model, n_threads):
    expected = model.sample(2 * SERIES_BLOCK, n_steps=20, random_state=4)
    with synthfast.num_threads(n_threads):
        again = make(random_state=0).fit(series).sample(2 * SERIES_BLOCK, n_steps=20, random_state=4)
    pd.testing.assert_frame_equal(again, expected)


def test_seeds(make, series, model):
    first = model.sample(3, random_state=9)
    pd.testing.assert_frame_equal(model.sample(3, random_state=np.random.SeedSequence(9)), first)
    assert not model.sample(3, random_state=10).equals(first)
    seeded, again = make(random_state=5).fit(series), make(random_state=5).fit(series)
    draws = [seeded.sample(2), seeded.sample(2)]
    assert not draws[0].equals(draws[1])
    for draw in draws:
        pd.testing.assert_frame_equal(again.sample(2), draw)
    free = make().fit(series)
    assert not free.sample(2).equals(free.sample(2))


def test_saved_models_sample_the_same(make, model, series, tmp_path):
    model.save(tmp_path / "a.synth")
    model.save(tmp_path / "b.synth")
    assert (tmp_path / "a.synth").read_bytes() == (tmp_path / "b.synth").read_bytes()
    loaded = synthfast.load(tmp_path / "a.synth")
    assert type(loaded) is type(model)
    assert (loaded.n_times_, loaded.n_variables_) == (model.n_times_, 1)
    pd.testing.assert_frame_equal(loaded.sample(5, random_state=2), model.sample(5, random_state=2))
    with pytest.raises(FileFormatError, match="expected a MarginalSynthesizer"):
        synthfast.MarginalSynthesizer.load(tmp_path / "a.synth")


def test_whole_numbers_stay_whole_and_nothing_becomes_negative(make, series):
    counts = (series - series.min()).round().astype("int64")
    drawn = make(random_state=0).fit(counts).sample(5, random_state=0)
    assert (drawn.dtypes == "int64").all()
    assert drawn.to_numpy().min() >= 0
    nullable = make(random_state=0).fit(counts.astype("Int16")).sample(2, random_state=0)
    assert (nullable.dtypes == "Int16").all()
    single = make(random_state=0).fit(series.astype("float32")).sample(2, random_state=0)
    assert (single.dtypes == "float32").all()


def test_constant_variables_stay(make, frame):
    drawn = make(random_state=0).fit(frame.assign(c=7.5)).sample(2, random_state=0)
    assert (drawn[1]["c"] == 7.5).all()


def test_polars_series(make, series):
    import polars as pl

    drawn = make(random_state=0).fit(pl.Series("sales", series.to_numpy())).sample(3, random_state=1)
    assert isinstance(drawn, pl.DataFrame)
    assert drawn.columns == ["0", "1", "2"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (np.full(50, 3.0), "constant"),
        (np.arange(3.0), "at least"),
        (np.array([]), "shape"),
        (np.full(50, np.nan), "all 50 values are missing"),
        (np.r_[np.arange(50.0), np.inf], "infinite one at step 50"),
        (np.zeros((2, 3, 4, 5)), "shape"),
        (1e200 * monthly().to_numpy(), "rescale"),
        (1e-200 * monthly().to_numpy(), "rescale"),
        (monthly().set_axis(monthly().index[:60].repeat(2)), "more than once"),
        (
            pd.Series(
                np.arange(90.0),
                index=pd.date_range("2020-01-01", periods=60, freq="h").append(
                    pd.date_range("2020-02-01", periods=30, freq="D")
                ),
            ),
            "one frequency",
        ),
        (pd.Series(np.arange(50.0), index=[pd.NaT, *pd.date_range("2020", periods=49)]), "missing stamp"),
    ],
    ids=[
        "constant",
        "short",
        "empty",
        "missing",
        "infinite",
        "4-D",
        "huge",
        "tiny",
        "duplicates",
        "mixed frequencies",
        "no stamp",
    ],
)
def test_series_that_cannot_be_learned(make, data, words):
    with pytest.raises(DataError, match=words):
        make().fit(data)


@pytest.mark.parametrize(
    "data",
    [
        None,
        5,
        "series.csv",
        ["a", "b"] * 20,
        np.array([True, False] * 20),
        np.arange(40) * 1j,
        pd.Series(np.arange(40.0), index=list("abcdefghij" * 4)).set_axis([f"x{i}" for i in range(40)]),
        [[1.0], [1.0, 2.0]] * 10,
    ],
)
def test_what_is_no_series(make, data):
    with pytest.raises((TypeError, ValueError)):
        make().fit(data)


def test_rows_out_of_order_are_sorted_and_said(make, series, model):
    shuffled = series.sample(frac=1.0, random_state=1)
    with pytest.warns(SeriesWarning, match="not in order"):
        other = make(random_state=0).fit(shuffled)
    pd.testing.assert_frame_equal(other.sample(2, random_state=4), model.sample(2, random_state=4))


def test_gaps_are_filled_and_said(make, series):
    with pytest.warns(SeriesWarning):
        drawn = make(random_state=0).fit(series.drop(series.index[[20, 21, 50]])).sample(2, random_state=4)
    assert np.isfinite(drawn.to_numpy()).all()
    holes = series.copy()
    holes.iloc[[3, 70]] = np.nan
    if not make().allows_missing:
        with pytest.warns(SeriesWarning, match="2 of 120 values are missing"):
            make(random_state=0).fit(holes)
    mostly = series.where(np.arange(len(series)) < 10)
    with pytest.raises(DataError, match="misses"):
        make(random_state=0).fit(mostly)


def test_masked_values_are_missing_ones(make):
    if make().allows_missing:
        pytest.skip("takes missing values as they are")
    values = np.ma.masked_greater(monthly().to_numpy(), 56)
    with pytest.warns(SeriesWarning, match="missing"):
        drawn = make(random_state=0).fit(values).sample(2, random_state=0)
    assert np.isfinite(drawn).all()


def test_periods_longer_than_the_series(make):
    if "seasonal_period" not in make().get_params():
        pytest.skip("knows no season")
    with pytest.raises(DataError, match="seasonal_period=90 needs at least two whole periods"):
        make(seasonal_period=90).fit(monthly())
    for bad in (0, -3, 2.5, "12"):
        with pytest.raises((TypeError, ValueError), match="seasonal_period"):
            make(seasonal_period=bad).fit(monthly())
