"""The report on series: its input, its text, its picture."""

import json

import numpy as np
import pandas as pd
import pytest

from synthfast import IAAFTSynthesizer, StructuralSynthesizer, evaluate_series
from synthfast.exceptions import DataError
from synthfast.reporting.series_plot import plot_series


def series(n=240, seed=0):
    noise = np.random.default_rng(seed).normal(size=n + 11)
    return pd.Series(np.convolve(noise, np.ones(12) / 12, "valid"), index=pd.date_range("2001", periods=n, freq="D"))


@pytest.fixture(scope="module")
def report():
    real = series()
    return evaluate_series(real, IAAFTSynthesizer().fit(real).sample(5, random_state=0))


def test_every_figure_has_a_reference(report):
    assert len(report.results) >= 15
    for name, result in report.results.items():
        if result.value is not None:
            assert result.reference is not None, name
    assert report.results["cross_correlation_distance"].value is None
    text = str(report)
    assert "autocorrelation_distance" in text
    assert "real-real" in text
    json.dumps(report.to_dict())


def test_containers_give_the_same_figures():
    import polars as pl

    real = series()
    draws = IAAFTSynthesizer().fit(real).sample(3, random_state=0)
    chosen = {"metrics": ["values", "memory"], "seasonal_period": 1}
    expected = evaluate_series(real, draws, **chosen).to_dict()
    assert evaluate_series(real.to_numpy(), draws.to_numpy().T, **chosen).to_dict() == expected
    polar = pl.DataFrame({str(s): draws[s].to_numpy() for s in range(3)})
    assert evaluate_series(pl.Series(real.to_numpy()), polar, **chosen).to_dict() == expected
    one = evaluate_series(real, draws[0], **chosen)
    assert one.synthetic.shape == (1, 1, 240)


def test_several_variables():
    frame = pd.DataFrame({"a": series(), "b": series(seed=1)})
    draws = StructuralSynthesizer().fit(frame).sample(3, random_state=0)
    chosen = {"metrics": ["memory"], "seasonal_period": 1}
    report = evaluate_series(frame, draws, **chosen)
    assert report.synthetic.shape == (3, 2, 240)
    np.testing.assert_array_equal(report.synthetic[1, 1], draws[1]["b"])
    assert report["cross_correlation_distance"].value is not None
    array = evaluate_series(frame.to_numpy(), draws.to_numpy().reshape(240, 3, 2).swapaxes(0, 1), **chosen)
    assert array["autocorrelation_distance"].value == pytest.approx(report["autocorrelation_distance"].value)


@pytest.mark.parametrize(
    ("synthetic", "options", "words"),
    [
        (np.zeros((3, 240)), {"metrics": ["speed"]}, "metrics"),
        (np.zeros((3, 5)), {}, "at least 16"),
        (np.full((3, 240), np.nan), {}, "finite"),
        (np.zeros((3, 240, 2)), {}, "1 variable"),
        (np.zeros((0, 240)), {}, "1 variable"),
        (np.zeros((3, 240)), {"seasonal_period": 200}, "two whole periods"),
    ],
)
def test_what_cannot_be_judged(synthetic, options, words):
    with pytest.raises((ValueError, DataError), match=words):
        evaluate_series(series(), synthetic, **options)


def test_a_constant_variable_beside_another():
    frame = pd.DataFrame({"a": series(), "b": 1.0})
    report = evaluate_series(frame, StructuralSynthesizer().fit(frame).sample(2, random_state=0))
    assert report["series_wasserstein"].value < 1


def test_the_picture(report):
    figure = report.plot()
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == [
        "Real series and 3 draws", "Fan of all draws", "Autocorrelation", "Partial autocorrelation", "Spectrum",
        "Quantiles against quantiles",
    ]  # fmt: skip
    real = figure.axes[0].get_lines()[-1].get_ydata()
    np.testing.assert_array_equal(real, series())
    assert len(plot_series(series().to_numpy(), np.zeros((2, 5))).axes) == 2
