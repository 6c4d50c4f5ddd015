"""The packages fitter and distfit on one column.

``--package`` names the one to run, ``--families`` the distributions. Their parameters, in scipy's order, go to OUT as
JSON.
"""

import json
from importlib.metadata import version

from rivals.driver import read_table, timed


def add_arguments(parser):
    parser.add_argument("--package", choices=["fitter", "distfit"], required=True)
    parser.add_argument("--families", required=True)


def run(arguments):
    values = read_table(arguments.source).iloc[:, 0].to_numpy(float)[: arguments.rows]
    fit = {"fitter": fit_by_fitter, "distfit": fit_by_distfit}[arguments.package]
    fits, seconds = fit(values, arguments.families.split(","), arguments.threads)
    plain = {name: [float(value) for value in params] for name, params in fits.items()}
    arguments.output.write_text(json.dumps(plain), encoding="utf-8")
    return {
        "rival": f"{arguments.package} {version(arguments.package)}",
        "packages": (arguments.package, "numpy", "scipy"),
        "fit_seconds": seconds,
        "sample_seconds": 0.0,
    }


def fit_by_fitter(values, families, threads):
    """The faster of its two ways: threads in one process, or a pool of processes."""
    from fitter import Fitter

    def fit(prefer):
        fitter = Fitter(values, distributions=families, timeout=600, verbose=False)
        _, seconds = timed(lambda: fitter.fit(max_workers=threads, prefer=prefer))
        return fitter.fitted_param, seconds

    return min((fit(prefer) for prefer in ("threads", "processes")), key=lambda run: run[1])


def fit_by_distfit(values, families, threads):
    from distfit import distfit

    model = distfit(distr=families, n_jobs=threads, verbose=0)
    _, seconds = timed(lambda: model.fit_transform(values))
    return dict(zip(model.summary["name"], model.summary["params"], strict=True)), seconds
