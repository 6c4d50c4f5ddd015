"""fit_distributions and sample_from_distributions: choice, failures, bad input, containers, seeds."""

import json

import numpy as np
import pandas as pd
import pytest
import scipy.stats

from synthfast import fit_distributions, sample_from_distributions
from synthfast.exceptions import DataError
from synthfast.marginals import DistributionFits, FittedMarginal, fit_column

KEYS = {"distribution", "params", "ks_statistic", "p_value", "p_value_method", "aic", "bic"}


def table(n=3000, seed=41):
    g = np.random.default_rng(seed)
    columns = {
        "wait": g.exponential(3.0, n),
        "amount": g.gamma(2.5, 3.0, n),
        "error": g.normal(1.0, 9.0, n),
        "visits": g.poisson(4, n),
    }
    return pd.DataFrame(columns)


@pytest.mark.parametrize("criterion", ["auto", "bic"])
def test_the_law_that_made_the_data_is_chosen(criterion):
    best = fit_distributions(table(), criterion=criterion)["best_distributions"]
    chosen = {name: entry["distribution"] for name, entry in best.items()}
    assert chosen == {"wait": "expon", "amount": "gamma", "error": "norm", "visits": "poisson"}
    assert best["wait"]["params"]["loc"] == 0.0


@pytest.mark.parametrize("criterion", ["auto", "bic", "aic", "ks"])
def test_keys_and_order(criterion):
    fits = fit_distributions(table(500), criterion=criterion)
    assert set(fits) == {"best_distributions", "all_fits", "skipped"}
    for name, entry in fits["best_distributions"].items():
        assert set(entry) >= KEYS
        assert entry == next(iter(fits["all_fits"][name].values()))
        good = [e for e in fits["all_fits"][name].values() if "error" not in e]
        figures = [e["ks_statistic" if criterion == "ks" else criterion] for e in good if criterion != "auto"]
        if name != "visits":  # whole numbers are ranked by the probabilities of rounding
            assert figures == sorted(figures)


def test_entries_agree_with_scipy():
    data = table(800)
    for name, entry in fit_distributions(data)["best_distributions"].items():
        law = getattr(scipy.stats, entry["distribution"])(**entry["params"])
        x = data[name].to_numpy(float)
        loglik = (law.logpmf if hasattr(law, "logpmf") and entry["distribution"] == "poisson" else law.logpdf)(x).sum()
        assert entry["loglik"] == pytest.approx(loglik, rel=1e-10)
        assert entry["aic"] == pytest.approx(2 * entry["n_free"] - 2 * loglik, rel=1e-10)
        assert entry["bic"] == pytest.approx(np.log(800) * entry["n_free"] - 2 * loglik, rel=1e-10)
        assert entry["p_value_method"] == "naive"


def test_failure_of_one_family_leaves_the_others():
    fits = fit_column(np.random.default_rng(1).normal(size=300), ["poisson", "gamma", "norm", "beta"], loc=0.0)
    assert isinstance(fits["norm"], FittedMarginal)
    assert "whole numbers" in fits["poisson"]
    assert "needs values above 0" in fits["gamma"]
    assert "needs values above 0" in fits["beta"]
    assert next(iter(fits)) == "norm"
    entries = fit_distributions(np.random.default_rng(1).normal(size=300), ["gamma", "norm"], loc=0.0)["all_fits"][0]
    assert "needs values above 0" in entries["gamma"]["error"]


def test_an_unexpected_error_of_one_family_is_an_entry(monkeypatch):
    from synthfast.marginals.families import FAMILIES

    def broken(*_):
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(FAMILIES["gamma"], "fit", broken)
    fits = fit_column(np.random.default_rng(2).gamma(2.0, 1.0, 300), ["gamma", "norm"])
    assert fits["gamma"] == "by zero"
    assert isinstance(fits["norm"], FittedMarginal)


def test_columns_that_cannot_be_fitted_are_skipped_with_reasons():
    data = table(200).assign(
        name="x", constant=5.0, absent=np.nan, endless=np.inf, flag=True, day=pd.Timestamp("2024-01-01")
    )
    data["gaps"] = data["wait"].where(np.arange(200) % 4 > 0)
    fits = fit_distributions(data)
    assert set(fits["skipped"]) == {"name", "constant", "absent", "endless", "flag", "day"}
    assert "at least two distinct values, found only 5" in fits["skipped"]["constant"]
    assert "infinities" in fits["skipped"]["endless"]
    assert "expected numbers" in fits["skipped"]["name"]
    assert fits["best_distributions"]["gaps"]["n_missing"] == 50
    assert "skipped: expected numbers" in repr(fits)


