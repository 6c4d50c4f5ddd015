import itertools

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from synthfast.exceptions import DataError, SchemaError
from synthfast.privacy import Hierarchy, anonymity_report, class_sizes, enforce_k_anonymity, interval_hierarchy

METHODS = ["mondrian", "lattice", "mdav", "suppression"]
JOBS = Hierarchy(
    [["nurse", "surgeon", "clerk", "judge", "cook"], ["health", "health", "office", "office", "food"]],
)


@pytest.fixture(scope="module")
def people():
    rng = np.random.default_rng(0)
    n = 600
    return pd.DataFrame(
        {
            "age": rng.integers(18, 90, n),
            "income": rng.lognormal(10, 1, n).round(2),
            "job": rng.choice(JOBS.values, n, p=[0.4, 0.1, 0.2, 0.1, 0.2]),
            "zip": rng.choice(["10115", "10117", "20095", "20097"], n),
            "born": pd.Timestamp("1950-01-01") + pd.to_timedelta(rng.integers(0, 9000, n), unit="D"),
            "grade": pd.Categorical(rng.choice(list("abc"), n), list("abc"), ordered=True),
            "illness": rng.choice(["flu", "cold", "ulcer", "none"], n),
            "name": [f"p{i}" for i in range(n)],
        }
    )


