"""The frame that every rival runs in: reads the arguments, runs the rival on a table, and prints its report.

It runs in the rival's own environment (see runner.py). The module ``rivals.NAME`` has a function ``run(arguments)``,
which returns the ``rival``'s name and version, the ``packages`` whose versions are told, ``fit_seconds``,
``sample_seconds`` and what else there is to say; and, where it takes more arguments than the common ones,
``add_arguments(parser)``.
"""

import argparse
import importlib
import json
import resource
import sys
import time
import warnings
from importlib.metadata import version
from pathlib import Path

__all__ = ["main", "read_table", "timed"]


def main(words=None):
    """Run the rival that the first word names; its report is the last line of standard output."""
    name, *rest = sys.argv[1:] if words is None else words
    rival = importlib.import_module(f"rivals.{name}")
    arguments = parse_arguments(rival, rest)
    warnings.simplefilter("ignore")
    report = rival.run(arguments)
    report["versions"] = {package: version(package) for package in report.pop("packages")}
    report["peak_megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(report))


def parse_arguments(rival, words):
    parser = argparse.ArgumentParser(description=rival.__doc__)
    parser.add_argument("source", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    if hasattr(rival, "add_arguments"):
        rival.add_arguments(parser)
    return parser.parse_args(words)


def read_table(path):
    """A table as pandas reads it: Parquet by its ending, else CSV."""
    import pandas as pd

    return pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)


def timed(function):
    """What a function returns, and the seconds that it took."""
    start = time.perf_counter()
    result = function()
    return result, time.perf_counter() - start


if __name__ == "__main__":
    main()
