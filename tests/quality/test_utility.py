import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Ridge

from synthfast.exceptions import DataError
from synthfast.quality import share_columns, utility_augmentation, utility_classification, utility_regression
from synthfast.quality.features import linear_features, tree_features


def table(seed, n=600):
    rng = np.random.default_rng(seed)
    x, z = rng.normal(size=n), rng.normal(size=n)
    level = rng.choice(["a", "b"], n)
    price = 2.0 * x - z + np.where(level == "a", 3.0, 0.0) + 0.5 * rng.normal(size=n)
    return pd.DataFrame(
        {
            "x": x,
            "z": z,
            "level": level,
            "price": price,
            "label": np.where(x + z + 0.3 * rng.normal(size=n) > 0, "yes", "no"),
        }
    )


def shuffled(frame, column, seed=9):
    return frame.assign(**{column: frame[column].to_numpy()[np.random.default_rng(seed).permutation(len(frame))]})


def test_a_fresh_table_teaches_as_much():
    result = utility_classification(table(0), table(1), holdout=table(2), target="label")
    assert result.detail["original_accuracy"] > 0.85
    # 600 test rows: accuracies are known to .015 each, their ratio to .024; skills (areas over .5) to .02 or so
    assert result.value == pytest.approx(1.0, abs=0.1)
    assert result.detail["skill_retained"] == pytest.approx(1.0, abs=0.1)
    regression = utility_regression(table(0), table(1), holdout=table(2), target="price")
    assert regression.detail["original_r2"] > 0.9
    assert regression.value == pytest.approx(1.0, abs=0.02)


def test_a_table_without_the_dependence_teaches_nothing():
    result = utility_classification(table(0), shuffled(table(1), "label"), holdout=table(2), target="label")
    assert result.detail["skill_retained"] < 0.4
    assert result.detail["synthetic_auc"] < 0.7 < result.detail["original_auc"]
    regression = utility_regression(table(0), shuffled(table(1), "price"), holdout=table(2), target="price")
    assert regression.value < 0.05
    assert regression.detail["synthetic_r2"] < 0.05


def test_ridge_is_sklearns():
    real, test = table(0), table(2)
    tables = share_columns(real, real, test)
    names = ["x", "z", "level"]
    x, x_test = (linear_features(part, names, tables.real) for part in (tables.real, tables.holdout))
    model = Ridge(alpha=1.0).fit(x, real["price"])
    result = utility_regression(real, real, holdout=test, target="price")
    # the label column helps our regression too: leave it out on both sides
    result = utility_regression(*(frame.drop(columns="label") for frame in (real, real)), holdout=test, target="price")
    assert result.detail["original_r2"] == pytest.approx(model.score(x_test, test["price"]), rel=1e-9)


def test_the_last_column_is_the_default_target():
    assert utility_classification(table(0, 200), table(1, 200)).detail["target"] == "label"


def test_a_continuous_target_is_cut_at_its_median():
    real = table(0)
    result = utility_classification(real, table(1), target="price")
    assert result.detail["cut_at"] == pytest.approx(real["price"].median())
    assert result.detail["baseline_accuracy"] == pytest.approx(0.5, abs=0.12)
    assert result.detail["n_classes"] == 2


def test_a_spike_at_the_top_is_cut_below_it():
    rng = np.random.default_rng(0)
    real = {"x": rng.normal(size=400), "y": np.minimum(rng.normal(size=400), 0.0)}
    assert utility_classification(real, real, target="y").applicable


def test_few_numbers_are_classes():
    real = table(0).assign(y=lambda frame: (frame["x"] > 0).astype(int))
    synthetic = table(1).assign(y=lambda frame: (frame["x"] > 0) + 0.1)
    result = utility_classification(real, synthetic, target="y")
    assert result.detail["cut_at"] is None
    assert result.detail["n_classes"] == 2
    assert result.value == pytest.approx(1.0, abs=0.05)


