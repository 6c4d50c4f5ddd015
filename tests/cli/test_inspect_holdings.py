import json

import numpy as np
import pandas as pd

from synthfast import BootstrapSynthesizer, KDESynthesizer, MixtureSynthesizer, PrivateMarginalSynthesizer


def table():
    rng = np.random.default_rng(0)
    return pd.DataFrame({"x": rng.normal(size=300), "n": rng.integers(0, 9, 300), "c": rng.choice(["a", "b"], 300)})


def held(done, model, folder):
    model.save(folder / "model.synth")
    assert "What it holds of the rows" in done("inspect", "model.synth")
    return json.loads(done("inspect", "model.synth", "--json"))["holds"]


def test_a_bootstrap_says_that_it_is_its_rows(done, tmp_path):
    model = BootstrapSynthesizer(stratify="c", weights="n", smoothing=0.5).fit(table())
    holds = held(done, model, tmp_path)
    assert holds["the rows themselves"].startswith("all 300 training rows in 3 columns")
    assert "copies" in holds["the rows themselves"]
    assert holds["drawn"] == "rows, by strata, from 300"
    assert holds["weights"]
    assert "standard deviations" in holds["noise"]
    plain = held(done, BootstrapSynthesizer(block_length=10).fit(table()), tmp_path)
    assert plain["drawn"] == "stretches of rows, from 291"
    assert set(plain) == {"the rows themselves", "drawn"}


def test_a_kernel_estimate_says_that_it_is_its_rows(done, tmp_path):
    holds = held(done, KDESynthesizer(bandwidth={"x": 0.25}).fit(table()), tmp_path)
    assert holds["the rows themselves"].startswith("300 distinct training rows in 3 columns")
    assert holds["bandwidths"].startswith("x 0.25, n ")


def test_a_mixture_holds_parameters(done, tmp_path):
    holds = held(done, MixtureSynthesizer(n_components=2, random_state=0).fit(table()), tmp_path)
    assert holds["components"].startswith("2, with their weights, and means and full covariances of 2 columns")
    assert "of 2 columns" in holds["quantile tables"]
    assert holds["level shares"].startswith("of 2 levels")
    levels = held(done, MixtureSynthesizer(n_components=1, random_state=0).fit(table()[["c"]]), tmp_path)
    assert "quantile tables" not in levels
    numbers = held(done, MixtureSynthesizer(n_components=1, random_state=0).fit(table()[["x"]]), tmp_path)
    assert "level shares" not in numbers


def test_a_private_model_shows_its_promise_and_ledger(done, tmp_path):
    budget = {"epsilon": 2.0, "delta": 1e-6, "domain": {"n": (0, 9), "c": ["a", "b"]}}
    holds = held(done, PrivateMarginalSynthesizer(**budget).fit(table()[["n", "c"]]), tmp_path)
    assert holds["differential privacy"] == "epsilon 2, delta 1e-06, for one row added or removed"
    assert any("one-way marginals of n, noise" in line for line in holds["ledger"])
    assert "A private model holds noisy counts" in done("inspect", "model.synth")
    seeded = PrivateMarginalSynthesizer(**budget, insecure_noise_seed=1).fit(table()[["n", "c"]])
    assert held(done, seeded, tmp_path)["differential privacy"].startswith("NONE")
