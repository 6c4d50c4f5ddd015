"""Made-up tables of any size for benchmarks: mixed kinds, dependence, spikes, missing values."""

import numpy as np
import pandas as pd


def mixed_table(n_rows, n_columns=10, seed=0):
    """A frame of ``n_columns`` columns driven by three common factors, the ten kinds below in turn."""
    rng = np.random.default_rng(seed)
    factors = rng.standard_normal((n_rows, 3))
    columns = {}
    for j in range(n_columns):
        weights = rng.dirichlet(np.ones(4))
        latent = factors @ np.sqrt(weights[:3]) + np.sqrt(weights[3]) * rng.standard_normal(n_rows)
        name, make = KINDS[j % len(KINDS)]
        columns[f"{name}_{j}"] = make(latent, rng)
    return pd.DataFrame(columns)


def with_spike(values, latent):
    return np.where(latent < 0.3, 0.0, values)


def with_missing(values, rng):
    return np.where(rng.random(len(values)) < 0.1, np.nan, values)


def levels(latent, cuts, names):
    return pd.Series(np.asarray(names, dtype=object)[np.searchsorted(cuts, latent)])


KINDS = [
    ("normal", lambda z, rng: z.round(4)),
    ("lognormal", lambda z, rng: np.exp(10 + 0.7 * z).round(2)),
    ("count", lambda z, rng: np.floor(np.exp(1 + 0.8 * z)).astype(np.int64)),
    ("region", lambda z, rng: levels(z, [-1.2, -0.3, 0.4, 1.0], ["north", "west", "south", "east", "abroad"])),
    ("spiked", lambda z, rng: with_spike(np.exp(z).round(3), z)),
    ("flag", lambda z, rng: z > 0.8),
    ("heavy", lambda z, rng: (z * np.sqrt(5 / rng.chisquare(5, len(z)))).round(4)),
    ("grade", lambda z, rng: levels(z, [-0.5, 0.9], ["low", "middle", "high"])),
    ("gappy", lambda z, rng: with_missing((5 * z).round(2), rng)),
    ("bimodal", lambda z, rng: (z + 4 * (rng.random(len(z)) < 0.4)).round(4)),
]
