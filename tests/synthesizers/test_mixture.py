"""Mixtures against scikit-learn from the same start, and against theory: recovery, densities, bad input."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.mixture import GaussianMixture

import synthfast
from synthfast import MixtureSynthesizer
from synthfast.exceptions import ConditionError, DataError, NotFittedError, SchemaError
from synthfast.synthesizers._mixture.em import Terms, fit_em
from synthfast.synthesizers._mixture.parameters import Parameters
from synthfast.synthesizers._mixture.rows import MixtureRows
from synthfast.synthesizers._mixture.scales import find_spikes

N = 20_000
KINDS = ("full", "tied", "diag", "spherical")
plain = {"scale": "standard", "marginals": "mixture"}


def blobs(n=N, d=3, k=3, seed=0, apart=3.0):
    """Rows, the components that they come from, means and covariances."""
    rng = np.random.default_rng(seed)
    means = apart * rng.normal(size=(k, d))
    spread = rng.normal(size=(k, d, d))
    covariances = spread @ spread.transpose(0, 2, 1) / d + 0.2 * np.eye(d)
    component = rng.integers(0, k, n)
    noise = np.einsum("nij,nj->ni", np.linalg.cholesky(covariances)[component], rng.normal(size=(n, d)))
    return means[component] + noise, component, means, covariances


def shaped(peer, kind, k, d):
    """scikit-learn's covariances as ours."""
    c = peer.covariances_
    if kind == "tied":
        return np.repeat(c[None], k, axis=0)
    return {"full": lambda: c, "diag": lambda: c[:, None, :], "spherical": lambda: np.repeat(c[:, None, None], d, 2)}[
        kind
    ]()


# -- the fit -----------------------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", KINDS)
def test_iterations_are_those_of_scikit_learn_from_the_same_start(kind):
    x, *_ = blobs(5_000, 4, 3)
    k, d = 3, 4
    begun = GaussianMixture(k, covariance_type=kind, max_iter=1, init_params="random_from_data", random_state=0).fit(x)
    peer = GaussianMixture(
        k,
        covariance_type=kind,
        weights_init=begun.weights_,
        means_init=begun.means_,
        precisions_init=begun.precisions_,
        max_iter=40,
        tol=0.0,
    ).fit(x)
    rows = MixtureRows.of(np.ascontiguousarray(x.T), np.empty((len(x), 0), np.int32))
    covariances = np.ascontiguousarray(shaped(begun, kind, k, d))
    start = Parameters(kind, begun.weights_, begun.means_, covariances, np.ones((0, k)))
    terms = Terms(1e-6, np.zeros(d), np.empty(0))
    fit = fit_em(rows, start, terms, np.zeros(1, dtype=np.int64), max_iter=40, tol=0.0)
    assert fit.log_likelihood / len(x) == pytest.approx(peer.score(x), abs=1e-9)
    assert -2 * fit.log_likelihood + fit.parameters.n_free(0) * np.log(len(x)) == pytest.approx(peer.bic(x), abs=1e-4)
    np.testing.assert_allclose(fit.parameters.means, peer.means_, atol=1e-7)
    np.testing.assert_allclose(fit.parameters.covariances, shaped(peer, kind, k, d), atol=1e-7)


