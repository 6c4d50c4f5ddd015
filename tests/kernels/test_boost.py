from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from reference import boost as twin
from reference.compiled import VARIANTS, output_of, skip_unless_it_runs
from scipy.special import expit

from synthfast._ext._boost import add_forest, grow_forest, log_sides, split_shares, take_steps

PARTS = ("feature", "threshold", "leaf", "gain")
DEFAULTS = {
    "depth": 3,
    "max_trees": 6,
    "patience": 3,
    "n_trial": 0,
    "n_tried": None,
    "n_bag": 20,
    "rate": 0.3,
    "ridge": 1.0,
    "key": 7,
}
BELOW_ONE = np.nextafter(1.0, 0.0)


def random_task(n_rows, n_codes=(8, 50, 3, 2), strength=4.0, seed=0):
    """Codes, a target whose log odds rise with the first code and fall with the second, and a start of 0."""
    rng = np.random.default_rng(seed)
    codes = np.array([rng.integers(0, n, n_rows) for n in n_codes], np.uint8).reshape(len(n_codes), n_rows)
    signal = sum((-1) ** f * (codes[f] / n_codes[f] - 0.5) for f in range(min(2, len(n_codes)))) + np.zeros(n_rows)
    target = rng.random(n_rows) < expit(strength * signal)
    return codes, np.array(n_codes, np.int32), target.astype(np.uint8), np.zeros(n_rows, np.float32)


def grown(codes, n_codes, target, score, **settings):
    """The trees kept, as a dict of arrays, and the score."""
    s = DEFAULTS | settings
    most, depth, n_tried = s["max_trees"], s["depth"], s["n_tried"] or len(codes)
    out = [
        np.full((most, depth), 77, np.int32),
        np.full((most, depth), 77, np.uint8),
        np.full((most, 2**depth), np.nan, np.float32),
        np.full(most, np.nan),
    ]
    score = score.copy()
    n = grow_forest(
        codes, n_codes, target, score, s["patience"], s["n_trial"], n_tried, s["n_bag"], s["rate"], s["ridge"],
        s["key"], *out,
    )  # fmt: skip
    return {name: part[:n] for name, part in zip(PARTS, out, strict=True)} | {"score": score}


def bytes_of(forest):
    return b"".join(forest[name].tobytes() for name in (*PARTS, "score"))


def assert_agrees(codes, n_codes, target, score, **settings):
    found = grown(codes, n_codes, target, score, **settings)
    s = DEFAULTS | settings | {"n_tried": settings.get("n_tried") or len(codes)}
    trees, expected = twin.grow_forest(codes, n_codes, target, score, **s)
    assert len(found["gain"]) == len(trees)
    for t, tree in enumerate(trees):
        for name, value in zip(PARTS, tree, strict=True):
            np.testing.assert_array_equal(found[name][t], value, err_msg=f"{name} of tree {t}")
    np.testing.assert_array_equal(found["score"], expected)
    return found


@pytest.mark.parametrize("n_bag", [1, 12, 16, 24, 31])
@pytest.mark.parametrize("n_rows", [1, 2, 31, 33, 100, 701])
def test_agrees_with_its_twin(n_rows, n_bag):
    found = assert_agrees(*random_task(n_rows), n_bag=n_bag)
    if n_rows == 701 and n_bag > 1:
        assert len(found["gain"]) >= 5


@pytest.mark.parametrize("depth", [1, 2, 4, 5, 8])
def test_depths(depth):
    found = assert_agrees(*random_task(2000, (256, 30, 17, 1)), depth=depth, ridge=0.1)
    assert len(found["gain"]) >= 3
    if depth == 8:
        assert ((found["threshold"] < 255).sum(axis=1) == 8).any(), "no tree was grown to the full depth"
        assert (found["leaf"] != 0).sum(axis=1).max() > 32


