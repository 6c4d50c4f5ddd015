import pytest

from synthfast.exceptions import DataError
from synthfast.io.formats import ENDINGS, TableFormat, format_of


@pytest.mark.parametrize("ending", ENDINGS)
def test_endings_in_either_case(ending):
    assert format_of(f"some.dir/my.table{ending}") == ENDINGS[ending]
    assert format_of(f"A{ending.upper()}") == ENDINGS[ending]


def test_the_longest_ending_decides():
    assert format_of("a.tsv.gz") == TableFormat("csv", "\t", gzipped=True)


@pytest.mark.parametrize("name", ["table", "table.xlsx", "csv", "table.csv.bak", "x.gz", ""])
def test_unknown_endings_name_the_known_ones(name):
    with pytest.raises(DataError, match=r"\.csv, \.csv\.gz.*\.parquet"):
        format_of(name)
