"""Small C programs over the headers of the kernels, for what cannot be seen through the built extensions."""

import shutil
import subprocess
import sys

import pytest

FLAGS = ["-std=c11", "-fno-math-errno", "-ffp-contract=off"]
# One version of each function, whatever the header would choose.
ONE_VERSION = ["-DSF_CLONES_H", "-DSF_CLONES=", "-DSF_INLINE=static inline", "-DSF_RESTRICT=restrict"]


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
