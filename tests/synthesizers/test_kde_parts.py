"""Parts of the kernel density synthesizer against theory: bandwidths, bounds, kernels of levels, rows, local widths."""

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, stats

from synthfast import KDESynthesizer, Schema
from synthfast.exceptions import ConditionError
from synthfast.synthesizers._kde.bandwidths import level_smoothing
from synthfast.synthesizers._kde.correlated import box_masses, draw_given, draw_in_boxes
from synthfast.synthesizers._kde.isj import improved_sheather_jones
from synthfast.synthesizers._kde.levels import LevelKernel
from synthfast.synthesizers._kde.rows import align_rows, collapse_rows
from synthfast.synthesizers._kde.series import GaussSeries
from synthfast.synthesizers._kde.supports import Reflection, evident_bounds, reflections

# -- bandwidths --------------------------------------------------------------------------------------------------------


def isj(values, low=-np.inf, high=np.inf, step=None):
    weight = np.full(len(values), 1 / len(values))
    return improved_sheather_jones(values, weight, float(len(values)), low, high, step)


def best_bandwidth(density, second, low, high, n):
    """The one of least asymptotic error: (1 / (2 sqrt(pi) n R(f'')))^(1/5)."""
    roughness, _ = integrate.quad(lambda x: second(x) ** 2, low, high, limit=200)
    return (1.0 / (2.0 * np.sqrt(np.pi) * n * roughness)) ** 0.2


def normal_curvature(x, mean=0.0, sd=1.0):
    z = (x - mean) / sd
    return stats.norm.pdf(z) * (z**2 - 1) / sd**3


@pytest.mark.parametrize("n", [500, 5_000, 50_000])
def test_sheather_jones_finds_the_best_bandwidth_of_a_normal(n):
    """Plug-in bandwidths of a normal spread by some n^(-5/14), 2 to 10 % here."""
    found = isj(np.random.default_rng(0).normal(size=n))
    best = best_bandwidth(stats.norm.pdf, normal_curvature, -8, 8, n)
    assert abs(found / best - 1) < 3 * n ** (-5 / 14)


def test_sheather_jones_is_not_misled_by_distant_modes():
    """Scott's rule is ten times too wide here."""
    rng = np.random.default_rng(1)
    x = np.concatenate([rng.normal(size=6_000), 30 + 0.5 * rng.normal(size=4_000)])

    def curvature(v):
        return 0.6 * normal_curvature(v) + 0.4 * normal_curvature(v, 30, 0.5)

    best = best_bandwidth(None, curvature, -8, 8, 10_000)  # modes apart: the roughness adds up
    far = best_bandwidth(None, curvature, 26, 34, 10_000)
    best = (best**-5 + far**-5) ** -0.2
    assert abs(isj(x) / best - 1) < 0.15


def test_sheather_jones_sees_no_edge_at_a_bound():
    """An exponential told its bound is smooth there, evenly continued; untold the edge makes the bandwidth shrink."""
    x = np.random.default_rng(2).exponential(size=20_000)
    told, untold = isj(x, low=0.0), isj(x)
    assert untold < 0.7 * told
    assert 0.02 < told < 0.2


def test_sheather_jones_on_a_grid_does_not_vanish():
    x = np.round(np.random.default_rng(3).normal(size=5_000) * 20)
    assert abs(isj(x, step=1.0) / isj(x + np.random.default_rng(4).random(5_000) - 0.5) - 1) < 0.1
    assert isj(np.round(np.random.default_rng(5).normal(size=5_000) * 2), step=1.0) is None
    assert isj(np.random.default_rng(6).normal(size=20)) is None


def test_scott_and_silverman_are_scipys():
    x = np.random.default_rng(7).normal(size=(300, 2)) * [1.0, 5.0]
    frame = pd.DataFrame(x, columns=["a", "b"])
    for rule in ("scott", "silverman"):
        peer = stats.gaussian_kde(x.T, rule)
        found = KDESynthesizer(bandwidth=rule, bounds=None).fit(frame).bandwidth_
        np.testing.assert_allclose([found["a"], found["b"]], np.sqrt(np.diag(peer.covariance)), rtol=1e-12)


