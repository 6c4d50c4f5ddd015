"""Kernel density estimates: densities against SciPy, scikit-learn and statsmodels, draws against their own density."""

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, stats
from sklearn.neighbors import KernelDensity

import synthfast
from synthfast import KDESynthesizer
from synthfast.exceptions import DataError, NotFittedError, SchemaError
from synthfast.synthesizers._kde.shapes import SHAPES

KERNELS = list(SHAPES)
PLAIN = {"bounds": None, "spikes": False, "rtol": 0}


@pytest.fixture(scope="module")
def points():
    rng = np.random.default_rng(0)
    mix = np.array([[1.0, 0, 0], [0.6, 0.8, 0], [-0.3, 0.2, 0.9]])
    return rng.normal(size=(2_000, 3)) @ mix.T


@pytest.fixture(scope="module")
def places(points):
    return np.random.default_rng(1).normal(size=(80, 3)) * 1.5


def close(found, expected, rtol=1e-10):
    np.testing.assert_allclose(found, expected, rtol=0, atol=rtol)  # of logs: relative in the density


# -- density against others --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", ["scott", "silverman"])
def test_full_covariance_is_scipys(points, places, rule):
    model = KDESynthesizer(bandwidth=rule, **PLAIN).fit(points)
    close(model.score_samples(places), stats.gaussian_kde(points.T, rule).logpdf(places.T))


def test_weights_are_scipys(points, places):
    weights = np.random.default_rng(2).random(len(points))
    model = KDESynthesizer(bandwidth="scott", weights=weights, **PLAIN).fit(points)
    close(model.score_samples(places), stats.gaussian_kde(points.T, "scott", weights=weights).logpdf(places.T))


@pytest.mark.parametrize("kernel", KERNELS)
def test_one_column_is_scikit_learns(points, places, kernel):
    model = KDESynthesizer(kernel=kernel, bandwidth=0.3, **PLAIN).fit(points[:, :1])
    peer = KernelDensity(kernel=kernel, bandwidth=0.3).fit(points[:, :1])
    close(model.score_samples(places[:, :1]), peer.score_samples(places[:, :1]))


def test_independent_gaussians_are_scikit_learns(points, places):
    model = KDESynthesizer(bandwidth=0.4, covariance="diagonal", **PLAIN).fit(points)
    close(model.score_samples(places), KernelDensity(bandwidth=0.4).fit(points).score_samples(places), rtol=1e-8)


@pytest.mark.filterwarnings("ignore::FutureWarning")  # of its random numbers, which are not used here
def test_mixed_columns_are_those_of_statsmodels(points):
    """Gaussian times Aitchison and Aitken, whose kernel statsmodels has."""
    from statsmodels.nonparametric.kernel_density import KDEMultivariate

    rng = np.random.default_rng(3)
    codes = rng.integers(0, 3, 400)
    frame = pd.DataFrame({"x": points[:400, 0], "c": np.array(list("abc"))[codes]})
    model = KDESynthesizer(bandwidth={"x": 0.35, "c": 0.2}, **PLAIN).fit(frame)
    order = {level: code for code, level in enumerate(model.schema_.columns["c"].levels)}
    data = [frame["x"].to_numpy(), frame["c"].map(order).to_numpy().astype(float)]
    peer = KDEMultivariate(data, var_type="cu", bw=[0.35, 0.2])
    np.testing.assert_allclose(np.exp(model.score_samples(frame)), peer.pdf(np.column_stack(data)), rtol=1e-10)


def test_ordered_levels_have_the_kernel_of_li_and_racine():
    frame = pd.DataFrame(
        {"g": pd.Categorical(["low"] * 6 + ["mid"] * 3 + ["high"] * 9, ["low", "mid", "high"], ordered=True)}
    )
    model = KDESynthesizer(bandwidth={"g": 0.5}).fit(frame)
    kernel = 0.5 ** np.abs(np.arange(3)[:, None] - np.arange(3))
    kernel /= kernel.sum(axis=1, keepdims=True)
    expected = np.array([6, 3, 9]) / 18 @ kernel
    ask = pd.DataFrame({"g": pd.Categorical(["low", "mid", "high"], ["low", "mid", "high"], ordered=True)})
    np.testing.assert_allclose(np.exp(model.score_samples(ask)), expected)