@pytest.mark.parametrize("n_tried", [1, 2, 4, 5])
@pytest.mark.parametrize("key", [0, 2**63 + 5, 2**64 - 1])
def test_some_features_for_each_tree(n_tried, key):
    task = random_task(500, (9, 30, 2, 7, 4))
    found = assert_agrees(*task, n_tried=n_tried, key=key, max_trees=8, patience=10)
    assert all(len(set(asked)) <= n_tried for asked in found["feature"].tolist())


def test_trees_that_stop_early_ask_what_nothing_passes():
    codes = np.tile(np.array([[0, 1]], np.uint8), 400)
    target = np.tile(np.array([0, 0, 0, 1, 1, 1, 0, 1], np.uint8), 100)
    found = assert_agrees(codes, np.array([2], np.int32), target, np.zeros(800, np.float32), depth=3)
    assert (found["threshold"] == [0, 255, 255]).all()
    assert not found["leaf"][:, [1, 2, 3, 5, 6, 7]].any()


def test_equal_features_tie_to_the_first():
    codes, n_codes, target, score = random_task(600, (40,))
    found = assert_agrees(np.concatenate([codes, codes]), n_codes.repeat(2), target, score, key=3)
    assert (found["feature"] == found["feature"][:, :1]).all()
    assert set(found["feature"][:, 0]) == {0, 1}, "the features are looked at in random order"


@pytest.mark.parametrize("start", [-200.0, -87.0, -20.0, -3.0, 0.0, 3.0, 20.0, 87.0, 200.0])
def test_starts_from_any_score(start):
    codes, n_codes, target, score = random_task(400)
    score += np.float32(start) + np.linspace(-1, 1, 400, dtype=np.float32)
    assert_agrees(codes, n_codes, target, score)


@pytest.mark.parametrize("ridge", [0.001, 50.0])
@pytest.mark.parametrize("rate", [0.01, 1.0])
def test_rates_and_ridges(rate, ridge):
    assert_agrees(*random_task(500), rate=rate, ridge=ridge)


def test_gradients_of_the_twin_are_those_of_the_logistic_loss():
    score = np.linspace(-30, 30, 100_001).astype(np.float32)
    p = expit(score.astype(float))
    assert (np.abs(twin.expf(score) / np.exp(score.astype(float)) - 1) < 2 * 2.0**-23).all()
    for value in (0, 1):
        g, h = twin.gradients(score, np.full(len(score), value, np.uint8))
        assert np.abs(g - (p - value) * twin.FIXED).max() < 0.51
        excess = h - p * (1 - p) * twin.FIXED
        assert excess.min() > -0.01
        assert excess.max() < 1.01


# Every stretch is the same, whichever are the bag: a quarter of code 0 has target 1, three quarters of code 1.
def repeated_task():
    codes = np.tile(np.repeat(np.arange(2, dtype=np.uint8), 8), 32)[None]
    target = np.tile(np.array([1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0], np.uint8), 32)
    return codes, np.array([2], np.int32), target, np.zeros(512, np.float32)


def test_first_tree_is_the_newton_step():
    found = grown(*repeated_task(), depth=1, max_trees=1, n_bag=10, rate=0.25, ridge=2.0)
    g, h = 10 * 8 * (0.5 - 0.25), 10 * 8 * (0.25 + 1 / twin.FIXED)
    step = 0.25 * g / (h + 2.0)
    np.testing.assert_allclose(found["leaf"], [[-step, step]], rtol=1e-6)
    np.testing.assert_allclose(found["gain"], (2 * g * step - h * step**2) / 160, rtol=1e-6)


def test_scores_converge_to_the_log_odds():
    found = grown(*repeated_task(), depth=1, max_trees=300, rate=0.3)
    # A gradient is right to 2^-15, so the probability is where growing ends, and its slope is 3/16.
    np.testing.assert_allclose(found["score"], np.tile(np.log(3) * np.repeat([-1, 1], 8), 32), atol=2**-15 / 0.1875)
    assert 10 < len(found["gain"]) < 300
    assert (np.diff(found["gain"][:10]) < 0).all()


