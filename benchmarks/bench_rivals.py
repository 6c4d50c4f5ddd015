"""Whole synthesizers against libraries that need an environment of their own, on the same file in the same run."""

import pandas as pd
from rivals.runner import run_rival
from tables import mixed_table

from synthfast import GaussianCopulaSynthesizer
from synthfast.reporting import evaluate


def fidelity(real, synthetic):
    """The report's overall score, by the same rules for both."""
    return float(evaluate(real, synthetic, random_state=0).to_dict()["overall_score"])


def race_sdv(race, source, folder, n_threads=2):
    """Fit on the file's table and sample as many rows, ours and SDV's."""
    real = pd.read_csv(source)

    def ours():
        return GaussianCopulaSynthesizer(random_state=0).fit(real).sample(len(real), random_state=1)

    report = run_rival("sdv", source, folder / "sdv.csv", n_rows=len(real), n_threads=n_threads)
    seconds = report["fit_seconds"] + report["sample_seconds"]
    race(
        ours,
        seconds,
        peer=report["rival"],
        score_ours=fidelity(real, ours()),
        score_theirs=fidelity(real, pd.read_csv(folder / "sdv.csv")),
    )


def test_adult_fit_and_sample(race, real_path, tmp_path):
    race_sdv(race, real_path("adult_train"), tmp_path)


def test_mixed_100k_fit_and_sample(race, tmp_path):
    path = tmp_path / "mixed.csv"
    mixed_table(100_000, 10).to_csv(path, index=False)
    race_sdv(race, path, tmp_path)
