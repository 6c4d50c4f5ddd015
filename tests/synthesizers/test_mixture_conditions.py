"""Conditions on mixtures: components weighed by the mass of what is asked, values from the conditional Gaussians."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from synthfast import MixtureSynthesizer
from synthfast.exceptions import ConditionError, ConditionWarning
from synthfast.synthesizers._mixture.boxes import log_box_probability
from synthfast.synthesizers._mixture.conditions import plan_conditions

N = 40_000
KS = 1.95  # passed once in 1,000 draws from the law itself (Smirnov), over root n
plain = {"scale": "standard", "marginals": "mixture"}


def mixed_table(n=20_000, seed=0):
    """Three kinds of rows: correlated numbers, a spike, levels and missing values that tell the kinds apart."""
    rng = np.random.default_rng(seed)
    kind = rng.choice(3, n, p=[0.5, 0.3, 0.2])
    z = rng.normal(size=(n, 3))
    x = np.array([0.0, 4.0, -3.0])[kind] + z[:, 0]
    y = np.array([0.0, -2.0, 3.0])[kind] + np.array([0.8, -0.5, 0.0])[kind] * z[:, 0] + 0.6 * z[:, 1]
    gain = np.where(rng.random(n) < np.array([0.8, 0.3, 0.1])[kind], 0.0, np.exp(1 + 0.5 * z[:, 2] + 0.3 * kind))
    level = np.where(rng.random(n) < np.array([0.9, 0.5, 0.2])[kind], "low", "high")
    count = rng.poisson(np.array([3, 8, 15])[kind])
    frame = pd.DataFrame({"x": x, "y": y, "gain": gain, "level": level, "count": count})
    frame.loc[rng.random(n) < np.array([0.05, 0.3, 0.1])[kind], "y"] = np.nan
    return frame


@pytest.fixture(scope="module")
def numbers():
    """Two correlated numbers in three components, the mixture itself drawn."""
    frame = mixed_table()[["x", "y"]].dropna()
    return MixtureSynthesizer(n_components=3, random_state=0, **plain).fit(frame)


def conditional_cdf(model, at, values):
    """Distribution of y given x = at, by textbook."""
    w, m, c = model.weights_, model.means_, model.covariances_
    share = w * stats.norm.pdf(at, m[:, 0], np.sqrt(c[:, 0, 0]))
    slope = c[:, 0, 1] / c[:, 0, 0]
    mean = m[:, 1] + slope * (at - m[:, 0])
    deviation = np.sqrt(c[:, 1, 1] - slope * c[:, 0, 1])
    return stats.norm.cdf((np.asarray(values)[:, None] - mean) / deviation) @ share / share.sum()


@pytest.mark.parametrize("at", [-3.0, 0.0, 1.5, 4.0])
def test_a_number_given_a_point_follows_the_conditional_mixture(numbers, at):
    sample = numbers.sample(N, conditions={"x": at}, random_state=0)
    assert (sample["x"] == at).all()
    assert stats.kstest(sample["y"], lambda v: conditional_cdf(numbers, at, v)).statistic < KS / np.sqrt(N) + 1e-3


@pytest.mark.parametrize(("low", "high"), [(-1.0, 1.0), (2.0, None), (None, -2.0), (3.9, 4.1)])
def test_a_number_given_a_range_follows_the_conditional_mixture(numbers, low, high):
    """The point's law, averaged over the truncated law of x by quadrature."""
    sample = numbers.sample(N, conditions={"x": (low, high)}, random_state=1)
    ends = -8.0 if low is None else low, 8.5 if high is None else high
    assert sample["x"].between(*ends).all()
    w, m, deviation = numbers.weights_, numbers.means_[:, 0], np.sqrt(numbers.covariances_[:, 0, 0])
    nodes, node_weights = np.polynomial.legendre.leggauss(400)
    nodes = 0.5 * (ends[1] - ends[0]) * nodes + 0.5 * (ends[0] + ends[1])
    density = node_weights * (stats.norm.pdf(nodes[:, None], m, deviation) @ w)
    grid = np.linspace(-6, 6, 200)
    expected = np.array([conditional_cdf(numbers, at, grid) for at in nodes]).T @ density / density.sum()
    found = np.searchsorted(np.sort(sample["y"]), grid) / N
    assert np.abs(found - expected).max() < KS / np.sqrt(N) + 1e-3

    def cdf(v):
        below = stats.norm.cdf((np.asarray(v)[:, None] - m) / deviation) @ w
        first, last = (stats.norm.cdf((end - m) / deviation) @ w for end in ends)
        return (below - first) / (last - first)

    assert stats.kstest(sample["x"], cdf).statistic < KS / np.sqrt(N) + 1e-3


FREE = 400_000


@pytest.fixture(scope="module", params=["empirical", "mixture"])
def model_and_rows(request):
    """A model of the whole table, and many rows of it that happen to meet whatever is asked."""
    scale = "auto" if request.param == "empirical" else "standard"
    model = MixtureSynthesizer(n_components=4, scale=scale, marginals=request.param, random_state=0).fit(mixed_table())
    return model, model.sample(FREE, random_state=5)


