"""The tree synthesizer's parts one by one: bins, hierarchy, linear rule, sources, both chains, corrector, hold-out."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from synthfast._core.frames import Table
from synthfast._core.random import Stream
from synthfast.encoding import EncodedCondition, TableCodec
from synthfast.marginals.quantile_table import QuantileTable
from synthfast.schema import Schema
from synthfast.synthesizers._tree.audit import Split
from synthfast.synthesizers._tree.bins import MAX_CODES, N_GROUPS, Bins, LevelValues, NumberValues
from synthfast.synthesizers._tree.boosted import BoostedChain
from synthfast.synthesizers._tree.cart import CartChain
from synthfast.synthesizers._tree.corrector import Corrector
from synthfast.synthesizers._tree.forest import BoostSettings, Forest
from synthfast.synthesizers._tree.hierarchy import Hierarchy
from synthfast.synthesizers._tree.linear import LinearBasis, LinearScore
from synthfast.synthesizers._tree.presets import PRESETS
from synthfast.synthesizers._tree.sources import MAX_SOURCES, choose_sources, mutual_information
from synthfast.synthesizers._tree.table_bins import feature_codes, fit_bins, shuffle_rows

N = 4_000


def binned(frame, order=None, min_count=5):
    """Bins, leaves and feature codes of a frame, rows as they are."""
    table = Table.from_any(frame)
    codec = TableCodec.fit(table, Schema.infer(table))
    columns = codec.encode(table)
    bins, leaves = fit_bins(columns, codec, list(order or codec.modelled), min_count)
    return bins, leaves, feature_codes(bins, leaves), {name: column.values for name, column in columns.items()}


def number_column(kind, rng, n=N):
    """Numbers of the shapes that tables hold."""
    return {
        "normal": lambda: rng.normal(size=n),
        "counts": lambda: rng.poisson(2, n),
        "wide counts": lambda: rng.poisson(900, n),
        "zeros": lambda: np.where(rng.random(n) < 0.7, 0.0, rng.gamma(2, size=n)),
        "heaped": lambda: np.where(rng.random(n) < 0.4, 10 * rng.integers(0, 10, n), rng.random(n) * 100),
        "money": lambda: np.round(np.exp(3 + rng.normal(size=n)), 2),
        "holes": lambda: np.where(rng.random(n) < 0.2, np.nan, rng.normal(size=n)),
        "few rows": lambda: rng.normal(size=12),
        "two values": lambda: rng.choice([1.5, 7.0], n),
    }[kind]()


SHAPES = ["normal", "counts", "wide counts", "zeros", "heaped", "money", "holes", "few rows", "two values"]


@pytest.fixture(params=SHAPES)
def column(request):
    """One number column as (bins, leaves, encoded values)."""
    frame = pd.DataFrame({"x": number_column(request.param, np.random.default_rng(0))})
    bins, leaves, _, values = binned(frame)
    return bins[0], leaves[0], values["x"]


# -- bins --------------------------------------------------------------------------------------------------------------


def test_cells_part_the_probabilities(column):
    bins, leaves, values = column
    edges = bins.values.edges
    assert edges[0] == 0.0
    assert edges[-1] == 1.0
    assert (np.diff(edges) > 0.0).all()
    assert bins.n_leaves <= MAX_CODES
    assert bins.counts.sum() == len(values)
    np.testing.assert_array_equal(bins.counts, np.bincount(leaves, minlength=bins.n_leaves))
    assert bins.missing == np.isnan(values).any()
    np.testing.assert_array_equal(np.isnan(values), (leaves == 0) & bins.missing)


def test_what_is_decoded_lies_in_its_leaf(column):
    """At every leaf and any place in it; a value that an edge cuts counts for the cell that holds its middle."""
    bins, _, _ = column
    leaves = np.repeat(np.arange(bins.n_leaves), 50).astype(np.uint16)
    values = bins.decode(leaves, np.tile(np.linspace(1e-3, 1.0 - 1e-3, 50), bins.n_leaves))
    np.testing.assert_array_equal(np.isnan(values), (leaves == 0) & bins.missing)
    table, edges = bins.values.table, bins.values.edges
    known = ~np.isnan(values)
    leaves, values = leaves[known], values[known]
    assert (np.diff(values) >= 0.0).all()
    if table.step is not None:
        values = np.rint(values / table.step) * table.step
    start, stop = table.interval(values, values)
    cut = np.searchsorted(edges, start + 1e-12, side="right") != np.searchsorted(edges, stop - 1e-12, side="left")
    found = bins.encode(values)
    np.testing.assert_array_equal(found[~cut], leaves[~cut])
    assert np.abs(found.astype(int) - leaves).max(initial=0) <= 1


def test_decoding_places_spread_evenly_gives_the_column_back(column):
    """Leaves by their counts and even places in them: every quantile within a cell's mass of the column's."""
    bins, _, values = column
    leaves = np.repeat(np.arange(bins.n_leaves), bins.counts).astype(np.uint16)
    rest = np.concatenate([(np.arange(c) + 0.5) / max(c, 1) for c in bins.counts])
    drawn, known = bins.decode(leaves, rest), values[~np.isnan(values)]
    assert np.isnan(drawn).sum() == np.isnan(values).sum()
    drawn = drawn[~np.isnan(drawn)]
    # tails are fitted below the fifth value; elsewhere the gap is at most the largest cell that is no spike
    gap = stats.ks_2samp(drawn, known).statistic
    assert gap <= max(2.0 / MAX_CODES, 2.5 * 5 / len(known)) + 1e-9


def test_heavy_values_have_leaves_of_their_own():
    rng = np.random.default_rng(1)
    x = np.where(rng.random(N) < 0.6, 0.0, rng.normal(size=N))
    x[rng.random(N) < 0.1] = 2.5
    bins, leaves, _, _ = binned(pd.DataFrame({"x": x}))
    for spike in (0.0, 2.5):
        leaf = bins[0].encode(np.array([spike]))[0]
        assert bins[0].counts[leaf] == (x == spike).sum()
        assert (bins[0].decode(np.full(9, leaf, np.uint16), np.linspace(0, 0.99, 9)) == spike).all()
        assert set(x[leaves[0] == leaf]) == {spike}


@pytest.mark.parametrize(
    ("lower", "upper"),
    [
        ([-0.5], [0.25]),
        ([-np.inf], [0.0]),
        ([0.0], [0.0]),
        ([-2.0, 0.5], [-1.0, 0.75]),
        ([50.0], [60.0]),
        ([1.0], [9e9]),
    ],
)
def test_allowed_is_the_probability_of_the_condition(lower, upper):
    """Shares times the cells' masses are what the table's distribution function says."""
    rng = np.random.default_rng(2)
    x = np.where(rng.random(N) < 0.3, 0.0, rng.normal(size=N))
    bins, _, _, _ = binned(pd.DataFrame({"x": x}))
    values = bins[0].values
    condition = EncodedCondition(lower=np.array(lower), upper=np.array(upper))
    allowed = bins[0].allowed(condition)
    expected = np.diff(np.column_stack(values.table.interval(condition.lower, condition.upper)), axis=1).sum()
    assert (allowed.share * np.diff(values.edges)).sum() == pytest.approx(expected, abs=1e-12)
    leaves = np.flatnonzero(allowed.share > 0.0).repeat(20).astype(np.uint16)
    drawn = bins[0].decode(leaves, rng.random(len(leaves)), allowed.segments)
    met = np.zeros(len(drawn), dtype=bool)
    for low, high in zip(lower, upper, strict=True):
        met |= (drawn >= low - 1e-9) & (drawn <= high + 1e-9)
    assert met.all()


def test_points_without_mass_are_weighted_by_their_density():
    """Of two points of a normal column, 0 is e^2 times as likely as 2, within what binning blurs."""
    x = stats.norm.ppf((np.arange(20_000) + 0.5) / 20_000)
    bins, _, _, _ = binned(pd.DataFrame({"x": x}))
    points = np.array([0.0, 2.0])
    share = bins[0].allowed(EncodedCondition(lower=points, upper=points)).share
    mass = bins[0].counts / bins[0].counts.sum()
    at = bins[0].encode(points)
    assert share[at[0]] * mass[at[0]] / (share[at[1]] * mass[at[1]]) == pytest.approx(np.exp(2.0), rel=0.3)


def test_allowed_levels_and_missing():
    frame = pd.DataFrame({"c": ["a", "b", "c", None] * 50, "x": np.arange(200.0)})
    bins, leaves, _, values = binned(frame)
    allowed = bins[0].allowed(EncodedCondition(levels=np.array([1, 2])))
    assert allowed.segments is None
    np.testing.assert_array_equal(allowed.share[leaves[0]], np.isin(values["c"], [1, 2]).astype(float))
    gone = bins[0].allowed(EncodedCondition(missing=True)).share
    np.testing.assert_array_equal(gone[leaves[0]], (values["c"] < 0).astype(float))
    assert not bins[1].allowed(EncodedCondition(missing=True)).share.any()


@pytest.mark.parametrize(
    "kind",
    [
        "normal",
        "money",
        "zeros",
        "wide counts",
    ],
)
def test_densities_add_up_to_one_in_each_cell(kind):
    """Spikes and grid values summed, the rest integrated by the middle rule on a fine grid."""
    x = number_column(kind, np.random.default_rng(3))
    bins, _, _, _ = binned(pd.DataFrame({"x": x.astype(float) if kind != "wide counts" else x}))
    table, b = bins[0].values.table, bins[0]
    width = np.diff(b.values.edges)
    low, high = table.values[0], table.values[-1]
    if table.step is not None:
        grid = np.round(np.arange(np.rint(low / table.step), np.rint(high / table.step) + 1) * table.step, 9)
        total = np.bincount(b.encode(grid), np.exp(b.log_density(grid)), b.n_leaves)
        assert (total * width).sum() == pytest.approx(1.0, abs=1e-6)
        return
    step = (high - low) / 400_000
    grid = low + (np.arange(400_000) + 0.5) * step
    total = (np.exp(b.log_density(grid)) * width[b.encode(grid)]).sum() * step
    if kind == "zeros":
        total += np.exp(b.log_density(np.zeros(1)))[0] * width[b.encode(np.zeros(1))[0]]
    assert total == pytest.approx(1.0, abs=2e-3)


def test_density_outside_the_range_and_of_the_unknown_missing_is_none():
    bins, _, _, _ = binned(pd.DataFrame({"x": np.random.default_rng(0).normal(size=500), "c": ["a", "b"] * 250}))
    assert (bins[0].log_density(np.array([-1e9, 1e9, np.nan])) == -np.inf).all()
    np.testing.assert_array_equal(bins[1].log_density(np.array([0, 1, -1])), [0.0, 0.0, -np.inf])


@pytest.mark.parametrize("n_levels", [2, 300, 3_000])
def test_many_levels_share_codes_with_their_neighbours(n_levels):
    counts = np.random.default_rng(0).integers(5, 50, n_levels)
    bins = Bins(LevelValues(np.arange(n_levels)[::-1].copy()), False, False, counts)
    assert bins.codes.dtype == np.uint8
    assert bins.n_codes == min(n_levels, bins.n_codes) <= MAX_CODES
    assert (np.diff(bins.codes.astype(int)) >= 0).all()
    assert set(bins.codes.tolist()) == set(range(bins.n_codes))
    assert bins.groups.max() < N_GROUPS
    assert bins.code_grade[0] == 0.0
    assert bins.code_grade[-1] == 1.0
    levels = np.arange(n_levels, dtype=np.int32)
    np.testing.assert_array_equal(bins.decode(bins.encode(levels), np.zeros(n_levels)), levels)


def test_bins_are_stored_in_full(column):
    bins, leaves, values = column
    document, arrays = bins.to_state()
    again = Bins.from_state(document, arrays)
    np.testing.assert_array_equal(again.encode(values), leaves)
    rest = np.random.default_rng(0).random(len(leaves))
    np.testing.assert_array_equal(again.decode(leaves, rest), bins.decode(leaves, rest))
    np.testing.assert_array_equal(again.log_density(values), bins.log_density(values))


@pytest.mark.parametrize("n_cells", [1, 2, 240])
def test_a_constant_table_is_one_cell(n_cells):
    table = QuantileTable(np.array([0.0, 1.0]), np.array([3.0, 3.0]), None)
    values = NumberValues.cut(table, 100, n_cells)
    assert values.n_cells == 1
    np.testing.assert_array_equal(values.decode(np.zeros(3, np.int64), np.array([0.0, 0.5, 0.99])), 3.0)


def test_rows_are_shuffled_by_what_they_hold():
    rng = np.random.default_rng(5)
    leaves = [rng.integers(0, 40, N).astype(np.uint16), rng.integers(0, 9, N).astype(np.uint16)]
    order = rng.permutation(N)
    moved = [own[order] for own in leaves]
    one, other = shuffle_rows(leaves, 7), shuffle_rows(moved, 7)
    for own, its in zip(leaves, moved, strict=True):
        np.testing.assert_array_equal(own[one], its[other])
    assert sorted(one.tolist()) == list(range(N))
    assert not np.array_equal(leaves[0][one], leaves[0][shuffle_rows(leaves, 8)])


# -- hierarchy ---------------------------------------------------------------------------------------------------------


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


# -- linear rule -------------------------------------------------------------------------------------------------------


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


# -- sources -----------------------------------------------------------------------------------------------------------


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


# -- chains ------------------------------------------------------------------------------------------------------------

SMALL = BoostSettings(depth=4, max_trees=60)


@pytest.fixture(scope="module")
def chained():
    """Numbers, levels and missing values that depend on each other."""
    rng = np.random.default_rng(10)
    c = rng.choice(4, N, p=[0.4, 0.3, 0.2, 0.1])
    x = c + rng.normal(size=N)
    y = np.where(rng.random(N) < 1 / (1 + np.exp(-x)), np.nan, x + rng.normal(size=N))
    flag = rng.random(N) < np.where(np.isnan(y), 0.9, 0.2)
    return binned(pd.DataFrame({"c": np.array(list("pqrs"))[c], "x": x, "y": y, "flag": flag}))


@pytest.fixture(scope="module", params=["boosted", "cart"])
def chain(request, chained):
    bins, leaves, codes, _ = chained
    if request.param == "boosted":
        return BoostedChain.fit(bins, leaves, codes, SMALL, Stream.from_seed(0))
    return CartChain.fit(bins, leaves, codes, 20)


def test_probabilities_are_what_log_prob_says(chain, chained):
    bins, leaves, codes, _ = chained
    for j, b in enumerate(bins):
        rows = np.ascontiguousarray(codes[:j, :300])
        table = chain.probabilities(j, rows)
        assert table.shape == (300, b.n_leaves)
        assert (table > 0.0).all()
        np.testing.assert_allclose(table.sum(axis=1), 1.0, atol=1e-6)
        own = chain.log_prob(j, rows, leaves[j][:300])
        np.testing.assert_allclose(own, np.log(table[np.arange(300), leaves[j][:300]]), atol=1e-5)


def test_draws_follow_the_probabilities(chain, chained):
    """20,000 draws for one row: chi-squared over the leaves, mass below 20 expected draws taken together."""
    bins, _, codes, _ = chained
    n = 20_000
    for j in range(len(bins)):
        rows = np.repeat(codes[:j, :1], n, axis=1)
        p = chain.probabilities(j, np.ascontiguousarray(rows[:, :1]))[0]
        drawn = chain.draw(j, rows, np.random.default_rng(j).random(n))
        found = np.bincount(drawn, minlength=len(p))
        heavy = n * p >= 20
        expected = np.r_[n * p[heavy], n * p[~heavy].sum() + 1e-2]
        observed = np.r_[found[heavy], found[~heavy].sum()]
        statistic = ((observed - expected) ** 2 / np.maximum(expected, 1.0)).sum()
        assert statistic < stats.chi2.isf(1e-5, max(heavy.sum(), 1)), j


def test_uniforms_become_places_within_leaves(chain, chained):
    """What is left of the uniforms is uniform again and tells nothing of the leaf (KS at 1 in 10,000)."""
    _, _, codes, _ = chained
    for j in range(4):
        rows = np.repeat(codes[:j, :1], 10_000, axis=1)
        u = np.random.default_rng(j + 9).random(10_000)
        leaves = chain.draw(j, rows, u)
        assert (u >= 0.0).all()
        assert (u < 1.0).all()
        assert stats.kstest(u, "uniform").statistic < 2.2 / np.sqrt(len(u))
        if len(np.unique(leaves)) > 1:
            assert abs(np.corrcoef(u, leaves)[0, 1]) < 4 / np.sqrt(len(u))


def test_conditionals_are_learned(chain, chained):
    """Mean log probability of the training rows beats that of the counts, by at least half of what the truth gains."""
    bins, leaves, codes, values = chained
    p = np.where(np.isnan(values["y"]), 0.9, 0.2)
    truth = np.where(leaves[3] == 1, np.log(p), np.log(1 - p)).mean()
    share = bins[3].counts / N
    counts = np.log(share[leaves[3]]).mean()
    assert chain.log_prob(3, codes[:3], leaves[3]).mean() > counts + 0.5 * (truth - counts)


def test_chains_are_stored_in_full(chain, chained):
    bins, leaves, codes, _ = chained
    document, arrays = chain.to_state()
    again = type(chain).from_state(bins, document, arrays)
    for j in range(len(bins)):
        np.testing.assert_array_equal(again.log_prob(j, codes[:j], leaves[j]), chain.log_prob(j, codes[:j], leaves[j]))
        u = np.random.default_rng(j).random(N)
        np.testing.assert_array_equal(again.draw(j, codes[:j], u.copy()), chain.draw(j, codes[:j], u.copy()))


def test_a_column_that_follows_another_is_followed():
    """The rule 'y is x' needs no staircase: nine in ten draws within a 50th of the column's rank of their x."""
    rng = np.random.default_rng(11)
    x = rng.normal(size=N)
    bins, leaves, codes, _ = binned(pd.DataFrame({"x": x, "y": x + 0.01 * rng.normal(size=N)}))
    chain = BoostedChain.fit(bins, leaves, codes, BoostSettings(), Stream.from_seed(0))
    drawn = chain.draw(1, codes[:1], rng.random(N))
    rank = bins[1].grade[drawn] - bins[1].grade[leaves[1]]
    assert np.mean(np.abs(rank) < 0.02) > 0.9


