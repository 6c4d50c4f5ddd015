import numpy as np
import pandas as pd
import polars as pl
import pytest
from oversampling.geometry import nearest_others, places_on
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder

from synthfast import SMOTE, SMOTENC
from synthfast.exceptions import DataError, SchemaError


def mixed(n=(150, 50), seed=0):
    """Two numbers and three categories, which lean to one level in each class."""
    rng = np.random.default_rng(seed)
    y = np.repeat(["common", "rare"], n)
    X = pd.DataFrame(
        {
            "job": rng.choice(["clerk", "nurse", "pilot", None], len(y)),
            "age": rng.integers(18, 90, len(y)),
            "grade": pd.Categorical(rng.choice(["low", "mid", "high"], len(y)), ["low", "mid", "high"], ordered=True),
            "code": rng.integers(0, 5, len(y)),
            "wage": rng.gamma(2.0, 20.0, len(y)),
        }
    )
    return X, y


CATEGORIES = ["job", "grade", "code"]


def codes_of(X):
    return np.column_stack([pd.factorize(X[name], use_na_sentinel=False)[0] for name in CATEGORIES])


def neighbors_of(own, k):
    numbers = own[["age", "wage"]].to_numpy(dtype=float)
    middle = np.median(numbers.std(axis=0))
    return nearest_others(numbers, k, codes=codes_of(own), mismatch=middle**2), middle


def test_numbers_lie_on_the_way_and_categories_are_those_of_most_neighbours():
    X, y = mixed()
    resampler = SMOTENC(CATEGORIES, random_state=0, n_samples=400)
    X_resampled, _ = resampler.fit_resample(X.astype({"age": float}), y)
    own, made = X[y == "rare"].reset_index(drop=True), X_resampled.iloc[len(X) :]
    neighbors, middle = neighbors_of(own, 5)
    assert resampler.median_std_ == {"rare": pytest.approx(middle)}
    numbers = own[["age", "wage"]].to_numpy(dtype=float)
    base, _, _ = places_on(made[["age", "wage"]].to_numpy(dtype=float), numbers, numbers[neighbors])
    assert (base >= 0).all()
    levels = own[CATEGORIES].astype(object).where(own[CATEGORIES].notna(), None).to_numpy()
    found = made[CATEGORIES].astype(object).where(made[CATEGORIES].notna(), None).to_numpy()
    # Where several bases share a line, any may have been the one; nearly all rows have one base only.
    agree = []
    for row, near in zip(found, levels[neighbors[base]], strict=True):
        for value, column in zip(row, near.T, strict=True):
            agree.append((column == value).sum() == max((column == other).sum() for other in column))
    assert np.mean(agree) > 0.9


def test_neighbours_are_those_of_scaled_one_hot_columns():
    """As imbalanced-learn builds them: each level's column holds the median deviation over the square root of 2."""
    X, y = mixed()
    expected = SMOTENC(CATEGORIES, random_state=0).fit_resample(X, y)[0]
    by_object = SMOTENC(CATEGORIES, random_state=0, k_neighbors=NearestNeighbors(n_neighbors=6, algorithm="brute"))
    pd.testing.assert_frame_equal(by_object.fit_resample(X, y)[0], expected)


def test_a_majority_always_wins():
    X = np.column_stack([np.arange(40.0), np.repeat([0, 7], [30, 10])])
    X[35, 1] = 0  # one dissenter among ten
    made = SMOTENC([1], random_state=0, k_neighbors=9, n_samples=200).fit_resample(X, np.repeat([0, 1], [30, 10]))[0]
    assert (made[40:, 1] == 7).all()


