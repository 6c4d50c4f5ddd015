"""What all tests share: quiet threads, repeatable property tests, and the real tables where a checkout has them."""

import os
import signal
import sys
from pathlib import Path

# Before anything loads a thread pool: each xdist worker gets its share of the processors.
_WORKERS = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
if _WORKERS > 1:
    for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS"):
        os.environ.setdefault(_variable, str(max(1, (os.cpu_count() or 1) // _WORKERS)))
os.environ["MPLBACKEND"] = "Agg"
if sys.flags.safe_path:  # what a test starts must not find an unbuilt source tree in the current folder either
    os.environ["PYTHONSAFEPATH"] = "1"
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as a shell leaves it to what it starts in the background
    signal.signal(signal.SIGINT, signal.default_int_handler)

import hypothesis  # noqa: E402
import pytest  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
THREAD_COUNTS = (1, 2, 3, 8)

# The same examples in every run, and no limit on time: the machine may be busy.
hypothesis.settings.register_profile(
    "synthfast", derandomize=True, deadline=None, database=None, max_examples=50, print_blob=True
)
hypothesis.settings.load_profile("synthfast")


@pytest.fixture(params=THREAD_COUNTS, ids=lambda n: f"{n}-threads")
def n_threads(request):
    """The thread counts at which every kernel has to give the same bytes."""
    return request.param


@pytest.fixture(scope="session")
def repository():
    """Root of the checkout (or of an unpacked sdist) that the tests lie in."""
    return ROOT


@pytest.fixture(scope="session")
def real_path():
    """``real_path("adult_train")``: where a real table lies; the test is skipped where it is absent.

    The folder is taken from ``SYNTHFAST_TEST_DATA``, else ``../shared/data`` beside the checkout.
    """
    folder = Path(os.environ.get("SYNTHFAST_TEST_DATA") or ROOT.parent / "shared" / "data")

    def find(name):
        path = folder / f"{name}.csv.gz"
        if not path.exists():
            pytest.skip(f"real table {path.name} is not here (set SYNTHFAST_TEST_DATA)")
        return path

    return find


@pytest.fixture(scope="session")
def real_table(real_path):
    """``real_table("adult_train")``: a real table as a pandas frame; the test is skipped where it is absent."""
    import pandas as pd

    return lambda name: pd.read_csv(real_path(name), low_memory=False)
