"""The stubs of the compiled modules say what is compiled."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

EXT = Path(find_spec("synthfast._ext").origin).parent
MODULES = sorted(f"synthfast._ext.{path.stem}" for path in EXT.glob("*.pyi"))


def test_every_stub_has_its_module():
    assert MODULES
    assert [name for name in MODULES if find_spec(name) is None] == []


@pytest.mark.skipif(find_spec("mypy") is None, reason="mypy is not installed")
def test_stubs_match_what_is_compiled(tmp_path):
    config = tmp_path / "mypy.ini"
    config.write_text("[mypy]\nignore_missing_imports = True\n")
    done = subprocess.run(
        [sys.executable, "-P", "-m", "mypy.stubtest", "--mypy-config-file", str(config), *MODULES],
        cwd=tmp_path,
        env={**os.environ, "MYPYPATH": str(EXT.parent.parent)} if "site-packages" not in EXT.parts else None,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
