"""Rows between rows of a table without classes."""

import numpy as np
import pandas as pd
import pytest

from synthfast import SyntheticDataGenerator, load_dataset
from synthfast.exceptions import DataError


@pytest.fixture
def toolkit():
    return SyntheticDataGenerator(random_state=0)


def test_rows_lie_between_a_row_and_one_of_its_neighbours(toolkit):
    points = np.random.default_rng(0).normal(size=(60, 2))
    result = toolkit.smote_style_generation(points, 500, k_neighbors=3)
    made = result["synthetic_data"]
    scaled = points / points.std(axis=0)
    apart = np.linalg.norm(scaled[:, None] - scaled, axis=2)
    near = np.argsort(apart, axis=1)[:, 1:4]
    for row in made[:100]:
        starts, ends = np.repeat(points, 3, axis=0), points[near.ravel()]
        way = ends - starts
        share = ((row - starts) * way).sum(axis=1) / (way * way).sum(axis=1)
        off = np.linalg.norm(row - starts - np.clip(share, 0, 1)[:, None] * way, axis=1)
        assert off.min() < 1e-12
    assert result["k_neighbors"] == 3
    assert result["range_preserved"]
    assert abs(result["mean_weight"] - 0.5) < 4 * np.sqrt(1 / 12 / 500)


def test_more_rows_begin_with_the_same_ones(toolkit):
    flowers = load_dataset("iris")
    few, many = (toolkit.smote_style_generation(flowers, n)["synthetic_data"] for n in (10, 70_000))
    pd.testing.assert_frame_equal(few, many.head(10))


def test_units_do_not_matter(toolkit):
    points = np.random.default_rng(1).normal(size=(80, 3))
    one, other = (toolkit.smote_style_generation(points * unit, 50)["synthetic_data"] / unit for unit in (1.0, 2.0**40))
    np.testing.assert_array_equal(one, other)


def test_a_frame_keeps_its_columns(toolkit):
    rng = np.random.default_rng(2)
    frame = pd.DataFrame(
        {
            "age": rng.integers(18, 90, 200),
            "income": rng.lognormal(size=200).astype(np.float32),
            "town": pd.Categorical(rng.choice(["a", "b"], 200)),
            "job": rng.choice(["x", "y", None], 200),
        }
    )
    made = toolkit.smote_style_generation(frame)["synthetic_data"]
    assert len(made) == 200
    assert (made.dtypes == frame.dtypes).all()
    assert set(made["town"]) == {"a", "b"}
    assert made["age"].between(frame["age"].min(), frame["age"].max()).all()


def test_only_categories(toolkit):
    frame = pd.DataFrame({"a": list("xyxyxyz"), "b": list("ppqqppq")})
    made = toolkit.smote_style_generation(frame, 20, k_neighbors=2)["synthetic_data"]
    assert made.shape == (20, 2)
    assert set(made["a"]) <= set("xyz")


@pytest.mark.parametrize(
    ("data", "k", "said"),
    [
        (np.ones((5, 2)), 5, "needs at least 6 rows, found 5"),
        (np.array([[1.0], [np.nan], [2.0]]), 1, "finite"),
        (pd.DataFrame({"a": [1.0, None, 2.0]}), 1, "missing"),
    ],
)
def test_refuses(toolkit, data, k, said):
    with pytest.raises(DataError, match=said):
        toolkit.smote_style_generation(data, 3, k_neighbors=k)


def test_no_rows_asked_for(toolkit):
    assert toolkit.smote_style_generation(load_dataset("iris"), 0)["synthetic_data"].shape == (0, 5)
