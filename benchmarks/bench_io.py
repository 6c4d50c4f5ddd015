"""Table files in and out against pandas, and a stream of synthetic rows to a file; memory beside the time."""

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from synthfast.io.tables import read_table, write_table

# A process of its own, which ends by telling its peak memory in KiB.
CHILD = """
import re, sys
from synthfast.cli import main
assert main(sys.argv[1:]) == 0
print(re.search("VmHWM:[^0-9]*([0-9]+)", open("/proc/self/status").read()).group(1))
"""
TABLES = ("adult_train", "kddcup99_10pct", "diabetes130")


@pytest.mark.parametrize("name", TABLES)
def test_read_csv(race, benchmark, real_path, name):
    """pandas guesses types column by column and loses leading zeros; the law here looks at every value."""
    path = real_path(name)
    benchmark.extra_info["task"] = f"read {name}.csv.gz"
    same = read_table(path).equals(pd.read_csv(path, low_memory=False))
    race(lambda: read_table(path), lambda: pd.read_csv(path, low_memory=False), peer="pandas", same_frame=same)


@pytest.mark.parametrize("name", TABLES)
def test_write_csv(race, benchmark, real_path, tmp_path, name):
    frame = read_table(real_path(name))
    ours, theirs = tmp_path / "ours.csv", tmp_path / "theirs.csv"
    benchmark.extra_info["task"] = f"write {name}.csv"
    write_table(frame, ours)
    frame.to_csv(theirs, index=False)
    same = ours.read_bytes() == theirs.read_bytes()
    race(
        lambda: write_table(frame, ours),
        lambda: frame.to_csv(theirs, index=False),
        peer="pandas",
        rounds=3,
        same_bytes=same,
    )


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from /proc")
@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_stream_of_rows(benchmark, real_path, tmp_path, ending):
    """Two million rows of Adult by the command line, the fit included; peak memory must not grow with the rows."""
    source, peaks = str(real_path("adult_train")), {}

    def generate(n_rows):
        words = ["generate", source, "-n", str(n_rows), "-o", f"out.{ending}", "--seed", "1", "-q"]
        done = subprocess.run(
            [sys.executable, "-P", "-c", CHILD, *words], cwd=tmp_path, capture_output=True, check=True
        )
        peaks[n_rows] = int(done.stdout) // 1024

    generate(200_000)
    benchmark.pedantic(generate, args=(2_000_000,), rounds=2)
    benchmark.extra_info.update(task=f"2e6 rows of adult to {ending}", quality={"peak_mb": peaks})
