"""Driver of TabularARGN, MOSTLY AI's engine, with its defaults on the CPU; runs in its own environment (see runner.py).

Fitting is the engine's split, analyze, encode and train: up to 100 epochs, ended early by the loss on the fifth of the
rows that it holds out. Rare levels and extreme numbers are protected, as by default, so ``_RARE_`` may be drawn as a
level. ``--max-minutes`` limits the training; without it the engine's own limit stands.

torchvision and torchaudio, which only its language models may need, are hidden from it: PyPI's builds are for CUDA and
cannot be loaded beside a CPU build of torch.
"""

import argparse
import contextlib
import json
import os
import resource
import sys
import tempfile
import time
import warnings
from importlib.metadata import version
from pathlib import Path


def main():
    arguments = parse_arguments()
    warnings.simplefilter("ignore")
    os.environ["LOKY_MAX_CPU_COUNT"] = str(arguments.threads)
    sys.modules.update(torchvision=None, torchaudio=None)
    import pandas as pd
    import torch
    from mostlyai import engine

    torch.set_num_threads(arguments.threads)
    reader = pd.read_parquet if arguments.source.suffix == ".parquet" else pd.read_csv
    table = reader(arguments.source)
    limits = {} if arguments.max_minutes is None else {"max_training_time": arguments.max_minutes}
    with tempfile.TemporaryDirectory() as workspace, contextlib.redirect_stdout(sys.stderr):
        engine.init_logging()
        engine.set_random_state(0)
        _, fit_seconds = timed(lambda: fit(engine, table, workspace, limits))
        sampled, sample_seconds = timed(lambda: sample(engine, pd, arguments.rows, workspace))
    sampled.to_csv(arguments.output, index=False)
    report = {
        "rival": f"mostlyai-engine {version('mostlyai-engine')} TabularARGN",
        "versions": {name: version(name) for name in ("mostlyai-engine", "torch", "numpy", "pandas", "scikit-learn")},
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
    parser.add_argument("--max-minutes", type=float)
    return parser.parse_args()


def fit(engine, table, workspace, limits):
    engine.split(table, model_type="TABULAR", workspace_dir=workspace)
    engine.analyze(workspace_dir=workspace)
    engine.encode(workspace_dir=workspace)
    engine.train(device="cpu", workspace_dir=workspace, **limits)


def sample(engine, pd, rows, workspace):
    """The rows drawn, which the engine leaves as Parquet in its workspace."""
    engine.generate(sample_size=rows, device="cpu", workspace_dir=workspace)
    return pd.read_parquet(Path(workspace) / "SyntheticData")


def timed(function):
    start = time.perf_counter()
    result = function()
    return result, time.perf_counter() - start


if __name__ == "__main__":
    main()
