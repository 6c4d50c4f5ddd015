import datetime as dt
import io
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from synthfast._core.threads import num_threads
from synthfast.exceptions import DataError, FileFormatError
from synthfast.io.arrow_files import GROUP_ROWS
from synthfast.io.csv_reader import CsvStyle
from synthfast.io.tables import TableWriter, read_styled_table, read_table, write_table

BINARY = ("parquet", "arrow")
ENDINGS = ("csv", "csv.gz", "tsv", "tsv.gz", *BINARY, "pq", "feather", "ipc")


def plain_frame(n_rows=10):
    rng = np.random.default_rng(3)
    return pd.DataFrame(
        {
            "n": rng.integers(-9, 9, n_rows),
            "x": rng.normal(size=n_rows),
            "whole": rng.integers(0, 5, n_rows).astype(float),
            "word": pd.Series(rng.choice(["a", "b,c", 'd"e', "f\ng", "é"], n_rows), dtype="str"),
            "flag": rng.random(n_rows) < 0.5,
            "gap": pd.array(np.where(rng.random(n_rows) < 0.3, None, 7), dtype="Int64"),
        }
    )


def rich_frame():
    when = pd.to_datetime(["2020-01-01", "2020-01-02 03:04:05", None], format="ISO8601")
    return pd.DataFrame(
        {
            "category": pd.Categorical(["lo", None, "hi"], categories=["lo", "mid", "hi"], ordered=True),
            "Int64": pd.array([1, None, 2**60 + 1], dtype="Int64"),
            "boolean": pd.array([True, None, False], dtype="boolean"),
            "when": when,
            "zoned": when.tz_localize("Europe/Berlin"),
            "span": pd.to_timedelta(["1 day", None, "2 days 03:00:00"]),
            "arrow": when.to_series().reset_index(drop=True).astype("timestamp[ms][pyarrow]"),
            "f32": np.array([0.1, 2, np.nan], dtype="float32"),
        }
    )


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("n_rows", [0, 1, 500])
def test_round_trip_of_plain_tables(tmp_path, ending, n_rows):
    frame = plain_frame(n_rows)
    write_table(frame, tmp_path / f"t.{ending}")
    again = read_table(tmp_path / f"t.{ending}")
    if n_rows == 0 and ending[:3] in ("csv", "tsv"):
        assert list(again.columns) == list(frame.columns)
        assert len(again) == 0
    elif n_rows == 1 and ending[:3] in ("csv", "tsv"):
        pd.testing.assert_frame_equal(again, frame, check_dtype=False)
    else:
        pd.testing.assert_frame_equal(again, frame)
    assert [p.name for p in tmp_path.iterdir()] == [f"t.{ending}"]


@pytest.mark.parametrize("ending", BINARY)
def test_binary_formats_keep_every_dtype(tmp_path, ending):
    frame = rich_frame()
    write_table(frame, tmp_path / f"t.{ending}")
    pd.testing.assert_frame_equal(read_table(tmp_path / f"t.{ending}"), frame)


@pytest.mark.parametrize("ending", BINARY)
def test_names_become_text(tmp_path, ending):
    frame = pd.DataFrame({0: [1, 2], 1: [3, 4]})
    path = tmp_path / f"t.{ending}"
    with TableWriter(path) as writer:
        writer.write(frame)
        writer.write(frame)
    assert read_table(path).to_dict("list") == {"0": [1, 2, 1, 2], "1": [3, 4, 3, 4]}


@pytest.mark.parametrize("ending", BINARY)
def test_tables_of_other_programs_come_with_arrow_dtypes(tmp_path, ending):
    table = pa.table(
        {
            "day": pa.array([dt.date(2020, 1, 1), None]),
            "price": pa.array([Decimal("1.50"), None]),
            "n": pa.array([1, None], pa.int16()),
        }
    )
    path = tmp_path / f"t.{ending}"
    if ending == "parquet":
        parquet.write_table(table, path)
    else:
        with pa.ipc.new_stream(path, table.schema) as stream:  # the stream form is read too
            stream.write_table(table)
    frame = read_table(path)
    assert [str(t) for t in frame.dtypes] == ["date32[day][pyarrow]", "decimal128(3, 2)[pyarrow]", "int16[pyarrow]"]
    write_table(frame, path)
    assert pa.Table.from_pandas(read_table(path)).schema.remove_metadata() == table.schema


def test_a_named_index_becomes_columns(tmp_path):
    frame = pd.DataFrame({"x": [1.0, 2.0]}, index=pd.Index(["a", "b"], name="key"))
    frame.to_parquet(tmp_path / "t.parquet")
    assert read_table(tmp_path / "t.parquet").to_dict("list") == {"key": ["a", "b"], "x": [1.0, 2.0]}
    frame.rename_axis(None).to_parquet(tmp_path / "t.parquet")
    again = read_table(tmp_path / "t.parquet")
    assert again.to_dict("list") == {"x": [1.0, 2.0]}
    assert again.index.tolist() == [0, 1]


