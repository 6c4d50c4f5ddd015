import numpy as np
import pyarrow as pa
import pytest

from synthfast.io.csv_types import typed_column


def typed(*chunks):
    return typed_column(pa.chunked_array(list(chunks), pa.string()))


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        (["1", "-2", "0"], "int64", [1, -2, 0]),
        (["1", None], "int64", [1, None]),
        (["9223372036854775807", "-9223372036854775808"], "int64", [2**63 - 1, -(2**63)]),
        (["9007199254740993"], "int64", [2**53 + 1]),
        (["18446744073709551615", "0"], "uint64", [2**64 - 1, 0]),
        (["1", "2.5"], "double", [1.0, 2.5]),
        (["1.0", "2.0"], "double", [1.0, 2.0]),
        (["1e5", ".5", "5.", "-0.5", "0.25", "0e3"], "double", [1e5, 0.5, 5.0, -0.5, 0.25, 0.0]),
        (["inf", "-inf", "1"], "double", [np.inf, -np.inf, 1.0]),
        ([" 39", "40 ", "+5"], "int64", [39, 40, 5]),
        (["1", "None", "-nan", "#NA"], "int64", [1, None, None, None]),
        (["None", "1.5"], "double", [None, 1.5]),
        ([None, None], "double", [None, None]),
        ([], "double", []),
        (["True", "False", None], "bool", [True, False, None]),
        (["TRUE", "FALSE"], "bool", [True, False]),
        (["false", "false"], "bool", [False, False]),
    ],
)
def test_values_that_have_a_narrower_type(values, kind, expected):
    column = typed(values)
    assert str(column.type) == kind
    assert column.to_pylist() == expected


@pytest.mark.parametrize(
    "values",
    [
        ["00713", "12345"],
        ["12345", "00713"],
        ["-07", "1"],
        ["0x1F", "2"],
        ["007.5", "1.5"],
        ["99999999999999999999", "18446744073709551616"],  # past every integer type: digits would be lost
        ["1", "two"],
        ["1_000"],
        ["1,000"],
        ["2020-01-01"],
        ["2020-01-01 10:00:00"],
        ["10:30"],
        ["True", "yes"],
        ["True", "FALSE"],
        ["None", "Norm", ">8"],
        ["?", "1"],
        ["nan-ish", "1"],
        [" padded text "],
        ["12", "V57", "250.83"],
        ["None", None],
    ],
)
def test_everything_else_stays_the_text_it_was(values):
    column = typed(values)
    assert column.type == pa.string()
    assert column.to_pylist() == values


def test_a_long_whole_number_among_decimals_is_a_decimal():
    assert typed(["1.5", "99999999999999999999"]).to_pylist() == [1.5, 1e20]


def test_the_law_looks_at_every_value_not_only_at_the_probe():
    rows = [str(i) for i in range(1, 5_000)]
    assert typed(rows).type == pa.int64()
    rows[3_300] = "3.25"
    assert typed(rows).type == pa.float64()
    rows[3_300] = "x"
    assert typed(rows).to_pylist() == rows
    rows[3_300] = "03"
    assert typed(rows).to_pylist() == rows


def test_chunks_do_not_matter():
    rows = [None, None, "1", "2", "3.5", None]
    for cuts in ([rows], [rows[:2], rows[2:3], rows[3:]], [[], rows, []]):
        assert typed(*cuts).to_pylist() == [None, None, 1.0, 2.0, 3.5, None]


def test_decimals_are_read_to_the_nearest_double():
    rng = np.random.default_rng(5)
    values = rng.normal(size=2_000) * 10.0 ** rng.integers(-300, 300, 2_000)
    assert typed([repr(v) for v in values.tolist()]).to_numpy().tolist() == values.tolist()
