import matplotlib.figure
import numpy as np
import pandas as pd
import pytest
import scipy.stats

from synthfast.reporting import assess_quality

KEYS = {
    "statistical_metrics",
    "ks_test_scores",
    "wasserstein",
    "correlation_difference",
    "correlation_rmse",
    "correlation_score",
    "original_accuracy",
    "synthetic_accuracy",
    "utility_score",
    "regression",
    "privacy",
    "overall_score",
    "quality_plot",
}


def table(seed, n=500, level=True):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    frame = pd.DataFrame({"x": x, "y": x + rng.normal(size=n)})
    if level:
        frame["level"] = rng.choice(["a", "b"], n)
    return frame.assign(z=x - 0.5 * frame["y"] + 0.3 * rng.normal(size=n))


ORIGINAL, SYNTHETIC = table(0), table(1)


@pytest.fixture(scope="module")
def found():
    return assess_quality(ORIGINAL, SYNTHETIC)


def test_exactly_these_keys(found):
    assert set(found) == KEYS
    assert set(found["regression"]) == {"original_r2", "synthetic_r2", "utility_score"}
    assert set(found["privacy"]) == {
        "nearest_neighbor_distance_ratio",
        "membership_inference_accuracy",
        "disclosure_risk",
    }


def test_types_and_ranges(found):
    assert all(isinstance(value, float) for value in found["statistical_metrics"].values())
    assert found["statistical_metrics"]["x.mean_preservation"] <= 100.0
    assert 0.0 <= found["overall_score"] <= 100.0
    assert isinstance(found["quality_plot"], matplotlib.figure.Figure)
    assert found["utility_score"] == pytest.approx(found["synthetic_accuracy"] / found["original_accuracy"])
    regression = found["regression"]
    assert regression["utility_score"] == pytest.approx(regression["synthetic_r2"] / regression["original_r2"])


def test_scores_per_column(found):
    assert set(found["ks_test_scores"]) == set(ORIGINAL.columns)
    expected = scipy.stats.ks_2samp(ORIGINAL["y"], SYNTHETIC["y"], method="asymp")
    score = found["ks_test_scores"]["y"]
    assert score["statistic"] == pytest.approx(expected.statistic)
    assert score["p_value"] == pytest.approx(expected.pvalue)
    assert score["passed"] is True
    assert found["ks_test_scores"]["level"]["metric"] == "total variation"
    assert found["ks_test_scores"]["level"]["chi_square"] >= 0.0
    assert found["wasserstein"]["y"] == pytest.approx(scipy.stats.wasserstein_distance(ORIGINAL["y"], SYNTHETIC["y"]))


def test_correlations_of_numbers_are_pearsons():
    original, synthetic = table(0, level=False), table(1, level=False)
    found = assess_quality(original, synthetic, metrics=["correlation"])
    difference = (synthetic.corr() - original.corr()).to_numpy()
    assert found["correlation_difference"] == pytest.approx(np.linalg.norm(difference))
    gaps = np.abs(difference[np.tril_indices(3, -1)])
    assert found["correlation_rmse"] == pytest.approx(np.sqrt(np.mean(gaps**2)))
    assert found["correlation_score"] == pytest.approx(np.mean(1 - gaps / 2))


def test_families_not_asked_for_are_none():
    found = assess_quality(ORIGINAL, SYNTHETIC, metrics=["statistical", "ks"])
    assert set(found) == KEYS
    assert found["correlation_score"] is None
    assert found["utility_score"] is None
    assert found["privacy"]["disclosure_risk"] is None
    assert found["ks_test_scores"]["x"]["passed"]


def test_the_toolkits_list_of_metrics_is_known():
    found = assess_quality(
        ORIGINAL, SYNTHETIC, metrics=["statistical", "ks", "correlation", "utility", "privacy"], target="level"
    )
    assert found["regression"] == {"original_r2": None, "synthetic_r2": None, "utility_score": None}
    assert found["original_accuracy"] is not None


def test_unknown_metrics_are_an_error():
    with pytest.raises(ValueError, match="'nonsense'"):
        assess_quality(ORIGINAL, SYNTHETIC, metrics=["nonsense"])


def test_a_hold_out_is_used():
    found = assess_quality(ORIGINAL, ORIGINAL, holdout=table(2), metrics=["privacy"])
    assert found["privacy"]["membership_inference_accuracy"] > 0.99
    assert found["privacy"]["disclosure_risk"] == 1.0