@pytest.mark.parametrize("n_bag", [1, 24, 31])
def test_score_is_the_start_and_the_leaves_of_the_kept_trees(n_bag, n_threads):
    codes, n_codes, target, score = random_task(20_000, (256, 40, 7, 2, 100))
    score += np.linspace(-1, 1, 20_000, dtype=np.float32)
    found = grown(codes, n_codes, target, score, depth=5, max_trees=30, n_bag=n_bag, n_tried=3)
    again = score.copy()
    add_forest(codes, *(found[name] for name in PARTS[:3]), again, n_threads)
    assert again.tobytes() == found["score"].tobytes()
    assert len(found["gain"]) > 5
    assert (found["gain"] > 0).all()
    assert np.isfinite(found["leaf"]).all()


def test_what_is_learned_holds_for_other_rows():
    codes, n_codes, target, score = random_task(20_000)
    found = grown(codes, n_codes, target, score, max_trees=100, rate=0.2)
    others, _, truth, score = random_task(20_000, seed=1)
    add_forest(others, *(found[name] for name in PARTS[:3]), score, 1)
    ideal = 4 * (others[0] / 8 - others[1] / 50)
    loss, best = (np.logaddexp(0, np.where(truth, -s, s)).mean() for s in (score, ideal))
    assert loss - best < 0.005
    assert np.log(2) - loss > 0.1
    # What the trees said that they gain is what they gain, to the error of a mean of 20,000 and of the second order.
    assert abs((np.log(2) - loss) / found["gain"].sum() - 1) < 0.2


def test_noise_keeps_few_trees():
    """A tree grown on noise is as likely as not to be right on others at best, so at most 1 is kept before 1 fails.

    Its leaves v times independent sums g of the judges, whose mean is 0, are as often below 0 as above, and to be kept
    g v must even be below -h v^2 / 2. The number kept is then below a geometric number of mean 1 and variance 2.
    """
    kept = [
        len(grown(*random_task(2000, strength=0.0, seed=s), patience=1, rate=1.0, key=s)["gain"]) for s in range(200)
    ]
    assert np.mean(kept) < 1 + 5 * np.sqrt(2 / 200)
    kept = [len(grown(*random_task(2000, seed=s), patience=1, max_trees=3, key=s)["gain"]) for s in range(20)]
    assert np.mean(kept) > 2.5


def test_trees_stay_deep_while_they_help():
    """With patience for one failure only, a tree that helps is followed by another as deep."""
    found = assert_agrees(*random_task(20_000), depth=4, patience=1, rate=0.1)
    assert len(found["gain"]) == DEFAULTS["max_trees"]
    assert ((found["threshold"] < 255).sum(axis=1) > twin.LAST_DEPTH).all()


@pytest.mark.parametrize("strength", [0.0, 0.3, 4.0])
@pytest.mark.parametrize("depth", [1, 2, 4])
@pytest.mark.parametrize("n_trial", [1, 3, 5])
def test_trials_agree_with_their_twin(n_trial, depth, strength):
    for seed in range(3):
        task = random_task(701, strength=strength, seed=seed)
        assert_agrees(*task, depth=depth, patience=5, n_trial=n_trial, max_trees=12, key=seed)


def test_on_trial_noise_keeps_no_tree():
    """Without a trial noise is learned a little in nearly every task; with one in none of them, and no score moves."""
    tasks = [random_task(4000, (200, 50, 3), strength=0.0, seed=seed) for seed in range(20)]
    settings = {"depth": 7, "max_trees": 200, "patience": 16, "n_bag": 28, "rate": 0.2, "ridge": 3.0}
    free = [grown(*task, **settings, key=seed) for seed, task in enumerate(tasks)]
    assert np.mean([len(found["gain"]) > 0 for found in free]) > 0.9
    tried = [grown(*task, **settings, n_trial=16, key=seed) for seed, task in enumerate(tasks)]
    assert not any(len(found["gain"]) for found in tried)
    assert not any(found["score"].any() for found in tried)