def test_calmer_presets_are_smaller():
    for preset in PRESETS.values():
        calm = preset.calmer()
        if preset.boosting is None:
            assert calm.min_leaf > preset.min_leaf
        else:
            assert calm.boosting.depth <= preset.boosting.depth
            assert calm.boosting.max_trees < preset.boosting.max_trees
            assert calm.boosting.ridge > preset.boosting.ridge


# -- corrector ---------------------------------------------------------------------------------------------------------


def corrected(real, law, n_codes, seed=0, oversample=4):
    """A corrector of rows drawn by ``law(n, rng)``, resampled without regard to strata."""

    def draw(n_rows, corrector, stream):
        rng = np.random.default_rng(stream.key[0] % 2**32)
        pool = law(4 * n_rows, rng)
        weight = np.exp(corrector.log_weight(pool))
        return np.ascontiguousarray(pool[:, rng.choice(pool.shape[1], n_rows, p=weight / weight.sum())])

    return Corrector.fit(real, np.array(n_codes, dtype=np.int32), draw, oversample, Stream.from_seed(seed))


def test_the_corrector_finds_a_dependence_that_the_chain_missed():
    """Two fair bits, equal in 8 rows of 10, drawn as independent: log ratios are log 1.6 and log 0.4."""
    rng = np.random.default_rng(12)
    a = rng.integers(0, 2, 20_000)
    real = np.array([a, np.where(rng.random(20_000) < 0.8, a, 1 - a)], dtype=np.uint8)
    found = corrected(real, lambda n, own: own.integers(0, 2, (2, n)).astype(np.uint8), [2, 2])
    grid = np.array([[0, 0, 1, 1], [0, 1, 0, 1]], dtype=np.uint8)
    weight = np.exp(found.log_weight(grid))
    assert abs(weight.mean() - 1.0) < 4 * found.log_mean_error + 1e-3
    # a cell's count has relative error 1 / sqrt(5000); trees take most of the way, and boosters stop early
    np.testing.assert_allclose(weight, [1.6, 0.4, 0.4, 1.6], rtol=0.1)
    assert 0.0 < found.log_mean_error < 0.01
    again = Corrector.from_state(*found.to_state())
    np.testing.assert_array_equal(again.log_weight(grid), found.log_weight(grid))
    assert again.log_mean_error == found.log_mean_error


