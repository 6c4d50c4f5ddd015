import itertools

import numpy as np
import pytest
from reference import mondrian as twin
from scipy.optimize import linprog

from synthfast._ext._mondrian import cut_rows

CUTS = {"strict": 0, "below": 1, "relaxed": 2}


def cut_table(
    columns, k, *, cut="strict", nodes=None, secret=None, ordered=False, secret_nodes=(), n_threads=1, **bounds
):
    """Parts as the kernel leaves them."""
    nodes = nodes or {}
    values = np.array(columns, dtype=np.float64)
    d, n = values.shape
    scale = np.array([0.0 if c in nodes else (np.ptp(values[c]) if n else 0.0) or 1.0 for c in range(d)])
    tables, leaves, flat, spans = np.zeros(d, np.int64), np.zeros(d, np.int64), [0], [0.0]
    for c, table in nodes.items():
        tables[c], leaves[c] = len(flat), len(table[0])
        flat += np.concatenate(table).tolist()
        spans += [0.0] * len(table[0])
        spans += [np.mean(row == node) for row in table[1:] for node in row]
    secrets = np.zeros((1, n), np.int32) if secret is None else np.array([secret], np.int32)
    law = np.zeros(1) if secret is None else np.bincount(secret) / n
    laws_at = np.zeros(1, np.int64) if secret is None else np.array([0, len(law)])
    rows, starts = np.arange(n, dtype=np.int32), np.zeros(n, np.uint8)
    cut_rows(
        values,
        rows,
        scale,
        tables,
        leaves,
        np.array(flat, np.int32),
        np.array(spans),
        64,
        secrets,
        laws_at,
        law,
        np.array([ordered], np.uint8),
        np.array([max(0, len(secret_nodes) - 1)]),
        np.zeros(1, np.int64),
        flat_tree(secret_nodes),
        k,
        CUTS[cut],
        bounds.get("diversity", 0),
        bounds.get("l", 1.0),
        bounds.get("c", 1.0),
        bounds.get("alpha", 1.0),
        bounds.get("t", 1.0),
        starts,
        n_threads,
    )
    np.testing.assert_array_equal(values, np.array(columns, dtype=float)[:, rows])
    return [part.tolist() for part in np.split(rows, np.flatnonzero(starts)[1:])]


def flat_tree(nodes):
    """Level after level, how many nodes it has and the node above each one of the level below."""
    flat = []
    for below, above in itertools.pairwise(nodes):
        flat += [max(above) + 1, *(above[list(below).index(node)] for node in range(max(below) + 1))]
    return np.array([*flat, 0], dtype=np.int32)


def expected(*arguments, **options):
    return [part.tolist() for part in twin.partition(*arguments, **options)]


def random_columns(n, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=n), rng.integers(0, 5, n), rng.integers(0, 2, n) * rng.integers(0, 50, n), np.ones(n)]


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize(("n", "k"), [(1, 1), (2, 1), (7, 3), (400, 1), (400, 7), (401, 50)])
def test_agrees_with_its_twin(n, k, cut):
    columns = random_columns(n)
    assert cut_table(columns, k, cut=cut) == expected(columns, k, cut=cut)


def test_no_rows():
    assert cut_table(np.empty((2, 0)), 2) == [[]]


def test_missing_lies_below_all_values():
    columns = random_columns(300)
    columns[0][::3] = -np.finfo(float).max
    parts = cut_table(columns[:1], 50)
    missing = [np.mean(np.array(part) % 3 == 0) for part in parts]
    assert set(missing) == {0.0, 1.0}


# Leaves a..h: two levels of nodes, then the root.
TREE = [np.arange(8), np.array([0, 0, 0, 1, 1, 2, 2, 2]), np.array([0, 0, 0, 0, 0, 1, 1, 1]), np.zeros(8, int)]


@pytest.mark.parametrize("k", [1, 5, 20])
def test_hierarchies_agree_with_their_twin(k):
    rng = np.random.default_rng(3)
    columns = [rng.choice(8, 300, p=[0.4, 0.02, 0.02, 0.3, 0.01, 0.2, 0.03, 0.02]), rng.normal(size=300)]
    tree = {0: [np.asarray(level) for level in TREE]}
    assert cut_table(columns, k, nodes=tree) == expected(columns, k, nodes=tree)


