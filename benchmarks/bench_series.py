"""Generators of series: the block bootstrap against arch; fidelity on real series; windows of 24.

``pip install arch`` for the race and for the stock prices of the windows; without it these are skipped.
"""

import warnings
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from synthfast import (
    ARIMASynthesizer,
    BlockBootstrapSynthesizer,
    IAAFTSynthesizer,
    StructuralSynthesizer,
    TimeSeriesSynthesizer,
    WindowMixtureSynthesizer,
    evaluate_series,
    num_threads,
)
from synthfast.quality.series_scores import _separate

N_DRAWS = 20


def autoregression(n):
    noise, values = np.random.default_rng(0).normal(size=n), np.zeros(n)
    for t in range(1, n):
        values[t] = 0.7 * values[t - 1] + noise[t]
    return values


def test_block_bootstrap(race, benchmark):
    bootstrap = pytest.importorskip("arch.bootstrap")
    values = autoregression(365)
    benchmark.extra_info["task"] = "stationary bootstrap, 1,000 series of 365, automatic length, 1 thread"
    lengths = bootstrap.optimal_block_length(values)["stationary"].iloc[0]
    model = BlockBootstrapSynthesizer().fit(values)

    def theirs():
        length = bootstrap.optimal_block_length(values)["stationary"].iloc[0]
        draws = bootstrap.StationaryBootstrap(length, values, seed=0).bootstrap(1_000)
        return np.array([positions[0] for positions, _ in draws])

    def ours():
        return BlockBootstrapSynthesizer().fit(values).sample(1_000, random_state=0)

    def memory(draws):
        centred = draws - values.mean()
        return float(np.mean(centred[:, 1:] * centred[:, :-1]) / np.mean(centred**2))

    with num_threads(1):
        race(
            ours,
            theirs,
            peer="arch",
            length_difference=abs(model.block_length_ - lengths),
            autocorrelation_ours=memory(ours()),
            autocorrelation_theirs=memory(theirs()),
        )


def real_series():
    """Series that ship with statsmodels, and one made like the airline's passengers."""
    import statsmodels
    import statsmodels.api as sm

    def years(values, first):
        return pd.Series(np.asarray(values, float), index=pd.period_range(str(first), periods=len(values), freq="Y"))

    equipment = pd.read_csv(next(Path(statsmodels.__file__).parent.rglob("elec_equip.csv"))).iloc[:, -1].to_numpy(float)
    rng, t = np.random.default_rng(4), np.arange(144)
    season = 0.12 * np.sin(2 * np.pi * t / 12) + 0.06 * np.cos(4 * np.pi * t / 12)
    noise = rng.normal(0, 0.02, 144).cumsum() + rng.normal(0, 0.015, 144)
    macro = sm.datasets.macrodata.load_pandas().data
    names = ["realgdp", "realcons", "realinv", "cpi", "m1", "tbilrate", "unemp", "infl"]
    return {
        "sunspots": years(sm.datasets.sunspots.load_pandas().data.SUNACTIVITY, 1700),
        "co2, monthly": sm.datasets.co2.load_pandas().data.co2.resample("MS").mean().interpolate(),
        "elec_equip": pd.Series(equipment, index=pd.date_range("1996", periods=len(equipment), freq="MS")),
        "airline-like": pd.Series(
            np.exp(4.8 + 0.01 * t + season + noise), index=pd.date_range("1949", periods=144, freq="MS")
        ),
        "nile": years(sm.datasets.nile.load_pandas().data.volume, 1871),
        "macrodata": macro[names].set_axis(pd.period_range("1959Q1", periods=len(macro), freq="Q")),
    }


GENERATORS = {
    "auto": TimeSeriesSynthesizer,
    "structural": StructuralSynthesizer,
    "iaaft": IAAFTSynthesizer,
    "block_bootstrap": BlockBootstrapSynthesizer,
    "arima": ARIMASynthesizer,
}


@pytest.mark.parametrize("generator", GENERATORS)
@pytest.mark.parametrize("name", real_series())
def test_fidelity(benchmark, name, generator):
    """Twenty draws of the same span: autocorrelations, log spectra, values, and correlation with the original."""
    series = real_series()[name]
    if generator == "arima" and series.ndim == 2:
        pytest.skip("of one variable")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = GENERATORS[generator](random_state=0)
        benchmark.pedantic(lambda: model.fit(series), rounds=1)
        draws = model.sample(N_DRAWS, random_state=1)
        report = evaluate_series(series, draws, metrics=["values", "memory", "spectrum", "disclosure"])
    benchmark.extra_info.update(
        series=name,
        generator=generator,
        method=getattr(model, "method_", generator),
        acf=report["autocorrelation_distance"].value,
        acf_reference=report["autocorrelation_distance"].reference,
        spectrum=report["log_spectrum_distance"].value,
        spectrum_reference=report["log_spectrum_distance"].reference,
        values=report["series_kolmogorov_smirnov"].value,
        correlation=report["best_lag_correlation"].detail["at_lag_0"],
    )


def stocks():
    """Open, high, low, close, adjusted close and volume of an index, each scaled to its range."""
    if find_spec("arch") is None:
        pytest.skip("the stock prices ship with arch")
    from arch.data import nasdaq

    values = nasdaq.load().to_numpy(float)
    return (values - values.min(axis=0)) / np.ptp(values, axis=0)


WINDOWED = {
    "window mixture": lambda x: WindowMixtureSynthesizer(random_state=0).fit(x),
    "iaaft": lambda x: _Cut(IAAFTSynthesizer().fit(x)),
    "block bootstrap": lambda x: _Cut(BlockBootstrapSynthesizer(block_length=24).fit(x)),
}


class _Cut:
    """Windows cut at random from one long draw."""

    def __init__(self, model):
        self.model = model

    def sample(self, n, random_state):
        long = self.model.sample(1, random_state=random_state)[0]
        starts = np.random.default_rng(random_state).integers(0, len(long) - 23, n)
        return np.stack([long[at : at + 24] for at in starts])


@pytest.mark.parametrize("generator", WINDOWED)
def test_windows_of_24(benchmark, generator):
    """All windows of the series against as many drawn; a random fifth of both, shuffled, is for testing (TimeGAN)."""
    series = stocks()
    real = np.lib.stride_tricks.sliding_window_view(series, 24, axis=0).swapaxes(1, 2)
    model = benchmark.pedantic(lambda: WINDOWED[generator](series), rounds=1)
    drawn = model.sample(len(real), random_state=1)
    rng = np.random.default_rng(0)
    flat, fake = real.reshape(len(real), -1), np.asarray(drawn).reshape(len(drawn), -1)
    flat, fake = rng.permutation(flat)[:4_000], rng.permutation(fake)[:4_000]
    half = len(flat) // 2
    found = {}
    for name, strong in (("weak", False), ("strong", True)):
        area, accuracy = _separate(flat, fake, 0, strong, 0)
        floor, floor_accuracy = _separate(flat[:half], flat[half:], 0, strong, 0)
        found |= {f"{name}_auc": area, f"{name}_score": abs(accuracy - 0.5), f"{name}_floor_auc": floor,
                  f"{name}_floor_score": abs(floor_accuracy - 0.5)}  # fmt: skip
    from sklearn.metrics import pairwise_distances_argmin_min

    to_real = np.median(pairwise_distances_argmin_min(fake[:1_000], flat)[1])
    apart = np.median(pairwise_distances_argmin_min(flat[:1_000], flat[1_000:])[1])
    benchmark.extra_info.update(generator=generator, nearest_ratio=float(to_real / apart), **found)
