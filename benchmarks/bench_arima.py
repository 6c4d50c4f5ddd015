"""Order search and paths of ARIMA models against statsforecast, pmdarima and statsmodels; one thread.

The searches are timed on a made integrated series with memory over a week; the rivals run in an environment of their
own, in this run, what they load or compile on first use left out. What is found is compared on the series that come
with statsmodels, at the differences that the rival took: the AICc of each one's order under the exact likelihood, both
fitted by the same code, so that only the order counts. Paths continue the series; their means and variances are held
against the analytic forecast at each of 365 steps.
"""

import json

import numpy as np
import pandas as pd
import pytest
from rivals.runner import run_rival
from scipy.signal import lfilter
from statsmodels import datasets
from statsmodels.tsa.statespace.sarimax import SARIMAX

from synthfast import ARIMASynthesizer, num_threads
from synthfast.timeseries._arima.fitting import CLEAR_LIMIT, Fitter
from synthfast.timeseries._arima.orders import Order
from synthfast.timeseries._arima.search import search_order

NOTHING = {365: np.empty((0, 365)), 2000: np.empty((0, 2000))}


@pytest.fixture(autouse=True)
def one_thread():
    with num_threads(1):
        yield


def weekly(n, seed=0):
    """Integrated, with a moving average and an autoregression over seven steps."""
    e = np.random.default_rng(seed).normal(size=n + 300)
    seasonal = np.r_[1.0, np.zeros(6), -0.5]
    return 48 + np.cumsum(lfilter([1.0, 0.4], np.convolve([1.0, -0.5], seasonal), e)[300:])


@pytest.mark.parametrize("n", [365, 2000])
@pytest.mark.parametrize("package", ["statsforecast", "pmdarima"])
def test_order_search(race, benchmark, tmp_path, package, n):
    y = weekly(n)
    source, output = tmp_path / "series.csv", tmp_path / "found.json"
    pd.DataFrame({"y": y}).to_csv(source, index=False)
    most = 5 if package == "statsforecast" or n < 1000 else 3  # pmdarima would take minutes
    options = ("--package", package, "--period", 7, "--most", most)
    report = run_rival("autoarima", source, output, n_rows=n, n_threads=1, options=options)
    theirs = json.loads(output.read_text(encoding="utf-8"))["y"]
    found = []
    benchmark.extra_info["task"] = f"ARIMA order search and fit, n = {n}, season of 7, 1 core"
    ratio = race(
        lambda: found.append(search_order(y, 7, NOTHING[n])),
        report["fit_seconds"],
        peer=package,
        rounds=5,
    )
    gap = found[-1].aicc - aicc_of(theirs, y, 7)
    benchmark.extra_info["quality"] = {"AICc ours less theirs": float(gap), "order": str(found[-1].order)}
    if ratio is not None:
        assert ratio >= {"statsforecast": 8, "pmdarima": 30}[package]


def bundled():
    """(name, values, season) of the series that come with statsmodels."""
    co2 = datasets.co2.load_pandas().data["co2"].resample("MS").mean().interpolate()
    macro = datasets.macrodata.load_pandas().data
    rates = datasets.interest_inflation.load_pandas().data
    danish = datasets.danish_data.load_pandas().data
    series = {
        12: {"co2": co2, "elnino": datasets.elnino.load_pandas().data.iloc[:, 1:].stack(), "elec_equip": electric()},
        1: {
            "sunspots": datasets.sunspots.load_pandas().data["SUNACTIVITY"],
            "nile": datasets.nile.load_pandas().data["volume"],
        },
        4: {name: macro[name] for name in ("realgdp", "realcons", "realinv", "cpi", "m1", "tbilrate", "unemp", "infl")}
        | {"interest": rates["R"], "inflation": rates["Dp"]}
        | {f"danish {name}": danish[name] for name in ("lrm", "lry", "lpy", "ibo")},
    }
    return {period: {name: np.asarray(x, float) for name, x in own.items()} for period, own in series.items()}


def electric():
    from pathlib import Path

    table = pd.read_csv(Path(datasets.__file__).parent / "elec_equip" / "elec_equip.csv")
    return table.iloc[:, -1].dropna()


