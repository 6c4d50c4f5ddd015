"""Figures of the report against their definitions, and where pycanon 1.3.6 departs from them."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import wasserstein_distance

from synthfast.exceptions import DataError, SchemaError
from synthfast.privacy import Hierarchy, anonymity_report, k_map


def table_of(*classes):
    """One class a list of sensitive values."""
    rows = [(number, value) for number, values in enumerate(classes) for value in values]
    return pd.DataFrame(rows, columns=["q", "s"])


def figures(*classes, **options):
    return anonymity_report(table_of(*classes), "q", "s", **options).sensitive["s"]


def random_table(n=400, seed=0, numbers=True):
    rng = np.random.default_rng(seed)
    values = rng.geometric(0.3, n).clip(max=8)
    frame = pd.DataFrame({"q": rng.integers(0, 12, n), "r": rng.integers(0, 3, n), "s": values})
    return frame if numbers else frame.assign(s=frame["s"].map("v{}".format))


def by_definition(frame, l=2):
    """The slow way, class after class and value after value."""
    p = frame["s"].value_counts(normalize=True).sort_index()
    worst = {
        "alpha": 0,
        "distinct": 99,
        "entropy": 99,
        "c": 0,
        "equal": 0,
        "ordered": 0,
        "delta": 0,
        "beta": 0,
        "ebeta": 0,
    }
    for _, group in frame.groupby(["q", "r"]):
        counts = group["s"].value_counts().reindex(p.index, fill_value=0)
        q = counts / len(group)
        top = sorted(counts, reverse=True)
        gains = (q - p) / p
        worst["alpha"] = max(worst["alpha"], q.max())
        worst["distinct"] = min(worst["distinct"], (q > 0).sum())
        worst["entropy"] = min(worst["entropy"], math.exp(-sum(x * math.log(x) for x in q if x > 0)))
        worst["c"] = max(worst["c"], top[0] / sum(top[l - 1 :]) if sum(top[l - 1 :]) else math.inf)
        worst["equal"] = max(worst["equal"], abs(q - p).sum() / 2)
        worst["ordered"] = max(worst["ordered"], abs((q - p).cumsum()).sum() / (len(p) - 1))
        worst["delta"] = max(
            worst["delta"], max(abs(math.log(x / y)) if x else math.inf for x, y in zip(q, p, strict=True))
        )
        worst["beta"] = max(worst["beta"], gains.max())
        too_much = any(gain > -math.log(y) for gain, y in zip(gains, p, strict=True) if gain > 0)
        worst["ebeta"] = max(worst["ebeta"], math.inf if too_much else gains.max())
    return worst


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("l", [1, 2, 3, 5])
def test_figures_are_those_of_the_definitions(seed, l):
    frame = random_table(seed=seed)
    found = anonymity_report(frame, ["q", "r"], "s", l=l).sensitive["s"]
    expected = by_definition(frame, l)
    names = "alpha distinct_l entropy_l recursive_c t_equal t_ordered delta beta enhanced_beta".split()
    for name, value in zip(names, expected.values(), strict=True):
        assert getattr(found, name) == pytest.approx(value, rel=1e-12, abs=1e-12), name


def test_table_figures():
    frame = random_table()
    report = anonymity_report(frame, ["q", "r"])
    sizes = frame.groupby(["q", "r"]).size()
    assert (report.k, report.n_classes, report.n_rows) == (sizes.min(), len(sizes), len(frame))
    assert report.average_class_size == pytest.approx(sizes.mean())
    assert report.discernibility == (sizes**2).sum()
    assert report.unique_rows == (sizes == 1).sum()
    assert report.sensitive == {}


def test_ordered_closeness_is_the_distance_of_ranks_that_scipy_computes():
    frame = random_table(seed=5)
    ranks = frame["s"].rank(method="dense").to_numpy() - 1
    worst = max(wasserstein_distance(ranks[rows], ranks) for rows in frame.groupby(["q", "r"]).indices.values())
    found = anonymity_report(frame, ["q", "r"], "s").sensitive["s"].t_ordered
    assert found == pytest.approx(worst / ranks.max(), rel=1e-12)


# What pycanon 1.3.6 returns, seen by running it, stands in each name or text.
def test_recursive_diversity_sorts_descending_where_pycanon_returns_1():
    found = figures([1] * 8 + [2, 3], l=2)
    assert found.recursive_c == pytest.approx(8 / 2)
    assert figures([1] * 8 + [2, 3], l=3).recursive_c == pytest.approx(8.0)
    frame = table_of([1] * 8 + [2, 3])
    assert not anonymity_report(frame, "q", "s", l=3).holds(c=8)
    assert anonymity_report(frame, "q", "s", l=3).holds(c=8.01)


@pytest.mark.parametrize("n_values", [2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
def test_entropy_of_even_classes_is_exact_where_pycanon_loses_one(n_values):
    """pycanon 1.3.6 gives 2, 3, 5, 6, 7, 9 for 3, 4, 6, 7, 8, 10 values: int(exp(H)) of a rounded H."""
    values = list(range(n_values)) * 3
    assert figures(values).entropy_l == n_values
    assert anonymity_report(table_of(values), "q", "s").holds(entropy_l=n_values)


def test_classification_metric_counts_one_majority_where_pycanon_counts_ties_twice():
    assert figures(["a", "a", "b", "b"]).classification_metric == 0.5


def test_delta_is_infinite_where_a_class_lacks_a_value_which_pycanon_skips():
    assert figures(["a", "b"], ["a", "a"]).delta == math.inf
    assert figures(["a", "b"], ["a", "b"]).delta == 0.0


def test_enhanced_beta_holds_each_gain_against_its_own_value():
    """pycanon 1.3.6 caps the largest gain of all by the rarest value's -ln p, so rare values excuse frequent ones."""
    rows = ["a"] * 60 + ["b"] * 39 + ["c"]
    report = figures(["a"] * 55 + ["b"] * 5, ["a"] * 5 + ["b"] * 34 + ["c"])
    assert len(rows) == 100
    assert report.beta == pytest.approx(1.5)  # c: 1 of 40 against 1 of 100
    assert report.enhanced_beta == math.inf  # a: 0.917 / 0.6 - 1 = 0.528 > -ln 0.6 = 0.511


