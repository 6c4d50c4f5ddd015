"""The corrector and its forests: what it finds, and what it leaves alone."""

import numpy as np
import pytest

from synthfast._core.random import Stream
from synthfast.synthesizers._tree import corrector
from synthfast.synthesizers._tree.corrector import THOROUGH, Corrector
from synthfast.synthesizers._tree.forest import BoostSettings, Forest

SMALL = BoostSettings(depth=4, max_trees=60)


def corrected(real, law, n_codes, seed=0, oversample=4):
    """A corrector of rows drawn by ``law(n, rng)``, resampled without regard to strata."""

    def draw(n_rows, so_far, stream):
        rng = np.random.default_rng(stream.key[0] % 2**32)
        pool = law(4 * n_rows, rng)
        weight = np.exp(so_far.log_weight(pool))
        return np.ascontiguousarray(pool[:, rng.choice(pool.shape[1], n_rows, p=weight / weight.sum())])

    return Corrector.fit(real, np.array(n_codes, dtype=np.int32), draw, oversample, THOROUGH, Stream.from_seed(seed))


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


@pytest.mark.parametrize(("gain", "kept"), [(0.001, 0), (0.1, 2)])
def test_a_correction_that_says_little_and_spoils_the_columns_is_dropped(monkeypatch, gain, kept):
    """Columns by themselves are right already; a booster that weighs one level e times the other moves them."""
    real = np.random.default_rng(5).integers(0, 2, (2, 4_000)).astype(np.uint8)
    leaning = Forest(np.zeros((1, 1), np.int32), np.zeros((1, 1), np.uint8), np.array([[-0.5, 0.5]], np.float32), gain)
    monkeypatch.setattr(corrector, "_tell_apart", lambda *args: leaning)
    found = corrected(real, lambda n, own: own.integers(0, 2, (2, n)).astype(np.uint8), [2, 2])
    assert len(found.forests) == kept
