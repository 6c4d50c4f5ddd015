"""The parts of the private marginal synthesizer, each against brute force or a figure from theory."""

from itertools import combinations

import numpy as np
import pytest
from scipy.optimize import minimize

from synthfast._core.random import Stream
from synthfast.privacy._marginals.budget import Shares, Sizes, allocate
from synthfast.privacy._marginals.cells import cells_of_equal_mass, public_grid
from synthfast.privacy._marginals.counting import count_cells, distances_from_independence
from synthfast.privacy._marginals.denoise import denoise, project_to_simplex
from synthfast.privacy._marginals.drawing import Draw, conditional_tables
from synthfast.privacy._marginals.grouping import group_levels
from synthfast.privacy._marginals.inference import Measurement, estimate
from synthfast.privacy._marginals.junction import JunctionTree, cell_index, maximal_cliques
from synthfast.privacy._marginals.selection import _spanning_tree, choose_cliques

SIZES = (2, 3, 4, 2, 3)
CLIQUES = [(0, 1), (1, 2), (2, 3), (0, 3), (3, 4)]  # a ring of four needs a chord


def joint_of(tree, potentials):
    """The joint density by brute force."""
    joint = np.zeros(tree.sizes)
    for clique, potential in zip(tree.cliques, potentials, strict=True):
        shape = [tree.sizes[c] if c in clique else 1 for c in range(len(tree.sizes))]
        joint = joint + potential.reshape(shape)
    weights = np.exp(joint)
    return weights / weights.sum(), np.log(weights.sum())


def marginal(joint, clique):
    return joint.sum(axis=tuple(c for c in range(joint.ndim) if c not in clique)).ravel()


# -- junction trees ----------------------------------------------------------------------------------------------------


def test_every_clique_lies_in_one_and_columns_are_connected():
    tree = JunctionTree(SIZES, CLIQUES)
    assert all(any(set(c) <= set(t) for t in tree.cliques) for c in CLIQUES)
    for column in range(len(SIZES)):  # all cliques of a column but the first share it with their parent
        holders = [p for p, clique in enumerate(tree.cliques) if column in clique]
        assert sum(column not in tree.separators[p] for p in holders) == 1


def test_columns_in_no_clique_stand_alone():
    assert sorted(maximal_cliques((2, 3, 4), [(0, 2)])) == [(0, 2), (1,)]


@pytest.mark.parametrize("cliques", [CLIQUES, [], [(0, 1, 2, 3, 4)], [(0, 1), (2, 3)]])
def test_calibration_is_exact(cliques):
    tree = JunctionTree(SIZES, cliques)
    rng = np.random.default_rng(0)
    potentials = [rng.normal(0, 3, len(zeros)) for zeros in tree.zeros()]
    beliefs, log_partition = tree.calibrate(potentials)
    joint, expected = joint_of(tree, potentials)
    assert log_partition == pytest.approx(expected, abs=1e-10)
    for clique, belief in zip(tree.cliques, beliefs, strict=True):
        np.testing.assert_allclose(belief, marginal(joint, clique), atol=1e-12)


def test_extreme_potentials_stay_finite():
    tree = JunctionTree((2, 2, 2), [(0, 1), (1, 2)])
    beliefs, log_partition = tree.calibrate([np.array([800.0, 0, 0, -800.0]), np.array([0, -900.0, 900.0, 0])])
    assert np.isfinite(log_partition)
    assert all(b.sum() == pytest.approx(1.0) for b in beliefs)


@pytest.mark.parametrize("scale", [1e2, 1e4, 1e8])
def test_beliefs_stay_finite_wherever_a_search_looks(scale):
    """Warnings are errors here: nothing may divide by a mass that ran out of the range of floats."""
    tree = JunctionTree((3,) * 6, [(0, 1), (1, 2), (1, 3), (3, 4), (3, 5)])
    rng = np.random.default_rng(0)
    for _ in range(50):
        beliefs, log_partition = tree.calibrate([rng.normal(0, scale, len(zeros)) for zeros in tree.zeros()])
        assert np.isfinite(log_partition)
        assert all(np.isfinite(belief).all() for belief in beliefs)


def test_cell_index_with_groups():
    index = cell_index((2, 3), (0, 1), (1,), [np.array([0, 1, 1], dtype=np.int32)])
    assert index.tolist() == [0, 1, 1, 0, 1, 1]


