"""Model files of every format that was ever written still load, and draw the rows that they drew then."""

import json
from pathlib import Path

import pytest
from golden.models.make_models import CONDITIONS, digest

import synthfast

FOLDER = Path(__file__).parent / "models"
DIGESTS = json.loads((FOLDER / "digests.json").read_text())


@pytest.mark.parametrize("name", sorted(DIGESTS))
def test_draws_are_those_of_when_the_file_was_written(name, n_threads):
    model = synthfast.load(FOLDER / name)
    with synthfast.num_threads(n_threads):
        assert digest(model.sample(3_000, random_state=0)) == DIGESTS[name]["sample"]


@pytest.mark.parametrize("name", sorted(DIGESTS))
def test_conditional_draws_are_too(name):
    sample = synthfast.load(FOLDER / name).sample(500, conditions=CONDITIONS, random_state=0)
    assert digest(sample) == DIGESTS[name]["conditional"]


def test_every_file_has_its_digests():
    assert sorted(path.name for path in FOLDER.glob("*.synth")) == sorted(DIGESTS)
