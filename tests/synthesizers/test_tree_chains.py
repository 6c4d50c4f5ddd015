"""Both kinds of chain: their probabilities, draws from them, and what they learn."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from synthesizers.tree_bins import binned

from synthfast._core.random import Stream
from synthfast.synthesizers._tree.boosted import BoostedChain
from synthfast.synthesizers._tree.cart import CartChain
from synthfast.synthesizers._tree.forest import BoostSettings
from synthfast.synthesizers._tree.presets import PRESETS

N = 4_000


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
