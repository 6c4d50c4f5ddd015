"""Fitting ten families to 100,000 values: scipy in this process, fitter and distfit in their own, the same values.

Our time holds everything that ranks the families too: log-likelihood, Kolmogorov-Smirnov distance, AIC, BIC, p-value;
scipy's holds ``fit`` alone. Quality is the worst difference of log-likelihoods per value (ours minus theirs) over the
families whose fit is not degenerate: no edge on an extreme value to within rounding (where the likelihood has no
bound), none farther than 100 standard deviations from the data, no shape above a million.
"""

import json
import time
import warnings

import numpy as np
import pandas as pd
import pytest
import scipy
import scipy.stats
from rivals.runner import run_rival

from synthfast.marginals import fit_column

N = 100_000
TEN = ["norm", "expon", "lognorm", "uniform", "gamma", "weibull_min", "t", "pareto", "beta", "logistic"]
EDGED = ["expon", "lognorm", "uniform", "gamma", "weibull_min", "pareto", "beta"]
FAR = 100.0
DATA = {
    "gamma": lambda g: g.gamma(2.5, 3.0, N),
    "lognormal": lambda g: g.lognormal(0.0, 0.8, N),
    "normal": lambda g: g.normal(10.0, 2.0, N),
    "t": lambda g: g.standard_t(3, N),
    "beta": lambda g: g.beta(2.0, 5.0, N),
}
REAL = {"fnlwgt": "adult_train", "price": "diamonds", "pm2.5": "beijing_pm25", "Length": "magic", "Dist": "magic"}


def made(name):
    return DATA[name](np.random.default_rng(0))


def scipy_fit(family, values, **fixed):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return getattr(scipy.stats, family).fit(values, **fixed)


def farthest_edge(family, values, params):
    """Distance of the edges of the support from the data in standard deviations, the nearest and the farthest."""
    *_, loc, scale = params
    edges = {"pareto": [scale], "uniform": [], "expon": []}.get(family, [values.min() - loc] if family in EDGED else [])
    if family == "beta":
        edges = [*edges, loc + scale - values.max()]
    return (min(edges) / values.std(), max(edges) / values.std()) if edges else (1.0, 1.0)


def is_degenerate(family, values, params):
    near, far = farthest_edge(family, values, params)
    return near < 1e-10 or far > FAR or any(shape > 1e6 for shape in params[:-2])


def quality(values, ours, theirs):
    """What stands beside a ratio: ``theirs`` holds parameters in scipy's order."""
    worst, degenerate, farthest = np.inf, [], 0.0
    for family, params in theirs.items():
        mine = ours[family]
        order = getattr(scipy.stats, family)
        names = [*(order.shapes or "").replace(" ", "").split(","), "loc", "scale"]
        own = [mine.params[name] for name in names if name]
        farthest = max(farthest, farthest_edge(family, values, own)[1])
        if is_degenerate(family, values, params):
            degenerate.append(f"{family} {', '.join(f'{value:.4g}' for value in params)}")
            continue
        with np.errstate(all="ignore"):
            gain = (order.logpdf(values, *own).sum() - order.logpdf(values, *params).sum()) / len(values)
        worst = min(worst, float(gain))
    return {
        "worst_gain_per_value": worst,
        "our_farthest_edge_in_std": float(farthest),
        "their_degenerate_fits": "; ".join(degenerate),
    }


def race_scipy(race, values, families, loc, runs, **fixed):
    """The peer takes seconds where we take milliseconds: it runs a few times before us and its best time counts."""
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        theirs = {name: scipy_fit(name, values, **(fixed if name in EDGED else {})) for name in families}
        seconds.append(time.perf_counter() - start)
    ours = fit_column(values, families, loc=loc)
    peer = f"scipy {scipy.__version__}"
    race(
        lambda: fit_column(values, families, loc=loc),
        min(seconds),
        peer=peer,
        rounds=20,
        **quality(values, ours, theirs),
    )


@pytest.mark.parametrize("data", ["gamma", "lognormal", "beta"])
def test_ten_families_location_fixed(race, data):
    race_scipy(race, made(data), TEN, 0.0, 2, floc=0)


@pytest.mark.parametrize("data", ["gamma", "lognormal", "beta"])
def test_eight_families_location_fixed_without_the_slow_ones(race, data):
    race_scipy(race, made(data), [name for name in TEN if name not in ("t", "beta")], 0.0, 3, floc=0)


@pytest.mark.parametrize("data", DATA)
def test_ten_families_location_free(race, data):
    race_scipy(race, made(data), TEN, "free", 2)


@pytest.mark.parametrize("column", REAL)
def test_ten_families_on_a_real_column(race, real_path, column):
    values = pd.read_csv(real_path(REAL[column]), usecols=[column])[column].dropna().to_numpy(float)
    race_scipy(race, values, TEN, "free", 2)


@pytest.mark.parametrize("package", ["fitter", "distfit"])
@pytest.mark.parametrize("data", ["gamma", "normal"])
def test_ten_families_against_packages(race, tmp_path, package, data):
    source, output = tmp_path / "column.csv", tmp_path / "fits.json"
    pd.DataFrame({"x": made(data)}).to_csv(source, index=False)
    values = pd.read_csv(source)["x"].to_numpy(float)
    report = run_rival("fitters", source, output, n_rows=N, options=["--package", package, "--families", ",".join(TEN)])
    theirs = json.loads(output.read_text(encoding="utf-8"))
    ours = fit_column(values, TEN)
    race(
        lambda: fit_column(values, TEN),
        report["fit_seconds"],
        peer=report["rival"],
        rounds=20,
        **quality(values, fit_column(values, TEN, loc="free"), theirs),
        chosen=next(iter(ours)),
    )
