import numpy as np
import pytest
from reference.weave import weave

from synthfast._ext._weave import weave_columns


def woven(columns, n_rows, n_threads=1, past=0):
    out = np.full((n_rows, len(columns)), -1.0)
    weave_columns(columns, out, past, n_threads)
    return out


@pytest.mark.parametrize("past", [0, 1])
@pytest.mark.parametrize("n_columns", [0, 1, 3, 7, 8, 9, 16, 21])
@pytest.mark.parametrize("n_rows", [0, 1, 1023, 1024, 1500])
def test_agrees_with_its_twin(n_columns, n_rows, past):
    columns = np.random.default_rng(0).normal(size=(n_columns, n_rows + 5))
    np.testing.assert_array_equal(
        woven(columns, n_rows, past=past), np.reshape(weave(columns, n_rows), (n_rows, n_columns))
    )


@pytest.mark.parametrize("past", [0, 1])
@pytest.mark.parametrize("n_columns", [8, 9])
def test_threads_change_nothing(n_threads, n_columns, past):
    columns = np.random.default_rng(0).normal(size=(n_columns, 20_000))
    assert woven(columns, 20_000, n_threads, past).tobytes() == columns.T.tobytes()


def test_every_bit_passes():
    """Whole numbers pass as what their bits are as floats, not numbers among them."""
    bits = np.random.default_rng(0).integers(-(2**63), 2**63 - 1, (8, 1000), endpoint=True)
    bits[0] = np.array([0x7FF0000000000001], dtype=np.uint64).view(np.int64)  # a signalling NaN
    assert (woven(bits.view(np.float64), 1000).view(np.int64) == bits.T).all()


def test_read_only_columns_are_taken_and_strided_ones_refused():
    columns = np.random.default_rng(0).normal(size=(3, 100))
    columns.flags.writeable = False
    np.testing.assert_array_equal(woven(columns, 100), columns.T)
    with pytest.raises(ValueError):
        woven(columns[:, ::2], 50)
    fixed = np.zeros((100, 3))
    fixed.flags.writeable = False
    with pytest.raises(ValueError):
        weave_columns(columns, fixed, 0, 1)
