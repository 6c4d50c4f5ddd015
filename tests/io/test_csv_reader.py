import gzip

import pandas as pd
import pytest

from synthfast.exceptions import DataError, FileFormatError
from synthfast.io.csv_reader import read_csv

TABLES = ("adult_train", "bank_marketing", "beijing_pm25", "diabetes130", "diamonds", "shoppers")


@pytest.fixture
def csv_file(tmp_path):
    def write(content, name="t.csv"):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


@pytest.mark.parametrize("name", TABLES)
def test_real_tables_come_as_pandas_reads_them(real_path, real_table, name):
    frame, _ = read_csv(real_path(name))
    pd.testing.assert_frame_equal(frame, real_table(name), check_exact=True)


def test_types_of_a_mixed_file(csv_file):
    frame, style = read_csv(
        csv_file('id,n,x,flag,word,day,none\n007,1,1.5,TRUE,"a, ""b""",2020-01-01,\n013,NA,,FALSE,?,2020-02-30,\n')
    )
    assert frame.dtypes.astype(str).to_dict() == {
        "id": "str",
        "n": "Int64",
        "x": "float64",
        "flag": "bool",
        "word": "str",
        "day": "str",
        "none": "float64",
    }
    assert frame["word"].tolist() == ['a, "b"', "?"]
    assert frame["id"].tolist() == ["007", "013"]
    assert style.boolean_words == {"flag": ("TRUE", "FALSE")}


@pytest.mark.parametrize("word", ["", "NA", "N/A", "NaN", "nan", "null", "NULL", "<NA>", '""'])
def test_missing_words(csv_file, word):
    frame, _ = read_csv(csv_file(f"a,b\n{word},x\ny,{word}\n"))
    assert frame["a"].isna().tolist() == [True, False]
    assert frame["b"].isna().tolist() == [False, True]


@pytest.mark.parametrize("word", ["?", "None", "-", "N.A.", " ", "unknown"])
def test_words_that_are_levels(csv_file, word):
    frame, _ = read_csv(csv_file(f"a,b\n{word},x\ny,z\n"))
    assert frame["a"].tolist() == [word, "y"]


def test_names_are_taken_as_they_stand(csv_file):
    frame, _ = read_csv(csv_file(',NA,a b,1,"x,y",true\n0,1,2,3,4,5\n'))
    assert list(frame.columns) == ["", "NA", "a b", "1", "x,y", "true"]
    assert frame.iloc[0].tolist() == [0, 1, 2, 3, 4, 5]


def test_line_ends_blank_lines_and_quoted_line_ends(csv_file):
    frame, _ = read_csv(csv_file('\r\n\na,b\r\n"one\r\ntwo",1\r\n\r\n"three",2'))
    assert frame["a"].tolist() == ["one\r\ntwo", "three"]
    assert frame["b"].tolist() == [1, 2]


def test_a_quoted_line_end_anywhere_in_a_large_file(csv_file):
    rows = [f'{i},"line {i}\nand more"' for i in range(120_000)]
    path = csv_file("i,t\n" + "\n".join(rows) + "\n")
    assert path.stat().st_size > 2.5e6
    frame, _ = read_csv(path)
    assert frame["i"].tolist() == list(range(120_000))
    assert frame["t"].iloc[-1] == "line 119999\nand more"


def test_header_only_gives_no_rows(csv_file):
    frame, _ = read_csv(csv_file("a,b\n"))
    assert frame.shape == (0, 2)


@pytest.mark.parametrize("name", ["t.csv.gz", "t.csv"])
def test_gzip_is_told_by_content(csv_file, name):
    frame, _ = read_csv(csv_file(gzip.compress(b"a\n1\n") + gzip.compress(b"2\n"), name))
    assert frame["a"].tolist() == [1, 2]


@pytest.mark.parametrize(
    ("encoding", "given"), [("utf-8", None), ("utf-8-sig", None), ("utf-16", None), ("cp1252", "cp1252")]
)
def test_encodings(csv_file, encoding, given):
    frame, _ = read_csv(csv_file("größe,ort\n1,Köln\n".encode(encoding)), encoding=given)
    assert frame.to_dict("list") == {"größe": [1], "ort": ["Köln"]}


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_other_delimiters(csv_file, delimiter):
    path = csv_file(f"a{delimiter}b\n1{delimiter}x,y\n")
    assert read_csv(path, delimiter=delimiter)[0].to_dict("list") == {"a": [1], "b": ["x,y"]}
    with pytest.raises(DataError, match="looks delimited by"):
        read_csv(csv_file(f"a{delimiter}b\n1{delimiter}2\n"))


GZIPPED = gzip.compress(b"a,b\n" + b"1,2\n" * 9_999)
FAULTS = {
    "empty": (b"", DataError, "is empty"),
    "blank": (b" \n\n\t\n", DataError, "is empty"),
    "empty gzip": (gzip.compress(b""), DataError, "is empty"),
    "truncated gzip": (GZIPPED[: len(GZIPPED) // 2], FileFormatError, "truncated or damaged"),
    "gzip without its end": (GZIPPED[:-3], FileFormatError, "truncated or damaged"),
    "damaged gzip": (GZIPPED[:30] + b"\xff" * 20 + GZIPPED[50:], FileFormatError, "truncated or damaged"),
    "gzip magic only": (b"\x1f\x8b", FileFormatError, "truncated or damaged"),
    "binary": (bytes(range(256)) * 50, FileFormatError, "binary data"),
    "parquet": (b"PAR1" + bytes(90), FileFormatError, "it is a Parquet file"),
    "latin-1": ("a,b\nKöln,1\n".encode("latin-1"), FileFormatError, "not UTF-8 text"),
    "latin-1 header": ("größe,b\n1,1\n".encode("latin-1"), FileFormatError, "not UTF-8 text"),
    "short row": (b"a,b\n1,2\n3\n4,5\n", DataError, r"row 3 \(the header is row 1\) has 1 fields, the header has 2"),
    "long row": (b"a,b\n1,2\n3,4,5\n", DataError, "row 3 .* has 3 fields, the header has 2"),
    "unclosed quote": (b'a,b\n1,"2\n3,4\n', DataError, "a quote is opened and never closed"),
    "unclosed quote in mid-file": (b'a,b\n1,"2\n' + b"3,4\n" * 50_000 + b"5,6", DataError, "a quote is opened"),
    "repeated names": (b"a,b,a\n1,2,3\n", DataError, "repeats 'a'"),
    "two names missing": (b"a,,\n1,2,3\n", DataError, "repeats ''"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_are_told_in_one_line(csv_file, fault):
    content, error, pattern = FAULTS[fault]
    path = csv_file(content)
    with pytest.raises(error, match=pattern) as caught:
        read_csv(path)
    assert "t.csv" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_bad_row_far_down_is_counted_in_a_file_read_by_threads(csv_file):
    rows = ["a,b"] + ["1,2"] * 1_500_000
    rows[1_400_000] = "1,2,3"
    with pytest.raises(DataError, match=r"row 1400001 "):
        read_csv(csv_file("\n".join(rows)))


def test_a_wrong_encoding_is_told(csv_file):
    path = csv_file("a\nö\n")
    with pytest.raises(FileFormatError, match="is not ascii text"):
        read_csv(path, encoding="ascii")
    with pytest.raises(DataError, match="unknown encoding"):
        read_csv(path, encoding="klingon")


def test_a_missing_file_stays_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_csv(tmp_path / "absent.csv")
