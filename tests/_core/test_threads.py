import multiprocessing
import os
import subprocess
import sys
import threading

import pytest

from synthfast._core import threads
from synthfast._core.random import Stream
from synthfast._core.threads import effective_n_threads, get_num_threads, num_threads, set_num_threads


@pytest.fixture(autouse=True)
def unset(monkeypatch):
    monkeypatch.delenv("SYNTHFAST_NUM_THREADS", raising=False)
    set_num_threads(None)
    yield
    set_num_threads(None)


def test_order_of_settings(monkeypatch):
    assert 1 <= get_num_threads() <= (os.cpu_count() or 1)
    monkeypatch.setenv("SYNTHFAST_NUM_THREADS", "5")
    assert get_num_threads() == 5
    set_num_threads(6)
    assert get_num_threads() == 6
    with num_threads(7):
        assert get_num_threads() == 7
        with num_threads(8):
            assert get_num_threads() == 8
            assert effective_n_threads(9) == 9
        assert get_num_threads() == 7
    assert get_num_threads() == 6
    set_num_threads(None)
    assert get_num_threads() == 5


def test_minus_one_means_all():
    everything = get_num_threads()
    set_num_threads(3)
    assert effective_n_threads(-1) == everything
    with num_threads(-1):
        assert get_num_threads() == everything


@pytest.mark.parametrize("bad", [0, -2, 10**6])
def test_impossible_numbers(bad):
    for call in (set_num_threads, num_threads, effective_n_threads):
        with pytest.raises(ValueError, match="must be 1"):
            call(bad)


@pytest.mark.parametrize("bad", [1.5, "2", True])
def test_not_a_number(bad):
    for call in (set_num_threads, num_threads, effective_n_threads):
        with pytest.raises(TypeError, match="whole number of threads"):
            call(bad)


@pytest.mark.parametrize("bad", ["two", "0", "1.5"])
def test_unusable_environment(monkeypatch, bad):
    monkeypatch.setenv("SYNTHFAST_NUM_THREADS", bad)
    with pytest.raises(ValueError, match="SYNTHFAST_NUM_THREADS"):
        get_num_threads()


def test_one_context_object_can_be_used_again_and_inside_itself():
    context = num_threads(4)
    with context, context:
        assert get_num_threads() == 4
    with context:
        assert get_num_threads() == 4


def test_a_context_does_not_leak_into_other_threads():
    seen = []
    set_num_threads(3)
    with num_threads(2):
        worker = threading.Thread(target=lambda: seen.append(get_num_threads()))
        worker.start()
        worker.join()
    assert seen == [3]


def test_openmp_environment_is_a_limit():
    program = "from synthfast._core.threads import get_num_threads as n; print(n())"
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    run = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "1"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"sys/fs/cgroup/cpu.max": "150000 100000"}, 2),
        ({"sys/fs/cgroup/cpu.max": "max 100000"}, threads.MAX_THREADS),
        ({"proc/self/cgroup": "0::/a/b", "sys/fs/cgroup/a/cpu.max": "300000 100000"}, 3),
        ({"proc/self/cgroup": "0::/a/b", "sys/fs/cgroup/a/b/cpu.max": "50000 100000"}, 1),
        ({"sys/fs/cgroup/cpu/cpu.cfs_quota_us": "400000", "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000"}, 4),
        ({"sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1", "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000"}, 4096),
        ({"sys/fs/cgroup/cpu.max": "rubbish"}, threads.MAX_THREADS),
        ({}, threads.MAX_THREADS),
    ],
)
def test_cgroup_quota(tmp_path, files, expected):
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert threads._cgroup_processors.__wrapped__(str(tmp_path)) == expected


def _child_draw(stream, queue):
    queue.put((get_num_threads(), effective_n_threads(4), stream.normal(200_000, n_threads=4).sum()))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_runs_serial_and_finishes():
    stream = Stream.from_seed(1)
    expected = stream.normal(200_000, n_threads=2).sum()  # an OpenMP region has run before the fork
    context = multiprocessing.get_context("fork")
    queue = context.SimpleQueue()
    child = context.Process(target=_child_draw, args=(stream, queue))
    child.start()
    child.join(60)
    hung = child.is_alive()
    if hung:
        child.kill()
    assert not hung, "the forked child hangs"
    assert queue.get() == (1, 1, expected)
