import datetime as dt

import numpy as np
import pandas as pd
import pytest
from round_trip import make_codec, round_trip

from synthfast._core.frames import Table
from synthfast._core.random import Stream
from synthfast.exceptions import ConditionError, SchemaError


def decode(codec, values, name="x"):
    values = np.asarray(values, dtype=float)
    return codec.build(codec.decode({name: values}, n_rows=len(values), stream=Stream.from_seed(0)))[name]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "UTC", "Australia/Lord_Howe"])
@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_zoned_times_come_back_over_clock_changes(zone, unit):
    hours = pd.date_range("2023-03-20", "2023-11-10", freq="37min", tz="UTC").tz_convert(zone).as_unit(unit)
    midnights = pd.date_range("2023-01-01", "2023-12-31", tz=zone).as_unit(unit)
    for stamps in (hours, midnights):
        frame = pd.DataFrame({"x": stamps})
        pd.testing.assert_frame_equal(round_trip(frame), frame)


def test_midnights_stay_midnights():
    codec = make_codec(pd.DataFrame({"x": pd.date_range("2023-01-01", periods=300, tz="Europe/Berlin")}))
    out = decode(codec, np.linspace(0, 299, 777))
    assert (out.dt.hour == 0).all()


def test_decoding_rounds_to_the_resolution_and_clips_to_the_range():
    codec = make_codec(pd.DataFrame({"x": pd.date_range("2023-01-10", periods=20)}))
    bounds = codec.bounds("x")
    assert (bounds.minimum, bounds.step) == (0.0, 1.0)
    low = codec.schema["x"].minimum
    out = decode(codec, [3.4, -7.0, 1e9, np.nan])
    assert out[0] == pd.Timestamp(low) + pd.Timedelta(days=3)
    assert out[1] == pd.Timestamp(low)
    assert out[2] == pd.Timestamp(codec.schema["x"].maximum)
    assert out.isna().tolist() == [False, False, False, True]


def test_times_far_from_now_and_nanoseconds():
    frame = pd.DataFrame({"x": np.array(["0001-01-01", "9999-12-31", "1582-10-15"], dtype="M8[s]")})
    pd.testing.assert_frame_equal(round_trip(frame), frame)
    frame = pd.DataFrame({"x": pd.to_datetime([10**18 + 1, 10**18 + 7, 10**18 + 10**9])})
    pd.testing.assert_frame_equal(round_trip(frame), frame)


@pytest.mark.parametrize(
    "texts",
    [
        pd.date_range("1999-12-25", periods=60).strftime("%Y-%m-%d"),
        pd.date_range("1999-12-25", periods=60, freq="7h").strftime("%d/%m/%Y %H:%M"),
        [f"{d.month}/{d.day}/{d.year}" for d in pd.date_range("1999-12-25", periods=60)],
        [None if i % 5 == 0 else f"2024-01-{i % 28 + 1:02d}T00:00:00Z" for i in range(60)],
        ["" if i % 5 == 0 else f"2024-01-{i % 28 + 1:02d}" for i in range(60)],
        [f"{i % 24:02d}:{i % 60:02d}:{i * 7 % 60:02d}" for i in range(60)],
    ],
    ids=lambda texts: str(texts[1]),
)
@pytest.mark.parametrize("dtype", ["str", "string", object])
def test_dates_as_text_come_back_letter_for_letter(texts, dtype):
    frame = pd.DataFrame({"x": pd.Series(texts, dtype=dtype)})
    assert make_codec(frame).kind("x") == "numeric"
    pd.testing.assert_frame_equal(round_trip(frame), frame)


@pytest.mark.parametrize("dtype", ["int64", "int32", "float64", "Int64"])
def test_days_as_whole_numbers_come_back(dtype):
    days = pd.Series(pd.date_range("1999-01-01", periods=300).strftime("%Y%m%d")).astype("int64").astype(dtype)
    if dtype in ("float64", "Int64"):
        days[::7] = None
    frame = pd.DataFrame({"x": days})
    pd.testing.assert_frame_equal(round_trip(frame), frame)
    out = decode(make_codec(frame), np.arange(40.0))
    assert out.nunique() == 40
    assert pd.to_datetime(out.astype("int64").astype(str), format="%Y%m%d").is_monotonic_increasing


