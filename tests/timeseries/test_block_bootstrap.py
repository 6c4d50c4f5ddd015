"""Block bootstraps: lengths, and the laws of the walks."""

import numpy as np
import pytest
from scipy import stats

from synthfast import BlockBootstrapSynthesizer
from synthfast.exceptions import DataError
from synthfast.timeseries._block_length import optimal_block_length


def remembering(n, coefficient, seed=0):
    noise = np.random.default_rng(seed).normal(size=n)
    values = np.zeros(n)
    for t in range(1, n):
        values[t] = coefficient * values[t - 1] + noise[t]
    return values


@pytest.mark.parametrize(
    ("name", "column", "expected"),
    [
        ("sunspots", "SUNACTIVITY", (21.050693046008153, 24.097028145383913)),
        ("nile", "volume", (12.333494258282622, 14.118326537905858)),
    ],
)
def test_lengths_are_those_of_arch(name, column, expected):
    """By arch 8.0.0 ``optimal_block_length`` on the data that ship in statsmodels."""
    import statsmodels.api as sm

    values = getattr(sm.datasets, name).load_pandas().data[column].to_numpy()
    assert optimal_block_length(values) == pytest.approx(expected, rel=1e-9)


def test_memory_makes_blocks_longer():
    lengths = [optimal_block_length(remembering(2_000, c))[0] for c in (0.0, 0.5, 0.9)]
    assert lengths == sorted(lengths)
    assert lengths[0] < 5 < lengths[2]


def test_stationary_blocks_are_geometric_and_begin_anywhere():
    n, mean = 50, 4.0
    model = BlockBootstrapSynthesizer(block_length=mean).fit(np.arange(float(n)))
    drawn = model.sample(2_000, n_steps=200, random_state=0).astype(int)
    follows = (drawn[:, 1:] - drawn[:, :-1]) % n == 1
    # a new block is also the next place once in n
    expected = 1 - (1 / mean) * (1 - 1 / n)
    assert abs(follows.mean() - expected) < 4.5 * np.sqrt(expected * (1 - expected) / follows.size)
    counts = np.bincount(drawn[:, 0], minlength=n)
    assert stats.chisquare(counts).pvalue > 1e-4


@pytest.mark.parametrize("method", ["circular", "moving"])
def test_blocks_of_one_length(method):
    n, length = 30, 7
    model = BlockBootstrapSynthesizer(method=method, block_length=length).fit(np.arange(float(n)))
    drawn = model.sample(3_000, n_steps=21, random_state=0).astype(int).reshape(3_000, 3, length)
    steps = np.diff(drawn, axis=2)
    assert ((steps == 1) | (steps == 1 - n)).all()
    starts = np.bincount(drawn[:, :, 0].ravel(), minlength=n)
    assert (starts[n - length + 1 :] == 0).all() == (method == "moving")
    assert stats.chisquare(starts[starts > 0]).pvalue > 1e-4


def test_tapered_blocks_keep_mean_and_variance():
    values = remembering(400, 0.6) + 10
    drawn = BlockBootstrapSynthesizer(method="tapered").fit(values).sample(4_000, random_state=1)
    assert drawn.mean() == pytest.approx(values.mean(), abs=0.05)
    assert drawn.var() == pytest.approx(values.var(), rel=0.05)


def test_variables_stay_together():
    values = np.arange(40.0)[:, None] + [[0.0, 1000.0]]
    drawn = BlockBootstrapSynthesizer().fit(values).sample(5, random_state=0)
    assert (drawn[:, :, 1] - drawn[:, :, 0] == 1000).all()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"method": "moveing"}, "method"),
        ({"block_length": 0}, "block_length"),
        ({"block_length": 41}, "longer than the series"),
        ({"block_length": "automatic"}, "block_length"),
        ({"block_length": None}, "block_length"),
    ],
)
def test_bad_arguments(options, words):
    with pytest.raises((TypeError, ValueError, DataError), match=words):
        BlockBootstrapSynthesizer(**options).fit(np.arange(40.0))
