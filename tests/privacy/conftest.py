"""Tables of a known population for tests of attacks."""

import numpy as np
import pandas as pd
import pytest


def draw_people(n, seed):
    """Numbers, whole numbers, levels and missing values that depend on each other."""
    rng = np.random.default_rng(seed)
    z, group = rng.normal(size=(n, 2)), rng.integers(0, 3, n)
    return pd.DataFrame(
        {
            "x": 1.5 * z[:, 0] + group,
            "y": np.round(np.exp(0.6 * z[:, 1] + 0.3 * z[:, 0]) * 10),
            "group": np.array(["a", "b", "c"])[group],
            "rare": rng.choice(["u", "v", "w", "r"], n, p=[0.6, 0.3, 0.08, 0.02]),
            "m": np.where(rng.random(n) < 0.1, np.nan, z[:, 1] + 0.2 * rng.normal(size=n)),
            "k": rng.integers(0, 5, n),
        }
    )


@pytest.fixture(scope="session")
def people():
    return draw_people
