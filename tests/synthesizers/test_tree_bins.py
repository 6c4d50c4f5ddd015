"""Columns as leaves: cells of numbers, levels, missing; what is decoded, allowed and how likely it is."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from synthesizers.tree_bins import binned

from synthfast.marginals.quantile_table import QuantileTable
from synthfast.synthesizers._tree.bins import MAX_CODES, N_GROUPS, Bins, group_by_mass
from synthfast.synthesizers._tree.level_values import LevelValues
from synthfast.synthesizers._tree.number_values import NumberValues
from synthfast.synthesizers._tree.table_bins import shuffle_rows
from synthfast.synthesizers._tree.wanted import Wanted

N = 4_000


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
        "even counts": lambda: 2 * rng.poisson(900, n),
        "few rows": lambda: rng.normal(size=12),
        "two values": lambda: rng.choice([1.5, 7.0], n),
    }[kind]()


SHAPES = [
    "normal",
    "counts",
    "wide counts",
    "even counts",
    "zeros",
    "heaped",
    "money",
    "holes",
    "few rows",
    "two values",
]


@pytest.fixture(params=SHAPES)
def column(request):
    """One number column as (bins, leaves, encoded values)."""
    frame = pd.DataFrame({"x": number_column(request.param, np.random.default_rng(0))})
    bins, leaves, _, values = binned(frame)
    return bins[0], leaves[0], values["x"]


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
    """At every leaf and any place in it: no value lies in two cells."""
    bins, _, _ = column
    leaves = np.repeat(np.arange(bins.n_leaves), 50).astype(np.uint16)
    values = bins.decode(leaves, np.tile(np.linspace(1e-3, 1.0 - 1e-3, 50), bins.n_leaves))
    np.testing.assert_array_equal(np.isnan(values), (leaves == 0) & bins.missing)
    known = ~np.isnan(values)
    leaves, values = leaves[known], values[known]
    assert (np.diff(values) >= 0.0).all()
    np.testing.assert_array_equal(bins.encode(values), leaves)


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
    condition = Wanted(lower=np.array(lower), upper=np.array(upper))
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
    share = bins[0].allowed(Wanted(lower=points, upper=points)).share
    mass = bins[0].counts / bins[0].counts.sum()
    at = bins[0].encode(points)
    assert share[at[0]] * mass[at[0]] / (share[at[1]] * mass[at[1]]) == pytest.approx(np.exp(2.0), rel=0.3)


def test_allowed_levels_and_missing():
    frame = pd.DataFrame({"c": ["a", "b", "c", None] * 50, "x": np.arange(200.0)})
    bins, leaves, _, values = binned(frame)
    allowed = bins[0].allowed(Wanted(levels=np.array([1, 2])))
    assert allowed.segments is None
    np.testing.assert_array_equal(allowed.share[leaves[0]], np.isin(values["c"], [1, 2]).astype(float))
    gone = bins[0].allowed(Wanted(missing=True)).share
    np.testing.assert_array_equal(gone[leaves[0]], (values["c"] < 0).astype(float))
    assert not bins[1].allowed(Wanted(missing=True)).share.any()


def test_allowed_values_besides_missing():
    """Missing and an interval have their masses; beside missing a point without mass has none."""
    rng = np.random.default_rng(0)
    x = np.where(rng.random(N) < 0.3, np.nan, rng.normal(size=N))
    bins, _, _, _ = binned(pd.DataFrame({"x": x}))
    mass = bins[0].counts / N
    allowed = bins[0].allowed(Wanted(True, np.array([0.0]), np.array([np.inf])))
    assert (allowed.share * mass).sum() == pytest.approx(np.mean(np.isnan(x) | (x >= 0.0)), abs=0.01)
    assert allowed.share[0] == 1.0
    point = np.array([0.5])
    np.testing.assert_array_equal(np.flatnonzero(bins[0].allowed(Wanted(True, point, point)).share), [0])
    whole = binned(pd.DataFrame({"x": rng.normal(size=N)}))[0][0]
    np.testing.assert_array_equal(
        whole.allowed(Wanted(True, point, point)).share, whole.allowed(Wanted(False, point, point)).share
    )


@pytest.mark.parametrize(
    "kind",
    [
        "normal",
        "money",
        "zeros",
        "wide counts",
        "even counts",
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


@pytest.mark.parametrize("kind", ["wide counts", "even counts", "money"])
def test_values_on_a_grid_are_drawn_as_often_as_is_said(kind):
    """Even places in cells of any probability: shares of values are what is said of them, one by one."""
    rng = np.random.default_rng(3)
    b = binned(pd.DataFrame({"x": number_column(kind, rng)}))[0][0]
    weight, n = rng.dirichlet(np.ones(b.n_leaves)), 4_000
    places = np.tile((np.arange(n) + 0.5) / n, b.n_leaves)
    drawn = b.decode(np.repeat(np.arange(b.n_leaves), n).astype(np.uint16), places)
    values, at = np.unique(drawn, return_inverse=True)
    share = np.bincount(at, np.repeat(weight, n)) / n
    said = np.exp(b.log_density(values)) * weight[b.encode(values)]
    assert np.abs(share - said).max() < 2 * weight.max() / n + 1e-9  # a place more or less at either end


def test_nothing_is_drawn_where_the_density_is_none():
    """Beside a spike the lightest values begin half the way to the next; what lies between has no density."""
    rng = np.random.default_rng(4)
    x = np.where(rng.random(N) < 0.5, 0.0, rng.exponential(size=N))
    b = binned(pd.DataFrame({"x": x}))[0][0]
    drawn = b.decode(np.repeat(np.arange(b.n_leaves), 999).astype(np.uint16), np.tile(np.arange(999) / 999, b.n_leaves))
    assert np.isfinite(b.log_density(drawn)).all()
    least = x[x > 0.0].min()
    assert drawn[drawn > 0.0].min() >= 0.5 * least
    assert (b.log_density(np.array([0.1, 0.4]) * least) == -np.inf).all()
    assert np.isfinite(b.log_density(np.array([0.0, 0.6, 1.0]) * np.array([1.0, least, least]))).all()


@pytest.mark.parametrize("shares", [[0.5, 0.95], [0.001, 0.001001, 0.5, 0.7, 0.95, 0.95001]])
def test_points_of_one_cell_are_drawn_by_their_density(shares):
    """Points far out in the tail of a lognormal column: the last cell alone spans a factor of two in density."""
    x = np.exp(2.0 * np.random.default_rng(0).normal(size=2_000))
    b = binned(pd.DataFrame({"x": x}))[0][0]
    points = np.array(shares) * x.max()
    allowed = b.allowed(Wanted(lower=points, upper=points))
    density = np.exp(b.log_density(points)) * np.diff(b.values.edges)[b.encode(points)]
    for leaf in np.flatnonzero(allowed.share):
        here = b.encode(points) == leaf
        drawn = b.decode(np.full(10_000, leaf, np.uint16), (np.arange(10_000) + 0.5) / 10_000, allowed.segments)
        found = [np.isclose(drawn, point).mean() for point in points[here]]
        np.testing.assert_allclose(found, density[here] / density[here].sum(), atol=2e-4)


def test_a_point_in_a_gap_has_no_share():
    x = np.r_[np.random.default_rng(0).normal(size=500), 100.0 + np.random.default_rng(1).normal(size=500)]
    b = binned(pd.DataFrame({"x": np.where(np.arange(1_000) % 4 == 0, 50.0, x)}))[0][0]
    gap = np.array([49.0, 100.0])
    allowed = b.allowed(Wanted(lower=gap, upper=gap))
    assert allowed.share[b.encode(gap[1:])[0]] > 0.0
    drawn = b.decode(np.full(99, b.encode(gap[1:])[0]), np.arange(99) / 99, allowed.segments)
    np.testing.assert_allclose(drawn, 100.0)


def test_density_outside_the_range_and_of_the_unknown_missing_is_none():
    bins, _, _, _ = binned(pd.DataFrame({"x": np.random.default_rng(0).normal(size=500), "c": ["a", "b"] * 250}))
    assert (bins[0].log_density(np.array([-1e9, 1e9, np.nan])) == -np.inf).all()
    np.testing.assert_array_equal(bins[1].log_density(np.array([0, 1, -1])), [0.0, 0.0, -np.inf])


@pytest.mark.parametrize("n_levels", [2, 300, 3_000])
def test_many_levels_share_codes_with_their_neighbours(n_levels):
    counts = np.random.default_rng(0).integers(5, 50, n_levels)
    bins = Bins(LevelValues(np.arange(n_levels)[::-1].copy()), False, False, counts)
    assert bins.codes.dtype == np.uint8
    assert min(n_levels, 0.8 * MAX_CODES) <= bins.n_codes <= min(n_levels, MAX_CODES)
    assert (np.diff(bins.codes.astype(int)) >= 0).all()
    assert set(bins.codes.tolist()) == set(range(bins.n_codes))
    assert bins.groups.max() < N_GROUPS
    assert bins.code_grade[0] == 0.0
    assert bins.code_grade[-1] == 1.0
    levels = np.arange(n_levels, dtype=np.int32)
    np.testing.assert_array_equal(bins.decode(bins.encode(levels), np.zeros(n_levels)), levels)


@pytest.mark.parametrize("n_gone", [1, 120, 90_000])
def test_missing_has_the_first_code_to_itself(n_gone):
    """As many values that the codes are shared by neighbours, beside few or many missing rows."""
    bins = Bins(LevelValues(np.arange(400)), True, True, np.r_[n_gone, np.full(400, 250)])
    for codes in (bins.codes, bins.groups[bins.codes], group_by_mass(bins.code_grade, 8, True)[bins.codes]):
        assert codes[0] == 0
        assert codes[1:].min() == 1
        assert set(np.diff(codes[1:].astype(int))) <= {0, 1}
        rows = np.bincount(codes, bins.counts)[1:]
        assert rows.max() < 3 * rows.min()
    assert bins.n_codes == MAX_CODES
    assert bins.groups.max() == N_GROUPS - 1


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
