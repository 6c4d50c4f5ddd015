import signal
import sys
import threading

import pytest

from synthfast._core.threads import effective_n_threads, num_threads
from synthfast.engines import map_blocks


@pytest.mark.parametrize("n_threads", [1, 2, 3, 8])
@pytest.mark.parametrize("n_items", [0, 1, 2, 50])
def test_results_come_in_the_order_of_the_items(n_threads, n_items):
    assert list(map_blocks(lambda i: i * i, range(n_items), n_threads)) == [i * i for i in range(n_items)]


def test_order_holds_when_the_first_block_is_the_slowest():
    others_done = threading.Event()

    def slow_first(i):
        if i == 0:
            assert others_done.wait(20)
        if i == 3:
            others_done.set()
        return i

    assert list(map_blocks(slow_first, range(4), 2)) == [0, 1, 2, 3]


@pytest.mark.parametrize("n_threads", [2, 3, 8])
def test_items_are_taken_lazily_and_results_in_flight_are_bounded(n_threads):
    taken = []

    def items():
        for i in range(100):
            taken.append(i)
            yield i

    for i, result in enumerate(map_blocks(lambda i: i, items(), n_threads)):
        assert result == i
        assert len(taken) <= i + 2 * n_threads + 1


def test_kernels_inside_several_threads_use_one_each():
    assert set(map_blocks(lambda _: effective_n_threads(), range(6), 2)) == {1}


def test_a_single_block_keeps_all_threads_for_its_kernels():
    assert list(map_blocks(lambda _: effective_n_threads(), range(1), 3)) == [3]


def test_one_thread_runs_in_the_callers_thread():
    assert set(map_blocks(lambda _: (threading.get_ident(), effective_n_threads()), range(3), 1)) == {
        (threading.get_ident(), 1)
    }


def test_thread_count_comes_from_the_context_and_is_left_as_it_was():
    with num_threads(3):
        idents = set(map_blocks(lambda _: threading.get_ident(), range(40)))
        assert effective_n_threads() == 3
    assert len(idents) <= 3
    assert threading.get_ident() not in idents


def test_between_two_results_the_consumer_has_its_own_thread_count():
    for n_threads in (1, 2):
        with num_threads(4):
            for _ in map_blocks(lambda i: i, range(3), n_threads):
                assert effective_n_threads() == 4


def test_maps_nest():
    def inner(i):
        return list(map_blocks(lambda j: (i, j, effective_n_threads()), range(3)))

    assert list(map_blocks(inner, range(3), 2)) == [[(i, j, 1) for j in range(3)] for i in range(3)]


@pytest.mark.parametrize("n_threads", [1, 2, 8])
def test_an_error_comes_out_at_its_place_and_stops_the_rest(n_threads):
    started = []

    def fail_at_five(i):
        started.append(i)
        if i == 5:
            raise KeyError(i)
        return i

    results = map_blocks(fail_at_five, range(10_000), n_threads)
    assert [next(results) for _ in range(5)] == [0, 1, 2, 3, 4]
    with pytest.raises(KeyError, match="5"):
        next(results)
    assert len(started) <= 6 + 2 * n_threads
    assert list(results) == []


def test_an_error_of_the_items_comes_out():
    def items():
        yield from range(3)
        raise OSError("the source broke")

    with pytest.raises(OSError, match="the source broke"):
        list(map_blocks(lambda i: i, items(), 2))


def test_nothing_runs_after_the_iterator_is_closed():
    running = threading.Semaphore(0)
    calls = []

    def note(i):
        calls.append(i)
        running.release()
        return i

    results = map_blocks(note, range(10_000), 2)
    next(results)
    results.close()
    count = len(calls)
    assert count <= 8
    assert not running.acquire(timeout=0.05) or len(calls) == count


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent another way there")
def test_an_interrupt_hands_control_back_while_a_block_still_runs():
    release, ended = threading.Event(), threading.Event()

    def stuck(i):
        if i == 1:
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
        release.wait(30)
        ended.set()
        return i

    try:
        with pytest.raises(KeyboardInterrupt):
            list(map_blocks(stuck, range(4), 2))
        assert not ended.is_set()
    finally:
        release.set()


@pytest.mark.parametrize("n_threads", [0, -2])
def test_bad_thread_counts_are_refused(n_threads):
    with pytest.raises(ValueError, match=str(n_threads)):
        map_blocks(lambda i: i, range(3), n_threads)
