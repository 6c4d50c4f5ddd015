"""How the tree synthesizer's time and memory grow with rows and with columns, both presets, on made-up mixed tables.

    python benchmarks/growth.py [--rows 10000,100000,1000000] [--columns 10,40,160] [--presets quality,fast] [--again]
    python benchmarks/growth.py --report [FILE]

Rows are varied at 20 columns, columns at 20,000 rows. Each size is measured in a process of its own, without the audit:
the best of up to three rounds, fewer where they take long, and the peak of its memory above what it held when the table
was there and nothing was fitted. Results are added to ``--out`` (benchmarks/results/tree_growth.json) one by one, and
what is there is not run again, so an interrupted run goes on where it stopped.
"""

import argparse
import ctypes
import gc
import json
import math
import os
import subprocess
import sys
from pathlib import Path

from frontier import facts, identity, load_runs, markdown_head, markdown_row, names_of, store, timed
from tables import mixed_table

from synthfast import TreeSynthesizer

HERE = Path(__file__).resolve().parent
OUT = HERE / "results" / "tree_growth.json"
KEY = ("rows", "columns", "preset")
PRESETS = ("quality", "fast")
N_COLUMNS, N_ROWS = 20, 20_000  # of what is not varied
MAX_ROUNDS, ENOUGH_SECONDS = 3, 20.0


# -- one size, in a process of its own ---------------------------------------------------------------------------------


def measure_apart(n_rows, n_columns, preset):
    """What `measure` says, from a fresh process."""
    paths = [str(HERE), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in paths if path)}
    command = [sys.executable, str(HERE / "growth.py"), "--measure", str(n_rows), str(n_columns), preset]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=environment, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def measure(n_rows, n_columns, preset):
    """Seconds to fit and to sample as many rows, and the peak of either in MiB above the process with its input."""
    made_with = facts()
    fit_and_sample(mixed_table(200, 4), preset)  # loads what the first fit loads
    table = mixed_table(n_rows, n_columns)
    release_memory()
    before = memory("VmRSS")
    rounds = []
    while len(rounds) < MAX_ROUNDS and sum(r["fit_seconds"] + r["sample_seconds"] for r in rounds) < ENOUGH_SECONDS:
        rounds.append(fit_and_sample(table, preset))
    run = {"rows": n_rows, "columns": n_columns, "preset": preset, "rounds": len(rounds)}
    run |= {name: min(r[name] for r in rounds) for name in ("fit_seconds", "sample_seconds")}
    run |= {name: max(r[name] for r in rounds) - before for name in ("fit_megabytes", "sample_megabytes")}
    return run | {"megabytes_before": before, **made_with}


def fit_and_sample(table, preset):
    model = TreeSynthesizer(preset=preset, audit=False, random_state=0)
    reset_peak()
    _, fit_seconds = timed(lambda: model.fit(table))
    fit_megabytes = memory("VmHWM")
    reset_peak()
    _, sample_seconds = timed(lambda: model.sample(len(table)))
    return {
        "fit_seconds": fit_seconds,
        "sample_seconds": sample_seconds,
        "fit_megabytes": fit_megabytes,
        "sample_megabytes": memory("VmHWM"),
    }


def memory(field):
    """MiB that the process holds (``VmRSS``) or has held at most (``VmHWM``).

    Linux's ``ru_maxrss`` of a process counts what its parent held when it was started, so it is only asked elsewhere,
    where it stands for both.
    """
    if sys.platform == "linux":
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(f"{field}:")) / 1024
    import resource  # not on Windows

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def reset_peak():
    """Count the peak from here on, where the system can; elsewhere it is that of all so far."""
    if sys.platform == "linux":
        try:
            Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        except OSError as error:
            print(f"peak memory counts from the start of the process: {error}", file=sys.stderr)


def release_memory():
    """Give back what making the table has left, so that it does not hide what the fit takes."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)


# -- all sizes ---------------------------------------------------------------------------------------------------------


def run_all(arguments):
    sizes = [(n, N_COLUMNS) for n in arguments.rows] + [(N_ROWS, d) for d in arguments.columns]
    done = set() if arguments.again else {identity(run, KEY) for run in load_runs(arguments.out)}
    for n_rows, n_columns in sizes:
        for preset in arguments.presets:
            if (n_rows, n_columns, preset) not in done:
                run = measure_apart(n_rows, n_columns, preset)
                store(arguments.out, run, KEY)
                seconds = f"fit {run['fit_seconds']:.2f} s, sample {run['sample_seconds']:.2f} s"
                print(f"{n_rows:,} x {n_columns}, {preset}: {seconds}", file=sys.stderr, flush=True)


# -- report ------------------------------------------------------------------------------------------------------------


def report(runs):
    """Markdown: for each preset what grows with rows, then what grows with columns."""
    head = ["preset", "rows", "columns", "fit s", "exponent", "sample s", "exponent"]
    head += ["fit's peak above the input, MiB", "sample's, MiB"]
    lines = markdown_head(head)
    for along, fixed in (("rows", "columns"), ("columns", "rows")):
        for series in all_series(runs, along, fixed):
            lines += [row(before, run, along) for before, run in zip([None, *series], series, strict=False)]
    threads = sorted({run["n_threads"] for run in runs})
    commits = sorted({str(run["commit"]) for run in runs})
    note = f"Exponent: of the growth from the row above. Threads {threads}, commit {', '.join(commits)}, no audit."
    return "\n".join([*lines, "", note])


def all_series(runs, along, fixed):
    """Runs of one preset that differ in ``along`` only, two or more, in its order."""
    for preset in PRESETS:
        for size in sorted({run[fixed] for run in runs}):
            series = [run for run in runs if run["preset"] == preset and run[fixed] == size]
            if len(series) > 1:
                yield sorted(series, key=lambda run: run[along])


def row(before, run, along):
    cells = [run["preset"], f"{run['rows']:,}", str(run["columns"])]
    for name in ("fit_seconds", "sample_seconds"):
        cells += [f"{run[name]:.3g}", "" if before is None else f"{exponent(before, run, along, name):.2f}"]
    return markdown_row([*cells, f"{run['fit_megabytes']:,.0f}", f"{run['sample_megabytes']:,.0f}"])


def exponent(before, run, along, name):
    """p of a time that grows as the size to the power p."""
    return math.log(run[name] / before[name]) / math.log(run[along] / before[along])


# -- command line ------------------------------------------------------------------------------------------------------


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=integers, default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--columns", type=integers, default=[10, 40, 160])
    parser.add_argument("--presets", type=names_of(PRESETS), default=list(PRESETS))
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--again", action="store_true", help="run what is there already, too")
    parser.add_argument("--report", type=Path, nargs="?", const=OUT, help="print what is in the file, run nothing")
    parser.add_argument("--measure", nargs=3, metavar=("ROWS", "COLUMNS", "PRESET"), help="one size, in this process")
    arguments = parser.parse_args(argv)
    if arguments.report:
        print(report(load_runs(arguments.report)))
    elif arguments.measure:
        n_rows, n_columns, preset = arguments.measure
        print(json.dumps(measure(int(n_rows), int(n_columns), preset)))
    else:
        run_all(arguments)


def integers(text):
    return [int(part) for part in text.split(",") if part]


if __name__ == "__main__":
    main()