def test_hierarchical_closeness():
    """Of 4 leaves in 2 nodes: mass within a node costs a half, across the root all."""
    tree = Hierarchy([["a", "b", "c", "d"], ["x", "x", "y", "y"]])
    even = ["a", "b", "c", "d"] * 2
    within = figures(even, ["a", "a", "c", "d"], ["b", "b", "c", "d"], hierarchies={"s": tree})
    assert within.t_hierarchical == pytest.approx(0.5 * 0.25)
    across = figures(["a", "b"], ["c", "d"], hierarchies={"s": tree})
    assert across.t_hierarchical == pytest.approx(0.5)
    assert across.t == across.t_hierarchical
    flat = Hierarchy([["a", "b", "c", "d"]])
    rng = np.random.default_rng(0)
    classes = [rng.choice(list("abcd"), 9).tolist() for _ in range(20)]
    found = figures(*classes, ["a", "b", "c", "d"], hierarchies={"s": flat})
    assert found.t_hierarchical == pytest.approx(found.t_equal)


def test_hierarchical_closeness_is_a_transport_cost():
    """Against the linear programme itself, on three levels."""
    from scipy.optimize import linprog

    values = list("abcdefg")
    tree = Hierarchy([values, list("uuvvwww"), list("xxxxyyy")])
    nodes = tree.numbered()
    cost = np.array([[np.argmax(nodes[:, i] == nodes[:, j]) for j in range(7)] for i in range(7)]) / 3
    rng = np.random.default_rng(1)
    classes = [rng.choice(values, 12, p=rng.dirichlet(np.ones(7))).tolist() for _ in range(5)] + [values]
    p = pd.Series(np.concatenate(classes)).value_counts(normalize=True).reindex(values).to_numpy()
    worst = 0.0
    for group in classes:
        q = pd.Series(group).value_counts(normalize=True).reindex(values, fill_value=0).to_numpy()
        sums = np.vstack([np.kron(np.eye(7), np.ones(7)), np.kron(np.ones(7), np.eye(7))])
        worst = max(worst, linprog(cost.ravel(), A_eq=sums, b_eq=np.concatenate([q, p]), method="highs").fun)
    assert figures(*classes, hierarchies={"s": tree}).t_hierarchical == pytest.approx(worst, abs=1e-9)


def test_t_is_the_distance_that_suits():
    assert anonymity_report(random_table(), "q", "s").sensitive["s"].t_ordered is not None
    text = anonymity_report(random_table(numbers=False), "q", "s").sensitive["s"]
    assert text.t_ordered is None
    assert text.t == text.t_equal
    frame = random_table(numbers=False)
    frame["s"] = frame["s"].astype(pd.CategoricalDtype(sorted(frame["s"].unique()), ordered=True))
    assert anonymity_report(frame, "q", "s").sensitive["s"].t_ordered is not None


