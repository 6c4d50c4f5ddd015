"""The table between probability and value: what it keeps exactly, what it spreads, and what it never gives back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from synthfast.marginals import FittedMarginal
from synthfast.marginals.quantile_table import QuantileTable


def from_rows(rows, **options):
    values, counts = np.unique(np.asarray(rows, dtype=float), return_counts=True)
    return QuantileTable.from_counts(values, counts, **options)


def test_heavy_values_are_atoms_of_their_share():
    table = from_rows([0.0] * 60 + [40.0] * 30 + [50.0] * 10)
    u = (np.arange(10_000) + 0.5) / 10_000
    values, counts = np.unique(table.ppf(u), return_counts=True)
    np.testing.assert_array_equal(values, [0, 40, 50])
    np.testing.assert_array_equal(counts, [6_000, 3_000, 1_000])


def test_distance_to_the_data_is_at_most_a_group():
    """A group holds n / 1024 rows, or 5: within it, and in the tails, the table may be off by that mass."""
    for n in (200, 5_000, 100_000):
        rows = np.random.default_rng(n).lognormal(size=n)
        table = from_rows(rows)
        reached = table.cdf(np.sort(rows))
        gap = np.maximum(reached - np.arange(n) / n, (np.arange(n) + 1) / n - reached).max()
        assert gap <= 2 * max(5, -(-n // 1024)) / n


def test_no_row_that_stands_alone_is_a_knot_and_tails_begin_at_the_fifth():
    rows = np.sort(np.random.default_rng(0).normal(size=3_000))
    table = from_rows(rows, minimum=-10.0, maximum=10.0)
    assert not np.isin(table.values, rows).any()
    np.testing.assert_allclose(table.values[[0, -1]], [-10.0, 10.0])
    assert rows[4] <= table.ppf(np.array([5 / 3_000]))[0] <= rows[5]


def test_tails_have_the_mean_excess_of_the_rows_they_replace():
    """An exponential of the same mean excess, linear between quantiles half a scale apart: within 5 %."""
    rows = np.sort(np.random.default_rng(1).exponential(size=10_000))
    table = from_rows(rows, minimum=0.0, maximum=100.0)
    edge = 0.5 * (rows[-5] + rows[-6])
    u = 1 - 5 / 10_000 * (1 - (np.arange(4_000) + 0.5) / 4_000)
    assert (table.ppf(u) - edge).mean() == pytest.approx((rows[-5:] - edge).mean(), rel=0.05)


@given(
    st.lists(st.floats(-1e6, 1e6).map(lambda v: round(v, 2)), min_size=1, max_size=200),
    st.floats(0, 1),
)
def test_quantiles_are_monotone_within_range_and_undone_by_the_distribution(rows, u):
    table = from_rows(rows)
    grid = np.sort(np.append(np.linspace(0, 1, 33), u))
    x = table.ppf(grid)
    assert (np.diff(x) >= 0).all()
    assert x[0] >= min(rows)
    assert x[-1] <= max(rows)
    assert (table.cdf(x) >= grid - 1e-9).all()


@given(st.lists(st.integers(-50, 50), min_size=5, max_size=300), st.integers(-60, 60))
def test_the_interval_of_a_rounded_value_is_where_draws_round_to_it(rows, value):
    table = from_rows(rows, step=1.0)
    start, stop = table.interval([value], [value])
    u = (np.arange(4_000) + 0.5) / 4_000
    drawn = np.rint(table.ppf(u))
    share = np.mean(drawn == value)
    assert share == pytest.approx(float(stop[0] - start[0]), abs=1.5 / 4_000 + 1e-9)


def test_a_point_of_a_continuous_piece_has_equal_ends():
    table = from_rows(np.random.default_rng(2).normal(size=1_000))
    start, stop = table.interval([0.1], [0.1])
    assert start == stop
    start, stop = table.interval([-np.inf], [np.inf])
    assert (start[0], stop[0]) == (0.0, 1.0)


@pytest.mark.parametrize("rows", [[3.0], [1.0, 2.0], [1.0] * 4 + [2.0], list(range(7)), [-1e300, 1e300], [5e-324, 0.0]])
def test_few_rows(rows):
    table = from_rows(rows)
    x = table.ppf(np.linspace(0, 1, 11))
    assert np.isfinite(x).all()
    assert x.min() >= min(rows)
    assert x.max() <= max(rows)


def test_no_rows_are_an_error():
    with pytest.raises(ValueError, match="at least one value"):
        from_rows([])


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("gamma", {"a": 2.5, "loc": 0.0, "scale": 3.0}),
        ("norm", {"loc": 1.0, "scale": 2.0}),
        ("t", {"df": 4.0, "loc": 0.0, "scale": 1.0}),
    ],
)
def test_families_are_tabulated_within_the_stated_distance(name, params):
    law = FittedMarginal(name, params)
    table = QuantileTable.from_family(law)
    x = getattr(stats, name)(**params).ppf(np.linspace(1e-6, 1 - 1e-6, 20_001))
    assert np.abs(table.cdf(x) - getattr(stats, name)(**params).cdf(x)).max() < 1e-5


def test_discrete_families_become_atoms():
    law = FittedMarginal("poisson", {"mu": 3.0, "loc": 0.0})
    table = QuantileTable.from_family(law, discrete=True)
    u = (np.arange(100_000) + 0.5) / 100_000
    values, counts = np.unique(table.ppf(u), return_counts=True)
    np.testing.assert_allclose(counts / 100_000, stats.poisson(3.0).pmf(values), atol=2e-5)


def test_a_family_is_cut_off_at_the_range():
    law = FittedMarginal("norm", {"loc": 0.0, "scale": 1.0})
    table = QuantileTable.from_family(law, minimum=-1.0, maximum=2.0)
    x = np.linspace(-1, 2, 501)
    np.testing.assert_allclose(table.cdf(x)[1:-1], stats.truncnorm(-1, 2).cdf(x)[1:-1], atol=1e-6)
    with pytest.raises(ValueError, match="no mass"):
        QuantileTable.from_family(law, minimum=50.0, maximum=60.0)


def test_values_on_a_grid_so_fine_that_their_quotient_is_rounded_keep_their_mass():
    x = np.sort(
        np.r_[np.round(np.random.default_rng(0).gamma(2.0, 20.0, 2_000), 9), np.repeat([16.0, 32.0, 123.0], 50)]
    )
    values, counts = np.unique(x, return_counts=True)
    table = QuantileTable.from_counts(values, counts, minimum=0.0, maximum=400.0, step=1e-9, min_count=5)
    start, stop = table.interval([16.0, 32.0, 123.0], [16.0, 32.0, 123.0])
    np.testing.assert_allclose(stop - start, 50 / len(x), rtol=0.05)
