import numpy as np
import pytest
from oversampling.geometry import nearest_others, places_on, two_classes
from sklearn.neighbors import NearestNeighbors

from synthfast import SMOTE, BorderlineSMOTE
from synthfast.exceptions import DataError, ResamplingWarning


def danger_of(X, y, label, m):
    rows = np.flatnonzero(y == label)
    n_foreign = (y[nearest_others(X, m, rows)] != label).sum(axis=1)
    return rows[(n_foreign >= m / 2) & (n_foreign < m)]


@pytest.mark.parametrize("m", [5, 10])
@pytest.mark.parametrize("kind", ["borderline-1", "borderline-2"])
def test_rows_in_danger_are_those_of_the_definition(kind, m):
    X, y = two_classes()
    resampler = BorderlineSMOTE(kind=kind, m_neighbors=m, random_state=0)
    resampler.fit_resample(X, y)
    np.testing.assert_array_equal(resampler.in_danger_indices["rare"], danger_of(X, y, "rare", m))
    assert (resampler.nn_k_.n_neighbors, resampler.nn_m_.n_neighbors) == (6, m + 1)


def test_rows_of_the_first_kind_lead_to_the_class():
    X, y = two_classes()
    made = BorderlineSMOTE(random_state=0, n_samples=500).fit_resample(X, y)[0][len(X) :]
    rows, danger = np.flatnonzero(y == "rare"), danger_of(X, y, "rare", 10)
    ends = rows[nearest_others(X[rows], 5)][np.searchsorted(rows, danger)]
    base, _, share = places_on(made, X[danger], X[ends])
    assert (base >= 0).all()
    assert share.max() > 0.95


def test_rows_of_the_second_kind_lead_at_most_half_way_to_another_class():
    X, y = two_classes()
    made = BorderlineSMOTE(random_state=0, kind="borderline-2", n_samples=800).fit_resample(X, y)[0][len(X) :]
    danger = danger_of(X, y, "rare", 10)
    ends = nearest_others(X, 5, danger)
    base, end, share = places_on(made, X[danger], X[ends])
    assert (base >= 0).all()
    foreign = y[ends[base, end]] != "rare"
    assert foreign.any()
    assert share[foreign].max() <= 0.5
    assert share[foreign].max() > 0.45
    assert share[~foreign].max() > 0.95


def test_an_object_finds_the_same_rows_in_danger():
    X, y = two_classes()
    expected = BorderlineSMOTE(random_state=0).fit_resample(X, y)[0]
    nearest = BorderlineSMOTE(random_state=0, m_neighbors=NearestNeighbors(n_neighbors=11))
    np.testing.assert_array_equal(nearest.fit_resample(X, y)[0], expected)


def test_a_class_far_from_the_others_gets_no_rows_and_a_warning():
    X, y = two_classes(gap=100.0)
    resampler = BorderlineSMOTE(random_state=0)
    with pytest.warns(ResamplingWarning, match="class 'rare' is in danger.*Use SMOTE") as caught:
        X_resampled, y_resampled = resampler.fit_resample(X, y)
    np.testing.assert_array_equal(X_resampled, X)
    np.testing.assert_array_equal(y_resampled, y)
    assert resampler.in_danger_indices == {}
    assert caught[0].filename == __file__


def test_too_few_rows():
    X, y = two_classes(n_rare=3)
    with pytest.raises(
        DataError, match="BorderlineSMOTE: k_neighbors=5 needs at least 6 rows of class 'rare', found 3"
    ):
        BorderlineSMOTE().fit_resample(X, y)
    made = BorderlineSMOTE(on_small="duplicate", random_state=0).fit_resample(X, y)[0][len(X) :]
    expected = SMOTE(on_small="duplicate", random_state=0).fit_resample(X, y)[0][len(X) :]
    np.testing.assert_array_equal(made, expected)
    with pytest.raises(DataError, match=r"m_neighbors=10 needs at least 11 rows, found 9\. Lower m_neighbors"):
        BorderlineSMOTE(k_neighbors=1).fit_resample(X[-9:], y[-9:])


@pytest.mark.parametrize("params", [{"kind": "borderline-3"}, {"kind": None}, {"m_neighbors": 0}])
def test_arguments_that_cannot_be_are_named(params):
    with pytest.raises(ValueError, match=f"The '{next(iter(params))}' parameter of BorderlineSMOTE must be"):
        BorderlineSMOTE(**params).fit_resample(*two_classes())
