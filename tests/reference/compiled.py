"""Small C programs over the headers of the kernels, for what cannot be seen through the built extensions."""

import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

FLAGS = ["-std=c11", "-fno-math-errno", "-ffp-contract=off"]
# One version of each function, whatever the header would choose.
ONE_VERSION = ["-DSF_CLONES_H", "-DSF_CLONES=", "-DSF_INLINE=static inline", "-DSF_RESTRICT=restrict"]
# Ways to compile that have to give the same bytes.
VARIANTS = {
    "x86-64": ["-O3", "-march=x86-64"],
    "x86-64-v3": ["-O3", "-march=x86-64-v3"],
    "x86-64-v4": ["-O3", "-march=x86-64-v4"],
    "unoptimised": ["-O0"],
    "no-128-bit-integers": ["-O2", "-U__SIZEOF_INT128__"],
}


def processor_runs(level):
    cpuinfo = Path("/proc/cpuinfo")
    flags = set(cpuinfo.read_text().split()) if cpuinfo.exists() else set()
    needed = {"x86-64": set(), "x86-64-v3": {"avx2", "fma", "bmi2"}, "x86-64-v4": {"avx512f", "avx512vl", "avx512dq"}}
    return needed[level] <= flags


def skip_unless_it_runs(variant):
    """Skip the test where a program of this variant cannot be run."""
    if variant.startswith("x86-64") and not (platform.machine() == "x86_64" and processor_runs(variant)):
        pytest.skip(f"this processor does not run {variant}")


def output_of(program, folder, repository, flags):
    """Bytes that a C program prints; the test is skipped where it cannot be compiled."""
    headers = repository / "src_ext" / "include"
    compiler = shutil.which("gcc") or shutil.which("cc")
    if sys.platform == "win32" or compiler is None or not headers.is_dir():
        pytest.skip("needs a C compiler of the gcc kind and the sources")
    source, binary = folder / "program.c", folder / "program"
    source.write_text(program)
    command = [compiler, *flags, *FLAGS, *ONE_VERSION, f"-I{headers}", str(source), "-o", str(binary), "-lm"]
    subprocess.run(command, check=True, capture_output=True)
    return subprocess.run([binary], check=True, capture_output=True).stdout
