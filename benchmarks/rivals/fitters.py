"""Driver of the packages fitter and distfit on one column; runs in their own environment (see runner.py).

``--package`` names the one to run, ``--families`` the distributions. Their parameters, in scipy's order, go to OUT as
JSON.
"""

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

    values = pd.read_csv(arguments.source).iloc[:, 0].to_numpy(float)[: arguments.rows]
    run = {"fitter": run_fitter, "distfit": run_distfit}[arguments.package]
    fits, seconds = run(values, arguments.families.split(","), arguments.threads)
    plain = {name: [float(value) for value in params] for name, params in fits.items()}
    arguments.output.write_text(json.dumps(plain), encoding="utf-8")
    report = {
        "rival": f"{arguments.package} {version(arguments.package)}",
        "versions": {name: version(name) for name in (arguments.package, "numpy", "scipy")},
        "fit_seconds": seconds,
        "sample_seconds": 0.0,
        "peak_megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    print(json.dumps(report))


def run_fitter(values, families, threads):
    """The faster of its two ways: threads in one process, or a pool of processes."""
    from fitter import Fitter

    def timed(**options):
        fitter = Fitter(values, distributions=families, timeout=600, verbose=False)
        start = time.perf_counter()
        fitter.fit(max_workers=threads, **options)
        return fitter.fitted_param, time.perf_counter() - start

    return min((timed(prefer=prefer) for prefer in ("threads", "processes")), key=lambda run: run[1])


def run_distfit(values, families, threads):
    from distfit import distfit

    model = distfit(distr=families, n_jobs=threads, verbose=0)
    start = time.perf_counter()
    model.fit_transform(values)
    seconds = time.perf_counter() - start
    return dict(zip(model.summary["name"], model.summary["params"], strict=True)), seconds


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--package", choices=["fitter", "distfit"], required=True)
    parser.add_argument("--families", required=True)
    return parser.parse_args()


if __name__ == "__main__":
    main()
