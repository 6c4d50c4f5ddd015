"""The bootstrap: which rows come, how often, and what stays of them."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import synthfast
from synthfast import BootstrapSynthesizer
from synthfast._core.random import BLOCK_ROWS, Stream
from synthfast.exceptions import ConditionError, DataError, SchemaError
from synthfast.synthesizers._bootstrap.laws import ClusterLaw, SingleLaw, StratumLaw, StretchLaw
from synthfast.synthesizers._bootstrap.matching import draw_matches

N = 500


def numbered(n=N, seed=0):
    """Rows that a number tells apart, with a group, a weight and correlated numbers."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    return pd.DataFrame(
        {
            "row": np.arange(n),
            "group": np.array(list("abc"))[np.minimum(np.arange(n) * 10 // n, 7) % 3],
            "x": x,
            "y": 0.7 * x + rng.normal(size=n),
            "weight": rng.integers(0, 5, n),
        }
    )


def fitted(frame, **params):
    """A model of the frame, whose rows' numbers are numbers and no identifiers."""
    schema = synthfast.Schema.infer(frame, overrides={"row": {"kind": "integer"}} if "row" in frame else None)
    return BootstrapSynthesizer(**params).fit(frame, schema=schema)


def fits(counts, expected):
    """Pearson's chi-square, failed once in 10,000 draws from the law itself."""
    kept = expected > 0
    assert (counts[~kept] == 0).all()
    statistic = ((counts - expected)[kept] ** 2 / expected[kept]).sum()
    return statistic < stats.chi2.ppf(0.9999, kept.sum() - 1)


def counts_of(sample, n=N):
    return np.bincount(sample["row"], minlength=n)


def test_rows_are_training_rows_and_all_equally_likely():
    frame = numbered()
    sample = fitted(frame).sample(50_000, random_state=0)
    pd.testing.assert_frame_equal(sample, frame.iloc[sample["row"]].reset_index(drop=True))
    assert fits(counts_of(sample), np.full(N, 50_000 / N))


@pytest.mark.parametrize("how", ["column", "array"])
def test_weights(how):
    frame = numbered()
    weights = frame["weight"].to_numpy()
    model = fitted(frame, weights="weight" if how == "column" else weights)
    sample = model.sample(50_000, random_state=0)
    assert fits(counts_of(sample), 50_000 * weights / weights.sum())


@pytest.mark.parametrize("weighted", [False, True])
def test_every_1024_rows_hold_the_strata_in_proportion(weighted):
    frame = numbered()
    model = fitted(frame, stratify="group", weights="weight" if weighted else None)
    sample = model.sample(1_024 * 50, random_state=0)
    weights = frame["weight"].to_numpy() if weighted else np.ones(N)
    shares = pd.Series(weights).groupby(frame["group"]).sum() / weights.sum()
    each = sample.groupby([sample.index // 1_024, "group"]).size().unstack(fill_value=0)
    assert (np.abs(each - 1_024 * shares) < 1.0 + 1e-9).all(axis=None)
    for name, share in shares.items():
        own = frame["group"] == name
        inside = counts_of(sample[sample["group"] == name])[own]
        total = len(sample) * share
        assert fits(inside, total * weights[own] / weights[own].sum() * inside.sum() / total)


def test_strata_by_labels_of_the_callers():
    frame = numbered()
    labels = np.where(frame["row"] < 100, "first", "rest")
    sample = fitted(frame, stratify=labels).sample(1_024, random_state=0)
    assert abs((sample["row"] < 100).sum() - 1_024 * 0.2) < 1.0 + 1e-9


def clustered(sizes):
    return pd.DataFrame({"person": np.repeat(np.arange(len(sizes)), sizes), "row": np.arange(sum(sizes))})


def test_clusters_come_whole_and_in_order():
    sizes = np.random.default_rng(1).integers(1, 9, 60)
    frame = clustered(sizes)
    sample = fitted(frame, cluster="person").sample(40_000, random_state=0)
    starts = np.cumsum(sizes) - sizes
    at, drawn = 0, np.zeros(60, dtype=int)
    while at + 9 < len(sample):
        person = sample["person"][at]
        own = sample["row"][at : at + sizes[person]].to_numpy()
        np.testing.assert_array_equal(own, starts[person] + np.arange(sizes[person]))
        drawn[person] += 1
        at += sizes[person]
    assert fits(drawn, np.full(60, drawn.sum() / 60))


def test_the_cluster_at_the_end_of_a_block_is_cut_anywhere():
    """One cluster longer than a block: each block begins at a place of its own, and rows follow each other."""
    law = ClusterLaw(np.arange(100_000), np.array([0, 100_000]))
    first = set()
    for k in range(20):
        rows = law.draw(BLOCK_ROWS, Stream.from_seed(k))
        assert len(rows) == BLOCK_ROWS
        assert ((np.diff(rows) == 1) | (np.diff(rows) == -99_999)).all()
        np.testing.assert_array_equal(law.draw(100, Stream.from_seed(k)), rows[:100])
        first.add(int(rows[0]))
    assert len(first) == 20
    assert max(first) > 50_000


def test_stretches_of_ordered_rows():
    frame = pd.DataFrame({"row": np.arange(N)})
    model = fitted(frame, block_length=7)
    sample = model.sample(7 * 3_000, random_state=0)
    stretches = sample["row"].to_numpy().reshape(-1, 7)
    assert (np.diff(stretches, axis=1) == 1).all()
    assert fits(np.bincount(stretches[:, 0], minlength=N - 6), np.full(N - 6, 3_000 / (N - 6)))
    assert model.n_units_ == N - 6
    assert fitted(frame, block_length="auto").n_units_ == N - 8 + 1


def test_stretches_keep_the_dependence_of_a_series():
    rng = np.random.default_rng(2)
    x = np.empty(2_000)
    x[0] = rng.normal()
    for t in range(1, 2_000):
        x[t] = 0.9 * x[t - 1] + np.sqrt(0.19) * rng.normal()
    frame = pd.DataFrame({"x": x})

    def autocorrelation(values):
        return np.corrcoef(values[:-1], values[1:])[0, 1]

    kept = fitted(frame, block_length=100).sample(20_000, random_state=0)["x"].to_numpy()
    lost = fitted(frame).sample(20_000, random_state=0)["x"].to_numpy()
    assert abs(autocorrelation(kept) - autocorrelation(x)) < 0.03
    assert abs(autocorrelation(lost)) < 4 / np.sqrt(20_000)


# -- the Bayesian bootstrap --------------------------------------------------------------------------------------------


def test_bayesian_weights_are_of_the_draw():
    """Blocks of one draw share weights: rows that are frequent in the first are so in the second. Draws do not."""
    frame = numbered(200)
    model = fitted(frame, bayesian=True)
    sample = model.sample(2 * BLOCK_ROWS, random_state=0)
    first, second = (counts_of(part, 200) for part in (sample.head(BLOCK_ROWS), sample.tail(BLOCK_ROWS)))
    other = counts_of(model.sample(BLOCK_ROWS, random_state=1), 200)
    assert np.corrcoef(first, second)[0, 1] > 0.99
    assert abs(np.corrcoef(first, other)[0, 1]) < 0.3
    weights = np.sort(first / first.mean())
    assert stats.kstest(weights, "expon").statistic < 1.95 / np.sqrt(200)


def test_means_of_bayesian_draws_vary_as_their_posterior_does():
    """The posterior variance of the mean is that of the data over n + 1 (Rubin 1981)."""
    frame = numbered(100)[["x"]]
    model = fitted(frame, bayesian=True)
    means = [model.sample(20_000, random_state=k)["x"].mean() for k in range(200)]
    expected = frame["x"].var(ddof=0) * (1 / 101 + 1 / 20_000)
    assert np.var(means, ddof=1) / expected < stats.chi2.ppf(0.9999, 199) / 199
    assert np.var(means, ddof=1) / expected > stats.chi2.ppf(0.0001, 199) / 199


def test_bayesian_clusters_and_strata():
    sizes = np.full(30, 4)
    frame = clustered(sizes)
    sample = fitted(frame, cluster="person", bayesian=True).sample(20_000, random_state=0)
    each = np.bincount(sample["person"], minlength=30)
    assert each.std() / each.mean() > 0.5  # of an exponential law it is 1
    strata = fitted(numbered(), stratify="group", bayesian=True).sample(10_240, random_state=0)
    share = (numbered()["group"] == "a").mean()
    assert abs((strata["group"] == "a").mean() - share) < 1 / 1_024


# -- smoothing ---------------------------------------------------------------------------------------------------------


def test_smoothing_keeps_means_and_covariances():
    frame = numbered(2_000)[["x", "y", "group"]]
    model = fitted(frame, smoothing=1.5)
    n = 200_000
    sample = model.sample(n, random_state=0)
    assert not sample["x"].isin(frame["x"]).any()
    for name in "xy":
        assert abs(sample[name].mean() - frame[name].mean()) < 4 * frame[name].std() / np.sqrt(n)
    ratio = np.cov(sample[["x", "y"]].T) / np.cov(frame[["x", "y"]].T)
    assert np.abs(ratio - 1).max() < 4 * 2 / np.sqrt(n)
    assert model.bandwidth_ == pytest.approx(1.5 * (4 / (4 * 2_000)) ** (1 / 6))


def test_smoothed_rows_have_the_kernel_density():
    """One number: the draw's law is a mixture of normals about the shrunken rows."""
    frame = numbered(50)[["x"]]
    schema = synthfast.Schema.infer(frame, overrides={"x": {"minimum": None, "maximum": None}})
    model = BootstrapSynthesizer(smoothing=1.0).fit(frame, schema=schema)
    sample = model.sample(50_000, random_state=0)["x"]
    h, mean, deviation = model.bandwidth_, frame["x"].mean(), frame["x"].std(ddof=0)
    centres = mean + (frame["x"].to_numpy() - mean) / np.sqrt(1 + h * h)
    width = h * deviation / np.sqrt(1 + h * h)
    law = stats.kstest(sample, lambda v: stats.norm.cdf((v[:, None] - centres) / width).mean(axis=1))
    assert law.statistic < 1.95 / np.sqrt(50_000)


def test_smoothing_leaves_spikes_missing_values_levels_and_grids():
    rng = np.random.default_rng(3)
    n = 1_000
    frame = pd.DataFrame(
        {
            "gain": np.where(rng.random(n) < 0.7, 0.0, rng.gamma(2, 100.0, n)),
            "count": rng.poisson(50, n),
            "part": np.where(rng.random(n) < 0.2, np.nan, rng.beta(0.5, 0.5, n)),
            "level": rng.choice(["p", "q"], n),
        }
    )
    model = fitted(frame, smoothing=1.0)
    sample = model.sample(20_000, random_state=0)
    assert abs((sample["gain"] == 0).mean() - (frame["gain"] == 0).mean()) < 4 * np.sqrt(0.25 / 20_000)
    assert abs(sample["part"].isna().mean() - frame["part"].isna().mean()) < 4 * np.sqrt(0.25 / 20_000)
    assert sample["count"].dtype == frame["count"].dtype
    for name in ("gain", "part", "count"):
        column = model.schema_[name]
        assert sample[name].dropna().between(column.minimum, column.maximum).all()
    assert ((sample["part"] == model.schema_["part"].minimum).mean()) < 0.01
    conditional = model.sample(3_000, conditions={"count": (45, 50), "gain": 0.0}, random_state=0)
    assert conditional["count"].between(45, 50).all()
    assert (conditional["gain"] == 0).all()
    assert not conditional["part"].dropna().isin(frame["part"]).all()


# -- conditions --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "params",
    [{}, {"weights": "weight"}, {"stratify": "group"}, {"stratify": "group", "weights": "weight"}, {"bayesian": True}],
    ids=str,
)
def test_conditions_are_met_by_training_rows_with_their_weights(params):
    frame = numbered()
    model = fitted(frame, **params)
    sample = model.sample(30_000, conditions={"x": (-0.5, 1.0), "group": ["a", "b"]}, random_state=0)
    allowed = frame["x"].between(-0.5, 1.0) & frame["group"].isin(["a", "b"])
    assert set(sample["row"]) <= set(frame["row"][allowed])
    if "bayesian" not in params:
        weights = np.where(allowed, frame["weight"] if "weights" in params else 1.0, 0.0)
        assert np.abs(counts_of(sample) / 30_000 - weights / weights.sum()).max() < 4.5 * np.sqrt(
            (weights / weights.sum()).max() / 30_000
        ) + (1 / 1_024 if "stratify" in params else 0)


def test_conditions_on_clusters_take_their_rows_that_meet_them():
    frame = clustered(np.full(20, 6))
    model = fitted(frame, cluster="person")
    sample = model.sample(600, conditions={"row": (0, 32)}, random_state=0)
    assert set(sample["person"]) <= set(range(6))
    assert sample["row"].max() <= 32


def test_conditions_that_no_row_meets():
    frame = numbered()
    model = fitted(frame)
    with pytest.raises(ConditionError, match=r"'x'.*training rows only"):
        model.sample(5, conditions={"x": 0.123})
    with pytest.raises(ConditionError, match="all of those on row, group"):
        model.sample(5, conditions={"row": 0, "group": "c"})
    with pytest.raises(ConditionError, match="block_length"):
        fitted(frame, block_length=5).sample(5, conditions={"group": "a"})
    weightless = frame["weight"] == 0
    with pytest.raises(ConditionError, match="'row'"):
        fitted(frame, weights="weight").sample(5, conditions={"row": int(frame["row"][weightless].iloc[0])})


def test_known_columns_are_matched():
    frame = numbered()
    model = fitted(frame)
    known = pd.DataFrame({"group": ["a", "b", "c"] * 2_000, "weight": [1, 2, 3] * 2_000})
    done = model.sample_remaining(known, random_state=0)
    pd.testing.assert_frame_equal(done[["group", "weight"]], known, check_dtype=False)
    pd.testing.assert_frame_equal(done, frame.iloc[done["row"]].reset_index(drop=True))
    own = (frame["group"] == "a") & (frame["weight"] == 1)
    each = counts_of(done[done["group"] == "a"])[own]
    assert fits(each, np.full(own.sum(), 2_000 / own.sum()))
    with pytest.raises(ConditionError, match="row 1 has in group, x"):
        model.sample_remaining(pd.DataFrame({"group": ["a", "a"], "x": [frame["x"][0], 99.0]}))


def test_matches_by_weight_and_missing_values():
    train = {"a": np.array([1.0, 1.0, np.nan, np.nan]), "b": np.array([0, 0, -1, 1], np.int32)}
    known = {"a": np.array([1.0, np.nan]), "b": np.array([0, -1], np.int32)}
    rows = [
        draw_matches(train, np.array([1.0, 3.0, 1.0, 1.0]), known, np.array([u, u])) for u in (0.1, 0.24, 0.26, 0.9)
    ]
    assert np.array(rows).tolist() == [[0, 2], [0, 2], [1, 2], [1, 2]]
    with pytest.raises(ConditionError, match="row 1"):
        draw_matches(train, np.array([1.0, 1.0, 0.0, 1.0]), known, np.array([0.5, 0.5]))


# -- laws --------------------------------------------------------------------------------------------------------------


LAWS = {
    "single": SingleLaw(np.arange(50)),
    "weighted": SingleLaw(np.arange(50), np.arange(50.0)),
    "strata": StratumLaw.of(np.arange(50) % 3, None),
    "weighted strata": StratumLaw.of(np.arange(50) % 3, np.arange(50.0)),
    "clusters": ClusterLaw.of(np.arange(50) // 4),
    "stretches": StretchLaw(50, 7),
}


@pytest.mark.parametrize("name", LAWS)
@pytest.mark.parametrize("n", [0, 1, 1_023, 1_025, BLOCK_ROWS])
def test_a_short_draw_is_a_prefix(name, n):
    law = LAWS[name]
    whole = law.draw(BLOCK_ROWS, Stream.from_seed(0))
    assert len(whole) == BLOCK_ROWS
    np.testing.assert_array_equal(law.draw(n, Stream.from_seed(0)), whole[:n])


@pytest.mark.parametrize("name", [name for name in LAWS if name != "stretches"])
def test_rows_without_permission_or_weight_do_not_come(name):
    allowed = np.arange(50) % 2 == 0
    law = LAWS[name].within(allowed)
    for own in (law, law.reweighted(Stream.from_seed(1))):
        rows = own.draw(5_000, Stream.from_seed(2))
        assert (rows % 2 == 0).all()
        assert "weighted" not in name or (rows > 0).all()


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"weights": "weight"},
        {"stratify": "group", "weights": "weight", "bayesian": True},
        {"cluster": "group"},
        {"block_length": 9},
        {"smoothing": 1.0},
    ],
    ids=str,
)
def test_all_kinds_are_saved(params, tmp_path):
    frame = numbered()
    model = fitted(frame, **params)
    model.save(tmp_path / "b.synth")
    loaded = synthfast.load(tmp_path / "b.synth")
    pd.testing.assert_frame_equal(loaded.sample(3_000, random_state=3), model.sample(3_000, random_state=3))
    assert loaded.bandwidth_ == model.bandwidth_
    assert loaded.n_units_ == model.n_units_