@pytest.mark.parametrize("adaptive", [False, True])
@pytest.mark.parametrize("covariance", ["full", "diagonal"])
@pytest.mark.parametrize("d", [1, 2, 5])
def test_the_tolerance_holds(covariance, adaptive, d):
    """Queries from the middle to far beyond the data, where single precision and the boxes are tried hardest."""
    rng = np.random.default_rng(4)
    data = np.concatenate([rng.normal(size=(6_000, d)), rng.normal(size=(2_000, d)) * 0.05 + 4])
    ask = np.concatenate([rng.normal(size=(200, d)), rng.normal(size=(100, d)) * 6, np.full((1, d), 40.0)])
    settings = {"bandwidth": "scott", "covariance": covariance, "adaptive": adaptive, "bounds": None}
    exact = KDESynthesizer(rtol=0, **settings).fit(data)
    for rtol in (1e-2, 1e-5, 1e-6, 1e-8):
        model = KDESynthesizer(rtol=rtol, **settings).fit(data)
        model._take(exact._law)  # one pilot for all, where there is one
        close(model.score_samples(ask), exact.score_samples(ask), rtol=1.01 * rtol)


def test_tiny_bandwidths_do_not_lose_their_logs():
    data = np.arange(200.0)[:, None] ** 2
    model = KDESynthesizer(bandwidth=1e-3, bounds=None).fit(data)
    expected = stats.norm.logpdf(0.25 / 1e-3) - np.log(200 * 1e-3)
    close(model.score_samples(np.array([[100.25]])), [expected], rtol=1e-6)


# -- a density that is one, and the law that is drawn ------------------------------------------------------------------


@pytest.mark.parametrize("adaptive", [False, True])
@pytest.mark.parametrize("kernel", KERNELS)
def test_bounded_densities_integrate_to_one(kernel, adaptive):
    rng = np.random.default_rng(5)
    data = pd.DataFrame({"x": rng.exponential(size=300)})
    settings = {"kernel": kernel, "bandwidth": 0.4, "adaptive": adaptive, "rtol": 0}
    for bounds in ({"x": (0, None)}, {"x": (0, data["x"].max() + 0.1)}):
        model = KDESynthesizer(bounds=bounds, **settings).fit(data)
        low, high = bounds["x"][0], bounds["x"][1] or 60.0
        grid = np.linspace(low, high, 60_001)
        density = np.exp(model.score_samples(pd.DataFrame({"x": grid})))
        assert abs(integrate.simpson(density, x=grid) - 1) < 2e-4
        assert model.score_samples(pd.DataFrame({"x": [-0.1]}))[0] == -np.inf


def test_kernels_wider_than_the_bounds_become_uniform():
    data = pd.DataFrame({"x": np.linspace(0.2, 0.3, 50)})
    model = KDESynthesizer(bandwidth=3.0, bounds={"x": (0, 1)}).fit(data)
    np.testing.assert_allclose(model.score_samples(pd.DataFrame({"x": [0.0, 0.4, 1.0]})), 0.0, atol=1e-4)


def test_correlated_kernels_between_bounds_integrate_to_one():
    rng = np.random.default_rng(6)
    z = rng.normal(size=(200, 2)) @ np.array([[1.0, 0.8], [0.0, 0.6]])
    data = np.abs(z)
    model = KDESynthesizer(bandwidth="scott", bounds={0: (0, None), 1: (0, None)}, rtol=0).fit(data)
    grid = np.linspace(0, 7, 141)
    mesh = np.stack([m.ravel() for m in np.meshgrid(grid, grid)], axis=1)
    density = np.exp(model.score_samples(mesh)).reshape(141, 141)
    assert abs(integrate.simpson(integrate.simpson(density, x=grid), x=grid) - 1) < 1e-4


def ks(sample, cdf):
    """Kolmogorov's distance in units of which 1.95 is passed once in 1,000."""
    return np.sqrt(len(sample)) * stats.kstest(sample, cdf).statistic