@pytest.mark.parametrize(
    "bad", [{"a": ["x", "y"]}, {"a": [1.0, 1.0]}, {"a": [np.nan]}, {"a": [1.0]}, {"a": []}, {}], ids=str
)
def test_nothing_to_fit_is_an_error(bad):
    with pytest.raises(DataError, match="expected a numeric column"):
        fit_distributions(bad)


def test_two_values_are_handled():
    fits = fit_column([1.0, 2.0])
    assert isinstance(next(iter(fits.values())), FittedMarginal)
    assert "needs more values" in fits["t"]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"distributions": ["normal"]}, ValueError, "distributions"),
        ({"distributions": []}, ValueError, "at least one"),
        ({"criterion": "rss"}, ValueError, "criterion"),
        ({"p_value": "exact"}, ValueError, "p_value"),
        ({"loc": "zero"}, ValueError, "loc"),
        ({"loc": np.nan}, ValueError, "loc"),
        ({"loc": None}, TypeError, "loc"),
        ({"n_bootstrap": 0}, ValueError, "n_bootstrap"),
    ],
)
def test_bad_arguments(options, error, message):
    with pytest.raises(error, match=message):
        fit_distributions(table(50), **options)


@pytest.mark.parametrize("loc", [0.0, "fixed"])
def test_location_can_be_held(loc):
    entries = fit_distributions(table(500)[["amount"]], loc=loc)["all_fits"]["amount"]
    for name in ("lognorm", "expon", "gamma", "beta", "weibull_min", "uniform", "pareto"):
        assert entries[name]["params"]["loc"] == 0.0
        assert entries[name]["fixed"] == {"loc": 0.0}
    assert entries["norm"]["params"]["loc"] != 0.0


def test_location_of_shifted_data_is_found():
    x = 100.0 + np.random.default_rng(3).gamma(2.0, 5.0, 4000)
    auto, free = fit_column(x, "gamma")["gamma"], fit_column(x, "gamma", loc="free")["gamma"]
    assert auto == free
    # The location of a gamma law of shape 2 converges at about n^-1/2: scale 5 / sqrt(4000) = 0.08, six of them.
    assert auto.params["loc"] == pytest.approx(100.0, abs=0.5)


def test_auto_location_prefers_zero_and_the_unit_interval_where_they_do():
    g = np.random.default_rng(4)
    assert fit_column(g.gamma(2.0, 5.0, 4000), "gamma")["gamma"].fixed == {"loc": 0.0}
    assert fit_column(g.beta(2.0, 5.0, 4000), "beta")["beta"].fixed == {"loc": 0.0, "scale": 1.0}
    assert fit_column(3.0 + g.beta(2.0, 5.0, 4000), "beta")["beta"].fixed == {}


@pytest.mark.parametrize("offset", [0, 1])
def test_geometric_law_starts_at_zero_or_one(offset):
    x = np.random.default_rng(5).geometric(0.3, 3000) - 1 + offset
    best = fit_column(x, ["geom", "nbinom", "poisson"])["geom"]
    assert best.params["loc"] == offset - 1
    assert best.params["p"] == pytest.approx(0.3, abs=0.03)


def test_discrete_laws_compete_fairly_with_continuous_ones():
    # A continuous uniform law from minimum to maximum has the density 1/5 on a die's faces, more than their mass 1/6.
    die = np.random.default_rng(6).integers(1, 7, 2000)
    fits = fit_column(die)
    coin = fit_column(np.random.default_rng(7).random(2000) < 0.3)
    assert next(iter(fits.values())).cdf([0.5, 6.5]) == pytest.approx([0.0, 1.0], abs=0.06)
    assert next(iter(coin)) == "binom"


def test_heavy_spikes_do_not_win_by_an_unbounded_density():
    g = np.random.default_rng(8)
    hours = np.where(g.random(4000) < 0.9, 0.0, g.gamma(2.0, 100.0, 4000))
    for fitted in fit_column(hours).values():
        if isinstance(fitted, FittedMarginal) and fitted.distribution != "norm":
            assert fitted.loglik < 4000 * 40.0
            assert all(np.isfinite(value) for value in fitted.params.values())


def test_containers_and_integer_types():
    frame = table(300)
    expected = fit_distributions(frame)
    import polars as pl
    import pyarrow as pa

    assert fit_distributions(pl.from_pandas(frame)) == expected
    assert fit_distributions(pa.Table.from_pandas(frame)) == expected
    assert fit_distributions(frame.to_dict("list")) == expected
    assert fit_distributions(frame.astype({"visits": "Int64"})) == expected
    series = fit_distributions(frame["wait"])["best_distributions"]
    assert series == {"wait": expected["best_distributions"]["wait"]}
    array = fit_distributions(frame["wait"].to_numpy())["best_distributions"]
    assert array == {0: expected["best_distributions"]["wait"]}