@pytest.mark.parametrize("kind", KINDS)
def test_densities_and_shares_are_those_of_a_mixture_with_these_parameters(kind):
    """The public attributes, in the data's own units, put into scikit-learn's mixture."""
    x, *_ = blobs(4_000)
    x = x * [1.0, 50.0, 0.01] + [0.0, 1e3, -1.0] if kind != "spherical" else x
    frame = pd.DataFrame(x, columns=list("abc"))
    model = MixtureSynthesizer(n_components=3, covariance_type=kind, random_state=0, tol=1e-8, **plain).fit(frame)
    peer = GaussianMixture(3, covariance_type=kind)
    covariances = model.covariances_
    if kind == "spherical":  # of the standardised numbers
        peer = GaussianMixture(3, covariance_type="diag")
        covariances = covariances[:, None] * np.square([s.width for s in model._model.columns.scales])
    peer.weights_, peer.means_, peer.covariances_ = model.weights_, model.means_, covariances
    kinds = {"full": np.linalg.cholesky, "tied": np.linalg.cholesky, "diag": np.sqrt, "spherical": np.sqrt}
    root = kinds[kind](covariances)
    peer.precisions_cholesky_ = 1 / root if kind in ("diag", "spherical") else np.linalg.inv(root).swapaxes(-1, -2)
    np.testing.assert_allclose(model.score_samples(frame), peer.score_samples(x), atol=1e-9)
    np.testing.assert_allclose(model.responsibilities(frame), peer.predict_proba(x), atol=1e-9)
    assert model.lower_bound_ == pytest.approx(peer.score(x), abs=1e-9)
    if kind != "spherical":
        assert model.bic_ == pytest.approx(peer.bic(x), rel=1e-9)
    assert model.converged_
    assert model.n_components_ == 3


@pytest.mark.parametrize("scale", ["auto", "normal", "standard"])
def test_the_number_of_components_is_found(scale):
    x, *_ = blobs(6_000, apart=6.0, seed=1)
    model = MixtureSynthesizer(random_state=0, scale=scale).fit(pd.DataFrame(x, columns=list("abc")))
    if scale == "standard":  # what is Gaussian there is so on no other scale
        assert model.n_components_ == 3
    assert model.n_components_ == min(model.bic_path_, key=model.bic_path_.get)
    assert list(model.bic_path_)[:3] == [1, 2, 3]


def test_one_gaussian_needs_one_component():
    x, *_ = blobs(6_000, k=1)
    assert MixtureSynthesizer(random_state=0).fit(pd.DataFrame(x)).n_components_ == 1


def test_bic_is_chosen_on_a_sample_and_fitted_on_all_rows():
    x, *_ = blobs(6_000, apart=4.0, seed=1)
    frame = pd.DataFrame(x, columns=list("abc"))
    model = MixtureSynthesizer(random_state=0, bic_rows=2_000, **plain).fit(frame)
    whole = MixtureSynthesizer(random_state=0, n_components=3, tol=1e-7, **plain).fit(frame)
    assert model.n_components_ == 3
    assert model.lower_bound_ == pytest.approx(whole.lower_bound_, abs=1e-3)


def matched(model, means):
    """Our components in the order of the true ones."""
    return np.array([int(np.argmin(np.square(model.means_ - mean).sum(axis=1))) for mean in means])


@pytest.mark.parametrize("rate", [0.0, 0.3])
def test_parameters_are_recovered_though_numbers_are_missing(rate):
    """Blobs that hardly overlap: errors of means are those of (1 - rate) n / 3 rows, times 4."""
    x, component, means, covariances = blobs(apart=12.0, seed=2)
    rng = np.random.default_rng(0)
    x[rng.random(x.shape) < rate] = np.nan
    model = MixtureSynthesizer(n_components=3, random_state=0, tol=1e-8, **plain).fit(pd.DataFrame(x))
    order = matched(model, means)
    assert sorted(order) == [0, 1, 2]
    each = np.bincount(component)
    deviations = np.sqrt(np.diagonal(covariances, axis1=1, axis2=2))
    errors = deviations / np.sqrt(each * (1 - rate))[:, None]
    assert (np.abs(model.means_[order] - means) < 4 * errors).all()
    assert (np.abs(model.weights_[order] - each / N) < 1e-3 + 4 * rate**3 / np.sqrt(N)).all()
    spread = np.einsum("ki,kj->kij", deviations, deviations)
    bound = 4 * np.sqrt(2 / (each * (1 - rate) ** 2))[:, None, None] * spread
    assert (np.abs(model.covariances_[order] - covariances) < bound).all()


