"""Tables read in batches: every kind of source, and each way in which files can be bad."""

import os

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pytest

from synthfast.exceptions import DataError, FileFormatError, SchemaError
from synthfast.io.row_sample import RowSample, hash_rows
from synthfast.io.row_source import open_source

FRAME = pd.DataFrame({"x": np.arange(100) / 4, "c": pd.Series(list("abcde") * 20), "n": np.arange(100)})


@pytest.fixture
def folder(tmp_path):
    for name, rows in (("a", FRAME[:30]), ("b", FRAME[30:])):
        rows.to_parquet(tmp_path / f"{name}.parquet", index=False)
    (tmp_path / "_manifest.json").touch()
    return tmp_path


def together(source):
    return pd.concat([pd.DataFrame(batch) for batch in source.batches()], ignore_index=True)


def test_files_folders_globs_give_the_frame_again_and_again(folder):
    for path in (folder, str(folder), f"{folder}/*.parquet", f"{folder}/**/*.parquet"):
        source = open_source(path)
        for _ in range(2):
            pd.testing.assert_frame_equal(together(source), FRAME)
    pd.testing.assert_frame_equal(together(open_source(folder / "b.parquet")), FRAME[30:].reset_index(drop=True))


def test_arrow_files(tmp_path):
    FRAME.to_feather(tmp_path / "t.arrow", compression="uncompressed")
    pd.testing.assert_frame_equal(together(open_source(tmp_path / "t.arrow")), FRAME)


def test_streams_are_kept_and_come_back_in_their_container():
    parts = [FRAME[:30], FRAME[30:]]
    frames = iter(parts)
    tables = iter([pa.Table.from_pandas(part, preserve_index=False) for part in parts])
    lazy = pl.DataFrame(FRAME).lazy()
    reader = pa.Table.from_pandas(FRAME, preserve_index=False).to_reader(max_chunksize=7)
    expected = ((frames, pd.DataFrame), (tables, pa.Table), (lazy, pl.DataFrame), (reader, pa.Table))
    for data, container in expected:
        source = open_source(data)
        for _ in range(2):
            batches = list(source.batches())
            assert all(isinstance(batch, container) for batch in batches)
            assert sum(len(batch) for batch in batches) == 100


def test_datasets(folder):
    source = open_source(ds.dataset(folder / "a.parquet"))
    assert sum(batch.num_rows for batch in source.batches()) == 30


