"""Runs a rival in a virtual environment of its own.

A rival NAME is a module ``rivals/NAME.py`` beside ``rivals/requirements-NAME.txt``. The environment is made on first
use under ``$SYNTHFAST_RIVALS`` (default ``build/rivals``) and made anew when the requirements change. The rival is
called as ``python -P -m rivals.driver NAME IN OUT --rows N --threads T [...]``, prints progress on standard error and
one JSON object as the last line of standard output.
"""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

__all__ = ["RivalError", "rival_python", "run_rival"]

HERE = Path(__file__).resolve().parent
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


class RivalError(RuntimeError):
    """The rival could not be installed or failed; the message ends with what it printed."""


def rival_folder(name):
    base = os.environ.get("SYNTHFAST_RIVALS") or HERE.parent.parent / "build" / "rivals"
    return Path(base).resolve() / name


def rival_python(name):
    """The interpreter of the rival's environment, which is created if it is missing or out of date."""
    requirements = HERE / f"requirements-{name}.txt"
    folder = rival_folder(name)
    stamp = folder / f"installed-{hashlib.sha256(requirements.read_bytes()).hexdigest()[:16]}"
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not stamp.exists():
        run_or_raise([sys.executable, "-m", "venv", "--clear", str(folder)])
        run_or_raise([str(python), "-m", "pip", "install", "-q", "-r", str(requirements)])
        stamp.touch()
    return python


def run_rival(name, source, output, *, n_rows, n_threads=2, options=()):
    """Drive the rival over a table on disk and return what it reports.

    Parameters
    ----------
    name : str
        The rival's name, such as ``"sdv"``.
    source, output : path
        The real table (CSV or Parquet), and the CSV file to write the synthetic one to.
    n_rows : int
        Rows to sample.
    n_threads : int, default 2
        Threads for every pool that the rival may start.
    options : sequence of str
        Further arguments of the rival.

    Returns
    -------
    dict
        ``rival``, ``versions``, ``fit_seconds``, ``sample_seconds``, ``peak_megabytes`` and what else the rival adds.
    """
    python = rival_python(name)
    command = [python, "-P", "-m", "rivals.driver", name, source, output, "--rows", n_rows, "--threads", n_threads]
    environment = {**os.environ, **dict.fromkeys(THREAD_VARIABLES, str(n_threads)), "PYTHONPATH": str(HERE.parent)}
    printed = run_or_raise([str(part) for part in [*command, *options]], env=environment)
    return json.loads(printed.splitlines()[-1])


def run_or_raise(command, env=None):
    done = subprocess.run(command, capture_output=True, text=True, env=env)
    if done.returncode != 0:
        raise RivalError(f"{' '.join(command)} ended with {done.returncode}:\n{(done.stdout + done.stderr)[-2000:]}")
    return done.stdout