def test_nothing_is_corrected_where_nothing_is_wrong():
    rng = np.random.default_rng(13)
    found = corrected(
        rng.integers(0, 5, (3, 5_000)).astype(np.uint8),
        lambda n, own: own.integers(0, 5, (3, n)).astype(np.uint8),
        [5] * 3,
    )
    weight = found.log_weight(rng.integers(0, 5, (3, 2_000)).astype(np.uint8))
    assert np.abs(weight).max() < 0.5
    assert weight.std() < 0.1


def test_weights_are_bounded():
    """Rows a hundred times too rare in the draw get four times the mean, as the candidates allow."""
    rng = np.random.default_rng(14)
    real = (rng.random((1, 8_000)) < 0.5).astype(np.uint8)
    found = corrected(real, lambda n, own: (own.random((1, n)) < 0.02).astype(np.uint8), [2])
    assert found.log_weight(np.array([[0, 1]], dtype=np.uint8)).max() == pytest.approx(np.log(4.0))


@pytest.mark.parametrize(("n_rows", "oversample"), [(10, 4), (5_000, 1)])
def test_few_rows_or_candidates_are_no_ground(n_rows, oversample):
    real = np.zeros((2, n_rows), dtype=np.uint8)
    found = corrected(real, lambda n, own: np.ones((2, n), dtype=np.uint8), [2, 2], oversample=oversample)
    assert not found.forests
    np.testing.assert_array_equal(found.log_weight(real[:, :3]), 0.0)


