from decimal import Decimal

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


def codec_of(values, **options):
    return make_codec(pd.DataFrame({"x": values}), **options)


def test_decoding_rounds_to_decimals_and_clips_to_the_range():
    codec = codec_of([0.25] * 5 + [1.5, 2.75] + [9.5] * 5)
    assert decode(codec, [0.2549, -4.0, 99.0, 2.745001]).tolist() == [0.25, 0.25, 9.5, 2.75]


def test_decoded_decimals_are_the_floats_that_texts_give():
    codec = codec_of(np.arange(0, 1000) / 100)
    noisy = np.arange(0, 1000) / 100 + 1e-4
    assert [repr(value) for value in decode(codec, noisy)] == [repr(i / 100) for i in range(1000)]


@pytest.mark.parametrize("dtype", ["float16", "float32", "Float32"])
def test_short_floats_are_coded_as_the_decimals_that_they_stand_for(dtype):
    tenths = np.arange(-600, 600) / 10
    frame = pd.DataFrame({"x": pd.Series(tenths, dtype=dtype)})
    frame.loc[3, "x"] = np.nan
    codec = make_codec(frame)
    coded = codec.encode(Table.from_any(frame))["x"].values
    assert np.isnan(coded[3])
    assert np.delete(coded, 3).tolist() == np.delete(tenths, 3).tolist()
    assert codec.encode_value("x", frame["x"][610]) == tenths[610]
    pd.testing.assert_frame_equal(round_trip(frame), frame)


def test_decoding_keeps_to_steps():
    codec = codec_of(np.arange(0, 100) * 0.25)
    assert decode(codec, [0.3, 0.4, 99.0]).tolist() == [0.25, 0.5, 26.0]
    codec = codec_of(np.arange(0, 100) * 500)
    assert decode(codec, [700, 800, 1e9]).tolist() == [500, 1000, 50_000]


def test_negative_zero_becomes_zero():
    codec = codec_of([-1.0, -0.5, 0.0, 0.5, 1.0] * 5)
    assert not np.signbit(decode(codec, [-0.01]).to_numpy())[0]


def test_integers_stay_inside_of_their_dtype():
    for dtype in ("int8", "uint8", "int16", "int64", "uint64", "Int8", "UInt64"):
        bounds = np.iinfo(dtype.lower())
        codec = codec_of(pd.Series([int(bounds.min), 3, int(bounds.max)], dtype=dtype))
        out = decode(codec, codec.encode(Table.from_any(pd.DataFrame({"x": pd.Series([3], dtype=dtype)})))["x"].values)
        assert out.dtype == dtype
        bounds_in_codes = codec.bounds("x")
        wide = decode(codec, [bounds_in_codes.minimum - 1e25, bounds_in_codes.maximum + 1e25])
        assert wide.tolist() == [int(bounds.min), int(bounds.max)]


def test_integers_past_2_53_are_exact_offsets():
    values = 2**60 + np.array([0, 1, 2, 3, 12_345_678_901], dtype=np.int64)
    codec = codec_of(values)
    coded = codec.encode(Table.from_any(pd.DataFrame({"x": values})))["x"].values
    assert np.array_equal(np.diff(coded), np.diff(values))
    assert decode(codec, coded).tolist() == values.tolist()
    assert codec.encode_value("x", 2**60 + 1) - codec.encode_value("x", 2**60) == 1


def test_values_below_the_offset_are_negative():
    codec = codec_of(2**60 + np.arange(100, 200))
    other = pd.DataFrame({"x": 2**60 + np.array([0, 150], dtype=np.int64)})
    coded = codec.encode(Table.from_any(other))["x"].values
    assert coded[1] - coded[0] == 150
    assert coded[0] < 0


def test_infinity_in_new_data_is_told():
    codec = codec_of([1.5, 2.5])
    with pytest.raises(SchemaError, match=r"'x': expected finite numbers.*row 1"):
        codec.encode(Table.from_any(pd.DataFrame({"x": [1.5, np.inf]})))


def test_numbers_as_text_are_written_as_they_were():
    texts = [f"{x:.2f}" for x in np.random.Generator(np.random.Philox(1)).gamma(2, 50, 300)]
    codec = codec_of(texts)
    assert decode(codec, [1.0, 12.3456]).tolist() == ["1.00", "12.35"]
    frame = pd.DataFrame({"x": [f"${x:,.2f}" if i % 9 else "n/a" for i, x in enumerate(np.geomspace(1, 1e7, 300))]})
    pd.testing.assert_frame_equal(round_trip(frame), frame)
    other = Table.from_any(pd.DataFrame({"x": ["1.50", "abc"]}))
    with pytest.raises(SchemaError, match=r"'x': expected every text in the format '\{fixed\}', got 'abc'"):
        codec.encode(other)


