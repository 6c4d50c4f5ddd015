import re
from collections import Counter

import numpy as np
import pytest
from oversampling.geometry import nearest_others, places_on, two_classes
from scipy import sparse, stats
from sklearn.neighbors import NearestNeighbors

from synthfast import SMOTE
from synthfast.exceptions import DataError
from synthfast.oversampling import _search


def made_by(resampler, X, y):
    return resampler.fit_resample(X, y)[0][len(X) :]


def test_rows_lie_between_a_row_and_one_of_its_nearest_in_the_class():
    X, y = two_classes()
    own = X[y == "rare"]
    made = made_by(SMOTE(random_state=0, n_samples=2_000), X, y)
    neighbors = nearest_others(own, 5)
    base, end, share = places_on(made, own, own[neighbors])
    assert (base >= 0).all()
    # Steps of uniform law: the KS distance passes 1.95 / sqrt(n) once in 1,000. Where a link leads to and fro, the end
    # that was the base is not known.
    one_way = np.array([b not in neighbors[neighbors[b, e]] for b, e in zip(base, end, strict=True)])
    assert one_way.sum() > 300
    assert stats.kstest(share[one_way], "uniform").statistic < 1.95 / np.sqrt(one_way.sum())
    # All 200 links alike; two that lead to and fro are one here, of twice the chance.
    links = Counter(tuple(sorted(link)) for row, near in enumerate(neighbors) for link in [(row, e) for e in near])
    found = Counter(tuple(sorted((b, neighbors[b, e]))) for b, e in zip(base, end, strict=True))
    expected = np.array([links[link] * len(made) / 200 for link in links])
    assert stats.chisquare([found[link] for link in links], expected).pvalue > 1e-3


def test_an_object_finds_the_same_neighbours():
    X, y = two_classes()
    expected = made_by(SMOTE(random_state=0), X, y)
    resampler = SMOTE(random_state=0, k_neighbors=NearestNeighbors(n_neighbors=6))
    np.testing.assert_array_equal(made_by(resampler, X, y), expected)
    assert resampler.nn_k_.n_neighbors == 6
    assert resampler.nn_k_.estimator is not resampler.k_neighbors


def test_an_object_that_returns_an_equal_row_in_place_of_the_row_itself():
    """Of rows that come twice, kneighbors gives the twin first, or leaves the row itself out."""
    X, y = two_classes()
    X[130:140] = X[120:130]
    made = made_by(SMOTE(random_state=0, n_samples=500, k_neighbors=NearestNeighbors(n_neighbors=2)), X, y)
    own = X[y == "rare"]
    base, _, _ = places_on(made, own, own[nearest_others(own, 1)])
    assert (base >= 0).all()


def test_float32_is_searched_and_made_as_such():
    X, y = two_classes()
    single = X.astype(np.float32)
    made = made_by(SMOTE(random_state=0, n_samples=300), single, y)
    assert made.dtype == np.float32
    own = single[y == "rare"].astype(np.float64)
    base, _, _ = places_on(made.astype(np.float64), own, own[nearest_others(own, 5)], tolerance=1e-5)
    assert (base >= 0).all()


def test_whole_numbers_are_rounded_without_bias():
    rng = np.random.default_rng(0)
    X, y = rng.integers(-1_000, 1_000, (400, 2)), np.repeat([0, 1], [300, 100])
    made = made_by(SMOTE(random_state=0, n_samples=20_000), X, y)
    exact = made_by(SMOTE(random_state=0, n_samples=20_000), X.astype(np.float64), y)
    np.testing.assert_array_equal(made, np.rint(exact))
    # Rounding errors are uniform of variance 1/12.
    assert np.abs((made - exact).mean(axis=0)).max() < 4.5 * np.sqrt(1 / 12 / 20_000)


def test_own_rows_of_large_integers_are_not_touched():
    X = np.array([[2**62 + i] for i in range(20)])
    X_resampled, _ = SMOTE(random_state=0).fit_resample(X, np.repeat([0, 1], [12, 8]))
    np.testing.assert_array_equal(X_resampled[:20], X)
    assert ((X_resampled >= X.min()) & (X_resampled <= X.max())).all()