def test_gains_of_noise_are_claims_and_no_gains():
    """Trees without a trial claim to lower the loss where none can: the judges of one were in the bags of others."""
    settings = {"depth": 7, "max_trees": 200, "patience": 16, "n_bag": 28, "rate": 0.2, "ridge": 3.0}
    claims, changes = [], []
    for seed in range(10):
        found = grown(*random_task(4000, (200, 50, 3), strength=0.0, seed=seed), **settings, key=seed)
        others, _, truth, score = random_task(20_000, (200, 50, 3), strength=0.0, seed=seed + 100)
        add_forest(others, *(found[name] for name in PARTS[:3]), score, 1)
        claims.append(found["gain"].sum())
        changes.append(np.logaddexp(0, np.where(truth, -score, score)).mean() - np.log(2))
    assert min(claims) > 0.0
    assert min(changes) > 0.0


def test_trials_let_through_what_helps():
    task = random_task(4000, strength=1.0)
    settings = {"depth": 5, "max_trees": 100, "patience": 10, "n_bag": 28, "rate": 0.2, "ridge": 3.0}
    assert bytes_of(grown(*task, **settings, n_trial=10)) == bytes_of(grown(*task, **settings))


@pytest.mark.parametrize("seed", range(6))
def test_trials_let_through_what_helps_few_rows(seed):
    """Sixty rows of 100,000 always have target 1. Two trees say most of that, and the others of the trial cost more."""
    codes, n_codes, target, score = random_task(100_000, (256, 2), strength=0.0, seed=seed)
    few = np.random.default_rng(1).choice(100_000, 60, replace=False)
    codes[0] = np.maximum(codes[0], 1)
    codes[0, few], target[few] = 0, 1
    settings = {"depth": 7, "max_trees": 100, "patience": 16, "n_trial": 16, "n_bag": 10, "rate": 0.2, "ridge": 3.0}
    found = grown(codes, n_codes, target, score, **settings, key=seed)
    assert found["score"][few].mean() > 1.0
    assert np.abs(found["score"]).mean() < 0.1


def test_nothing_to_ask_keeps_nothing():
    codes, n_codes, target, score = random_task(300, (1, 1, 1))
    assert len(assert_agrees(codes, n_codes, target, score)["gain"]) == 0
    codes, n_codes, target, score = random_task(300)
    for one_class in (np.zeros_like(target), np.ones_like(target)):
        found = assert_agrees(codes, n_codes, one_class, score)
        assert len(found["gain"]) == 0
        assert not found["score"].any()
    assert len(grown(codes, n_codes, target, score, patience=0)["gain"]) == 0


def test_constant_features_tell_no_rows_apart():
    codes, n_codes, target, score = random_task(3000)
    for value in (0, 1):
        found = grown(np.full_like(codes, value), n_codes, target, score)
        assert len(np.unique(found["score"])) == 1


def test_one_class_is_told_apart_from_its_start():
    codes, n_codes, _, score = random_task(500)
    score += np.where(codes[0] > 3, 3, -3).astype(np.float32)
    found = assert_agrees(codes, n_codes, np.ones(500, np.uint8), score)
    assert len(found["gain"]) >= 1
    assert (found["score"] - score)[codes[0] <= 3].min() > (found["score"] - score)[codes[0] > 3].max()


@pytest.mark.parametrize(("n_rows", "n_codes", "max_trees"), [(0, (3, 4), 5), (50, (), 5), (50, (3, 4), 0), (0, (), 0)])
def test_nothing_at_all(n_rows, n_codes, max_trees):
    task = random_task(n_rows, n_codes)
    found = grown(*task, max_trees=max_trees)
    assert len(found["gain"]) == 0
    assert found["score"].tobytes() == task[3].tobytes()