def test_values_for_conditions():
    codec = codec_of([1.5, 2.5, 3.5])
    assert codec.encode_value("x", 2) == 2.0
    assert codec.encode_value("x", np.float32(2.5)) == 2.5
    assert codec.encode_value("x", "12") == 12.0
    for missing in (None, np.nan, pd.NA, pd.NaT):
        assert codec.encode_value("x", missing) is None
    with pytest.raises(ConditionError, match=r"'x': expected a number, got \[1\]"):
        codec.encode_value("x", [1])


@pytest.mark.parametrize(
    "value", [np.inf, "-inf", "1e400", 10**400, Decimal("1e400")], ids=["inf", "-inf", "text", "int", "Decimal"]
)
def test_infinite_conditions_are_told(value):
    with pytest.raises(ConditionError, match="finite"):
        codec_of([1.5, 2.5]).encode_value("x", value)


@pytest.mark.parametrize("kind", [int, str, np.int64, float, Decimal])
def test_whole_numbers_past_2_53_are_read_exactly(kind):
    codec = codec_of(2**60 + np.arange(1_000, dtype=np.int64))
    origin = int(codec.column("x").minimum)
    for value in (2**60 + 256, 2**60 + 512) if kind is float else (2**60 + 1, 2**60 + 257, 2**60 + 999):
        assert codec.encode_value("x", kind(value)) == value - origin


WIDE = np.array([-(2**62), -1, 0, 2**40 + 1, 2**62 + 1], dtype=np.int64)


def test_whole_numbers_that_no_code_is_exact_for_are_refused():
    codec = codec_of(WIDE)
    origin = int(codec.column("x").minimum)
    held = 2**50 * 3
    assert int(codec.encode_value("x", held)) + origin == held
    for value in (held + 1, str(held + 1), np.uint64(held + 1)):
        with pytest.raises(ConditionError, match=rf"'x': no row can have exactly the value .*{held + 1}.* is {held}\."):
            codec.encode_value("x", value)


def test_ends_of_ranges_move_inside_to_numbers_that_have_a_code():
    codec = codec_of(WIDE)
    held = 2**50 * 3
    for asked in (held + 1, held - 1):
        low, high = (codec.encode_end("x", asked, upward=upward) for upward in (True, False))
        above, below = decode(codec, [low, high]).tolist()
        assert below < asked < above
        assert above - below <= 1_024  # codes lie between 2**62 and 2**63, where floats are so far apart
    assert codec.encode_end("x", held, upward=True) == codec.encode_end("x", held, upward=False)


def test_the_largest_number_has_a_code_though_its_distance_is_no_float():
    largest = 2**63 - 1
    codec = codec_of(np.repeat(np.array([-5, 3, largest], dtype=np.int64), 5))
    code = codec.encode_value("x", largest)
    assert decode(codec, [code]).tolist() == [largest]
    with pytest.raises(ConditionError, match=f"nearest that one can have is {largest}"):
        codec.encode_value("x", largest - 1)
    assert codec.encode_end("x", largest - 1, upward=False) < code


@pytest.mark.parametrize("dtype", ["int64", "float64", "Int8"])
def test_numbers_between_whole_ones_are_refused_and_moved(dtype):
    codec = codec_of(pd.Series(np.arange(50), dtype=dtype))
    with pytest.raises(ConditionError, match=r"exactly the value 2\.5; the nearest that one can have is 2"):
        codec.encode_value("x", 2.5)
    assert codec.encode_end("x", 2.2, upward=True) == 3
    assert codec.encode_end("x", "7.9", upward=False) == 7
    assert codec.encode_end("x", -99.5, upward=True) == -99.5  # beyond all numbers it stays where it is
    assert codec.encode_end("x", 1e6, upward=True) == 1e6


def test_ends_of_ranges_move_to_whole_steps():
    codec = codec_of(np.arange(0, 100) * 5)
    assert codec.encode_end("x", 3, upward=True) == 5
    assert codec.encode_end("x", 9, upward=False) == 5
    assert codec.encode_end("x", 10, upward=True) == codec.encode_value("x", 10) == 10


def test_decimals_are_compared_by_their_digits():
    codec = codec_of([Decimal(i) / 100 for i in range(1_000)])
    for value in (Decimal("1.23"), 1.23, "1.23"):
        assert codec.encode_value("x", value) == 1.23
    with pytest.raises(ConditionError, match=r"'1\.234'; the nearest that one can have is 1\.23"):
        codec.encode_value("x", "1.234")
    assert codec.encode_end("x", "1.234", upward=True) == 1.24


def test_floats_stand_for_what_rounds_to_them():
    codec = codec_of([0.1, 0.25, 1e23, 7e25])
    assert codec.encode_value("x", "1e23") == 1e23
    assert codec.encode_value("x", "0.1") == codec.encode_value("x", 0.1) == 0.1
    assert codec.encode_value("x", "1e-999999999") == 0.0
    codec = codec_of(np.array([2.0**60, 2.0**61, 2.0**62 + 2.0**20]))
    assert codec.encode_value("x", 2**60 + 256) == 2.0**60 + 256
    with pytest.raises(ConditionError, match="no row can have exactly"):
        codec.encode_value("x", 2**60 + 1)