def test_missing_numbers_are_told_by_the_others():
    """Mean imputation would pull the second column's mean, which depends on the first by which it goes missing."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=N)
    y = 0.8 * x + 0.6 * rng.normal(size=N)
    frame = pd.DataFrame({"x": x, "y": np.where(x > 0.5, np.nan, y)})
    model = MixtureSynthesizer(n_components=1, random_state=0, tol=1e-10, max_iter=2_000, **plain).fit(frame)
    assert abs(model.means_[0, 1]) < 0.05
    assert abs(model.covariances_[0, 0, 1] - 0.8) < 0.05
    assert abs(model.covariances_[0, 1, 1] - 1.0) < 0.08


def test_levels_tell_components_that_numbers_do_not():
    """Two kinds of rows with three binary columns each: a latent class model (Goodman 1974), identified by three."""
    rng = np.random.default_rng(2)
    kind = rng.random(N) < 0.4
    p = np.array([[0.9, 0.85, 0.8], [0.1, 0.2, 0.15]])[kind.astype(int)]
    frame = pd.DataFrame(np.where(rng.random((N, 3)) < p, "yes", "no"), columns=list("abc"))
    model = MixtureSynthesizer(n_components=2, random_state=0, tol=1e-9, max_iter=2_000).fit(frame)
    shares = np.array([model.level_probabilities_[name][:, 1] for name in "abc"]).T
    order = np.argsort(-shares[:, 0])
    np.testing.assert_allclose(model.weights_[order], [0.6, 0.4], atol=0.03)
    np.testing.assert_allclose(shares[order], [[0.9, 0.85, 0.8], [0.1, 0.2, 0.15]], atol=0.04)
    pairs = frame.value_counts(normalize=True)
    drawn = model.sample(N, random_state=0).value_counts(normalize=True)
    assert np.abs(pairs - drawn.reindex(pairs.index)).max() < 4 * 0.5 / np.sqrt(N) * np.sqrt(2)


def test_missing_rates_belong_to_components():
    rng = np.random.default_rng(3)
    far = rng.random(N) < 0.5
    x = rng.normal(size=N) + 10 * far
    y = rng.normal(size=N)
    y[rng.random(N) < np.where(far, 0.8, 0.05)] = np.nan
    model = MixtureSynthesizer(random_state=0).fit(pd.DataFrame({"x": x, "y": y}))
    sample = model.sample(N, random_state=1)
    assert abs(sample["y"].isna()[sample["x"] > 5].mean() - 0.8) < 0.02
    assert abs(sample["y"].isna()[sample["x"] < 5].mean() - 0.05) < 0.02


def test_spikes_are_states_of_their_own():
    rng = np.random.default_rng(4)
    zero = rng.random(N) < 0.7
    gain = np.where(zero, 0.0, np.round(rng.gamma(2, 3_000, N)))
    frame = pd.DataFrame({"gain": gain, "side": zero + rng.normal(size=N)})
    model = MixtureSynthesizer(random_state=0).fit(frame)
    assert model.level_probabilities_["gain"].shape == (model.n_components_, 2)
    assert model.weights_ @ model.level_probabilities_["gain"][:, 1] == pytest.approx(zero.mean(), abs=1e-6)
    sample = model.sample(N, random_state=0)
    assert abs((sample["gain"] == 0).mean() - zero.mean()) < 4 * np.sqrt(0.21 / N) * np.sqrt(2)
    real, drawn = (f["side"][f["gain"] == 0].mean() - f["side"][f["gain"] > 0].mean() for f in (frame, sample))
    assert abs(real - drawn) < 0.1


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([900, 5, 5, 5, 5], [0]),
        ([195, 195, 156, 146, 104], []),
        ([5, 5, 5, 400, 5, 5, 90, 5, 5], [3, 6]),
        ([300, 400, 1, 1, 1, 1], []),
        ([4, 1, 1, 1], []),
        ([1000], []),
    ],
    ids=["zero", "Poisson", "two", "two side by side", "too few", "nothing else"],
)
def test_what_is_a_spike(counts, expected):
    counts = np.array(counts)
    found = find_spikes(np.arange(len(counts)).astype(float), counts, int(counts.sum()), 5)
    assert np.flatnonzero(found).tolist() == expected


@pytest.mark.parametrize(
    ("draw", "expected"),
    [
        (lambda rng: rng.normal(size=5_000), False),
        (lambda rng: np.exp(3 * rng.normal(size=5_000)), False),
        (lambda rng: rng.standard_cauchy(5_000), False),
        (lambda rng: rng.poisson(2, 5_000), False),
        (lambda rng: rng.normal(size=5_000) + 3 * (rng.random(5_000) < 0.5), False),
        (lambda rng: rng.normal(size=5_000) + 8 * (rng.random(5_000) < 0.5), True),
        (lambda rng: 5 * rng.integers(0, 3, 5_000) + 0.1 * rng.normal(size=5_000), True),
    ],
    ids=["normal", "lognormal", "Cauchy", "Poisson", "two that overlap", "two", "three"],
)
def test_what_falls_apart(draw, expected):
    frame = pd.DataFrame({"x": draw(np.random.default_rng(0))})
    model = MixtureSynthesizer(n_components=1, random_state=0).fit(frame)
    assert model.scales_ == {"x": "standard" if expected else "normal"}


def test_components_of_few_rows_are_dropped():
    """Three far rows are no component: it would repeat them."""
    rng = np.random.default_rng(5)
    x = np.concatenate([rng.normal(size=(2_000, 2)), 300 + 0.01 * rng.normal(size=(3, 2))])
    model = MixtureSynthesizer(n_components=2, random_state=0, **plain).fit(pd.DataFrame(x))
    assert model.n_components_ == 1 or (model.weights_ * len(x) >= 5).all()


# -- what numbers may be -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", ["auto", "normal", "standard"])
@pytest.mark.parametrize("kind", KINDS)
def test_duplicated_and_nearly_constant_columns(kind, scale):
    rng = np.random.default_rng(6)
    x = rng.normal(size=3_000)
    frame = pd.DataFrame({"x": x, "same": x, "double": 2 * x + 1, "still": 1.0 + 1e-9 * rng.normal(size=3_000)})
    model = MixtureSynthesizer(covariance_type=kind, scale=scale, max_components=4, random_state=0).fit(frame)
    sample = model.sample(2_000, random_state=0)
    assert np.isfinite(sample.to_numpy()).all()
    assert np.isfinite(model.score_samples(frame)).all()
    if kind in ("full", "tied"):
        assert sample.corr().loc["x", "same"] > 0.99


def test_whole_numbers_do_not_draw_components_onto_themselves():
    """Without a floor under variances a component on one value of the grid would gain without end."""
    rng = np.random.default_rng(7)
    frame = pd.DataFrame({"n": rng.poisson(4, 5_000), "m": rng.integers(0, 3, 5_000)})
    model = MixtureSynthesizer(random_state=0, **plain).fit(frame)
    spread = np.sqrt(np.diagonal(model.covariances_, axis1=1, axis2=2))
    assert (spread >= 0.999 * np.sqrt(0.25 / 12)).all()
    sample = model.sample(5_000, random_state=0)
    assert sample["n"].min() >= 0
    assert sample["m"].between(0, 2).all()


@pytest.mark.parametrize("marginals", ["empirical", "mixture"])
def test_numbers_stay_within_their_column(marginals):
    rng = np.random.default_rng(8)
    frame = pd.DataFrame({"share": rng.beta(0.5, 0.7, 4_000), "size": np.exp(2 * rng.normal(size=4_000))})
    model = MixtureSynthesizer(random_state=0, scale="standard", marginals=marginals, max_components=6).fit(frame)
    sample = model.sample(20_000, random_state=0)
    for name in frame:
        column = model.schema_[name]
        assert sample[name].between(column.minimum, column.maximum).all()
        assert (sample[name] == column.minimum).mean() < 0.01  # nothing is heaped at the end


def test_refused_rows_leave_the_mixture_given_the_range():
    """One Gaussian fitted to a half normal, cut at 0, is a truncated Gaussian."""
    rng = np.random.default_rng(9)
    frame = pd.DataFrame({"x": np.abs(rng.normal(size=N))})
    model = MixtureSynthesizer(n_components=1, random_state=0, **plain).fit(frame)
    mean, deviation = model.means_[0, 0], np.sqrt(model.covariances_[0, 0, 0])
    column = model.schema_["x"]
    ends = (column.minimum - mean) / deviation, (column.maximum - mean) / deviation
    law = stats.truncnorm(*ends, mean, deviation)
    assert stats.kstest(model.sample(N, random_state=0)["x"], law.cdf).statistic < 1.95 / np.sqrt(N)


def test_huge_numbers():
    rng = np.random.default_rng(10)
    frame = pd.DataFrame({"x": 1e300 * rng.normal(size=500), "y": 1e-300 * rng.normal(size=500)})
    for scale in ("auto", "normal", "standard"):
        sample = MixtureSynthesizer(random_state=0, scale=scale).fit(frame).sample(500, random_state=0)
        assert np.isfinite(sample.to_numpy()).all()


# -- draws -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_draws_follow_the_mixture(kind):
    """Every number's marginal against the mixture's own distribution function, and all moments of second order."""
    x, *_ = blobs(8_000)
    model = MixtureSynthesizer(n_components=3, covariance_type=kind, random_state=0, **plain).fit(pd.DataFrame(x))
    n = 100_000
    drawn = model.sample(n, random_state=1).to_numpy()
    deviations = np.sqrt(model._model.parameters.variances()) * [s.width for s in model._model.columns.scales]
    for j in range(3):

        def cdf(v, j=j):
            return (model.weights_ * stats.norm.cdf((v[:, None] - model.means_[:, j]) / deviations[:, j])).sum(axis=1)

        assert stats.kstest(drawn[:, j], cdf).statistic < 1.95 / np.sqrt(n) + 2e-3  # ranges cut off a little
    whole = np.array([model._model.parameters.covariance(k) for k in range(3)])
    widths = np.array([s.width for s in model._model.columns.scales])
    centred = model.means_ - model.weights_ @ model.means_
    expected = np.einsum("k,kij->ij", model.weights_, whole * np.outer(widths, widths))
    expected += np.einsum("k,ki,kj->ij", model.weights_, centred, centred)
    assert np.abs(np.cov(drawn.T) / expected - 1).max() < 0.05


def test_dependence_that_changes_sign_is_kept():
    """A cross, which no single Gaussian and no copula of one can draw."""
    rng = np.random.default_rng(11)
    x = rng.normal(size=N)
    frame = pd.DataFrame({"x": x, "y": np.where(rng.random(N) < 0.5, x, -x) + 0.1 * rng.normal(size=N)})
    sample = MixtureSynthesizer(random_state=0).fit(frame).sample(N, random_state=0)
    gap = np.abs(np.abs(sample["x"]) - np.abs(sample["y"]))
    assert np.quantile(gap, 0.9) < 2 * np.quantile(np.abs(np.abs(frame["x"]) - np.abs(frame["y"])), 0.9)


# -- bad input ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"n_components": 0}, "n_components"),
        ({"n_components": 51}, "n_components.*from 1 to 50"),
        ({"n_components": "aic"}, "n_components.*bic"),
        ({"n_components": 2.5}, "n_components"),
        ({"covariance_type": "diagonal"}, "covariance_type.*'diag'"),
        ({"scale": "log"}, "scale"),
        ({"marginals": "gamma"}, "marginals"),
        ({"max_components": 0}, "max_components"),
        ({"n_init": 0}, "n_init"),
        ({"max_iter": 0}, "max_iter"),
        ({"tol": -1.0}, "tol"),
        ({"reg_covar": -1.0}, "reg_covar"),
        ({"bic_rows": 0}, "bic_rows"),
        ({"min_level_count": 0}, "min_level_count"),
    ],
)
def test_bad_parameters_are_named(params, words):
    frame = pd.DataFrame({"x": np.arange(50.0)})
    with pytest.raises((TypeError, ValueError), match=words):
        MixtureSynthesizer(**params).fit(frame)


def test_without_regularisation_a_constant_number_is_an_error():
    rows = MixtureRows.of(np.array([np.arange(50.0), np.zeros(50)]), np.empty((50, 0), np.int32))
    start = Parameters("full", np.ones(1), np.zeros((1, 2)), np.eye(2)[None], np.ones((0, 1)))
    terms = Terms(0.0, np.zeros(2), np.empty(0))
    with pytest.raises(DataError, match="reg_covar"):
        fit_em(rows, start, terms, np.zeros(1, dtype=np.int64), max_iter=5, tol=0.0)


def test_questions_about_other_tables_are_named():
    frame = pd.DataFrame({"x": np.arange(50.0), "c": list("ab") * 25})
    with pytest.raises(NotFittedError, match="score_samples"):
        MixtureSynthesizer().score_samples(frame)
    model = MixtureSynthesizer(random_state=0).fit(frame)
    with pytest.raises(SchemaError, match="nowhere"):
        model.responsibilities(frame.assign(nowhere=1))
    with pytest.raises(DataError, match="features"):
        model.score_samples(np.zeros((3, 5)))


def test_densities_of_some_columns_are_those_of_their_marginal():
    x, *_ = blobs(3_000)
    frame = pd.DataFrame(x, columns=list("abc"))
    model = MixtureSynthesizer(n_components=3, random_state=0, **plain).fit(frame)
    deviations = np.sqrt(model.covariances_[:, 1, 1])
    expected = stats.norm.pdf((x[:, [1]] - model.means_[:, 1]) / deviations) / deviations @ model.weights_
    np.testing.assert_allclose(model.score_samples(frame[["b"]]), np.log(expected), atol=1e-9)


def test_what_no_component_can_give_has_no_density():
    frame = pd.DataFrame({"x": np.arange(60.0), "c": list("ab") * 30})
    model = MixtureSynthesizer(n_components=1, random_state=0).fit(frame)
    odd = pd.DataFrame({"x": [1.0, np.nan], "c": ["a", None]})
    # what is missing where nothing was is unknown
    assert np.isfinite(model.score_samples(odd)).tolist() == [True, True]
    np.testing.assert_allclose(model.responsibilities(odd).sum(axis=1), 1.0)


def test_conditions_on_columns_that_are_never_missing():
    frame = pd.DataFrame({"x": np.arange(60.0), "c": list("ab") * 30})
    model = MixtureSynthesizer(random_state=0).fit(frame)
    with pytest.raises(ConditionError, match="'x' has no missing values"):
        model.sample(3, conditions={"x": None})
    with pytest.raises(ConditionError, match="'c' has no missing values"):
        model.sample(3, conditions={"c": None})
    with pytest.raises(ConditionError, match="row 1"):
        model.sample_remaining(pd.DataFrame({"c": ["a", None]}))


def test_saved_models_answer_the_same(tmp_path):
    x, *_ = blobs(2_000)
    frame = pd.DataFrame(x, columns=list("abc")).assign(c=np.where(x[:, 0] > 0, "p", "q"))
    model = MixtureSynthesizer(random_state=0).fit(frame)
    model.save(tmp_path / "m.synth")
    loaded = synthfast.load(tmp_path / "m.synth")
    np.testing.assert_array_equal(loaded.score_samples(frame), model.score_samples(frame))
    assert loaded.bic_path_ == model.bic_path_
    assert (loaded.converged_, loaded.n_iter_, loaded.bic_) == (model.converged_, model.n_iter_, model.bic_)
    wanted = {"a": (0.0, 1.0), "c": "p"}
    pd.testing.assert_frame_equal(
        loaded.sample(300, conditions=wanted, random_state=1), model.sample(300, conditions=wanted, random_state=1)
    )


def test_training_rows_are_possible_whatever_gaps_and_heavy_values_the_column_has():
    rng = np.random.default_rng(0)
    groups = np.round(np.r_[rng.gamma(2.0, 20.0, 900), 300.0 + rng.gamma(2.0, 5.0, 300)], 9)
    frame = pd.DataFrame({"x": np.r_[groups, np.repeat([16.0, 123.0], 40)]})
    for scale in ("normal", "standard"):
        model = MixtureSynthesizer(n_components=2, scale=scale, random_state=0).fit(frame)
        assert np.isfinite(model.score_samples(frame)).all()
        assert np.isfinite(model.bic_)
