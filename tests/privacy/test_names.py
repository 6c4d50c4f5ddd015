"""Names of the room load when first used and are documented."""

import inspect
import re

import pytest

import synthfast.privacy as room


@pytest.mark.parametrize("name", room.__all__)
def test_names(name):
    found = getattr(room, name)
    assert found.__name__ == name
    assert name in dir(room)
    text = inspect.getdoc(found)
    assert text.splitlines()[0].endswith(".")
    if inspect.isfunction(found):
        assert ">>> " in text
        for parameter in inspect.signature(found).parameters:
            assert re.search(rf"^[\w, ]*\b{parameter}\b[\w, ]* :", text, flags=re.MULTILINE), parameter


def test_unknown_names():
    with pytest.raises(AttributeError, match="no_such_name"):
        room.no_such_name  # noqa: B018