def test_result_does_not_depend_on_threads(n_threads):
    assert fit_distributions(table(1000), n_threads=n_threads) == fit_distributions(table(1000), n_threads=1)


def test_result_is_plain_data_and_samples_after_json():
    fits = fit_distributions(table(300))
    again = json.loads(json.dumps(fits))
    assert again == fits
    pd.testing.assert_frame_equal(
        sample_from_distributions(again, 50, random_state=1), sample_from_distributions(fits, 50, random_state=1)
    )
    assert isinstance(fits, DistributionFits)
    assert fits.marginals["wait"].distribution == "expon"


def test_sampling_seeds_and_prefix():
    fits = fit_distributions(table(300))
    long = sample_from_distributions(fits, 1000, random_state=7)
    pd.testing.assert_frame_equal(sample_from_distributions(fits, 10, random_state=7), long[:10])
    assert not long.equals(sample_from_distributions(fits, 1000, random_state=8))
    assert not sample_from_distributions(fits, 20).equals(sample_from_distributions(fits, 20))
    assert list(long.columns) == ["wait", "amount", "error", "visits"]
    assert long.dtypes.astype(str).tolist() == ["float64", "float64", "float64", "int64"]
    assert sample_from_distributions(fits, 0).shape == (0, 4)


def test_samples_look_like_the_data():
    data = table(4000)
    drawn = sample_from_distributions(fit_distributions(data), 4000, random_state=9)
    for name in ("wait", "amount", "error"):
        assert scipy.stats.ks_2samp(data[name], drawn[name]).pvalue > 1e-4


def test_columns_of_one_law_are_independent():
    x = np.random.default_rng(10).normal(size=500)
    drawn = sample_from_distributions(fit_distributions({"a": x, "b": x}, "norm"), 10_000, random_state=3)
    assert abs(np.corrcoef(drawn["a"], drawn["b"])[0, 1]) < 5.0 / np.sqrt(10_000)


def test_missing_values_return_on_request():
    data = table(2000)
    data["visits"] = data["visits"].astype("Int64")
    data.loc[::4, ["wait", "visits"]] = pd.NA
    fits = fit_distributions(data)
    assert not sample_from_distributions(fits, 2000, random_state=1).isna().any().any()
    drawn = sample_from_distributions(fits, 4000, random_state=1, keep_missing=True)
    # Binomial: standard error sqrt(0.25 * 0.75 / 4000) = 0.007, five of them.
    assert drawn["wait"].isna().mean() == pytest.approx(0.25, abs=0.035)
    assert drawn["visits"].isna().mean() == pytest.approx(0.25, abs=0.035)
    assert str(drawn["visits"].dtype) == "Int64"
    assert not drawn["error"].isna().any()


@pytest.mark.parametrize("bad", [None, [], {}, {"best_distributions": 3}])
def test_sampling_refuses_what_is_no_fit(bad):
    with pytest.raises(DataError, match="result of fit_distributions"):
        sample_from_distributions(bad, 3)


def test_sampling_refuses_a_bad_number():
    with pytest.raises(ValueError, match="n_samples"):
        sample_from_distributions(fit_distributions(table(50)), -1)


def test_input_is_not_changed():
    data = table(100)
    before = data.copy()
    fit_distributions(data)
    pd.testing.assert_frame_equal(data, before)


@pytest.mark.parametrize("name", ["adult_train", "diamonds", "beijing_pm25", "kddcup99_10pct"])
def test_real_columns(real_table, name):
    """Every family of every real column: a finite fit with an edge inside the bounds, or a reason."""
    data = real_table(name).select_dtypes("number").iloc[:4000]
    fits = fit_distributions(data)
    for column, entries in fits["all_fits"].items():
        x = data[column].dropna()
        std = x.std(ddof=0)
        for family, entry in entries.items():
            if "error" in entry:
                continue
            assert np.isfinite([*entry["params"].values(), entry["loglik"], entry["ks_statistic"]]).all(), (
                column,
                family,
            )
            assert 0.0 <= entry["ks_statistic"] <= 1.0
            if family in ("lognorm", "gamma", "weibull_min", "beta", "pareto"):
                assert x.min() - entry["params"]["loc"] <= max(100.001 * std, x.min()), (column, family)