def test_equally_many_votes_are_decided_at_random():
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.normal(size=60), np.concatenate([np.zeros(30), np.arange(30)])])
    made = SMOTENC([1], random_state=0, k_neighbors=29, n_samples={1: 3_000}).fit_resample(X, np.repeat([0, 1], 30))[0]
    counts = np.bincount(made[60:, 1].astype(int), minlength=30)
    # 29 of 30 levels have one vote, a new base each time: chance 1/30 each, 4.5 standard deviations.
    assert np.abs(counts - 100).max() < 4.5 * np.sqrt(3_000 / 30)


def test_dtypes_levels_and_missing_values_stay():
    X, y = mixed()
    X_resampled, _ = SMOTENC(CATEGORIES, random_state=0, n_samples=2_000).fit_resample(X, y)
    assert X_resampled.dtypes.equals(X.dtypes)
    pd.testing.assert_frame_equal(X_resampled.head(len(X)), X)
    made = X_resampled.iloc[len(X) :]
    assert set(made["code"]) <= set(X["code"])
    assert made["job"].isna().any()
    assert made["age"].between(X["age"].min(), X["age"].max()).all()


@pytest.mark.parametrize(
    "chosen", [CATEGORIES, ["code", "job", "grade"], [0, 2, 3], [-5, 2, -2], [True, False, True, True, False]]
)
def test_ways_to_name_the_columns(chosen):
    X, y = mixed()
    resampler = SMOTENC(chosen, random_state=0).fit(X, y)
    assert resampler.categorical_features_.tolist() == [0, 2, 3]
    assert resampler.continuous_features_.tolist() == [1, 4]
    assert resampler.n_features_ == 5


@pytest.mark.parametrize("kind", ["pandas", "polars", "arrow"])
def test_columns_of_a_categorical_dtype_are_found(kind):
    X, y = mixed()
    X = X.assign(job=X["job"].astype("category"))
    frame = {"pandas": lambda: X, "polars": lambda: pl.from_pandas(X), "arrow": lambda: pl.from_pandas(X).to_arrow()}
    resampler = SMOTENC("auto", random_state=0)
    found, _ = resampler.fit_resample(frame[kind](), y)
    assert resampler.categorical_features_.tolist() == [0, 2]
    expected, _ = SMOTENC(["job", "grade"], random_state=0).fit_resample(X, y)
    np.testing.assert_array_equal(np.asarray(found["wage"]), expected["wage"])
    assert found["grade"].to_numpy().tolist() == expected["grade"].tolist()


def test_object_arrays_lists_and_sparse_matrices():
    from scipy import sparse

    X, y = mixed()
    X = X.assign(job=X["job"].fillna("none")).astype(object)
    expected = SMOTENC([0, 2, 3], random_state=0).fit_resample(X, y)[0].to_numpy()
    array = SMOTENC([0, 2, 3], random_state=0).fit_resample(X.to_numpy(), y)[0]
    np.testing.assert_array_equal(array, expected)
    assert array.dtype == object
    listed = SMOTENC([0, 2, 3], random_state=0).fit_resample(X.to_numpy().tolist(), y.tolist())[0]
    assert listed == expected.tolist()
    coded = np.column_stack([codes_of(X), X[["age", "wage"]].to_numpy(dtype=float)])
    dense = SMOTENC([0, 1, 2], random_state=0).fit_resample(coded, y)[0]
    found = SMOTENC([0, 1, 2], random_state=0).fit_resample(sparse.csc_matrix(coded), y)[0]
    assert found.format == "csc"
    np.testing.assert_array_equal(found.toarray(), dense)


def test_encoders_say_what_is_one_category():
    X, y = mixed()
    X = X.assign(job=X["job"].fillna("none"))
    expected = SMOTENC(CATEGORIES, random_state=0).fit_resample(X, y)[0]
    for encoder in (OneHotEncoder(), OneHotEncoder(sparse_output=False), OrdinalEncoder()):
        resampler = SMOTENC(CATEGORIES, random_state=0, categorical_encoder=encoder)
        found = resampler.fit_resample(X, y)[0]
        np.testing.assert_array_equal(found["wage"], expected["wage"])
        assert resampler.categorical_encoder_ is not encoder
        assert type(resampler.categorical_encoder_) is type(encoder)
    merged = SMOTENC(CATEGORIES, random_state=0, categorical_encoder=OrdinalEncoder(max_categories=2))
    found = merged.fit_resample(X, y)[0]
    assert set(found["job"]) <= set(X["job"])
    with pytest.raises(DataError, match="one column per category"):
        SMOTENC(CATEGORIES, categorical_encoder=OneHotEncoder(drop="first")).fit_resample(X, y)


