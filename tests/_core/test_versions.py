import numpy as np

import synthfast
from synthfast._core.versions import collect_versions


def test_facts():
    facts = collect_versions()
    assert list(facts) == ["system", "synthfast", "required", "optional"]
    assert facts["required"]["numpy"] == np.__version__
    assert all(isinstance(text, str) and text for section in facts.values() for text in section.values())
    assert {"version", "openmp", "threads", "instructions"} <= set(facts["synthfast"])


def test_missing_packages_are_named(monkeypatch):
    monkeypatch.setattr("synthfast._core.versions.OPTIONAL", ("no-such-package",))
    assert collect_versions()["optional"] == {"no-such-package": "not installed"}


def test_printed(capsys):
    synthfast.show_versions()
    printed = capsys.readouterr().out
    assert "python" in printed
    assert f"numpy          {np.__version__}" in printed
