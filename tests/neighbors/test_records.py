import importlib.util

import hypothesis.strategies as st
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given

from synthfast.exceptions import DataError
from synthfast.neighbors import RecordSpace, record_distances

REAL = {
    "x": [1.0, 2.0, 4.0, None, 9.0],
    "n": [3, 1, 4, 1, 5],
    "ok": [True, False, True, True, None],
    "c": ["a", "b", "a", None, "c"],
    "day": pd.to_datetime(["2020-01-01", "2020-01-02", None, "2020-01-11", "2020-02-01"]),
}


def test_euclidean_is_standardised_numbers_and_one_a_level():
    reference = {"x": [0.0, 2.0], "c": ["a", "b"], "ok": [True, True]}  # mean 1, standard deviation 1
    query = {"x": [3.0, 0.0], "c": ["b", "z"], "ok": [True, False]}
    distances, indices = record_distances(query, reference)
    np.testing.assert_allclose(distances, [1.0, np.sqrt(2.0)])
    assert indices.tolist() == [1, 0]
    assert (distances.dtype, indices.dtype) == (np.float64, np.int64)


def test_a_missing_number_lies_five_deviations_below_the_mean():
    scale = {"x": [0.0, 2.0]}
    assert record_distances({"x": [None, 1.0]}, {"x": [None]}, scale_by=scale)[0].tolist() == [0.0, 5.0]
    assert record_distances({"x": [4.0]}, {"x": [None]}, scale_by=scale)[0].tolist() == [8.0]


def test_gower_is_the_mean_share_of_the_range():
    reference = {"x": [0.0, 10.0, None], "k": [7, 7, 7], "c": ["a", "b", None]}
    query = {"x": [2.0, None, 99.0, 0.0], "k": [7, 7, 8, 9], "c": ["a", None, "b", "a"]}
    distances, indices = record_distances(query, reference, metric="gower")
    np.testing.assert_allclose(distances, [0.2 / 3, 0.0, 2 / 3, 1 / 3])  # beyond the range, and off a constant: 1
    assert indices.tolist() == [0, 2, 1, 0]
    assert record_distances({"x": [None]}, {"x": [3.0]}, metric="gower")[0].tolist() == [1.0]


def slow_gower(query, reference):
    """The definition that SDMetrics gives, pair by pair."""
    out = np.zeros((len(query), len(reference)))
    for name in reference:
        a, b = query[name].to_numpy()[:, None], reference[name].to_numpy()[None]
        if reference[name].dtype.kind == "f":
            gap = np.minimum(np.abs(a - b) / (np.nanmax(b) - np.nanmin(b)), 1.0)
        else:
            gap = (a != b).astype(float)
        lost, other = pd.isna(query[name]).to_numpy()[:, None], pd.isna(reference[name]).to_numpy()[None]
        out += np.where(lost | other, lost != other, gap)
    return out.min(axis=1) / len(reference.columns)


def test_gower_is_the_definition_of_sdmetrics():
    rng = np.random.default_rng(0)
    frames = [
        pd.DataFrame(
            {
                "x": np.where(rng.random(300) < 0.2, np.nan, rng.normal(size=300)),
                "y": rng.normal(size=300) * spread,
                "c": rng.choice(np.array(["a", "b", None], dtype=object), 300),
            }
        )
        for spread in (2.0, 1.0)
    ]
    np.testing.assert_allclose(record_distances(*frames, metric="gower")[0], slow_gower(*frames), atol=1e-15)


@pytest.mark.parametrize("metric", ["euclidean", "gower"])
def test_every_kind_of_column_is_0_from_itself(metric):
    frame = pd.DataFrame({**REAL, "span": pd.to_timedelta([1, 2, None, 4, 5], unit="h"), "void": [None] * 5})
    frame["label"] = pd.Categorical(["p", "q", None, "p", "q"], categories=["q", "p", "unused"])
    distances, indices = record_distances(frame, frame, metric=metric)
    assert distances.tolist() == [0.0] * 5
    assert indices.tolist() == [0, 1, 2, 3, 4]
    others = record_distances(frame, frame, metric=metric, exclude_self=True)
    assert (others[0] > 0.0).all()
    assert (others[1] != np.arange(5)).all()


@pytest.mark.parametrize("wrap", [pl.from_pandas, pa.Table.from_pandas], ids=["polars", "arrow"])
def test_columns_are_matched_by_name_in_any_container(wrap):
    frame = pd.DataFrame(REAL)
    query = wrap(frame[frame.columns[::-1]])
    assert not record_distances(query, frame)[0].any()
    assert not record_distances(frame, query)[0].any()


def test_arrays_have_numbers_for_columns():
    points = np.random.default_rng(0).normal(size=(200, 3))
    assert record_distances(points[::-1], points)[1].tolist() == list(range(199, -1, -1))


def test_levels_are_their_text_and_dates_the_same_in_any_unit():
    assert record_distances({"k": ["1", "2"]}, {"k": pd.Categorical([2.0, 1.0])})[1].tolist() == [1, 0]
    days = pd.DataFrame({"t": pd.to_datetime(["2021-03-01", "2021-03-05"])})
    assert not record_distances(days.astype("datetime64[ns]"), days.astype("datetime64[s]"))[0].any()
    assert not record_distances(pa.table({"t": pa.array(days["t"].dt.date)}), days)[0].any()


