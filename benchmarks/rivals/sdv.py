"""Driver of SDV's GaussianCopulaSynthesizer with its defaults; runs in SDV's own environment (see runner.py)."""

import argparse
import json
import resource
import sys
import time
import warnings
from importlib.metadata import version
from pathlib import Path


def main():
    arguments = parse_arguments()
    warnings.simplefilter("ignore")
    import pandas as pd
    import torch
    from sdv.metadata import Metadata
    from sdv.single_table import GaussianCopulaSynthesizer

    torch.set_num_threads(arguments.threads)
    reader = pd.read_parquet if arguments.source.suffix == ".parquet" else pd.read_csv
    tables = {"table": reader(arguments.source)}
    metadata, metadata_seconds = timed(lambda: Metadata.detect_from_dataframes(tables, infer_keys=None))
    keep_columns_modelled(metadata, tables["table"])
    synthesizer = GaussianCopulaSynthesizer(metadata)
    _, fit_seconds = timed(lambda: synthesizer.fit(tables))
    sampled, sample_seconds = timed(lambda: synthesizer.sample(num_rows=arguments.rows))
    sampled["table"].to_csv(arguments.output, index=False)
    report = {
        "rival": f"SDV {version('sdv')} GaussianCopulaSynthesizer",
        "versions": {name: version(name) for name in ("sdv", "rdt", "copulas", "numpy", "pandas", "scipy")},
        "metadata_seconds": metadata_seconds,
        "fit_seconds": fit_seconds,
        "sample_seconds": sample_seconds,
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


def keep_columns_modelled(metadata, frame):
    """Types that detection leaves open or takes for personal data are set by dtype, as its manual asks users to."""
    for name, facts in metadata.tables["table"].columns.items():
        if facts["sdtype"] not in ("numerical", "categorical", "boolean", "datetime"):
            numeric = frame[name].dtype.kind in "iuf"
            metadata.update_column(name, sdtype="numerical" if numeric else "categorical", table_name="table")
            print(f"{name}: {facts['sdtype']} set by dtype", file=sys.stderr)


def timed(function):
    start = time.perf_counter()
    result = function()
    return result, time.perf_counter() - start


if __name__ == "__main__":
    main()
