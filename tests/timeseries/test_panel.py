"""PanelSynthesizer: the joint law of entities comes back, times and gaps hold, bad tables are named."""

import numpy as np
import pandas as pd
import pytest

import synthfast
from synthfast import PanelSynthesizer
from synthfast.exceptions import DataError, NotFittedError, SeriesWarning
from synthfast.timeseries._arima.orders import Order
from synthfast.timeseries._panel.drawing import draw_gaps
from synthfast.timeseries._panel.fitting import BATCH, choose_order, fill_gaps, fit_entities, joined
from synthfast.timeseries._panel.reading import read_panel


def shops(n=80, n_days=120, seed=0, gaps=0.0):
    """Level, weekly swing and memory differ from shop to shop; the large ones lie in the north."""
    rng = np.random.default_rng(seed)
    level, swing, phi = rng.normal(100, 20, n), rng.uniform(2, 8, n), rng.uniform(0.2, 0.8, n)
    lengths = rng.integers(n_days // 2, n_days + 1, n)
    parts = []
    for i in range(n):
        z = np.zeros(n_days)
        for t in range(1, n_days):
            z[t] = phi[i] * z[t - 1] + rng.normal()
        days = np.arange(n_days - lengths[i], n_days)
        values = level[i] + swing[i] * np.sin(2 * np.pi * days / 7) + z[days]
        part = pd.DataFrame({"shop": f"s{i}", "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(days, "D")})
        part["sales"], part["visits"] = values, np.round(values * 3 + rng.normal(size=len(days))).astype(int)
        part["region"] = "north" if level[i] > 100 else "south"
        parts.append(part[np.r_[True, rng.random(len(part) - 2) >= gaps, True]])
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="module")
def frame():
    return shops(gaps=0.05)


@pytest.fixture(scope="module")
def model(frame):
    return PanelSynthesizer(entity="shop", time="day", random_state=0).fit(frame)


@pytest.fixture(scope="module")
def drawn(model):
    return model.sample(300, random_state=1)


def by_entity(frame):
    groups = frame.groupby("shop")
    first, last = groups["day"].min(), groups["day"].max()
    span = (last - first).dt.days + 1
    return pd.DataFrame(
        {
            "level": groups["sales"].mean(),
            "memory": groups["sales"].apply(lambda x: x.autocorr(7)),
            "span": span,
            "gaps": 1 - groups.size() / span,
        }
    )


def test_frames_come_back_as_they_were(model, frame, drawn):
    assert list(drawn.columns) == list(frame.columns)
    assert drawn.dtypes.astype(str).to_dict() == frame.dtypes.astype(str).to_dict()
    assert drawn["shop"].nunique() == 300
    assert not set(drawn["shop"]) & set(frame["shop"])
    assert not drawn.duplicated(["shop", "day"]).any()
    assert drawn.groupby("shop")["day"].apply(lambda x: x.is_monotonic_increasing).all()
    assert drawn.groupby("shop")["region"].nunique().eq(1).all()
    assert model.static_ == ["region"]
    assert model.seasonal_period_ == 7
    assert model.sample(0).shape == (0, 5)


def test_the_law_of_entities_comes_back(frame, drawn):
    """Means over entities within 4 standard errors of the difference of two samples; variances likewise."""
    real, new = by_entity(frame), by_entity(drawn)
    for name in real:
        a, b = real[name], new[name]
        error = np.sqrt(a.var() / len(a) + b.var() / len(b))
        assert abs(a.mean() - b.mean()) < 4 * error, name
        assert 0.6 < b.std() / a.std() < 1.6, name
    assert new["span"].max() <= 120
    assert drawn["day"].max() <= frame["day"].max()


def test_attributes_depend_on_series_as_they_did(frame, drawn):
    for table in (frame, drawn):
        means = table.groupby("region")["sales"].mean()
        assert means["north"] - means["south"] > 20
    assert drawn["sales"].corr(drawn["visits"]) > 0.9


def test_the_season_follows_the_calendar(frame, drawn):
    def profile(table):
        rest = table["sales"] - table.groupby("shop")["sales"].transform("mean")
        return rest.groupby(table["day"].dt.day_of_week).mean().to_numpy()

    assert np.corrcoef(profile(frame), profile(drawn))[0, 1] > 0.95


def test_a_short_draw_is_a_prefix_of_a_long_one(model):
    long = model.sample(BATCH + 20, random_state=3)
    for n in (1, 7, BATCH, BATCH + 1):
        short = model.sample(n, random_state=3)
        pd.testing.assert_frame_equal(short, long.iloc[: len(short)])
    assert not model.sample(3, random_state=4).equals(model.sample(3, random_state=5))


def test_threads_change_nothing(frame, model, n_threads):
    with synthfast.num_threads(n_threads):
        again = PanelSynthesizer(entity="shop", time="day", random_state=0).fit(frame).sample(5, random_state=1)
    pd.testing.assert_frame_equal(again, model.sample(5, random_state=1))


def test_saved_models_draw_the_same(model, tmp_path):
    model.save(tmp_path / "a.synth")
    again = synthfast.load(tmp_path / "a.synth")
    assert again.orders_ == model.orders_
    pd.testing.assert_frame_equal(again.sample(4, random_state=2), model.sample(4, random_state=2))


def test_seeds_of_the_constructor(frame):
    one, two = (PanelSynthesizer(entity="shop", time="day", random_state=5).fit(frame) for _ in range(2))
    first = one.sample(2)
    pd.testing.assert_frame_equal(two.sample(2), first)
    assert not one.sample(2).equals(first)


def test_categories_of_entities_are_new_ones():
    table = shops(10, 40)
    table["shop"] = table["shop"].astype("category")
    drawn = PanelSynthesizer(entity="shop", time="day", random_state=0).fit(table).sample(3)
    assert drawn["shop"].cat.categories.tolist() == ["synthetic-1", "synthetic-2", "synthetic-3"]


def test_whole_numbered_entities_go_on(frame):
    numbered = frame.assign(shop=frame["shop"].str[1:].astype(int))
    drawn = PanelSynthesizer(entity="shop", time="day").fit(numbered).sample(3)
    assert drawn["shop"].unique().tolist() == [80, 81, 82]


@pytest.mark.parametrize(
    "stamps",
    [
        lambda n: pd.date_range("2020-01-01", periods=n, freq="MS"),
        lambda n: pd.date_range("2020-01-01", periods=n, freq="h", tz="Europe/Berlin"),
        lambda n: pd.period_range("2020-01", periods=n, freq="M"),
        lambda n: np.arange(5, 5 + 2 * n, 2),
    ],
    ids=["months", "zone", "periods", "counts"],
)
def test_kinds_of_times(stamps):
    rng = np.random.default_rng(0)
    times = stamps(40)
    table = pd.concat([pd.DataFrame({"e": e, "t": times, "x": rng.normal(e, 1, 40)}) for e in range(12)])
    drawn = PanelSynthesizer(entity="e", time="t", seasonal_period=1, random_state=0).fit(table).sample(4)
    assert drawn["t"].dtype == table["t"].dtype
    assert set(drawn["t"]) <= set(times)


@pytest.mark.parametrize("zone", [None, "UTC"])
def test_irregular_times_are_drawn_too(zone):
    rng = np.random.default_rng(0)
    parts = []
    for e in range(30):
        waits = rng.exponential(3_600 * (1 + e % 3), 60)
        when = pd.Timestamp("2024-01-01", tz=zone) + pd.to_timedelta(np.cumsum(waits), "s")
        parts.append(pd.DataFrame({"e": e, "t": when, "x": rng.normal(size=60)}))
    table = pd.concat(parts, ignore_index=True)
    model = PanelSynthesizer(entity="e", time="t", random_state=0).fit(table)
    assert not model.regular_
    drawn = model.sample(30, random_state=0)
    assert drawn["t"].dtype == table["t"].dtype
    assert drawn.groupby("e")["t"].apply(lambda x: x.is_monotonic_increasing).all()

    def wait(frame):
        return np.median(np.log(frame.groupby("e")["t"].diff().dt.total_seconds().dropna() + 1))

    assert abs(wait(table) - wait(drawn)) < 0.5


def test_missing_values_stay_missing_as_often():
    table = shops(40)
    table["sales"] = table["sales"].where(np.random.default_rng(0).random(len(table)) > 0.2)
    drawn = PanelSynthesizer(entity="shop", time="day", random_state=0).fit(table).sample(60, random_state=0)
    share = drawn["sales"].isna().mean()
    assert share == pytest.approx(0.2, abs=4 * np.sqrt(0.16 / len(drawn)) + 0.01)
    assert drawn["visits"].notna().all()


def test_polars_frames():
    import polars as pl

    drawn = PanelSynthesizer(entity="shop", time="day", random_state=0).fit(pl.from_pandas(shops(20))).sample(3)
    assert isinstance(drawn, pl.DataFrame)
    assert drawn.columns == ["shop", "day", "sales", "visits", "region"]


def test_rows_out_of_order_are_sorted_and_said(frame, model):
    with pytest.warns(SeriesWarning, match="not in order"):
        other = PanelSynthesizer(entity="shop", time="day", random_state=0).fit(
            frame.groupby("shop", sort=False).sample(frac=1.0, random_state=1)
        )
    pd.testing.assert_frame_equal(other.sample(3, random_state=1), model.sample(3, random_state=1))


def test_short_and_flat_entities_do_not_stop_the_fit(frame):
    one = frame[frame["shop"] == "s0"]
    short, flat = one.head(1).assign(shop="short"), one.assign(shop="flat", sales=5.0)
    model = PanelSynthesizer(entity="shop", time="day", random_state=0).fit(pd.concat([frame, short, flat]))
    assert np.isfinite(model.sample(50, random_state=0)["sales"]).all()


def test_integrated_entities_wander():
    rng = np.random.default_rng(0)
    day = pd.date_range("2024-01-01", periods=200)
    parts = [pd.DataFrame({"e": e, "t": day, "x": np.cumsum(rng.normal(0.2, 1, 200)) + 50}) for e in range(40)]
    model = PanelSynthesizer(entity="e", time="t", seasonal_period=1, random_state=0).fit(pd.concat(parts))
    assert model.orders_["x"].startswith("(0,1") or ",1," in model.orders_["x"].split(")")[0]
    drawn = model.sample(200, random_state=0)
    rise = drawn.groupby("e")["x"].last() - drawn.groupby("e")["x"].first()
    assert rise.mean() == pytest.approx(40, abs=4 * 14 * np.sqrt(1 / 40 + 1 / 200))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda f: f.drop(columns="day"), "time='day' is no column"),
        (lambda f: f.drop(columns="shop"), "entity='shop' is no column"),
        (lambda f: f.head(0), "got none"),
        (lambda f: f.assign(day=f["day"].astype(str)), "to_datetime"),
        (lambda f: f.assign(day=f["day"].where(f.index != 3)), "row 3 has no time"),
        (lambda f: f.assign(shop=f["shop"].where(f.index != 3)), "row 3 has no 'shop'"),
        (lambda f: pd.concat([f, f.head(1)]).sort_values(["shop", "day"]), "more than once"),
        (lambda f: f.assign(sales=f["sales"].where(f.index != 3, np.inf)), "infinite in row 3"),
        (lambda f: f.assign(sales=f["sales"].astype(str)), "must hold numbers"),
        (lambda f: f.assign(sales=np.nan, visits=np.nan), "no column varies|all missing"),
        (lambda f: f[f["shop"] == "s1"], "at least 2 entities"),
        (lambda f: f.groupby("shop").head(2), "at least 8 times"),
        (lambda f: pd.concat([f, f["sales"]], axis=1), "occurs more than once"),
        (lambda f: f[["shop", "day", "region"]], "no column varies"),
    ],
)
@pytest.mark.filterwarnings("ignore::synthfast.exceptions.SeriesWarning")
def test_tables_that_cannot_be_learned(change, words):
    with pytest.raises(DataError, match=words):
        PanelSynthesizer(entity="shop", time="day").fit(change(shops(5, 30)))


