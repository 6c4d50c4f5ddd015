import numpy as np
import pandas as pd
import pytest
import scipy.stats

from synthfast.quality import (
    column_shapes,
    kolmogorov_smirnov,
    missing_rates,
    share_columns,
    total_variation,
    wasserstein,
)
from synthfast.quality.distribution import worst_first


@pytest.fixture
def tables():
    rng = np.random.default_rng(0)

    def draw(n, shift):
        return pd.DataFrame(
            {
                "x": rng.normal(shift, 1.0, n),
                "k": rng.poisson(4.0 + shift, n),
                "c": rng.choice(["a", "b", "c"], n, p=[0.5 - shift / 10, 0.3, 0.2 + shift / 10]),
            }
        )

    return draw(2_000, 0.0), draw(1_500, 0.5), draw(1_200, 0.0)


def test_ks_of_every_numeric_column_is_scipys(tables):
    real, synthetic, _ = tables
    result = kolmogorov_smirnov(real, synthetic)
    for name in ("x", "k"):
        expected = scipy.stats.ks_2samp(real[name], synthetic[name], method="asymp")
        assert result.detail["columns"][name]["statistic"] == pytest.approx(expected.statistic, abs=1e-15)
        assert result.detail["columns"][name]["p_value"] == pytest.approx(expected.pvalue, rel=1e-9)
    assert set(result.detail["columns"]) == {"x", "k"}
    parts = [part["statistic"] for part in result.detail["columns"].values()]
    assert result.value == pytest.approx(np.mean(parts))


def test_ks_ignores_missing_values_as_scipy_with_omit(tables):
    real, synthetic, _ = tables
    real.loc[::3, "x"] = np.nan
    found = kolmogorov_smirnov(real, synthetic).detail["columns"]["x"]["statistic"]
    assert found == pytest.approx(scipy.stats.ks_2samp(real["x"].dropna(), synthetic["x"]).statistic, abs=1e-15)


def test_total_variation_is_the_difference_of_value_counts(tables):
    real, synthetic, _ = tables
    shares = [frame["c"].value_counts(normalize=True) for frame in (real, synthetic)]
    part = total_variation(real, synthetic).detail["columns"]["c"]
    assert part["statistic"] == pytest.approx(0.5 * (shares[0] - shares[1]).abs().sum(), abs=1e-15)
    table = [frame["c"].value_counts().sort_index() for frame in (real, synthetic)]
    expected = scipy.stats.chi2_contingency(table, correction=False)
    assert part["chi_square"] == pytest.approx(expected.statistic, rel=1e-9)
    assert part["p_value"] == pytest.approx(expected.pvalue, rel=1e-9)


def test_wasserstein_in_the_columns_unit_and_in_deviations(tables):
    real, synthetic, _ = tables
    part = wasserstein(real, synthetic).detail["columns"]["x"]
    expected = scipy.stats.wasserstein_distance(real["x"], synthetic["x"])
    assert part["distance"] == pytest.approx(expected, rel=1e-12)
    assert part["normalised"] == pytest.approx(expected / real["x"].std(ddof=0), rel=1e-12)


@pytest.mark.parametrize("measure", [kolmogorov_smirnov, total_variation, wasserstein, column_shapes])
def test_the_hold_out_gives_the_reference(measure, tables):
    real, synthetic, holdout = tables
    result = measure(real, synthetic, holdout=holdout)
    assert result.reference == pytest.approx(measure(real, holdout).value, rel=1e-12)
    assert result.value > 2 * result.reference


@pytest.mark.parametrize("measure", [kolmogorov_smirnov, total_variation, column_shapes])
def test_without_a_hold_out_the_reference_is_what_fresh_samples_show(measure):
    # The mean over 40 draws of three columns each; single distances vary by a half, the mean by 5 %: 4 deviations.
    rng = np.random.default_rng(1)

    def draw(n):
        return {"x": rng.normal(size=n), "k": rng.poisson(3.0, n), "c": rng.choice(list("abcd"), n)}

    results = [measure(draw(600), draw(900)) for _ in range(40)]
    values, references = ([getattr(r, part) for r in results] for part in ("value", "reference"))
    assert np.mean(references) == pytest.approx(np.mean(values), rel=0.2)


def test_passed_is_about_the_effect_not_the_p_value():
    rng = np.random.default_rng(2)
    real = {"x": rng.normal(size=50_000)}
    tiny = kolmogorov_smirnov(real, {"x": rng.normal(0.05, 1.0, 50_000)}).detail["columns"]["x"]
    assert tiny["p_value"] < 1e-6
    assert tiny["passed"]
    strict = kolmogorov_smirnov(real, {"x": rng.normal(0.05, 1.0, 50_000)}, tolerance=0.0)
    assert not strict.detail["columns"]["x"]["passed"]
    large = kolmogorov_smirnov(real, {"x": rng.normal(0.3, 1.0, 50_000)}).detail["columns"]["x"]
    assert not large["passed"]


