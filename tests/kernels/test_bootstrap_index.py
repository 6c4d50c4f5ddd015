"""Block index walks against the slow ones."""

import numpy as np
import pytest
from reference import bootstrap_index as reference

from synthfast._ext import _bootstrap_index


@pytest.mark.parametrize(("n_series", "n_steps", "n"), [(1, 1, 1), (3, 50, 7), (700, 130, 40), (0, 5, 3), (2, 0, 3)])
@pytest.mark.parametrize("rate", [1.0, 0.2, 1e-9])
def test_stationary(n_series, n_steps, n, rate, n_threads):
    rng = np.random.default_rng(0)
    jump, place = rng.random((n_series, n_steps)), rng.random((n_series, n_steps))
    for array in (jump, place):
        array.flags.writeable = False
    out = np.empty((n_series, n_steps), np.int64)
    _bootstrap_index.walk_stationary(jump, place, n, rate, out, n_threads)
    np.testing.assert_array_equal(out, reference.stationary(jump, place, n, rate))


@pytest.mark.parametrize(("n_series", "n_steps", "n"), [(1, 1, 1), (3, 50, 7), (700, 130, 40), (0, 5, 3)])
@pytest.mark.parametrize("length", [1, 4, 7])
def test_blocks(n_series, n_steps, n, length, n_threads):
    length = min(length, n)
    place = np.random.default_rng(1).random((n_series, -(-n_steps // length)))
    out = np.empty((n_series, n_steps), np.int64)
    for n_starts in (n, n - length + 1):
        _bootstrap_index.walk_blocks(place, n, n_starts, length, out, n_threads)
        np.testing.assert_array_equal(out, reference.blocks(place, n, n_starts, length, n_steps))


def test_the_largest_uniform_stays_inside():
    place = np.full((1, 3), 1 - 2.0**-53)
    out = np.empty((1, 3), np.int64)
    _bootstrap_index.walk_blocks(place, 5, 5, 1, out, 1)
    assert (out == 4).all()
    _bootstrap_index.walk_stationary(np.zeros((1, 3)), place, 5, 0.5, out, 1)
    assert (out == 4).all()
