"""Slow, obvious twins of the boosting kernels, in single precision where the kernels are."""

import numpy as np
from scipy.special import expit

STRETCHES, FIXED = 32, 16384
GOLDEN, WORD = 0x9E3779B97F4A7C15, 2**64 - 1
F = np.float32
LAST_DEPTH = 2  # of the trees that are tried when deep ones no longer help
CLEAR = 5.0  # nats that decide a trial on the way


def mix(x):
    """SplitMix64's finaliser."""
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & WORD
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & WORD
    return x ^ (x >> 31)


def shuffle_front(values, k, state):
    """Swap k random elements to the front of the list, in place; the state after it."""
    for i in range(min(k, len(values) - 1)):
        state = (state + GOLDEN) & WORD
        j = i + mix(state) % (len(values) - i)
        values[i], values[j] = values[j], values[i]
    return state


def expf(x):
    """Cephes' exponential, operation by operation."""
    x = np.clip(x, F(-87), F(87))
    k = (x * F(1.44269504) + F(12582912)) - F(12582912)
    r = (x - k * F(0.693359375)) + k * F(2.12194440e-4)
    p = F(1.9875691500e-4)
    for c in (1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1):
        p = p * r + F(c)
    return np.ldexp(p * (r * r) + r + F(1), k.astype(np.int32))


def gradients(score, target):
    """Gradient, to the nearest, and curvature, rounded up, of the logistic loss, in units of 1 / FIXED."""
    p = F(1) / (F(1) + expf(-score))
    g = ((p - target.astype(F)) * F(FIXED) + F(FIXED + 0.5)).astype(np.int64) - FIXED
    h = (p * (F(1) - p) * F(FIXED) + F(1)).astype(np.int64)
    return g, h


def best_question(codes, n_codes, features, g, h, node, n_nodes, ridge):
    """``(feature, threshold)`` of the largest gain, the first of equals, or None where nothing is gained."""
    rows = [np.flatnonzero(node == p) for p in range(n_nodes)]
    sums = [(F(g[at].sum()), F(h[at].sum())) for at in rows]
    best, found = F(0), None
    for g_all, h_all in sums:
        best = best + g_all * g_all / (h_all + ridge)
    for feature in features:
        thresholds = np.arange(n_codes[feature] - 1)
        gain = np.zeros(len(thresholds), F)
        for at, (g_all, h_all) in zip(rows, sums, strict=True):
            if len(at):
                goes_left = codes[feature, at] <= thresholds[:, None]
                of_g, of_h = (goes_left @ g[at]).astype(F), (goes_left @ h[at]).astype(F)
                other, a, b = g_all - of_g, of_h + ridge, h_all - of_h + ridge
                gain += (of_g * of_g * b + other * other * a) / (a * b)
        if len(gain) and gain.max() > best:
            best, found = gain.max(), (feature, int(gain.argmax()))
    return found


def nodes_of(codes, feature, threshold):
    """Node of each row: the sides taken, first the highest bit."""
    node = np.zeros(codes.shape[1], np.int64)
    for f, t in zip(feature, threshold, strict=True):
        node = 2 * node + (codes[f] > t)
    return node


def grow_tree(codes, n_codes, features, g, h, depth, rate, ridge, most):
    """``(feature, threshold, leaf)`` of one tree of at most ``most`` questions, or None where it has nothing to ask."""
    questions = []
    while len(questions) < most:
        node = nodes_of(codes, *zip(*questions, strict=True)) if questions else np.zeros(codes.shape[1], np.int64)
        question = best_question(codes, n_codes, features, g, h, node, 2 ** len(questions), ridge)
        if question is None:
            break
        questions.append(question)
    if not questions:
        return None
    questions += [(questions[0][0], 255)] * (depth - len(questions))
    feature, threshold = zip(*questions, strict=True)
    node, leaf = nodes_of(codes, feature, threshold), np.zeros(2**depth, F)
    for p in range(2**depth):
        leaf[p] = -rate * F(g[node == p].sum()) / (F(h[node == p].sum()) + ridge)
    return feature, threshold, leaf


