import numpy as np
import pytest
from reference import code_rows as twin

from synthfast._ext._code_rows import add_tables, fill_differences, fill_standardised, take_codes

SIZES = [0, 1, 2, 17, 300]


def random_codes(n, n_columns=4, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n_columns, n)).astype(np.uint8)


def random_rows(n, m, n_boundaries, seed=1):
    """Rows, some of them twice and some not at all, and the boundary that each is held against."""
    rng = np.random.default_rng(seed)
    return rng.integers(0, n, m).astype(np.int32), rng.integers(0, n_boundaries, m).astype(np.uint16)


def frozen(*arrays):
    for array in arrays:
        array.flags.writeable = False
    return arrays


@pytest.mark.parametrize("m", SIZES)
@pytest.mark.parametrize("columns", [[], [2], [3, 0, 0, 2, 1]])
def test_codes_taken_agree_with_their_twin(columns, m):
    rng = np.random.default_rng(2)
    tables = rng.integers(0, 256, (len(columns), 256)).astype(np.uint8)
    rows, _ = random_rows(100, m, 1)
    task = frozen(random_codes(100), np.array(columns, np.int32), tables, rows)
    out = np.full((len(columns) + 2, m), 77, np.uint8)
    take_codes(*task, out)
    np.testing.assert_array_equal(out[: len(columns)], np.array(twin.take_codes(*task)).reshape(len(columns), m))
    assert (out[len(columns) :] == 77).all()


def test_no_rows_at_all_are_taken():
    out = np.empty((1, 0), np.uint8)
    none, column = np.empty(0, np.int32), np.zeros(1, np.int32)
    take_codes(random_codes(0), column, np.zeros((1, 256), np.uint8), none, out)
    fill_differences(random_codes(0)[0], none, none.astype(np.uint16), np.empty(0, np.int16), 1, out[0])
    fill_standardised(np.empty(0, np.float32), none, none.astype(np.uint16), np.empty(0, np.float32), 1.0, out[0])
    add_tables(random_codes(0), column, np.zeros((1, 256), np.float32), np.empty(0, np.float32))


@pytest.mark.parametrize("m", SIZES)
@pytest.mark.parametrize("sign", [1, -1])
def test_differences_agree_with_their_twin(sign, m):
    boundary = np.array([-32768, -129, -128, -127, -1, 0, 1, 100, 255, 256, 32767], np.int16)
    rows, position = random_rows(100, m, len(boundary))
    task = frozen(random_codes(100)[0], rows, position, boundary)
    out = np.full(m, 77, np.uint8)
    fill_differences(*task, sign, out)
    np.testing.assert_array_equal(out, twin.fill_differences(*task, sign))
    if m == 300:
        assert {0, 255} < set(out.tolist())


def test_differences_are_cut_off_and_not_wrapped():
    codes = np.arange(256, dtype=np.uint8)
    rows, out = np.arange(256, dtype=np.int32), np.empty(256, np.uint8)
    for boundary in (-32768, -128, 0, 127, 128, 255, 32767):
        for sign in (1, -1):
            fill_differences(codes, rows, np.zeros(256, np.uint16), np.array([boundary], np.int16), sign, out)
            np.testing.assert_array_equal(out, np.clip(128 + sign * (np.arange(256) - boundary), 0, 255))


@pytest.mark.parametrize("m", SIZES)
@pytest.mark.parametrize("scale", [0.0, 1.0, 32.0, -20.5, 1e-30, 1e30])
def test_standardised_agree_with_their_twin(scale, m):
    boundary = np.array([-1e4, -3.0, -0.25, 0.0, 0.7, 2.0, 1e4], np.float32)
    rows, position = random_rows(100, m, len(boundary))
    z = np.random.default_rng(3).normal(0, 2, 100).astype(np.float32)
    task = frozen(z, rows, position, boundary)
    out = np.full(m, 77, np.uint8)
    fill_standardised(*task, scale, out)
    np.testing.assert_array_equal(out, twin.fill_standardised(*task, scale))
    if m == 300:
        assert len(np.unique(out)) > 50 or scale in (0.0, 1.0, 1e-30, 1e30)


def test_standardised_are_rounded_down_and_cut_off():
    value = [
        -np.inf,
        -3e38,
        -200.5,
        -129.0,
        -128.0,
        -127.5,
        -1.0,
        -0.001,
        0.0,
        0.999,
        1.0,
        126.5,
        127.0,
        128.0,
        3e38,
        np.inf,
    ]
    expected = [0, 0, 0, 0, 0, 0, 127, 127, 128, 128, 129, 254, 255, 255, 255, 255]
    z, rows, out = np.array(value, np.float32), np.arange(16, dtype=np.int32), np.empty(16, np.uint8)
    fill_standardised(z, rows, np.zeros(16, np.uint16), np.zeros(1, np.float32), 1.0, out)
    assert out.tolist() == expected


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("columns", [[], [1], [0, 3, 3, 2]])
def test_tables_added_agree_with_their_twin(columns, n):
    rng = np.random.default_rng(4)
    tables = rng.normal(0, 10.0 ** rng.integers(-6, 6, (len(columns), 1)), (len(columns), 256)).astype(np.float32)
    task = frozen(random_codes(n), np.array(columns, np.int32), tables)
    z = rng.normal(size=n).astype(np.float32)
    expected = twin.add_tables(*task, z)
    add_tables(*task, z)
    assert z.tobytes() == expected.tobytes()


def test_strided_input_is_refused():
    rows, position = random_rows(50, 10, 3)
    with pytest.raises(ValueError):
        fill_differences(random_codes(100)[0, ::2], rows, position, np.zeros(3, np.int16), 1, np.empty(10, np.uint8))
    with pytest.raises(ValueError):
        add_tables(random_codes(100)[:, ::2], np.zeros(1, np.int32), np.zeros((1, 256), np.float32), np.zeros(50, "f4"))
