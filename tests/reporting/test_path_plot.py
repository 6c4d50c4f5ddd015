import numpy as np
import pytest

from synthfast.reporting.path_plot import plot_path


@pytest.mark.parametrize("width", [1, 3])
def test_the_way(width):
    path = np.random.default_rng(0).normal(size=(6, width))
    left, right = plot_path(path).axes
    assert len(left.lines[0].get_xdata()) == 6
    np.testing.assert_array_equal(np.array([line.get_ydata() for line in right.lines]).T, path)
