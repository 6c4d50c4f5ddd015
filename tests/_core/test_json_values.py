import datetime as dt
import enum
import json
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from synthfast._core.json_values import from_json_value, to_json_value


class Colour(enum.IntEnum):
    RED = 3


@pytest.mark.parametrize(
    "value",
    [
        None, True, 3, 2**80, 1.5, -0.0, float("inf"), "text", "", ("a", (1, None)), b"\x00\xff", Decimal("1.50"),
        dt.date(2020, 1, 2), dt.time(3, 4, 5), dt.datetime(2020, 1, 2, 3), dt.timedelta(1, 2, 3),
        dt.datetime(2020, 1, 2, tzinfo=dt.UTC), pd.Timestamp("2020-01-02 03:04:05.000000006"), pd.Timedelta("1 day"),
        pd.Timestamp("2020-07-02", tz="Europe/Berlin"), pd.Interval(0, 1, closed="left"),
        pd.Interval(pd.Timestamp("2020"), pd.Timestamp("2021")),
    ],
    ids=repr,
)  # fmt: skip
def test_values_come_back_with_their_types(value):
    back = from_json_value(json.loads(json.dumps(to_json_value(value), allow_nan=False)))
    assert back == value
    assert type(back) is type(value)


def test_nan_comes_back():
    assert np.isnan(from_json_value(to_json_value(float("nan"))))


@pytest.mark.parametrize(
    ("value", "plain"), [(np.int8(3), 3), (np.float32(0.5), 0.5), (Colour.RED, 3), (np.str_("a"), "a")]
)
def test_kin_of_plain_values_become_plain(value, plain):
    assert to_json_value(value) == plain
    assert type(to_json_value(value)) is type(plain)


def test_other_types_and_tags_are_told():
    with pytest.raises(TypeError, match="expected a plain scalar, got list"):
        to_json_value([1])
    with pytest.raises(ValueError, match=r"\$nope"):
        from_json_value({"$nope": 1})
