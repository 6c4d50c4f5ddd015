"""What every registered resampler owes its users; a new line in the registry runs through all of it."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy import sparse

import synthfast
from synthfast._registry import entries, load_object
from synthfast.exceptions import DataError, NotFittedError

RESAMPLERS = entries("resampler")
CLEANING = ("SMOTETomek", "SMOTEENN")  # which take rows away as well
CATEGORIES = ("SMOTEN",)  # which take any value for a category
WHOLE = ("RandomOverSampler", *CATEGORIES)  # whose values are all values of the table
WITH_ROOM = ("KMeansSMOTE", "ADASYN", "SVMSMOTE")  # where each row depends on how many are asked for
NAMES = ["level", "a", "b", "c"]


@pytest.fixture(params=RESAMPLERS, scope="module")
def name(request):
    return request.param


@pytest.fixture(scope="module")
def make(name):
    cls = load_object(name)
    return lambda **params: cls(**{**RESAMPLERS[name].test_params, "random_state": 0, **params})


def rows(n=(120, 60, 30), seed=1):
    """Three classes that overlap; the first column holds whole numbers, which SMOTENC takes for categories."""
    rng = np.random.default_rng(seed)
    y = np.repeat(np.arange(len(n)), n)
    X = rng.normal(size=(len(y), 4)) + 0.7 * y[:, None]
    X[:, 0] = rng.integers(0, 4, len(y))
    order = rng.permutation(len(y))
    return X[order], y[order]


@pytest.fixture(scope="module")
def data():
    X, y = rows()
    X.flags.writeable = y.flags.writeable = False
    return X, y


@pytest.fixture(scope="module")
def expected(make, data):
    return make().fit_resample(*data)


# -- what comes back ---------------------------------------------------------------------------------------------------


def test_own_rows_come_first_and_as_they_were(name, data, expected):
    X, y = data
    X_resampled, y_resampled = expected
    assert X_resampled.dtype == X.dtype
    assert y_resampled.dtype == y.dtype
    assert len(X_resampled) == len(y_resampled)
    if name in CLEANING:
        return
    assert X_resampled[: len(X)].tobytes() == X.tobytes()
    assert y_resampled[: len(y)].tobytes() == y.tobytes()
    assert np.bincount(y_resampled).tolist() == [120, 120, 120]
    assert len(np.unique(X_resampled[len(X) :], axis=0)) > 20


def test_input_is_left_alone(make):
    X, y = rows()
    frame, series = pd.DataFrame(X, columns=NAMES, index=range(5, 5 + len(X))), pd.Series(y, name="class")
    before = frame.copy(deep=True), series.copy(deep=True)
    make().fit_resample(frame, series)
    pd.testing.assert_frame_equal(frame, before[0])
    pd.testing.assert_series_equal(series, before[1])


def as_container(kind, X, y):
    import polars as pl

    frame = pd.DataFrame(X, columns=NAMES)
    return {
        "pandas": lambda: (frame.set_index(np.arange(len(y))[::-1]), pd.Series(y, name="class")),
        "pandas sparse": lambda: (frame.astype(pd.SparseDtype(float, 0)), pd.Series(y)),
        "pandas, y in a frame": lambda: (frame, pd.DataFrame({"class": y})),
        "polars": lambda: (pl.from_pandas(frame), pl.Series("class", y)),
        "arrow": lambda: (pa.Table.from_pandas(frame, preserve_index=False), pa.array(y)),
        "arrow, y in chunks": lambda: (pa.Table.from_pandas(frame, preserve_index=False), pa.chunked_array([y])),
        "list": lambda: (X.tolist(), y.tolist()),
        "Fortran order": lambda: (np.asfortranarray(X), y),
        "strided": lambda: (np.repeat(X, 2, axis=0)[::2], np.repeat(y, 2)[::2]),
        "y of one column": lambda: (X, y[:, None]),
        "csr matrix": lambda: (sparse.csr_matrix(X), y),
        "csc matrix": lambda: (sparse.csc_matrix(X), y),
        "csr array": lambda: (sparse.csr_array(X), y),
        "coo": lambda: (sparse.coo_matrix(X), y),
    }[kind]()


KINDS = [
    "pandas",
    "pandas sparse",
    "pandas, y in a frame",
    "polars",
    "arrow",
    "arrow, y in chunks",
    "list",
    "Fortran order",
    "strided",
]
SPARSE = ["csr matrix", "csc matrix", "csr array", "coo"]


def plain(data):
    """The values of any container as an array."""
    if sparse.issparse(data):
        return data.toarray()
    if isinstance(data, pa.Table):
        return data.to_pandas().to_numpy()
    return np.asarray(data)


@pytest.mark.parametrize("kind", [*KINDS, "y of one column", *SPARSE])
@pytest.mark.filterwarnings("ignore:SMOTEN. a sparse matrix")
def test_every_container_gives_the_same_rows_in_that_container(make, data, expected, kind):
    X, y = as_container(kind, *data)
    X_resampled, y_resampled = make().fit_resample(X, y)
    np.testing.assert_allclose(plain(X_resampled), expected[0], rtol=1e-12)
    np.testing.assert_array_equal(plain(y_resampled).ravel(), expected[1])
    if kind == "coo":
        assert X_resampled.format == "csr"
        return
    assert type(X_resampled) is type(X)
    assert type(y_resampled) is type(y)
    if kind.startswith("pandas"):
        assert X_resampled.dtypes.equals(X.dtypes)
        assert isinstance(X_resampled.index, pd.RangeIndex)
        assert y_resampled.index.equals(X_resampled.index)
        assert getattr(y_resampled, "name", None) == getattr(y, "name", None)
    if kind.startswith(("polars", "arrow")):
        assert X_resampled.schema == X.schema


def test_one_column_for_each_class(make, data, expected):
    X, y = data
    X_resampled, y_resampled = make().fit_resample(X, np.eye(3, dtype=np.int8)[y])
    np.testing.assert_array_equal(X_resampled, expected[0])
    np.testing.assert_array_equal(y_resampled, np.eye(3, dtype=np.int8)[expected[1]])


@pytest.mark.parametrize(
    "labels",
    [["x", "y", "z"], [-1.0, 0.0, 5.0], [10**12, 10**13, 10**14], [None, False, True]],
    ids=["strings", "floats", "large", "two bools"],
)
def test_labels_keep_their_type_and_only_their_order_counts(make, data, expected, labels):
    X, y = data
    X_resampled, y_resampled = expected
    if labels[0] is None:
        X, y = X[y > 0], y[y > 0]
        X_resampled, y_resampled = make().fit_resample(X, y)
    names = np.array(labels[1:] if labels[0] is None else labels)
    low = int(y.min())
    X_named, y_named = make().fit_resample(X, names[y - low])
    assert y_named.dtype == names.dtype
    np.testing.assert_array_equal(X_named, X_resampled)
    np.testing.assert_array_equal(y_named, names[y_resampled - low])


@pytest.mark.parametrize("dtype", ["float32", "float16", "int64", "int8", "uint16", "bool"])
def test_dtypes_stay_and_whole_numbers_stay_whole(make, name, dtype):
    X, y = rows()
    X = (np.rint(np.abs(10 * X)) if dtype != "bool" else X > 0.5).astype(dtype)
    resampler = make()
    if name == "ADASYN" and dtype == "bool":
        resampler.set_params(n_neighbors=15)
    X_resampled, _ = resampler.fit_resample(X, y)
    assert X_resampled.dtype == X.dtype
    if name not in CLEANING:
        np.testing.assert_array_equal(X_resampled[: len(X)], X)


def test_columns_of_a_frame_keep_their_own_dtypes(make, name, data):
    X, y = data
    frame = pd.DataFrame(
        {
            "level": X[:, 0].astype("int8"),
            "count": pd.array(np.rint(X[:, 1] * 5), dtype="Int32"),
            "price": X[:, 2].astype("float32"),
            "amount": pd.array(X[:, 3], dtype="double[pyarrow]"),
            "flag": X[:, 1] > 0,
        }
    )
    X_resampled, _ = make().fit_resample(frame, y)
    assert X_resampled.dtypes.equals(frame.dtypes)
    if name not in CLEANING:
        pd.testing.assert_frame_equal(X_resampled.head(len(frame)), frame)


# -- randomness --------------------------------------------------------------------------------------------------------


def test_same_bytes_for_any_number_of_threads(make, n_threads):
    X, y = rows((3_000, 1_000, 500))
    with synthfast.num_threads(1):
        expected = make().fit_resample(X, y)
    with synthfast.num_threads(n_threads):
        found = make().fit_resample(X, y)
    assert found[0].tobytes() == expected[0].tobytes()
    assert found[1].tobytes() == expected[1].tobytes()


def test_seeds(make, data, expected):
    for seed in (np.int64(0), np.random.SeedSequence(0)):
        np.testing.assert_array_equal(make(random_state=seed).fit_resample(*data)[0], expected[0])
    again = make()
    for _ in range(2):  # an integer starts anew in each call
        np.testing.assert_array_equal(again.fit_resample(*data)[0], expected[0])
    others = [1, None, None, np.random.default_rng(0), np.random.RandomState(0)]
    found = [expected, *(make(random_state=seed).fit_resample(*data) for seed in others)]
    assert len({X.tobytes() for X, _ in found}) == len(found)
    moving = make(random_state=np.random.default_rng(3))
    assert moving.fit_resample(*data)[0].tobytes() != moving.fit_resample(*data)[0].tobytes()


def test_a_longer_draw_begins_with_the_shorter_one(make, name, data):
    if name in (*WITH_ROOM, *CLEANING):
        pytest.skip("which rows are made, or kept, depends on how many are asked for")
    X, y = data
    short, _ = make(n_samples=20).fit_resample(X, y)
    long, _ = make(n_samples=5_000).fit_resample(X, y)
    np.testing.assert_array_equal(long[: len(short)], short)


def test_what_one_class_gets_does_not_change_the_rows_of_another(make, name, data):
    if name in CLEANING:
        pytest.skip("cleaning looks at all rows")
    X, y = data
    n = len(X)
    alone, _ = make(n_samples={2: 50}).fit_resample(X, y)
    both, _ = make(n_samples={1: 70, 2: 50}).fit_resample(X, y)
    np.testing.assert_array_equal(both[n + 70 :], alone[n:])


def test_classes_draw_from_streams_of_their_own(make, name):
    """Two classes of the same rows, moved apart: what is made of one is not what is made of the other, moved."""
    rng = np.random.default_rng(5)
    base = np.column_stack([rng.integers(0, 4, 60), rng.normal(size=(60, 3))])
    crowd = np.column_stack([rng.integers(0, 4, 400), rng.normal(scale=3.0, size=(400, 3))])
    shift = np.array([0.0, 6.0, 0.0, 0.0])
    X = np.concatenate([crowd, crowd + shift, base, base + shift])
    y = np.repeat([0, 1, 2], [800, 60, 60])
    X_resampled, y_resampled = make(n_samples={1: 200, 2: 200}).fit_resample(X, y)
    if name in CLEANING:
        first, second = (X_resampled[y_resampled == c][:, 2:] for c in (1, 2))
        same = (first[:, None] == second[None]).all(axis=2).any(axis=1)
        assert same.sum() <= 60
        return
    first, second = X_resampled[len(X) : len(X) + 200, 2:], X_resampled[len(X) + 200 :, 2:]
    same = (first == second).all(axis=1)
    assert same.mean() < 0.2


# -- how many rows -----------------------------------------------------------------------------------------------------


def made_counts(resampler, X, y):
    return resampler.fit(X, y).sampling_strategy_


@pytest.mark.parametrize(
    ("strategy", "counts"),
    [
        ("auto", {1: 60, 2: 90}),
        ("not majority", {1: 60, 2: 90}),
        ("minority", {2: 90}),
        ("not minority", {0: 0, 1: 60}),
        ("all", {0: 0, 1: 60, 2: 90}),
        ({2: 40, 0: 130}, {0: 10, 2: 10}),
        (lambda y: {1: int((y == 0).sum())}, {1: 60}),
    ],
    ids=["auto", "not majority", "minority", "not minority", "all", "dict", "callable"],
)
def test_every_form_of_sampling_strategy(make, data, strategy, counts):
    assert made_counts(make(sampling_strategy=strategy), *data) == counts


def test_ratio_of_two_classes(make):
    X, y = rows((120, 60))
    assert made_counts(make(sampling_strategy=0.75), X, y) == {1: 30}
    assert made_counts(make(sampling_strategy=1), X, y) == {1: 60}
    with pytest.raises(DataError, match=r"0\.3.*36 rows of class 1.*Increase"):
        make(sampling_strategy=0.3).fit(X, y)


def test_number_of_rows(make, name, data):
    X, y = data
    assert made_counts(make(n_samples=7), X, y) == {2: 7}
    assert made_counts(make(n_samples={1: 3, 0: 5}), X, y) == {0: 5, 1: 3}
    _, y_resampled = make(n_samples={1: 33, 0: 5}).fit_resample(X, y)
    if name not in CLEANING:
        assert (np.bincount(y_resampled) - np.bincount(y)).tolist() == [5, 33, 0]
        nothing, _ = make(n_samples=0).fit_resample(X, y)
        np.testing.assert_array_equal(nothing, X)


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"sampling_strategy": {1: 59}}, "59 rows of class 1, but there are 60"),
        ({"sampling_strategy": {7: 100}}, r"\[7\].*not present.*\[0, 1, 2\]"),
        ({"sampling_strategy": {1: -1}}, "cannot be negative"),
        ({"sampling_strategy": {1: 80.5}}, r"whole numbers.*80\.5"),
        ({"sampling_strategy": lambda y: [1, 2]}, "dict of class and rows"),
        ({"sampling_strategy": 0.5}, "3"),
        ({"n_samples": {7: 1}}, "not present"),
        ({"n_samples": 5, "sampling_strategy": "all"}, "both"),
    ],
)
def test_sizes_that_cannot_be_are_named(make, data, params, words):
    with pytest.raises(DataError, match=words):
        make(**params).fit_resample(*data)


# -- bad input ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_missing_and_infinite_numbers_are_named(make, name, data, value):
    X, y = data[0].copy(), data[1]
    X[17, 2] = value
    frame = pd.DataFrame(X, columns=NAMES)
    if name in WHOLE:
        assert not np.isfinite(make().fit_resample(X, y)[0]).all()
        return
    word = "NaN" if np.isnan(value) else "inf"
    with pytest.raises(DataError, match=rf"{name}: .*{word}.*row 17, column"):
        make().fit_resample(X, y)
    with pytest.raises(DataError, match=rf"column 'b'.*{word}.*row 17"):
        make().fit_resample(frame, y)


def test_columns_of_text_are_named(make, name, data):
    X, y = data
    frame = pd.DataFrame(X, columns=NAMES).assign(b=np.where(y > 0, "yes", "no"))
    if name in WHOLE:
        assert set(make().fit_resample(frame, y)[0]["b"]) == {"yes", "no"}
        return
    with pytest.raises(DataError, match=r"column 'b'.*expected numbers"):
        make().fit_resample(frame, y)


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (np.zeros(210, dtype=int), "more than 1 class"),
        (np.linspace(0, 1, 210), "continuous"),
        (np.array([0.0, 1.0, np.nan] * 70), "missing"),
        (np.array([None, "a", "b"] * 70), "missing"),
        (np.array([1, "a", "b"] * 70, dtype=object), "one type"),
        (np.ones((210, 2), dtype=int), "not supported"),
        (np.arange(209) % 2, "209 and 210"),
        (None, "y"),
    ],
)
def test_labels_that_cannot_be_used(make, data, labels, words):
    with pytest.raises(DataError, match=words):
        make().fit_resample(data[0], labels)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (np.zeros(6), "Reshape"),
        (np.zeros((0, 4)), r"0 sample\(s\)"),
        (np.zeros((6, 0)), r"0 feature\(s\)"),
        (np.zeros((6, 4), dtype=complex), "Complex"),
        ([[1.0, 2.0], [3.0]], "one length"),
    ],
)
def test_tables_that_cannot_be_used(make, table, words):
    with pytest.raises(DataError, match=words):
        make().fit_resample(table, [0, 1] * 3)


def test_use_before_fit_is_an_error(make):
    with pytest.raises(NotFittedError, match="fit"):
        make().get_feature_names_out()


def test_equal_rows_and_constant_columns(make, name):
    """All rows of a class alike, as are some of the other: what is made of it is alike as well."""
    X, y = np.zeros((60, 4)), np.repeat([0, 1], [40, 20])
    X[7:40, 1] = np.random.default_rng(0).normal(size=33)
    X[:, 3] = 5.0
    X_resampled, y_resampled = make().fit_resample(X, y)
    made = X_resampled[y_resampled == 1]
    assert (made == [0.0, 0.0, 0.0, 5.0]).all()
    assert (X_resampled[:, 3] == 5.0).all()
    if name not in CLEANING:
        assert len(made) == 40


# -- scikit-learn's side -----------------------------------------------------------------------------------------------


def test_parameters_are_stored_untouched_and_cloned(make):
    from sklearn.base import clone

    strategy = {2: 50}
    resampler = make(sampling_strategy=strategy)
    assert resampler.sampling_strategy is strategy
    assert repr(clone(resampler)) == repr(resampler)
    assert resampler.set_params(random_state=8) is resampler
    assert resampler.random_state == 8
    for bad in ("no_such_parameter", "no_such__parameter"):
        with pytest.raises(ValueError, match="no_such"):
            resampler.set_params(**{bad: 1})


def test_parameters_reach_into_estimators():
    from sklearn.neighbors import NearestNeighbors

    resampler = synthfast.SMOTETomek(smote=synthfast.SMOTE(k_neighbors=NearestNeighbors(n_neighbors=6)))
    assert resampler.get_params()["smote__k_neighbors__n_neighbors"] == 6
    resampler.set_params(smote__k_neighbors__n_neighbors=4, smote__random_state=1)
    assert resampler.smote.k_neighbors.n_neighbors == 4
    assert "smote__random_state" not in resampler.get_params(deep=False)


def test_fit_resamples_nothing_and_names_are_kept(make, data):
    X, y = data
    resampler = make()
    assert resampler.fit(pd.DataFrame(X, columns=NAMES), y) is resampler
    assert resampler.get_feature_names_out().tolist() == NAMES
    assert resampler.n_features_in_ == 4
    resampler.fit(X, y)
    assert not hasattr(resampler, "feature_names_in_")
    assert resampler.get_feature_names_out().tolist() == ["x0", "x1", "x2", "x3"]