@pytest.mark.parametrize("adaptive", [False, True])
@pytest.mark.parametrize("kernel", KERNELS)
def test_draws_follow_the_density(kernel, adaptive):
    """One column with a bound near the data; the distribution function is the density's integral."""
    data = pd.DataFrame({"x": np.random.default_rng(7).exponential(size=400)})
    model = KDESynthesizer(kernel=kernel, bandwidth=0.3, bounds={"x": (0, None)}, adaptive=adaptive, rtol=0).fit(data)
    grid = np.linspace(0, data["x"].max() + 6, 40_001)
    density = np.exp(model.score_samples(pd.DataFrame({"x": grid})))
    reach = np.concatenate([[0], integrate.cumulative_simpson(density, x=grid)])
    sample = model.sample(20_000, random_state=1)["x"].to_numpy()
    top = model.schema_.columns["x"].maximum  # draws beyond the column's range are folded back into it
    inside = sample[sample < 2 * data["x"].max() - top]
    assert len(inside) > 19_000
    scale = np.interp(inside.max(), grid, reach)
    assert ks(inside, lambda x: np.interp(x, grid, reach) / scale) < 1.95


def test_draws_are_as_correlated_as_data_and_kernels(points):
    """Covariance of the estimate: the data's plus the kernel's, within 5 standard errors of a normal's covariances."""
    model = KDESynthesizer(bandwidth="scott", bounds=None, random_state=0).fit(points)
    n = 200_000
    factor = len(points) ** (-1 / 7)
    expected = np.cov(points.T, bias=True) + factor**2 * np.cov(points.T)
    found = np.cov(model.sample(n).T)
    error = np.sqrt((np.outer(np.diag(expected), np.diag(expected)) + expected**2) / n)
    assert (np.abs(found - expected) < 5 * error).all()


def test_mixed_draws_have_the_probabilities_of_the_density():
    """A spike, missing values and levels: each cell's share against its probability, 4.5 standard errors."""
    rng = np.random.default_rng(8)
    n = 600
    c = rng.choice(list("ab"), n, p=[0.7, 0.3])
    x = np.where(rng.random(n) < 0.3, 0.0, rng.gamma(3, size=n) + (c == "b"))
    x[rng.random(n) < 0.1] = np.nan
    frame = pd.DataFrame({"x": x, "c": c})
    frame.loc[rng.random(n) < 0.1, "c"] = None
    model = KDESynthesizer(bandwidth={"c": 0.15}, rtol=0).fit(frame)
    sample = model.sample(100_000, random_state=0)
    cells = pd.DataFrame({"x": [0.0, 0.0, 0.0, np.nan, np.nan, np.nan], "c": ["a", "b", None] * 2})
    chance = np.exp(model.score_samples(cells))
    for (value, level), p in zip(cells.itertuples(index=False), chance, strict=True):
        same_x = sample["x"].isna() if np.isnan(value) else sample["x"] == value
        same_c = sample["c"].isna() if level is None or level != level else sample["c"] == level
        share = (same_x & same_c).mean()
        assert abs(share - p) < 4.5 * np.sqrt(p * (1 - p) / 100_000)
    grid = np.linspace(0, 25, 20_001)
    total = chance.sum()
    for level in ("a", "b", None):
        density = np.exp(model.score_samples(pd.DataFrame({"x": grid, "c": [level] * len(grid)})))
        total += integrate.simpson(density[1:], x=grid[1:])  # the grid's first point is the spike
    assert abs(total - 1) < 5e-3


def test_densities_over_some_columns_integrate_the_others_out(points, places):
    frame = pd.DataFrame(points, columns=list("abc")).assign(d=np.where(points[:, 0] > 0, "x", "y"))
    ask = pd.DataFrame(places, columns=list("abc"))
    for covariance in ("full", "diagonal"):
        model = KDESynthesizer(covariance=covariance, bandwidth="scott", **PLAIN).fit(frame)
        both = [model.score_samples(ask.assign(d=level)) for level in ("x", "y")]
        close(model.score_samples(ask), np.logaddexp(*both), rtol=1e-9)
        grid = np.linspace(-12, 12, 4_001)
        line = pd.DataFrame({"a": 0.3, "b": grid, "c": -0.2})
        joint = integrate.simpson(np.exp(model.score_samples(line)), x=grid)
        np.testing.assert_allclose(joint, np.exp(model.score_samples(line[["a", "c"]].head(1)))[0], rtol=1e-8)


