"""Chance is not learned as dependence, neither by orders of levels nor by trees; what is no chance is."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from synthesizers.tree_bins import binned
from synthesizers.tree_tables import fit

from synthfast._core.random import Stream
from synthfast.synthesizers._tree.boosted import BoostedChain
from synthfast.synthesizers._tree.forest import BoostSettings
from synthfast.synthesizers._tree.level_order import order_by_surprise, variance_beyond_chance
from synthfast.synthesizers._tree.table_bins import shuffle_rows

N, N_LEVELS = 8_000, 200
LEVELS = np.array([f"l{k:03d}" for k in range(N_LEVELS)])


def coins(spread, seed):
    """Levels, a coin whose odds of heads are their own by so much, and those odds."""
    rng = np.random.default_rng(seed)
    level, odds = rng.integers(0, N_LEVELS, N), np.clip(0.5 + spread * rng.normal(size=N_LEVELS), 0.02, 0.98)
    return level, rng.random(N) < odds[level], odds


def learned(level, coin, order, seed):
    """Odds of heads of each level as a model of the table has them."""
    columns = {"level": LEVELS[level], "coin": np.where(coin, "heads", "tails")}
    model = fit(pd.DataFrame({name: columns[name] for name in order}), "quality", random_state=seed)
    return model.predict_proba(pd.DataFrame({"level": LEVELS}), "coin")["heads"].to_numpy()


ORDERS = pytest.mark.parametrize("order", [("level", "coin"), ("coin", "level")], ids=["coin last", "coin first"])


@ORDERS
@pytest.mark.parametrize("seed", range(3))
def test_a_coin_says_nothing_about_levels(order, seed):
    """Shares of heads in 40 rows a level are 0.08 off by chance; what is learned does not follow them."""
    level, coin, _ = coins(0.0, seed)
    seen = np.bincount(level, coin, N_LEVELS) / np.bincount(level, minlength=N_LEVELS)
    assert abs(np.polyfit(seen, learned(level, coin, order, seed), 1)[0]) < 0.1


@ORDERS
def test_odds_that_differ_are_learned(order):
    """Odds that differ by 0.2 come out about as well as the shares of 40 rows, which are 0.073 off."""
    level, coin, odds = coins(0.2, 0)
    seen = np.bincount(level, coin, N_LEVELS) / np.bincount(level, minlength=N_LEVELS)
    error, of_shares = (np.sqrt(np.mean((found - odds) ** 2)) for found in (learned(level, coin, order, 0), seen))
    assert error < 1.1 * of_shares < 0.09


def test_boosters_of_noise_are_none():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(rng.normal(size=(4_000, 4)), columns=list("abcd")).assign(e=rng.choice(list("xyz"), 4_000))
    bins, leaves, codes, _ = binned(frame)
    chain = BoostedChain.fit(bins, leaves, codes, BoostSettings(), Stream.from_seed(0))
    grown = [step for steps in chain.steps for step in steps if step is not None and step.forest is not None]
    assert len(grown) <= 2  # of some 30


@pytest.mark.parametrize("n_levels", [3, 30, 200])
def test_levels_that_chance_tells_apart_keep_their_order(n_levels):
    rng = np.random.default_rng(n_levels)
    codes = rng.integers(0, n_levels, N).astype(np.uint8)
    p = np.full(N, 0.3)
    place = order_by_surprise(codes, (rng.random(N) < p) - p, p * (1.0 - p), n_levels)
    np.testing.assert_array_equal(place, np.arange(n_levels))


def test_levels_that_differ_are_sorted_and_rare_ones_stay_between():
    """Twenty levels of 400 rows and twenty of two rows: those have their order, these theirs in the middle."""
    rng = np.random.default_rng(0)
    rows = np.r_[np.full(20, 400), np.full(20, 2)]
    codes = np.repeat(np.arange(40), rows).astype(np.uint8)
    odds = np.r_[rng.permutation(np.linspace(0.05, 0.95, 20)), np.full(20, 0.5)]
    came, p = rng.random(len(codes)) < odds[codes], np.full(len(codes), 0.5)
    place = order_by_surprise(codes, came - p, p * (1.0 - p), 40)
    assert sorted(place) == list(range(40))
    np.testing.assert_array_equal(np.diff(place[20:].astype(int)), 1)
    assert stats.spearmanr(place[:20], odds[:20])[0] > 0.97
    assert 5 < place[20] < 15


def test_variance_is_what_levels_have_beyond_chance():
    """Means of 1,000 levels with variance 0.5, of 4 to 40 rows of variance 1, to three standard errors and safe."""
    rng = np.random.default_rng(0)
    rows = rng.integers(4, 41, 1_000).astype(float)
    means = rng.normal(0.0, np.sqrt(0.5), 1_000) + rng.normal(size=1_000) / np.sqrt(rows)
    assert 0.35 < variance_beyond_chance(means * rows, rows, 999.0) < 0.55
    assert variance_beyond_chance(np.sqrt(rows) * rng.normal(size=1_000), rows, 999.0) <= 0.0
    assert variance_beyond_chance(np.zeros(1), np.ones(1), 1.0) == 0.0


def test_levels_become_leaves_in_an_order_that_is_no_chance():
    """Leaves as the numbers behind them where these are told of in another column; else as they are named."""
    rng = np.random.default_rng(0)
    level, number = rng.integers(0, N_LEVELS, N), rng.permutation(N_LEVELS)
    frame = pd.DataFrame({"level": LEVELS[level], "told": number[level] + 20.0 * rng.normal(size=N)})
    bins, _, _, _ = binned(frame)
    assert abs(np.corrcoef(number[bins[0].values.order], np.arange(N_LEVELS))[0, 1]) > 0.95
    bins, _, _, _ = binned(frame.assign(told=rng.permutation(frame["told"].to_numpy())))
    np.testing.assert_array_equal(bins[0].values.order, np.arange(N_LEVELS))


def test_equal_rows_lie_together_while_they_are_few_and_apart_where_they_are_many():
    leaves = [np.repeat(np.arange(200), np.where(np.arange(200) < 100, 4, 60)).astype(np.uint16)]
    ranked = leaves[0][shuffle_rows(leaves, 7)]
    runs = np.r_[True, ranked[1:] != ranked[:-1]]
    assert sum(runs[ranked < 100]) == 100
    assert sum(runs[ranked >= 100]) > 0.9 * 6_000


def test_few_combinations_are_learned_as_well_as_many():
    """Two bits that agree in 7 rows of 10: four kinds of rows, of which each is judged by its like."""
    rng = np.random.default_rng(0)
    a = rng.integers(0, 2, N)
    frame = pd.DataFrame({"a": a, "b": np.where(rng.random(N) < 0.7, a, 1 - a)})
    found = fit(frame, "quality").predict_proba(pd.DataFrame({"a": [0, 1]}), "b")
    assert np.abs(found.to_numpy()[:, :2] - np.array([[0.7, 0.3], [0.3, 0.7]])).max() < 0.03