def test_levels_that_only_the_tables_share_are_equal():
    scale = {"c": ["a"], "x": [0.0]}
    both = {"c": ["new", "newer"], "x": [1.0, 1.0]}
    assert record_distances(both, both, scale_by=scale)[1].tolist() == [0, 1]


def test_scale_by_gives_the_scale():
    scale = {"x": [0.0, 20.0]}
    assert record_distances({"x": [5.0]}, {"x": [0.0, 10.5]}, scale_by=scale)[0].tolist() == [0.5]
    assert record_distances({"x": [5.0]}, {"x": [0.0, 10.5]}, scale_by=scale, metric="gower")[0].tolist() == [0.25]


def test_a_constant_column_has_the_scale_one():
    assert record_distances({"x": [0.1, 3.1]}, {"x": [0.1] * 7})[0] == pytest.approx([0.0, 3.0])
    assert record_distances({"x": [2.0]}, {"x": [None, 5.0]}, scale_by={"x": [np.nan]})[0].tolist() == [3.0]


def test_numbers_near_the_largest_float():
    large = {"x": [1.7e308, -1.7e308, 0.0]}
    assert record_distances(large, large)[1].tolist() == [0, 1, 2]
    assert record_distances(large, large, metric="gower")[1].tolist() == [0, 1, 2]
    distances, indices = record_distances(large, {"x": [0.0, 1e-300]})
    assert distances.tolist() == [np.inf, np.inf, 0.0]
    assert indices.tolist() == [0, 0, 0]


def test_threads_change_nothing(n_threads):
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"x": rng.normal(size=5_000).round(1), "c": rng.integers(0, 9, 5_000).astype(str)})
    found = record_distances(frame, frame, exclude_self=True, n_threads=n_threads)
    alone = record_distances(frame, frame, exclude_self=True, n_threads=1)
    assert [part.tobytes() for part in found] == [part.tobytes() for part in alone]


def test_no_query_rows_give_empty_results():
    for empty in ({"x": [], "c": []}, pd.DataFrame({"x": [], "c": []})):
        distances, indices = record_distances(empty, {"x": [1.0], "c": ["a"]})
        assert (distances.shape, indices.shape) == ((0,), (0,))


def test_inputs_stay_as_they_are():
    values = np.array([[1.0, np.nan], [2.0, 3.0]])
    values.flags.writeable = False
    assert not record_distances(values, values)[0].any()


ERRORS = {
    "reference: expected at least one row": ({"x": [1.0]}, {"x": []}, {}),
    "scale_by: expected at least one row": ({"x": [1.0]}, {"x": [1.0]}, {"scale_by": {"x": []}}),
    r"query: expected the columns of reference, got a table without \['x'\] and with \['y'\]": (
        {"y": [1.0]},
        {"x": [1.0]},
        {},
    ),
    r"reference: expected the columns of scale_by, got a table with \['y'\] besides": (
        {"x": [1.0], "y": [1.0]},
        {"x": [1.0], "y": [1.0]},
        {"scale_by": {"x": [1.0]}},
    ),
    r"query: column 'x': expected finite numbers, got -inf in row 1\.": ({"x": [1.0, -np.inf]}, {"x": [1.0]}, {}),
    r"reference: column 'x': expected finite numbers, got inf in row 0\.": ({"x": [1.0]}, {"x": [np.inf]}, {}),
    r"column 'x': expected numbers, .* in all tables alike, got int64 in reference but .* in query": (
        {"x": ["a"]},
        {"x": [1]},
        {},
    ),
    "exclude_self=True: expected at least two rows": ({"x": [1]}, {"x": [1]}, {"exclude_self": True}),
    "exclude_self=True: .* got 1 and 2 rows": ({"x": [1]}, {"x": [1, 2]}, {"exclude_self": True}),
    "query: expected column names that differ, got .*'x'.* more than once": (
        pd.DataFrame([[1, 2]], columns=["x", "x"]),
        {"x": [1]},
        {},
    ),
    "query: expected a table": (pd.Series([1.0, 2.0]), {"x": [1.0]}, {}),
    "reference: expected at least one column": (pd.DataFrame(index=[0]), pd.DataFrame(index=[0]), {}),
    "metric: expected one of 'euclidean', 'gower'": ({"x": [1]}, {"x": [1]}, {"metric": "cosine"}),
}


@pytest.mark.parametrize("message", ERRORS)
def test_errors_say_what_came(message):
    query, reference, options = ERRORS[message]
    with pytest.raises(ValueError, match=message) as caught:
        record_distances(query, reference, **options)
    assert isinstance(caught.value, DataError) or "metric" in options


def test_points_of_another_space_are_refused():
    space = RecordSpace.fit({"reference": {"x": [1.0], "c": ["a"]}})
    points = space.points({"x": [1.0], "c": ["a"]})
    for wrong in (points[:, :1], points[0], points * np.nan):
        with pytest.raises(DataError, match=r"queries: expected finite coordinates of shape \(n_rows, 2\)"):
            space.nearest(wrong, points)
    with pytest.raises(DataError, match="expected at least one row"):
        space.nearest(points, points[:0])


