import subprocess
import sys

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import synthfast


def table(seed, n=300, n_columns=3):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(n, n_columns)), columns=[f"column_{k}" for k in range(n_columns)])
    return frame.assign(
        level=rng.choice(list("abcdefghijkl"), n),
        when=pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 300, n), unit="D"),
        wait=pd.to_timedelta(rng.exponential(5_000, n), unit="s"),
    )


def titles(figure):
    return [text for axes in figure.axes if (text := axes.get_title(loc="left"))]


def test_the_picture_has_scores_matrices_and_columns(tmp_path):
    figure = synthfast.evaluate(table(0), table(1).assign(column_1=9.0), metrics=["ks", "correlation"]).plot()
    assert isinstance(figure, Figure)
    assert "Associations, real" in titles(figure)
    assert titles(figure)[3] == r"column_1"
    figure.savefig(tmp_path / "a.png", dpi=50)
    assert (tmp_path / "a.png").stat().st_size > 10_000
    figure.savefig(tmp_path / "a.svg")
    figure.savefig(tmp_path / "a.pdf")


def test_many_columns_show_the_worst_and_the_best():
    figure = synthfast.evaluate(table(0, 100, 30), table(1, 100, 30).assign(column_7=9.0), metrics=["ks"]).plot()
    found = titles(figure)
    assert len(found) == 8
    assert found[0] == "column_7"


@pytest.mark.parametrize("metrics", [["statistical"], ["correlation"], ["utility"], ["privacy"]])
def test_parts_that_were_not_measured_are_left_out(metrics):
    figure = synthfast.evaluate(table(0), table(1), metrics=metrics).plot()
    assert ("Associations, real" in titles(figure)) is (metrics == ["correlation"])
    figure.canvas.draw()


def test_no_global_state_is_touched():
    before = dict(mpl.rcParams)
    synthfast.evaluate(table(0), table(1), metrics=["ks", "correlation"]).plot().canvas.draw()
    assert dict(mpl.rcParams) == before
    code = (
        "import sys, synthfast; t = {'x': [1.0, 2.0, 3.0], 'y': [3.0, 1.0, 2.0]};"
        "synthfast.evaluate(t, t, metrics=['ks', 'correlation']).plot().canvas.draw();"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
