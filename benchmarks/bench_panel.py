"""A panel of 10,000 entities over 365 days: fit, and as many new entities; seconds and peak memory of a fresh process.

Beside them stand moments over entities of level, spread, memory and season, real and drawn.
"""

import json
import resource
import subprocess
import sys
import time

import numpy as np
import pandas as pd
from scipy.signal import lfilter

N_ENTITIES, N_DAYS = 10_000, 365


def made(n=N_ENTITIES, n_days=N_DAYS, seed=0):
    """Shops whose sales have a level, a week, a memory and a region of their own."""
    rng = np.random.default_rng(seed)
    level, amplitude, phi = np.exp(rng.normal(4, 1, n)), rng.uniform(0.05, 0.4, n), rng.uniform(0.2, 0.8, n)
    noise = np.stack([lfilter([1.0], [1.0, -c], rng.normal(size=n_days)) * 0.1 for c in phi])
    day = np.arange(n_days)
    sales = level[:, None] * np.exp(noise + amplitude[:, None] * np.sin(2 * np.pi * day / 7))
    region = np.where(level > np.median(level), "north", "south")
    return pd.DataFrame(
        {
            "shop": np.repeat(np.arange(n), n_days),
            "day": np.tile(pd.date_range("2023-01-01", periods=n_days).to_numpy(), n),
            "region": np.repeat(region, n_days),
            "sales": sales.ravel(),
        }
    )


def moments(frame):
    """Mean and deviation over entities of log level, coefficient of variation and lag-one autocorrelation."""
    values = frame["sales"].to_numpy().reshape(-1, N_DAYS)
    logs = np.log(values)
    centred = logs - logs.mean(axis=1, keepdims=True)
    memory = np.sum(centred[:, 1:] * centred[:, :-1], axis=1) / np.sum(centred**2, axis=1)
    parts = {"log level": logs.mean(axis=1), "spread": centred.std(axis=1), "memory": memory}
    return {
        f"{kind} of {name}": float(f(x)) for name, x in parts.items() for kind, f in (("mean", np.mean), ("sd", np.std))
    }


def main():
    from synthfast import PanelSynthesizer

    real = made()
    model = PanelSynthesizer(entity="shop", time="day", random_state=0, progress=False)
    start = time.perf_counter()
    model.fit(real)
    fitted = time.perf_counter()
    drawn = model.sample(N_ENTITIES, random_state=1)
    done = time.perf_counter()
    north = [frame.loc[frame["region"] == "north", "sales"].mean() for frame in (real, drawn)]
    report = {
        "fit_seconds": fitted - start,
        "sample_seconds": done - fitted,
        "peak_megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "orders": model.orders_,
        "real": moments(real),
        "drawn": moments(drawn),
        "mean in the north, drawn over real": float(north[1] / north[0]),
    }
    print(json.dumps(report))


def test_panel(benchmark):
    reports = []

    def run():
        command = [sys.executable, "-P", __file__]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        reports.append(json.loads(done.stdout.splitlines()[-1]))

    benchmark.pedantic(run, rounds=1)
    report = reports[-1]
    benchmark.extra_info["task"] = "panel of 10,000 x 365: fit, and 10,000 new entities"
    benchmark.extra_info["quality"] = report
    assert report["fit_seconds"] + report["sample_seconds"] < 300
    assert report["peak_megabytes"] < 4096


if __name__ == "__main__":
    main()