# -- inference ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("entropy", [0.02, 1.0])
def test_the_estimate_minimises_its_objective(entropy):
    """Against a general optimiser over the joint table of 24 cells."""
    sizes, total = (2, 3, 4), 500.0
    tree = JunctionTree(sizes, [(0, 1), (1, 2)])
    rng = np.random.default_rng(4)
    truth = rng.dirichlet(np.full(24, 0.5)).reshape(sizes) * total
    measurements = [
        Measurement(c, marginal(truth, c) + rng.normal(0, 15, int(np.prod([sizes[i] for i in c]))), None)
        for c in [(0, 1), (1, 2), (2,)]
    ]
    for m, sigma in zip(measurements, (15.0, 20.0, 10.0), strict=True):
        m.variance = np.full(len(m.counts), sigma**2)

    def objective(log_p):
        p = np.exp(log_p - log_p.max())
        p = (p / p.sum()).reshape(sizes)
        misfit = sum(((total * marginal(p, m.columns) - m.counts) ** 2 / m.variance).sum() / 2 for m in measurements)
        return misfit + entropy * total * float((p * np.log(np.maximum(p, 1e-300) * 24)).sum())

    best = min(minimize(objective, rng.normal(size=24), method="BFGS").fun for _ in range(3))
    beliefs = estimate(tree, measurements, total, tree.zeros(), entropy)
    separator = marginal(beliefs[0].reshape([sizes[c] for c in tree.cliques[0]]), (tree.cliques[0].index(1),))
    tables = {c: b.reshape([sizes[i] for i in c]) for c, b in zip(tree.cliques, beliefs, strict=True)}
    joint = np.einsum("ab,bc->abc", tables[(0, 1)], tables[(1, 2)] / np.maximum(separator, 1e-300)[:, None])
    assert objective(np.log(np.maximum(joint.ravel(), 1e-300))) <= best + 1e-3 * abs(best)


def test_exact_counts_come_back():
    rng = np.random.default_rng(1)
    counts = rng.integers(5, 100, 12).astype(float)
    tree = JunctionTree((3, 4), [(0, 1)])
    (belief,) = estimate(tree, [Measurement((0, 1), counts, np.full(12, 0.01))], counts.sum(), tree.zeros(), 0.02)
    np.testing.assert_allclose(belief, counts / counts.sum(), atol=1e-4)


# -- noise removed, levels grouped -------------------------------------------------------------------------------------


def test_projection_is_the_nearest_point():
    rng = np.random.default_rng(0)
    counts = rng.normal(0, 10, 6)
    found = project_to_simplex(counts, 20.0)
    assert found.sum() == pytest.approx(20.0)
    assert found.min() >= 0
    others = rng.dirichlet(np.ones(6), 2_000) * 20.0
    assert (((others - counts) ** 2).sum(axis=1) >= ((found - counts) ** 2).sum() - 1e-9).all()


def test_denoising_comes_nearer_to_a_smooth_truth_and_keeps_a_spike():
    x = np.arange(90)
    truth = 1_000 * np.exp(-(((x - 40) / 15) ** 2))
    truth[70] += 20_000
    noisy = truth + np.random.default_rng(0).normal(0, 200, 90)
    found = denoise(noisy, 200.0, truth.sum())
    assert np.abs(found - truth).sum() < 0.7 * np.abs(project_to_simplex(noisy, truth.sum()) - truth).sum()
    assert abs(found[70] - truth[70]) < 1_000
    np.testing.assert_allclose(denoise(noisy, 0.0, noisy.sum()), project_to_simplex(noisy, noisy.sum()), atol=1e-6)


@pytest.mark.parametrize("total", [1.0, 1e9])
def test_denoising_all_noise_gives_a_distribution(total):
    found = denoise(np.random.default_rng(0).normal(0, 1e6, 50), 1e6, total)
    assert found.min() >= 0
    assert found.sum() == pytest.approx(total)


def test_groups_hold_enough_rows_or_part_a_heavy_level():
    counts = np.array([0, 0, 5, 100, 1, 1, 1, 50, 3], dtype=float)
    group = group_levels(counts, 32, 10.0, ordered=True)
    assert (np.diff(group) >= 0).all()
    sums = np.bincount(group, weights=counts)
    assert sums.tolist() == [5.0, 100.0, 3.0, 53.0]
    rare = group_levels(counts, 32, 10.0, ordered=False)
    assert rare[3] != rare[7]
    assert len({rare[i] for i in (0, 1, 2, 4, 5, 6, 8)}) == 1
    assert group_levels(np.full(4, 100.0), 32, 10.0, ordered=True) is None


# -- selection ---------------------------------------------------------------------------------------------------------