def test_read_only_input_is_taken_and_strided_refused():
    codes, n_codes, target, score = random_task(400)
    for part in (codes, n_codes, target):
        part.flags.writeable = False
    assert_agrees(codes, n_codes, target, score)
    with pytest.raises(ValueError):
        grown(codes[:, ::2], n_codes, target, score)


def test_forests_grow_side_by_side_and_again_with_the_same_bytes():
    tasks = [random_task(15_000, (256, 40, 7, 2), seed=seed) for seed in range(6)]
    settings = {"depth": 6, "max_trees": 15, "n_tried": 3}
    alone = [bytes_of(grown(*task, **settings)) for task in tasks]
    assert len(set(alone)) == 6
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda task: bytes_of(grown(*task, **settings)), tasks)) == alone


def test_other_keys_choose_other_rows_and_features():
    task = random_task(3000, (20, 20, 20, 20))
    assert len({bytes_of(grown(*task, n_tried=2, key=key)) for key in range(10)}) == 10


def random_forest(n_trees, depth, n_features=5, seed=0):
    rng = np.random.default_rng(seed)
    return (
        rng.integers(0, n_features, (n_trees, depth)).astype(np.int32),
        rng.integers(0, 256, (n_trees, depth)).astype(np.uint8),
        rng.normal(size=(n_trees, 2**depth)).astype(np.float32),
    )


def random_rows(n_rows, n_features=5, seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (n_features, n_rows)).astype(np.uint8), rng.normal(size=n_rows).astype(np.float32)


@pytest.mark.parametrize("depth", [1, 3, 8])
@pytest.mark.parametrize("n_rows", [0, 1, 15, 1023, 1025, 4095, 4096, 4097, 9000])
def test_sums_agree_with_their_twin(n_rows, depth):
    forest, (codes, score) = random_forest(20, depth), random_rows(n_rows)
    expected = twin.add_forest(codes, *forest, score)
    for part in (codes, *forest):
        part.flags.writeable = False
    add_forest(codes, *forest, score, 1)
    assert score.tobytes() == expected.tobytes()


@pytest.mark.parametrize("n_trees", [0, 1, 40])
@pytest.mark.parametrize("n_rows", [0, 4095, 70_001])
def test_threads_change_no_sum(n_rows, n_trees, n_threads):
    forest, (codes, score) = random_forest(n_trees, 6), random_rows(n_rows)
    one, many = score.copy(), score.copy()
    add_forest(codes, *forest, one, 1)
    add_forest(codes, *forest, many, n_threads)
    assert one.tobytes() == many.tobytes()
    assert (one.tobytes() == score.tobytes()) == (n_trees == 0 or n_rows == 0)


def taken(score, u):
    """Sides and places of rows that all end here, on the left in leaf 0 and on the right in leaf 1."""
    u, n = np.array(u, float), len(score)
    score, child, leaf = np.asarray(score, np.float32), np.array([[-1, -2]], np.int32), np.full(n, 7, np.uint16)
    assert take_steps(score, child, u, np.arange(n, dtype=np.int32), np.zeros(n, np.uint16), leaf) == 0
    return u, leaf.astype(np.uint8)


@pytest.mark.parametrize("n", [0, 1, 7, 20_000])
def test_shares_and_log_probabilities_agree_with_their_twins(n):
    rng = np.random.default_rng(0)
    score, share = rng.normal(0, 4, n).astype(np.float32), rng.random(n)
    right = rng.integers(0, 2, n).astype(np.uint8)
    score[:4] = np.array([np.inf, -np.inf, 90, -90], np.float32)[: min(n, 4)]
    right[:4] = np.array([1, 0, 0, 1], np.uint8)[: min(n, 4)]
    for part in (score, share, right):
        part.flags.writeable = False
    shares, log_share = np.empty((2, n)), np.empty(n)
    split_shares(score, share, *shares)
    log_sides(score, right, log_share)
    np.testing.assert_allclose(shares, twin.split_shares(score, share), rtol=1e-13, atol=2e-16)
    np.testing.assert_allclose(log_share, twin.log_sides(score, right), rtol=1e-13, atol=3e-16)


