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


def test_infinite_conditions_are_told():
    with pytest.raises(ConditionError, match="finite"):
        codec_of([1.5, 2.5]).encode_value("x", np.inf)