def test_rules_give_every_kernel_the_same_deviation():
    frame = pd.DataFrame({"x": np.random.default_rng(8).normal(size=500)})
    gauss = KDESynthesizer(bandwidth="scott").fit(frame).bandwidth_["x"]
    for kernel, spread in (
        ("tophat", 3**-0.5),
        ("epanechnikov", 5**-0.5),
        ("exponential", 2**0.5),
        ("linear", 6**-0.5),
    ):
        assert KDESynthesizer(kernel=kernel, bandwidth="scott").fit(frame).bandwidth_["x"] * spread == pytest.approx(
            gauss
        )


def test_cross_validation_finds_the_likeliest_bandwidth():
    """Against the leave-one-out likelihood on a fine grid, computed pair by pair."""
    x = np.random.default_rng(9).standard_t(4, size=400)
    frame = pd.DataFrame({"x": x})
    found = KDESynthesizer(bandwidth="cv", bounds=None, rtol=0).fit(frame).bandwidth_["x"]
    pairs = (x[:, None] - x) ** 2

    def likelihood(h):
        terms = np.exp(-0.5 * pairs / h**2) / h
        np.fill_diagonal(terms, 0.0)
        return np.log(np.maximum(terms.sum(axis=1), 1e-300)).mean()

    grid = np.geomspace(0.05, 2, 400)
    best = max(map(likelihood, grid))
    assert likelihood(found) > best - 1e-4


def test_cross_validation_smooths_levels_that_tell_nothing_and_keeps_those_that_do():
    rng = np.random.default_rng(10)
    x = rng.normal(size=600)
    frame = pd.DataFrame({"x": x, "told": np.where(x > 0, "p", "q"), "noise": rng.choice(list("abcd"), 600)})
    found = KDESynthesizer(bandwidth="cv", covariance="diagonal").fit(frame).bandwidth_
    assert found["told"] < 0.05
    assert found["noise"] > 0.3
    only = KDESynthesizer(bandwidth={"noise": "cv"}).fit(frame).bandwidth_
    assert only["told"] == level_smoothing(2, False, 600)


def test_cross_validation_of_columns_apart():
    """A column of two sharp modes beside a smooth one: one factor for both would suit neither."""
    rng = np.random.default_rng(11)
    frame = pd.DataFrame(
        {"sharp": np.repeat([0.0, 5.0], 400) + 0.02 * rng.normal(size=800), "smooth": rng.normal(size=800)}
    )
    found = KDESynthesizer(bandwidth="cv", covariance="diagonal", bounds=None).fit(frame).bandwidth_
    assert found["sharp"] < 0.1
    assert found["smooth"] > 0.15


def test_duplicates_do_not_make_cross_validation_collapse():
    frame = pd.DataFrame({"x": np.repeat(np.random.default_rng(12).normal(size=100), 5)})
    once = KDESynthesizer(bandwidth="cv").fit(frame.drop_duplicates()).bandwidth_["x"]
    assert KDESynthesizer(bandwidth="cv").fit(frame).bandwidth_["x"] == pytest.approx(once, rel=0.3)


def test_level_smoothing_is_laplaces_rule():
    """(1 - s) p + s (1 - p) / (c - 1) = (n p + 1) / (n + c)."""
    n, c, counts = 50.0, 4, np.array([30, 15, 5, 0])
    s = level_smoothing(c, False, n)
    p = counts / n
    np.testing.assert_allclose((1 - s) * p + s * (1 - p) / (c - 1), (counts + 1) / (n + c))


def test_local_bandwidths_follow_the_square_root_law():
    x = np.random.default_rng(13).exponential(size=200)
    frame = pd.DataFrame({"x": x})
    model = KDESynthesizer(bandwidth=0.2, adaptive=True, bounds=None, rtol=0).fit(frame)
    rows = model._law.rows[:, 0]
    pilot = stats.norm.pdf((rows[:, None] - rows) / 0.2).mean(axis=1) / 0.2
    expected = np.clip(np.sqrt(np.exp(np.log(pilot).mean()) / pilot), 0.1, 10)
    np.testing.assert_allclose(model._law.local, expected, rtol=1e-10)


