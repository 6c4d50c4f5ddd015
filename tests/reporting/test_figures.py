"""Figures by what stands on them: panels, names, what is drawn of many columns, and what cannot be drawn."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import synthfast
from synthfast.exceptions import DataError
from synthfast.quality import pair_histograms
from synthfast.reporting import plot_correlations, plot_distributions, plot_latent, plot_pairs, save_figure
from synthfast.reporting.distribution_plot import count_pages


def table(seed, n=300, n_columns=3):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(n, n_columns)), columns=[f"column_{k}" for k in range(n_columns)])
    return frame.assign(
        level=rng.choice(list("abcdefghijkl"), n),
        when=pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 300, n), unit="D"),
        wait=pd.to_timedelta(rng.exponential(5_000, n), unit="s"),
    )


REAL, SYNTHETIC = table(0), table(1).assign(column_1=9.0)


@pytest.fixture(scope="module")
def report():
    return synthfast.evaluate(REAL, SYNTHETIC, metrics=["distribution", "correlation"])


@pytest.fixture(scope="module")
def many():
    return synthfast.evaluate(
        table(0, 100, 57), table(1, 100, 57).assign(column_7=9.0), metrics=["distribution", "correlation"]
    )


def titles(figure):
    return [text for axes in figure.axes if (text := axes.get_title(loc="left"))]


def texts(figure):
    return [text.get_text() for part in figure.subfigs for text in part.texts]


def test_every_column_has_a_panel(report):
    figure = plot_distributions(report)
    assert isinstance(figure, Figure)
    assert sorted(titles(figure)) == sorted(REAL.columns)
    assert titles(figure)[0] == "column_1"
    assert any("6 columns, those that differ most first" in text for text in texts(figure))
    figure.canvas.draw()


def test_many_columns_are_paginated_and_it_is_said(many):
    assert count_pages(many) == 3
    seen = []
    for page in (1, 2, 3):
        figure = plot_distributions(many, page)
        seen += titles(figure)
        assert any(f"of 60 columns, page {page} of 3" in text for text in texts(figure))
    assert len(seen) == len(set(seen)) == 60
    assert seen[0] == "column_7"
    for page in (0, 4):
        with pytest.raises(ValueError, match="expected a page from 1 to 3"):
            plot_distributions(many, page)


def test_distributions_without_distances_are_still_drawn():
    figure = plot_distributions(synthfast.evaluate(REAL, SYNTHETIC, metrics=["correlation"]))
    assert titles(figure)[0] == "column_1"


def test_matrices_and_the_pairs_that_differ_most(report):
    figure = plot_correlations(report)
    assert titles(figure)[:2] == ["Associations, real", "Associations, synthetic"]
    detail = report["associations"].detail
    dots = figure.axes[-1].get_lines()
    real, synthetic = (line.get_xdata() for line in dots[:2])
    gaps = np.abs(synthetic - real)
    assert np.all(np.diff(gaps) <= 1e-12)
    assert gaps[0] == pytest.approx(np.abs(detail["difference"]).max())
    assert len(real) == 10
    figure.canvas.draw()


def test_signs_are_seen_without_colour(many):
    figure = plot_correlations(many)
    assert any("cells with a dash are negative" in text for text in texts(figure))
    matrix = np.asarray(many["associations"].detail["real"])
    dashes = figure.axes[0].collections[0].get_offsets()
    assert len(dashes) == np.sum(matrix < -0.1)
    assert all(matrix[int(row), int(column)] < 0 for column, row in dashes)


def test_no_pairs_no_correlation_figure():
    lone = synthfast.evaluate(REAL[["column_0"]], SYNTHETIC[["column_0"]], metrics=["correlation"])
    with pytest.raises(DataError, match="fewer than two columns"):
        plot_correlations(lone)
    with pytest.raises(DataError, match="'correlation' was not measured"):
        plot_correlations(synthfast.evaluate(REAL, SYNTHETIC, metrics=["distribution"]))
    with pytest.raises(DataError, match="at least two columns"):
        plot_pairs(REAL[["column_0"]], SYNTHETIC)


def test_pairs_show_both_tables():
    figure = plot_pairs(REAL, SYNTHETIC)
    assert len(figure.axes) == 36
    assert figure.axes[0].get_ylabel() == "column_0"
    assert any("All 6 columns" in text for text in texts(figure))
    found = pair_histograms(REAL, SYNTHETIC)
    below = figure.axes[6].collections[0].get_array()
    above = figure.axes[1].collections[0].get_array()
    np.testing.assert_allclose(below, found.real["column_0", "column_1"].T)
    np.testing.assert_allclose(above, found.synthetic["column_0", "column_1"])
    figure.canvas.draw()


def test_of_many_columns_those_whose_pairs_differ_most_are_taken():
    rng = np.random.default_rng(0)
    real = pd.DataFrame(rng.normal(size=(500, 9))).add_prefix("c")
    synthetic = pd.DataFrame(rng.normal(size=(500, 9))).add_prefix("c")
    synthetic["c8"] = synthetic["c2"]
    figure = plot_pairs(real, synthetic)
    assert any("6 of 9 columns, whose associations differ most" in text for text in texts(figure))
    names = {axes.get_ylabel() for axes in figure.axes}
    assert {"c2", "c8"} < names
    chosen = plot_pairs(real, synthetic, ["c4", "c1"])
    assert [axes.get_xlabel() for axes in chosen.axes[2:]] == ["c4", "c1"]
    with pytest.raises(KeyError, match="'nope'"):
        plot_pairs(real, synthetic, ["c4", "nope"])


def test_pairs_of_odd_columns():
    real = pd.DataFrame(
        {"constant": [1.0] * 30, "unknown": [None] * 30, "level": ["a", "b", None] * 10, "x": range(30)}
    )
    figure = plot_pairs(real, real.assign(level="new"))
    figure.canvas.draw()
    assert len(figure.axes) == 16


LATENT = np.random.default_rng(0).normal(size=(500, 30)) * np.linspace(0.01, 2.0, 30)


def test_the_latent_space_shows_what_spreads_most():
    figure = plot_latent(LATENT, LATENT[:, 29], name="score")
    assert titles(figure)[:3] == [
        "Where the rows lie",
        "Mean of score",
        "Spread by dimension, the 24 of 30 that spread most",
    ]
    assert figure.axes[0].get_xlabel() == "dimension 30"
    assert figure.axes[0].collections[0].get_array().sum() == 500  # every row is in a cell
    figure.canvas.draw()
    assert titles(plot_latent(LATENT[:, :1])) == ["Where the rows lie", "Spread by dimension"]


@pytest.mark.parametrize(
    ("latent", "values"),
    [(np.zeros(5), None), (np.zeros((0, 2)), None), (np.full((5, 2), np.nan), None), (np.zeros((5, 2)), np.zeros(4))],
)
def test_what_is_no_latent_space(latent, values):
    with pytest.raises(DataError, match="plot_latent: expected"):
        plot_latent(latent, values)


def test_files_are_whole_and_of_300_dots(report, tmp_path):
    figure = plot_distributions(report)
    save_figure(figure, tmp_path / "a.png")
    png = (tmp_path / "a.png").read_bytes()
    width = int.from_bytes(png[16:20], "big")
    assert width == 300 * figure.get_figwidth()
    save_figure(figure, tmp_path / "a.svg")
    assert (tmp_path / "a.svg").read_text(encoding="utf-8").startswith("<?xml")
    with pytest.raises(FileNotFoundError):
        save_figure(figure, tmp_path / "nowhere" / "a.png")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "a.svg"]
