"""Tables that tests of the tree synthesizer share, and how they are fitted."""

import itertools

import numpy as np
import pandas as pd
import pytest

from synthfast import TreeSynthesizer

PRESETS = ("fast", "quality")


def breaks(reason):
    """What is known not to hold yet, and why."""
    return pytest.mark.xfail(strict=True, reason=reason)


def fit(frame, preset, **params):
    """A model without an audit, of seed 0 unless another is given."""
    return TreeSynthesizer(preset=preset, **{"audit": False, "random_state": 0, **params}).fit(frame)


def people(n=5_000, seed=0):
    """A table in which everything hangs together, with one column that another determines."""
    rng = np.random.default_rng(seed)
    level = rng.choice(5, n, p=[0.3, 0.25, 0.2, 0.15, 0.1])
    age = np.clip(np.rint(30 + 5 * level + 10 * rng.normal(size=n)), 18, 90).astype(int)
    income = 20 + 8 * level + 0.3 * age + 10 * rng.normal(size=n)
    bonus = np.where(rng.random(n) < 0.5, 0.0, np.exp(income / 30 + 0.3 * rng.normal(size=n)))
    gone = rng.random(n) < 1 / (1 + np.exp(-(income - 50) / 6))
    return pd.DataFrame(
        {
            "education": np.array(["none", "school", "college", "master", "doctor"])[level],
            "age": age,
            "income": income,
            "education_num": level + 3,
            "bonus": bonus,
            "score": np.where(gone, np.nan, rng.normal(size=n) + level),
            "happy": np.where(rng.random(n) < 1 / (1 + np.exp(-(income - 45) / 8)), "yes", "no"),
        }
    )


def meets(frame, conditions):
    """Which rows do."""
    met = np.ones(len(frame), dtype=bool)
    for name, wanted in conditions.items():
        column = frame[name]
        if isinstance(wanted, tuple):
            low, high = wanted
            met &= column.ge(-np.inf if low is None else low) & column.le(np.inf if high is None else high)
        elif wanted is None:
            met &= column.isna()
        else:
            met &= column.isin(wanted if isinstance(wanted, list) else [wanted])
    return met


def holes(frame, share=0.3, seed=7):
    """Cells gone at random."""
    rng = np.random.default_rng(seed)
    out = frame.copy()
    for name in out.columns:
        out[name] = out[name].mask(rng.random(len(out)) < share)
    return out


def levels_frame(n=6_000, seed=4):
    """Four columns small enough to enumerate; each of the later ones halves what the first may be."""
    rng = np.random.default_rng(seed)
    c = rng.choice(12, n)
    one, two = (c % 2 == 0) ^ (rng.random(n) < 0.05), (c >= 6) ^ (rng.random(n) < 0.05)
    three = rng.choice(3, n, p=[0.6, 0.3, 0.1])
    three = np.where(two, three, (three + one) % 3)
    return pd.DataFrame(
        {
            "c": [f"L{k}" for k in c],
            "one": np.where(one, "y", "n"),
            "two": np.where(two, "y", "n"),
            "three": np.array(["x", "y", "z"])[three],
        }
    )


def combinations(frame):
    """Every row that can be."""
    return pd.DataFrame(
        list(itertools.product(*(sorted(frame[name].unique()) for name in frame.columns))), columns=frame.columns
    ).astype(frame.dtypes.to_dict())
