"""The tree synthesizer's smaller parts one by one: hierarchy, linear rule, sources."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from synthesizers.tree_bins import binned

from synthfast.synthesizers._tree.bins import Bins
from synthfast.synthesizers._tree.hierarchy import Hierarchy
from synthfast.synthesizers._tree.level_values import LevelValues
from synthfast.synthesizers._tree.linear import LinearBasis, LinearScore
from synthfast.synthesizers._tree.sources import MAX_SOURCES, choose_sources, mutual_information

N = 4_000


def walk(hierarchy, leaf):
    """The sides of the walk to a leaf, and the product of the odds' probabilities on it."""
    node, share, depth = 0, 1.0, 0
    while True:
        level = hierarchy.levels[depth]
        assert level.node[leaf] == node
        right = int(level.right[leaf])
        p = 1.0 / (1.0 + np.exp(-float(level.base[node])))
        share *= p if right else 1.0 - p
        child = level.child[node, right]
        if child < 0:
            assert -1 - child == leaf
            assert all(later.node[leaf] == -1 for later in hierarchy.levels[depth + 1 :])
            return share, depth + 1
        node, depth = child, depth + 1


@pytest.mark.parametrize("first_alone", [False, True])
@pytest.mark.parametrize(
    "counts", [[5, 7], [1, 1, 1], [0, 0, 9, 0], [1000, 1, 1, 1, 1], [3] * 255, [0] * 7, list(range(1, 3_001))]
)
def test_every_leaf_is_reached_with_its_share_of_rows(counts, first_alone):
    counts = np.array(counts)
    hierarchy = Hierarchy(counts, first_alone)
    found = [walk(hierarchy, leaf) for leaf in range(0, len(counts), max(1, len(counts) // 100))]
    shares = np.array([share for share, _ in found])
    expected = (counts / max(counts.sum(), 1))[:: max(1, len(counts) // 100)]
    # half a row is added on both sides of each split, of which there are at most 2 log2(n) on an even way down
    assert (np.abs(shares - expected) * max(counts.sum(), 1) <= 0.5 * len(hierarchy.levels) + 1).all()
    if first_alone:
        assert found[0][1] == 1


def test_splits_are_even_and_frequent_leaves_near_the_root():
    hierarchy = Hierarchy(np.array([1, 1, 1, 1, 1000, 1, 1, 1]), False)
    assert walk(hierarchy, 4)[1] <= 2
    even = Hierarchy(np.full(256, 10), False)
    assert len(even.levels) == 8


def test_one_leaf_needs_no_level():
    assert Hierarchy(np.array([10]), False).levels == []
    assert Hierarchy(np.array([10]), True).levels == []


def test_the_linear_rule_finds_a_plane():
    """z = 0.6 x - 0.5 y + noise 0.62: the prediction's correlation with z is sqrt(0.61), within 4 / sqrt(n)."""
    rng = np.random.default_rng(6)
    x, y = rng.normal(size=(2, N))
    z = 0.6 * x - 0.5 * y + np.sqrt(0.39) * rng.normal(size=N)
    bins, _, codes, _ = binned(pd.DataFrame({"x": x, "y": y, "z": z}))
    basis = LinearBasis(bins, codes)
    rule = basis.solve(2, np.array([0, 1], dtype=np.int32))
    prediction = rule(codes)
    assert abs(np.corrcoef(prediction, z)[0, 1] - np.sqrt(0.61)) < 4 / np.sqrt(N)
    assert rule.spread == pytest.approx(np.sqrt(0.39), abs=4 * np.sqrt(0.39 / (2 * N)) + 0.02)
    r = basis.correlations(2)
    assert np.abs(r - [0.6, -0.5]).max() < 4 / np.sqrt(N)
    again = LinearScore.from_state(rule.to_state())
    np.testing.assert_array_equal(again(codes), prediction)


def test_a_rule_that_explains_nothing_is_none():
    rng = np.random.default_rng(7)
    bins, _, codes, _ = binned(pd.DataFrame(rng.normal(size=(N, 3)), columns=list("xyz")))
    basis = LinearBasis(bins, codes)
    assert basis.solve(2, np.array([0, 1], dtype=np.int32)) is None
    assert basis.solve(0, np.empty(0, dtype=np.int32)) is None


def test_the_rule_takes_levels_and_leaves_missing_out():
    """A level moves the mean by 2 standard deviations; a fifth of the target is missing and says nothing."""
    rng = np.random.default_rng(8)
    c = rng.choice(3, N)
    z = np.where(rng.random(N) < 0.2, np.nan, 2.0 * c + rng.normal(size=N))
    bins, _, codes, _ = binned(pd.DataFrame({"c": np.array(list("xyz"))[c], "z": z}))
    rule = LinearBasis(bins, codes).solve(1, np.array([0], dtype=np.int32))
    prediction = rule(codes)
    means = [prediction[c == k].mean() for k in range(3)]
    assert means[0] < means[1] < means[2]
    assert all(len(np.unique(prediction[c == k])) == 1 for k in range(3))


def test_rules_of_columns_with_gaps_look_at_their_own_sources_only(monkeypatch):
    """Cross-products of sources and target, so that time grows with the square of the columns and not their cube."""
    rng = np.random.default_rng(9)
    data = rng.normal(size=(500, 12))
    data[:, 11] += data[:, 4]
    data[rng.random(data.shape) < 0.1] = np.nan
    bins, _, codes, _ = binned(pd.DataFrame(data, columns=[f"c{k}" for k in range(12)]))
    basis, sizes, taken = LinearBasis(bins, codes), [], np.empty
    monkeypatch.setattr(np, "empty", lambda shape, *more, **named: sizes.append(shape) or taken(shape, *more, **named))
    rule = basis.solve(11, np.array([4, 7], dtype=np.int32))
    assert max(shape[0] for shape in sizes if np.ndim(shape)) == 5  # a score and a mark of missing each, and the target
    known = codes[11] > 0
    table = rule.tables[np.searchsorted(rule.columns, 4)]
    assert np.corrcoef(table[codes[4][known]], bins[11].grade[codes[11][known]])[0, 1] > 0.5


def test_few_columns_see_all_earlier_ones_that_vary():
    bins, _, codes, _ = binned(pd.DataFrame(np.random.default_rng(0).normal(size=(200, 5)), columns=list("abcde")))
    flat = Bins(LevelValues(np.array([0])), False, False, np.array([200]))
    sources = choose_sources([bins[0], flat, *bins[2:]], mutual_information(bins, codes))
    assert [s.tolist() for s in sources] == [[], [0], [0], [0, 2], [0, 2, 3]]


def test_many_columns_see_those_that_say_most():
    """59 unrelated columns and one that decides the last: it must be among the 40 that are seen."""
    rng = np.random.default_rng(9)
    data = rng.normal(size=(2_000, 60))
    data[:, 59] = data[:, 7] ** 2 + 0.1 * rng.normal(size=2_000)
    bins, _, codes, _ = binned(pd.DataFrame(data, columns=[f"c{k}" for k in range(60)]))
    sources = choose_sources(bins, mutual_information(bins, codes))
    assert all(len(s) == min(j, MAX_SOURCES) for j, s in enumerate(sources))
    assert all((s < j).all() and (np.diff(s) > 0).all() for j, s in enumerate(sources))
    assert 7 in sources[59]


def test_information_is_what_groups_share():
    """log 8 of a column about its copy, log 2 of a fair bit about its copy, nothing between unrelated columns."""
    rng = np.random.default_rng(10)
    x, bit = rng.normal(size=N), rng.integers(0, 2, N)
    bins, _, codes, _ = binned(pd.DataFrame({"x": x, "copy": -x, "bit": bit, "flip": 1 - bit}))
    found = mutual_information(bins, codes)
    np.testing.assert_array_equal(found, found.T)
    assert found[0, 1] == pytest.approx(np.log(8), abs=0.02)
    assert found[2, 3] == pytest.approx(np.log(2), abs=0.002)
    # 2 n times the estimate is chi-squared with at most 7 degrees of freedom; less its mean here
    assert found[:2, 2:].max() < (stats.chi2.isf(1e-5, 7) - 7) / (2 * N)