def test_small_samples_pass_within_their_noise():
    # Two samples of 40 rows lie .2 apart on average; only the limit for that size may judge them.
    rng = np.random.default_rng(3)
    parts = [
        kolmogorov_smirnov({"x": rng.normal(size=40)}, {"x": rng.normal(size=40)}).detail["columns"]["x"]
        for _ in range(50)
    ]
    assert np.mean([part["statistic"] for part in parts]) > 0.1
    assert all(part["passed"] for part in parts)


def test_missing_rates_are_scored():
    real = {"x": [1.0, None, 3.0, None], "c": ["a", "b", "a", "b"]}
    synthetic = {"x": [1.0, 2.0, 3.0, 2.0], "c": ["a", "b", None, None]}
    result = missing_rates(real, synthetic)
    assert result.detail["columns"]["x"]["difference"] == 0.5
    assert result.value == 0.5
    shapes = column_shapes(real, synthetic).detail["columns"]
    assert shapes["x"]["distance"] == 0.5
    assert shapes["x"]["statistic"] == 0.25
    assert shapes["c"]["statistic"] == 0.5


def test_a_column_whose_missing_rate_is_far_off_fails():
    rng = np.random.default_rng(4)
    x = rng.normal(size=2_000)
    y = rng.normal(size=2_000)
    part = column_shapes({"x": x}, {"x": np.where(rng.random(2_000) < 0.3, np.nan, y)}).detail["columns"]["x"]
    assert part["statistic"] < 0.06
    assert not part["passed"]


@pytest.mark.parametrize(
    ("real", "synthetic", "distance", "passed"),
    [
        ([np.nan, np.nan], [np.nan, np.nan, np.nan], 0.0, True),
        ([np.nan, np.nan], [1.0, 2.0], 1.0, False),
        ([1.0, 2.0], [np.nan, np.nan], 1.0, False),
        ([5.0, 5.0], [5.0], 0.0, True),
    ],
)
def test_columns_without_values_and_constants(real, synthetic, distance, passed):
    part = column_shapes({"x": real}, {"x": synthetic}).detail["columns"]["x"]
    assert part["distance"] == distance
    assert part["passed"] is passed


def test_wasserstein_leaves_out_what_has_no_values():
    result = wasserstein({"x": [1.0, 2.0], "n": [np.nan, np.nan]}, {"x": [1.0, 2.0], "n": [1.0, 2.0]})
    assert result.detail["left_out"] == ["n"]
    assert result.value == 0.0
    assert not wasserstein({"n": [np.nan]}, {"n": [1.0]}).applicable


def test_wasserstein_of_constants():
    assert wasserstein({"x": [2.0, 2.0]}, {"x": [2.0]}).value == 0.0
    assert wasserstein({"x": [2.0, 2.0]}, {"x": [5.0, 5.0]}).value == pytest.approx(3.0 / 1.5)


def test_unseen_levels_are_counted():
    part = total_variation({"c": ["a", "b"]}, {"c": ["a", "new", "newer", "b"]}).detail["columns"]["c"]
    assert part["unseen"] == 0.5
    assert part["statistic"] == 0.5


def test_worst_first():
    parts = {"noise": (0.01, 0.02), "less noise": (0.005, 0.001), "worst": (0.3, 0.01), "least": (0.002, 0.02)}
    columns = {name: {"distance": d, "reference": r} for name, (d, r) in parts.items()}
    assert worst_first(columns) == ["worst", "less noise", "noise", "least"]


def test_nothing_of_its_kind():
    assert kolmogorov_smirnov({"c": ["a"]}, {"c": ["b"]}).detail["reason"] == "no numeric column"
    assert total_variation({"x": [1.0]}, {"x": [2.0]}).detail["reason"] == "no categorical column"


def test_text_columns_count_by_missing_rate():
    names = [f"name {k}" for k in range(80)]
    part = column_shapes({"n": names}, {"n": ["z", *[None] * 3]}).detail["columns"]["n"]
    assert part["kind"] == "text"
    assert part["distance"] == 0.75


def test_adult_test_passes_against_adult_train(real_table):
    tables = share_columns(real_table("adult_train"), real_table("adult_test"))
    result = column_shapes(tables.real, tables.synthetic)
    assert result.detail["share_passed"] == 1.0
    # Fifteen distances that vary by a half each: the mean by 13 %, four of them 52 %.
    assert result.value == pytest.approx(result.reference, rel=0.52)
