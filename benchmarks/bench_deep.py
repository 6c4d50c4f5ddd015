"""Deep generators against the ctgan package's, on one table with the same threads: an epoch, and a whole fit.

The rival fits for 300 epochs, its default, with what is drawn judged by the same figures: errors of shapes and pairs,
AUC of a classifier that tells drawn from held-out rows, and AUC of one trained on drawn rows. Set ``SYNTHFAST_EPOCHS``
to make the rival's fit shorter; its epochs are then told with the result.
"""

import os
import time

import numpy as np
import pandas as pd
import pytest
from rivals.runner import run_rival
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_predict

import synthfast
from synthfast.reporting import evaluate

pytest.importorskip("torch")

RIVAL_EPOCHS = int(os.environ.get("SYNTHFAST_EPOCHS", "300"))
PAIRS = {"VAESynthesizer": ("TVAE", {}), "GANSynthesizer": ("CTGAN", {})}


def timed(function):
    start = time.perf_counter()
    result = function()
    return result, time.perf_counter() - start


def coded(frames):
    """Numbers as they are, other columns as codes of their levels over all frames."""
    whole = pd.concat(frames, ignore_index=True)
    columns = {
        name: column if column.dtype.kind in "iuf" else pd.factorize(column.astype(str))[0]
        for name, column in whole.items()
    }
    matrix = np.column_stack([np.asarray(column, dtype=float) for column in columns.values()])
    return np.split(matrix, np.cumsum([len(f) for f in frames])[:-1])


def figures(real, held_out, synthetic, target):
    """What a drawn table is worth."""
    columns = list(real.columns)
    held, drawn = coded([held_out[columns], synthetic[columns]])
    n = min(len(held), len(drawn))
    rows, label = np.vstack([held[:n], drawn[:n]]), np.repeat([0, 1], n)
    order = np.random.default_rng(0).permutation(2 * n)
    told = cross_val_predict(
        HistGradientBoostingClassifier(random_state=0), rows[order], label[order], cv=3, method="predict_proba"
    )
    j = columns.index(target)
    others = [k for k in range(len(columns)) if k != j]
    trained = HistGradientBoostingClassifier(random_state=0).fit(drawn[:, others], drawn[:, j])
    guess = trained.predict_proba(held[:, others])[:, 1]
    return {
        "score": float(evaluate(real, synthetic, random_state=0).to_dict()["overall_score"]),
        "detection_auc": float(roc_auc_score(label[order], told[:, 1])),
        "utility_auc": float(roc_auc_score(held[:, j] == trained.classes_[1], guess)),
    }


@pytest.mark.parametrize("name", PAIRS)
def test_adult(race, benchmark, real_path, tmp_path, name):
    """A whole fit and draw, with the rows' worth beside it, and seconds of one epoch."""
    rival, parameters = PAIRS[name]
    real, held_out = (pd.read_csv(real_path(f"adult_{part}")) for part in ("train", "test"))
    make = getattr(synthfast, name)
    options = ("--model", rival, "--epochs", str(RIVAL_EPOCHS))
    report = run_rival("ctgan", real_path("adult_train"), tmp_path / "drawn.csv", n_rows=len(real), options=options)
    theirs = figures(real, held_out, pd.read_csv(tmp_path / "drawn.csv"), "income")
    one, two = (timed(lambda k=k: make(epochs=k, random_state=0, **parameters).fit(real))[1] for k in (1, 2))
    drawn = []
    benchmark.extra_info["task"] = f"Adult fitted and {len(real):,} rows drawn, {name}"
    race(
        lambda: drawn.append(make(random_state=0, **parameters).fit(real).sample(len(real), random_state=1)),
        report["fit_seconds"] + report["sample_seconds"],
        peer=f"{report['rival']}, {RIVAL_EPOCHS} epochs",
        rounds=1,
        epoch_seconds_ours=two - one,
        epoch_seconds_theirs=report["epoch_seconds"],
        prepare_seconds_theirs=report["prepare_seconds"],
        **{f"{key}_theirs": value for key, value in theirs.items()},
    )
    ours = figures(real, held_out, drawn[-1], "income")
    benchmark.extra_info.setdefault("quality", {}).update({f"{key}_ours": value for key, value in ours.items()})
    assert report["epoch_seconds"] > 0


@pytest.mark.parametrize("name", PAIRS)
def test_sample_a_million(benchmark, real_path, name):
    """1,000,000 rows of 15 columns; training is short, since what is drawn costs the same."""
    real = pd.read_csv(real_path("adult_train"))
    model = getattr(synthfast, name)(epochs=1, random_state=0).fit(real)
    benchmark.extra_info["task"] = f"1,000,000 rows of 15 columns drawn, {name}"
    benchmark.pedantic(lambda: model.sample(1_000_000, random_state=0), rounds=1)
