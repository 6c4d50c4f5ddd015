"""Every engine gives the results in the order of the items, and says clearly what it cannot do."""

import os
import signal
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from types import SimpleNamespace

import pytest
from worker_jobs import die, die_once, fail, scaled

from synthfast._core.threads import num_threads
from synthfast.engines import Shared, as_engine
from synthfast.engines.interrupt import GracefulStop
from synthfast.engines.protocol import IN_FLIGHT_PER_WORKER, ordered
from synthfast.engines.worker import KEPT_VALUES, NEEDS_VALUE, Task
from synthfast.exceptions import EngineError


@pytest.mark.parametrize("engine", [None, "threads", "processes"])
def test_results_in_order_and_one_thread_per_worker(engine):
    with num_threads(2):
        results = list(as_engine(engine).map(scaled, range(20), Shared(3)))
    assert results == [(3 * i, 1) for i in range(20)]


def test_executors_are_asked_for_the_value_once_per_worker():
    with ThreadPoolExecutor(2) as pool:
        assert [r[0] for r in as_engine(pool).map(scaled, range(9), Shared(2))] == [2 * i for i in range(9)]
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        engine, cores = as_engine(pool), os.cpu_count()
        assert list(engine.map(scaled, range(5), Shared(2))) == [(2 * i, cores) for i in range(5)]
        # another value for the same function is not mistaken for the first
        assert [r[0] for r in engine.map(scaled, range(5), Shared(7))] == [7 * i for i in range(5)]


def test_a_killed_worker_is_replaced_and_nothing_is_lost(tmp_path):
    with num_threads(2):
        assert list(as_engine("processes").map(die_once, range(8), Shared(tmp_path))) == list(range(8))
    assert (tmp_path / "died").exists()


def test_an_item_that_kills_every_worker_is_told():
    with num_threads(1), pytest.raises(EngineError, match=r"died 3 times at item 'heavy'.*memory"):
        list(as_engine("processes").map(die, ["heavy"], Shared(None)))


@pytest.mark.parametrize("engine", ["threads", "processes"])
def test_errors_come_out(engine):
    with num_threads(1), pytest.raises(KeyError):
        list(as_engine(engine).map(fail, [1], Shared(None)))


def test_in_flight_is_bounded_and_the_rest_is_cancelled():
    submitted, cancelled = [], []

    def submit(item):
        submitted.append(item)
        return item

    results = ordered(submit, lambda handle: handle, cancelled.append, range(100), 2 * IN_FLIGHT_PER_WORKER)
    assert next(results) == 0
    assert submitted == [0, 1, 2, 3]
    results.close()
    assert cancelled == [1, 2, 3]


def test_tasks_ask_for_what_they_do_not_hold_and_forget_old_values():
    first = Task(scaled, "first")
    assert first(2) == NEEDS_VALUE
    assert first(2, 5) == (10, 1)
    assert first(3) == (15, 1)
    for i in range(KEPT_VALUES):
        Task(scaled, f"other {i}")(1, 1)
    assert first(2) == NEEDS_VALUE


def test_other_versions_on_a_worker_are_told():
    task = Task(scaled, "k", versions={"python": "2.7", "numpy": "0.1"})
    with pytest.raises(EngineError, match=r"python .* \(expected 2.7\), numpy .* \(expected 0.1\).*same versions"):
        task(1, 1)


def test_what_is_no_engine_is_refused():
    for word in ("thread", 3, object()):
        with pytest.raises(EngineError, match="expected None, 'threads', 'processes'"):
            as_engine(word)


def stand_in(library, kind, **facts):
    made = type(kind, (SimpleNamespace,), {"__module__": f"{library}.somewhere"})
    return made(**facts)


def test_clusters_without_workers_are_refused():
    with pytest.raises(EngineError, match=r"Dask: the cluster has no workers.*scale"):
        as_engine(stand_in("distributed", "Client", nthreads=dict))
    module = stand_in("types", "module", __name__="ray", is_initialized=lambda: False)
    with pytest.raises(EngineError, match=r"Ray: not connected.*ray.init"):
        as_engine(module)
    module = stand_in("types", "module", __name__="ray", is_initialized=lambda: True, cluster_resources=dict)
    with pytest.raises(EngineError, match="Ray: the cluster has no CPUs"):
        as_engine(module)
    with pytest.raises(EngineError, match="Spark Connect"):
        as_engine(stand_in("pyspark", "SparkSession"))


def test_a_stop_that_is_asked_for_by_the_program_raises_nothing():
    taken = []
    with GracefulStop() as stop:
        for item in stop.until_stopped(range(9)):
            taken.append(item)
            if item == 2:
                stop.stop()
    assert taken == [0, 1, 2]


def test_the_second_signal_acts_at_once():
    def interrupt_twice():
        with GracefulStop():
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)
            raise AssertionError("the second signal was held back")

    with pytest.raises(KeyboardInterrupt):
        interrupt_twice()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
