from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from reference import tree as twin
from reference.compiled import VARIANTS, output_of, skip_unless_it_runs

from synthfast._ext._tree import draw_leaves, grow_tree, route_rows, sort_leaves

PARTS = ("feature", "threshold", "left", "right", "start", "stop", "order")


def random_task(n_rows, n_codes, n_target=40, seed=0):
    """Codes and a target that depends on the first two of them."""
    rng = np.random.default_rng(seed)
    codes = np.array([rng.integers(0, n, n_rows) for n in n_codes], dtype=np.uint8).reshape(len(n_codes), n_rows)
    signal = sum(codes[f].astype(float) / n_codes[f] for f in range(min(2, len(n_codes)))) + np.zeros(n_rows)
    target = np.clip(signal / 2 + rng.normal(0, 0.2, n_rows), 0, 0.999) * n_target
    return codes, np.array(n_codes, dtype=np.int32), target.astype(np.uint16)


def labels(n_classes, n_target=40, seed=0):
    rng = np.random.default_rng(seed)
    scores = rng.integers(-(2**15), 2**15, n_target) if not n_classes else rng.integers(0, n_classes, n_target)
    return np.sort(scores).astype(np.int32)


def grown(codes, n_codes, target, label, n_classes=0, min_leaf=5, max_depth=24, n_threads=1):
    most = 2 * (len(target) // min_leaf) + 1
    out = [np.full(most, 77, np.uint16 if part == "threshold" else np.int32) for part in PARTS[:-1]]
    order = np.empty(len(target), dtype=np.int32)
    n_nodes = grow_tree(codes, n_codes, target, label, n_classes, min_leaf, max_depth, *out, order, n_threads)
    return {name: part[:n_nodes] for name, part in zip(PARTS, out, strict=False)} | {"order": order}


def assert_agrees(codes, n_codes, target, label, n_classes=0, min_leaf=5, max_depth=24):
    found = grown(codes, n_codes, target, label, n_classes, min_leaf, max_depth)
    expected = twin.grow_tree(codes, target, label, n_classes, min_leaf, max_depth)
    for name, values in zip(PARTS, expected, strict=True):
        np.testing.assert_array_equal(found[name], values, err_msg=name)
    return found


@pytest.mark.parametrize("n_classes", [0, 1, 2, 10, 32])
@pytest.mark.parametrize("n_rows", [0, 1, 2, 9, 10, 11, 300, 1500])
def test_agrees_with_its_twin(n_rows, n_classes):
    codes, n_codes, target = random_task(n_rows, [8, 50, 1, 2, 256])
    found = assert_agrees(codes, n_codes, target, labels(n_classes), n_classes)
    if n_rows == 1500 and n_classes != 1:
        assert len(found["feature"]) > 50


@pytest.mark.parametrize("n_classes", [0, 3])
@pytest.mark.parametrize("min_leaf", [1, 2, 20])
def test_leaves_of_any_size(min_leaf, n_classes):
    codes, n_codes, target = random_task(400, [30, 30, 30, 30, 30, 30])
    found = assert_agrees(codes, n_codes, target, labels(n_classes), n_classes, min_leaf)
    assert (found["stop"] - found["start"]).min() >= min_leaf


@pytest.mark.parametrize("n_classes", [0, 3])
def test_few_codes_go_by_histogram_and_many_by_sorted_lists(n_classes):
    codes, n_codes, target = random_task(2000, [3, 4, 5, 2, 3, 4, 6])
    assert_agrees(codes, n_codes, target, labels(n_classes), n_classes)
    codes, n_codes, target = random_task(150, [256, 5, 256])
    assert_agrees(codes, n_codes, target, labels(n_classes), n_classes)


@pytest.mark.parametrize("n_classes", [0, 4])
@pytest.mark.parametrize("max_depth", [0, 1, 3])
def test_depth_is_bounded(max_depth, n_classes):
    codes, n_codes, target = random_task(500, [100, 100])
    found = assert_agrees(codes, n_codes, target, labels(n_classes), n_classes, max_depth=max_depth)
    assert len(found["feature"]) <= 2 ** (max_depth + 1) - 1


@pytest.mark.parametrize("n_classes", [0, 4])
def test_equal_features_and_mirrored_ones_tie_to_the_first(n_classes):
    codes, n_codes, target = random_task(600, [60])
    codes = np.concatenate([codes, codes, 59 - codes])
    found = assert_agrees(codes, n_codes.repeat(3), target, labels(n_classes), n_classes)
    assert found["feature"].max() == 0


@pytest.mark.parametrize("n_classes", [0, 2])
def test_codes_that_nobody_has_leave_the_lowest_threshold(n_classes):
    codes = np.repeat(np.array([[3, 250]], dtype=np.uint8), 300, axis=1)
    found = assert_agrees(
        codes,
        np.array([256], np.int32),
        np.arange(2, dtype=np.uint16).repeat(300),
        np.array([0, 1], np.int32),
        n_classes,
    )
    assert found["threshold"].tolist() == [3, 0, 0]


@pytest.mark.parametrize("n_classes", [0, 2])
@pytest.mark.parametrize("n_rows", [50, 5000])
def test_nothing_to_gain_is_one_leaf(n_rows, n_classes):
    codes, n_codes, target = random_task(n_rows, [9, 200])
    label = labels(n_classes)
    constant = np.zeros_like(codes), n_codes, target, label
    equal = codes, n_codes, np.zeros_like(target), label
    balanced = (
        np.tile(np.array([[0, 0, 1, 1]], np.uint8), n_rows),
        np.array([2], np.int32),
        np.tile(np.array([0, 39], np.uint16), 2 * n_rows),
        label,
    )
    for task in (constant, equal, balanced):
        found = grown(*task, n_classes)
        assert found["feature"].tolist() == [-1]
        assert found["order"].tolist() == list(range(task[0].shape[1]))


@pytest.mark.parametrize("n_classes", [0, 3])
@pytest.mark.parametrize("n_rows", [0, 7, 3000])
def test_no_features_is_one_leaf(n_rows, n_classes):
    codes, n_codes, target = random_task(n_rows, [])
    found = grown(codes, n_codes, target, labels(n_classes), n_classes)
    assert [found[name].tolist() for name in PARTS[:-1]] == [[-1], [0], [-1], [-1], [0], [n_rows]]


def test_read_only_input_is_taken():
    task = (*random_task(200, [9, 30]), labels(0))
    for part in task:
        part.flags.writeable = False
    assert_agrees(*task)


@pytest.mark.parametrize("n_classes", [0, 2, 10, 32])
@pytest.mark.parametrize("n_codes", [[256] * 9, [2, 3, 256, 17, 1]])
def test_threads_change_nothing(n_threads, n_classes, n_codes):
    task = (*random_task(60_000, n_codes), labels(n_classes), n_classes, 20, 24)
    one, many = grown(*task), grown(*task, n_threads)
    assert all(one[name].tobytes() == many[name].tobytes() for name in PARTS)


@pytest.mark.parametrize("n_classes", [0, 3])
def test_constant_columns_change_nothing_even_where_they_make_the_table_large(n_threads, n_classes):
    codes, n_codes, target = random_task(25_000, [256, 30, 256, 2, 7])
    wide = np.zeros((100, 25_000), np.uint8)
    wide[:5] = codes
    n_wide = np.concatenate([n_codes, np.full(95, 3, np.int32)])
    narrow = grown(codes, n_codes, target, labels(n_classes), n_classes)
    wide = grown(wide, n_wide, target, labels(n_classes), n_classes, n_threads=n_threads)
    assert all(narrow[name].tobytes() == wide[name].tobytes() for name in PARTS)


def test_trees_may_grow_side_by_side():
    tasks = [(*random_task(20_000, [256] * 5, seed=seed), labels(k), k) for seed, k in enumerate([0, 10, 0, 2])]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda task: grown(*task), tasks))
    for task, tree in zip(tasks, together, strict=True):
        alone = grown(*task)
        assert all(tree[name].tobytes() == alone[name].tobytes() for name in PARTS)


