"""TabularARGN, MOSTLY AI's engine, with its defaults on the CPU.

Fitting is the engine's split, analyze, encode and train: up to 100 epochs, ended early by the loss on the fifth of the
rows that it holds out. Rare levels and extreme numbers are protected, as by default, so ``_RARE_`` may be drawn as a
level. ``--max-minutes`` limits the training; without it the engine's own limit stands.

torchvision and torchaudio, which only its language models may need, are hidden from it: PyPI's builds are for CUDA and
cannot be loaded beside a CPU build of torch.
"""

import contextlib
import os
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from rivals.driver import read_table, timed


def add_arguments(parser):
    parser.add_argument("--max-minutes", type=float)


def run(arguments):
    os.environ["LOKY_MAX_CPU_COUNT"] = str(arguments.threads)
    sys.modules.update(torchvision=None, torchaudio=None)
    import torch
    from mostlyai import engine

    torch.set_num_threads(arguments.threads)
    table = read_table(arguments.source)
    limits = {} if arguments.max_minutes is None else {"max_training_time": arguments.max_minutes}
    with tempfile.TemporaryDirectory() as workspace, contextlib.redirect_stdout(sys.stderr):
        engine.init_logging()
        engine.set_random_state(0)
        _, fit_seconds = timed(lambda: fit(engine, table, workspace, limits))
        sampled, sample_seconds = timed(lambda: sample(engine, arguments.rows, workspace))
    sampled.to_csv(arguments.output, index=False)
    return {
        "rival": f"mostlyai-engine {version('mostlyai-engine')} TabularARGN",
        "packages": ("mostlyai-engine", "torch", "numpy", "pandas", "scikit-learn"),
        "fit_seconds": fit_seconds,
        "sample_seconds": sample_seconds,
    }


def fit(engine, table, workspace, limits):
    engine.split(table, model_type="TABULAR", workspace_dir=workspace)
    engine.analyze(workspace_dir=workspace)
    engine.encode(workspace_dir=workspace)
    engine.train(device="cpu", workspace_dir=workspace, **limits)


def sample(engine, rows, workspace):
    """The rows drawn, which the engine leaves as Parquet in its workspace."""
    import pandas as pd

    engine.generate(sample_size=rows, device="cpu", workspace_dir=workspace)
    return pd.read_parquet(Path(workspace) / "SyntheticData")
