"""The tour: all eight steps on its own table and on files of every kind, nothing warned of, everything written."""

import re
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from synthfast import load_dataset
from synthfast.demo import main
from synthfast.demo.tables import choose_conditions, complete_rows, invent_sales, open_table
from synthfast.reporting.grades import KEPT_GRADES, RISK_GRADES, kept_grade, risk_grade, stated

ROOT = Path(__file__).resolve().parent.parent
FILES = {
    "correlation_heatmap.png",
    "distribution_comparison.png",
    "pairplot_comparison.png",
    "quality_assessment.png",
    "report.html",
    "time_series_comparison.png",
}


@pytest.fixture(scope="module")
def tour(tmp_path_factory):
    """What the command prints, and its folder."""
    folder = tmp_path_factory.mktemp("tour")
    command = [
        sys.executable,
        "-P",
        "-W",
        "error",
        str(ROOT / "synthetic_data_generation.py"),
        "--fast",
        "--out",
        "out",
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout, folder / "out"


def test_eight_steps_in_their_order(tour):
    steps = re.findall(r"^STEP (\d) of 8: (.*)$", tour[0], flags=re.MULTILINE)
    assert [int(number) for number, _ in steps] == list(range(1, 9))
    assert "Not done" not in tour[0]
    assert "Note:" not in tour[0]
    assert max(map(len, tour[0].splitlines())) <= 120


@pytest.mark.parametrize(
    "pattern",
    [
        r"age +[\d.]+ -> +[\d.]+  \([\d.]+ %\)",
        r"income +Kolmogorov-Smirnov +0\.\d{4} +[01]\.\d{3}  (PASS|FAIL)",
        r"\d of 5 columns pass \(\d+%\), by the size of the distance",
        r"classification +accuracy of credit_score: real 0\.\d{3}, synthetic 0\.\d{3}; kept [\d.]+%, \w+",
        r"regression +R2 of credit_score: real 0\.\d{3}, synthetic 0\.\d{3}; kept [\d.]+%, \w+",
        r"\(1, 1e-05\)-differential privacy: satisfied",
        r"noise scale +[\d.]+",
        r"NNDR +0\.\d+",
        r"membership inference accuracy +0\.\d+",
        r"disclosure risk +0\.\d+ +(low|moderate|high)",
        r"overall score +[\d.]+ of 100: \w+",
        r"of which 100\.0% meet them",
        r"ARIMA\(\d,\d,\d\)\(\d,\d,\d\)\[12\], AIC",
    ],
)
def test_the_report_says(tour, pattern):
    assert re.search(pattern, tour[0])


def test_figures_and_page_are_written(tour):
    names = {path.name for path in tour[1].iterdir()} - {"latent_space.png"}
    assert names == FILES
    for name in FILES - {"report.html"}:
        assert struct.unpack(">I", (tour[1] / name).read_bytes()[16:20])[0] >= 1_000
    page = (tour[1] / "report.html").read_text(encoding="utf-8")
    assert "GaussianCopulaSynthesizer(random_state=42)" in page
    assert "applicants of an invented lender" in page


def mixed(n):
    frame = load_dataset("demo").head(n)
    return frame.astype({"education": "str", "rating": "float64"})


def test_a_mixed_file_with_gaps(tmp_path, capsys):
    mixed(300).to_csv(tmp_path / "shop.csv", index=False)
    assert (
        main(["--data", str(tmp_path / "shop.csv"), "--target", "member", "--out", str(tmp_path / "o"), "--fast"]) == 0
    )
    printed = capsys.readouterr().out
    assert "rows with missing numbers are left out" in printed
    assert "accuracy of member" in printed
    assert "not applicable: the target 'member' is categorical" in printed
    assert {path.name for path in (tmp_path / "o").iterdir()} - {"latent_space.png"} == FILES


ODD = {
    "two rows": pd.DataFrame({"x": [1.0, 2.0], "y": ["a", "b"]}),
    "one column": pd.DataFrame({"x": np.arange(60.0) ** 2}),
    "only categories": pd.DataFrame({"a": ["x", "y", "z"] * 40, "b": ["p", "q"] * 60}),
    "constants": pd.DataFrame({"a": [1] * 60, "b": ["x"] * 60}),
}


@pytest.mark.parametrize("case", ODD)
def test_what_cannot_be_done_is_said_and_the_tour_goes_on(case, tmp_path, capsys):
    ODD[case].to_csv(tmp_path / "odd.csv", index=False)
    assert main(["--data", str(tmp_path / "odd.csv"), "--out", str(tmp_path / "o"), "--fast"]) == 0
    printed = capsys.readouterr().out
    assert printed.count("STEP ") == 8
    assert "Files in" in printed


def test_what_cannot_be_read_is_an_error_and_writes_nothing(tmp_path, capsys):
    out = tmp_path / "o"
    assert main(["--data", str(tmp_path / "none.csv"), "--out", str(out)]) == 1
    assert main(["--target", "nope", "--out", str(out)]) == 1
    error = capsys.readouterr().err
    assert "none.csv" in error
    assert "--target nope: no such column; they are age, income" in error
    assert not out.exists()


def test_a_quarter_is_held_out_and_never_learned():
    table = open_table(None, None)
    assert (len(table.real), len(table.holdout)) == (750, 250)
    whole = pd.concat([table.real, table.holdout]).sort_values(list(table.real.columns), ignore_index=True)
    pd.testing.assert_frame_equal(whole, load_dataset("credit").sort_values(list(whole.columns), ignore_index=True))


def test_conditions_leave_about_half():
    frame = load_dataset("credit")
    ((name, (low, high)),) = choose_conditions(frame).items()
    assert name == "age"
    assert 0.4 < frame[name].between(low, high).mean() < 0.6
    assert choose_conditions(frame.assign(age=1)[["age", "income"]]).keys() == {"income"}
    assert choose_conditions(pd.DataFrame({"c": ["a", "b", "b"] * 20})) == {"c": "b"}
    assert choose_conditions(pd.DataFrame({"c": [None] * 20})) == {}


def test_complete_rows_have_no_gaps_and_no_times():
    frame = mixed(200)
    whole = complete_rows(frame)
    assert "last_visit" not in whole.columns
    assert whole["rating"].notna().all()
    assert len(whole) == frame["rating"].notna().sum()


def test_sales_have_a_trend_and_a_season():
    sales = invent_sales()
    assert len(sales) == 144
    assert sales.iloc[-12:].mean() > 3 * sales.iloc[:12].mean()


def test_words_follow_the_thresholds_that_are_stated():
    assert [kept_grade(share) for share in (1.2, 0.95, 0.949, 0.85, 0.7, 0.1, -1.0)] == [
        "excellent", "excellent", "good", "good", "fair", "poor", "poor",
    ]  # fmt: skip
    assert [risk_grade(risk) for risk in (0.0, 0.05, 0.051, 0.2, 0.21, 1.0)] == [
        "low", "low", "moderate", "moderate", "high", "high",
    ]  # fmt: skip
    assert stated(KEPT_GRADES, "from") == "excellent from 0.95, good from 0.85, fair from 0.7, else poor"
    assert stated(RISK_GRADES, "up to") == "low up to 0.05, moderate up to 0.2, else high"


class FakeCoder:
    def predict(self, rows):
        return np.random.default_rng(0).normal(size=(len(rows), 2))


def test_the_autoencoders_space_is_drawn_where_there_is_one(tmp_path, capsys, monkeypatch):
    import synthfast.demo.steps as steps

    def generate(data, *, encoding_dim, n_samples, **_):
        losses = dict.fromkeys(("reconstruction_loss", "kl_divergence", "total_loss"), 1.0)
        return {"synthetic_data": data.head(n_samples), "encoding_dim": encoding_dim, "encoder": FakeCoder(), **losses}

    monkeypatch.setattr(steps, "find_spec", lambda name: name)
    tour = steps.Tour(open_table(None, None), tmp_path, fast=True)
    monkeypatch.setattr(tour.toolkit, "vae_generation", generate, raising=False)
    steps.show_autoencoder(tour)
    assert "750 rows from a latent space of 5 dimensions" in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == ["latent_space.png"]
    monkeypatch.setattr(steps, "find_spec", lambda name: None)
    steps.show_autoencoder(tour)
    assert "pip install 'synthfast[deep]'" in capsys.readouterr().out