# -- bounds ------------------------------------------------------------------------------------------------------------


def bounds(values, zero=0.0, step=None, limits=(None, None), min_count=5):
    return evident_bounds(np.asarray(values, dtype=float), zero, step, limits, min_count)


@pytest.mark.parametrize("seed", range(5))
def test_bounds_are_seen_where_they_are_and_only_there(seed):
    rng = np.random.default_rng(seed)
    n = 3_000
    assert bounds(rng.normal(size=n)) == (-np.inf, np.inf)
    assert bounds(rng.normal(size=n) + 100) == (0.0, np.inf)
    assert bounds(rng.exponential(size=n)) == (0.0, np.inf)
    assert bounds(-rng.gamma(2, size=n)) == (-np.inf, 0.0)
    assert bounds(rng.beta(2, 2, size=n)) == (0.0, 1.0)
    low, high = bounds(rng.uniform(-3, 4, n))
    assert low == pytest.approx(-3, abs=0.02)
    assert high == pytest.approx(4, abs=0.02)
    assert bounds(rng.uniform(-3, 4, n), limits=(-3.0, 4.0)) == (-3.0, 4.0)
    assert bounds(rng.exponential(size=n) - 7)[0] == pytest.approx(-7, abs=0.01)


def test_bounds_on_grids_and_at_repeated_extremes():
    rng = np.random.default_rng(5)
    assert bounds(rng.poisson(3, 1_000), step=1.0) == (-0.5, np.inf)
    assert bounds(rng.integers(17, 90, 3_000), step=1.0) == (16.5, 89.5)
    assert bounds(np.round(rng.normal(170, 9, 3_000)), step=1.0)[1] == np.inf
    assert bounds(np.minimum(rng.normal(size=1_000), 1.5)) == (-np.inf, 1.5)
    assert bounds(rng.normal(size=50) - 100, zero=None) == (-np.inf, np.inf)
    assert bounds([2.0, 2.0, 2.0], zero=None) == (-np.inf, np.inf)


def test_what_users_expect_of_a_table():
    rng = np.random.default_rng(6)
    n = 2_000
    frame = pd.DataFrame(
        {
            "amount": np.round(rng.exponential(50, n), 2),
            "share": rng.beta(2, 5, n),
            "age": rng.integers(18, 80, n),
            "height": rng.normal(170, 9, n),
            "delta": rng.normal(size=n),
            "wait": pd.to_timedelta(rng.exponential(5_000, n).astype(int), unit="s"),
        }
    )
    model = KDESynthesizer(random_state=0).fit(frame)
    found = model.bounds_
    assert found["amount"] == (-0.005, np.inf)
    assert found["share"] == (0.0, 1.0)
    assert found["age"] == (17.5, 79.5)
    assert found["height"] == (0.0, np.inf)
    assert found["delta"] == (-np.inf, np.inf)
    sample = model.sample(20_000)
    assert (sample["amount"].round(2) == sample["amount"]).all()
    assert (sample["amount"] >= 0).all()
    assert sample["age"].between(18, 79).all()
    assert (sample["wait"] >= pd.Timedelta(0)).all()
    # at the edge no more and no fewer than the data have: shares within 4.5 standard errors
    for value in (18, 79):
        p, q = (frame["age"] == value).mean(), (sample["age"] == value).mean()
        assert abs(p - q) < 4.5 * np.sqrt(p / n + q / 20_000)


def test_bounds_can_be_told_in_the_columns_own_values():
    day = pd.date_range("2024-01-01", periods=300)
    frame = pd.DataFrame({"day": day, "x": np.random.default_rng(7).normal(size=300)})
    model = KDESynthesizer(bounds={"day": ("2024-01-01", None), "x": (-5.5, 6.0)}, random_state=0).fit(frame)
    assert model.bounds_["x"] == (-5.5, 6.0)
    assert model.bounds_["day"][0] == -0.5
    assert model.sample(2_000)["day"].min() >= pd.Timestamp("2024-01-01")


