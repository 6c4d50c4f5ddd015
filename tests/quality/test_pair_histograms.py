import numpy as np
import pandas as pd
import pytest

from synthfast.quality import column_histograms, pair_histograms, share_columns


def table(seed, n):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    frame = pd.DataFrame({"x": x, "k": rng.poisson(3.0, n), "level": rng.choice(list("abcdefghijk"), n)})
    return frame.mask(rng.random((n, 3)) < 0.1)


REAL, SYNTHETIC = table(0, 500), table(1, 400)


def test_sums_are_the_columns_own_shares_where_nothing_is_missing():
    real, synthetic = REAL.dropna(), SYNTHETIC.dropna()
    found = pair_histograms(real, synthetic, max_bins=12)
    alone = {h.name: h for h in column_histograms(real, synthetic, max_bins=12, max_levels=8)}
    for tables, role in ((found.real, "real"), (found.synthetic, "synthetic")):
        assert set(tables) == {("x", "k"), ("x", "level"), ("k", "level")}
        for (one, two), shares in tables.items():
            assert shares.sum() == pytest.approx(1.0)
            np.testing.assert_allclose(shares.sum(axis=1), getattr(alone[one], role), atol=1e-12)
            np.testing.assert_allclose(shares.sum(axis=0), getattr(alone[two], role), atol=1e-12)


def test_cells_are_those_of_numpy():
    found = pair_histograms(REAL, SYNTHETIC, ["x", "k"])
    edges = [column.edges for column in found.columns]
    known = REAL[["x", "k"]].dropna().to_numpy(dtype=float)
    clipped = np.column_stack([np.clip(known[:, j], edges[j][0], edges[j][-1]) for j in range(2)])
    expected = np.histogram2d(*clipped.T, bins=edges)[0]
    np.testing.assert_allclose(found.real["x", "k"], expected / expected.sum())


def test_rare_levels_share_the_last_cell():
    found = pair_histograms(REAL, SYNTHETIC, ["x", "level"])
    assert len(found.columns[1].levels) == 8
    codes = share_columns(REAL, SYNTHETIC).real.values("level")
    known = REAL["x"].notna().to_numpy() & (codes >= 0)
    assert found.real["x", "level"][:, -1].sum() == pytest.approx(np.mean(codes[known] >= 7))


def test_bins_grow_with_the_rows():
    few, some = (pair_histograms(table(0, n), table(1, n)).columns[0] for n in (30, 5_000))
    assert len(few.real) == 8
    assert len(some.real) == 31


def test_no_row_knows_both():
    real = pd.DataFrame({"a": [1.0, 2.0, None, None], "b": [None, None, 1.0, 2.0]})
    found = pair_histograms(real, real)
    assert found.real["a", "b"].sum() == 0.0


def test_unknown_columns():
    with pytest.raises(KeyError, match="'z' is not a column"):
        pair_histograms(REAL, SYNTHETIC, ["x", "z"])