ROWS = st.lists(
    st.tuples(st.sampled_from([None, 0.0, 0.5, 3.0]), st.sampled_from([None, "a", "b"]), st.integers(0, 3)),
    min_size=1,
    max_size=80,
)


def as_table(rows):
    x, c, n = zip(*rows, strict=True)
    return {"x": pd.Series(x, dtype="float64"), "c": pd.Series(c, dtype="str"), "n": pd.Series(n, dtype="int64")}


@given(ROWS, ROWS, st.sampled_from(["euclidean", "gower"]))
def test_the_distance_is_0_exactly_between_equal_rows(query, reference, metric):
    distances, indices = record_distances(as_table(query), as_table(reference), metric=metric)
    for row, distance, index in zip(query, distances, indices, strict=True):
        assert (distance == 0.0) == (row in reference)
        assert distance != 0.0 or index == reference.index(row)


@pytest.fixture(scope="module")
def judge(repository):
    """The independent scorecard, where a checkout has it."""
    path = repository.parent / "shared" / "judge" / "scorecard.py"
    if not path.exists():
        pytest.skip("the scorecard is not here")
    spec = importlib.util.spec_from_file_location("scorecard", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["adult_train", "bank_marketing", "credit_default", "shoppers"])
def test_agrees_with_the_scorecard(judge, real_table, name):
    frame = real_table(name).sample(2_400, random_state=0).reset_index(drop=True)
    numbers = frame.select_dtypes("number").columns
    frame.loc[frame.index % 7 == 0, numbers[0]] = np.nan
    query, reference, scale = frame[:400], frame[400:1_400], frame[1_400:]
    columns = judge.Columns(scale, query, reference)
    assert all(len(levels) <= 500 for levels in columns.levels.values())
    matrices = [columns.matrix(part) for part in (query, reference, scale)]
    points = [judge.embed(columns, matrix, matrices[2]) for matrix in matrices[:2]]
    exact = judge.nearest(points[0].astype(np.float64), points[1].astype(np.float64))
    # Rounded to float32 by the judge: its points by 1e-7 of themselves, and 1 / sqrt(2) by 2e-8.
    np.testing.assert_allclose(record_distances(query, reference, scale_by=scale)[0], exact, atol=1e-5)


@pytest.mark.parametrize("metric", ["euclidean", "gower"])
def test_several_neighbours_begin_with_the_nearest_one(metric):
    rng = np.random.default_rng(5)
    frames = [pd.DataFrame({"x": rng.normal(size=n).round(1), "c": rng.choice(["a", "b"], n)}) for n in (80, 300)]
    distances, indices = record_distances(*frames, metric=metric, n_neighbors=4)
    nearest = record_distances(*frames, metric=metric)
    assert distances.shape == indices.shape == (80, 4)
    np.testing.assert_array_equal(distances[:, 0], nearest[0])
    np.testing.assert_array_equal(indices[:, 0], nearest[1])
    assert (np.diff(distances, axis=1) >= 0).all()
    assert all(len(set(row)) == 4 for row in indices.tolist())


def test_more_neighbours_than_rows_are_refused():
    with pytest.raises(DataError, match=r"n_neighbors=3: expected as many rows to look among, got 2"):
        record_distances({"x": [1.0]}, {"x": [1.0, 2.0]}, n_neighbors=3)
    with pytest.raises(ValueError, match="n_neighbors: expected an integer of at least 1, got 0"):
        record_distances({"x": [1.0]}, {"x": [1.0, 2.0]}, n_neighbors=0)


@pytest.mark.parametrize("metric", ["euclidean", "gower"])
def test_a_ball_as_wide_as_a_distance_holds_that_row(metric):
    rng = np.random.default_rng(6)
    frame = pd.DataFrame({"x": rng.normal(size=500), "y": rng.normal(size=500), "c": rng.choice(["a", "b"], 500)})
    space = RecordSpace.fit({"reference": frame}, metric=metric)
    points = space.points(frame)
    distances, _ = space.nearest(points, points, n_neighbors=9, exclude_self=True)
    for rank in (0, 8):
        counts = space.count_within(points, points, distances[:, rank], exclude_self=True)
        np.testing.assert_array_equal(counts, rank + 1)


def test_selected_columns_are_a_space_of_their_own():
    space = RecordSpace.fit({"reference": REAL})
    points = space.points(REAL)
    part, positions = space.select(["c", "x"])
    np.testing.assert_array_equal(points[:, positions], part.points({name: REAL[name] for name in ("x", "c")}))
    alone = record_distances({k: REAL[k] for k in ("x", "c")}, {k: REAL[k] for k in ("x", "c")}, exclude_self=True)
    np.testing.assert_array_equal(part.nearest(*[points[:, positions]] * 2, exclude_self=True)[0], alone[0])
    with pytest.raises(DataError, match=r"expected some of the columns .* got \['nope'\]"):
        space.select(["nope"])
