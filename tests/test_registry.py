"""The registry: every line leads to an object, lazily, and every model's file has its line."""

import inspect
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import synthfast
from synthfast._registry import REGISTRY, entries, load_object

PACKAGE = Path(find_spec("synthfast").origin).parent
KINDS = {"synthesizer", "private", "relational", "resampler", "series", "panel", "function", "class"}
# kind -> the room that its files live in, and the ending of its class names.
ROOMS = {
    "synthesizer": ("synthesizers", "Synthesizer"),
    "resampler": ("oversampling", ""),
    "series": ("timeseries", "Synthesizer"),
    "panel": ("timeseries", "Synthesizer"),
}
MODELS = {name: entry for name, entry in REGISTRY.items() if entry.kind in ROOMS}
KEYED = {*MODELS, *entries("private"), *entries("relational")}  # these rooms hold other things as well


def snake(name):
    """``GaussianCopula`` -> ``gaussian_copula``; runs of capitals (``SMOTE``) stay one word."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


@pytest.mark.parametrize("name", REGISTRY)
def test_entry_leads_to_its_object(name):
    found = getattr(synthfast, name)
    assert found is load_object(name)
    assert found.__name__ == name
    assert REGISTRY[name].kind in KINDS
    assert inspect.isclass(found) == (REGISTRY[name].kind != "function")
    assert found.__module__.startswith("synthfast.")


@pytest.mark.parametrize("name", MODELS)
def test_key_file_and_class_agree(name):
    entry = MODELS[name]
    room, ending = ROOMS[entry.kind]
    assert entry.key == snake(name.removesuffix(ending))
    assert entry.target == f"synthfast.{room}.{entry.key}:{name}"


def test_only_models_have_keys_and_keys_are_unique():
    assert all(not entry.key for name, entry in REGISTRY.items() if name not in KEYED)
    keys = [REGISTRY[name].key for name in KEYED]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("room", sorted({room for room, _ in ROOMS.values()}))
def test_every_model_file_has_its_line(room):
    files = {path.stem for path in (PACKAGE / room).glob("*.py") if not path.stem.startswith("_")}
    assert files == {entry.key for entry in MODELS.values() if ROOMS[entry.kind][0] == room}


def test_public_names():
    assert set(REGISTRY) <= set(synthfast.__all__)
    assert set(synthfast.__all__) <= set(dir(synthfast))
    for name in ("GaussianCopulaSynthesizer", "MarginalSynthesizer", "Schema", "SyntheticDataGenerator", "evaluate"):
        assert name in synthfast.__all__
    for name in ("fit_distributions", "load", "set_num_threads"):
        assert name in synthfast.__all__


def test_toolkit_module_reexports_the_generator():
    import synthetic_data_generation

    assert synthetic_data_generation.SyntheticDataGenerator is synthfast.SyntheticDataGenerator
    with pytest.raises(AttributeError, match="no_such_name"):
        synthetic_data_generation.no_such_name  # noqa: B018


def test_using_one_name_loads_its_own_rooms_only():
    code = "import sys, synthfast; synthfast.Schema; print(*[m for m in sys.modules if m.startswith('synthfast.')])"
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    rooms = {module.split(".")[1] for module in done.stdout.split()}
    assert "schema" in rooms
    assert not rooms & {"synthesizers", "encoding", "reporting", "generator", "cli"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [("GaussianCopula", "gaussian_copula"), ("SMOTE", "smote"), ("KMeansSMOTE", "k_means_smote"), ("ARF", "arf")],
)
def test_snake(name, expected):
    assert snake(name) == expected
