import numpy as np
import pandas as pd
import pytest
from scipy import sparse, stats

from synthfast import RandomOverSampler
from synthfast.exceptions import DataError


def rows(n=(60, 20), d=3, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(sum(n), d)) * [1.0, 5.0, 0.0][:d], np.repeat(np.arange(len(n)), n)


def test_rows_are_drawn_with_equal_chances_and_can_be_traced():
    X, y = rows()
    resampler = RandomOverSampler(random_state=0, n_samples=8_000)
    X_resampled, y_resampled = resampler.fit_resample(X, y)
    np.testing.assert_array_equal(X_resampled, X[resampler.sample_indices_])
    np.testing.assert_array_equal(y_resampled, y[resampler.sample_indices_])
    np.testing.assert_array_equal(resampler.sample_indices_[:80], np.arange(80))
    counts = np.bincount(resampler.sample_indices_[80:], minlength=80)
    assert (counts[:60] == 0).all()
    assert stats.chisquare(counts[60:]).pvalue > 1e-3


def test_tables_of_anything_come_back_with_their_dtypes():
    frame = pd.DataFrame(
        {
            "period": pd.period_range("2021-01", periods=6, freq="M"),
            "span": pd.to_timedelta([None] * 6),
            "list": [[1], [2], [3], [4], [5], [6]],
            "zone": pd.date_range("2021-01-01", periods=6, tz="Europe/Berlin"),
            "text": ["a", None, "c", "d", "e", "f"],
        },
        index=list("uvwxyz"),
    )
    y = pd.Series([0, 0, 0, 0, 1, 1], index=frame.index, name="class")
    resampler = RandomOverSampler(random_state=0)
    X_resampled, y_resampled = resampler.fit_resample(frame, y)
    pd.testing.assert_frame_equal(X_resampled, frame.take(resampler.sample_indices_).reset_index(drop=True))
    pd.testing.assert_series_equal(y_resampled, y.take(resampler.sample_indices_).reset_index(drop=True))
    twice = pd.concat([frame[["text"]], frame[["text"]]], axis=1)
    assert RandomOverSampler().fit_resample(twice, y)[0].shape == (8, 2)


def test_lists_come_back_as_lists_of_their_own():
    X = [["a", 1, None], ["b", 2.5, "x"], ["c", 3, "y"]]
    X_resampled, y_resampled = RandomOverSampler(random_state=0).fit_resample(X, ["u", "u", "v"])
    assert X_resampled == [*X, X[2]]
    assert y_resampled == ["u", "u", "v", "v"]
    X_resampled[0][0] = "changed"
    assert X[0][0] == "a"


@pytest.mark.parametrize("kind", [sparse.csr_matrix, sparse.csc_matrix, sparse.csr_array])
def test_sparse_tables(kind):
    X, y = rows()
    X[np.abs(X) < 1.0] = 0.0
    for params in ({}, {"shrinkage": 1.0}):
        expected = RandomOverSampler(random_state=0, **params).fit_resample(X, y)[0]
        found = RandomOverSampler(random_state=0, **params).fit_resample(kind(X), y)[0]
        assert type(found) is kind
        np.testing.assert_allclose(found.toarray(), expected, rtol=1e-12)


def test_noise_has_the_deviations_of_the_class_times_the_smoothing_constant():
    X, y = rows(n=(300, 100))
    resampler = RandomOverSampler(random_state=0, shrinkage=0.7, n_samples=40_000)
    X_resampled, _ = resampler.fit_resample(X, y)
    assert resampler.shrinkage_ == {1: 0.7}
    noise = X_resampled[400:] - X[resampler.sample_indices_[400:]]
    expected = 0.7 * (4 / ((3 + 2) * 100)) ** (1 / (3 + 4)) * X[300:].std(axis=0)
    np.testing.assert_allclose(noise.std(axis=0), expected, rtol=4.5 / np.sqrt(2 * 40_000))
    assert (noise[:, 2] == 0).all()
    for column in (0, 1):
        assert stats.kstest(noise[:, column] / expected[column], "norm").statistic < 1.95 / np.sqrt(40_000)
    assert abs(np.corrcoef(noise[:, 0], noise[:, 1])[0, 1]) < 4.5 / np.sqrt(40_000)


def test_no_noise_draws_the_same_rows():
    X, y = rows()
    plain = RandomOverSampler(random_state=0).fit_resample(X, y)[0]
    for shrinkage in (0, 0.0, {1: 0}):
        np.testing.assert_array_equal(
            RandomOverSampler(random_state=0, shrinkage=shrinkage).fit_resample(X, y)[0], plain
        )


def test_noise_by_class():
    X, y = rows(n=(60, 20, 10))
    resampler = RandomOverSampler(random_state=0, shrinkage={1: 0.0, 2: 2.0})
    X_resampled, y_resampled = resampler.fit_resample(X, y)
    own = X[resampler.sample_indices_]
    assert (X_resampled[y_resampled == 1] == own[y_resampled == 1]).all()
    assert (X_resampled[90:, :2] != own[90:, :2])[y_resampled[90:] == 2].all()


def test_whole_numbers_with_noise_are_rounded():
    X, y = rows()
    found = RandomOverSampler(random_state=0, shrinkage=3.0).fit_resample(np.rint(X).astype("int16"), y)[0]
    assert found.dtype == np.int16


def test_noise_that_cannot_be_is_named():
    X, y = rows()
    with pytest.raises(DataError, match=r"`shrinkage` should contain a shrinkage factor for each class.*\[1\]"):
        RandomOverSampler(shrinkage={0: 1.0}).fit_resample(X, y)
    with pytest.raises(DataError, match="The shrinkage factor needs to be >= 0, got -1 for class 1"):
        RandomOverSampler(shrinkage={1: -1}).fit_resample(X, y)
    with pytest.raises(ValueError, match="The 'shrinkage' parameter of RandomOverSampler must be"):
        RandomOverSampler(shrinkage=-0.5).fit_resample(X, y)
    with pytest.raises(DataError, match=r"needs to contain only numerical data.*column 'b'"):
        RandomOverSampler(shrinkage=1).fit_resample(pd.DataFrame({"a": [1, 2, 3], "b": list("xyz")}), [0, 0, 1])