def aicc_of(found, values, period):
    """AICc of a rival's order at the maximum of the exact likelihood over partial autocorrelations below .99."""
    p, d, q, P, D, Q = found["order"]
    constant = found["constant"] and d + D < 2
    order = Order(p, d, q, P, D, Q, period, constant)
    fitter = Fitter(values, np.empty((0, len(values))), order, limit=CLEAR_LIMIT)
    scored = fitter.score([order], [[np.zeros(order.n_coefs), np.full(order.n_coefs, 0.3)]])
    return fitter.refine([fit for fit in scored if fit])[0].aicc


@pytest.mark.parametrize("package", ["statsforecast", "pmdarima"])
def test_orders_of_bundled_series(benchmark, tmp_path, package):
    """Rows of the table: ours less theirs, by series, at their differences."""
    gaps, ours, theirs = {}, 0.0, 0.0
    for period, series in bundled().items():
        source, output = tmp_path / f"{period}.csv", tmp_path / f"{period}.json"
        pd.DataFrame({name: pd.Series(x) for name, x in series.items()}).to_csv(source, index=False)
        options = ("--package", package, "--period", period)
        theirs += run_rival("autoarima", source, output, n_rows=1, n_threads=1, options=options)["fit_seconds"]
        for name, found in json.loads(output.read_text(encoding="utf-8")).items():
            y = series[name]
            d, D = found["order"][1], found["order"][4]
            fit = search_order(y, period, np.empty((0, len(y))), d=d, D=D)
            gaps[name] = fit.aicc - aicc_of(found, y, period)

    def search_all():
        for period, series in bundled().items():
            for y in series.values():
                search_order(y, period, np.empty((0, len(y))))

    benchmark.pedantic(search_all, rounds=2, warmup_rounds=1)
    if benchmark.stats is not None:
        ours = benchmark.stats.stats.min
        benchmark.extra_info.update(peer=package, peer_seconds=theirs, ratio=theirs / ours)
    benchmark.extra_info["task"] = f"ARIMA order search on {len(gaps)} series of statsmodels, 1 core"
    benchmark.extra_info["gaps"] = gaps
    worst = max(gaps, key=gaps.get)
    benchmark.extra_info["quality"] = {
        "AICc ours less theirs, worst": float(gaps[worst]),
        "median": float(np.median(list(gaps.values()))),
        "worst series": worst,
    }
    assert gaps[worst] <= 2, gaps


@pytest.mark.parametrize("innovations", ["gaussian", "bootstrap"])
def test_paths(race, benchmark, innovations):
    y = 5000 + weekly(365)  # so high that no path meets zero, below which a series that never was does not go
    model = ARIMASynthesizer(
        seasonal_period=7, order=(1, 1, 1), seasonal_order=(1, 0, 1), transform="none", innovations=innovations
    ).fit(y)
    c = model.coefs_
    peer = SARIMAX(y - c["regression"][0] * np.arange(365), order=(1, 1, 1), seasonal_order=(1, 0, 1, 7))
    result = peer.filter(np.concatenate([c["ar"], c["ma"], c["seasonal_ar"], c["seasonal_ma"], [model.sigma2_]]))
    forecast = result.get_forecast(365)
    mean = forecast.predicted_mean + c["regression"][0] * np.arange(365, 730)
    variance = forecast.var_pred_mean
    drawn = []
    benchmark.extra_info["task"] = f"1,000 paths of 365 steps after the history, {innovations} innovations, 1 core"
    ratio = race(
        lambda: drawn.append(model.sample(1000, n_steps=365, anchor="end", random_state=0)),
        lambda: result.simulate(365, anchor="end", repetitions=1000, rng=0),
        peer="statsmodels",
        rounds=5,
    )
    paths = drawn[-1]
    z_mean = np.abs(paths.mean(axis=0) - mean) / np.sqrt(variance / 1000)
    kurtosis = np.mean((paths - mean) ** 4, axis=0) / variance**2
    z_variance = np.abs(np.mean((paths - mean) ** 2, axis=0) / variance - 1) / np.sqrt((kurtosis - 1) / 1000)
    worst = {"mean, worst standard errors": float(z_mean.max()), "variance": float(z_variance.max())}
    benchmark.extra_info["quality"] = worst
    assert max(worst.values()) < 4
    if ratio is not None:
        assert ratio >= 30
