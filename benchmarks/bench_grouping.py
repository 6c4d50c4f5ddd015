"""k and class sizes of coded quasi-identifiers against duckdb, pandas and polars, one core each."""

import os

import numpy as np
import pandas as pd
import polars as pl
import pytest

from synthfast._core.frames import Table
from synthfast.privacy import class_sizes
from synthfast.privacy._keys import sizes_of_classes
from synthfast.privacy.grouping import table_digits

LEVELS = {4: [74, 16, 7, 41], 6: [74, 16, 7, 41, 2, 5]}
SHAPES = {"1e6 x 4": (1_000_000, 4), "1e7 x 6": (10_000_000, 6)}


def coded(n_rows, n_columns):
    """Codes as real columns have them: few levels frequent, most rare."""
    rng = np.random.default_rng(0)
    columns = {}
    for place, n_levels in enumerate(LEVELS[n_columns]):
        p = 1.0 / np.arange(1, n_levels + 1)
        columns[f"q{place}"] = rng.choice(n_levels, n_rows, p=p / p.sum()).astype(np.int32)
    return pd.DataFrame(columns)


@pytest.fixture(scope="module", params=SHAPES)
def table(request):
    return request.param, coded(*SHAPES[request.param])


def sizes_by_ours(frame):
    names = list(frame)
    return sizes_of_classes(table_digits(Table.from_any(frame), names), len(frame), 1)


def by_duckdb(frame):
    duckdb = pytest.importorskip("duckdb")
    base = duckdb.connect()
    base.execute("set threads to 1")
    base.execute("create table t as select * from frame")  # its own storage: reading the frame is not timed
    names = ", ".join(frame)
    return lambda: base.execute(f"select count(*) from t group by {names}").fetchnumpy()["count_star()"]


def by_pandas(frame):
    names = list(frame)
    return lambda: frame.groupby(names, sort=False).size().to_numpy()


def by_polars(frame):
    if os.environ.get("POLARS_MAX_THREADS") != "1":
        pytest.skip("set POLARS_MAX_THREADS=1: polars takes its threads when it starts")
    table = pl.from_pandas(frame)
    names = list(frame)
    return lambda: table.group_by(names).len()["len"].to_numpy()


PEERS = {"duckdb": by_duckdb, "pandas": by_pandas, "polars": by_polars}


@pytest.mark.parametrize("peer", PEERS)
def test_classes(race, benchmark, table, peer):
    shape, frame = table
    theirs = PEERS[peer](frame)
    found, expected = np.sort(sizes_by_ours(frame)), np.sort(theirs())
    np.testing.assert_array_equal(found, expected)
    benchmark.extra_info["task"] = f"k and sizes of the classes of {shape} codes"
    race(lambda: sizes_by_ours(frame), theirs, peer=peer, rounds=3, k=int(found.min()), classes=len(found))


def test_size_of_each_row(race, benchmark, table):
    shape, frame = table
    names = list(frame)
    benchmark.extra_info["task"] = f"class size of each row, {shape} codes"

    def theirs():
        return frame.groupby(names, sort=False)[names[0]].transform("size").to_numpy()

    np.testing.assert_array_equal(class_sizes(frame, names), theirs())
    race(lambda: class_sizes(frame, names, n_threads=1), theirs, peer="pandas", rounds=1)