QI = ["age", "income", "job", "zip", "born", "grade"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("k", [1, 2, 7, 300, 600])
def test_every_row_has_its_likes(people, method, k):
    before = people.copy(deep=True)
    result = enforce_k_anonymity(people, k, QI, method=method)
    pd.testing.assert_frame_equal(people, before)
    assert result.achieved_k == class_sizes(result.data, QI).min() >= k
    assert len(result.data) == len(people) - result.suppressed_rows
    assert result.suppressed_rows == 0
    assert list(result.data) == list(people)
    pd.testing.assert_frame_equal(result.data[["illness", "name"]], people[["illness", "name"]])
    assert 0 <= result.information_loss <= 1
    assert result.report.k == result.achieved_k
    assert np.bincount(result.class_ids).min() >= k


@pytest.mark.parametrize("method", ["mondrian", "lattice"])
@pytest.mark.parametrize(
    "bounds",
    [
        {"l": 3},
        {"l": 2.2, "diversity": "entropy"},
        {"l": 2, "c": 2.0, "diversity": "recursive"},
        {"t": 0.25},
        {"alpha": 0.5},
        {"l": 2, "t": 0.3, "alpha": 0.6},
    ],
)
def test_bounds_on_sensitive_values_hold(people, method, bounds):
    result = enforce_k_anonymity(people, 5, ["age", "job", "zip"], "illness", method=method, **bounds)
    kinds = {"distinct": "l", "entropy": "entropy_l"}
    asked = {key: value for key, value in bounds.items() if key in ("t", "alpha", "c")}
    if "l" in bounds and bounds.get("diversity") != "recursive":
        asked[kinds[bounds.get("diversity", "distinct")]] = bounds["l"]
    assert anonymity_report(result.data, ["age", "job", "zip"], "illness").holds(k=5, **asked)
    assert result.report.holds(k=5, **asked)


def test_bounds_on_ordered_and_several_columns(people):
    result = enforce_k_anonymity(people, 4, ["job", "zip"], ["income", "grade"], t=0.3)
    report = anonymity_report(result.data, ["job", "zip"], ["income", "grade"])
    assert report.sensitive["income"].t_ordered <= 0.3
    assert report.sensitive["grade"].t_ordered <= 0.3


ILLNESSES = {
    0: ["flu", "cold", "ulcer", "gastritis", None],
    1: ["lungs", "lungs", "stomach", "stomach", "unknown"],
}


@pytest.mark.parametrize("method", ["mondrian", "lattice"])
def test_closeness_by_a_hierarchy_is_enforced(people, method):
    """Values of one branch stand for one another: the bound that holds by the tree costs less than by equal values."""
    rng, people = np.random.default_rng(5), people.copy()
    people["diagnosis"] = rng.choice(["flu", "cold", "ulcer", "gastritis"], len(people), p=[0.4, 0.3, 0.2, 0.1])
    people.loc[::17, "diagnosis"] = None
    names, options = ["age", "job", "zip"], {"method": method, "t": 0.15}
    by_tree = enforce_k_anonymity(people, 5, names, "diagnosis", hierarchies={"diagnosis": ILLNESSES}, **options)
    equal = enforce_k_anonymity(people, 5, names, "diagnosis", **options)
    tree = Hierarchy([ILLNESSES[0], ILLNESSES[1]])
    found = anonymity_report(by_tree.data, names, "diagnosis", hierarchies={"diagnosis": tree})
    assert found.sensitive["diagnosis"].t_hierarchical <= 0.15
    assert by_tree.report.sensitive["diagnosis"].t_hierarchical == found.sensitive["diagnosis"].t_hierarchical
    assert by_tree.report.holds(k=5, t=0.15)
    assert found.sensitive["diagnosis"].t_equal > 0.15
    assert equal.report.sensitive["diagnosis"].t_equal <= 0.15
    assert by_tree.information_loss < equal.information_loss


def test_labels_contain_their_rows(people):
    result = enforce_k_anonymity(people, 6, QI, hierarchies={"job": JOBS})
    for row, label in zip(people.itertuples(), result.data.itertuples(), strict=True):
        low, high = (label.age.strip("[]").split(", ") * 2)[:2]
        assert int(low) <= row.age <= int(high)
        assert row.zip in label.zip.strip("{}").split(", ")
        low, high = (label.born.strip("[]").split(", ") * 2)[:2]
        assert pd.Timestamp(low) <= row.born <= pd.Timestamp(high)
        assert label.job in [JOBS.generalize([row.job], level)[0] for level in range(3)]
        low, high = (label.income.strip("[]").split(", ") * 2)[:2]
        assert float(low) <= row.income <= float(high)


def test_loss_is_the_certainty_penalty(people):
    result = enforce_k_anonymity(people, 6, ["age", "zip", "job"], hierarchies={"job": JOBS})
    leaves = {"health": 2, "office": 2, "*": 5}
    lost = []
    for label in result.data.itertuples():
        low, high = (label.age.strip("[]").split(", ") * 2)[:2]
        zips = label.zip.strip("{}").split(", ")
        span = (int(high) - int(low)) / np.ptp(people["age"])
        lost += [span, len(zips) / 4 if len(zips) > 1 else 0.0, leaves.get(label.job, 0) / 5]
    assert result.information_loss == pytest.approx(np.mean(lost))
    assert result.information_loss == pytest.approx(np.mean(list(result.column_losses.values())))


def test_strict_classes_do_not_overlap_and_relaxed_ones_are_halves(people):
    ties = pd.DataFrame({"x": [0] * 60 + list(range(1, 41))})
    strict = enforce_k_anonymity(ties, 10, "x").data["x"]
    assert (strict[:60] == "0").all()
    relaxed = enforce_k_anonymity(ties, 10, "x", cut="relaxed")
    assert sorted(np.bincount(relaxed.class_ids)) == [12, 12, 13, 13, 50]  # 50 equal rows lose nothing together
    below = enforce_k_anonymity(ties, 10, "x", cut="below")
    assert below.information_loss > enforce_k_anonymity(ties, 10, "x").information_loss


def anonypy_partitions(frame, k):
    """The rule of anonypy 0.2.1 for numbers: widest span first, below the median and from it on."""
    scale = frame.max() - frame.min()
    waiting, done = [frame.index], []
    while waiting:
        part = waiting.pop(0)
        spans = (frame.loc[part].max() - frame.loc[part].min()) / scale
        for column in sorted(spans.index, key=lambda c: -spans[c]):
            values = frame.loc[part, column]
            left, right = part[values < values.median()], part[values >= values.median()]
            if min(len(left), len(right)) >= k:
                waiting += [left, right]
                break
        else:
            done.append(part)
    return {tuple(sorted(part)) for part in done}


def test_cuts_below_the_median_give_the_partitions_of_anonypy():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"a": rng.normal(size=900), "b": rng.integers(0, 9, 900), "c": rng.exponential(size=900)})
    ids = enforce_k_anonymity(frame, 8, list("abc"), cut="below").class_ids
    found = {tuple(np.flatnonzero(ids == i).tolist()) for i in range(ids.max() + 1)}
    assert found == anonypy_partitions(frame, 8)