def test_worst_classes_and_table():
    frame = pd.DataFrame({"q": [1, 1, 2, 3, 3, 3], "s": list("aabbca")})
    report = anonymity_report(frame, "q", "s", n_worst=2)
    assert report.worst_classes["q"].tolist() == [2, 1]
    assert report.worst_classes["rows"].tolist() == [1, 2]
    assert report.worst_classes["s: distinct"].tolist() == [1, 1]
    assert report.worst_classes["s: largest share"].tolist() == [1.0, 1.0]
    table = report.table.set_index(["measure", "column"])["value"]
    assert table["k", ""] == 1
    assert table["alpha", "s"] == 1.0
    assert "3 classes" in str(report)
    assert anonymity_report(frame, "q", n_worst=0).worst_classes.shape == (0, 2)


def test_missing_sensitive_values_are_a_value():
    assert figures(["a", None]).distinct_l == 2
    assert figures([1.0, np.nan, np.nan]).alpha == pytest.approx(2 / 3)
    assert figures([None, None]).distinct_l == 1


def test_several_sensitive_columns_and_holds():
    frame = pd.DataFrame({"q": [1, 1, 2, 2], "s": list("abab"), "u": [1, 1, 1, 2]})
    report = anonymity_report(frame, "q", ["s", "u"])
    assert report.holds(k=2)
    assert not report.holds(k=3)
    assert not report.holds(k=2, l=2)
    assert anonymity_report(frame, "q", "s").holds(k=2, l=2, t=0, alpha=0.5, beta=0, entropy_l=2, delta=0.1)
    assert not anonymity_report(frame, "q", "s").holds(delta=0.0)
    with pytest.raises(TypeError, match="k: expected a number"):
        report.holds(k="2")
    with pytest.raises(ValueError, match="t: expected a finite number"):
        report.holds(t=float("nan"))


def test_wildcards_have_no_classes():
    frame = pd.DataFrame({"q": [1.0, 1.0, np.nan], "s": [1, 2, 3]})
    assert anonymity_report(frame, "q").k == 1
    assert anonymity_report(frame, "q", missing="wildcard").k == 3
    with pytest.raises(DataError, match="form no classes"):
        anonymity_report(frame, "q", "s", missing="wildcard")


def test_k_map():
    people = pd.DataFrame({"age": [30, 30, 30, 40, 40, 50], "zip": list("aaabbb")})
    sample = pd.DataFrame({"zip": ["a", "b"], "age": [30.0, 40.0]})
    assert k_map(sample, people, ["age", "zip"]) == 2
    assert k_map(sample.assign(age=[30.5, 40]), people, ["age", "zip"]) == 0
    assert k_map(sample, people, "zip") == 3
    assert anonymity_report(sample, ["age", "zip"], population=people).k_map == 2
    with pytest.raises(DataError, match="'age' is string in the table and integer"):
        k_map(sample.assign(age=["30", "40"]), people, "age")
    with pytest.raises(SchemaError, match="not columns"):
        k_map(sample, people[["age"]], ["age", "zip"])


@pytest.mark.parametrize(
    ("change", "error", "text"),
    [
        ({"sensitive": "q"}, DataError, "both sensitive and quasi-identifiers"),
        ({"sensitive": "x"}, SchemaError, "sensitive"),
        ({"l": 0}, ValueError, "at least 1"),
        ({"l": 1.5}, TypeError, "integer"),
        ({"missing": "skip"}, ValueError, "missing"),
        ({"n_worst": -1}, ValueError, "n_worst"),
        ({"hierarchies": {"s": Hierarchy([["a"]])}}, DataError, "'b'"),
    ],
)
def test_bad_arguments_are_refused(change, error, text):
    frame = pd.DataFrame({"q": [1, 1], "s": ["a", "b"]})
    with pytest.raises(error, match=text):
        anonymity_report(frame, "q", **{"sensitive": "s", **change})


def test_no_rows_are_refused():
    with pytest.raises(DataError, match="at least one row"):
        anonymity_report(pd.DataFrame({"q": [], "s": []}), "q", "s")


def test_adult(real_table):
    frame = real_table("adult_train")
    names = ["age", "education", "marital_status", "occupation", "sex", "native_country"]
    report = anonymity_report(frame, names, ["income", "hours_per_week"])
    sizes = frame.groupby(names, dropna=False).size()
    assert (report.k, report.n_classes) == (1, len(sizes))
    assert report.sensitive["income"].alpha == 1.0
    # Golden: pycanon 1.3.6 t_closeness on the same table, where it is right.
    assert report.sensitive["income"].t_equal == pytest.approx(0.7591904425539756, rel=1e-12)
