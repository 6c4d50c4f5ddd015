import numpy as np
import pytest
from oversampling.geometry import nearest_others, places_on, two_classes
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

from synthfast import SVMSMOTE
from synthfast.exceptions import DataError, ResamplingError


def sides_of(X, y, m=10):
    """Support vectors of the class that are in danger, and those that are safe."""
    support = np.sort(SVC().fit(X, y).support_)
    support = support[y[support] == "rare"]
    n_foreign = (y[nearest_others(X, m, support)] != "rare").sum(axis=1)
    return support[(n_foreign >= m / 2) & (n_foreign < m)], support[n_foreign < m / 2]


def test_rows_go_inwards_from_danger_and_outwards_from_safety():
    X, y = two_classes(gap=2.0)
    made = SVMSMOTE(random_state=0, n_samples=600, out_step=0.3).fit_resample(X, y)[0][len(X) :]
    rows = np.flatnonzero(y == "rare")
    danger, safe = sides_of(X, y)
    assert len(danger)
    assert len(safe)
    ends = rows[nearest_others(X[rows], 5)]
    inwards = places_on(made, X[danger], X[ends[np.searchsorted(rows, danger)]])
    is_inwards = inwards[0] >= 0
    outwards = places_on(made[~is_inwards], X[safe], X[ends[np.searchsorted(rows, safe)]], between=(-0.3, 0.0))
    assert (outwards[0] >= 0).all()
    assert outwards[2].min() < -0.27
    # The share of the inward ones is of the law Beta(10, 10): within 0.1 and 0.9 but for one in 50,000.
    assert 60 < is_inwards.sum() < 540
    assert (np.flatnonzero(is_inwards) < is_inwards.sum()).all()


def test_one_side_alone_gives_all_rows():
    X, y = two_classes(n_common=60, gap=8.0)
    danger, safe = sides_of(X, y)
    assert not len(danger)
    assert len(safe)
    assert len(SVMSMOTE(random_state=0, n_samples=50).fit_resample(X, y)[0]) == len(X) + 50


def test_no_step_outwards_repeats_the_safe_rows():
    X, y = two_classes(n_common=60, gap=8.0)
    made = SVMSMOTE(random_state=0, n_samples=50, out_step=0.0).fit_resample(X, y)[0][len(X) :]
    assert {tuple(row) for row in made} <= {tuple(row) for row in X[y == "rare"]}


def test_a_classifier_of_ones_own():
    X, y = two_classes()
    expected = SVMSMOTE(random_state=0).fit_resample(X, y)[0]
    given = SVC(gamma="scale", class_weight={"rare": 1.0})
    resampler = SVMSMOTE(random_state=0, svm_estimator=given)
    np.testing.assert_array_equal(resampler.fit_resample(X, y)[0], expected)
    assert resampler.svm_estimator_ is not given
    assert not hasattr(given, "support_")
    with pytest.raises(ResamplingError, match="`svm_estimator` is required to exposed a `support_` fitted attribute"):
        SVMSMOTE(svm_estimator=LogisticRegression()).fit_resample(X, y)


def test_nothing_but_noise_is_an_error():
    rng = np.random.default_rng(0)
    middles = 10.0 * np.arange(6)[:, None]
    X = np.concatenate([(middles[:, None] + rng.normal(size=(6, 50, 2))).reshape(300, 2), middles + np.zeros(2)])
    y = np.repeat(["common", "rare"], [300, 6])
    with pytest.raises(ResamplingError, match=r"class 'rare'.*noise.*not adapted to your dataset"):
        SVMSMOTE(k_neighbors=3).fit_resample(X, y)


def test_too_few_rows_and_bad_arguments():
    X, y = two_classes(n_rare=3)
    with pytest.raises(DataError, match="SVMSMOTE: k_neighbors=5 needs at least 6 rows of class 'rare', found 3"):
        SVMSMOTE().fit_resample(X, y)
    assert len(SVMSMOTE(on_small="duplicate").fit_resample(X, y)[0]) == 240
    for params in ({"out_step": 1.5}, {"out_step": "far"}, {"svm_estimator": "svc"}):
        with pytest.raises(ValueError, match=f"The '{next(iter(params))}' parameter of SVMSMOTE must be"):
            SVMSMOTE(**params).fit_resample(X, y)
