"""Conditional draws from kernel estimates: exact laws where they are known, else what rejection gives."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from synthfast import KDESynthesizer, Schema
from synthfast.exceptions import ConditionError

N = 20_000


def table(n=800, seed=0):
    """Correlated numbers, one of them bounded, a spike, whole numbers, levels, missing values."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(n, 3)) @ np.array([[1.0, 0.7, 0.3], [0.0, 0.71, -0.4], [0.0, 0.0, 0.87]])
    frame = pd.DataFrame({"a": z[:, 0], "b": z[:, 1], "size": np.exp(z[:, 2])})
    frame["spiked"] = np.where(rng.random(n) < 0.3, 0.0, rng.gamma(2, size=n) + (z[:, 0] > 0))
    frame["count"] = rng.poisson(np.exp(1.5 + 0.4 * z[:, 1]))
    frame["level"] = np.where(rng.random(n) < 0.2, "r", np.where(z[:, 0] > 0, "p", "q"))
    grades = np.digitize(z[:, 1], [-0.5, 0.5])
    frame["grade"] = pd.Categorical.from_codes(grades, ["low", "mid", "high"], ordered=True)
    frame.loc[rng.random(n) < 0.1, "b"] = np.nan
    return frame


@pytest.fixture(scope="module")
def frame():
    return table()


MODELS = {
    "full": {},
    "diagonal": {"covariance": "diagonal"},
    "adaptive": {"adaptive": True, "bandwidth": "scott"},
    "linear": {"covariance": "diagonal", "kernel": "linear", "bandwidth": "scott"},
    "exponential": {"covariance": "diagonal", "kernel": "exponential", "adaptive": True},
    "smoothed levels": {"covariance": "diagonal", "bandwidth": {"level": 0.3, "grade": 0.4, "a": 0.5}},
}


@pytest.fixture(scope="module", params=MODELS)
def model(request, frame):
    return KDESynthesizer(random_state=0, **MODELS[request.param]).fit(frame)


CONDITIONS = {
    "range": {"a": (0.2, 0.9)},
    "open range": {"size": (None, 0.6)},
    "two ranges": {"a": (-0.5, 0.5), "b": (0.0, None)},
    "three ranges": {"a": (-1.0, 0.5), "b": (-0.5, 1.5), "size": (0.5, 2.0)},
    "range over a spike": {"spiked": (0.0, 0.8)},
    "whole numbers": {"count": (2, 5), "a": (0.0, 1.5)},
    "list of whole numbers": {"count": [1, 4, 9]},
    "levels": {"level": ["p", "r"], "grade": "mid"},
    "levels and range": {"level": "q", "grade": ["low", "high"], "a": (-1.0, 1.0)},
    "missing": {"b": None, "a": (0.0, None)},
}


def met(frame, conditions):
    out = np.ones(len(frame), dtype=bool)
    for name, wanted in conditions.items():
        column = frame[name]
        if wanted is None:
            out &= column.isna()
        elif isinstance(wanted, tuple):
            low, high = (
                limit if limit is not None else sign * np.inf for limit, sign in zip(wanted, (-1, 1), strict=True)
            )
            out &= ((column >= low) & (column <= high)).to_numpy()
        else:
            out &= column.isin(wanted if isinstance(wanted, list) else [wanted]).to_numpy()
    return out


@pytest.fixture(scope="module")
def unconditional(model):
    return model.sample(400_000, random_state=5)


@pytest.mark.parametrize("case", CONDITIONS)
def test_the_law_is_that_of_rows_that_happen_to_obey(model, unconditional, case):
    """KS of two samples below what is passed once in 100,000 times; shares within 4.5 standard errors."""
    conditions = CONDITIONS[case]
    drawn = model.sample(N, conditions=conditions, random_state=1)
    assert met(drawn, conditions).all()
    kept = unconditional[met(unconditional, conditions)]
    assert len(kept) > 2_000
    for name in ("a", "b", "size", "spiked", "count"):
        x, y = drawn[name].dropna(), kept[name].dropna()
        gone, p = drawn[name].isna().mean(), kept[name].isna().mean()
        assert abs(gone - p) < 4.5 * np.sqrt(max(p * (1 - p), 1e-9) * (1 / N + 1 / len(kept)))
        if len(x):
            assert stats.ks_2samp(x, y).statistic < 2.47 * np.sqrt(1 / len(x) + 1 / len(y)), name
    for name in ("level", "grade"):
        shares, expected = drawn[name].value_counts(normalize=True), kept[name].value_counts(normalize=True)
        for level, p in expected.items():
            error = np.sqrt(max(p * (1 - p), 1e-9) * (1 / N + 1 / len(kept)))
            assert abs(shares.get(level, 0.0) - p) < 4.5 * error, (name, level)


# -- known answers -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pair():
    """Two columns, with what a product kernel of bandwidths 0.3 and 0.5 gives in closed form."""
    rng = np.random.default_rng(2)
    x = rng.normal(size=400)
    return pd.DataFrame({"x": x, "y": np.sin(2 * x) + 0.3 * rng.normal(size=400)})