def test_a_spanning_tree_of_the_strongest_pairs():
    strength = dict.fromkeys(combinations(range(4), 2), 0.01) | {(0, 2): 0.9, (2, 3): 0.8, (1, 3): 0.7, (0, 3): 0.6}
    chosen = choose_cliques((9, 9, 9, 9), strength, dict.fromkeys(strength, 0.0), clique_cells=81, tree_cells=10_000)
    assert sorted(chosen) == [(0, 2), (1, 3), (2, 3)]  # triples have too many cells


def test_weak_pairs_are_left_out_and_strong_ones_widened():
    strength = dict.fromkeys(combinations(range(4), 2), 0.05) | {(0, 1): 0.9, (1, 2): 0.8}
    assert choose_cliques((3,) * 4, strength, dict.fromkeys(strength, 0.1), clique_cells=9, tree_cells=10_000) == [
        (0, 1),
        (1, 2),
    ]
    assert (0, 1, 2) in choose_cliques(
        (3,) * 4, strength, dict.fromkeys(strength, 0.1), clique_cells=27, tree_cells=10_000
    )
    assert choose_cliques((3,) * 4, strength, dict.fromkeys(strength, 1.0), clique_cells=27, tree_cells=10_000) == []


def test_the_tree_stays_below_its_cap():
    rng = np.random.default_rng(0)
    strength = {pair: float(rng.random()) for pair in combinations(range(30), 2)}
    for cap in (500, 2_000, 20_000):
        chosen = choose_cliques((10,) * 30, strength, dict.fromkeys(strength, 0.0), clique_cells=1_000, tree_cells=cap)
        assert JunctionTree((10,) * 30, chosen).n_cells <= cap


def chosen_by_looking_at_all(sizes, strength, chosen, clique_cells, tree_cells):
    """The triples that `choose_cliques` adds to the pairs of its tree, by a look at all triples for each."""
    triples = {t for t in combinations(range(len(sizes)), 3) if any(set(pair) < set(t) for pair in chosen)}
    triples = {t for t in triples if np.prod([sizes[c] for c in t]) <= clique_cells}
    chosen, value, taken, n_tries = list(chosen), dict(strength), [], 0
    for pair in chosen:
        value[pair] *= 0.35
    while triples and len(taken) < len(sizes) and n_tries < 3 * len(sizes):
        best = max(triples, key=lambda t: (sum(value[pair] for pair in combinations(t, 2)), t))
        triples.discard(best)
        n_tries += 1
        if JunctionTree(sizes, [*chosen, best]).n_cells <= tree_cells:
            chosen, taken = [*chosen, best], [*taken, best]
            for pair in combinations(best, 2):
                value[pair] *= 0.35
    return set(taken)


@pytest.mark.parametrize("rounded", [False, True])
@pytest.mark.parametrize("cap", [400, 1_500, 50_000])
def test_triples_are_chosen_as_if_all_were_looked_at(cap, rounded):
    """Noisy strengths may be negative, so that a sum can grow; rounded ones are often equal."""
    rng = np.random.default_rng(cap)
    sizes = tuple(rng.integers(2, 6, 14).tolist())
    strength = {pair: float(rng.normal(0.3, 0.5)) for pair in combinations(range(14), 2)}
    strength = {pair: round(value, 1) for pair, value in strength.items()} if rounded else strength
    least = dict.fromkeys(strength, 0.1)
    tree = _spanning_tree(14, {pair: value for pair, value in strength.items() if value > 0.1})
    found = choose_cliques(sizes, strength, least, clique_cells=100, tree_cells=cap)
    wanted = chosen_by_looking_at_all(sizes, strength, tree, 100, cap)
    assert {clique for clique in found if len(clique) == 3} == wanted
    assert len(wanted) > 2


# -- counting ----------------------------------------------------------------------------------------------------------


def test_counts_and_distances():
    rng = np.random.default_rng(0)
    codes = np.array([rng.integers(0, n, 400) for n in SIZES], dtype=np.int32)
    table = count_cells(codes, SIZES, (0, 2))
    assert table.sum() == 400
    assert table[1 * 4 + 3] == ((codes[0] == 1) & (codes[2] == 3)).sum()
    pairs = list(combinations(range(len(SIZES)), 2))
    shares = [np.full(n, 1 / n) for n in SIZES]
    found = distances_from_independence(codes, SIZES, pairs, shares, 390.0)
    for (a, b), distance in zip(pairs, found, strict=True):
        expected = np.rint(np.full(SIZES[a] * SIZES[b], 390.0 / (SIZES[a] * SIZES[b])))
        assert distance == np.abs(count_cells(codes, SIZES, (a, b)) - expected).sum()


