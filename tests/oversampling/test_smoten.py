import numpy as np
import pandas as pd
import pytest
from reference.value_difference import find_nearest
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import OrdinalEncoder

from synthfast import SMOTEN
from synthfast.exceptions import DataError
from synthfast.oversampling._value_difference import LevelShares, nearest_equals


def nominal(n=(300, 80), d=5, n_levels=4, seed=0):
    rng = np.random.default_rng(seed)
    y = np.repeat(np.arange(len(n)), n)
    codes = rng.integers(0, n_levels, (len(y), d))
    lean = rng.random((len(y), d)) < 0.4
    return np.where(lean, (y[:, None] + np.arange(d)) % n_levels, codes), y


def shares_of(X, y):
    """Class shares of levels by counting, in the layout of `LevelShares`."""
    offsets = np.concatenate([[0], np.cumsum(X.max(axis=0) + 1)[:-1]])
    shares = np.zeros((int((X.max(axis=0) + 1).sum()), int(y.max()) + 1))
    for row, label in zip(X, y, strict=True):
        for c, code in enumerate(row):
            shares[offsets[c] + code, label] += 1
    return shares / np.maximum(shares.sum(axis=1, keepdims=True), 1), offsets


@pytest.mark.parametrize("n", [(300, 80), (200, 100, 60)])
def test_shares_of_levels(n):
    X, y = nominal(n)
    found = LevelShares.of(X.astype(np.int32), y, len(n))
    shares, offsets = shares_of(X, y)
    np.testing.assert_allclose(found.shares, shares)
    np.testing.assert_array_equal(found.offsets, offsets)


@pytest.mark.parametrize("n", [(300, 80), (200, 100, 60)], ids=["two classes", "three classes"])
@pytest.mark.parametrize("d", [2, 8])
def test_neighbours_are_those_of_comparing_all_pairs(n, d):
    """As many equal rows as there are, then the nearest others; among equally near ones any are right."""
    X, y = nominal(n, d)
    own = X[y == 1].astype(np.int32)
    table = LevelShares.of(X.astype(np.int32), y, len(n))
    shares, offsets = shares_of(X, y)
    expected, _ = find_nearest(own, shares, offsets, 5)
    neighbors = nearest_equals(own, table, 5)
    assert (own[neighbors[:, 0]] == own).all()
    places = shares[own + offsets]
    gaps = np.abs(places[:, None] - places[neighbors[:, 1:]]).sum(axis=3) ** 2
    np.testing.assert_allclose(np.sort(gaps.sum(axis=2), axis=1), expected, atol=1e-12)
    for row, near in enumerate(neighbors):
        copies = (own == own[row]).all(axis=1).sum()
        assert (own[near] == own[row]).all(axis=1).sum() == min(copies, 6)


def test_rows_are_what_most_of_a_row_and_its_neighbours_have():
    X, y = nominal()
    X_resampled, y_resampled = SMOTEN(random_state=0, n_samples=1_000).fit_resample(X, y)
    own, made = X[y == 1].astype(np.int32), X_resampled[len(X) :]
    table = LevelShares.of(X.astype(np.int32), y, 2)
    near = own[nearest_equals(own, table, 5)]  # (m, 6, d)
    possible = np.zeros((len(own), len(made)), dtype=bool)
    for row in range(len(own)):
        allowed = np.ones(len(made), dtype=bool)
        for c in range(X.shape[1]):
            levels, counts = np.unique(near[row, :, c], return_counts=True)
            tied = levels[counts == counts.max()]
            speaking = table.shares[table.offsets[c] + tied, 1]
            allowed &= np.isin(made[:, c], tied[speaking == speaking.max()])
        possible[row] = allowed
    assert possible.any(axis=0).all()
    assert possible.any(axis=1).mean() > 0.9
    assert (y_resampled[len(X) :] == 1).all()


def test_a_value_that_speaks_for_the_class_wins_a_tie():
    X = np.array(["green"] * 5 + ["red"] * 10 + ["blue"] * 7, dtype=object)[:, None]
    y = np.repeat([0, 1, 0, 1, 0], [5, 3, 7, 5, 2])
    made = SMOTEN(random_state=0).fit_resample(X, y)[0][22:]
    assert set(made.ravel()) == {"blue"}


def test_equal_rows_only():
    X, y = np.array([["a", "b"]] * 30 + [["c", "b"]] * 10, dtype=object), np.repeat([0, 1], [30, 10])
    made = SMOTEN(random_state=0).fit_resample(X, y)[0][40:]
    assert (made == ["c", "b"]).all()


def test_missing_values_are_a_category():
    numbers = pd.array([1, 2, None, 4] * 7 + [None, None, 4] * 4, dtype="Int64")
    X = pd.DataFrame({"a": ["x", "x", None, "x"] * 7 + ["x", None] * 6, "b": numbers})
    made = SMOTEN(random_state=0, n_samples=200).fit_resample(X, np.repeat([0, 1], [28, 12]))[0].iloc[40:]
    assert made["a"].isna().any()
    assert made["b"].isna().any()
    assert made.dtypes.equals(X.dtypes)


def test_any_dtype_can_be_a_category():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(
        {
            "day": pd.to_datetime(rng.choice(["2021-01-01", "2021-01-02"], 60)),
            "flag": rng.random(60) < 0.5,
            "level": pd.Categorical(rng.choice(["u", "v"], 60), ["v", "u", "w"]),
            "size": rng.choice([0.5, 1.5, np.nan], 60),
        }
    )
    X_resampled, _ = SMOTEN(random_state=0).fit_resample(X, np.repeat([0, 1], [40, 20]))
    assert X_resampled.dtypes.equals(X.dtypes)
    for name in X:
        assert set(X_resampled[name].astype(str)) <= set(X[name].astype(str))


def test_columns_of_very_many_levels():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(2_000, 3)), np.repeat([0, 1, 2], [1_000, 700, 300])
    X_resampled, y_resampled = SMOTEN(random_state=0).fit_resample(X, y)
    assert np.bincount(y_resampled).tolist() == [1_000] * 3
    assert np.isin(X_resampled, X).all()


def test_an_object_searches_the_shares():
    X, y = nominal()
    resampler = SMOTEN(random_state=0, k_neighbors=NearestNeighbors(n_neighbors=6))
    X_resampled, y_resampled = resampler.fit_resample(X, y)
    assert np.bincount(y_resampled).tolist() == [300, 300]
    assert np.isin(X_resampled, X).all()


def test_encoders_say_what_is_one_category():
    X, y = nominal()
    texts = X.astype(str).astype(object)
    resampler = SMOTEN(OrdinalEncoder(), random_state=0)
    found = resampler.fit_resample(texts, y)[0]
    np.testing.assert_array_equal(found, SMOTEN(random_state=0).fit_resample(X, y)[0].astype(str))
    assert isinstance(resampler.categorical_encoder_, OrdinalEncoder)


def test_too_few_rows_and_bad_arguments():
    X, y = nominal(n=(20, 4))
    with pytest.raises(DataError, match="SMOTEN: k_neighbors=5 needs at least 6 rows of class 1, found 4"):
        SMOTEN().fit_resample(X, y)
    made = SMOTEN(on_small="duplicate", random_state=0).fit_resample(X, y)[0][24:]
    assert {tuple(row) for row in made} <= {tuple(row) for row in X[20:]}
    with pytest.raises(ValueError, match="The 'categorical_encoder' parameter of SMOTEN must be"):
        SMOTEN("ordinal").fit_resample(X, y)