@pytest.mark.parametrize("n_classes", [0, 10])
def test_large_tree_holds_together(n_classes):
    codes, n_codes, target = random_task(60_000, [256] * 5)
    tree = grown(codes, n_codes, target, labels(n_classes), n_classes, min_leaf=20)
    assert sorted(tree["order"]) == list(range(60_000))
    node = np.empty(60_000, np.int32)
    route_rows(codes, *(tree[name] for name in PARTS[:4]), node, 1)
    for leaf in np.flatnonzero(tree["feature"] < 0):
        rows = tree["order"][tree["start"][leaf] : tree["stop"][leaf]]
        assert (node[rows] == leaf).all()
        assert (np.diff(rows) > 0).all()
        assert len(rows) >= 20


@pytest.mark.parametrize("n_rows", [0, 1, 15, 16, 17, 500])
def test_routes_agree_with_their_twin(n_rows, n_threads):
    tree = grown(*random_task(500, [20, 200]), labels(0))
    steps = [tree[name] for name in PARTS[:4]]
    codes = random_task(n_rows, [20, 200], seed=1)[0]
    node = np.empty(n_rows, np.int32)
    route_rows(codes, *steps, node, n_threads)
    np.testing.assert_array_equal(node, twin.route_rows(codes, n_rows, *steps))