def lattice_by_force(frame, trees, k, limit):
    """Least loss over all combinations of levels."""
    best = np.inf
    for levels in itertools.product(*[range(tree.n_levels) for tree in trees.values()]):
        coarse, losses = {}, []
        for (name, tree), level in zip(trees.items(), levels, strict=True):
            coarse[name] = tree.generalize(frame[name].tolist(), level)
            leaves = pd.Series(tree.generalize(tree.values, level)).value_counts()
            share = pd.Series(coarse[name]).map(leaves).to_numpy()
            losses.append(np.where(share == 1, 0, share) / len(tree.values))
        small = class_sizes(coarse, list(trees)) < k
        if small.sum() <= limit * len(frame):
            best = min(best, np.where(small, 1.0, np.mean(losses, axis=0)).mean())
    return best


@pytest.mark.parametrize("limit", [0.0, 0.03, 0.3])
@pytest.mark.parametrize("k", [2, 10])
def test_lattice_search_is_optimal(people, k, limit):
    trees = {
        "age": interval_hierarchy(people["age"], [5, 10, 40]),
        "job": JOBS,
        "zip": Hierarchy([["10115", "10117", "20095", "20097"], ["1", "1", "2", "2"]]),
    }
    result = enforce_k_anonymity(people, k, list(trees), method="lattice", hierarchies=trees, suppression_limit=limit)
    assert result.information_loss == pytest.approx(lattice_by_force(people, trees, k, limit), abs=1e-12)
    assert result.suppressed_rows <= limit * len(people)
    kept = people[result.class_ids >= 0]
    for name, level in result.levels.items():
        assert result.data[name].tolist() == [str(x) for x in trees[name].generalize(kept[name].tolist(), level)]


def test_lattice_with_bounds_that_do_not_grow_is_optimal(people):
    """t-closeness with rows left out: a coarser node may fail where a finer one holds."""
    trees = {"job": JOBS, "zip": Hierarchy([["10115", "10117", "20095", "20097"], ["1", "1", "2", "2"]])}
    options = {"sensitive": "illness", "method": "lattice", "hierarchies": trees, "suppression_limit": 0.2}
    found = enforce_k_anonymity(people, 5, list(trees), t=0.1, **options)
    best = np.inf
    p = people["illness"].value_counts(normalize=True)
    for a, b in itertools.product(range(3), range(3)):
        coarse = pd.DataFrame({"job": JOBS.generalize(people["job"].tolist(), a), "s": people["illness"]})
        coarse["zip"] = trees["zip"].generalize(people["zip"].tolist(), b)
        lost = [0.0, 0.4, 1.0][a] if a != 1 else None
        share = coarse["job"].map({"health": 0.4, "office": 0.4, "food": 0.0}) if lost is None else lost
        loss = (share + [0.0, 0.5, 1.0][b]) / 2 + np.zeros(len(coarse))
        bad = np.zeros(len(coarse), dtype=bool)
        for rows in coarse.groupby(["job", "zip"]).indices.values():
            q = coarse["s"].iloc[rows].value_counts(normalize=True).reindex(p.index, fill_value=0)
            bad[rows] = len(rows) < 5 or abs(q - p).sum() / 2 > 0.1 + 1e-9
        if bad.mean() <= 0.2:
            best = min(best, np.where(bad, 1.0, loss).mean())
    assert found.information_loss == pytest.approx(best, abs=1e-12)


def test_mondrian_keeps_more_than_the_best_single_levels(people):
    names = ["age", "job", "zip"]
    lattice = enforce_k_anonymity(people, 5, names, method="lattice", hierarchies={"job": JOBS})
    mondrian = enforce_k_anonymity(people, 5, names, hierarchies={"job": JOBS})
    assert mondrian.information_loss < lattice.information_loss


def test_representatives_keep_dtypes_and_means(people):
    result = enforce_k_anonymity(people, 8, QI, output="representative")
    assert result.data.dtypes.equals(people.dtypes)
    assert class_sizes(result.data, QI).min() >= 8
    assert result.data["income"].mean() == pytest.approx(people["income"].mean())
    for ids, rows in people.groupby(result.class_ids).indices.items():
        made = result.data.iloc[rows]
        assert made["age"].nunique() == 1, ids
        assert made["age"].iloc[0] == np.rint(people["age"].iloc[rows].mean())
        assert (
            people["job"].iloc[rows].value_counts()[made["job"].iloc[0]]
            == people["job"].iloc[rows].value_counts().max()
        )


