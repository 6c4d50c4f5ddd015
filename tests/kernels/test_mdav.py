import signal

import numpy as np
import pytest
from reference.mdav import group_near as twin

from synthfast._ext._mdav import group_near


def grouped(points, k):
    groups = np.full(points.shape[1], -1, dtype=np.int32)
    n_groups = group_near(points.copy(), k, groups)
    return groups, n_groups


@pytest.mark.parametrize(("n", "k"), [(1, 1), (3, 3), (5, 2), (50, 1), (50, 3), (200, 7), (203, 64)])
def test_agrees_with_its_twin(n, k):
    points = np.random.default_rng(0).normal(size=(3, n))
    groups, n_groups = grouped(points, k)
    expected, n_expected = twin(points, k)
    np.testing.assert_array_equal(groups, expected)
    assert n_groups == n_expected
    sizes = np.bincount(groups)
    assert sizes.min() >= k
    assert sizes.max() < 2 * k or n < 2 * k


def test_ties_go_to_earlier_rows():
    points = np.array([[0.0] * 6 + [1.0] * 6])
    groups, _ = grouped(points, 3)
    np.testing.assert_array_equal(groups, twin(points, 3)[0])


def test_no_rows():
    assert grouped(np.empty((2, 0)), 1)[1] == 0


def test_read_only_and_strided_points_are_refused():
    frozen = np.zeros((1, 4))
    frozen.flags.writeable = False
    for points in (frozen, np.zeros((1, 8))[:, ::2]):
        with pytest.raises(ValueError):
            group_near(points, 2, np.zeros(4, np.int32))


def test_groups_go_on_after_a_look_for_an_interrupt():
    """Some 6e7 numbers are looked at, which is more than one stretch of the kernel."""
    points = np.random.default_rng(1).normal(size=(3, 40_000))
    groups, n_groups = grouped(points, 50)
    assert n_groups == 800
    assert np.bincount(groups).tolist() == [50] * 800
    first, _ = grouped(points, 20_000)  # within one stretch: the same mean, so the same furthest row
    furthest = int(np.argmax(((points - points.mean(axis=1, keepdims=True)) ** 2).sum(axis=0)))
    assert groups[furthest] == first[furthest] == 0


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no interval timer on this system")
def test_an_interrupt_ends_the_call():
    class Interrupt(Exception):
        pass

    def stop(*_):
        raise Interrupt

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    try:
        with pytest.raises(Interrupt):
            grouped(np.random.default_rng(2).normal(size=(3, 150_000)), 2)  # minutes without
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
