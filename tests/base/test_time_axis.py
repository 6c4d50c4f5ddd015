"""Frequencies read off stamps, gaps in them, and stamps made anew."""

import numpy as np
import pandas as pd
import pytest

from synthfast.base.series_layout import SeriesLayout
from synthfast.base.time_axis import TimeAxis
from synthfast.exceptions import DataError, SeriesWarning

FREQUENCIES = ["h", "15min", "D", "B", "W-SAT", "MS", "ME", "QS", "QE-NOV", "YS", "YE", "2h", "3D"]


@pytest.mark.parametrize("freq", FREQUENCIES)
def test_frequency_is_found_and_goes_on(freq):
    index = pd.date_range("2021-03-01", periods=60, freq=freq, name="when")
    axis, place = TimeAxis.read(pd.DatetimeIndex(index.to_numpy(), name="when"), "test")
    np.testing.assert_array_equal(place, np.arange(60))
    pd.testing.assert_index_equal(axis.stamps(0, 60), index.as_unit(axis.unit), exact="equiv")
    assert (axis.stamps(60, 5) == pd.date_range(index[-1], periods=6, freq=freq)[1:]).all()
    assert TimeAxis(**axis.to_dict()) == axis


@pytest.mark.parametrize("freq", FREQUENCIES)
def test_gaps_keep_the_frequency(freq):
    index = pd.date_range("2021-03-01", periods=80, freq=freq)
    kept = np.setdiff1d(np.arange(80), [11, 12, 40, 63])
    axis, place = TimeAxis.read(pd.DatetimeIndex(index[kept].to_numpy()), "test")
    np.testing.assert_array_equal(place, kept)
    assert (axis.stamps(0, 80) == index).all()


def test_time_zones_and_the_hour_that_comes_twice():
    index = pd.date_range("2021-10-25", periods=24 * 14, freq="h", tz="Europe/Berlin")
    axis, place = TimeAxis.read(index.delete([100, 101]), "test")
    assert place[-1] == 24 * 14 - 1
    assert (axis.stamps(0, len(index)) == index).all()
    days = pd.date_range("2021-03-01", periods=60, freq="D", tz="Europe/Berlin")
    axis, place = TimeAxis.read(days.delete([30]), "test")
    assert place[-1] == 59
    assert (axis.stamps(0, 60) == days).all()


def test_periods_and_whole_numbers():
    index = pd.period_range("1999Q4", periods=20, freq="Q")
    axis, place = TimeAxis.read(index.delete([3]), "test")
    assert place[-1] == 19
    assert (axis.stamps(20, 2) == pd.period_range("2004Q4", periods=2, freq="Q")).all()
    axis, place = TimeAxis.read(pd.Index([1990, 1995, 2000, 2010]), "test")
    np.testing.assert_array_equal(place, [0, 1, 2, 4])
    assert axis.stamps(5, 2).tolist() == [2015, 2020]


@pytest.mark.parametrize(
    ("index", "error", "words"),
    [
        (pd.Index(["a", "b", "c"]), TypeError, "whole numbers"),
        (pd.Index([0.0, 0.5, 1.0]), TypeError, "whole numbers"),
        (pd.MultiIndex.from_product([[0, 1], [0, 1]]), TypeError, "2 levels"),
        (pd.DatetimeIndex(["2020-01-01", "2020-01-02"]), DataError, "at least 3"),
        (pd.DatetimeIndex(["2020-01-01", "2020-01-02", "2020-03-07 05:00", "2021-01-01"]), DataError, "one frequency"),
        (pd.Index([1, 2, 3, 500]), DataError, "one frequency"),
    ],
)
def test_no_axis(index, error, words):
    with pytest.raises(error, match=words):
        TimeAxis.read(index, "test")


def test_containers_are_read_and_built():
    import polars as pl

    days = pd.date_range("2021-01-01", periods=30, freq="D")
    frame = pd.DataFrame({"b": np.arange(30), "a": np.arange(30) / 2}, index=days)
    layout, values = SeriesLayout.read(frame, "test")
    built = layout.build(np.stack([values, values]), 0)
    assert built[1].dtypes.tolist() == [np.dtype("int64"), np.dtype("float64")]
    pd.testing.assert_frame_equal(built[1], frame, check_freq=False)
    other = SeriesLayout.from_dict(layout.to_dict())
    assert other == layout
    polar = pl.DataFrame({"day": days.to_numpy(), "b": np.arange(30), "a": np.arange(30) / 2})
    layout, values = SeriesLayout.read(polar, "test")
    built = layout.build(np.stack([values, values]), 0)
    assert built.columns == ["series", "day", "b", "a"]
    assert built.filter(pl.col("series") == 1).drop("series").equals(polar.cast(built.drop("series").schema))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (pd.DataFrame({"day": pd.date_range("2020", periods=30), "x": np.arange(30.0)}), "set_index"),
        (pd.DataFrame({"x": list("abc") * 10}), "real numbers"),
        (pd.DataFrame([[1.0, 2.0]] * 20, columns=["a", "a"]), "without repetition"),
        (pd.DataFrame({"x": [2**60 + i for i in range(30)]}), r"2\*\*53"),
        (pd.DataFrame(), "shape"),
    ],
)
def test_frames_that_cannot_be_read(data, words):
    with pytest.raises((TypeError, DataError), match=words):
        SeriesLayout.read(data, "test")


def test_gaps_are_said():
    days = pd.date_range("2021-01-01", periods=30, freq="D").delete([4])
    with pytest.warns(SeriesWarning, match="1 of 30 times have no row"):
        _, values = SeriesLayout.read(pd.Series(np.arange(29.0), index=days), "test")
    assert np.isnan(values[4, 0])