def test_resampled_values_are_of_the_class_and_of_the_seed(people):
    results = [enforce_k_anonymity(people, 8, QI, output="resample", random_state=seed) for seed in (0, 0, 1)]
    pd.testing.assert_frame_equal(results[0].data, results[1].data)
    assert not results[0].data.equals(results[2].data)
    for rows in people.groupby(results[0].class_ids).indices.values():
        for name in QI:
            assert set(results[0].data[name].iloc[rows]) <= set(people[name].iloc[rows])
    assert results[0].data.dtypes.equals(people.dtypes)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("output", ["labels", "representative", "resample"])
def test_containers_come_back(people, method, output):
    if method == "suppression" and output != "labels":
        return
    small = people[["age", "job", "illness"]].head(80)
    for container in (small, pl.from_pandas(small), pa.Table.from_pandas(small, preserve_index=False)):
        result = enforce_k_anonymity(container, 4, ["age", "job"], method=method, output=output)
        assert type(result.data) is type(container)
        if output != "resample":
            assert class_sizes(result.data, ["age", "job"]).min() >= 4
    array = small[["age"]].to_numpy()
    made = enforce_k_anonymity(array, 4, 0, method=method, output=output).data
    assert isinstance(made, np.ndarray)
    assert made.shape == (80, 1)


MISSING = {
    "float": [1.0, np.nan, 2.0, np.nan, 3.0, 4.0, np.nan, 5.0],
    "integer": pd.array([1, None, 2, None, 3, 4, None, 5], dtype="Int64"),
    "text": ["a", None, "b", None, "a", "b", None, "a"],
    "boolean": pd.array([True, None, False, None, True, True, None, False], dtype="boolean"),
    "category": pd.Categorical(["a", None, "b", None, "a", "b", None, "a"]),
    "date": pd.to_datetime(["2020-01-01", None, "2020-03-01", None, "2021-01-01", "2022-01-01", None, "2020-01-01"]),
    "all": [None] * 8,
    "all_float": [np.nan] * 8,
    "constant": [3] * 8,
    "unsigned": np.array([2**64 - 1, 0, 5, 6, 7, 2**63, 8, 9], dtype=np.uint64),
    "mixed": [1, "1", 1.0, True, 1, "1", 1.0, None],
}


@pytest.mark.parametrize("name", MISSING)
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("output", ["labels", "representative", "resample"])
def test_missing_values_and_odd_columns(name, method, output):
    if method == "suppression" and output != "labels":
        return
    frame = pd.DataFrame({name: MISSING[name], "s": range(8)})
    result = enforce_k_anonymity(frame, 2, name, method=method, output=output)
    assert len(result.data) == 8
    assert np.bincount(result.class_ids).min() >= 2
    if output != "resample":
        assert class_sizes(result.data, name).min() >= 2


def test_missing_is_said_in_labels():
    frame = pd.DataFrame({"x": [1.0, np.nan, 2.0, np.nan]})
    assert set(enforce_k_anonymity(frame, 2, "x").data["x"]) == {"[1, 2]", "missing"}
    assert set(enforce_k_anonymity(frame, 4, "x").data["x"]) == {"[1, 2] or missing"}
    assert enforce_k_anonymity(frame, 4, "x").information_loss == 1.0


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("k", [2, 5, 11])
def test_local_suppression(seed, k):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({c: rng.integers(0, 6, 40) for c in "abc"})
    result = enforce_k_anonymity(frame, k, list("abc"), method="suppression")
    assert class_sizes(result.data, list("abc")).min() >= k
    kept = result.data.notna()
    assert (result.data.where(kept, frame) == frame).all().all()
    assert result.suppressed_cells == int((~kept).to_numpy().sum())
    assert result.information_loss == pytest.approx((~kept).to_numpy().mean())


def test_local_suppression_blanks_what_matters_least():
    frame = pd.DataFrame({"a": [1, 1, 1, 2], "b": [1, 1, 1, 1]})
    assert enforce_k_anonymity(frame, 1, ["a", "b"], method="suppression").suppressed_cells == 0
    unlike = pd.DataFrame({"a": [1, 2, 3, 4], "b": [1, 1, 2, 2]})
    cheap_b = enforce_k_anonymity(unlike, 2, ["a", "b"], method="suppression", importance={"a": 1, "b": 5})
    assert cheap_b.data["b"].notna().all()
    assert cheap_b.data["a"].isna().all()


def test_mdav_groups_are_small_and_near():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"x": rng.normal(size=300), "y": rng.normal(size=300)})
    ids = enforce_k_anonymity(frame, 5, ["x", "y"], method="mdav").class_ids
    assert 5 <= np.bincount(ids).min() <= np.bincount(ids).max() < 10
    within = frame.groupby(ids).transform(lambda g: g - g.mean()).to_numpy()
    assert (within**2).sum() < 0.05 * 600


