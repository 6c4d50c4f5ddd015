"""What all benchmarks share: a fair race against a peer, the machine in the results, the real tables."""

import os
import shlex
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
VERSIONS = ("synthfast", "numpy", "scipy", "pandas", "polars", "pyarrow", "scikit-learn", "statsmodels")


def pytest_benchmark_update_machine_info(config, machine_info):
    """Versions, threads and the command, without the machine's name."""
    from synthfast._ext import _build

    machine_info.pop("node", None)
    machine_info["versions"] = {name: found for name in VERSIONS if (found := version_or_none(name))}
    machine_info["openmp"] = _build.has_openmp()
    machine_info["threads"] = {k: v for k, v in os.environ.items() if k.endswith("_NUM_THREADS")}
    machine_info["processors"] = os.cpu_count()
    machine_info["command"] = shlex.join(["python", "-P", "-m", "pytest", *sys.argv[1:]])


def version_or_none(name):
    try:
        return version(name)
    except PackageNotFoundError:
        return None


@pytest.fixture
def race(benchmark):
    """``race(ours, theirs, peer="scipy", rounds=5, **quality) -> ratio``: timed in turn, the best of each compared.

    The ratio and the peer's seconds go into the results, as does what is said of quality, such as ``ks_ours=0.002,
    ks_theirs=0.04``. ``theirs`` may also be a number: seconds that a rival in its own environment took in this run.
    """

    def run(ours, theirs, *, peer, rounds=5, **quality):
        peer_seconds = [] if callable(theirs) else [float(theirs)]

        def time_peer():
            start = time.perf_counter()
            theirs()
            peer_seconds.append(time.perf_counter() - start)

        benchmark.pedantic(ours, setup=time_peer if callable(theirs) else None, rounds=rounds, warmup_rounds=1)
        if benchmark.stats is None:  # --benchmark-disable: run once, nothing to compare
            return None
        # The warm-up round also ran the setup; its time is the peer's first and may stand, the best counts.
        ratio = min(peer_seconds) / benchmark.stats.stats.min
        found = version_or_none(peer)
        benchmark.extra_info.update(
            peer=f"{peer} {found}" if found else peer,
            peer_seconds=min(peer_seconds),
            ratio=ratio,
            quality=quality,
        )
        return ratio

    return run


@pytest.fixture(scope="session")
def real_path():
    """``real_path("adult_train")``: path of a real table; the benchmark is skipped where it is absent."""
    folder = Path(os.environ.get("SYNTHFAST_TEST_DATA") or ROOT.parent / "shared" / "data")

    def find(name):
        path = folder / f"{name}.csv.gz"
        if not path.exists():
            pytest.skip(f"real table {path.name} is not here (set SYNTHFAST_TEST_DATA)")
        return path

    return find