def test_the_edges_of_a_dtype_are_kept():
    X = np.array([[127], [126], [127], [-128]] * 6, dtype=np.int8)
    made = made_by(SMOTE(random_state=0, n_samples=200), X, np.repeat([0, 1], [12, 12]))
    assert made.dtype == np.int8
    X = np.array([[2**64 - 1], [0]] * 12, dtype=np.uint64)
    made = made_by(SMOTE(random_state=0, n_samples=200), X, np.repeat([0, 1], [12, 12]))
    assert made.max() > 2**63


def test_more_rows_than_a_block():
    X, y = two_classes()
    made = made_by(SMOTE(random_state=0, n_samples=150_000), X, y)
    own = X[y == "rare"]
    for part in (made[65_500:65_600], made[-50:]):
        assert (places_on(part, own, own[nearest_others(own, 5)])[0] >= 0).all()
    assert len(np.unique(made, axis=0)) == len(made)


@pytest.mark.parametrize("kind", [sparse.csr_matrix, sparse.csc_matrix, sparse.csr_array])
@pytest.mark.parametrize("dense_bytes", [2**28, 0], ids=["dense search", "sparse search"])
def test_sparse_rows_are_those_of_the_dense_table_to_the_bit(kind, dense_bytes, monkeypatch):
    monkeypatch.setattr(_search, "DENSE_BYTES", dense_bytes)
    X, y = two_classes(d=6)
    X[np.abs(X) < 0.8] = 0.0
    expected = SMOTE(random_state=0).fit_resample(X, y)[0]
    found = SMOTE(random_state=0).fit_resample(kind(X), y)[0]
    np.testing.assert_array_equal(found.toarray(), expected)
    if not dense_bytes:
        return  # scikit-learn's search takes any of equally near rows, of which whole numbers have many
    whole = SMOTE(random_state=0).fit_resample(kind(np.rint(X).astype(np.int32)), y)[0]
    assert whole.dtype == np.int32
    np.testing.assert_array_equal(whole.toarray(), SMOTE(random_state=0).fit_resample(np.rint(X).astype(int), y)[0])


def test_a_class_with_too_few_rows_is_named():
    X, y = two_classes(n_rare=3)
    message = "SMOTE: k_neighbors=5 needs at least 6 rows of class 'rare', found 3. Lower k_neighbors or pass "
    with pytest.raises(DataError, match=message + "on_small='duplicate'."):
        SMOTE().fit_resample(X, y)
    made = made_by(SMOTE(on_small="duplicate", random_state=0), X, y)
    assert {tuple(row) for row in made} == {tuple(row) for row in X[-3:]}
    alone, _ = SMOTE(on_small="duplicate").fit_resample(X[:121], y[:121])
    assert (alone[121:] == X[120]).all()


@pytest.mark.parametrize(
    "params",
    [
        {"k_neighbors": 0},
        {"k_neighbors": 2.5},
        {"k_neighbors": True},
        {"on_small": "skip"},
        {"approximate": 1},
        {"n_samples": -1},
        {"sampling_strategy": "majority"},
        {"sampling_strategy": 0.0},
        {"sampling_strategy": ["rare"]},
        {"random_state": -1},
        {"random_state": "0"},
    ],
)
def test_arguments_that_cannot_be_are_named(params):
    ((name, value),) = params.items()
    message = rf"The '{name}' parameter of SMOTE must be .*Got {re.escape(repr(value))} instead"
    with pytest.raises(ValueError, match=message):
        SMOTE(**params).fit_resample(*two_classes())


def test_approximate_search_makes_rows_near_the_class():
    X, y = two_classes(n_common=3_000, n_rare=1_000, d=12)
    own = X[y == "rare"]
    made = made_by(SMOTE(random_state=0, approximate=True, n_samples=200), X, y)
    exact = nearest_others(own, 5)
    base, _, _ = places_on(made, own, own[exact])
    assert (base >= 0).mean() > 0.9
