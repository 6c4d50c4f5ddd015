"""README's code runs and prints what it shows, docstring examples run, public docstrings are complete."""

import contextlib
import doctest
import importlib
import inspect
import io
import pkgutil
import re
from pathlib import Path

import pytest

import synthfast
from synthfast._registry import REGISTRY, load_object

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = sorted(path for path in (ROOT / "docs").glob("*.md") if ">>>" in path.read_text(encoding="utf-8"))
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)
BLOCKS = FENCE.findall(README)
MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(synthfast.__path__, "synthfast.")
    if not module.name.startswith("synthfast._ext.") and not module.name.endswith("__main__")
)
# What imports torch, or shows what needs it; skipped where the "deep" extra is not installed.
DEEP = re.compile(r"synthfast\.(synthesizers\.(_deep\.|vae$|gan$)|generator\.deep$)")
SECTION = re.compile(r"^(\w[\w ]*)\n-{3,}$", flags=re.MULTILINE)


def test_readme_blocks_run_and_print_what_they_show(tmp_path, monkeypatch):
    """A ``text`` block right after a ``python`` block is that block's output; blocks share one namespace."""
    monkeypatch.chdir(tmp_path)
    namespace = {}
    shown = [(i, code) for i, (language, code) in enumerate(BLOCKS) if language == "python"]
    assert shown
    for i, code in shown:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, "README.md", "exec"), namespace)
        following = BLOCKS[i + 1] if i + 1 < len(BLOCKS) else ("", "")
        if following[0] == "text":
            assert printed.getvalue().rstrip() == following[1].rstrip()


def test_readme_starts_with_two_commands_and_eight_lines():
    languages = [language for language, _ in BLOCKS]
    assert languages[:4] == ["bash", "bash", "python", "text"]
    main, test = (code for _, code in BLOCKS[:2])
    for command in (main, test):
        assert command.startswith("python3 -m venv .venv && .venv/bin/pip install")
        assert len(command.splitlines()) == 1
    assert "pytest" in test
    assert len([line for line in BLOCKS[2][1].splitlines() if line.strip()]) == 8


def test_readme_files_exist():
    root = Path(__file__).resolve().parent.parent
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (root / target).exists(), target


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_examples_of_pages_run(path, tmp_path, monkeypatch):
    if path.stem == "deep":
        pytest.importorskip("torch")
    monkeypatch.chdir(tmp_path)
    found = doctest.testfile(str(path), module_relative=False, encoding="utf-8")
    assert found.attempted
    assert found.failed == 0


@pytest.mark.parametrize("name", MODULES)
def test_docstring_examples_run(name, tmp_path, monkeypatch):
    if DEEP.match(name):
        pytest.importorskip("torch")
    monkeypatch.chdir(tmp_path)
    module = importlib.import_module(name)
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    printed = io.StringIO()
    runner = doctest.DocTestRunner(optionflags=flags)
    for test in doctest.DocTestFinder(exclude_empty=True).find(module):
        if test.name.removeprefix(f"{name}.").partition(".")[0] in REGISTRY:
            test.globs = {}  # what users read imports what it uses
        runner.run(test, out=printed.write)
    assert runner.failures == 0, printed.getvalue()


def public_documents():
    """(label, object, whether an example is due) of every registered object and its public methods."""
    for name in REGISTRY:
        try:
            found = load_object(name)
        except (ImportError, AttributeError):  # test_registry reports it
            continue
        yield name, found, True
        if not inspect.isclass(found):
            continue
        for attribute, member in inspect.getmembers(found):
            function = inspect.unwrap(getattr(member, "__func__", member))
            ours = (getattr(function, "__module__", None) or "").startswith("synthfast.")
            if not attribute.startswith("_") and inspect.isfunction(function) and ours:
                yield f"{name}.{attribute}", function, False


PUBLIC = list(public_documents())


@pytest.mark.parametrize(("found", "example_due"), [p[1:] for p in PUBLIC], ids=[p[0] for p in PUBLIC])
def test_public_docstring_is_complete(found, example_due):
    text = inspect.getdoc(found) or ""
    sections = SECTION.findall(text)
    assert text.splitlines()[0].endswith("."), "the first line is one sentence"
    named = [p.name for p in inspect.signature(found).parameters.values() if p.name not in ("self", "cls")]
    if named:
        assert "Parameters" in sections
        described = text.partition("Parameters\n")[2]
        for parameter in named:
            assert re.search(rf"^[\w*, ]*\b{parameter}\b[\w*, ]* :", described, flags=re.MULTILINE), parameter
    if inspect.isfunction(found) and inspect.signature(found).return_annotation not in (None, "None"):
        assert {"Returns", "Yields"} & set(sections)
    if example_due:
        assert "Examples" in sections
        assert ">>> " in text
