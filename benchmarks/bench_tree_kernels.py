"""One tree on 100,000 rows of 20 columns of 256 codes, leaves of 20 rows, against scikit-learn's on the same data.

The peers get what they like best: float32 rows for the exact trees; for the histogram tree both its whole fit, which
also bins, and its bare grower on codes that are binned already. Impurity is what is left within leaves, as a share of
the variance, or Gini.
"""

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from threadpoolctl import threadpool_limits

from synthfast._ext._tree import draw_leaves, grow_tree, route_rows, sort_leaves

N_ROWS, N_FEATURES, N_CODES, N_CLASSES, MIN_LEAF, NO_LIMIT = 100_000, 20, 256, 10, 20, 64
N_CODES_OF_ALL = np.full(N_FEATURES, N_CODES, np.int32)
SCORES = np.arange(N_CODES, dtype=np.int32)
CLASSES = (np.arange(N_CODES) * N_CLASSES // N_CODES).astype(np.int32)


def by_rank(values):
    return np.argsort(np.argsort(values)) * N_CODES // N_ROWS


@pytest.fixture(scope="module")
def task():
    """Codes of correlated columns and of a target that depends on four of them."""
    rng = np.random.default_rng(0)
    z = rng.normal(size=(N_ROWS, N_FEATURES)) + rng.normal(size=(N_ROWS, 1))
    y = z[:, 0] + np.sin(2 * z[:, 1]) * z[:, 2] + 0.5 * z[:, 3] ** 2 + rng.normal(size=N_ROWS)
    return np.array([by_rank(column) for column in z.T]).astype(np.uint8), by_rank(y).astype(np.uint16)


@pytest.fixture(params=[1, 2], ids=lambda n: f"{n}-threads")
def n_threads(request):
    with threadpool_limits(request.param):
        yield request.param


def grow(codes, target, label, n_classes=0, n_threads=1):
    """The node arrays and the order."""
    most = 2 * (N_ROWS // MIN_LEAF) + 1
    out = [np.empty(most, np.uint16 if i == 1 else np.int32) for i in range(6)]
    order = np.empty(N_ROWS, np.int32)
    n_nodes = grow_tree(codes, N_CODES_OF_ALL, target, label, n_classes, MIN_LEAF, NO_LIMIT, *out, order, n_threads)
    return [part[:n_nodes] for part in out], order


def leaf_of_rows(nodes, order):
    """Leaves are slices of the order, and lie in it in the order of their numbers."""
    feature, *_, start, stop = nodes
    leaves = np.flatnonzero(feature < 0)
    leaf = np.empty(N_ROWS, np.int64)
    leaf[order] = np.repeat(leaves, (stop - start)[leaves])
    return leaf


def variance_left(leaf, target):
    sizes = np.maximum(np.bincount(leaf), 1)
    means = np.bincount(leaf, target) / sizes
    return float(np.mean((target - means[leaf]) ** 2) / np.var(target))


def gini_left(leaf, classes):
    counts = np.bincount(leaf * N_CLASSES + classes, minlength=(leaf.max() + 1) * N_CLASSES).reshape(-1, N_CLASSES)
    sizes = np.maximum(counts.sum(axis=1), 1)
    return float((sizes - (counts**2).sum(axis=1) / sizes).sum() / N_ROWS)


def test_regression_tree(race, benchmark, task, n_threads):
    codes, target = task
    rows, y = np.ascontiguousarray(codes.T, dtype=np.float32), target.astype(float)
    peer = DecisionTreeRegressor(min_samples_leaf=MIN_LEAF, random_state=0)
    benchmark.extra_info["task"] = f"regression tree, 1e5 x 20, leaves of 20, {n_threads} thread(s)"
    race(
        lambda: grow(codes, target, SCORES, n_threads=n_threads),
        lambda: peer.fit(rows, y),
        peer="scikit-learn",
        rounds=2,
        impurity_ours=variance_left(leaf_of_rows(*grow(codes, target, SCORES)), y),
        impurity_theirs=variance_left(peer.fit(rows, y).apply(rows), y),
    )


def test_classification_tree(race, benchmark, task, n_threads):
    codes, target = task
    rows, y = np.ascontiguousarray(codes.T, dtype=np.float32), CLASSES[task[1]]
    peer = DecisionTreeClassifier(min_samples_leaf=MIN_LEAF, random_state=0)
    benchmark.extra_info["task"] = f"classification tree, 10 classes, 1e5 x 20, leaves of 20, {n_threads} thread(s)"
    race(
        lambda: grow(codes, target, CLASSES, N_CLASSES, n_threads),
        lambda: peer.fit(rows, y),
        peer="scikit-learn",
        rounds=2,
        impurity_ours=gini_left(leaf_of_rows(*grow(codes, target, CLASSES, N_CLASSES)), y),
        impurity_theirs=gini_left(peer.fit(rows, y).apply(rows), y),
    )


def test_regression_tree_with_histogram_boosting(race, benchmark, task, n_threads):
    codes, target = task
    rows, y = np.ascontiguousarray(codes.T, dtype=np.float32), target.astype(float)
    peer = HistGradientBoostingRegressor(
        max_iter=1, max_leaf_nodes=None, min_samples_leaf=MIN_LEAF, early_stopping=False, learning_rate=1.0
    )
    benchmark.extra_info["task"] = f"regression tree against one boosting round, binning too, {n_threads} thread(s)"
    race(
        lambda: grow(codes, target, SCORES, n_threads=n_threads),
        lambda: peer.fit(rows, y),
        peer="scikit-learn",
        rounds=2,
        impurity_ours=variance_left(leaf_of_rows(*grow(codes, target, SCORES)), y),
        impurity_theirs=float(np.mean((y - peer.fit(rows, y).predict(rows)) ** 2) / np.var(y)),
    )


def test_regression_tree_with_bare_histogram_grower(race, benchmark, task, n_threads):
    grower = pytest.importorskip("sklearn.ensemble._hist_gradient_boosting.grower")  # private, so it may move
    codes, target = np.minimum(task[0], N_CODES - 2), task[1]  # the grower keeps the last code for missing values
    binned = np.asfortranarray(codes.T)
    gradients, ones = (target.mean() - target).astype(np.float32), np.ones(1, np.float32)
    settings = {"max_leaf_nodes": None, "min_samples_leaf": MIN_LEAF, "n_bins": N_CODES, "n_threads": n_threads}

    def theirs():
        tree = grower.TreeGrower(binned, gradients, ones, **settings)
        tree.grow()
        return tree

    nodes = grow(codes, target, SCORES)[0]
    benchmark.extra_info["task"] = f"regression tree against the bare histogram grower, {n_threads} thread(s)"
    race(
        lambda: grow(codes, target, SCORES, n_threads=n_threads),
        theirs,
        peer="scikit-learn",
        rounds=2,
        nodes_ours=len(nodes[0]),
        nodes_theirs=theirs().n_nodes,
    )


def test_route_rows(race, benchmark, task, n_threads):
    codes, target = task
    rows, y = np.ascontiguousarray(codes.T, dtype=np.float32), target.astype(float)
    peer = DecisionTreeRegressor(min_samples_leaf=MIN_LEAF, random_state=0).fit(rows, y)
    nodes, node = grow(codes, target, SCORES)[0], np.empty(N_ROWS, np.int32)
    benchmark.extra_info["task"] = f"leaves of 1e5 rows, {n_threads} thread(s)"
    race(
        lambda: route_rows(codes, *nodes[:4], node, n_threads),
        lambda: peer.tree_.apply(rows),
        peer="scikit-learn",
        leaves_ours=int((nodes[0] < 0).sum()),
        leaves_theirs=int(peer.get_n_leaves()),
    )


def test_draw_from_leaves(race, benchmark, task, n_threads):
    """Against NumPy gathering the donors alone; ours also says where in its run of equal codes each draw lies."""
    codes, target = task
    (feature, *_, start, stop), order = grow(codes, target, SCORES)
    leaves = np.flatnonzero(feature < 0)
    donors = target[order]
    sort_leaves(donors, start[leaves], stop[leaves], n_threads)
    rng = np.random.default_rng(1)
    node = leaves[rng.integers(0, len(leaves), N_ROWS)].astype(np.int32)
    u, out, rest = rng.random(N_ROWS), np.empty(N_ROWS, np.uint16), np.empty(N_ROWS)

    def by_gathers():
        return donors[start[node] + (u * (stop - start)[node]).astype(np.int32)]

    draw_leaves(node, start, stop, donors, u, out, rest, n_threads)
    benchmark.extra_info["task"] = f"1e5 draws from leaves, {n_threads} thread(s)"
    race(
        lambda: draw_leaves(node, start, stop, donors, u, out, rest, n_threads),
        by_gathers,
        peer="numpy",
        exact=bool(np.array_equal(out, by_gathers())),
    )
