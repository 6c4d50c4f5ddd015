"""arfpy's adversarial random forests with their defaults.

Fitting is ``arf`` and ``forde``, sampling is ``forge``; ``n_jobs``, which arfpy hands on to its forests, is the number
of threads. arfpy takes no missing values: those of categorical columns are filled with a level "?" of their own, which
becomes missing again in what is drawn, those of numeric columns with the median. Integers come out as arfpy draws
them, unrounded. Truth values are given as categories.
"""

import contextlib
import sys
from importlib.metadata import version

from rivals.driver import read_table, timed

MISSING = "?"


def run(arguments):
    import numpy as np
    from arfpy import arf

    table, with_missing = complete(read_table(arguments.source))
    np.random.seed(0)  # noqa: NPY002 - arfpy and its forests draw from the global generator
    with contextlib.redirect_stdout(sys.stderr):
        model, fit_seconds = timed(lambda: fit(arf, table, arguments.threads))
        sampled, sample_seconds = timed(lambda: model.forge(n=arguments.rows))
    for name in with_missing:
        sampled[name] = sampled[name].where(sampled[name] != MISSING)
    sampled.to_csv(arguments.output, index=False)
    return {
        "rival": f"arfpy {version('arfpy')}",
        "packages": ("arfpy", "numpy", "pandas", "scikit-learn", "scipy"),
        "fit_seconds": fit_seconds,
        "sample_seconds": sample_seconds,
    }


def complete(frame):
    """The table without missing values, and the categorical columns that had some."""
    filled, with_missing = {}, []
    for name, column in frame.items():
        missing = column.isna()
        if column.dtype.kind in "iuf":
            filled[name] = column.fillna(column.median())
        else:
            filled[name] = column.astype(object).where(~missing, MISSING)
        if missing.any():
            print(f"{name}: {missing.sum()} missing values filled", file=sys.stderr)
            if column.dtype.kind not in "iuf":
                with_missing.append(name)
    return type(frame)(filled), with_missing


def fit(arf, table, threads):
    model = arf.arf(x=table, n_jobs=threads)
    model.forde()
    return model