def test_constant_numbers_leave_the_categories_without_weight():
    X = np.column_stack([np.ones(30), np.arange(30) % 3])
    y = np.repeat([0, 1], [20, 10])
    resampler = SMOTENC([1], random_state=0)
    X_resampled, _ = resampler.fit_resample(X, y)
    assert resampler.median_std_ == {1: 0.0}
    assert set(X_resampled[30:, 1]) <= {0.0, 1.0, 2.0}


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        (["job", "rank"], "'rank'"),
        ([0, 9], r"all features must be in \[0, 4\].*9"),
        ([True, False], "5 columns, got 2"),
        ([], "only with numerical features"),
        ([0, 1, 2, 3, 4], "only with categorical features"),
        ([0, 2.5], "2.5"),
        (["grade", "code"], "column 'job'.*expected numbers"),
    ],
)
def test_columns_that_cannot_be_are_named(chosen, words):
    with pytest.raises(DataError, match=words):
        SMOTENC(chosen).fit_resample(*mixed())


def test_missing_numbers_are_named():
    X, y = mixed()
    X.loc[3, "wage"] = np.nan
    with pytest.raises(DataError, match=r"column 'wage'.*NaN.*row 3"):
        SMOTENC(CATEGORIES).fit_resample(X, y)


def test_automatic_needs_dtypes():
    X, y = mixed()
    with pytest.raises(DataError, match=r"should be a pandas\.DataFrame"):
        SMOTENC("auto").fit_resample(X.to_numpy(), y)


def test_too_few_rows():
    X, y = mixed(n=(20, 4))
    with pytest.raises(DataError, match="SMOTENC: k_neighbors=5 needs at least 6 rows of class 'rare', found 4"):
        SMOTENC(CATEGORIES).fit_resample(X, y)
    made = SMOTENC(CATEGORIES, on_small="duplicate", random_state=0).fit_resample(X, y)[0].iloc[24:]
    rows = {tuple(row) for row in X[y == "rare"].astype(str).to_numpy()}
    assert {tuple(row) for row in made.astype(str).to_numpy()} <= rows


def test_numbers_alone_are_those_of_smote_where_categories_agree():
    X, y = mixed()
    X = X.assign(job="one", grade="one", code=1)
    expected = SMOTE(random_state=0).fit_resample(X[["age", "wage"]], y)[0]
    found = SMOTENC(CATEGORIES, random_state=0).fit_resample(X, y)[0]
    pd.testing.assert_frame_equal(found[["age", "wage"]], expected)


@pytest.mark.parametrize("name", [7, -8])
def test_places_of_columns_that_are_not_there_are_told(name):
    frame = pd.DataFrame({f"c{k}": np.arange(20.0) for k in range(7)})
    with pytest.raises(DataError, match=r"in \[0, 6\] or \[-7, -1\]; categorical_features has"):
        SMOTENC(categorical_features=[name]).fit_resample(frame, [0] * 12 + [1] * 8)


def test_names_that_columns_share_are_told():
    frame = pd.DataFrame(np.arange(60.0).reshape(20, 3), columns=["a", "a", "b"])
    for sampler in (SMOTE(), SMOTENC(categorical_features=[2])):
        with pytest.raises(SchemaError, match=r"^SMOTE\w*: expected column names that differ, got \['a'\]"):
            sampler.fit_resample(frame, [0] * 12 + [1] * 8)
