"""The Gaussian copula against theory: dependence that it must keep, conditions with known answers."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from synthfast import GaussianCopulaSynthesizer
from synthfast.exceptions import ConditionError, ConditionWarning

N = 20_000


@pytest.fixture(scope="module")
def normals():
    """Four normals with known correlations, and their model."""
    rng = np.random.default_rng(0)
    r = np.array([[1, 0.7, -0.4, 0.2], [0.7, 1, 0, 0.5], [-0.4, 0, 1, 0.3], [0.2, 0.5, 0.3, 1]])
    data = rng.normal(size=(N, 4)) @ np.linalg.cholesky(r).T
    frame = pd.DataFrame(data, columns=list("abcd"))
    return frame, GaussianCopulaSynthesizer(random_state=0).fit(frame), r


def within_four_errors(draws, expected, spread):
    """Mean of a draw within 4 standard errors: fails once in 15,000 checks where the expectation is right."""
    return abs(draws.mean() - expected) < 4 * spread / np.sqrt(len(draws))


def test_latent_correlations_are_recovered(normals):
    """A correlation of n normals has standard error below 1/sqrt(n)."""
    _, model, r = normals
    assert np.abs(model.correlation_ - r).max() < 4 / np.sqrt(N)


def test_levels_keep_the_latent_correlation():
    """Cut normals coarsely: the polychoric correction must undo what the cutting weakens (0.49 uncorrected)."""
    rng = np.random.default_rng(1)
    z = rng.multivariate_normal([0, 0, 0], [[1, 0.7, 0.7], [0.7, 1, 0.7], [0.7, 0.7, 1]], N)
    frame = pd.DataFrame(
        {
            "two": pd.Categorical.from_codes((z[:, 0] > 0.5).astype(int), ["n", "y"], ordered=True),
            "four": pd.Categorical.from_codes(np.digitize(z[:, 1], [-1, 0, 0.4]), list("abcd"), ordered=True),
            "real": z[:, 2],
        }
    )
    model = GaussianCopulaSynthesizer().fit(frame)
    # the moment estimator's standard error is below 3 / sqrt(n) at these cuts (delta method)
    assert np.abs(model.correlation_ - (0.7 + 0.3 * np.eye(3))).max() < 4 * 3 / np.sqrt(N)


def test_a_shuffled_naming_of_levels_keeps_their_dependence():
    """Order of first appearance says nothing; the order that the model finds must carry the information."""
    rng = np.random.default_rng(2)
    z = rng.normal(size=N)
    frame = pd.DataFrame({"x": z, "level": np.array(list("qjxkzb"))[np.digitize(z, [-1.2, -0.5, 0, 0.5, 1.2])]})
    sample = GaussianCopulaSynthesizer().fit(frame).sample(N, random_state=0)
    real, kept = (f.groupby("level")["x"].mean() for f in (frame, sample))
    assert np.abs(real - kept).max() < 0.05


@pytest.mark.parametrize("seed", range(4))
def test_conditional_moments_follow_theory(normals, seed):
    """E[b | a = 1] = 0.7, var 0.51; a given 0 < b < 1 is a truncated normal's regression; four draws each."""
    _, model, _ = normals
    r = model.correlation_
    point = model.sample(N, conditions={"a": 1.0}, random_state=seed)
    spread = np.sqrt(1 - r[0, 1] ** 2)
    fitted = stats.norm.ppf(model._latents.values["a"].table.cdf(np.array([1.0])))[0]
    latent_b = stats.norm.ppf(model._latents.values["b"].table.cdf(point["b"].to_numpy()))
    assert within_four_errors(latent_b, fitted * r[0, 1], spread)
    boxed = model.sample(N, conditions={"b": (0.0, 1.0)}, random_state=seed)
    low, high = (stats.norm.ppf(model._latents.values["b"].table.cdf(np.array([v])))[0] for v in (0.0, 1.0))
    mean = stats.truncnorm.mean(low, high)
    variance = 1 - r[0, 1] ** 2 * (1 - stats.truncnorm.var(low, high))
    latent_a = stats.norm.ppf(model._latents.values["a"].table.cdf(boxed["a"].to_numpy()))
    assert within_four_errors(latent_a, r[0, 1] * mean, np.sqrt(variance))


def test_conditions_given_in_any_column_order_are_right(normals):
    _, model, _ = normals
    for conditions in ({"d": 2.0, "a": -1.0}, {"a": -1.0, "d": 2.0}):
        sample = model.sample(200, conditions=conditions, random_state=0)
        assert (sample["a"] == -1.0).all()
        assert (sample["d"] == 2.0).all()