def test_reflections_cover_what_a_kernel_reaches():
    assert reflections(-np.inf, np.inf, 5.0) == []
    assert reflections(1.0, np.inf, 5.0) == [Reflection(-1.0, 2.0)]
    images = [image.of(0.25) for image in reflections(0.0, 1.0, 4.0)]
    expected = {s * 0.25 + 2.0 * k for s in (1, -1) for k in range(-2, 3)} - {0.25}
    assert expected <= {round(x, 9) for x in images}


# -- kernels of levels, rows, series -----------------------------------------------------------------------------------


@pytest.mark.parametrize("ordered", [False, True])
def test_level_kernels_have_the_mass_they_draw_with(ordered):
    kernel = LevelKernel(6, ordered, 0.4)
    allowed = np.array([0, 3, 4], dtype=np.int32)
    share = kernel.mass(allowed) / kernel.norm
    u = (np.arange(30_000) + 0.5) / 30_000
    for own in range(6):
        drawn = kernel.draw(np.full(len(u), own, dtype=np.int32), u)
        assert abs(np.isin(drawn, allowed).mean() - share[own]) < 1e-3
        assert np.log((drawn == own).mean()) == pytest.approx(kernel.own_log_share[own], abs=1e-3)


def test_kernels_that_cross_nothing_draw_the_own_level():
    kernel = LevelKernel(3, False, 0.0)
    own = np.array([2, 0, 1], dtype=np.int32)
    assert not kernel.moves
    assert kernel.draw(own, np.full(3, 0.5)) is own
    assert kernel.penalty == 0.0


def test_equal_rows_become_one_whatever_their_order():
    rng = np.random.default_rng(8)
    x = rng.integers(0, 5, 400).astype(float)
    x[rng.random(400) < 0.1] = np.nan
    y, c = np.where(rng.random(400) < 0.5, -0.0, 0.0), rng.integers(0, 2, 400).astype(np.int32)
    weight = rng.random(400) * (rng.random(400) < 0.8)
    order = rng.permutation(400)
    for w in (None, weight):
        first = collapse_rows([x, y], [c], w, 400)
        again = collapse_rows([x[order], y[order]], [c[order]], None if w is None else w[order], 400)
        for a, b in zip(first, again, strict=True):
            np.testing.assert_array_equal(a, b)
        assert len(first[0]) == 12
        assert first[2].sum() == pytest.approx(1.0)
        told = np.isnan(first[0][:, 0]) & (first[1][:, 0] == 1)
        expected = (np.ones(400) if w is None else w)[np.isnan(x) & (c == 1)].sum() / (400 if w is None else w.sum())
        assert first[2][told].sum() == pytest.approx(expected)


def test_rows_begin_at_a_cache_line():
    rows = align_rows(np.arange(24.0).reshape(3, 8))
    assert rows.ctypes.data % 64 == 0
    np.testing.assert_array_equal(rows, np.arange(24.0).reshape(3, 8))
    assert align_rows(np.empty((4, 0))).shape == (4, 0)


@pytest.mark.parametrize("rtol", [1e-3, 1e-5, 1e-9, 1e-12])
def test_series_keep_to_their_tolerance_or_say_so(rtol):
    rng = np.random.default_rng(9)
    x = np.concatenate([rng.normal(size=3_000) * 20, [400.0]])
    weight = rng.random(3_001)
    at = np.concatenate([rng.normal(size=500) * 30, [200.0, 405.0, 1e6, np.inf]])
    series = GaussSeries(x, weight, rtol)
    found = series.log_sums(at[:, None])
    with np.errstate(divide="ignore"):
        exact = np.log((weight * np.exp(-0.5 * (at[:, None] - x) ** 2)).sum(axis=1))
    told = ~np.isnan(found)
    assert told[:500].mean() > 0.95
    assert not told[[500, 502, 503]].any()
    np.testing.assert_allclose(found[told], exact[told], rtol=0, atol=rtol)
    assert not GaussSeries.serves(x, 0.0)
    assert not GaussSeries.serves(np.array([0.0, 1e9]), 1e-5)


