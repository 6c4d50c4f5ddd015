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


TENTHS = pd.DataFrame(
    {
        "d": np.round(np.arange(40) / 10 - 1, 1),
        "f": np.round(np.arange(40) / 10 - 1, 1).astype(np.float32),
        "quarter": np.arange(40) * 0.25,
    }
)


@pytest.fixture(scope="module")
def tenths():
    return make_codec(TENTHS)


@pytest.mark.parametrize("name", ["d", "f"])
def test_ends_between_decimals_move_to_the_next_that_rows_have(tenths, name):
    for (low, high), (first, last) in {
        (0.05, 0.35): (0.1, 0.3),
        (-0.05, 0.30000000000000004): (0.0, 0.3),
        (0.1 + 0.2, 0.61): (0.3, 0.6),
        (None, 0.28): (-np.inf, 0.2),
        (-99.05, 99.05): (-99.05, 99.05),
    }.items():
        condition = encode_conditions(tenths, {name: (low, high)})[name]
        assert (condition.lower.tolist(), condition.upper.tolist()) == ([first], [last])
    for start in np.arange(-0.95, 2.9, 0.1):  # every end is the float that decoding gives
        condition = encode_conditions(tenths, {name: (float(start), None)})[name]
        assert condition.lower[0] in TENTHS["d"].tolist()


def test_values_that_floats_part_by_their_last_digits_are_the_ones_meant(tenths):
    assert encode_conditions(tenths, {"d": 0.1 + 0.2})["d"].lower.tolist() == [0.3]
    assert encode_conditions(tenths, {"f": np.float32(1.1)})["f"].lower.tolist() == [1.1]
    assert encode_conditions(tenths, {"quarter": [0.25, 1.5]})["quarter"].lower.tolist() == [0.25, 1.5]


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        ({"d": (0.31, 0.39)}, "no value that rows can have"),
        ({"d": 0.35}, r"exactly the value 0\.35; the nearest that one can have is 0\.[34]"),
        ({"f": [0.1, 0.35]}, r"exactly the value 0\.35"),
        ({"quarter": 0.3}, r"exactly the value 0\.3; the nearest that one can have is 0\.25"),
        ({"quarter": (0.3, 0.4)}, "no value that rows can have"),
    ],
)
def test_what_lies_between_decimals_is_refused(tenths, conditions, message):
    with pytest.raises(ConditionError, match=message):
        encode_conditions(tenths, conditions)


def test_the_end_of_a_range_that_a_schema_sets_between_decimals_can_be_asked_for():
    codec = make_codec(TENTHS[["d"]], overrides={"d": {"minimum": -1.07, "maximum": 2.97}})
    assert encode_conditions(codec, {"d": (-1.07, 2.97)})["d"].lower.tolist() == [-1.07]
    condition = encode_conditions(codec, {"d": (-1.04, 2.96)})["d"]
    assert (condition.lower.tolist(), condition.upper.tolist()) == ([-1.0], [2.9])