def test_threads_change_nothing(people, n_threads):
    big = pd.concat([people[["age", "income", "job"]]] * 200, ignore_index=True)
    big["income"] *= np.random.default_rng(0).lognormal(size=len(big))
    one = enforce_k_anonymity(big, 50, list(big), n_threads=1)
    some = enforce_k_anonymity(big, 50, list(big), n_threads=n_threads)
    np.testing.assert_array_equal(one.class_ids, some.class_ids)


@pytest.mark.parametrize(
    ("change", "error", "text"),
    [
        ({"k": 601}, DataError, "k=601 needs at least 601 rows, got 600"),
        ({"k": 0}, ValueError, "at least 1"),
        ({"k": 2.5}, TypeError, "integer"),
        ({"quasi_identifiers": "nope"}, SchemaError, "'nope'"),
        ({"sensitive": "age"}, DataError, "both sensitive and quasi-identifiers"),
        ({"l": 5}, DataError, "whole table as one class does not"),
        ({"l": 2, "sensitive": None}, DataError, "name their columns in sensitive"),
        ({"t": 1.5}, ValueError, "t: expected"),
        ({"l": 2, "diversity": "recursive"}, DataError, "needs c"),
        ({"l": 2.5, "c": 2, "diversity": "recursive"}, DataError, "whole l"),
        ({"method": "datafly"}, ValueError, "method"),
        ({"output": "text"}, ValueError, "output"),
        ({"cut": "loose"}, ValueError, "cut"),
        ({"suppression_limit": 0.1}, DataError, "leaves out no rows"),
        ({"suppression_limit": 2, "method": "lattice"}, ValueError, "suppression_limit"),
        ({"method": "mdav", "l": 2}, DataError, "keeps k alone"),
        ({"method": "suppression", "output": "resample"}, DataError, "leave output"),
        ({"method": "suppression", "importance": {"zip": 1}}, DataError, "importance names"),
        ({"hierarchies": {"zip": JOBS}}, DataError, "no quasi-identifier"),
        ({"sensitive": "zip", "hierarchies": {"zip": JOBS}}, DataError, "t is not given"),
        ({"sensitive": "zip", "t": 0.3, "hierarchies": {"zip": JOBS}}, DataError, "column 'zip'"),
        ({"hierarchies": {"job": Hierarchy([["nurse"]])}}, DataError, "column 'job'"),
    ],
)
def test_bad_arguments_are_refused(people, change, error, text):
    arguments = {"k": 3, "quasi_identifiers": ["age", "job"], "sensitive": "illness", **change}
    with pytest.raises(error, match=text):
        enforce_k_anonymity(people, **arguments)


def test_bad_tables_are_refused():
    with pytest.raises(DataError, match="infinite in row 1"):
        enforce_k_anonymity({"x": [1.0, np.inf]}, 1, "x")
    with pytest.raises(DataError, match="got 0"):
        enforce_k_anonymity(pd.DataFrame({"x": []}), 1, "x")
    frame = pd.DataFrame({"x": [1, 1, 1, 2]})
    tree = {"x": [[1, 2], ["a", "b"], ["c", "c"]]}
    assert (
        enforce_k_anonymity(frame, 3, "x", method="lattice", hierarchies=tree, suppression_limit=0.25).achieved_k == 3
    )
    wide = pd.DataFrame(np.zeros((3, 21)))
    with pytest.raises(DataError, match="at most 20"):
        enforce_k_anonymity(wide, 2, list(wide), method="suppression")
    many = {c: [list(range(60)), *[[f"{i // 2**j}" for i in range(60)] for j in range(1, 7)]] for c in range(9)}
    with pytest.raises(DataError, match="combinations of levels"):
        enforce_k_anonymity(pd.DataFrame(np.zeros((60, 9), int)), 2, list(range(9)), method="lattice", hierarchies=many)


def test_adult_loses_less_than_greedy_levels(real_table):
    """anjana 1.2.3 at k = 10 without suppression turns age, education, occupation and country into one value each."""
    frame = real_table("adult_train")
    names = ["age", "education", "marital_status", "occupation", "sex", "native_country"]
    result = enforce_k_anonymity(frame, 10, names)
    assert result.achieved_k >= 10
    assert result.information_loss < 0.06
