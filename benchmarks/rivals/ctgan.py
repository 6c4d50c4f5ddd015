"""The ctgan package's TVAE or CTGAN with its defaults but for the epochs.

Preparation is what fitting does before the first epoch, measured by fits of one and two epochs on the same rows. The
package takes no missing values: those of numbers are filled with the median, and missing categories become a level of
their own, which becomes missing again in what is drawn.
"""

import sys
from importlib.metadata import version

from rivals.driver import read_table, timed

MISSING = "?"


def add_arguments(parser):
    parser.add_argument("--model", choices=("TVAE", "CTGAN"), required=True)
    parser.add_argument("--epochs", type=int, required=True)


def run(arguments):
    import ctgan
    import numpy as np
    import torch

    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    np.random.seed(0)  # noqa: NPY002 - the package draws from the global generator
    table, levels = complete(read_table(arguments.source))

    def fit(epochs):
        model = getattr(ctgan, arguments.model)(epochs=epochs, enable_gpu=False)
        return timed(lambda: model.fit(table, levels))[1], model

    first, second = fit(1)[0], fit(2)[0]
    fit_seconds, model = fit(arguments.epochs)
    sampled, sample_seconds = timed(lambda: model.sample(arguments.rows))
    for name in levels:
        sampled[name] = sampled[name].where(sampled[name] != MISSING)
    sampled.to_csv(arguments.output, index=False)
    return {
        "rival": f"ctgan {version('ctgan')} {arguments.model}",
        "packages": ("ctgan", "rdt", "torch", "numpy", "pandas", "scikit-learn"),
        "epochs": arguments.epochs,
        "prepare_seconds": max(2 * first - second, 0.0),
        "epoch_seconds": second - first,
        "fit_seconds": fit_seconds,
        "sample_seconds": sample_seconds,
    }


def complete(frame):
    """The table without missing values, and its columns that are no numbers."""
    filled, levels = {}, []
    for name, column in frame.items():
        if column.dtype.kind in "iuf":
            filled[name] = column.fillna(column.median())
        else:
            filled[name] = column.astype(object).where(column.notna(), MISSING).astype(str)
            levels.append(name)
        if column.isna().any():
            print(f"{name}: {column.isna().sum()} missing values filled", file=sys.stderr)
    return type(frame)(filled), levels