def meets(rows, wanted):
    keep = np.ones(len(rows), dtype=bool)
    for name, asked in wanted.items():
        if isinstance(asked, tuple):
            low, high = (-np.inf if asked[0] is None else asked[0]), (np.inf if asked[1] is None else asked[1])
            keep &= rows[name].between(low, high)
        elif asked is None:
            keep &= rows[name].isna()
        else:
            keep &= rows[name].isin(asked if isinstance(asked, list) else [asked])
    return keep


@pytest.mark.parametrize(
    "wanted",
    [
        {"level": "high"},
        {"gain": 0.0},
        {"gain": (0.0, 3.0)},
        {"gain": (0.5, 3.0), "x": (1.0, None)},
        {"y": None},
        {"count": 7},
        {"count": [2, 9, 14], "level": "low"},
        {"x": (-1.0, 1.0), "y": (0.0, 2.0)},
        {"x": (0.0, 3.0), "y": (None, 0.0), "count": (4, 12), "gain": (0.0, 6.0)},
    ],
    ids=str,
)
def test_conditional_draws_are_as_rows_that_happen_to_meet_them(model_and_rows, wanted):
    model, rows = model_and_rows
    match = rows[meets(rows, wanted)]
    n = 20_000
    drawn = model.sample(n, conditions=wanted, random_state=2)
    assert meets(drawn, wanted).all()
    assert len(match) > 500
    for name in ("x", "y", "gain", "count"):
        a, b = match[name].dropna(), drawn[name].dropna()
        if len(a) and a.nunique() > 1:
            assert stats.ks_2samp(a, b).statistic < KS * np.sqrt(1 / len(a) + 1 / len(b)), name
        p, q = match[name].isna().mean(), drawn[name].isna().mean()
        assert abs(p - q) < 4.5 * np.sqrt(0.25 * (1 / len(match) + 1 / n)), name
    for part in (lambda f: (f["level"] == "low").mean(), lambda f: (f["gain"] == 0).mean()):
        assert abs(part(match) - part(drawn)) < 4.5 * np.sqrt(0.25 * (1 / len(match) + 1 / n))


@pytest.mark.parametrize("kind", ["tied", "diag", "spherical"])
def test_all_kinds_of_covariances_take_conditions(kind):
    model = MixtureSynthesizer(n_components=4, covariance_type=kind, random_state=0).fit(mixed_table(8_000))
    rows = model.sample(200_000, random_state=5)
    wanted = {"x": (-1.0, 2.0), "y": (-1.0, 1.0), "count": (3, 8)}
    match, drawn = rows[meets(rows, wanted)], model.sample(20_000, conditions=wanted, random_state=2)
    assert meets(drawn, wanted).all()
    for name in ("x", "y", "gain", "count"):
        assert stats.ks_2samp(match[name], drawn[name]).statistic < KS * np.sqrt(1 / len(match) + 1 / len(drawn)), name


def test_points_of_a_list_come_in_proportion_to_their_density(numbers):
    points = [-3.0, 0.0, 4.0]
    sample = numbers.sample(N, conditions={"x": points}, random_state=0)
    w, m, c = numbers.weights_, numbers.means_[:, 0], np.sqrt(numbers.covariances_[:, 0, 0])
    density = stats.norm.pdf(np.array(points)[:, None], m, c) @ w
    for point, share in zip(points, density / density.sum(), strict=True):
        assert abs((sample["x"] == point).mean() - share) < 4 * np.sqrt(share * (1 - share) / N)


def test_points_of_a_list_under_the_columns_own_distribution():
    """An exponential column: densities at 1 and 3 are as exp(2) to 1, up to how well quantiles tell them."""
    frame = pd.DataFrame({"x": np.random.default_rng(0).exponential(size=50_000)})
    model = MixtureSynthesizer(random_state=0).fit(frame)
    drawn = model.sample(N, conditions={"x": [1.0, 3.0]}, random_state=0)["x"]
    assert set(drawn) == {1.0, 3.0}
    assert abs((drawn == 1.0).mean() - np.exp(2) / (1 + np.exp(2))) < 0.03


@pytest.mark.parametrize("seed", range(3))
def test_known_numbers_weigh_the_components(numbers, seed):
    """Rows completed given x, each with its own x, against the law of y given x row by row."""
    x = numbers.sample(N, random_state=seed)[["x"]]
    done = numbers.sample_remaining(x, random_state=seed + 10)
    pd.testing.assert_series_equal(done["x"], x["x"])
    pairs = done[["x", "y"]].head(4_000).to_numpy()
    places = np.array([conditional_cdf(numbers, at, [y])[0] for at, y in pairs])
    assert stats.kstest(places, "uniform").statistic < KS / np.sqrt(4_000) + 2e-3


def test_rows_are_completed_from_levels_spikes_and_missing_values(model_and_rows):
    model, rows = model_and_rows
    known = rows[["level", "gain", "y"]].head(60_000)
    done = model.sample_remaining(known, random_state=0)
    pd.testing.assert_frame_equal(done[known.columns], known)
    for name in ("x", "count"):
        assert stats.ks_2samp(done[name], rows[name]).statistic < KS * np.sqrt(1 / 60_000 + 1 / FREE)
    for part in (known["gain"] == 0, known["y"].isna(), known["level"] == "high"):
        a, b = rows["x"].head(60_000)[part], done["x"][part]
        assert stats.ks_2samp(a, b).statistic < KS * np.sqrt(2 / len(a))


