"""Write the model files that later versions must still read, and the digests of what they draw.

    python tests/golden/models/make_models.py

It writes what is not there yet. When the file format or the streams change on purpose, raise ``FORMAT``, keep the old
files beside the new ones, and say so in the change log.
"""

import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd

import synthfast

FOLDER = Path(__file__).parent
FORMAT = 2
CONDITIONS = {"level": ["a", "c"], "real": (-1.0, 1.0)}
MODELS = {
    "GaussianCopulaSynthesizer": {},
    "MarginalSynthesizer": {},
    "TreeSynthesizer": {"random_state": 0, "audit": False},
    "KDESynthesizer": {},
    "MixtureSynthesizer": {"random_state": 0, "n_components": 3},
    "BootstrapSynthesizer": {"smoothing": 0.2},
}
PRIVATE = {"epsilon": 20.0, "delta": 1e-6, "insecure_noise_seed": 1}  # what the file holds was drawn once, for ever
DOMAIN = {"count": (0, 12, None), "level": ["a", "b", "c"], "real": (-4.0, 4.0)}
SHORT_ARIMA = {"max_p": 2, "max_q": 2, "max_P": 1, "max_Q": 1}
SERIES = {
    "ARIMASynthesizer": SHORT_ARIMA,
    "BlockBootstrapSynthesizer": {},
    "GARCHSynthesizer": {},
    "IAAFTSynthesizer": {},
    "StructuralSynthesizer": {},
    "TimeSeriesSynthesizer": {},
    "VARSynthesizer": {},
    "WindowMixtureSynthesizer": {"n_components": 4},
}
PANEL = {"entity": "shop", "time": "day", "random_state": 0}


def training_frame():
    """Kinds that a model file has to carry: numbers, spikes, levels, times, missing values."""
    rng = np.random.default_rng(0)
    z = rng.normal(size=600)
    frame = pd.DataFrame(
        {
            "real": np.round(z, 3),
            "spiked": np.where(z < 0, 0.0, np.round(z, 2)),
            "count": rng.poisson(3, 600),
            "level": np.array(["a", "b", "c"])[np.digitize(z, [-0.5, 0.8])],
            "grade": pd.Categorical(rng.choice(["low", "high"], 600), ["low", "high"], ordered=True),
            "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 300, 600), unit="D"),
        }
    )
    frame.loc[rng.random(600) < 0.1, "count"] = np.nan
    return frame


def training_series():
    """Ten years of months with a season and a trend."""
    rng, t = np.random.default_rng(0), np.arange(120)
    values = 50 + 0.2 * t + 8 * np.sin(2 * np.pi * t / 12) + rng.normal(size=120)
    return pd.Series(np.round(values, 2), index=pd.date_range("2014-01-01", periods=120, freq="MS"))


def training_panel():
    """Twenty shops, each on forty days, of levels of their own."""
    rng = np.random.default_rng(0)
    parts = [
        pd.DataFrame(
            {
                "shop": shop,
                "day": pd.date_range("2024-01-01", periods=40),
                "sales": np.round(rng.normal(50 + shop, 3, 40), 2),
            }
        )
        for shop in range(20)
    ]
    return pd.concat(parts, ignore_index=True)


def training_tables():
    """Sixty customers and what they ordered."""
    rng = np.random.default_rng(0)
    customers = pd.DataFrame({"customer_id": range(60), "grade": rng.choice(["a", "b"], 60)})
    owner = np.repeat(np.arange(60), rng.poisson(2 + 2 * (customers["grade"] == "a")))
    return {"customers": customers, "orders": pd.DataFrame({"customer_id": owner, "items": rng.poisson(3, len(owner))})}


def fitted():
    """Every model of this version that needs no extra, with its name; what is learned does not matter."""
    for name, parameters in MODELS.items():
        yield name, getattr(synthfast, name)(**parameters).fit(training_frame())
    private = synthfast.PrivateMarginalSynthesizer(**PRIVATE, domain=DOMAIN)
    yield "PrivateMarginalSynthesizer", private.fit(training_frame()[list(DOMAIN)])
    for name, parameters in SERIES.items():
        yield name, getattr(synthfast, name)(**parameters, random_state=0).fit(training_series())
    yield "PanelSynthesizer", synthfast.PanelSynthesizer(**PANEL).fit(training_panel())
    yield "RelationalSynthesizer", synthfast.RelationalSynthesizer(random_state=0).fit(training_tables())


def digest(frame):
    """A digest of the values as text, which no container or dtype change alters."""
    return hashlib.sha256(frame.to_csv(index=False, date_format="%Y-%m-%d").encode()).hexdigest()


def draws(model):
    """Digests of what a model draws; of series and densities to 9 digits, for some of the arithmetic is NumPy's."""
    if type(model).__name__ in MODELS:
        return {
            "sample": digest(model.sample(3_000, random_state=0)),
            "conditional": digest(model.sample(500, conditions=CONDITIONS, random_state=0)),
        }
    if type(model).__name__ == "RelationalSynthesizer":
        return {name: digest(table) for name, table in model.sample({"customers": 100}, random_state=0).items()}
    drawn = model.sample(500 if hasattr(model, "ledger_") else 20, random_state=0)
    return {"sample": hashlib.sha256(drawn.to_csv(float_format="%.9g").encode()).hexdigest()}


def main():
    listed = FOLDER / "digests.json"
    digests = json.loads(listed.read_text()) if listed.exists() else {}
    for name, model in fitted():
        path = FOLDER / f"{name}_{FORMAT}.synth"
        if path.name not in digests:
            model.save(path)
            digests[path.name] = draws(synthfast.load(path))
    listed.write_text(json.dumps(digests, indent=2) + "\n")


if __name__ == "__main__":
    main()
