import json
import math

import numpy as np
import pytest

from synthfast.quality.result import MetricResult, not_applicable, plain


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, np.nan])
@pytest.mark.parametrize("part", ["value", "reference"])
def test_a_result_is_never_nan_or_infinite(bad, part):
    parts = {"value": 0.5, "reference": 0.5, part: bad}
    with pytest.raises(ValueError, match=f"some_metric.*{part}"):
        MetricResult("some_metric", parts["value"], 0.0, (0.0, 1.0), reference=parts["reference"])


@pytest.mark.parametrize(
    ("value", "goal", "reference", "excess"),
    [(0.3, 0.0, 0.1, 0.2), (0.05, 0.0, 0.1, 0.0), (0.9, 1.0, 0.97, 0.07), (0.4, 0.5, 0.5, 0.1), (0.3, 0.0, None, 0.3)],
)
def test_excess_is_what_lies_beyond_the_reference(value, goal, reference, excess):
    assert MetricResult("m", value, goal, (0.0, 1.0), reference=reference).excess == pytest.approx(excess)


def test_not_applicable_has_a_reason_and_no_value():
    result = not_applicable("m", "one class only", goal=1.0, range=(0.0, 1.0), detail={"target": "y"})
    assert not result.applicable
    assert result.value is None
    assert result.excess is None
    assert result.detail == {"target": "y", "reason": "one class only"}


def test_to_dict_is_strict_json():
    detail = {
        1: np.float32(0.5),
        "matrix": np.eye(2),
        "nan": np.nan,
        "inf": math.inf,
        "yes": np.bool_(True),
        "t": (1, "a"),
    }
    result = MetricResult("m", np.float64(0.25), 0.0, (0.0, math.inf), detail)
    read = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    assert read["value"] == 0.25
    assert read["range"] == [0.0, None]
    assert read["detail"] == {
        "1": 0.5,
        "matrix": [[1.0, 0.0], [0.0, 1.0]],
        "nan": None,
        "inf": None,
        "yes": True,
        "t": [1, "a"],
    }


def test_plain_keeps_integers_integers_and_writes_the_rest_as_text():
    assert plain(np.int64(7)) == 7
    assert isinstance(plain(np.int64(7)), int)
    assert plain(np.datetime64("2020-01-02")) == "2020-01-02"