def test_without_a_hold_out_test_rows_are_kept_apart():
    detail = utility_classification(table(0), table(1), target="label").detail
    assert (detail["n_train"], detail["n_test"], detail["test_rows"]) == (420, 180, "kept from the real table")
    detail = utility_classification(table(0), table(1, 100), target="label").detail
    assert detail["n_train"] == 100


def test_same_seed_same_figures_on_any_number_of_threads():
    results = [utility_classification(table(0, 300), table(1, 300), target="label", n_threads=n) for n in (1, 2)]
    assert results[0].value == results[1].value
    assert results[0].detail == results[1].detail


@pytest.mark.parametrize(
    ("real", "synthetic", "target", "reason"),
    [
        (table(0).assign(label="yes"), table(1), "label", "only one class"),
        (table(0), table(1).assign(label="yes"), "label", "only one class of 'label' among the synthetic rows"),
        (table(0)[["label"]], table(1)[["label"]], "label", "no column to predict from"),
        (table(0, 8), table(1), "label", "fewer than 10 rows"),
        (table(0), table(1).assign(label=None), "label", "fewer than 10 rows"),
    ],
)
def test_what_cannot_be_classified_says_why(real, synthetic, target, reason):
    result = utility_classification(real, synthetic, target=target)
    assert not result.applicable
    assert reason in result.detail["reason"]


@pytest.mark.parametrize(
    ("real", "target", "reason"),
    [
        (table(0), "label", "categorical"),
        (table(0).assign(price=1.0), "price", "constant"),
        (table(0).assign(price=np.random.default_rng(5).normal(size=600)), "price", "nothing to keep"),
        (table(0)[["price"]], "price", "no column to predict from"),
    ],
)
def test_what_cannot_be_regressed_says_why(real, target, reason):
    result = utility_regression(real, real.sample(frac=1.0, random_state=0), target=target)
    assert not result.applicable
    assert reason in result.detail["reason"]


def test_targets_that_are_no_columns():
    for measure in (utility_classification, utility_regression):
        with pytest.raises(DataError, match=r"target='nope' is not a column.*'x', 'z'"):
            measure(table(0), table(1), target="nope")
    names = pd.DataFrame({"n": [f"name {k}" for k in range(90)]})
    with pytest.raises(DataError, match="hardly ever repeat"):
        utility_classification(names, names, target="n")
    with pytest.raises(DataError, match="no column to predict"):
        utility_classification(names, names)


def test_many_classes_are_pooled():
    rng = np.random.default_rng(0)
    real = pd.DataFrame({"x": rng.integers(0, 40, 2_000)})
    real["y"] = "class " + real["x"].astype(str)
    result = utility_classification(real, real, target="y")
    assert result.detail["n_classes"] == 21


def test_missing_values_in_features_and_target():
    real, synthetic = (table(k).mask(np.random.default_rng(k).random((600, 5)) < 0.2) for k in (0, 1))
    assert utility_classification(real, synthetic, target="label").value > 0.8
    assert utility_regression(real, synthetic, target="price").value > 0.8


def test_features():
    tables = share_columns(
        {"x": [0.0, 2.0, np.nan], "c": ["a", "b", "a"]}, {"x": [1e300 / 1e151, 4.0], "c": [None, "new"]}
    )
    trees = tree_features(tables.synthetic, ["x", "c"])
    assert np.isfinite(trees).all()
    assert trees[:, 1].tolist() == [-1.0, 2.0]
    linear = linear_features(tables.real, ["x", "c"], tables.real)
    assert linear.tolist() == [[-1, 0, 0, 1, 0, 0], [1, 0, 0, 0, 1, 0], [0, 1, 0, 1, 0, 0]]


def test_a_class_that_only_synthetic_rows_have():
    rng = np.random.default_rng(0)
    x = rng.normal(size=400)
    real = {"x": x, "y": np.where(x > 0, "up", "down")}
    synthetic = {"x": x, "y": np.where(x > 1.5, "OTHER", real["y"])}
    result = utility_classification(real, synthetic, target="y")
    assert 0.8 < result.value < 1.0
    assert "original_auc" not in result.detail
    assert utility_augmentation(real, synthetic, target="y").value is not None