def test_two_ranges_agree_with_rows_that_happen_to_obey_them(normals):
    """The conditional law against the same model's unconditional rows that satisfy the conditions."""
    _, model, _ = normals
    free = model.sample(400_000, random_state=1)
    match = free[free["a"].between(0.5, 1.5) & free["b"].between(-1.0, 0.0) & (free["c"] > 0)]
    drawn = model.sample(N, conditions={"a": (0.5, 1.5), "b": (-1.0, 0.0), "c": (0.0, None)}, random_state=2)
    for name in "abcd":
        error = match[name].std() * np.sqrt(1 / len(match) + 1 / N)
        assert abs(match[name].mean() - drawn[name].mean()) < 4 * error, name
        assert stats.ks_2samp(match[name], drawn[name]).statistic < 1.95 * np.sqrt(1 / len(match) + 1 / N), name


def test_a_list_of_values_is_weighted_by_their_probability():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"c": rng.choice(list("abcd"), N, p=[0.5, 0.3, 0.15, 0.05]), "x": rng.normal(size=N)})
    sample = GaussianCopulaSynthesizer().fit(frame).sample(N, conditions={"c": ["a", "d"]}, random_state=0)
    share, expected = (sample["c"] == "a").mean(), (frame["c"] == "a").sum() / frame["c"].isin(["a", "d"]).sum()
    assert abs(share - expected) < 4 * np.sqrt(expected * (1 - expected) / N)


def latent_and_slope(model, name, values):
    """Normal scores of values, and the density of values over that of scores."""
    table = model._latents.values[name].table
    z = stats.norm.ppf(table.cdf(np.array(values)))
    low, high = (table.cdf(np.array(values) + step) for step in (-1e-6, 1e-6))
    return z, (high - low) / 2e-6 / stats.norm.pdf(z)


def assert_shares(drawn, weights):
    expected = np.array(weights) / np.sum(weights)
    share = np.array([np.mean(own) for own in drawn])
    assert np.all(np.abs(share - expected) < 4 * np.sqrt(expected * (1 - expected) / N)), (share, expected)


def test_points_of_a_list_are_weighted_by_their_density_under_all_conditions(normals):
    _, model, _ = normals
    r = model.correlation_[0, 1]
    points = [-0.5, 0.1, 1.5]
    z, slope = latent_and_slope(model, "a", points)
    alone = model.sample(N, conditions={"a": points}, random_state=3)
    assert alone["a"].isin(points).all()
    assert_shares([alone["a"] == x for x in points], stats.norm.pdf(z) * slope)

    within = model.sample(N, conditions={"a": points, "b": (0.5, None)}, random_state=3)
    assert (within["a"].isin(points) & within["b"].ge(0.5)).all()
    end, _ = latent_and_slope(model, "b", [0.5])
    mass = stats.norm.sf((end - r * z) / np.sqrt(1 - r * r))
    assert_shares([within["a"] == x for x in points], stats.norm.pdf(z) * slope * mass)

    others = [-0.7, 0.8]
    both = model.sample(N, conditions={"a": points, "b": others}, random_state=3)
    assert (both["a"].isin(points) & both["b"].isin(others)).all()
    z_b, slope_b = latent_and_slope(model, "b", others)
    law = stats.multivariate_normal(cov=[[1, r], [r, 1]])
    ways = [(i, k) for i in range(3) for k in range(2)]
    density = [law.pdf([z[i], z_b[k]]) * slope[i] * slope_b[k] for i, k in ways]
    assert_shares([(both["a"] == points[i]) & (both["b"] == others[k]) for i, k in ways], density)


def test_more_ways_to_choose_points_than_can_be_weighed_are_refused(normals):
    points = np.linspace(-1, 1, 200).tolist()
    with pytest.raises(ConditionError, match="40,000 ways"):
        normals[1].sample(10, conditions={"a": points, "b": points})


def test_missingness_depends_on_the_other_columns_as_it_did():
    rng = np.random.default_rng(4)
    x = rng.normal(size=N)
    frame = pd.DataFrame({"x": x, "y": rng.normal(size=N), "w": rng.normal(size=N)})
    gone = x > 1
    frame.loc[gone, ["y", "w"]] = np.nan
    sample = GaussianCopulaSynthesizer().fit(frame).sample(N, random_state=0)
    assert (sample["y"].isna() == sample["w"].isna()).mean() > 0.995
    assert (sample.loc[sample["x"] > 1.05, "y"].isna()).mean() > 0.97
    assert (sample.loc[sample["x"] < 0.95, "y"].isna()).mean() < 0.03


