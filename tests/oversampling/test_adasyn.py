import numpy as np
import pytest
from oversampling.geometry import nearest_others, places_on, two_classes
from sklearn.neighbors import NearestNeighbors

from synthfast import ADASYN
from synthfast.exceptions import DataError, ResamplingError


def test_each_row_gets_its_share_up_or_down_to_a_whole_number():
    X, y = two_classes()
    n = 1_000
    X_resampled, y_resampled = ADASYN(random_state=0, n_samples=n).fit_resample(X, y)
    assert len(X_resampled) == len(y_resampled) == len(X) + n
    rows = np.flatnonzero(y == "rare")
    n_foreign = (y[nearest_others(X, 5, rows)] != "rare").sum(axis=1)
    expected = n * n_foreign / n_foreign.sum()
    own = X[rows]
    # A row lies between two rows of which either may be the base: bases come in order, which tells them apart.
    bounds = np.concatenate([[0], np.cumsum(expected)])
    made = X_resampled[len(X) :]
    for base in np.flatnonzero(expected >= 3):
        part = made[int(np.ceil(bounds[base])) + 1 : int(bounds[base + 1]) - 1]
        ends = own[nearest_others(own, 5)[base]]
        assert (places_on(part, own[base][None], ends[None])[0] == 0).all()


def test_rows_without_foreign_neighbours_get_none():
    rng = np.random.default_rng(0)
    crowd, border, inner = rng.normal(size=(60, 2)), rng.normal(size=(15, 2)), rng.normal(50.0, 1.0, size=(15, 2))
    X, y = np.concatenate([crowd, border, inner]), np.repeat([0, 1], [60, 30])
    made = ADASYN(random_state=0, n_neighbors=3).fit_resample(X, y)[0][90:]
    assert len(made) == 30
    assert (np.abs(made) < 20).all()


def test_an_object_finds_the_same_neighbours():
    X, y = two_classes()
    expected = ADASYN(random_state=0).fit_resample(X, y)[0]
    resampler = ADASYN(random_state=0, n_neighbors=NearestNeighbors(n_neighbors=6))
    np.testing.assert_array_equal(resampler.fit_resample(X, y)[0], expected)
    assert resampler.nn_.n_neighbors == 6


def test_classes_that_do_not_touch_are_an_error():
    X, y = two_classes(gap=100.0)
    with pytest.raises(ResamplingError, match=r"none of the 5 neighbours.*class 'rare'.*Use SMOTE"):
        ADASYN().fit_resample(X, y)
    with pytest.raises(RuntimeError):  # as in imbalanced-learn
        ADASYN().fit_resample(X, y)


def test_too_few_rows():
    X, y = two_classes(n_rare=4)
    with pytest.raises(DataError, match="ADASYN: n_neighbors=5 needs at least 6 rows of class 'rare', found 4"):
        ADASYN().fit_resample(X, y)
    assert len(ADASYN(on_small="duplicate").fit_resample(X, y)[0]) == 240
