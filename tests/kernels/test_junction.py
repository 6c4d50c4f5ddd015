import numpy as np
import pytest
from reference import junction as twin

from synthfast._ext import _junction

SIZES = [0, 1, 7, 1_000]
GROUP_KERNELS = ["sum_groups", "add_groups", "scale_groups"]


def groups(n, n_groups=5, seed=0):
    rng = np.random.default_rng(seed)
    return rng.random(n), rng.integers(0, n_groups, n).astype(np.int32), rng.random(n_groups)


def call(module, name, cells, group, by_group):
    """What the kernel leaves in its output."""
    cells, by_group = cells.copy(), by_group.copy()
    if name == "sum_groups":
        module.sum_groups(cells, group, by_group)
        return by_group
    getattr(module, name)(by_group, group, cells)
    return cells


@pytest.mark.parametrize("name", GROUP_KERNELS)
@pytest.mark.parametrize("n", SIZES)
def test_groups_agree_with_their_twins(name, n):
    data = groups(n)
    np.testing.assert_array_equal(call(_junction, name, *data), call(twin, name, *data))


@pytest.mark.parametrize("name", GROUP_KERNELS)
def test_nan_goes_where_its_group_goes(name):
    cells, group, by_group = groups(50)
    cells[3] = by_group[group[3]] = np.nan
    np.testing.assert_array_equal(
        call(_junction, name, cells, group, by_group), call(twin, name, cells, group, by_group)
    )


def conditional(n_keys, n_levels, seed=0):
    shares = np.random.default_rng(seed).dirichlet(np.full(n_levels, 0.3), n_keys)
    cumulated = np.cumsum(shares, axis=1)
    return np.ascontiguousarray(cumulated / cumulated[:, -1:])


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("n_levels", [1, 2, 33])
def test_draws_agree_with_their_twin(n, n_levels):
    rng = np.random.default_rng(1)
    cumulated, key, place = conditional(6, n_levels), rng.integers(0, 6, n), rng.random(n)
    results = []
    for module in (_junction, twin):
        own, out = place.copy(), np.empty(n, dtype=np.int32)
        module.draw_levels(cumulated, key, own, out)
        results.append((own, out))
    np.testing.assert_array_equal(results[0][1], results[1][1])
    np.testing.assert_array_equal(results[0][0], results[1][0])
    assert ((results[0][0] >= 0) & (results[0][0] < 1)).all()


def test_levels_without_a_share_are_never_drawn():
    cumulated = np.array([[0.0, 0.5, 0.5, 1.0]])
    place = np.array([0.0, 0.25, 0.4999, 0.5, 0.75, np.nextafter(1.0, 0.0)])
    out = np.empty(6, dtype=np.int32)
    _junction.draw_levels(cumulated, np.zeros(6, dtype=np.int64), place, out)
    assert out.tolist() == [1, 1, 1, 3, 3, 3]


@pytest.mark.parametrize("n", SIZES)
def test_scrambling_agrees_with_its_twin(n):
    rng = np.random.default_rng(2)
    points = rng.integers(0, 2**32, (3, n), dtype=np.uint32)
    seed = rng.integers(0, 2**32, 3, dtype=np.uint32)
    expected = points.copy()
    _junction.scramble_points(seed, points)
    twin.scramble_points(seed, expected)
    np.testing.assert_array_equal(points, expected)


def test_scrambling_keeps_the_balance_of_every_power_of_two():
    """One of 256 points in each of 256 equal parts, before and after: nested permutations move whole parts."""
    points = (np.arange(256, dtype=np.uint32) << np.uint32(24))[None, :].repeat(2, axis=0)
    points = np.ascontiguousarray(points)
    _junction.scramble_points(np.array([1, 99], dtype=np.uint32), points)
    for row in points:
        assert np.array_equal(np.sort(row >> np.uint32(24)), np.arange(256))


def test_read_only_input_is_taken_and_strided_refused():
    cells, group, by_group = groups(20)
    for array in (cells, group):
        array.flags.writeable = False
    _junction.sum_groups(cells, group, by_group)
    with pytest.raises(ValueError):
        _junction.sum_groups(cells[::2], group[:10], by_group)