@pytest.mark.parametrize("settings", [BoostSettings(depth=1), SMALL], ids=["stumps", "small"])
def test_a_forest_keeps_its_scores_when_its_features_are_narrowed(settings):
    rng = np.random.default_rng(15)
    codes = rng.integers(0, 50, (6, 5_000)).astype(np.uint8)
    target = (codes[3] > 20).astype(np.uint8)
    score = np.zeros(5_000, dtype=np.float32)
    forest = Forest.grow(codes, np.full(6, 50, np.int32), target, score, settings, 3)
    assert forest.gain > 0.3
    used = np.unique(forest.feature).astype(np.int32)
    assert 3 in used
    full, narrow = np.zeros((2, 5_000), dtype=np.float32)
    forest.add(codes, full)
    forest.only(used).add(np.ascontiguousarray(codes[used]), narrow)
    np.testing.assert_array_equal(full, narrow)
    np.testing.assert_allclose(full, score, atol=1e-4)
    assert np.mean((full > 0) == target) > 0.99


def test_no_forest_grows_on_noise():
    rng = np.random.default_rng(16)
    codes = rng.integers(0, 200, (5, 2_000)).astype(np.uint8)
    target = rng.integers(0, 2, 2_000).astype(np.uint8)
    forest = Forest.grow(codes, np.full(5, 200, np.int32), target, np.zeros(2_000, np.float32), SMALL, 3)
    assert forest is None or forest.gain < 0.02


# -- hold-out ----------------------------------------------------------------------------------------------------------


def test_rows_are_halved_at_random():
    one, other = Split().halves(1_001, Stream.from_seed(0))
    assert len(one) == len(other) == 500
    assert not set(one) & set(other)
    assert not np.array_equal(one, Split().halves(1_001, Stream.from_seed(1))[0])


def test_whole_groups_are_held_out():
    key = np.random.default_rng(0).integers(0, 60, 3_000).astype(float)
    one, other = Split("groups", key).halves(3_000, Stream.from_seed(0))
    assert len(one) == len(other) > 500
    assert not set(key[one]) & set(key[other])


def test_stretches_of_time_are_held_out():
    """Ten stretches in turn: of 1,000 moments only 9 neighbours lie in different halves."""
    time = np.random.default_rng(0).permutation(1_000).astype(float)
    one, other = Split("time", time).halves(1_000, Stream.from_seed(0))
    first = np.isin(np.arange(1_000), time[one])
    assert len(one) == len(other) == 500
    assert (np.diff(first.astype(int)) != 0).sum() == 9


def test_halves_are_bounded():
    one, other = Split().halves(50_000, Stream.from_seed(0))
    assert len(one) == len(other) == 10_000
