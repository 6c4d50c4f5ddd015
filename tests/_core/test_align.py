"""Columns in one storage: numbers, times and levels as they were, and rows that do not fit are told."""

import numpy as np
import pandas as pd
import pytest

from synthfast._core.frames import Table
from synthfast._core.frames.align import align
from synthfast._core.frames.concat import fill_cells


def column(values, **kind):
    return Table.from_any(pd.DataFrame({"c": pd.Series(values, **kind)})).column("c")


def aligned(one, other):
    """Values of the first column in the storage of the other, and the rows that fit."""
    given, own, fits = align(one, other)
    assert given.storage == own.storage == other.storage
    assert (given.unit, given.categories, given.scale) == (own.unit, own.categories, own.scale)
    return given, fits.tolist()


def plain(data):
    missing = data.missing()
    values = data.strings.to_pylist() if data.strings is not None else data.array.tolist()
    if data.categories is not None:
        values = [None if code < 0 else data.categories[code] for code in values]
    return [None if missing is not None and missing[row] else value for row, value in enumerate(values)]


def test_floats_become_integers_where_they_are_whole():
    given, fits = aligned(column([1.0, np.nan, 2.5, 1e300, -3.0]), column([1, 2, 3, 4, 5]))
    assert fits == [True, True, False, False, True]
    assert [value for value, fit in zip(plain(given), fits, strict=True) if fit] == [1, None, -3]


def test_integers_become_floats_where_none_is_lost():
    given, fits = aligned(column([1, 2**53 + 1, 2**60, -7]), column([0.5, 1.5, 2.5, 3.5]))
    assert fits == [True, False, True, True]
    assert given.array.tolist()[2:] == [2.0**60, -7.0]


def test_unsigned_and_signed_integers():
    given, fits = aligned(column([1, 2**63], dtype="uint64"), column([1, 2], dtype="int64"))
    assert fits == [True, False]
    assert given.array.dtype == "int64"


def test_numbers_and_booleans():
    assert aligned(column([1.0, 0.0, 2.0]), column([True, False, True]))[1] == [True, True, False]
    given, fits = aligned(column([True, None], dtype="boolean"), column([1, 2]))
    assert (plain(given), fits) == ([1, None], [True, True])


def test_numbers_and_decimals():
    from decimal import Decimal

    cents = column([Decimal("1.25"), Decimal("2.00"), None], dtype=object)
    given, fits = aligned(column([0.1, 7.0, 0.001]), cents)
    assert fits == [True, True, False]
    assert plain(given)[:2] == [10, 700]
    given, fits = aligned(cents, column([0.5, 1.5, 2.5]))
    assert (plain(given), fits) == ([1.25, 2.0, None], [True] * 3)
    tenths = column([Decimal("1.5"), Decimal("2.0"), None], dtype=object)
    assert plain(aligned(tenths, cents)[0]) == [150, 200, None]


@pytest.mark.parametrize(("unit", "other"), [("s", "ns"), ("ns", "s"), ("us", "ms"), ("ms", "ms")])
def test_times_take_the_finer_unit(unit, other):
    days = pd.to_datetime(["2031-05-05", None, "2020-01-01"])
    one, two = column(days.astype(f"M8[{unit}]")), column(days.astype(f"M8[{other}]"))
    given, own, fits = align(one, two)
    assert given.unit == own.unit == max(unit, other, key=["s", "ms", "us", "ns"].index)
    assert plain(given) == plain(own)
    assert fits.all()


def test_times_that_the_finer_unit_does_not_hold():
    one = column(np.array(["9000-01-01", "2000-01-01"], dtype="M8[s]"))
    two = column(np.array(["2000-01-01", "2000-01-01"], dtype="M8[ns]"))
    assert align(one, two)[2].tolist() == [False, True]
    assert align(two, one) is None


def test_levels_that_the_other_has_not_are_added():
    given, fits = aligned(column(["a", "z", None]), column(pd.Categorical(["b", "a", "b"], ["a", "b", "c"])))
    assert plain(given) == ["a", "z", None]
    assert given.categories == ["a", "b", "c", "z"]
    assert all(fits)


def test_categories_that_no_row_holds_are_not_added():
    given, _ = aligned(column(pd.Categorical(["a"], ["a", "unused"])), column(pd.Categorical(["b"], ["a", "b"])))
    assert given.categories == ["a", "b"]


def test_levels_become_text():
    given, fits = aligned(column(pd.Categorical(["a", None, "b"])), column(["x", "y", "z"]))
    assert (plain(given), fits) == (["a", None, "b"], [True] * 3)
    given, fits = aligned(column([1, "b", None], dtype=object), column(["x", "y", "z"]))
    assert (plain(given)[1:], fits) == (["b", None], [False, True, True])


def test_objects_keep_their_types():
    given, _ = aligned(column([True, 1, "1"], dtype=object), column([1, True, "x"], dtype=object))
    assert [(type(value), value) for value in plain(given)] == [(bool, True), (int, 1), (str, "1")]


def test_what_has_nothing_in_common_is_told():
    assert align(column(["a"]), column([1])) is None
    assert align(column(pd.to_datetime(["2020"])), column(pd.to_datetime(["2020"], utc=True))) is None
    assert align(column([None], dtype=object), column([1])) is None


def test_cells_are_taken_from_another_column():
    rows = np.array([True, False, False])
    assert plain(fill_cells(column([1, 2, 3]), column([7, 8, 9]), rows)) == [7, 2, 3]
    assert plain(fill_cells(column(["a", None, "c"]), column(["x", "y", "z"]), rows)) == ["x", None, "c"]
    assert plain(fill_cells(column([1, None, 3], dtype="Int64"), column([7, 8, 9]), ~rows)) == [1, 8, 9]