def test_known_numbers_out_of_the_columns_range_stay_and_the_rest_is_drawn():
    model = MixtureSynthesizer(n_components=2, random_state=0, **plain).fit(mixed_table(3_000))
    done = model.sample_remaining(pd.DataFrame({"x": [1e6, 0.0]}), random_state=0)
    assert done["x"].tolist() == [1e6, 0.0]
    assert done.drop(columns="y").notna().all(axis=None)


def test_a_short_conditional_draw_is_a_prefix(model_and_rows):
    model, _ = model_and_rows
    wanted = {"x": (0.0, 3.0), "y": (None, 0.0), "gain": (0.0, 6.0)}
    long = model.sample(5_000, conditions=wanted, random_state=3)
    pd.testing.assert_frame_equal(model.sample(100, conditions=wanted, random_state=3), long.head(100))


def test_impossible_and_unlikely_conditions():
    frame = pd.DataFrame({"c": list("ab") * 500, "d": list("ab") * 500, "x": np.r_[np.zeros(500), np.ones(500)]})
    frame["x"] += 0.01 * np.random.default_rng(0).normal(size=1_000)
    model = MixtureSynthesizer(n_components=2, random_state=0, **plain).fit(frame)
    with pytest.raises(ConditionError, match="'x'"):
        model.sample(5, conditions={"x": (50.0, 60.0)})
    z = np.random.default_rng(1).normal(size=(1_000, 2))
    close = pd.DataFrame({"x": z[:, 0], "y": z[:, 0] + 0.01 * z[:, 1]})
    numbers = MixtureSynthesizer(n_components=1, random_state=0, **plain).fit(close)
    with pytest.warns(ConditionWarning, match="impossible"):
        sample = numbers.sample(50, conditions={"x": (1.0, 1.2), "y": (-1.2, -1.0)}, random_state=0)
    assert sample["x"].between(1.0, 1.2).all()
    assert sample["y"].between(-1.2, -1.0).all()


def test_too_many_ways_to_meet_conditions():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(300, 3)), columns=list("abc"))
    model = MixtureSynthesizer(n_components=1, random_state=0).fit(frame)
    points = np.linspace(-1, 1, 60).tolist()
    with pytest.raises(ConditionError, match="ways to meet"):
        model.sample(5, conditions=dict.fromkeys("abc", points))


def test_weights_of_cases_sum_to_one(model_and_rows):
    model, _ = model_and_rows
    from synthfast.encoding import encode_conditions

    plan = plan_conditions(model._model, encode_conditions(model._codec, {"gain": (0.0, 3.0), "level": "low"}))
    assert {choice.state for case in plan.cases for choice in case.choices} == {0, 1}
    assert (np.diff(plan.reach) > 0).all()


# -- boxes -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("d", [2, 3, 5])
@pytest.mark.parametrize("seed", range(3))
def test_masses_of_boxes_agree_with_scipy(d, seed):
    rng = np.random.default_rng(seed)
    spread = rng.normal(size=(d, d))
    covariance = spread @ spread.T + 0.3 * np.eye(d)
    mean, low = rng.normal(size=d), rng.normal(size=d) - 1
    high = low + rng.exponential(1.5, d)
    high[0] = np.inf
    expected = stats.multivariate_normal(mean, covariance, abseps=1e-9, releps=1e-7, maxpts=2_000_000).cdf(
        high, lower_limit=low
    )
    found = log_box_probability(mean, covariance, [(low[[j]], high[[j]]) for j in range(d)])
    assert np.exp(found) == pytest.approx(expected, rel=3e-3)


def test_masses_of_unions_are_sums_of_those_of_their_parts():
    covariance = np.array([[1.0, 0.8], [0.8, 1.0]])
    union = (np.array([-2.0, 0.5]), np.array([-1.0, 2.0]))
    other = (np.array([-0.5]), np.array([1.0]))
    whole = log_box_probability(np.zeros(2), covariance, [union, other])
    parts = [log_box_probability(np.zeros(2), covariance, [(union[0][[k]], union[1][[k]]), other]) for k in range(2)]
    assert np.exp(whole) == pytest.approx(np.exp(parts[0]) + np.exp(parts[1]), rel=1e-3)


def test_independent_numbers_and_far_tails_are_exact():
    mean, covariance = np.array([1.0, -1.0]), np.diag([4.0, 0.25])
    segments = [(np.array([20.0]), np.array([np.inf])), (np.array([-np.inf]), np.array([-9.0]))]
    expected = stats.norm.logsf(9.5) + stats.norm.logcdf(-16.0)
    assert log_box_probability(mean, covariance, segments) == pytest.approx(expected, rel=1e-10)
    assert log_box_probability(mean, covariance, [(np.array([90.0]), np.array([91.0])), segments[1]]) == -np.inf