PAIR = {"bandwidth": {"x": 0.3, "y": 0.5}, "covariance": "diagonal", "bounds": None}


def fit_pair(pair, **settings):
    """A model whose draws may go beyond the data, as its kernels do; else they are folded into the columns' ranges."""
    wide = {name: {"minimum": -10.0, "maximum": 10.0} for name in pair.columns}
    return KDESynthesizer(**{**PAIR, **settings}).fit(pair, schema=Schema.infer(pair, overrides=wide))


def test_a_value_weighs_rows_by_their_density(pair):
    """The mean given x = 1 is the Nadaraya-Watson regression, the variance that of the mixture."""
    model = fit_pair(pair)
    drawn = model.sample(N, conditions={"x": 1.0}, random_state=0)
    assert (drawn["x"] == 1.0).all()
    w = stats.norm.pdf((1.0 - pair["x"]) / 0.3)
    w /= w.sum()
    mean = np.sum(w * pair["y"])
    variance = np.sum(w * (pair["y"] - mean) ** 2) + 0.5**2
    assert abs(drawn["y"].mean() - mean) < 4 * np.sqrt(variance / N)
    assert abs(drawn["y"].var() - variance) < 4 * variance * np.sqrt(3 / N)


def test_values_of_a_list_come_by_their_densities(pair):
    model = fit_pair(pair)
    drawn = model.sample(N, conditions={"x": [-1.5, 0.0, 2.0]}, random_state=0)
    density = np.array([stats.norm.pdf((v - pair["x"]) / 0.3).sum() for v in (-1.5, 0.0, 2.0)])
    share = density / density.sum()
    found = np.array([(drawn["x"] == v).mean() for v in (-1.5, 0.0, 2.0)])
    assert abs(found.sum() - 1) < 1e-12
    assert (np.abs(found - share) < 4.5 * np.sqrt(share * (1 - share) / N)).all()


def test_values_under_correlated_kernels_shift_the_others(pair):
    """Each row's y moves along its kernel's regression line: y_i + rho h_y / h_x (1 - x_i)."""
    model = fit_pair(pair, covariance="full")
    rho = np.corrcoef(pair.T)[0, 1]
    drawn = model.sample(N, conditions={"x": 1.0}, random_state=0)
    w = stats.norm.pdf((1.0 - pair["x"]) / 0.3)
    w /= w.sum()
    center = pair["y"] + rho * 0.5 / 0.3 * (1.0 - pair["x"])
    mean = np.sum(w * center)
    variance = np.sum(w * (center - mean) ** 2) + 0.25 * (1 - rho**2)
    assert abs(drawn["y"].mean() - mean) < 4 * np.sqrt(variance / N)


def test_two_values_are_met_together(pair):
    for covariance in ("full", "diagonal"):
        model = fit_pair(pair.assign(z=pair["x"] * 2 + 0.1), covariance=covariance)
        drawn = model.sample(500, conditions={"x": 0.25, "y": 0.5}, random_state=0)
        assert (drawn[["x", "y"]].to_numpy() == [0.25, 0.5]).all()
        assert abs(drawn["z"].mean() - 0.6) < 0.6


def test_a_value_with_mass_is_taken_from_it():
    frame = table()
    model = KDESynthesizer(random_state=0).fit(frame)
    drawn = model.sample(2_000, conditions={"spiked": [0.0, 1.5]})
    assert (drawn["spiked"] == 0.0).all()
    assert (model.sample(200, conditions={"spiked": 1.5})["spiked"] == 1.5).all()


def test_dates_are_conditioned_on():
    rng = np.random.default_rng(3)
    day = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 400, 500), unit="D")
    frame = pd.DataFrame({"day": day, "x": (day - day.min()).days / 100 + rng.normal(size=500) * 0.1})
    model = KDESynthesizer(random_state=0).fit(frame)
    drawn = model.sample(500, conditions={"day": ("2024-03-01", "2024-03-31")})
    assert drawn["day"].between("2024-03-01", "2024-03-31").all()
    assert abs(drawn["x"].mean() - 0.75) < 0.1
    assert (model.sample(50, conditions={"day": "2024-05-05"})["day"] == "2024-05-05").all()


def test_plans_are_made_once_for_a_condition(pair, monkeypatch):
    import synthfast.synthesizers.kde as module

    made = []
    plan = module.plan_conditions
    monkeypatch.setattr(module, "plan_conditions", lambda *a: made.append(1) or plan(*a))
    model = fit_pair(pair)
    model.sample(200_000, conditions={"x": (0, 1)}, random_state=0)
    assert len(made) == 1


# -- conditions that no kernel reaches ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("conditions", "words"),
    [
        ({"a": (60, 70)}, "'a'"),
        ({"size": (-3, -1)}, "'size'"),
        ({"b": 1e9}, "'b'"),
        ({"count": None}, "'count'"),
        ({"level": None}, "'level'"),
        ({"grade": None}, "'grade'"),
    ],
)
def test_impossible_columns_are_named(model, conditions, words):
    with pytest.raises(ConditionError, match=words):
        model.sample(10, conditions=conditions)