@pytest.mark.parametrize("data", [None, [1, 2], np.zeros((3, 3)), "panel.csv"])
def test_what_is_no_frame(data):
    with pytest.raises(TypeError, match="DataFrame"):
        PanelSynthesizer().fit(data)


def test_parameters_that_make_no_sense(frame):
    with pytest.raises(DataError, match="changes within an entity"):
        PanelSynthesizer(entity="shop", time="day", static=["sales"]).fit(frame)
    with pytest.raises(DataError, match="is no column"):
        PanelSynthesizer(entity="shop", time="day", static=["color"]).fit(frame)
    with pytest.raises(DataError, match="same column"):
        PanelSynthesizer(entity="shop", time="shop").fit(frame)
    with pytest.raises(DataError, match="two whole periods"):
        PanelSynthesizer(entity="shop", time="day", seasonal_period=100).fit(frame)
    with pytest.raises(NotFittedError):
        PanelSynthesizer().sample(3)


@pytest.mark.parametrize("bad", [-1, 2.5, "3", None, True])
def test_bad_counts_are_named(model, bad):
    with pytest.raises((TypeError, ValueError), match="new_entities"):
        model.sample(bad)


# -- parts -------------------------------------------------------------------------------------------------------------


def test_gaps_are_filled_within_their_entity():
    nan = np.nan
    values = np.array([nan, 2, nan, 4, 10, nan, nan, nan, 20.0, nan, nan])
    filled = fill_gaps(values, np.array([0, 4, 6, 9, 11]))
    np.testing.assert_allclose(filled, [2, 2, 3, 4, 10, 10, 20, 20, 20, 9, 9])