def test_the_temporary_file_goes_with_the_source(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    source = open_source(iter([FRAME]))
    assert len(list(tmp_path.iterdir())) == 1
    del source
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(SchemaError):
        open_source(iter([FRAME, FRAME[["x"]]]))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("data", [FRAME, FRAME.to_numpy(dtype=object), {"x": [1]}, [{"x": 1}], pl.DataFrame(FRAME)])
def test_tables_in_memory_are_none(data):
    assert open_source(data) is None


# -- bad input ---------------------------------------------------------------------------------------------------------


def test_nothing_there(tmp_path):
    for path in (tmp_path / "no.parquet", f"{tmp_path}/*.parquet", tmp_path):
        with pytest.raises(FileNotFoundError, match="found nothing at"):
            open_source(path)


def test_mixed_schemas_name_file_and_column(folder):
    FRAME.assign(n=FRAME["n"] / 2).to_parquet(folder / "c.parquet", index=False)
    with pytest.raises(SchemaError, match=r"c.parquet: expected column 'n' of type int64 as in a.parquet, got double"):
        open_source(folder)
    FRAME.rename(columns={"n": "m"}).to_parquet(folder / "c.parquet", index=False)
    with pytest.raises(SchemaError, match=r"c.parquet: expected the columns \['x', 'c', 'n'\] of a.parquet, got"):
        open_source(folder)


def test_mixed_formats(folder):
    FRAME.to_csv(folder / "c.csv", index=False)
    with pytest.raises(DataError, match="files of one format, got csv and parquet"):
        open_source(f"{folder}/[abc].*")
    with pytest.raises(DataError, match=r"c.csv: delimited text is not read in batches.*read_table"):
        open_source(folder / "c.csv")


def test_damaged_parts_are_named(folder):
    whole = (folder / "b.parquet").read_bytes()
    (folder / "b.parquet").write_bytes(whole[:-20])
    with pytest.raises(FileFormatError, match=r"b.parquet: is damaged, truncated"):
        open_source(folder)
    (folder / "b.parquet").write_bytes(whole[:4] + b"\xff" * 200 + whole[204:])
    source = open_source(folder)  # the footer is whole
    with pytest.raises(FileFormatError, match=r"b.parquet: is damaged, truncated"):
        list(source.batches())


def test_changing_files_are_told(folder):
    source = open_source(folder)
    batches = source.batches()
    next(batches)
    stamp = (folder / "a.parquet").stat()
    os.utime(folder / "a.parquet", ns=(stamp.st_atime_ns, stamp.st_mtime_ns + 10**9))
    with pytest.raises(DataError, match=r"a.parquet changed while it was read"):
        list(batches)
    source = open_source(folder)
    (folder / "a.parquet").unlink()
    with pytest.raises(DataError, match=r"a.parquet disappeared"):
        list(source.batches())


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_unreadable_files(folder):
    (folder / "a.parquet").chmod(0)
    with pytest.raises(PermissionError):
        open_source(folder)


def test_bad_streams():
    with pytest.raises(SchemaError, match=r"batch 1: expected columns x \(double\).*, got x \(int64\)"):
        open_source(iter([FRAME, FRAME.assign(x=1)]))
    with pytest.raises(DataError, match="at least one batch"):
        open_source(iter([]))
    with pytest.raises(DataError, match="pandas or polars frames or Arrow tables, got ndarray"):
        open_source(iter([FRAME[["x"]].to_numpy()]))


# -- samples by content ------------------------------------------------------------------------------------------------


def arrow(frame):
    return pa.Table.from_pandas(frame, preserve_index=False)


def test_samples_do_not_depend_on_order_or_split():
    frame = pd.concat([FRAME, FRAME[:17]])  # some rows twice
    whole = RowSample.of(arrow(frame), 20, 3)
    mixed = frame.sample(frac=1, random_state=0)
    for cut in (1, 40, 90):
        parts = [RowSample.of(arrow(part), 20, 3) for part in (mixed[:cut], mixed[cut:])]
        merged = RowSample.merge_all(parts)
        assert merged.rows().equals(whole.rows())
        assert merged.bound == whole.bound
        late = RowSample.of(arrow(mixed[cut:]), 20, 3, bound=whole.bound)
        assert RowSample.merge_all([parts[0], late]).rows().equals(whole.rows())
    assert len(whole.hashes) == 20
    assert not whole.rows().equals(RowSample.of(arrow(frame), 20, 4).rows())


def test_small_tables_are_sampled_whole_with_their_repeats():
    frame = pd.concat([FRAME, FRAME[:17]])
    rows = RowSample.of(arrow(frame), 1_000, 0).rows().to_pandas()
    pd.testing.assert_frame_equal(*(f.sort_values(["n"]).reset_index(drop=True) for f in (rows, frame)))


def test_many_equal_rows_stand_in_proportion():
    sample = RowSample.of(arrow(pd.DataFrame({"x": [1] * 900 + [2] * 100})), 10, 0)
    assert sorted(sample.rows().column("x").to_pylist()) == [1] * 36 + [2] * 4


def test_hashes_tell_values_apart_and_missing_ones_are_alike():
    for column in (
        [1.5, 0.0, None, 2.5], [1, 2, None, 4], ["a", "b", None, ""], [True, False, None],
        pd.to_datetime(["2024-01-01", "2024-01-02", None]),
    ):  # fmt: skip
        words = hash_rows(arrow(pd.DataFrame({"x": column})), 0)
        assert len(set(words.tolist())) == len(column)
    assert (
        hash_rows(arrow(pd.DataFrame({"x": [0.0, -0.0]})), 0)
        .tolist()
        .count(int(hash_rows(arrow(pd.DataFrame({"x": [0.0]})), 0)[0]))
        == 2
    )
    plain, coded = pd.Series(["a", "b", None]), pd.Series(["a", "b", None]).astype("category")
    words = [hash_rows(arrow(pd.DataFrame({"x": column})), 0).tolist() for column in (plain, coded)]
    assert words[0] == words[1]