def test_what_is_impossible_together_is_named():
    rng = np.random.default_rng(4)
    level = np.repeat(["left", "right"], 100)
    frame = pd.DataFrame({"x": rng.random(200) + 10 * (level == "right"), "y": rng.random(200), "level": level})
    for settings in ({"covariance": "diagonal", "kernel": "epanechnikov"}, {}):
        model = KDESynthesizer(bandwidth={"x": 0.1, "level": 0.0}, **settings).fit(frame)
        with pytest.raises(ConditionError, match=r"'x'.*'level'.*together"):
            model.sample(10, conditions={"x": (0, 2), "level": "right"})
        assert model.sample(10, conditions={"x": (0, 2), "level": "left"}).shape == (10, 3)


def test_other_kernels_take_no_conditions_on_correlated_numbers(frame):
    model = KDESynthesizer(kernel="linear", bandwidth="scott", random_state=0).fit(frame)
    with pytest.raises(ConditionError, match="diagonal"):
        model.sample(10, conditions={"a": (0, 1)})
    with pytest.raises(ConditionError, match="diagonal"):
        model.sample_remaining(frame[["a"]].head(3))
    assert (model.sample(50, conditions={"level": "p"})["level"] == "p").all()
    assert model.sample(50, conditions={"b": None})["b"].isna().all()
    assert len(model.sample_remaining(frame[["level"]].head(3))) == 3


# -- completion --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("covariance", ["full", "diagonal"])
def test_completed_rows_follow_the_regression_of_the_estimate(pair, covariance):
    model = fit_pair(pair, covariance=covariance)
    rho = np.corrcoef(pair.T)[0, 1] if covariance == "full" else 0.0
    known = np.repeat([-1.0, 0.2, 1.3], N // 2)
    drawn = model.sample_remaining(pd.DataFrame({"x": known}), random_state=0)
    assert (drawn["x"] == known).all()
    for v in np.unique(known):
        w = stats.norm.pdf((v - pair["x"]) / 0.3)
        w /= w.sum()
        center = pair["y"] + rho * 0.5 / 0.3 * (v - pair["x"])
        mean = np.sum(w * center)
        variance = np.sum(w * (center - mean) ** 2) + 0.25 * (1 - rho**2)
        assert abs(drawn["y"][known == v].mean() - mean) < 4 * np.sqrt(variance / (N // 2))


def test_completion_is_what_a_condition_gives(model):
    """Known values of every kind, against conditions on the same values: KS and shares as above."""
    known = {"size": 0.7, "count": 4, "level": "p"}
    if "full" in str(model.covariance):
        known = {"size": 0.7, "level": "p"}  # whole numbers are placed by 8 tries there
    n = 5_000
    completed = model.sample_remaining(
        pd.DataFrame({name: [value] * n for name, value in known.items()}), random_state=0
    )
    drawn = model.sample(n, conditions=known, random_state=1)
    for name in ("a", "b", "spiked"):
        x, y = completed[name].dropna(), drawn[name].dropna()
        assert stats.ks_2samp(x, y).statistic < 2.47 * np.sqrt(1 / len(x) + 1 / len(y)), name
    p, q = (f["grade"].value_counts(normalize=True) for f in (completed, drawn))
    for level in ("low", "mid", "high"):
        assert abs(p[level] - q[level]) < 4.5 * np.sqrt(2 * max(p[level] * (1 - p[level]), 1e-3) / n)


def test_rows_that_cannot_be_are_named(frame):
    model = KDESynthesizer(covariance="diagonal", kernel="tophat", bandwidth=0.05).fit(frame)
    with pytest.raises(ConditionError, match=r"row 1.*no kernel reaches"):
        model.sample_remaining(pd.DataFrame({"a": [float(frame["a"][0]), 50.0]}))
    with pytest.raises(ConditionError, match=r"row 0.*bounds"):
        model.sample_remaining(pd.DataFrame({"size": [-1.0]}))
    with pytest.raises(ConditionError, match="missing"):
        model.sample_remaining(pd.DataFrame({"a": [np.nan]}))
    with pytest.raises(ConditionError, match="nowhere"):
        model.sample_remaining(pd.DataFrame({"nowhere": [1.0]}))


def test_nothing_known_is_a_draw(frame):
    model = KDESynthesizer(random_state=0).fit(frame)
    assert model.sample_remaining(pd.DataFrame(index=range(0))).shape == (0, frame.shape[1])


@pytest.mark.parametrize("covariance", ["full", "diagonal"])
@pytest.mark.parametrize("wanted", [(None, 0), (-3.0, 0.0), 0.0], ids=str)
def test_a_range_that_reaches_only_the_spike_at_the_end_of_a_column(covariance, wanted):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.normal(size=500)})
    frame["rain"] = np.where(rng.random(500) < 0.8, 0.0, rng.exponential(size=500))
    model = KDESynthesizer(random_state=0, covariance=covariance).fit(frame)
    assert (model.sample(300, conditions={"rain": wanted})["rain"] == 0.0).all()
    both = model.sample(300, conditions={"rain": wanted, "x": (0.0, None)})
    assert both["rain"].eq(0.0).all()
    assert both["x"].ge(0.0).all()