@pytest.mark.parametrize("n", [0, 1, 7, 20_000])
def test_sides_agree_with_their_twin(n):
    rng = np.random.default_rng(0)
    score, u = rng.normal(0, 2, n).astype(np.float32), rng.random(n)
    score.flags.writeable = False
    found, expected = taken(score, u), twin.take_sides(score, u)
    np.testing.assert_array_equal(found[1], expected[1])
    # Both differences and shares are right to a few units of 2^-53; the least share here is about exp(-9).
    np.testing.assert_allclose(found[0], expected[0], rtol=0, atol=8 * 2.0**-53 * np.exp(9))


@pytest.mark.parametrize("score", [-6.0, -1.0, 0.0, 0.3, 5.0])
def test_sides_have_their_probability_and_leave_a_uniform_each(score):
    n = 400_000
    u, right = taken(np.full(n, score), np.random.default_rng(1).random(n))
    p = expit(score)
    assert abs(right.mean() - p) < 6 * np.sqrt(p * (1 - p) / n)
    assert u.min() >= 0
    assert u.max() < 1
    for side in (0, 1):
        own = np.sort(u[right == side])
        m, steps = len(own), np.arange(len(own) + 1) / max(len(own), 1)
        distance = max(np.abs(own - steps[:-1]).max(), np.abs(own - steps[1:]).max())
        assert distance < np.sqrt(np.log(2 / 1e-9) / (2 * m)), f"side {side}"  # Dvoretzky, Kiefer, Wolfowitz, Massart


def test_sure_sides_leave_the_uniform_alone():
    u = np.array([0.0, 1e-300, 0.3, BELOW_ONE])
    for score in (800, 1000, 3e38, np.inf):
        for sign in (-1, 1):
            found, right = taken(np.full(4, sign * score), u)
            assert (right == (sign > 0)).all()
            np.testing.assert_array_equal(found, u)


def test_ends_of_the_sides():
    u, right = taken([0.0] * 4, [0.0, np.nextafter(0.5, 0), 0.5, BELOW_ONE])
    assert right.tolist() == [0, 0, 1, 1]
    assert u.tolist() == [0.0, BELOW_ONE, 0.0, 1 - 2.0**-52]
    scores = np.linspace(-760, 760, 20_001)
    for value in (0.0, 2.0**-53, 0.5, BELOW_ONE):
        u, _ = taken(scores, np.full(len(scores), value))
        assert u.min() >= 0
        assert u.max() < 1


@pytest.mark.parametrize("n", [0, 1, 255, 256, 257, 3_000])
def test_steps_agree_with_their_twin(n):
    rng = np.random.default_rng(2)
    child = np.array([[0, -3], [-1, 1], [2, 1], [-7, -8]], np.int32)
    score, node = rng.normal(0, 2, n).astype(np.float32), rng.integers(0, 4, n).astype(np.uint16)
    u, rows = rng.random(n + 5), rng.permutation(n + 5)[:n].astype(np.int32)
    leaf = np.full(n + 5, 99, np.uint16)
    expected = twin.take_steps(score, child, u, rows, node, leaf)
    left = take_steps(score, child, u, rows, node, leaf)
    for found, wanted in zip((u, rows[:left], node[:left], leaf), expected, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-9)