def test_no_row_depends_on_its_companions(points, places):
    model = KDESynthesizer(bandwidth="scott").fit(points)
    whole = model.score_samples(places)
    np.testing.assert_array_equal(np.concatenate([model.score_samples(row[None]) for row in places]), whole)
    order = np.random.default_rng(9).permutation(len(places))
    np.testing.assert_array_equal(model.score_samples(places[order]), whole[order])


def test_threads_change_no_density(points, places, n_threads):
    model = KDESynthesizer(bandwidth="cv", adaptive=True).fit(points)
    with synthfast.num_threads(n_threads):
        again = KDESynthesizer(bandwidth="cv", adaptive=True).fit(points)
        np.testing.assert_array_equal(again.score_samples(places), model.score_samples(places))
        assert again.bandwidth_ == model.bandwidth_


def test_saved_models_have_the_same_density(points, places, tmp_path):
    rng = np.random.default_rng(10)
    frame = pd.DataFrame(points, columns=list("abc")).assign(d=rng.choice(["x", "y", None], len(points)))
    for settings in ({}, {"covariance": "diagonal", "kernel": "cosine", "adaptive": True}):
        model = KDESynthesizer(bandwidth={"a": "cv", "d": 0.1}, weights="b", **settings)
        with pytest.raises(DataError, match="negative"):
            model.fit(frame)
        model = model.set_params(weights=np.arange(len(points))).fit(frame)
        model.save(tmp_path / "m.synth")
        ask = pd.DataFrame(places, columns=list("abc")).assign(d="x")
        loaded = synthfast.load(tmp_path / "m.synth")
        np.testing.assert_array_equal(loaded.score_samples(ask), model.score_samples(ask))
        assert loaded.bandwidth_ == model.bandwidth_
        assert loaded.bounds_ == model.bounds_


# -- bad input ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"kernel": "triweight"}, ValueError, "kernel.*gaussian"),
        ({"covariance": "spherical"}, ValueError, "covariance"),
        ({"adaptive": "yes"}, ValueError, "adaptive"),
        ({"spikes": 3}, ValueError, "spikes"),
        ({"bandwidth": 0}, ValueError, "bandwidth.*positive"),
        ({"bandwidth": -1.0}, ValueError, "bandwidth"),
        ({"bandwidth": np.nan}, ValueError, "bandwidth"),
        ({"bandwidth": np.inf}, ValueError, "bandwidth"),
        ({"bandwidth": "plugin"}, ValueError, "scott"),
        ({"bandwidth": None}, TypeError, "bandwidth"),
        ({"bandwidth": {"nowhere": 1.0}}, SchemaError, "nowhere"),
        ({"bandwidth": {"x": 0.0}}, ValueError, "'x'"),
        ({"bandwidth": {"c": "scott"}}, ValueError, "'c'"),
        ({"bandwidth": {"c": 0.9}}, ValueError, "at most 0.5"),
        ({"bounds": "all"}, ValueError, "bounds"),
        ({"bounds": {"c": (0, 1)}}, SchemaError, "numbers"),
        ({"bounds": {"x": (0, 1, 2)}}, ValueError, "'x'"),
        ({"bounds": {"x": (3, 1)}}, ValueError, "low below high"),
        ({"bounds": {"x": (0.5, None)}}, DataError, "'x'"),
        ({"weights": "nowhere"}, SchemaError, "nowhere"),
        ({"weights": "c"}, SchemaError, "numbers"),
        ({"weights": [1.0, 2.0]}, DataError, "expected 100"),
        ({"weights": np.zeros(100)}, DataError, "above 0"),
        ({"weights": -np.ones(100)}, DataError, "row 0"),
        ({"weights": np.full(100, np.nan)}, DataError, "finite"),
        ({"weights": np.full((100, 2), 1.0)}, DataError, "one number a row"),
        ({"weights": ["a"] * 100}, DataError, "one number a row"),
        ({"rtol": -1e-3}, ValueError, "rtol"),
        ({"rtol": "small"}, TypeError, "rtol"),
        ({"min_level_count": 0}, ValueError, "min_level_count"),
    ],
)
def test_settings_that_cannot_be_are_named(settings, error, words):
    rng = np.random.default_rng(11)
    frame = pd.DataFrame({"x": rng.random(100), "c": rng.choice(["a", "b"], 100)})
    with pytest.raises(error, match=words):
        KDESynthesizer(**settings).fit(frame)


