import numpy as np
import pandas as pd
import pytest

from synthfast.quality import MetricResult, overall_score
from synthfast.quality.score import WEIGHTS, grade


def shapes(*distances, reference=0.01):
    columns = {k: {"distance": d, "reference": reference} for k, d in enumerate(distances)}
    return MetricResult("column_shapes", float(np.mean(distances)), 0.0, (0.0, 1.0), {"columns": columns})


def test_weights_are_shares():
    assert sum(WEIGHTS.values()) == pytest.approx(1.0)


def test_noise_costs_nothing_and_parts_that_are_absent_drop_out():
    result = overall_score({"column_shapes": shapes(0.009, 0.01)})
    assert result.value == 100.0
    assert result.detail["weights"] == {"columns": 1.0}


def test_columns_by_hand():
    result = overall_score({"column_shapes": shapes(0.01, 0.208, reference=0.01)})
    assert result.detail["components"]["columns"] == pytest.approx(1 - 0.5 * 0.198 / 0.99)


def test_weighted_mean():
    risk = MetricResult("disclosure_risk", 0.5, 0.0, (0.0, 1.0), {"interval": [0.4, 0.6]})
    found = overall_score({"column_shapes": shapes(0.01), "disclosure_risk": risk})
    assert found.detail["components"] == {"columns": 1.0, "privacy": pytest.approx(0.6)}
    assert found.value == pytest.approx(100 * (0.25 + 0.15 * 0.6) / 0.40)


def test_parts_stay_within_bounds():
    real = np.array([[1.0, 0.1], [0.1, 1.0]])
    worst = {
        "column_shapes": shapes(1.0, 1.0),
        "associations": MetricResult("associations", 1.5, 0.0, (0.0, 2.0), {"real": real}, 0.01),
        "marginal_accuracy": MetricResult("marginal_accuracy", 0.0, 1.0, (0.0, 1.0), {}, 0.95),
        "classifier_two_sample": MetricResult("c2st", 1.0, 0.5, (0.0, 1.0), {"margin": 0.0}, 0.5),
        "utility_regression": MetricResult("utility_regression", 0.0, 1.0, (0.0, 9.0)),
        "disclosure_risk": MetricResult("disclosure_risk", 1.0, 0.0, (0.0, 1.0), {"interval": [1.0, 1.0]}),
    }
    assert overall_score(worst).value == pytest.approx(0.0, abs=1e-9)


def test_utility_is_the_mean_of_what_applies_and_at_most_one():
    classification = MetricResult("utility_classification", 1.0, 1.0, (0.0, 9.0), {"skill_retained": 1.4})
    regression = MetricResult("utility_regression", 0.5, 1.0, (0.0, 9.0))
    results = {"utility_classification": classification, "utility_regression": regression}
    assert overall_score(results).detail["components"]["utility"] == pytest.approx(0.75)


def test_nothing_measured():
    result = overall_score({})
    assert result.value is None
    assert "none of the parts" in result.detail["reason"]


@pytest.mark.parametrize(("score", "word"), [(100.0, "excellent"), (94.9, "good"), (70.0, "fair"), (0.0, "poor")])
def test_grades(score, word):
    assert grade(score) == word


def test_better_tables_score_higher():
    from synthfast import evaluate

    rng = np.random.default_rng(0)

    def draw(n):
        x = rng.normal(size=n)
        y = x + 0.5 * rng.normal(size=n)
        return pd.DataFrame({"x": x, "y": y, "c": np.where(x + rng.normal(size=n) > 0, "a", "b")})

    real, fresh, holdout = draw(1_500), draw(1_500), draw(1_500)
    shuffled = fresh.apply(lambda column: column.to_numpy()[rng.permutation(len(column))])
    shifted = shuffled.assign(x=shuffled["x"] + 1.0, y=shuffled["y"] + 1.0)
    scores = [evaluate(real, table, holdout=holdout).score for table in (fresh, shuffled, shifted)]
    assert scores[0] > 95.0
    assert scores[0] > scores[1] + 20.0 > scores[2] + 20.0