# The C loops, compiled anew for each instruction set, against the build at hand.
N_ROWS, N_FEATURES, TREES, DEPTH = 9_000, 5, 12, 6
PROGRAM = r"""
#include <stdio.h>
#include "sf_boost.h"
enum { N = %(n)d, F = %(f)d, TREES = %(trees)d, DEPTH = %(depth)d };
static uint8_t codes[F][N], target[N], threshold[TREES][DEPTH], right[N];
static int32_t n_codes[F], feature[TREES][DEPTH];
static float score[N], leaf[TREES][1 << DEPTH];
static double gain[TREES], u[N], shares[2][N];
int main(void) {
    for (int f = 0; f < F; f++) {
        n_codes[f] = f %% 2 ? 256 : 5 + f;
        for (uint32_t i = 0; i < N; i++)
            codes[f][i] = (uint8_t)(((i * 2654435761u + (uint32_t)f * 40503u) >> (8 + 2 * f)) %% (uint32_t)n_codes[f]);
    }
    for (uint32_t i = 0; i < N; i++) {
        target[i] = codes[1][i] / 2 + 20 * codes[2][i] + ((i * 2246822519u) >> 25) > 200;
        score[i] = (float)(i %% 97) / 97.0f - 0.5f;
        u[i] = (double)(i * 2246822519u) / 4294967296.0;
    }
    sf_boost_task task = {&codes[0][0], n_codes, target, score, N, F, DEPTH, TREES, 4, 4, 3, 24, 0.3f, 2.0f, 99,
                          &feature[0][0], &threshold[0][0], &leaf[0][0], gain};
    size_t n = (size_t)sf_boost(&task);
    fwrite(feature, 4 * DEPTH, n, stdout);
    fwrite(threshold, DEPTH, n, stdout);
    fwrite(leaf, 4 << DEPTH, n, stdout);
    fwrite(gain, 8, n, stdout);
    fwrite(score, 4, N, stdout);
    sf_add_forest(&codes[0][0], N, N, &feature[0][0], &threshold[0][0], &leaf[0][0], (ptrdiff_t)n, DEPTH, score);
    fwrite(score, 4, N, stdout);
    sf_take_sides(score, N, u, right);
    fwrite(u, 8, N, stdout);
    fwrite(right, 1, N, stdout);
    sf_split_shares(score, u, N, shares[0], shares[1]);
    fwrite(shares, 8, 2 * N, stdout);
    sf_log_sides(score, right, N, u);
    fwrite(u, 8, N, stdout);
    return 0;
}
"""


def built_in():
    """What the build at hand gives for the program above."""
    i = np.arange(N_ROWS, dtype=np.uint32)
    n_codes = np.array([256 if f % 2 else 5 + f for f in range(N_FEATURES)], np.int32)
    mixed = [(i * np.uint32(2654435761) + np.uint32(f * 40503)) >> np.uint32(8 + 2 * f) for f in range(N_FEATURES)]
    codes = np.array([m % n for m, n in zip(mixed, n_codes, strict=True)]).astype(np.uint8)
    noise = i * np.uint32(2246822519)
    signal = codes[1] // 2 + 20 * codes[2].astype(np.int64) + (noise >> np.uint32(25))
    score = (i % 97).astype(np.float32) / np.float32(97) - np.float32(0.5)
    found = grown(
        codes, n_codes, (signal > 200).astype(np.uint8), score,
        depth=DEPTH, max_trees=TREES, patience=4, n_trial=4, n_tried=3, n_bag=24, rate=0.3, ridge=2.0, key=99,
    )  # fmt: skip
    assert len(found["gain"]) > 5
    twice = found["score"].copy()
    add_forest(codes, *(found[name] for name in PARTS[:3]), twice, 1)
    u, right = taken(twice, noise / 2.0**32)
    assert 0.1 < right.mean() < 0.9
    shares, log_share = np.empty((2, N_ROWS)), np.empty(N_ROWS)
    split_shares(twice, u, *shares)
    log_sides(twice, right, log_share)
    return bytes_of(found) + b"".join(part.tobytes() for part in (twice, u, right, shares, log_share))


@pytest.mark.parametrize("variant", VARIANTS)
def test_bytes_are_those_of_every_instruction_set(variant, tmp_path, repository):
    skip_unless_it_runs(variant)
    numbers = {"n": N_ROWS, "f": N_FEATURES, "trees": TREES, "depth": DEPTH}
    assert output_of(PROGRAM % numbers, tmp_path, repository, VARIANTS[variant]) == built_in()