@pytest.mark.parametrize("params", [{"cluster": "group"}, {"smoothing": 1.0}, {"bayesian": True}], ids=str)
def test_threads_and_batches_change_nothing(params, n_threads):
    model = fitted(numbered(), **params)
    with synthfast.num_threads(n_threads):
        sample = model.sample(150_000, random_state=0)
    with synthfast.num_threads(1):
        pd.testing.assert_frame_equal(model.sample(150_000, random_state=0), sample)
        later = pd.concat(model.sample_batches(100, start_row=140_000, random_state=0))
    pd.testing.assert_frame_equal(later.reset_index(drop=True), sample.iloc[140_000:140_100].reset_index(drop=True))


# -- bad input ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"stratify": "nowhere"}, "stratify='nowhere'"),
        ({"cluster": "name"}, "cluster cannot be told by column 'name'"),
        ({"stratify": np.arange(3)}, "stratify.*each of 500 rows"),
        ({"weights": np.arange(3)}, "weights: expected 500"),
        ({"weights": "group"}, "weights.*numbers"),
        ({"weights": np.full(N, "x")}, "weights: expected one number"),
        ({"weights": np.full(N, -1.0)}, "weights.*-1.0 in row 0"),
        ({"weights": np.full(N, np.nan)}, "weights.*nan in row 0"),
        ({"weights": np.zeros(N)}, "at least one above 0"),
        ({"block_length": 0}, "block_length"),
        ({"block_length": N + 1}, "block_length"),
        ({"block_length": "long"}, "block_length"),
        ({"smoothing": -0.5}, "smoothing"),
        ({"bayesian": "yes"}, "bayesian"),
        ({"stratify": "group", "cluster": "group"}, "stratify and cluster"),
        ({"cluster": "group", "weights": "weight"}, "weights.*cluster"),
        ({"block_length": 5, "weights": "weight"}, "weights.*block_length"),
        ({"block_length": 5, "bayesian": True}, "bayesian"),
    ],
)
def test_bad_parameters_are_named(params, words):
    frame = numbered().assign(name=[f"person {i:04d}" for i in range(N)])
    with pytest.raises((TypeError, ValueError, SchemaError, DataError), match=words):
        fitted(frame, **params)
