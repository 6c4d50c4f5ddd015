import numpy as np
import pyarrow as pa
import pytest

from synthfast.schema.numberstrings import find_number_spelling, parse_numbers, write_numbers


def texts(values):
    return pa.array(values, pa.large_string())


@pytest.mark.parametrize(
    ("values", "spelling", "decimals"),
    [
        (["1.50", "-0.25", "100.00"], "{fixed}", 2),
        (["1", "-7", "0"], "{fixed}", 0),
        (["29.85", "1889.5", "108"], "{shortest}", 2),
        (["29.85", "1889.5", "108.0"], "{float}", 2),
        (["$1,234.50", "$-0.25", "$999.00"], "${,fixed}", 2),
        (["13.56%", "7.00%"], "{fixed}%", 2),
        (["EUR 12", "EUR 7.5"], "EUR {shortest}", 1),
        (["1,234,567 km", "5 km"], "{,fixed} km", 0),
    ],
)
def test_spellings_come_back(values, spelling, decimals):
    assert find_number_spelling(texts(values), values) == spelling
    numbers = parse_numbers(texts(values), spelling)
    assert write_numbers(numbers, spelling, decimals).to_pylist() == values


@pytest.mark.parametrize(
    "values",
    [
        ["1", "x"],
        ["01", "12"],
        ["1e5"],
        ["+1"],
        ["1,5"],
        ["-0", "1"],
        ["-0.00", "1.50"],
        ["1.50", "1.5"],
        [".5"],
        ["1" * 17],
        ["ID12", "ID13"],
        ["1,23", "5"],
        ["12 kg", "13 lb"],
        [],
    ],
)
def test_other_texts_are_not_numbers(values):
    assert find_number_spelling(texts(values), values) is None


def test_missing_numbers_are_nulls():
    assert write_numbers(np.array([1.5, np.nan]), "{fixed}", 1).to_pylist() == ["1.5", None]
