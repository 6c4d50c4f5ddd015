"""Stretches of rows put together: in any order, from any thread, the same as chained."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pandas as pd
import polars as pl
import pytest

from synthfast._core.frames import Table
from synthfast._core.frames.assembly import ColumnAssembly
from synthfast._core.frames.concat import slice_table

ENDS = [0, 3, 3, 40, 100]


def frame():
    rng = np.random.default_rng(0)
    made = pd.DataFrame(
        {
            "real": rng.normal(size=100),
            "single": rng.normal(size=100).astype("float32"),
            "count": rng.integers(0, 9, 100),
            "nullable": pd.array(np.where(np.arange(100) > 50, None, 7), dtype="Int64"),
            "text": rng.choice(["a", "bc", ""], 100),
            "level": pd.Categorical(rng.choice(["x", "y"], 100)),
            "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 99, 100), unit="D"),
        }
    )
    made.loc[90:, "text"] = None
    return made


def columns_of(table):
    return {name: table.column(name) for name in table.names}


def put_all(assembly, columns, order):
    for k in order:
        assembly.stretch(ENDS[k], ENDS[k + 1]).put(slice_table(columns, ENDS[k], ENDS[k + 1]))
    return assembly.finish()


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [3, 1, 0, 2]])
@pytest.mark.parametrize("kind", [pd, pl])
def test_any_order_gives_the_table_back(kind, order):
    data = frame() if kind is pd else pl.from_pandas(frame())
    table = Table.from_any(data)
    found = put_all(table.template().assembly(100), columns_of(table), order)
    assert found.equals(data)


@pytest.mark.parametrize("dtype", ["float64", "float32", "int64", "uint8", "bool", ">f8"])
@pytest.mark.parametrize("n_columns", [1, 8, 11])
def test_matrices_keep_dtype_and_order(dtype, n_columns):
    data = np.random.default_rng(0).integers(0, 2, (100, n_columns)).astype(dtype)
    table = Table.from_any(data)
    found = put_all(table.template().assembly(100), columns_of(table), [2, 0, 3, 1])
    np.testing.assert_array_equal(found, data)
    assert found.dtype == data.dtype
    assert found.flags.c_contiguous


@pytest.mark.parametrize("data", [np.array([["a", "b"], ["c", "d"]]), np.array([(1, "x")] * 2, dtype="i8,U1")])
def test_other_arrays_are_put_together_by_column(data):
    table = Table.from_any(data)
    assembly = table.template().assembly(2)
    assert isinstance(assembly, ColumnAssembly)
    assembly.stretch(0, 2).put(columns_of(table))
    np.testing.assert_array_equal(assembly.finish(), data)


@pytest.mark.parametrize("data", [frame(), np.arange(12.0).reshape(6, 2)])
def test_values_worked_out_in_place_are_not_copied(data):
    table = Table.from_any(data)
    name = table.names[0]
    stretch = table.template().assembly(table.n_rows).stretch(0, table.n_rows)
    place = stretch.empty(name, np.float64)
    place[:] = 7.0
    columns = columns_of(table)
    stretch.put(columns | {name: replace(columns[name], values=place)})
    assert (place == 7.0).all()
    assert np.shares_memory(stretch.empty(name, np.float64), place)


def test_categories_of_pieces_are_merged_in_the_order_of_rows():
    pieces = [pd.DataFrame({"c": pd.Categorical(values)}) for values in (["b", "a"], ["c", "b", None])]
    tables = [Table.from_any(piece) for piece in pieces]
    template = tables[0].template().forget_categories(["c"])
    assembly = template.assembly(5)
    assembly.stretch(2, 5).put(columns_of(tables[1]))
    assembly.stretch(0, 2).put(columns_of(tables[0]))
    assert assembly.finish()["c"].astype(object).tolist() == ["b", "a", "c", "b", np.nan]


def test_stretches_from_many_threads():
    data = np.random.default_rng(0).normal(size=(5_000, 3))
    table = Table.from_any(pd.DataFrame(data, columns=list("abc")))
    assembly, columns = table.template().assembly(5_000), columns_of(table)

    def put(start):
        assembly.stretch(start, start + 50).put(slice_table(columns, start, start + 50))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(put, range(0, 5_000, 50)))
    np.testing.assert_array_equal(assembly.finish().to_numpy(), data)


def test_no_rows():
    table = Table.from_any(frame().head(0))
    assembly = table.template().assembly(0)
    assembly.stretch(0, 0).put(columns_of(table))
    assert assembly.finish().dtypes.to_dict() == frame().dtypes.to_dict()
