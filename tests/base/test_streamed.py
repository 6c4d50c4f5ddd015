"""Draws into text, databases and Arrow streams: the rows of ``sample``, all or none of them."""

import sqlite3

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import synthfast
from synthfast.exceptions import DataError, NotFittedError


@pytest.fixture(scope="module")
def model():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.standard_normal(200), "n": rng.poisson(4, 200), "c": pd.Series(list("ab") * 100)})
    return synthfast.MarginalSynthesizer().fit(frame)


def test_csv(model, tmp_path):
    model.sample_to_csv(tmp_path / "out.csv.gz", 70_000, random_state=1)
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "out.csv.gz"), model.sample(70_000, random_state=1))
    model.sample_to_csv(tmp_path / "none.csv", 0)
    assert (tmp_path / "none.csv").read_text() == "x,n,c\n"
    with pytest.raises(DataError, match="name that ends in"):
        model.sample_to_csv(tmp_path / "out.xls", 10)


def test_lazy_rows_are_read_by_anything_and_are_the_same_each_time(model):
    lazy, expected = model.sample_lazy(70_000), None
    assert len(lazy) == 70_000
    assert repr(lazy) == "LazySample of 70,000 rows x 3 columns"
    for _ in range(2):
        frame = pa.table(lazy).to_pandas()
        expected = frame if expected is None else expected
        pd.testing.assert_frame_equal(frame, expected)
    assert pl.DataFrame(lazy).equals(pl.DataFrame(expected))
    assert [batch.num_rows for batch in lazy.iter_batches(30_000)] == [30_000, 30_000, 10_000]
    seeded = pa.table(model.sample_lazy(100, random_state=1)).to_pandas()
    pd.testing.assert_frame_equal(seeded, model.sample(100, random_state=1))
    assert pa.table(model.sample_lazy(0)).num_rows == 0


@pytest.mark.parametrize("container", ["polars", "arrow", "numpy"])
def test_other_containers_are_streamed_too(container, tmp_path):
    frame = pd.DataFrame({"x": [1.5, 2.5, 3.5] * 9, "y": [1.0, 2.0, 4.0] * 9})
    data = {"polars": pl.DataFrame(frame), "arrow": pa.table(frame), "numpy": frame.to_numpy()}[container]
    model = synthfast.MarginalSynthesizer().fit(data)
    model.sample_to_parquet(tmp_path, 100, random_state=1)
    drawn = pl.read_parquet(tmp_path / "*.parquet").to_numpy()
    expected = model.sample(100, random_state=1)
    np.testing.assert_array_equal(drawn, expected if container == "numpy" else pl.DataFrame(expected).to_numpy())


def test_mixed_objects_are_refused_before_anything_is_written(tmp_path):
    frame = pd.DataFrame({"o": pd.Series([1, "a"] * 50, dtype=object)})
    model = synthfast.MarginalSynthesizer().fit(frame)
    with pytest.raises(DataError, match="cannot be written as Arrow or Parquet"):
        model.sample_to_parquet(tmp_path / "out", 100)
    assert not (tmp_path / "out").exists()


def test_duckdb(model, tmp_path):
    duckdb = pytest.importorskip("duckdb")
    path = tmp_path / "d.duckdb"
    model.sample_to_duckdb(path, "t", 70_000, random_state=1)
    with duckdb.connect(path) as connection:
        pd.testing.assert_frame_equal(
            pd.DataFrame.from_arrow(connection.sql("from t")), model.sample(70_000, random_state=1)
        )
        with pytest.raises(DataError, match="table 't' cannot be written"):
            model.sample_to_duckdb(connection, "t", 10)
        model.sample_to_duckdb(connection, "t", 10, append=True)
        assert connection.sql("select count(*) from t").fetchall() == [(70_010,)]


@pytest.fixture
def sqlalchemy():
    return pytest.importorskip("sqlalchemy")


def test_sql(model, tmp_path, sqlalchemy):
    url = f"sqlite:///{tmp_path / 'd.sqlite'}"
    model.sample_to_sql(url, "t", 3_000, random_state=1, batch_rows=700)
    with sqlite3.connect(tmp_path / "d.sqlite") as connection:
        found = pd.read_sql("select * from t", connection)
    pd.testing.assert_frame_equal(found, model.sample(3_000, random_state=1))
    with pytest.raises(DataError, match="exists already"):
        model.sample_to_sql(url, "t", 10)
    with pytest.raises(DataError, match="no table 'u' to append to"):
        model.sample_to_sql(url, "u", 10, append=True)
    model.sample_to_sql(url, "t", 10, append=True)
    with sqlite3.connect(tmp_path / "d.sqlite") as connection:
        assert connection.execute("select count(*) from t").fetchone() == (3_010,)
    connection.close()


def test_sql_leaves_all_rows_or_none(model, tmp_path, sqlalchemy):
    engine = sqlalchemy.create_engine(f"sqlite:///{tmp_path / 'd.sqlite'}")
    with engine.begin() as connection:
        connection.exec_driver_sql("create table t (x real, n integer check (n < 8), c text)")
    with pytest.raises(DataError, match="table 't' cannot be written: CHECK constraint failed"):
        model.sample_to_sql(engine, "t", 3_000, random_state=1, append=True, batch_rows=10)
    with engine.begin() as connection:
        assert connection.exec_driver_sql("select count(*) from t").scalar() == 0
    engine.dispose()


def test_models_have_to_be_fitted(tmp_path):
    model = synthfast.MarginalSynthesizer()
    for method in ("sample_to_parquet", "sample_to_csv"):
        with pytest.raises(NotFittedError, match=method):
            getattr(model, method)(tmp_path / "x.csv", 10)
    with pytest.raises(NotFittedError, match="sample_lazy"):
        model.sample_lazy(10)
