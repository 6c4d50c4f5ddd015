"""The run of models over real tables and its report, with made-up tables and a made-up scorecard."""

import json

import frontier
import growth
import numpy as np
import pandas as pd
import pytest

FIGURES = {
    "rows": 100.0,
    "shape_err": 1.0,
    "shape_floor": 1.0,
    "pair_err": 1.0,
    "pair_floor": 1.0,
    "qa": 0.99,
    "qa_floor": 0.99,
    "c2st": 0.55,
    "mle": 0.9,
    "mle_real": 0.9,
    "dcr_share": 0.5,
    "mia_auc": 0.5,
    "mia_tpr01": 0.01,
    "copies": 0.0,
    "copies_floor": 0.0,
    "worst_columns": {"x": 1.0},
}
SCORECARD = """
from pathlib import Path

def scorecard(train, hold, syn, target=None, seed=0):
    assert list(syn.columns) == list(train.columns) == list(hold.columns)
    assert target in train.columns
    with Path(__file__).with_name("calls").open("a") as calls:
        print(len(train), len(hold), len(syn), target, seed, file=calls)
    return {"rows": float(len(syn)), "shape_err": 1.5, "shape_floor": 1.0, "mle": float("nan"), "mle_real": 0.9}
"""


@pytest.fixture
def folder(tmp_path):
    """A scorecard that counts its calls, and a table of 121 rows under a real one's name."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"attr1": rng.normal(size=121), "attr2": rng.integers(0, 9, 121)})
    frame["class"] = np.where(frame["attr1"] > 1, "yes", "no")
    frame.to_csv(tmp_path / "mammography.csv.gz", index=False)
    (tmp_path / "scorecard.py").write_text(SCORECARD)
    return tmp_path


@pytest.fixture
def run(folder):
    """``run("--models", "fast")``: exit status of a run on the small table with one seed."""
    fixed = ["--scorecard", str(folder / "scorecard.py"), "--data", str(folder), "--out", str(folder / "out.json")]
    return lambda *more: frontier.main([*fixed, "--tables", "mammography", "--seeds", "3", *more])


def calls(folder):
    return (folder / "calls").read_text().splitlines()


def test_run_records_figures_times_and_versions(run, folder):
    assert run("--models", "fast,bootstrap") == 0
    assert calls(folder) == ["60 61 60 class 3"] * 2
    fast, bootstrap = json.loads((folder / "out.json").read_text())["runs"]
    assert (fast["model"], bootstrap["model"]) == ("fast", "bootstrap")
    assert (fast["rows"], fast["hold_out_rows"], fast["columns"], fast["audit"]) == (60, 61, 3, False)
    assert fast["figures"]["mle"] is None  # it was NaN
    assert fast["fit_seconds"] > 0
    assert fast["sample_seconds"] > 0
    assert fast["n_threads"] >= 1
    assert fast["versions"]["numpy"] == np.__version__


def test_run_resumes_where_it_stopped(run, folder):
    run("--models", "bootstrap")
    run("--models", "bootstrap,marginal")
    assert len(calls(folder)) == 2
    run("--models", "bootstrap", "--rows", "50")  # a part of the table is not the table
    assert calls(folder)[2:] == ["25 25 25 class 3"]
    run("--models", "bootstrap", "--again")
    assert len(calls(folder)) == 4
    assert len(frontier.load_runs(folder / "out.json")) == 3


def test_model_that_fails_is_left_out_and_does_not_stop_the_others(run, folder, monkeypatch, capsys):
    broken = frontier.Bootstrap(0)
    broken.sample = None
    seen = iter([frontier.Bootstrap(0), broken])  # the first is for the warm-up
    monkeypatch.setitem(frontier.MODELS, "copula", lambda seed, names: next(seen))
    assert run("--models", "copula,bootstrap") == 1
    assert "copula: failed" in capsys.readouterr().err
    assert [run["model"] for run in frontier.load_runs(folder / "out.json")] == ["bootstrap"]


def test_halves_are_apart():
    for n_blocks in (0, 40):
        first, second = frontier.halves(1001, n_blocks, seed=0)
        assert sorted([*first, *second]) == list(range(1001))
        assert abs(len(first) - len(second)) <= 26
    assert np.flatnonzero(np.diff(first) > 1).size == 19
    assert list(frontier.halves(9, 0, 5)[0]) == list(np.random.default_rng(5).permutation(9)[:4])


def made_up(table, model, seed=0, **figures):
    run = dict(zip(frontier.KEY, (table, seed, model, None), strict=True))
    run |= {"rows": 100, "columns": 2, "fit_seconds": 1.0, "sample_seconds": 0.5, "audit": False, "commit": "abc"}
    return run | {"n_threads": 2, "versions": {"numpy": "2"}, "figures": FIGURES | figures}


def bar_lines(runs):
    """The second table of the report, by row name."""
    lines = frontier.report(runs).split("\n\n")[2].splitlines()[2:]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {tuple(row[:2]): dict(zip([*frontier.FIGURES, "passed"], row[2:], strict=True)) for row in rows}


def test_report_gives_means_with_standard_errors():
    runs = [made_up("adult", "copula", seed, c2st=value) for seed, value in enumerate((0.6, 0.7))]
    text = frontier.report(runs)
    assert "| adult | copula | 2 | 100 x 2 | 1 ± 0 | 0.5 ± 0 |" in text
    assert "| 0.65 ± 0.05 |" in text
    assert "| 0.99 ± 0 (0.99) |" in text


def test_report_passes_what_is_just_at_the_bar():
    (row,) = bar_lines([made_up("adult", "quality", seed, shape_err=1.1, mle=0.885) for seed in range(3)]).values()
    assert row["passed"] == "9 of 9"
    assert row["c2st"] == "PASS (<= 0.55)"


@pytest.mark.parametrize(
    ("figure", "value", "gap"),
    [
        ("shape_err", 1.2, "0.1"),
        ("pair_err", 1.3, "0.2"),
        ("qa", 0.976, "0.01"),
        ("c2st", 0.57, "0.02"),
        ("mle", 0.88, "0.005"),
        ("dcr_share", 0.545, "0.01"),
        ("mia_auc", 0.53, "0.01"),
        ("mia_tpr01", 0.03, "0.01"),
        ("copies", 0.003, "0.001"),
    ],
)
def test_report_marks_a_planted_failure(figure, value, gap):
    (row,) = bar_lines([made_up("adult", "quality", **{figure: value})]).values()
    assert row[figure].startswith(f"**short by {gap}**")
    assert row["passed"] == "8 of 9"


def test_bars_differ_by_table_and_model():
    bad = {"c2st": 0.9, "mle": 0.81, "dcr_share": 0.57, "mia_auc": 0.6}
    runs = [made_up("beijing", "quality", **bad), made_up("beijing", "fast", **bad), made_up("adult_own", "fast")]
    rows = bar_lines([*runs, made_up("beijing", "marginal"), made_up("adult_own", "quality", mle=None)])
    assert set(rows) == {(table, model) for table in ("beijing", "adult_own") for model in ("quality", "fast")}
    assert rows["beijing", "quality"]["mle"] == "PASS (>= 0.8)"
    assert rows["beijing", "quality"]["c2st"] == "**short by 0.33** (<= 0.57)"
    assert rows["beijing", "fast"]["passed"] == "4 of 4"
    assert rows["adult_own", "quality"]["c2st"] == ""
    assert rows["adult_own", "quality"]["mle"] == "no figure"


def test_copies_are_allowed_the_noise_of_their_floor():
    runs = [made_up("magic", "quality", copies_floor=0.1, copies=0.19)]
    assert bar_lines(runs)["magic", "quality"]["copies"] == "PASS (<= 0.192)"


def test_names_that_are_not_known_are_refused(run, capsys):
    with pytest.raises(SystemExit):
        run("--models", "nothing")
    assert "known are quality,fast" in capsys.readouterr().err


def test_growth_reports_exponents_between_neighbours():
    common = {"preset": "fast", "n_threads": 2, "commit": "abc", "fit_megabytes": 1.0, "sample_megabytes": 1.0}
    runs = [
        {"rows": n, "columns": d, "fit_seconds": n * d**2 * 1e-6, "sample_seconds": n * 1e-6, **common}
        for n, d in ((100, 20), (1000, 20), (200, 10), (200, 40))
    ]
    lines = growth.report(runs).splitlines()
    assert lines[3] == "| fast | 1,000 | 20 | 0.4 | 1.00 | 0.001 | 1.00 | 1 | 1 |"
    assert lines[5] == "| fast | 200 | 40 | 0.32 | 2.00 | 0.0002 | 0.00 | 1 | 1 |"