def test_routes_on_any_threads_and_without_features(n_threads):
    codes, n_codes, target = random_task(50_000, [20, 200])
    tree = grown(codes, n_codes, target, labels(0))
    steps = [tree[name] for name in PARTS[:4]]
    one, many = np.empty((2, 50_000), np.int32)
    route_rows(codes, *steps, one, 1)
    route_rows(codes, *steps, many, n_threads)
    assert one.tobytes() == many.tobytes()
    root = [part[:1].copy() for part in steps]
    root[0][0] = -1
    route_rows(np.empty((0, 50_000), np.uint8), *root, many, n_threads)
    assert not many.any()


def leaves_of(sizes, n_codes, seed=0):
    rng = np.random.default_rng(seed)
    stop = np.cumsum(sizes).astype(np.int32)
    start = (stop - np.array(sizes)).astype(np.int32)
    return rng.integers(0, n_codes, stop[-1]).astype(np.uint16), start, stop


@pytest.mark.parametrize("n_codes", [1, 3, 300, 65_536])
def test_leaves_are_sorted(n_codes, n_threads):
    donors, start, stop = leaves_of([1, 2, 0, 20, 63, 64, 65, 1000, 17] * 60, n_codes)
    expected = donors.copy()
    for a, b in zip(start, stop, strict=True):
        expected[a:b] = np.sort(donors[a:b])
    sort_leaves(donors, start, stop, n_threads)
    np.testing.assert_array_equal(donors, expected)
    sort_leaves(donors, start[:0], stop[:0], n_threads)


@pytest.mark.parametrize("n_codes", [1, 3, 300])
def test_draws_agree_with_their_twin(n_codes, n_threads):
    donors, start, stop = leaves_of([1, 2, 20, 33, 500], n_codes)
    sort_leaves(donors, start, stop, 1)
    rng = np.random.default_rng(1)
    node = rng.integers(0, 5, 20_000).astype(np.int32)
    u = rng.random(20_000)
    u[:2] = 0.0, np.nextafter(1.0, 0.0)
    out, rest = np.empty(20_000, np.uint16), np.empty(20_000)
    draw_leaves(node, start, stop, donors, u, out, rest, n_threads)
    expected = twin.draw_leaves(node[:2000], start, stop, donors, u[:2000])
    np.testing.assert_array_equal(out[:2000], expected[0])
    np.testing.assert_array_equal(rest[:2000], expected[1])
    assert rest.min() >= 0
    assert rest.max() < 1
    assert abs(rest.mean() - 0.5) < 0.01
    draw_leaves(node[:0], start, stop, donors, u[:0], out[:0], rest[:0], n_threads)