def test_text_of_another_format_in_new_data_is_told():
    codec = make_codec(pd.DataFrame({"x": pd.date_range("1999-12-25", periods=60).strftime("%Y-%m-%d")}))
    with pytest.raises(SchemaError, match=r"'x': expected every text in the format '%Y-%m-%d', got '1\.2\.2000'"):
        codec.encode(Table.from_any(pd.DataFrame({"x": ["2000-01-01", "1.2.2000"]})))


def test_dates_for_conditions():
    codec = make_codec(pd.DataFrame({"x": pd.date_range("2023-01-01", periods=31)}))
    expected = codec.encode_value("x", "2023-01-05")
    for value in (
        dt.date(2023, 1, 5),
        dt.datetime(2023, 1, 5),
        np.datetime64("2023-01-05"),
        pd.Timestamp("2023-01-05"),
    ):
        assert codec.encode_value("x", value) == expected
    assert codec.encode_value("x", pd.NaT) is None
    for value in ("yesterday-ish", 3.5j, "2023-01-05T00:00:00+01:00"):
        with pytest.raises(ConditionError, match="'x': expected a datetime such as"):
            codec.encode_value("x", value)


def test_zoned_dates_for_conditions():
    stamps = pd.date_range("2023-06-01", periods=100, freq="h", tz="Europe/Berlin")
    codec = make_codec(pd.DataFrame({"x": stamps}))
    local = codec.encode_value("x", "2023-06-02 10:00")
    assert local == codec.encode_value("x", pd.Timestamp("2023-06-02 08:00", tz="UTC"))
    assert decode(codec, [local])[0] == pd.Timestamp("2023-06-02 10:00", tz="Europe/Berlin")


def test_times_that_no_row_can_have_are_refused_and_ends_of_ranges_move_inside():
    codec = make_codec(pd.DataFrame({"x": pd.date_range("2023-01-01", periods=31)}))
    fifth = codec.encode_value("x", "2023-01-05")
    with pytest.raises(ConditionError, match=r"exactly the value '2023-01-05 18:00'; .* can have is 2023-01-06\."):
        codec.encode_value("x", "2023-01-05 18:00")
    assert codec.encode_end("x", "2023-01-05 06:00", upward=True) == fifth + 1
    assert codec.encode_end("x", "2023-01-05 18:00", upward=False) == fifth
    assert {codec.encode_end("x", "2023-01-05", upward=upward) for upward in (True, False)} == {fifth}
    assert codec.encode_end("x", "1999-01-01 06:00", upward=True) < 0
    assert codec.encode_end("x", None, upward=True) is None


def test_nanoseconds_over_more_than_2_53_of_them():
    stamps = pd.to_datetime([0, 10**17, 2 * 10**17 + 1, 3 * 10**17 + 3], unit="ns")
    codec = make_codec(pd.DataFrame({"x": stamps}))
    with pytest.raises(ConditionError, match="no row can have exactly"):
        codec.encode_value("x", stamps[3])
    low, high = (codec.encode_end("x", stamps[3], upward=upward) for upward in (True, False))
    drawn = decode(codec, [low, high])
    assert drawn[1] < stamps[3] < drawn[0]
    assert drawn[0] - drawn[1] <= pd.Timedelta(64, unit="ns")  # 3e17 lies in [2**58, 2**59): floats are 64 apart


def test_spans_for_conditions():
    codec = make_codec(pd.DataFrame({"x": pd.to_timedelta(np.arange(100), unit="h")}))
    assert codec.encode_value("x", dt.timedelta(hours=5)) == codec.encode_value("x", "5h") == 5.0
    assert codec.encode_value("x", np.timedelta64(180, "m")) == 3.0
    with pytest.raises(ConditionError, match=r"exactly the value '90min'; the nearest that one can have is 2 hours"):
        codec.encode_value("x", "90min")
    with pytest.raises(ConditionError, match="expected a timedelta such as"):
        codec.encode_value("x", "soon")
