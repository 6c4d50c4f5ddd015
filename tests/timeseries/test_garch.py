"""GARCHSynthesizer: clusters and tails come back, prices stay positive."""

import numpy as np
import pytest

from synthfast import GARCHSynthesizer
from synthfast.exceptions import DataError
from synthfast.timeseries._volatility import Volatility


def returns(n=4_000, seed=0):
    z = np.random.default_rng(seed).standard_t(6, size=(1, n)) / np.sqrt(1.5)
    return 0.01 * Volatility(0.1, 0.85, 1.0).apply(z)[0] + 0.0005


@pytest.fixture(scope="module")
def model():
    return GARCHSynthesizer().fit(returns())


def memory_of_squares(x):
    square = (x - x.mean(axis=-1, keepdims=True)) ** 2
    square = square - square.mean(axis=-1, keepdims=True)
    return np.sum(square[..., 1:] * square[..., :-1], axis=-1) / np.sum(square**2, axis=-1)


def test_weights_are_found(model):
    assert model.alpha_ == pytest.approx(0.1, abs=0.06)
    assert model.beta_ == pytest.approx(0.85, abs=0.1)


@pytest.mark.parametrize("shocks", ["bootstrap", "gaussian", "student_t"])
def test_draws_cluster_and_keep_their_scale(shocks):
    model = GARCHSynthesizer(shocks=shocks).fit(returns())
    drawn = model.sample(100, random_state=0)
    assert drawn.std() == pytest.approx(returns().std(), rel=0.1)
    assert drawn.mean() == pytest.approx(returns().mean(), abs=4 * drawn.std() / np.sqrt(drawn.size))
    assert memory_of_squares(drawn).mean() > 0.08
    changes = drawn - drawn.mean()
    lagged = np.sum(changes[:, 1:] * changes[:, :-1]) / np.sum(changes**2)
    assert abs(lagged) < 0.02


def test_the_next_volatility_is_the_last_one_learned():
    calm = np.r_[returns(1_000) * 5, returns(1_000, 1) * 0.1]
    drawn = GARCHSynthesizer(anchor="end").fit(calm).sample(500, n_steps=5, random_state=0)
    assert drawn[:, 0].std() < 0.7 * calm.std()


def test_prices():
    prices = 100 * np.exp(np.cumsum(returns()))
    for anchor, level in (("start", prices[0]), ("end", prices[-1])):
        drawn = GARCHSynthesizer(learn="log_returns", anchor=anchor).fit(prices).sample(20, n_steps=50, random_state=0)
        assert (drawn > 0).all()
        assert drawn[:, 0].mean() == pytest.approx(level, rel=0.02)
        assert not np.isin(drawn, prices).any()


def test_noise_without_clusters_has_none():
    model = GARCHSynthesizer().fit(np.random.default_rng(3).normal(size=2_000))
    assert model.alpha_ < 0.05


def test_what_makes_no_sense():
    with pytest.raises(DataError, match="positive"):
        GARCHSynthesizer(learn="log_returns").fit(returns())
    with pytest.raises(DataError, match="at least 30"):
        GARCHSynthesizer().fit(returns(20))
    for parameters in ({"learn": "prices"}, {"shocks": "cauchy"}, {"anchor": "middle"}):
        with pytest.raises(ValueError, match=next(iter(parameters))):
            GARCHSynthesizer(**parameters).fit(returns(100))