@pytest.mark.parametrize("ending", ENDINGS)
def test_bytes_do_not_depend_on_batches_or_threads(tmp_path, ending):
    frame = plain_frame(3_000)
    written = set()
    for n_threads, step in ((1, 3_000), (2, 7), (3, 1_000), (8, 2_999)):
        path = tmp_path / f"{step}.{ending}"
        with num_threads(n_threads), TableWriter(path) as writer:
            for start in range(0, len(frame), step):
                writer.write(frame.iloc[start : start + step])
        written.add(path.read_bytes())
    assert len(written) == 1


def test_row_groups_have_one_size(tmp_path):
    n_rows, step = 2 * GROUP_ROWS + 10, 100_000
    with TableWriter(tmp_path / "t.parquet") as writer:
        for start in range(0, n_rows, step):
            writer.write(pd.DataFrame({"n": np.arange(start, min(n_rows, start + step))}))
    file = parquet.ParquetFile(tmp_path / "t.parquet")
    sizes = [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)]
    assert sizes == [GROUP_ROWS, GROUP_ROWS, 10]
    assert np.array_equal(read_table(tmp_path / "t.parquet")["n"], np.arange(n_rows))


class TestText:
    @staticmethod
    def text(frame, name="t.csv", **options):
        stream = io.BytesIO()
        with TableWriter(name, stream=stream, **options) as writer:
            writer.write(frame)
        return stream.getvalue().decode()

    def test_is_what_pandas_writes(self):
        frame = plain_frame(300)
        assert self.text(frame) == frame.to_csv(index=False, lineterminator="\n")
        rich = rich_frame()
        assert self.text(rich) == rich.to_csv(index=False, lineterminator="\n")

    def test_is_what_pandas_writes_for_what_arrow_has_no_text_for(self):
        frame = pd.DataFrame(
            {
                "period": pd.period_range("2020-01", periods=3, freq="M"),
                "interval": pd.interval_range(0, 3),
                "mixed": pd.Series([1, "a", None], dtype=object),
                "complex": [1 + 2j, 0, 3],
                "list": [[1], [2, 3], None],
            }
        )
        assert self.text(frame) == frame.to_csv(index=False, lineterminator="\n")

    @given(st.lists(st.floats(allow_nan=False) | st.floats(-1e6, 1e6).map(lambda x: round(x, 2)), min_size=1))
    def test_decimals_are_the_shortest_that_read_back(self, values):
        assert self.text(pd.DataFrame({"x": values}, dtype=float)).split()[1:] == [repr(float(v)) for v in values]

    @given(st.lists(st.floats(width=32, allow_nan=False), min_size=1))
    def test_single_precision_decimals_have_the_digits_of_their_own(self, values):
        array = np.array([*values, 1e6, 1e9, 1e-5, 123456.7], dtype=np.float32)
        words = self.text(pd.DataFrame({"x": array})).split()[1:]
        np.testing.assert_array_equal(np.array(words, dtype=np.float32), array)
        whole = (array == np.floor(array)) & (np.abs(array) < 1e15)  # written exactly
        assert words == [repr(float(v) if w else float(str(v))) for v, w in zip(array, whole, strict=True)]

    @given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=1))
    def test_any_text_reads_back(self, tmp_path_factory, words):
        path = tmp_path_factory.mktemp("t") / "t.csv"
        frame = pd.DataFrame({"w": pd.Series([f"x{w}" for w in words], dtype="str"), "n": range(len(words))})
        write_table(frame, path)
        pd.testing.assert_frame_equal(read_table(path), frame)

    def test_times_are_as_fine_as_the_column_needs_and_alike(self):
        days = pd.to_datetime(["2020-01-01", "2020-01-02"])
        frame = pd.DataFrame(
            {
                "day": days,
                "second": days + pd.Timedelta("1s"),
                "milli": days + pd.to_timedelta(["0s", "1500ms"]),
                "micro": days + pd.to_timedelta(["0s", "1500us"]),
                "nano": (days + pd.Timedelta(0)).astype("datetime64[ns]") + np.array([0, 5], "timedelta64[ns]"),
                "zoned": days.tz_localize("America/New_York"),
            }
        )
        first, second = self.text(frame).split("\n")[1:3]
        assert first.split(",") == [
            "2020-01-01",
            "2020-01-01 00:00:01",
            "2020-01-01 00:00:00.000",
            "2020-01-01 00:00:00.000000",
            "2020-01-01 00:00:00.000000000",
            "2020-01-01 00:00:00-05:00",
        ]
        assert second.split(",")[2:5] == [
            "2020-01-02 00:00:01.500",
            "2020-01-02 00:00:00.001500",
            "2020-01-02 00:00:00.000000005",
        ]

    def test_booleans_are_written_in_the_words_of_the_source(self, tmp_path):
        source = "a,b,c\nTRUE,false,True\nFALSE,true,\n"
        (tmp_path / "t.csv").write_text(source)
        frame, style = read_styled_table(tmp_path / "t.csv")
        assert [str(t) for t in frame.dtypes] == ["bool", "bool", "boolean"]
        assert self.text(frame, style=style) == source

    def test_the_delimiter_of_the_source_is_kept_but_tabs_go_with_their_ending(self, tmp_path):
        frame = pd.DataFrame({"a": [1], "b": ["x;y"]})
        assert self.text(frame, style=CsvStyle(";")) == 'a;b\n1;"x;y"\n'
        assert self.text(frame, "t.tsv", style=CsvStyle(";")) == "a\tb\n1\tx;y\n"
        assert self.text(frame, "t.csv", style=CsvStyle("\t")) == "a,b\n1,x;y\n"

    def test_a_single_column_shows_its_missing_values(self, tmp_path):
        frame = pd.DataFrame({"a": [1.5, np.nan, 2.5]})
        write_table(frame, tmp_path / "t.csv")
        pd.testing.assert_frame_equal(read_table(tmp_path / "t.csv"), frame)

    def test_names_are_quoted_where_needed(self):
        assert self.text(pd.DataFrame({"a,b": [1], 'c"': [2], 3: [4]})) == '"a,b","c""",3\n1,2,4\n'