def test_entities_are_fitted_as_they_would_be_alone():
    panel = read_panel(shops(6, 60), "shop", "day", None, "test")
    order = Order(1, 0, 0, m=7, constant=True)
    fits = joined(list(fit_entities(panel.values[0], panel.offsets, panel.starts, order, 3, 7)))
    for i in (0, 3):
        part = slice(panel.offsets[i], panel.offsets[i + 1])
        alone = next(
            fit_entities(
                panel.values[0][part], np.array([0, part.stop - part.start]), panel.starts[i : i + 1], order, 3, 7
            )
        )
        np.testing.assert_array_equal(fits.free[i], alone.free[0])
        np.testing.assert_array_equal(fits.level[i], alone.level[0])


def test_the_shared_order_is_that_of_the_entities():
    panel = read_panel(shops(40, 200), "shop", "day", None, "test")
    stream = synthfast._core.random.Stream.from_seed(0)
    order, n_waves = choose_order(panel.values[0], panel.offsets, panel.starts, 7, stream)
    assert (order.p, order.d, order.q) == (1, 0, 0)
    assert n_waves == 3


def test_gaps_come_as_often_and_as_long():
    share = np.full(400, 0.1)
    kept = draw_gaps(share, 3.0, 500, synthfast._core.random.Stream.from_seed(0), 0)
    gone = ~kept
    assert gone.mean() == pytest.approx(0.1, abs=0.01)
    runs = np.sum(gone[:, 1:] & kept[:, :-1])
    assert gone.sum() / runs == pytest.approx(3.0, rel=0.05)
    assert kept[:, 0].all()
