"""``import synthfast`` stays light: what is heavy is loaded when it is first used."""

import subprocess
import sys

HEAVY = (
    "pandas",
    "scipy",
    "sklearn",
    "statsmodels",
    "matplotlib",
    "pyarrow",
    "torch",
    "polars",
    "narwhals",
    "multiprocessing",
    "tqdm",
)


def run_fresh(code):
    """Standard output of ``code`` in a new interpreter that does not look into the current folder."""
    done = subprocess.run([sys.executable, "-P", "-W", "error", "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_import_pulls_in_nothing_heavy():
    code = f"import sys, synthfast; dir(synthfast); print(*[m for m in {HEAVY} if m in sys.modules])"
    assert run_fresh(code) == []


def test_import_loads_no_room():
    code = "import sys, synthfast; print(*sorted(m for m in sys.modules if m.startswith('synthfast.')))"
    assert run_fresh(code) == ["synthfast._registry", "synthfast.exceptions"]


def test_thread_control_is_light():
    code = f"import sys, synthfast; synthfast.set_num_threads(1); print(*[m for m in {HEAVY} if m in sys.modules])"
    assert run_fresh(code) == []


def test_toolkit_module_is_light():
    code = f"import sys, synthetic_data_generation; print(*[m for m in {HEAVY} if m in sys.modules])"
    assert run_fresh(code) == []


def test_unknown_name_is_an_attribute_error():
    code = """
import synthfast
try:
    synthfast.no_such_name
except AttributeError as error:
    print("no_such_name" in str(error))
"""
    assert run_fresh(code) == ["True"]
