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
FORMAT = 1
CONDITIONS = {"level": ["a", "c"], "real": (-1.0, 1.0)}
MODELS = {
    "GaussianCopulaSynthesizer": {},
    "MarginalSynthesizer": {},
    "TreeSynthesizer": {"random_state": 0, "audit": False},
    "KDESynthesizer": {},
    "MixtureSynthesizer": {"random_state": 0, "n_components": 3},
    "BootstrapSynthesizer": {"smoothing": 0.2},
}


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


def digest(frame):
    """A digest of the values as text, which no container or dtype change alters."""
    return hashlib.sha256(frame.to_csv(index=False, date_format="%Y-%m-%d").encode()).hexdigest()


def draws(model):
    """Digests of what a model draws."""
    return {
        "sample": digest(model.sample(3_000, random_state=0)),
        "conditional": digest(model.sample(500, conditions=CONDITIONS, random_state=0)),
    }


def main():
    listed = FOLDER / "digests.json"
    digests = json.loads(listed.read_text()) if listed.exists() else {}
    for name, parameters in MODELS.items():
        path = FOLDER / f"{name}_{FORMAT}.synth"
        if path.name not in digests:
            getattr(synthfast, name)(**parameters).fit(training_frame()).save(path)
            digests[path.name] = draws(synthfast.load(path))
    listed.write_text(json.dumps(digests, indent=2) + "\n")


if __name__ == "__main__":
    main()
