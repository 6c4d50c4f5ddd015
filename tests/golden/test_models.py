"""Model files of every format that was ever written still load, and draw the rows that they drew then."""

import json
from pathlib import Path

import pytest
from golden.models.make_models import draws

import synthfast
from synthfast._registry import REGISTRY
from synthfast.base.saved import DRAWN
from synthfast.io.model_file import FORMAT, read_header

FOLDER = Path(__file__).parent / "models"
DIGESTS = json.loads((FOLDER / "digests.json").read_text())


@pytest.mark.parametrize("name", sorted(DIGESTS))
def test_draws_are_those_of_when_the_file_was_written(name, n_threads):
    model = synthfast.load(FOLDER / name)
    with synthfast.num_threads(n_threads):
        assert draws(model) == DIGESTS[name]


@pytest.mark.parametrize("name", sorted(DIGESTS))
def test_a_model_keeps_its_id_in_its_file(name, tmp_path):
    model, header = synthfast.load(FOLDER / name), read_header(FOLDER / name)
    model.save(tmp_path / "again.synth")
    assert read_header(tmp_path / "again.synth")["sha256"] == model.id_
    if header["format"] == FORMAT:
        assert model.id_ == header["sha256"]


def test_every_file_has_its_digests():
    assert sorted(path.name for path in FOLDER.glob("*.synth")) == sorted(DIGESTS)


def test_every_model_has_a_file_of_the_present_format():
    models = {name for name, entry in REGISTRY.items() if entry.kind in DRAWN and not entry.needs}
    assert {name.removesuffix(f"_{FORMAT}.synth") for name in DIGESTS if name.endswith(f"_{FORMAT}.synth")} == models