# -- correlated noise --------------------------------------------------------------------------------------------------


def test_noise_in_boxes_has_the_law_of_noise_that_lies_there():
    """Three columns, one of them in two intervals: means and second moments within 4.5 standard errors."""
    from synthfast._core.random import Stream

    correlation = np.array([[1.0, 0.6, 0.2], [0.6, 1.0, -0.3], [0.2, -0.3, 1.0]])
    lower = np.array([[-0.5, 1.0], [0.2, np.inf], [-np.inf, np.inf]])
    upper = np.array([[0.5, 2.0], [1.5, np.inf], [0.0, np.inf]])
    n = 60_000
    repeated = [np.repeat(ends[:, :, None], n, axis=2) for ends in (lower, upper)]
    drawn = draw_in_boxes(correlation, *repeated, Stream.from_seed(0))
    z = np.random.default_rng(10).multivariate_normal(np.zeros(3), correlation, 3_000_000)
    inside = np.ones(len(z), dtype=bool)
    for j in range(3):
        inside &= ((z[:, j, None] > lower[j]) & (z[:, j, None] < upper[j])).any(axis=1)
    kept = z[inside]
    assert box_masses(correlation, *(ends[:, :, :1].copy() for ends in repeated))[0] == pytest.approx(
        inside.mean(), rel=0.01
    )
    for f in (lambda v: v, lambda v: v[:, [0, 0, 1]] * v[:, [1, 2, 2]], lambda v: v > 0.7):
        a, b = f(drawn.T), f(kept)
        error = b.std(axis=0) * np.sqrt(1 / n + 1 / len(kept))
        assert (np.abs(a.mean(axis=0) - b.mean(axis=0)) <= 4.5 * error).all()


def test_noise_given_other_noise_follows_the_regression():
    from synthfast._core.random import Stream

    correlation = np.array([[1.0, 0.8], [0.8, 1.0]])
    n = 50_000
    out = draw_given(correlation, {1: np.full(n, 1.5)}, n, Stream.from_seed(1))
    assert (out[1] == 1.5).all()
    assert abs(out[0].mean() - 1.2) < 4 * 0.6 / np.sqrt(n)
    assert abs(out[0].std() - 0.6) < 4 * 0.6 / np.sqrt(2 * n)


def test_draws_beyond_the_schemas_range_are_folded_into_it():
    frame = pd.DataFrame({"x": np.linspace(0, 1, 200)})
    schema = Schema.infer(frame, overrides={"x": {"minimum": 0.0, "maximum": 1.0}})
    sample = KDESynthesizer(bandwidth=0.5, bounds=None, random_state=0).fit(frame, schema=schema).sample(20_000)["x"]
    assert sample.between(0, 1).all()
    assert ((sample == 0) | (sample == 1)).mean() < 1e-3
    assert stats.kstest(sample, "uniform").statistic < 0.03


def test_a_column_of_few_values_far_apart_takes_no_others():
    """Five of eleven tenths: most rows hold 0, which says nothing about a width for the others."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=3_000)
    special = rng.choice([0.0, 0.2, 0.4, 0.6, 0.8, 1.0], 3_000, p=[0.8, 0.02, 0.04, 0.06, 0.05, 0.03])
    frame = pd.DataFrame({"x": x + special, "special": special})
    model = KDESynthesizer(random_state=0).fit(frame)
    drawn = model.sample(20_000, random_state=0)
    assert set(drawn["special"]) == set(special)
    expected = (special == 0.6).mean()
    assert abs((drawn["special"] == 0.6).mean() - expected) < 4 * np.sqrt(expected * (1 - expected) / 20_000)
    assert drawn["x"].corr(drawn["special"]) == pytest.approx(frame["x"].corr(frame["special"]), abs=0.05)
    with pytest.raises(ConditionError):
        model.sample(10, conditions={"special": 0.3})
