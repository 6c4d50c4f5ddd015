"""What the build says about itself."""

import os
import subprocess
import sys

import pytest

from synthfast._ext import _build


def test_counts_are_positive():
    assert _build.count_openmp_threads() >= 1
    assert _build.count_processors() >= 1


@pytest.mark.skipif(not _build.has_openmp(), reason="a serial build has one thread")
def test_openmp_honours_its_environment_variable():
    code = "from synthfast._ext import _build; print(_build.count_openmp_threads())"
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        env={**os.environ, "OMP_NUM_THREADS": "3", "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "3"


@pytest.mark.skipif(_build.has_openmp(), reason="this build has OpenMP")
def test_serial_build_says_so():
    assert (_build.count_openmp_threads(), _build.count_processors()) == (1, 1)


def test_instruction_set_has_a_name():
    assert _build.name_instruction_set() in {"x86-64-v4", "x86-64-v3", "x86-64", "portable"}