def test_a_failed_stream_leaves_nothing(tmp_path):
    for ending in ENDINGS:
        path = tmp_path / f"t.{ending}"

        def fail(path=path):
            with TableWriter(path) as writer:
                writer.write(plain_frame(100))
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            fail()
        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ending", ["csv", *BINARY])
def test_frames_of_other_columns_are_refused(tmp_path, ending):
    def mixed():
        with TableWriter(tmp_path / f"t.{ending}") as writer:
            writer.write(pd.DataFrame({"a": [1]}))
            writer.write(pd.DataFrame({"b": [1]}))

    with pytest.raises(ValueError, match=r"expected the columns \['a'\], got \['b'\]"):
        mixed()
    assert list(tmp_path.iterdir()) == []


def test_what_parquet_cannot_hold_is_told(tmp_path):
    with pytest.raises(DataError, match=r"t\.parquet: the table cannot be written"):
        write_table(pd.DataFrame({"m": pd.Series([1, "a"], dtype=object)}), tmp_path / "t.parquet")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ending", ["csv", *BINARY])
def test_frames_of_other_libraries_are_written(tmp_path, ending):
    import polars as pl

    frame = plain_frame(50)
    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    write_table(frame, tmp_path / "expected.csv")
    for source in (pl.from_arrow(table), table):
        write_table(source, tmp_path / f"t.{ending}")
        write_table(read_table(tmp_path / f"t.{ending}"), tmp_path / "again.csv")
        assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "expected.csv").read_bytes()
    write_table(frame[["x", "whole"]].to_numpy(), tmp_path / f"t.{ending}")
    assert read_table(tmp_path / f"t.{ending}").to_numpy().tolist() == frame[["x", "whole"]].to_numpy().tolist()


def test_a_writer_is_a_context():
    with pytest.raises(RuntimeError, match="used as a context"):
        TableWriter("t.csv").write(plain_frame())


@pytest.mark.parametrize("ending", BINARY)
@pytest.mark.parametrize("damage", ["empty", "head", "half", "tail", "text", "flip"])
def test_damaged_binary_files_are_told(tmp_path, ending, damage):
    path = tmp_path / f"t.{ending}"
    write_table(plain_frame(500), path)
    content = path.read_bytes()
    size = len(content)
    path.write_bytes(
        {
            "empty": b"",
            "head": content[:6],
            "half": content[: size // 2],
            "tail": content[:-9],
            "text": b"a,b\n1,2\n",
            "flip": content[:-60] + b"\xff" * 40 + content[-20:],
        }[damage]
    )
    with pytest.raises(FileFormatError, match=rf"t\.{ending} is no {ending.capitalize()} file") as caught:
        read_table(path)
    assert "\n" not in str(caught.value)


def test_repeated_names_in_parquet_are_told(tmp_path):
    parquet.write_table(pa.Table.from_arrays([pa.array([1]), pa.array([2])], ["a", "a"]), tmp_path / "t.parquet")
    with pytest.raises(DataError, match="repeats 'a'"):
        read_table(tmp_path / "t.parquet")


def test_text_options_are_for_text(tmp_path):
    write_table(plain_frame(), tmp_path / "t.parquet")
    with pytest.raises(DataError, match="for delimited text"):
        read_table(tmp_path / "t.parquet", delimiter=";")


def test_a_folder_is_no_table(tmp_path):
    with pytest.raises(IsADirectoryError, match="got a folder"):
        read_table(tmp_path)
