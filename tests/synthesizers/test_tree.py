"""Chains of trees from outside: the shapes that drawn tables must keep."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from synthesizers.tree_tables import PRESETS, breaks, fit

N = 4_000


def draw(frame, preset, n=20_000):
    return fit(frame, preset).sample(n, random_state=1)


@pytest.fixture(params=PRESETS)
def preset(request):
    return request.param


@pytest.fixture
def rng():
    return np.random.default_rng(20240613)


def test_a_normal_pair_keeps_its_correlation(preset, rng):
    """Fisher's z of the drawn rows against that of the training rows, both with error 1 / sqrt(n - 3)."""
    x = rng.normal(size=N)
    frame = pd.DataFrame({"x": x, "y": 0.8 * x + 0.6 * rng.normal(size=N)})
    r, found = (f.corr().loc["x", "y"] for f in (frame, draw(frame, preset)))
    assert abs(np.arctanh(r) - np.arctanh(found)) < 4 * np.sqrt(1 / (N - 3) + 1 / (20_000 - 3))


@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_an_exclusive_or_is_learned(preset, rng, noise):
    """No pair of the three columns depends on each other; all three together do."""
    a, b, flip = rng.random(N) < 0.5, rng.random(N) < 0.3, rng.random(N) < noise
    frame = pd.DataFrame({"a": a, "b": b, "c": a ^ b ^ flip})
    sample = draw(frame, preset)
    assert (sample["a"] ^ sample["b"] ^ sample["c"]).mean() == pytest.approx(
        flip.mean(), abs=4 * np.sqrt(noise * (1 - noise) * (1 / N + 1 / len(sample))) + 0.003
    )
    for pair in (["a", "b"], ["a", "c"], ["b", "c"]):
        p, q = (f.groupby(pair).size() / len(f) for f in (frame, sample))
        assert (np.abs(p - q) < 4 * np.sqrt(p * (1 - p) * (1 / N + 1 / len(sample))) + 0.003).all()


def test_a_circle_stays_a_circle(preset, rng):
    """Radii within 3 standard deviations of 1: 99.7 % of the rows, 44 % if the columns were independent."""
    angle, radius = 2 * np.pi * rng.random(N), 1 + 0.05 * rng.normal(size=N)
    sample = draw(pd.DataFrame({"x": radius * np.cos(angle), "y": radius * np.sin(angle)}), preset)
    assert (np.abs(np.hypot(sample["x"], sample["y"]) - 1) < 0.15).mean() > 0.95
    for name in "xy":  # uncorrelated, as they were
        assert abs(sample[name].mean()) < 4 * np.sqrt(0.5) * np.sqrt(1 / N + 1 / len(sample))


def test_a_cross_stays_a_cross(preset, rng):
    """One of two numbers lies near 0: in 99.7 % of the rows within 0.3, in 85 % if they were independent."""
    first, wide, narrow = rng.random(N) < 0.5, rng.normal(size=N), 0.1 * rng.normal(size=N)
    frame = pd.DataFrame({"x": np.where(first, wide, narrow), "y": np.where(first, narrow, wide)})
    sample = draw(frame, preset)
    assert (np.minimum(sample["x"].abs(), sample["y"].abs()) < 0.3).mean() > 0.97


def test_a_level_decides_a_number(preset, rng):
    """Means and shares of zeros by level: both tables' errors together, 4 of them."""
    k = rng.choice(6, N, p=[0.3, 0.25, 0.2, 0.1, 0.1, 0.05])
    frame = pd.DataFrame(
        {
            "level": np.array(list("qjxkzb"))[k],
            "y": 2.0 * ((k * 5) % 7) + rng.normal(size=N),
            "z": np.where(rng.random(N) < (k + 1) / 8, 0.0, rng.gamma(2, size=N)),
        }
    )
    sample = draw(frame, preset)
    size, own = (f["level"].value_counts() for f in (frame, sample))
    assert (np.abs(size / N - own / len(sample)) < 4 * np.sqrt(size / N * (1 / N + 1 / len(sample)))).all()
    size, own = size.sort_index(), own.sort_index()
    real, kept = (f.groupby("level")["y"].mean() for f in (frame, sample))
    assert (np.abs(real - kept) < 4 * np.sqrt(1 / size + 1 / own)).all()
    p, q = (f["z"].eq(0.0).groupby(f["level"]).mean() for f in (frame, sample))
    assert (np.abs(p - q) < 4 * np.sqrt(p * (1 - p) * (1 / size + 1 / own))).all()


def test_spikes_and_heaps_stay(preset, rng):
    """Shares of heavy values and distributions of the others; rows are stratified, which only helps."""
    frame = pd.DataFrame(
        {
            "zeros": np.where(rng.random(N) < 0.7, 0.0, rng.gamma(2, size=N)),
            "heaps": np.where(rng.random(N) < 0.6, 10.0 * rng.integers(1, 7, N), np.round(70 * rng.random(N), 1)),
            "cents": np.round(np.exp(3 + rng.normal(size=N)), 2),
            "count": rng.poisson(3, N),
        }
    )
    sample = draw(frame, preset)
    worth = 1 / N + 1 / len(sample)
    for name, values in {"zeros": [0.0], "heaps": [10, 20, 30, 40, 50, 60], "count": range(8)}.items():
        for value in values:
            p, q = ((f[name] == value).mean() for f in (frame, sample))
            assert abs(p - q) < 4 * np.sqrt(p * (1 - p) * worth), (name, value)
    for name in frame:
        assert stats.ks_2samp(frame[name], sample[name]).statistic < 1.95 * np.sqrt(worth), name
    assert (sample["zeros"] >= 0.0).all()
    assert (sample["cents"].round(2) == sample["cents"]).all()
    assert (sample["heaps"].round(1) == sample["heaps"]).all()


