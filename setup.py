"""Compiled extensions of synthfast. Metadata lives in pyproject.toml; this file knows only how to compile.

Environment: ``SYNTHFAST_DEBUG=1`` (checks on, light optimisation), ``SYNTHFAST_NO_OPENMP=1`` (serial kernels),
``SYNTHFAST_BUILD_JOBS`` (parallel compilations; default: all processors).
"""

import os
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup

SOURCES = Path("src_ext")
SHARED = "synthfast._ext._cyutility"  # Cython's memoryview code once, not once per kernel
DEBUG = os.environ.get("SYNTHFAST_DEBUG") == "1"
SERIAL = os.environ.get("SYNTHFAST_NO_OPENMP") == "1"
ABI3 = not sysconfig.get_config_var("Py_GIL_DISABLED")  # a free-threaded Python has no limited API to build against
MSVC = sys.platform == "win32"
JOBS = int(os.environ.get("SYNTHFAST_BUILD_JOBS", os.cpu_count() or 1))

# Neither Cython nor setuptools rebuilds when only flags or directives change, so each variant has its own folder.
BUILD = Path("build", "debug" if DEBUG else "release", "serial" if SERIAL else "openmp")

DIRECTIVES = {
    "language_level": 3,
    "boundscheck": DEBUG,
    "wraparound": False,
    "initializedcheck": DEBUG,
    "nonecheck": DEBUG,
    "cdivision": not DEBUG,
    "freethreading_compatible": True,
    "autotestdict": False,
}


def compile_flags():
    """Flags without OpenMP. No fast-math and no contraction: the same seed has to give the same bytes on every CPU."""
    if MSVC:
        return ["/Od" if DEBUG else "/O2", "/std:c11", "/fp:precise"]
    level = ["-O1", "-g"] if DEBUG else ["-O3", "-g0"]
    return [*level, "-std=c11", "-fno-math-errno", "-ffp-contract=off", "-fvisibility=hidden"]


def openmp_flags():
    """(compile, link) flags that were seen to work, or empty lists: kernels then run serial."""
    if SERIAL:
        return [], []
    if MSVC:
        flags = ["/openmp"], []
    elif sys.platform == "darwin":
        flags = ["-Xpreprocessor", "-fopenmp"], ["-lomp"]
    else:
        flags = ["-fopenmp"], ["-fopenmp"]
    if compiles("#include <omp.h>\nint main(void) { return omp_get_max_threads() < 1; }\n", *flags):
        return flags
    if os.environ.get("CIBUILDWHEEL") == "1":
        raise SystemExit("synthfast: OpenMP was not found and a released wheel must not be serial.")
    print("synthfast: OpenMP was not found; building serial kernels.", file=sys.stderr)
    return [], []


def compiles(program, compile_args, link_args):
    """Whether the C program builds and links with the compiler that setuptools will use."""
    from setuptools._distutils.ccompiler import new_compiler
    from setuptools._distutils.errors import CompileError, LinkError
    from setuptools._distutils.sysconfig import customize_compiler

    compiler = new_compiler()
    customize_compiler(compiler)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "probe.c")
        source.write_text(program)
        try:
            objects = compiler.compile([str(source)], output_dir=folder, extra_postargs=compile_args)
            compiler.link_executable(objects, str(Path(folder, "probe")), extra_postargs=link_args)
        except (CompileError, LinkError, OSError, subprocess.SubprocessError):
            return False
    return True


def extensions():
    openmp_compile, openmp_link = openmp_flags()
    headers = sorted(str(p) for pattern in ("*.pxd", "include/*.h") for p in SOURCES.glob(pattern))
    common = {
        "define_macros": [("Py_LIMITED_API", "0x030B0000")] if ABI3 else [],
        "extra_compile_args": compile_flags() + openmp_compile,
        "extra_link_args": openmp_link,
        "py_limited_api": ABI3,
    }
    kernels = [
        Extension(
            f"synthfast._ext.{source.stem}",
            [str(source)],
            include_dirs=[str(SOURCES), str(SOURCES / "include")],
            depends=headers,
            **common,
        )
        for source in sorted(SOURCES.glob("*.pyx"))
    ]
    return [Extension(SHARED, [str(SOURCES / "_cyutility.c")], **common), *kernels]


if __name__ == "__main__":
    setup(
        ext_modules=cythonize(
            extensions(),
            compiler_directives=DIRECTIVES,
            include_path=[str(SOURCES)],
            build_dir=str(BUILD / "cython"),
            shared_utility_qualified_name=SHARED,
            nthreads=JOBS,
        ),
        options={
            "build": {"build_base": str(BUILD)},
            "build_ext": {"parallel": JOBS},
            "bdist_wheel": {"py_limited_api": "cp311"} if ABI3 else {},
        },
    )
