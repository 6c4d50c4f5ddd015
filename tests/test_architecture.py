"""The rules that keep the rooms apart, read off the source: layers, forbidden means, the shape of a kernel."""

import ast
import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from synthfast._registry import REGISTRY

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = Path(find_spec("synthfast").origin).parent
KERNELS = sorted((ROOT / "src_ext").glob("*.pyx"))
MODULES = sorted(PACKAGE.rglob("*.py"))

# A room imports only rooms with a smaller number; rooms of equal number do not import each other.
LAYERS = {
    "_ext": 0,
    "exceptions": 1,
    "_registry": 1,
    "__init__": 2,
    "_core": 2,
    "schema": 3,
    "engines": 3,
    "marginals": 4,
    "neighbors": 4,
    "io": 4,
    "encoding": 5,
    "base": 6,
    "constraints": 6,
    "base_resampler": 6,
    "synthesizers": 7,
    "oversampling": 8,
    "timeseries": 8,
    "privacy": 8,
    "relational": 8,
    "quality": 9,
    "reporting": 10,
    "datasets": 10,
    "generator": 11,
    "demo": 12,
    "cli": 13,
    "__main__": 14,
}
# Rooms in which one file is one algorithm; files whose name starts with "_" are shared by the room.
SIBLINGS_APART = ("synthesizers", "oversampling", "timeseries")


def name_of(path):
    """Dotted name of a module of the package."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(("synthfast", *parts))


def room_of(module):
    """The room of a dotted name inside the package; ``__init__`` for the package itself."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def imported_names(tree):
    """Dotted names under ``synthfast`` that a module imports anywhere, names taken off the top level resolved."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == "synthfast")
        elif isinstance(node, ast.ImportFrom) and node.module == "synthfast":
            for alias in node.names:
                entry = REGISTRY.get(alias.name)
                yield entry.target.partition(":")[0] if entry else f"synthfast.{alias.name}"
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("synthfast."):
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def parse(path):
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_rooms_import_only_lower_layers(path):
    room = room_of(name_of(path))
    assert room in LAYERS, f"{name_of(path)}: a new room needs its number in LAYERS"
    for target in imported_names(parse(path)):
        other = room_of(target) if room_of(target) != "__version__" else "__init__"
        assert other in LAYERS, f"{name_of(path)} imports {target}, which is in no known room"
        if other != room:
            assert LAYERS[other] < LAYERS[room], f"{room} [{LAYERS[room]}] imports {target} [{LAYERS[other]}]"


@pytest.mark.parametrize("path", [p for p in MODULES if room_of(name_of(p)) in SIBLINGS_APART], ids=name_of)
def test_algorithms_do_not_import_each_other(path):
    own = name_of(path).split(".")
    if own[-1] == "__init__":
        return
    for target in imported_names(parse(path)):
        parts = target.split(".")
        if parts[:2] == own[:2] and len(parts) > 2:
            assert parts[2] == own[2] or parts[2].startswith("_"), f"{name_of(path)} imports {target}"


FORBIDDEN_MODULES = {"pickle", "cloudpickle", "dill", "shelve", "marshal", "random"}
FORBIDDEN_CALLS = {"eval", "exec", "joblib.dump", "joblib.load", "torch.load"}
RANDOM_ALLOWED = {"BitGenerator", "Generator", "Philox", "SeedSequence"}


def dotted(node):
    """``a.b.c`` of an attribute chain, or an empty string."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""


def import_offences(node):
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names if alias.name in FORBIDDEN_MODULES)
    elif isinstance(node, ast.ImportFrom) and node.module in FORBIDDEN_MODULES:
        yield node.module
    elif isinstance(node, ast.ImportFrom) and node.module == "numpy.random":
        yield from (f"numpy.random.{a.name}" for a in node.names if a.name not in RANDOM_ALLOWED)


def use_offences(node):
    if isinstance(node, ast.Attribute):
        head, _, last = dotted(node).rpartition(".")
        if head in ("np.random", "numpy.random") and last not in RANDOM_ALLOWED:
            yield dotted(node)
    elif isinstance(node, ast.Call):
        if dotted(node.func) in FORBIDDEN_CALLS:
            yield f"{dotted(node.func)}(...)"
        if any(k.arg == "allow_pickle" and getattr(k.value, "value", True) is not False for k in node.keywords):
            yield "allow_pickle"