@pytest.mark.parametrize("zone", [None, "UTC", "America/New_York", "Europe/Berlin"])
def test_dates_keep_their_zone_range_and_trend(preset, rng, zone):
    seconds = np.sort(rng.integers(0, 2 * 365 * 86_400, N))
    moment = pd.Timestamp("2021-01-01", tz=zone) + pd.to_timedelta(seconds, unit="s")
    frame = pd.DataFrame({"moment": moment, "price": seconds / 1e6 + 10 * rng.normal(size=N)})
    sample = draw(frame, preset)
    assert sample.dtypes.to_dict() == frame.dtypes.to_dict()
    assert sample["moment"].between(pd.Timestamp("2020-12-01", tz=zone), pd.Timestamp("2023-02-01", tz=zone)).all()
    r, found = (stats.spearmanr(f["moment"].astype("int64"), f["price"]).statistic for f in (frame, sample))
    assert abs(np.arctanh(r) - np.arctanh(found)) < 4.5 * np.sqrt(1 / N + 1 / len(sample))


@pytest.mark.parametrize(
    "preset", ["fast", pytest.param("quality", marks=breaks("what a tight relation leaves open is a fifth too wide"))]
)
def test_a_tight_relation_is_no_wider_than_it_was(preset, rng):
    """What is left of y after x has standard deviation 1 of 18; estimates of it have relative error 1 / sqrt(2 n)."""
    x = 63 * rng.random(N)
    sample = draw(pd.DataFrame({"x": x, "y": x + rng.normal(size=N)}), preset)
    assert (sample["y"] - sample["x"]).std() == pytest.approx(1.0, abs=4 / np.sqrt(2 * N) + 0.05)


def test_missing_values_depend_on_other_columns(preset, rng):
    """By level, and by a number; and one column is missing exactly where another is."""
    level, x = rng.choice(list("abc"), N), rng.normal(size=N)
    gone = rng.random(N) < np.select([level == "a", level == "b"], [0.05, 0.3], 0.7)
    high = rng.random(N) < 1 / (1 + np.exp(-3 * x))
    frame = pd.DataFrame({"level": level, "x": x, "y": np.where(gone, np.nan, x + rng.normal(size=N))})
    frame["z"] = pd.Series(np.where(high, None, level + "!"), dtype="str")
    sample = draw(frame, preset)
    for name, by in (("y", "level"), ("z", "level")):
        p, q = (f[name].isna().groupby(f[by]).mean() for f in (frame, sample))
        size, own = (f[by].value_counts() for f in (frame, sample))
        assert (np.abs(p - q) < 4 * np.sqrt(p * (1 - p) * (1 / size + 1 / own))).all(), name
    for low, top in ((-9, -1), (-1, 0), (0, 1), (1, 9)):
        part = [f[f["x"].between(low, top)]["z"].isna() for f in (frame, sample)]
        p, q = part[0].mean(), part[1].mean()
        assert abs(p - q) < 4 * np.sqrt(max(p * (1 - p), 0.01) * (1 / len(part[0]) + 1 / len(part[1])))


def ledger(rng):
    code = rng.integers(0, 12, N)
    net, tax = rng.integers(0, 100_000, N) / 100, rng.integers(0, 20_000, N) / 100
    start = pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, N), unit="D")
    frame = pd.DataFrame(
        {
            "code": code,
            "name": np.array([f"name {k}" for k in range(12)])[code],
            "region": np.array(["north", "south", "east"])[code % 3],
            "net": net,
            "tax": tax,
            "gross": np.round(net + tax, 2),
            "again": net,
            "celsius": np.round(rng.normal(15, 8, N), 1),
            "start": start,
            "stop": start + pd.to_timedelta(rng.integers(0, 60, N), unit="D"),
        }
    )
    frame["fahrenheit"] = np.round(1.8 * frame["celsius"] + 32, 2)
    frame.loc[rng.random(N) < 0.1, ["celsius", "fahrenheit"]] = np.nan
    frame.loc[rng.random(N) < 0.1, ["net", "gross", "again"]] = np.nan
    return frame


def test_exact_dependencies_hold_in_every_row(preset, rng):
    frame = ledger(rng)
    sample = draw(frame, preset)
    pairs = frame.drop_duplicates(["code", "name", "region"]).set_index("code")
    assert (sample["name"] == sample["code"].map(pairs["name"])).all()
    assert (sample["region"] == sample["code"].map(pairs["region"])).all()
    pd.testing.assert_series_equal(sample["again"], sample["net"], check_names=False)
    assert (sample["start"] <= sample["stop"]).all()
    for whole, part in (("gross", "net"), ("fahrenheit", "celsius")):
        assert sample[whole].isna().equals(sample[part].isna())


@pytest.mark.parametrize("preset", PRESETS)
def test_sums_of_decimals_are_exact_in_every_row(preset, rng):
    sample = draw(ledger(rng), preset)
    for whole, parts in (("gross", sample["net"] + sample["tax"]), ("fahrenheit", 1.8 * sample["celsius"] + 32)):
        assert ((sample[whole] - parts).abs().fillna(0.0) < 1e-6).all(), whole


def test_columns_that_have_nothing_to_do_with_each_other_stay_so(preset, rng):
    """Correlations of 28 pairs within 4 standard errors of both tables'."""
    frame = pd.DataFrame(rng.normal(size=(N, 8)), columns=list("abcdefgh"))
    found = np.abs(draw(frame, preset).corr().to_numpy()[np.triu_indices(8, 1)])
    assert found.max() < 4 * np.sqrt(1 / N + 1 / 20_000)