@pytest.mark.parametrize("sign", [1, -1])
def test_columns_that_determine_each_other_still_do(sign):
    rng = np.random.default_rng(5)
    x = np.round(rng.normal(size=N), 1)
    frame = pd.DataFrame({"x": x, "twice": np.round(sign * 2 * x + 1, 1)})
    sample = GaussianCopulaSynthesizer().fit(frame).sample(N, random_state=0)
    assert (np.abs(sign * 2 * sample["x"] + 1 - sample["twice"]) < 1e-9).mean() > 0.99


def test_stratified_marginals_are_nearly_exact(normals):
    """1,024 strata in each 1,024 rows: the KS distance to the model's own law is at most 1/1024 + knots."""
    frame, model, _ = normals
    sample = model.sample(20 * 1024, random_state=0)
    u = np.sort(model._latents.values["a"].table.cdf(sample["a"].to_numpy()))
    assert np.abs(u - (np.arange(len(u)) + 0.5) / len(u)).max() < 1 / 1024 + 1e-4
    free = GaussianCopulaSynthesizer(stratify=False).fit(frame).sample(20 * 1024, random_state=0)
    assert abs(np.corrcoef(free["a"], free["b"])[0, 1] - 0.7) < 0.02


def test_conditions_that_contradict_the_model_hold_with_a_warning(normals):
    _, model, _ = normals
    with pytest.warns(ConditionWarning, match="impossible"):
        sample = model.sample(50, conditions={"a": (2.9, None), "b": (None, -2.9), "c": (2.9, None)}, random_state=0)
    assert (sample["a"] >= 2.9).all()
    assert (sample["b"] <= -2.9).all()


def test_known_rows_with_different_patterns(normals):
    frame, _, _ = normals
    holes = frame.head(5_000).copy()
    holes.loc[holes.index % 3 == 0, "a"] = np.nan
    model = GaussianCopulaSynthesizer().fit(holes)
    sample = model.sample_remaining(holes[["a", "b"]], random_state=0)
    assert sample["a"].isna().equals(holes["a"].isna())
    # regression of d on (a, b) where both are known: residuals uncorrelated with them (4 standard errors)
    known = sample.dropna()
    r = np.corrcoef(known["b"], known["d"])[0, 1]
    assert abs(r - 0.5) < 4 / np.sqrt(len(known)) + 0.02


@pytest.mark.parametrize("marginals", ["parametric", {"a": "norm", "b": "t"}])
def test_parametric_marginals(normals, marginals):
    frame, _, _ = normals
    sample = GaussianCopulaSynthesizer(marginals=marginals).fit(frame).sample(N, random_state=0)
    assert stats.ks_2samp(sample["a"], frame["a"]).statistic < 1.95 * np.sqrt(2 / N)
    assert abs(np.corrcoef(sample["a"], sample["b"])[0, 1] - 0.7) < 0.02


def test_unknown_family_is_named(normals):
    frame, _, _ = normals
    with pytest.raises(ValueError, match="nosuch"):
        GaussianCopulaSynthesizer(marginals={"a": "nosuch"}).fit(frame)


def test_adult_keeps_its_shape_and_pairs(real_table):
    """On Adult: every marginal within a fresh sample's distance, education and its number in step."""
    frame = real_table("adult_train")
    sample = GaussianCopulaSynthesizer(random_state=1).fit(frame).sample(len(frame), random_state=1)
    for name in frame.columns:
        p, q = (f[name].value_counts(normalize=True, dropna=False) for f in (frame, sample))
        if frame[name].dtype.kind in "if":
            assert stats.ks_2samp(frame[name], sample[name]).statistic < 1.95 * np.sqrt(2 / len(frame)), name
        else:
            assert 0.5 * p.sub(q, fill_value=0).abs().sum() < 0.01, name
    pairs = frame.drop_duplicates(["education", "education_num"])
    known = set(zip(pairs["education"], pairs["education_num"], strict=True))
    assert np.mean([pair in known for pair in zip(sample["education"], sample["education_num"], strict=True)]) > 0.99


@pytest.mark.parametrize("largest", [1.7976931348623157e308, 5e-324])
def test_values_at_the_ends_of_the_floats(largest):
    """The score just after a spike at the largest float must not lie beyond it, nor may equal knots make two spikes."""
    frame = pd.DataFrame({"x": [0.0, largest] * 40 + [-largest] * 40, "c": ["a", "b"] * 40 + ["c"] * 40})
    sample = GaussianCopulaSynthesizer().fit(frame).sample(2_000, random_state=0)
    assert set(sample["x"]) <= {0.0, largest, -largest}
    assert (sample["c"][sample["x"] == -largest] == "c").mean() > 0.8  # a third where the scores were scrambled