@pytest.mark.parametrize("settings", [{}, {"covariance": "diagonal"}, {"adaptive": True}, {"bandwidth": "cv"}])
@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"x": [1.5]}),
        pd.DataFrame({"x": [1.5, 2.5], "y": [1.0, 1.0]}),
        pd.DataFrame({"x": [1.5, 2.5] * 20, "y": [0.1, 0.7] * 20, "c": ["a", "b"] * 20}),
        pd.DataFrame({"x": [2.5] * 20 + [np.nan] * 5, "y": np.arange(25.0)}),
        pd.DataFrame({"x": [np.nan] * 30, "c": ["a", "b"] * 15}),
        pd.DataFrame({"x": np.arange(30.0), "y": 2 * np.arange(30.0) + 1}),
        pd.DataFrame({"x": [0.0] * 28 + [1.0, 2.0], "c": ["a"] * 30}),
    ],
    ids=["one row", "a constant", "two rows repeated", "one value or missing", "all missing", "collinear", "few left"],
)
def test_degenerate_tables_are_fitted(frame, settings):
    model = KDESynthesizer(random_state=0, **settings).fit(frame)
    sample = model.sample(500)
    assert sample.dtypes.to_dict() == frame.dtypes.to_dict()
    found = model.score_samples(frame)
    assert found.shape == (len(frame),)
    assert not np.isnan(found).any()
    assert (found > -np.inf).all()


def test_a_number_of_its_own_is_fixed():
    schema = synthfast.Schema.infer(pd.DataFrame({"x": [1.5, 2.5] * 30}))
    model = KDESynthesizer(random_state=0).fit(pd.DataFrame({"x": [1.5] * 30}), schema=schema)
    assert (model.sample(100)["x"] == 1.5).all()
    assert model.score_samples(pd.DataFrame({"x": [1.5, 1.6]})).tolist() == [0.0, -np.inf]


def test_questions_that_cannot_be_answered(points, places):
    with pytest.raises(NotFittedError, match="fit"):
        KDESynthesizer().score_samples(points)
    model = KDESynthesizer().fit(points)
    with pytest.raises(ValueError, match="2 features"):
        model.score_samples(points[:, :2])
    with pytest.raises(SchemaError, match="nowhere"):
        model.score_samples(pd.DataFrame({"nowhere": [1.0]}))
    whole = KDESynthesizer(kernel="linear", bandwidth="scott").fit(pd.DataFrame(points, columns=list("abc")))
    with pytest.raises(DataError, match="Gaussian"):
        whole.score_samples(pd.DataFrame(places[:, :2], columns=list("ab")))


def test_weights_by_column_count_and_are_drawn_like_others():
    rng = np.random.default_rng(12)
    frame = pd.DataFrame({"x": np.r_[rng.normal(size=300), rng.normal(size=300) + 8], "w": np.repeat([3.0, 1.0], 300)})
    frame["w"] += rng.random(600) * 1e-3
    model = KDESynthesizer(weights="w", random_state=0).fit(frame)
    sample = model.sample(40_000)
    assert abs((sample["x"] > 4).mean() - 0.25) < 4.5 * np.sqrt(0.25 * 0.75 / 40_000) + 1e-3
    assert list(sample.columns) == ["x", "w"]


def test_weights_of_zero_leave_rows_out():
    frame = pd.DataFrame({"x": np.r_[np.linspace(0, 1, 50), np.linspace(90, 91, 50)]})
    model = KDESynthesizer(weights=np.repeat([1.0, 0.0], 50), bandwidth=0.1, random_state=0).fit(frame)
    assert model.sample(2_000)["x"].max() < 3


def test_spikes_beyond_the_ends_of_the_other_numbers_stay():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": np.r_[np.full(300, -2.0), rng.exponential(size=700)]})
    model = KDESynthesizer(random_state=0, bounds={"x": (0.0, None)}).fit(frame)
    drawn = model.sample(5_000, random_state=0)["x"]
    assert abs((drawn == -2.0).mean() - 0.3) < 4.5 * np.sqrt(0.3 * 0.7 / 5_000)
    assert (drawn[drawn != -2.0] >= 0.0).all()
