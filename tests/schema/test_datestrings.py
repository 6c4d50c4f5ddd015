import numpy as np
import pyarrow as pa
import pytest

from synthfast.schema.dateformats import all_formats
from synthfast.schema.datestrings import find_date_format, parse_dates, write_dates


def texts(*values):
    return pa.array(values, pa.large_string())


def found(*values):
    return find_date_format(texts(*values), list(values))


def test_every_format_writes_what_it_reads():
    stamps = np.random.Generator(np.random.Philox(1)).integers(0, 2**31, 50)
    for pattern in all_formats():
        written = write_dates(stamps, "s", pattern)
        values, unit = parse_dates(written, pattern)
        assert write_dates(values, unit, pattern).equals(written), pattern
        assert parse_dates(texts("x", *written.to_pylist()), pattern) is None, pattern


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_reading_agrees_with_numpy(unit):
    digits = {"s": 0, "ms": 3, "us": 6, "ns": 9}[unit]
    pattern = "%Y-%m-%dT%H:%M:%S" + (f".%{digits}f" if digits else "")
    expected = (
        np.random.Generator(np.random.Philox(2)).integers(-(10**9), 4 * 10**9, 500) * 10**digits
        + 7**digits % 10**digits
    )
    iso = np.datetime_as_string(expected.view(f"M8[{unit}]")).tolist()
    assert write_dates(expected, unit, pattern).to_pylist() == iso
    values, read_unit = parse_dates(texts(*iso), pattern)
    assert read_unit == unit
    np.testing.assert_array_equal(values, expected)


@pytest.mark.parametrize(
    ("values", "pattern"),
    [
        (["2024-01-03", "2023-12-31"], "%Y-%m-%d"),
        (["2024-01-03 10:00:00", "2023-12-31 23:59:59"], "%Y-%m-%d %H:%M:%S"),
        (["2024-01-03T10:00:00Z"], "%Y-%m-%dT%H:%M:%SZ"),
        (["2024-01-03T10:00:00.123456+00:00"], "%Y-%m-%dT%H:%M:%S.%6f+00:00"),
        (["2023-11-24T22:34:55+02:00", "2024-07-01T00:00:00+02:00"], "%Y-%m-%dT%H:%M:%S+02:00"),
        (["2023-11-24 22:34:55-0530"], "%Y-%m-%d %H:%M:%S-0530"),
        (["01/02/2024", "12/31/2024"], "%m/%d/%Y"),
        (["01/02/2024", "31/12/2024"], "%d/%m/%Y"),
        (["01.02.2024", "03.04.2024"], "%d.%m.%Y"),
        (["1/2/2024", "12/31/2024"], "%-m/%-d/%Y"),
        (["1/2/2024 9:05", "12/31/2024 10:00"], "%-m/%-d/%Y %-H:%M"),
        (["01/02/2015 03:04:05 PM"], "%m/%d/%Y %I:%M:%S %p"),
        (["03-Jan-2024", "31-Dec-2023"], "%d-%b-%Y"),
        (["20240103", "19991231"], "%Y%m%d"),
        (["2024-01", "2023-12"], "%Y-%m"),
        (["1974Q1", "1980Q4"], "%YQ%q"),
        (["Q1 1974", "Q4 1980"], "Q%q %Y"),
        (["01-JAN-20", "31-DEC-99"], "%d-%B-%y"),
        (["1/2/99", "12/31/05"], "%-m/%-d/%y"),
        (["Jan-1-1995", "Dec-10-1999"], "%b-%-d-%Y"),
        (["Jan 1995", "Dec 1999"], "%b %Y"),
        (["10:00:00", "23:59:59"], "%H:%M:%S"),
        (["0001-01-01", "9999-12-31"], "%Y-%m-%d"),
    ],
)
def test_formats_are_found(values, pattern):
    assert found(*values) == pattern


@pytest.mark.parametrize(
    "values",
    [
        ["2024-02-30"], ["2023-02-29"], ["2024-13-01"], ["0000-01-01"], ["25:00:00"], ["12345678"], ["123-456-7890"],
        ["2024-01-03", "2024-1-4"], ["2024-01-03", "n/a"], ["2024-01-03", "2024-01-03 10:00"], ["2024-01-03 "],
        ["2024-01-03 10:00:00", "2024-01-03 10:00:60"], ["١٢٣٤-٠١-٠١"], ["abc-de-fg"], ["01/1/2024", "1/01/2024"],
        ["1.2.3"], ["1974Q5"], [],
    ],
)  # fmt: skip
def test_other_texts_are_not_dates(values):
    assert found(*values) is None


def test_finer_times_are_cut_to_the_format():
    assert write_dates(np.array([1_700_000_000_123]), "ms", "%Y-%m-%d").to_pylist() == ["2023-11-14"]


def test_many_rows_are_written_by_table():
    stamps = np.arange(0, 86_400 * 30, 997)
    for pattern in ("%Y-%m-%d %H:%M:%S", "%d %b %Y", "%I:%M:%S %p".join(["%Y/%m/%d ", ""])):
        one_by_one = [write_dates(stamps[i : i + 1], "s", pattern)[0].as_py() for i in range(0, len(stamps), 50)]
        assert write_dates(stamps, "s", pattern).to_pylist()[::50] == one_by_one
