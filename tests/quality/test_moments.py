import numpy as np
import pandas as pd
import pytest

from synthfast.quality import (
    mean_difference,
    mean_preservation,
    median_difference,
    quantile_difference,
    std_ratio,
    variance_difference,
)

MEASURES = (mean_difference, median_difference, variance_difference, quantile_difference, std_ratio, mean_preservation)
RNG = np.random.default_rng(0)
REAL = pd.DataFrame({"x": RNG.normal(10.0, 2.0, 501), "y": RNG.exponential(3.0, 501), "c": ["a"] * 501})
SYNTHETIC = pd.DataFrame({"x": RNG.normal(11.0, 3.0, 400), "y": RNG.exponential(2.0, 400), "c": ["a"] * 400})


def test_means_and_medians_are_numpys():
    for measure, statistic in ((mean_difference, np.mean), (median_difference, np.median)):
        columns = measure(REAL, SYNTHETIC).detail["columns"]
        for name in ("x", "y"):
            first, second = statistic(REAL[name]), statistic(SYNTHETIC[name])
            assert columns[name]["original"] == pytest.approx(first, rel=1e-12)
            assert columns[name]["synthetic"] == pytest.approx(second, rel=1e-12)
            expected = abs(first - second) / np.std(REAL[name])
            assert columns[name]["difference"] == pytest.approx(expected, rel=1e-9)


def test_quantiles_are_numpys():
    part = quantile_difference(REAL, SYNTHETIC).detail["columns"]["y"]
    levels = [0.05, 0.25, 0.5, 0.75, 0.95]
    first, second = np.quantile(REAL["y"], levels), np.quantile(SYNTHETIC["y"], levels)
    np.testing.assert_allclose(part["original"], first, rtol=1e-12)
    np.testing.assert_allclose(part["synthetic"], second, rtol=1e-12)
    assert part["difference"] == pytest.approx(np.mean(np.abs(first - second)) / np.std(REAL["y"]), rel=1e-9)


def test_spreads_are_numpys():
    ratios = [np.std(SYNTHETIC[name]) / np.std(REAL[name]) for name in ("x", "y")]
    result = std_ratio(REAL, SYNTHETIC)
    assert [result.detail["columns"][name]["ratio"] for name in ("x", "y")] == pytest.approx(ratios, rel=1e-12)
    assert result.value == pytest.approx(np.sqrt(np.prod([min(r, 1 / r) for r in ratios])), rel=1e-12)
    gaps = [1 - min(r, 1 / r) ** 2 for r in ratios]
    assert variance_difference(REAL, SYNTHETIC).value == pytest.approx(np.mean(gaps), rel=1e-9)


@pytest.mark.parametrize(
    ("real", "synthetic", "percent"),
    [
        ([40.0, 40.0], [38.0, 38.0], 95.0),
        ([-40.0, -40.0], [-38.0, -38.0], 95.0),
        ([10.0, 30.0], [100.0, 300.0], 0.0),
        ([-1.0, 1.0], [-0.95, 1.05], 50.0),  # a mean of 0: measured against a tenth of the deviation, .1
        ([0.0, 0.0], [0.0, 0.0], 100.0),
        ([0.0, 0.0], [1.0, 1.0], 0.0),
    ],
)
def test_mean_preservation_by_hand(real, synthetic, percent):
    assert mean_preservation({"x": real}, {"x": synthetic}).value == pytest.approx(percent)


def test_mean_preservation_of_times_is_in_deviations():
    days = pd.to_datetime(["2020-01-01", "2020-01-03"])  # deviation one day
    shifted = days + pd.Timedelta(hours=6)
    assert mean_preservation({"t": days}, {"t": shifted}).value == pytest.approx(75.0)


@pytest.mark.parametrize("measure", MEASURES)
def test_a_table_against_itself_is_perfect(measure):
    result = measure(REAL, REAL)
    assert result.value == pytest.approx(result.goal)


@pytest.mark.parametrize("measure", MEASURES[:4])
def test_references(measure):
    holdout = pd.DataFrame({"x": RNG.normal(10.0, 2.0, 300), "y": RNG.exponential(3.0, 300), "c": ["a"] * 300})
    with_holdout = measure(REAL, SYNTHETIC, holdout=holdout)
    assert with_holdout.reference == pytest.approx(measure(REAL, holdout).value)
    without = measure(REAL, SYNTHETIC)
    assert 0.0 < without.reference < without.value
    assert "halves" in without.detail["reference_from"]
    assert without.reference == measure(REAL, SYNTHETIC).reference
    assert without.reference != measure(REAL, SYNTHETIC, random_state=1).reference


def test_halves_estimate_what_fresh_samples_show():
    # Mean of 100 differences of half-normal law on either side: each is known to 7.5 %; 4 deviations of both are 43 %.
    rng = np.random.default_rng(1)
    results = [mean_difference({"x": rng.normal(size=300)}, {"x": rng.normal(size=600)}) for _ in range(100)]
    values, references = ([getattr(r, part) for r in results] for part in ("value", "reference"))
    assert np.mean(references) == pytest.approx(np.mean(values), rel=0.43)


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize(
    ("real", "synthetic"), [([np.nan] * 3, [1.0, 2.0]), ([1.0, 2.0], [np.nan] * 2), ([np.nan], [np.nan])]
)
def test_without_values_there_is_no_figure(measure, real, synthetic):
    result = measure({"x": real}, {"x": synthetic})
    assert not result.applicable
    assert "no numeric column" in result.detail["reason"]


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize(
    ("real", "synthetic"), [([1.0], [2.0]), ([1.0, 1.0], [2.0, 3.0]), ([1e149, -1e149], [1e149, 0.0])]
)
def test_one_row_constants_and_huge_numbers(measure, real, synthetic):
    result = measure({"x": real}, {"x": synthetic})
    assert result.range[0] <= result.value <= result.range[1]


def test_constant_becoming_another_constant_is_noticed():
    assert mean_difference({"x": [1.0, 1.0]}, {"x": [2.0, 2.0]}).value == 1.0
    assert std_ratio({"x": [1.0, 1.0]}, {"x": [1.0, 2.0]}).value == 0.0
