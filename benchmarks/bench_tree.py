"""Trees against TabularARGN and arfpy on Adult, and on a table of 1,000,000 rows, all without the audit.

Beside the report's score, the same for all, stand the figures of a scorecard where ``SYNTHFAST_SCORECARD`` names one (a
Python file, see frontier.py), with Adult's own test rows as the hold-out; the drawn tables are then kept under
``build/bench_tree``. The large table is only drawn where ``SYNTHFAST_BENCH_LARGE=1``: a process of its own for each
preset, fit, sample and peak memory apart.
"""

import os
import warnings
from pathlib import Path

import pandas as pd
import pytest
from bench_rivals import fidelity
from frontier import load_scorecard, timed
from growth import measure_apart
from rivals.runner import run_rival

from synthfast import TreeSynthesizer, get_num_threads

SCORECARD = os.environ.get("SYNTHFAST_SCORECARD")
KEPT = Path(__file__).resolve().parent.parent / "build" / "bench_tree"
ROUNDS = {"quality": 2, "fast": 7}
LARGE_ROWS, LARGE_COLUMNS = 1_000_000, 20


class Contest:
    """One real table: each rival is run on it once, each drawn table is judged once."""

    def __init__(self, source, hold_out, folder):
        self.source, self.hold_out, self.folder = source, hold_out, folder
        self.real = pd.read_csv(source)
        self.reports, self.judged = {}, {}

    def path(self, name):
        return self.folder / f"{name}.csv"

    def rival(self, name):
        """What the rival reports; its rows are at ``path(name)``."""
        if name not in self.reports:
            rows, output = len(self.real), self.path(name)
            self.reports[name] = run_rival(name, self.source, output, n_rows=rows, n_threads=get_num_threads())
        return self.reports[name]

    def figures(self, name):
        """The report's score of the rows at ``path(name)`` and, where there is a scorecard, all that it says."""
        if name not in self.judged:
            drawn = pd.read_csv(self.path(name))
            self.judged[name] = {"score": fidelity(self.real, drawn)} | self.scorecard(drawn)
        return self.judged[name]

    def scorecard(self, drawn):
        if self.hold_out is None:
            return {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return load_scorecard(SCORECARD).scorecard(self.real, pd.read_csv(self.hold_out), drawn, "income")


@pytest.fixture(scope="module")
def adult(real_path, tmp_path_factory):
    source = real_path("adult_train")
    if not SCORECARD:
        return Contest(source, None, tmp_path_factory.mktemp("adult"))
    KEPT.mkdir(parents=True, exist_ok=True)
    return Contest(source, real_path("adult_test"), KEPT)


@pytest.mark.parametrize("rival", ["argn", "arf"])
@pytest.mark.parametrize("preset", ["quality", "fast"])
def test_adult_fit_and_sample(race, benchmark, adult, preset, rival):
    theirs = adult.rival(rival)
    parts = []

    def ours():
        model = TreeSynthesizer(preset=preset, audit=False, random_state=0)
        _, fit_seconds = timed(lambda: model.fit(adult.real))
        drawn, sample_seconds = timed(lambda: model.sample(len(adult.real), random_state=1))
        parts.append({"fit_seconds": fit_seconds, "sample_seconds": sample_seconds})
        return drawn

    if preset not in adult.judged:
        ours().to_csv(adult.path(preset), index=False)
    figures = {"ours": adult.figures(preset), "theirs": adult.figures(rival)}
    benchmark.extra_info["task"] = f"adult fit and sample, trees {preset}, no audit"
    race(
        ours,
        theirs["fit_seconds"] + theirs["sample_seconds"],
        peer=theirs["rival"],
        rounds=ROUNDS[preset],
        **{f"{name}_{who}": said[name] for name in ("score", "c2st") for who, said in figures.items() if name in said},
    )
    best = {name: min(part[name] for part in parts) for name in parts[0]}
    benchmark.extra_info.update(ours=best, theirs=theirs, figures=figures)


@pytest.mark.skipif(os.environ.get("SYNTHFAST_BENCH_LARGE") != "1", reason="large; set SYNTHFAST_BENCH_LARGE=1")
@pytest.mark.parametrize("preset", ["quality", "fast"])
def test_mixed_1m_fit_and_sample(benchmark, preset):
    """The figures are in ``extra_info``; the benchmark's own time is that of the process, its table included."""
    said = benchmark.pedantic(measure_apart, args=(LARGE_ROWS, LARGE_COLUMNS, preset), rounds=1)
    benchmark.extra_info.update(said, task=f"{LARGE_ROWS:,} x {LARGE_COLUMNS} mixed, trees {preset}, no audit")