def fall_of_loss(leaf, node, g, h):
    """Fall of the loss of rows, in nats and to second order."""
    change = 0.0
    for p, v in enumerate(leaf.astype(float)):
        of_g, of_h = float(F(g[node == p].sum())), float(F(h[node == p].sum()))
        change += (of_g * v + 0.5 * of_h * v * v) * (1.0 / FIXED)
    return -change


def try_tree(codes, n_codes, score, target, bag, judges, features, most, depth, rate, ridge):
    """``(tree, node, gain)`` of a tree of at most ``most`` questions; gain 0 and nothing else where it asks none."""
    g, h = gradients(score, target)
    tree = grow_tree(codes[:, bag], n_codes, features, g[bag], h[bag], depth, rate, ridge, most)
    if tree is None:
        return None, None, 0.0
    node = nodes_of(codes, tree[0], tree[1])
    return tree, node, fall_of_loss(tree[2], node[judges], g[judges], h[judges])


def grow_forest(codes, n_codes, target, score, depth, max_trees, patience, n_trial, n_tried, n_bag, rate, ridge, key):
    """``(trees, score)``: ``(feature, threshold, leaf, gain)`` of each tree kept."""
    n_features, n_rows = codes.shape
    rate, ridge, start = F(rate), F(ridge) * F(FIXED), score
    stretches = [np.arange(n_rows * s // STRETCHES, n_rows * (s + 1) // STRETCHES) for s in range(STRETCHES)]
    order, features = list(range(STRETCHES)), list(range(n_features))
    state, most, shallow_failed = key, depth, False
    trees, score, failures, gains = [], start.copy(), 0, []

    def most_failures():
        return patience if len(gains) < n_trial else min(patience, (patience + 1) // 2 + len(trees) // 8)

    while len(trees) < max_trees and failures < most_failures() and not shallow_failed:
        state = shuffle_front(order, STRETCHES, state)
        state = shuffle_front(features, n_tried, state)
        bag = np.concatenate([stretches[s] for s in order[:n_bag]])
        judges = np.concatenate([stretches[s] for s in order[n_bag : 2 * n_bag]])
        tree, node, gain = try_tree(
            codes, n_codes, score, target, bag, judges, features[:n_tried], most, depth, rate, ridge
        )
        gains.append(gain)
        reached = np.cumsum(gains)
        if len(gains) == n_trial and not (reached[-1] > 0.0 or reached.max() > CLEAR):
            shallow_failed = most <= LAST_DEPTH
            most = LAST_DEPTH
            trees, score, failures, gains = [], start.copy(), 0, []
        elif gain > 0.0:
            failures = 0
            trees.append((*tree, gain / len(judges)))
            score += tree[2][node]
        else:
            failures += 1
            if failures >= most_failures() and most > LAST_DEPTH:
                most, failures = LAST_DEPTH, most_failures() // 2
    return trees, score


def add_forest(codes, feature, threshold, leaf, score):
    """Scores with the leaves of all trees added, first to last."""
    score = score.copy()
    for f, t, values in zip(feature, threshold, leaf, strict=True):
        score += values[nodes_of(codes, f, t)]
    return score


def take_sides(score, u):
    """``(u, right)``: right from the probability of the left on; the place of u within the side taken."""
    left, right = expit(-score.astype(float)), expit(score.astype(float))
    goes_right = u >= left
    place = np.where(goes_right, (u - left) / np.maximum(right, 1e-300), u / np.maximum(left, 1e-300))
    return np.clip(place, 0.0, np.nextafter(1.0, 0.0)), goes_right


def split_shares(score, share):
    """``(left, right)``: the shares of rows that take either side."""
    p = expit(score.astype(float))
    return share * (1.0 - p), share * p


def log_sides(score, right):
    """Log probability of the side taken."""
    return -np.logaddexp(0.0, np.where(right, -score.astype(float), score.astype(float)))


def take_steps(score, child, u, rows, node, leaf):
    """``(u, rows, node, leaf)`` after a step down: those of the rows that go on, and leaves of those that ended."""
    u, leaf = u.copy(), leaf.copy()
    u[rows], right = take_sides(score, u[rows])
    to = child[node, right.astype(int)]
    ended = to < 0
    leaf[rows[ended]] = -1 - to[ended]
    return u, rows[~ended], to[~ended], leaf