def laws(secret, rows):
    n_values = secret.max() + 1
    return np.bincount(secret[rows], minlength=n_values) / len(rows), np.bincount(secret, minlength=n_values) / len(
        secret
    )


def distinct(secret, rows):
    return len(set(secret[rows].tolist())) >= 3


def entropy(secret, rows):
    q = laws(secret, rows)[0]
    return np.exp(-(q[q > 0] * np.log(q[q > 0])).sum()) >= 2.5 - 1e-9


def recursive(secret, rows):
    counts = np.sort(np.bincount(secret[rows]))[::-1]
    return counts[0] < 1.5 * counts[2:].sum()


def alpha(secret, rows):
    return laws(secret, rows)[0].max() <= 0.5 + 1e-9


def equal(secret, rows):
    q, p = laws(secret, rows)
    return abs(q - p).sum() / 2 <= 0.3 + 1e-9


def ordered(secret, rows):
    q, p = laws(secret, rows)
    return abs(np.cumsum(q - p)).sum() / (len(p) - 1) <= 0.1 + 1e-9


ILLNESSES = [[0, 1, 2, 3, 4], [0, 0, 1, 1, 2], [0, 0, 1, 1, 1], [0, 0, 0, 0, 0]]


def by_tree(secret, rows):
    """The earth mover's distance itself, as a linear programme over pairs of values."""
    q, p = laws(secret, rows)
    n, height = len(p), len(ILLNESSES) - 1
    cost = [
        [next(h for h in range(height + 1) if ILLNESSES[h][a] == ILLNESSES[h][b]) / height for b in range(n)]
        for a in range(n)
    ]
    leave, arrive = np.kron(np.eye(n), np.ones(n)), np.kron(np.ones(n), np.eye(n))
    found = linprog(np.ravel(cost), A_eq=np.vstack([leave, arrive]), b_eq=np.concatenate([q, p]))
    return found.fun <= 0.2 + 1e-7


RULES = [
    (distinct, {"diversity": 1, "l": 3.0}),
    (entropy, {"diversity": 2, "l": 2.5}),
    (recursive, {"diversity": 3, "l": 3.0, "c": 1.5}),
    (alpha, {"alpha": 0.5}),
    (equal, {"t": 0.3}),
    (ordered, {"t": 0.1, "ordered": True}),
    (by_tree, {"t": 0.2, "secret_nodes": ILLNESSES}),
]


@pytest.mark.parametrize(("rule", "bounds"), RULES, ids=[rule.__name__ for rule, _ in RULES])
@pytest.mark.parametrize("with_tree", [False, True])
def test_bounds_agree_with_their_twin(rule, bounds, with_tree):
    rng = np.random.default_rng(4)
    columns = [rng.integers(0, 8, 400), rng.normal(size=400)]
    secret = np.minimum(rng.geometric(0.4, 400), 5) - 1
    tree = {0: TREE} if with_tree else {}
    found = cut_table(columns, 5, nodes=tree, secret=secret, **bounds)
    assert found == expected(columns, 5, nodes=tree, holds=lambda rows: rule(secret, rows))
    assert 1 < len(found) < len(cut_table(columns, 5, nodes=tree))


def test_threads_change_nothing(n_threads):
    columns = random_columns(200_000, seed=5)
    assert cut_table(columns, 10, n_threads=n_threads) == cut_table(columns, 10)


def test_strided_and_read_only_columns_are_refused():
    frozen = np.zeros((1, 8))
    frozen.flags.writeable = False
    rest = [np.arange(8, dtype=np.int32), np.ones(1), np.zeros(1, np.int64), np.zeros(1, np.int64)]
    rest += [np.zeros(1, np.int32), np.zeros(1), 2, np.zeros((1, 8), np.int32), np.zeros(1, np.int64), np.zeros(1)]
    rest += [
        np.zeros(1, np.uint8),
        np.zeros(1, np.int64),
        np.zeros(1, np.int64),
        np.zeros(1, np.int32),
        2,
        0,
        0,
        1.0,
        1.0,
        1.0,
        1.0,
        np.zeros(8, np.uint8),
        1,
    ]
    for columns in (frozen, np.zeros((1, 16))[:, ::2]):
        with pytest.raises(ValueError):
            cut_rows(columns, *rest)