def offences(tree):
    """What a module of the library must not use: unsafe file formats, evaluation, random state outside streams."""
    for node in ast.walk(tree):
        yield from import_offences(node)
        yield from use_offences(node)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_pickle_no_eval_no_global_random_state(path):
    assert list(offences(parse(path))) == []


def test_the_offence_finder_finds():
    code = """
import pickle
from numpy.random import default_rng
import numpy as np
np.random.seed(1)
eval("1")
np.load(f, allow_pickle=True)
np.load(f, allow_pickle=False)
np.random.SeedSequence(1)
"""
    expected = {"pickle", "numpy.random.default_rng", "np.random.seed", "eval(...)", "allow_pickle"}
    assert set(offences(ast.parse(code))) == expected


def without_comments(path):
    return re.sub(r"#.*", "", path.read_text(encoding="utf-8"))


def kernel_functions(path):
    """(name, list of parameters) of each Python-visible function of a kernel file."""
    for name, parameters in re.findall(r"^def (\w+)\(([^)]*)\)", without_comments(path), flags=re.MULTILINE):
        # A comma inside the brackets of a memoryview does not part two parameters.
        yield name, [p.strip() for p in re.split(r",(?![^\[]*\])", parameters) if p.strip()]


def noun_of(path):
    return path.stem.removeprefix("_")


def test_there_are_kernels():
    assert KERNELS


@pytest.mark.parametrize("path", KERNELS, ids=noun_of)
def test_kernel_has_stub_and_test(path):
    assert path.stem.startswith("_"), "a kernel file is named _noun.pyx"
    assert (PACKAGE / "_ext" / f"{path.stem}.pyi").exists()
    assert (ROOT / "tests" / "kernels" / f"test_{noun_of(path)}.py").exists()
    if noun_of(path) != "build":  # it computes nothing
        assert (ROOT / "tests" / "reference" / f"{noun_of(path)}.py").exists()


@pytest.mark.parametrize("path", KERNELS, ids=noun_of)
def test_kernel_parameters(path):
    for name, parameters in kernel_functions(path):
        where = f"{path.name}: {name}"
        for parameter in parameters:
            assert "=" not in parameter, f"{where}: {parameter!r} has a default; defaults belong to the wrapper"
            if "[" in parameter:
                assert parameter.endswith("not None"), f"{where}: {parameter!r} would crash on None"


@pytest.mark.parametrize("path", [*KERNELS, *sorted((ROOT / "src_ext").glob("*.pxd"))], ids=lambda p: p.name)
def test_kernels_share_headers_only(path):
    text = without_comments(path)
    modules = set(re.findall(r"^\s*(?:from\s+([\w.]+)\s+cimport|cimport\s+([\w.]+))", text, flags=re.MULTILINE))
    compiled = {p.stem for p in KERNELS}
    for name in {a or b for a, b in modules}:
        assert name.split(".")[-1] not in compiled, f"{path.name} cimports the kernel {name}"
        assert name.split(".")[0] not in ("numpy", "openmp"), f"{path.name} cimports {name}"
    assert not re.search(r"^\s*import numpy", text, flags=re.MULTILINE), f"{path.name} imports numpy"


@pytest.mark.parametrize("path", sorted((ROOT / "src_ext").glob("*.pxd")), ids=lambda p: p.name)
def test_shared_headers_have_no_source(path):
    assert not path.with_suffix(".pyx").exists(), "its names would have to be linked, not inlined"


def test_kernels_do_not_set_directives_or_flags():
    for path in KERNELS:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"^#\s*(cython|distutils):", text, flags=re.MULTILINE), path.name


def test_tests_do_not_time():
    own = Path(__file__).name
    for path in sorted((ROOT / "tests").rglob("*.py")):
        if path.name != own:
            assert not re.search(r"perf_counter|time\.time\(|process_time", path.read_text(encoding="utf-8")), path
