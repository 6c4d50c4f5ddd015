"""Driver of RDT's HyperTransformer with its defaults: a table to numbers and back (see runner.py)."""

import argparse
import json
import resource
import time
import warnings
from importlib.metadata import version
from pathlib import Path


def main():
    arguments = parse_arguments()
    warnings.simplefilter("ignore")
    import pandas as pd
    from rdt import HyperTransformer

    table = pd.read_parquet(arguments.source)
    transformer = HyperTransformer()
    _, detect_seconds = timed(lambda: transformer.detect_initial_config(table))
    numbers, encode_seconds = timed(lambda: transformer.fit_transform(table))
    back, decode_seconds = timed(lambda: transformer.reverse_transform(numbers))
    back.to_parquet(arguments.output)
    report = {
        "rival": f"RDT {version('rdt')} HyperTransformer",
        "versions": {name: version(name) for name in ("rdt", "numpy", "pandas", "scikit-learn")},
        "detect_seconds": detect_seconds,
        "fit_seconds": encode_seconds,
        "sample_seconds": decode_seconds,
        "peak_megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    print(json.dumps(report))


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    return parser.parse_args()


def timed(function):
    start = time.perf_counter()
    result = function()
    return result, time.perf_counter() - start


if __name__ == "__main__":
    main()
