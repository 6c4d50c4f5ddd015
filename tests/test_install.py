"""What is shipped: the sdist is complete, the wheel made from it holds what is used and nothing else."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
SOURCES = ("pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE", "CHANGELOG.md", "constraints.txt")
FOLDERS = ("synthfast", "src_ext", "tests", "benchmarks", "docs", ".ci")
LEFTOVERS = ("__pycache__", "*.so", "*.pyd", "*.pyc", "build")


@pytest.fixture(scope="module")
def distributions(repository, tmp_path_factory):
    """Folder with one sdist and the wheel made from it: ``$SYNTHFAST_DIST``, or built here from a copy."""
    if ready := os.environ.get("SYNTHFAST_DIST"):
        return Path(ready)
    pytest.importorskip("build")
    copy, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("dist")
    for name in (*SOURCES, "synthetic_data_generation.py"):
        shutil.copy(repository / name, copy)
    for name in FOLDERS:
        shutil.copytree(repository / name, copy / name, ignore=shutil.ignore_patterns(*LEFTOVERS))
    command = [sys.executable, "-P", "-m", "build", "--outdir", str(out), str(copy)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    return out


@pytest.fixture(scope="module")
def sdist_names(distributions):
    [path] = distributions.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        return {name.partition("/")[2] for name in archive.getnames()} - {""}


@pytest.fixture(scope="module")
def wheel(distributions):
    [path] = distributions.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def wheel_names(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def tracked_like(folder, *suffixes):
    return {
        path.relative_to(folder.parent).as_posix()
        for path in folder.rglob("*")
        if path.suffix in suffixes and "__pycache__" not in path.parts
    }


def test_sdist_holds_all_sources_and_no_product(repository, sdist_names):
    expected = {*SOURCES, "synthetic_data_generation.py", "synthfast/py.typed", ".ci/run"}
    expected |= tracked_like(repository / "src_ext", ".pyx", ".pxd", ".h")
    expected |= tracked_like(repository / "synthfast", ".py", ".pyi", ".md")
    expected |= tracked_like(repository / "tests", ".py", ".json", ".csv")
    expected |= tracked_like(repository / "benchmarks", ".py", ".txt", ".md")
    assert expected <= sdist_names, sorted(expected - sdist_names)
    assert not [name for name in sdist_names if name.endswith((".c", ".so", ".pyd", ".pyc"))]


def test_wheel_holds_what_is_used_and_nothing_else(repository, wheel_names):
    expected = {"synthetic_data_generation.py", "synthfast/py.typed"}
    expected |= tracked_like(repository / "synthfast", ".py", ".pyi", ".md")
    assert expected <= wheel_names, sorted(expected - wheel_names)
    compiled = {Path(n).name.partition(".")[0] for n in wheel_names if n.startswith("synthfast/_ext/")}
    assert {path.stem for path in (repository / "src_ext").glob("*.pyx")} <= compiled
    assert not [name for name in wheel_names if name.endswith((".c", ".pyx", ".pxd", ".h", ".pyc"))]
    assert {name.partition("/")[0].partition("-")[0].partition(".")[0] for name in wheel_names} == {
        "synthfast",
        "synthetic_data_generation",
    }


@pytest.mark.skipif(bool(sysconfig.get_config_var("Py_GIL_DISABLED")), reason="no limited API without the GIL")
def test_wheel_serves_every_python_from_3_11(wheel):
    assert "-cp311-abi3-" in wheel.name


def test_command_and_licence_are_declared(wheel, wheel_names):
    [info] = {name.partition("/")[0] for name in wheel_names if ".dist-info/" in name}
    with zipfile.ZipFile(wheel) as archive:
        assert b"synthfast = synthfast.cli:main" in archive.read(f"{info}/entry_points.txt")
        metadata = archive.read(f"{info}/METADATA").decode()
    assert "License-Expression: BSD-3-Clause" in metadata
    assert f"{info}/licenses/LICENSE" in wheel_names
