import numpy as np
import pandas as pd
import pytest
from round_trip import make_codec

from synthfast.encoding import encode_conditions
from synthfast.exceptions import ConditionError

FRAME = pd.DataFrame(
    {
        "n": np.arange(40),
        "big": 2**60 + np.arange(40),
        "day": pd.date_range("2024-01-01", periods=40),
        "grade": pd.Categorical(["low", "mid", "high", "top"] * 10, ["low", "mid", "high", "top"], ordered=True),
        "word": ["a", "b"] * 20,
    }
)


@pytest.fixture(scope="module")
def codec():
    return make_codec(FRAME, overrides={"n": "integer", "big": "integer"})


def test_values_and_ends_of_large_numbers_are_exact(codec):
    origin = int(codec.column("big").minimum)
    condition = encode_conditions(codec, {"big": [2**60 + 3, str(2**60 + 1)]})["big"]
    assert [int(code) + origin for code in condition.lower] == [2**60 + 1, 2**60 + 3]
    condition = encode_conditions(codec, {"big": (str(2**60 + 1), 2**60 + 3)})["big"]
    assert (int(condition.lower[0]) + origin, int(condition.upper[0]) + origin) == (2**60 + 1, 2**60 + 3)


def test_open_ranges(codec):
    condition = encode_conditions(codec, {"n": (None, 7.5)})["n"]
    assert (condition.lower.tolist(), condition.upper.tolist()) == ([-np.inf], [7.0])


@pytest.mark.parametrize(
    ("wanted", "levels"), [(("mid", None), [1, 2, 3]), ((None, "mid"), [0, 1]), (("mid", "high"), [1, 2])]
)
def test_ranges_of_levels(codec, wanted, levels):
    assert encode_conditions(codec, {"grade": wanted})["grade"].levels.tolist() == levels


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        ({"n": (2.2, 2.8)}, r"'n' was given \(2.2, 2.8\), .* no value that rows can have"),
        ({"n": (5, 2)}, "low end is above its high end"),
        ({"day": ("2024-01-05 06:00", "2024-01-05 18:00")}, "no value that rows can have"),
        ({"n": [1, 2.5]}, r"exactly the value 2\.5"),
        ({"grade": ("high", "mid")}, "low end is above its high end"),
        ({"word": ("a", "b")}, "without an order"),
    ],
)
def test_what_no_row_can_be_is_refused(codec, conditions, message):
    with pytest.raises(ConditionError, match=message):
        encode_conditions(codec, conditions)