# The C loops, compiled anew for each instruction set, against the build at hand.
N_ROWS, N_FEATURES, MIN_LEAF = 20_000, 6, 7
PROGRAM = r"""
#include <stdio.h>
#define SF_PACK_BYTES 1 /* subtrees work on copies of their codes, which the build at hand does for long tables only */
#include "sf_tree.h"
enum { N = %(n)d, F = %(f)d, NODES = 2 * (N / %(min_leaf)d) + 1 };
static uint8_t codes[F][N];
static uint16_t target[N], threshold[NODES];
static int32_t label[64], n_codes[F], order[N], parts[5][NODES];
int main(void) {
    const int n_classes[] = {0, 2, 9};
    for (int f = 0; f < F; f++) {
        n_codes[f] = f %% 2 ? 256 : 5 + f;
        for (uint32_t i = 0; i < N; i++)
            codes[f][i] = (uint8_t)(((i * 2654435761u + (uint32_t)f * 40503u) >> (8 + 2 * f)) %% (uint32_t)n_codes[f]);
    }
    for (uint32_t i = 0; i < N; i++)
        target[i] = (uint16_t)((codes[1][i] / 8 + codes[2][i] + ((i * 2246822519u) >> 28)) %% 64);
    sf_tree_out out = {parts[0], parts[1], parts[2], parts[3], parts[4], threshold};
    for (int c = 0; c < 3; c++) {
        for (int k = 0; k < 64; k++)
            label[k] = n_classes[c] ? k * n_classes[c] / 64 : 500 * k - 16000;
        sf_tree tree = {.codes = codes[0], .n_rows = N, .n_features = F, .n_codes = n_codes,
                        .n_classes = n_classes[c], .min_leaf = %(min_leaf)d, .max_depth = 24};
        size_t n_nodes = (size_t)sf_grow_tree(tree, target, label, &out, order, 1);
        for (int p = 0; p < 5; p++)
            fwrite(parts[p], 4, n_nodes, stdout);
        fwrite(threshold, 2, n_nodes, stdout);
        fwrite(order, 4, N, stdout);
    }
    return 0;
}
"""


def built_in():
    """What the build at hand gives for the program above."""
    i = np.arange(N_ROWS, dtype=np.uint32)
    n_codes = np.array([256 if f % 2 else 5 + f for f in range(N_FEATURES)], dtype=np.int32)
    mixed = [(i * np.uint32(2654435761) + np.uint32(f * 40503)) >> np.uint32(8 + 2 * f) for f in range(N_FEATURES)]
    codes = np.array([m % n for m, n in zip(mixed, n_codes, strict=True)]).astype(np.uint8)
    noise = (i * np.uint32(2246822519)) >> np.uint32(28)
    target = ((codes[1] // 8 + codes[2].astype(np.uint32) + noise) % 64).astype(np.uint16)
    parts = []
    for n_classes in (0, 2, 9):
        k = np.arange(64)
        label = (k * n_classes // 64 if n_classes else 500 * k - 16000).astype(np.int32)
        tree = grown(codes, n_codes, target, label, n_classes, MIN_LEAF)
        assert len(tree["feature"]) > 1000
        parts += [tree[name] for name in ("feature", "left", "right", "start", "stop", "threshold", "order")]
    return b"".join(part.tobytes() for part in parts)


@pytest.mark.parametrize("variant", VARIANTS)
def test_bytes_are_those_of_every_instruction_set(variant, tmp_path, repository):
    skip_unless_it_runs(variant)
    numbers = {"n": N_ROWS, "f": N_FEATURES, "min_leaf": MIN_LEAF}
    assert output_of(PROGRAM % numbers, tmp_path, repository, VARIANTS[variant]) == built_in()
