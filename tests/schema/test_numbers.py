import numpy as np
import pandas as pd
import pytest

from synthfast._core.frames import Table
from synthfast.schema.numbers import describe_numbers, find_decimals


def facts(values, min_level_count=5):
    return describe_numbers(Table.from_any(pd.DataFrame({"x": values})).column("x"), min_level_count)


@pytest.fixture
def rng():
    return np.random.Generator(np.random.Philox(3))


@pytest.mark.parametrize("decimals", range(11))
def test_decimals_are_found(rng, decimals):
    values = np.round(rng.normal(size=2_000) * 100, decimals)
    assert find_decimals(values) == decimals


def test_decimals_of_one_late_value_count(rng):
    values = np.round(rng.normal(size=100_000), 1)
    values[77_777] = 0.125
    assert find_decimals(values) == 3


def test_measured_numbers_have_no_decimals(rng):
    assert find_decimals(rng.normal(size=1_000)) is None


def test_missing_values_and_small_floats(rng):
    assert find_decimals(np.array([np.nan, 1.5, np.nan])) == 1
    assert find_decimals(np.round(rng.normal(size=500), 2).astype(np.float32)) == 2


def test_steps_are_found(rng):
    assert facts(rng.integers(0, 100, 1_000) * 50)["step"] == 50
    assert facts(rng.integers(0, 100, 1_000) * 0.25)["step"] == 0.25
    assert facts(rng.integers(0, 100, 1_000))["step"] is None
    assert facts([10, 20, 30, 40])["step"] is None  # too few different values to tell
    late = rng.integers(0, 100, 100_000) * 50
    late[99_998] = 75
    assert facts(late)["step"] == 25


def test_heavy_values_are_found(rng):
    values = rng.normal(40, 10, 10_000).round(1)
    values[rng.random(10_000) < 0.3] = 0.0
    values[rng.random(10_000) < 0.1] = 40.0
    assert facts(values)["heavy_values"] == (0.0, 40.0)
    assert facts(rng.normal(size=10_000))["heavy_values"] == ()
    assert facts(rng.integers(0, 5, 10_000))["heavy_values"] == ()


def test_extremes_are_told_exactly_only_where_enough_rows_hold_them():
    values = [17] * 5 + list(range(18, 94))
    assert (facts(values)["minimum"], facts(values)["maximum"]) == (17, 95)
    assert facts(values, min_level_count=6)["minimum"] == 15


def test_ranges_stay_inside_of_the_dtype():
    found = facts(np.array([-127, 126, 3, 4], dtype=np.int8))
    assert (found["minimum"], found["maximum"]) == (-128, 127)
    found = facts(np.array([3, 2**64 - 2], dtype=np.uint64))
    assert found["maximum"] == 2**64 - 1


def test_whole_floats_have_whole_ranges():
    found = facts([3.0, 4.0, np.nan, 90.0])
    assert found["decimals"] == 0
    assert isinstance(found["minimum"], int)
