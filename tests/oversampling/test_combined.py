import numpy as np
import pandas as pd
import pytest
from oversampling.geometry import nearest_others, two_classes

from synthfast import ADASYN, SMOTE, SMOTEENN, RandomOverSampler, SMOTETomek
from synthfast.exceptions import DataError
from synthfast.oversampling._cleaning import edited_rows, tomek_rows


def crowd(n=400, d=3, seed=0, whole=False):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d))
    return (np.rint(3 * X) if whole else X), rng.integers(0, 3, n)


@pytest.mark.parametrize("whole", [False, True], ids=["distinct", "many equal"])
def test_tomek_links_are_pairs_of_nearest_rows_of_two_classes(whole):
    X, y = crowd(whole=whole)
    nearest = nearest_others(X, 1)[:, 0]
    linked = [nearest[nearest[i]] == i and y[i] != y[nearest[i]] for i in range(len(X))]
    stays = tomek_rows(X, y)
    np.testing.assert_array_equal(stays, ~np.array(linked))
    assert 0 < (~stays).sum() < len(X)


@pytest.mark.parametrize("whole", [False, True], ids=["distinct", "many equal"])
def test_edited_rows_have_three_nearest_rows_of_their_class(whole):
    X, y = crowd(whole=whole)
    expected = (y[nearest_others(X, 3)] == y[:, None]).all(axis=1)
    np.testing.assert_array_equal(edited_rows(X, y, 3), expected)


@pytest.mark.parametrize("cls", [SMOTETomek, SMOTEENN])
def test_rows_are_those_of_smote_less_those_that_stand_out(cls):
    X, y = two_classes(gap=2.0)
    whole, names = SMOTE(random_state=5).fit_resample(X, y)
    codes = (names == "rare").astype(int)
    stays = tomek_rows(whole, codes) if cls is SMOTETomek else edited_rows(whole, codes, 3)
    resampler = cls(random_state=5)
    X_resampled, y_resampled = resampler.fit_resample(X, y)
    np.testing.assert_array_equal(X_resampled, whole[stays])
    np.testing.assert_array_equal(y_resampled, names[stays])
    assert 0 < stays.sum() < len(whole)
    assert isinstance(resampler.smote_, SMOTE)
    assert resampler.sampling_strategy_ == {"rare": 80}


@pytest.mark.parametrize("cls", [SMOTETomek, SMOTEENN])
@pytest.mark.parametrize(
    "smote", [SMOTE(k_neighbors=2, random_state=1), ADASYN(random_state=1), RandomOverSampler(random_state=1)]
)
def test_another_over_sampler(cls, smote):
    X, y = two_classes()
    resampler = cls(smote=smote)
    X_resampled, _ = resampler.fit_resample(X, y)
    rows = {tuple(row) for row in smote.fit_resample(X, y)[0]}
    assert {tuple(row) for row in X_resampled} <= rows
    assert resampler.smote_ is not smote


def test_imbalanced_learns_samplers_in_ours():
    imblearn = pytest.importorskip("imblearn.under_sampling")
    X, y = two_classes(gap=2.0)
    for own, name, theirs in (
        (SMOTETomek, "tomek", imblearn.TomekLinks(sampling_strategy="all")),
        (SMOTEENN, "enn", imblearn.EditedNearestNeighbours(sampling_strategy="all")),
    ):
        expected = own(random_state=0).fit_resample(X, y)
        resampler = own(random_state=0, **{name: theirs})
        found = resampler.fit_resample(X, y)
        np.testing.assert_array_equal(found[0], expected[0])
        np.testing.assert_array_equal(found[1], expected[1])
        assert isinstance(getattr(resampler, f"{name}_"), type(theirs))
    with pytest.raises(DataError, match="sample_indices_"):
        SMOTETomek(tomek=imblearn.ClusterCentroids()).fit_resample(X, y)


def test_whole_numbers_are_rounded_before_the_cleaning():
    X, y = two_classes()
    frame = pd.DataFrame(np.rint(4 * X), columns=list("abc")).astype({"a": "int8", "b": "int64"})
    found, names = SMOTETomek(random_state=0).fit_resample(frame, y)
    whole, all_names = SMOTE(random_state=0).fit_resample(frame, y)
    stays = tomek_rows(whole.to_numpy(dtype=float), (all_names == "rare").astype(int))
    pd.testing.assert_frame_equal(found, whole[stays].reset_index(drop=True))
    np.testing.assert_array_equal(names, all_names[stays])


def test_threads_of_a_call():
    X, y = two_classes()
    expected = SMOTEENN(random_state=0).fit_resample(X, y)[0]
    for n_jobs in (1, 2, -1):
        np.testing.assert_array_equal(SMOTEENN(random_state=0, n_jobs=n_jobs).fit_resample(X, y)[0], expected)
    with pytest.raises(ValueError, match="The 'n_jobs' parameter of SMOTEENN must be"):
        SMOTEENN(n_jobs=0).fit_resample(X, y)


def test_what_is_no_sampler():
    X, y = two_classes()
    for params in ({"smote": SMOTE}, {"smote": 5}, {"tomek": "links"}):
        with pytest.raises(ValueError, match=f"The '{next(iter(params))}' parameter of SMOTETomek must be"):
            SMOTETomek(**params).fit_resample(X, y)

    class Reversed(RandomOverSampler):
        def fit_resample(self, X, y):
            return tuple(part[::-1] for part in super().fit_resample(X, y))

    with pytest.raises(DataError, match="SMOTETomek: expected smote to put new rows below"):
        SMOTETomek(smote=Reversed(random_state=0)).fit_resample(X, y)


def test_too_few_rows_to_edit():
    with pytest.raises(DataError, match="more than 3 rows after SMOTE, found 3"):
        SMOTEENN(smote=RandomOverSampler(n_samples=1)).fit_resample(np.eye(2), [0, 1])
