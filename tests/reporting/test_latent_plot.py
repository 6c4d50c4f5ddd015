"""Figures of latents."""

import numpy as np
import pytest

from synthfast.reporting.latent_plot import plot_latents, plot_path


@pytest.mark.parametrize("width", [1, 2, 6])
def test_latents_and_what_each_tells(width):
    rng = np.random.default_rng(0)
    nats = np.arange(width, dtype=float)
    left, right = plot_latents(rng.normal(size=(50, width)), nats, path=rng.normal(size=(4, width))).axes
    assert len(left.collections[0].get_offsets()) == 50
    assert len(left.lines[0].get_xdata()) == 4
    assert [bar.get_height() for bar in right.patches] == nats[::-1].tolist()


@pytest.mark.parametrize("width", [1, 3])
def test_the_way(width):
    path = np.random.default_rng(0).normal(size=(6, width))
    left, right = plot_path(path).axes
    assert len(left.lines[0].get_xdata()) == 6
    np.testing.assert_array_equal(np.array([line.get_ydata() for line in right.lines]).T, path)
