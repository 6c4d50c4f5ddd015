import numpy as np
import pytest

from synthfast.quality import share_columns
from synthfast.quality.bins import bin_codes, bin_tables, quantile_edges


def test_quantile_bins_hold_about_equally_many():
    known = np.sort(np.random.default_rng(0).normal(size=10_000))
    edges = quantile_edges(known, 10)
    assert len(edges) == 10
    # Edges are quantiles rounded down to one decimal, which is enough to tell these apart.
    np.testing.assert_allclose(edges[1:], np.floor(edges[1:] * 10 + 0.5) / 10, atol=1e-12)
    wanted, slack = np.arange(1, 10) / 10, 2 / len(known)
    assert (np.searchsorted(known, edges[1:]) / len(known) <= wanted + slack).all()
    assert (np.searchsorted(known, edges[1:] + 0.1) / len(known) >= wanted - slack).all()
    assert bin_codes(known, edges).min() == 1
    assert bin_codes(known, edges).max() == 10


def test_few_values_have_a_bin_each():
    known = np.sort(np.repeat([1.0, 2.0, 5.0], [90, 5, 5]))
    edges = quantile_edges(known, 10)
    assert edges.tolist() == [1.0, 2.0, 5.0]
    assert bin_codes(np.array([np.nan, 0.0, 1.0, 1.5, 2.0, 9.0]), edges).tolist() == [0, 1, 1, 1, 2, 3]


def test_a_heavy_value_leaves_bins_for_the_others():
    rng = np.random.default_rng(1)
    known = np.sort(np.concatenate([np.zeros(9_000), rng.exponential(size=1_000)]))
    edges = quantile_edges(known, 10)
    assert len(edges) == 10
    counts = np.bincount(bin_codes(known, edges))[1:]
    assert counts[0] == pytest.approx(9_000, abs=200)
    assert counts[1:].max() < 300


def test_bins_are_cut_by_the_real_table_alone():
    real = {"x": np.arange(100.0), "c": ["a"] * 50 + ["b"] * 46 + ["rare"] * 4}
    synthetic = {"x": np.arange(100.0) + 1_000.0, "c": ["new"] * 98 + [None, "a"]}
    tables = share_columns(real, synthetic)
    (own, other), widths = bin_tables(tables.real, [tables.synthetic], 10)
    assert widths == [11, 4]
    assert set(other[0]) == {10}
    assert np.bincount(own[1]).tolist() == [0, 50, 46, 4]
    assert np.bincount(other[1]).tolist() == [1, 1, 0, 98]


def test_a_column_without_values_has_a_bin_for_known_ones():
    tables = share_columns({"x": [np.nan, np.nan]}, {"x": [1.0, np.nan]})
    codes, widths = bin_tables(tables.real, [tables.synthetic], 10)
    assert [columns[0].tolist() for columns in codes] == [[0, 0], [1, 0]]
    assert widths == [2]