def test_one_row_changes_a_distance_by_at_most_one():
    rng = np.random.default_rng(3)
    codes = np.array([rng.integers(0, n, 60) for n in SIZES], dtype=np.int32)
    pairs = list(combinations(range(len(SIZES)), 2))
    shares = [rng.dirichlet(np.ones(n)) for n in SIZES]
    full = distances_from_independence(codes, SIZES, pairs, shares, 57.3)
    for row in range(60):
        less = distances_from_independence(np.delete(codes, row, axis=1), SIZES, pairs, shares, 57.3)
        assert np.abs(full - less).max() <= 1


# -- budget ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("signal", [None, 0.0, 1.0, 650.0, 6_000.0, 1e9])
def test_shares_never_pass_the_whole(signal):
    shares = Shares.of(0.7, signal)
    parts = (shares.first, shares.columns, shares.selection, shares.cliques)
    assert min(parts) >= 0
    assert sum(parts) == pytest.approx(0.7)
    if signal is not None:
        rules = Sizes(signal)
        assert 16 <= rules.clique_cells(200_000) <= 10_000
        assert rules.tree_cells(200_000) <= 200_000
        assert rules.entropy > 0


def test_allocation_minimises_the_sum_of_errors():
    sizes = [2, 10, 500]
    best = allocate(1.0, sizes)

    def error(parts):
        return sum(n / np.sqrt(2 * p) for n, p in zip(sizes, parts, strict=True))

    for other in np.random.default_rng(0).dirichlet(np.ones(3), 500):
        assert error(best) <= error(other) + 1e-9


# -- cells -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize(("low", "high"), [(0, 10**6), (-5_000, 90_000), (17, 300), (-3, -1), (2**40, 2**41)])
def test_public_grids_cover_the_range(low, high, whole):
    grid = public_grid(float(low), float(high), whole=whole)
    assert (np.diff(grid) > 0).all()
    assert grid[0] == low
    assert grid[-1] == high + whole
    cells = cells_of_equal_mass(grid, np.zeros(len(grid) - 1), 1.0, whole=whole)
    assert (cells[0], cells[-1]) == (grid[0], grid[-1])


def test_cells_follow_the_mass_and_part_a_spike():
    values = np.concatenate([np.zeros(5_000), np.random.default_rng(0).gamma(2, 3_000, 5_000)]).astype(int)
    grid = public_grid(0.0, 99_999.0, whole=True)
    counts = np.histogram(values, grid)[0].astype(float)
    cells = cells_of_equal_mass(grid, counts, 1.0, whole=True)
    held = np.histogram(values, cells)[0]
    assert cells[:2].tolist() == [0.0, 1.0]  # the spike at 0 has a cell of its own
    assert len(cells) <= 2 * 64 + 2
    assert np.sort(held[1:])[::-1][:1] < 5_000 / 8


# -- drawing -----------------------------------------------------------------------------------------------------------


def drawer():
    sizes = (3, 4, 2)
    tree = JunctionTree(sizes, [(0, 1), (1, 2)])
    rng = np.random.default_rng(0)
    beliefs, _ = tree.calibrate([rng.normal(size=len(z)) for z in tree.zeros()])
    group = np.array([0, 0, 1, 2, 2, 2], dtype=np.int32)
    shares = [np.array([0.1, 0.3, 0.2, 0.0, 0.3, 0.1]), np.full(4, 0.25), np.full(2, 0.5)]
    return tree, beliefs, Draw(conditional_tables(tree, beliefs), [group, None, None], shares), shares


def test_draws_have_the_cliques_shares():
    """Low-discrepancy: off by less than a third of what independent draws of 4,096 rows would be."""
    tree, beliefs, draw, _ = drawer()
    levels, places = draw.levels(4_096, Stream.from_seed(0))
    assert ((places >= 0) & (places < 1)).all()
    group = np.array([0, 0, 1, 2, 2, 2])
    coarse = np.vstack([group[levels[0]], levels[1:]])
    for clique, belief in zip(tree.cliques, beliefs, strict=True):
        found = count_cells(coarse.astype(np.int32), tree.sizes, clique) / 4_096
        spread = np.sqrt(belief * (1 - belief) / 4_096)
        assert np.abs(found - belief).mean() < spread.mean() / 3
    assert (levels[0] != 3).all()  # it has no share of its group
    within = np.bincount(levels[0], minlength=6)
    assert within[1] / within[:2].sum() == pytest.approx(0.75, abs=0.02)


def test_a_short_draw_is_a_prefix():
    *_, draw, _ = drawer()
    long, places = draw.levels(3_000, Stream.from_seed(5))
    for n in (0, 1, 2, 1_025):
        short, own = draw.levels(n, Stream.from_seed(5))
        np.testing.assert_array_equal(short, long[:, :n])
        np.testing.assert_array_equal(own, places[:, :n])
