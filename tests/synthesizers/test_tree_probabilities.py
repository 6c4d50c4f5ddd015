"""Probabilities of rows and of their cells, against enumeration and Bayes' rule."""

import itertools

import numpy as np
import pandas as pd
import pytest
from synthesizers.tree_tables import PRESETS, breaks, combinations, fit, holes, levels_frame, people

import synthfast
from synthfast import TreeSynthesizer
from synthfast.exceptions import NotFittedError, SchemaError
from synthfast.synthesizers._tree import completion

N = 5_000


@pytest.fixture(scope="module")
def frame():
    return people()


@pytest.fixture(scope="module", params=PRESETS)
def model(request, frame):
    return fit(frame, request.param)


@pytest.fixture(scope="module", params=PRESETS)
def small(request):
    frame = levels_frame()
    return fit(frame, request.param), combinations(frame)


def bayes(model, table, target):
    """Probabilities of the target's levels for every combination of the others, through log_prob."""
    others = [name for name in table.columns if name != target]
    wide = table.assign(p=np.exp(model.log_prob(table))).pivot_table(index=others, columns=target, values="p")
    return wide.div(wide.sum(axis=1), axis=0)


def test_probabilities_of_all_rows_add_up_to_one(small):
    model, table = small
    total = np.exp(model.log_prob(table)).sum()
    assert abs(total - 1.0) <= 4 * model.log_weight_error_ + 1e-6


def test_sampled_frequencies_are_the_probabilities(small):
    """144 cells at 4.5 standard errors each, and the constant's own error; rows are stratified, which only helps."""
    model, table = small
    n = 200_000
    p = np.exp(model.log_prob(table))
    found = model.sample(n, random_state=1).value_counts().reindex(pd.MultiIndex.from_frame(table)).fillna(0).to_numpy()
    assert (np.abs(found / n - p) < 4.5 * np.sqrt(p * (1 - p) / n) + 4 * model.log_weight_error_ * p + 1 / n).all()


@pytest.mark.parametrize(
    "target",
    [
        "c",
        "one",
        "two",
        "three",
    ],
)
def test_predicted_probabilities_are_bayes_rule(small, target):
    model, table = small
    wide = bayes(model, table, target)
    given = wide.reset_index()[list(wide.index.names)]
    found = model.predict_proba(given, target)
    np.testing.assert_allclose(found[list(wide.columns)].to_numpy(), wide.to_numpy(), atol=1e-6)
    other = model.predict_proba(given, target, random_state=5)
    pd.testing.assert_frame_equal(other, found)


@pytest.mark.parametrize("target", ["c", "two", "three"])
def test_predicted_probabilities_average_over_what_is_unknown(small, target):
    """Only one other column known: a mean over at least 128 weighted completions, error below 1 / sqrt(128) each."""
    model, table = small
    known = "one" if target != "one" else "two"
    p = table.assign(p=np.exp(model.log_prob(table))).groupby([known, target])["p"].sum().unstack()
    p = p.div(p.sum(axis=1), axis=0)
    n = 400
    for value in p.index:
        found = model.predict_proba(pd.DataFrame({known: [value] * n}), target)[list(p.columns)]
        np.testing.assert_allclose(found.sum(axis=1), 1.0, atol=1e-9)
        # self-normalised weights have a bias of order 1 / 128 besides the error of the mean of 400 rows
        assert np.abs(found.mean() - p.loc[value]).max() < 4 * 0.5 / np.sqrt(128 * n) + 2 / 128


@pytest.mark.parametrize("target", ["c", "two"])
def test_one_unknown_column_is_completed_exactly(small, target):
    model, table = small
    wide = bayes(model, table, target)
    heavy = table.assign(p=np.exp(model.log_prob(table))).groupby(list(wide.index.names))["p"].sum().nlargest(4).index
    n = 4_000
    for row in heavy:
        known = pd.DataFrame([row] * n, columns=wide.index.names)
        found = model.sample_remaining(known, random_state=0)[target].value_counts(normalize=True)
        p = wide.loc[row]
        assert (np.abs(found.reindex(p.index).fillna(0) - p) < 4.5 * np.sqrt(p * (1 - p) / n) + 1 / n).all(), row


# -- log probabilities -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("preset", PRESETS)
def test_a_density_integrates_to_one(preset):
    """One column on a fine grid, and two columns on 400 by 400; middle rule over pieces of constant density."""
    rng = np.random.default_rng(5)
    x = rng.normal(size=N)
    one = fit(pd.DataFrame({"x": x}), preset)
    grid = np.linspace(-8, 8, 100_001)
    assert np.exp(one.log_prob(pd.DataFrame({"x": grid}))).sum() * (grid[1] - grid[0]) == pytest.approx(1.0, abs=5e-3)
    two = fit(pd.DataFrame({"x": x, "y": 0.8 * x + 0.6 * rng.normal(size=N)}), preset)
    grid = np.linspace(-6, 6, 401)
    a, b = np.meshgrid(grid, grid)
    p = np.exp(two.log_prob(pd.DataFrame({"x": a.ravel(), "y": b.ravel()})))
    # cells of the table are narrower than the grid: the sum is one of 160,000 places, in effect of 20,000 inside
    assert p.sum() * (grid[1] - grid[0]) ** 2 == pytest.approx(1.0, abs=0.05 + 4 * two.log_weight_error_)


@pytest.mark.parametrize("preset", PRESETS)
def test_rows_that_cannot_be_have_no_probability(preset, frame):
    model = fit(frame, preset)
    rows = frame.head(4).copy()
    rows["income"] = [1e6, -1e6, *rows["income"][2:]]
    found = model.log_prob(rows)
    assert (found[:2] == -np.inf).all()
    assert np.isfinite(found[2:]).all()
    assert np.isfinite(model.log_prob(model.sample(2_000, random_state=0))).all()
    assert model.log_prob(frame.head(0)).shape == (0,)


def test_held_out_rows_are_likelier_than_under_independence():
    """r = 0.8 is worth 0.51 nats a row; at least half of that, and not more than the truth by 4 standard errors."""
    rng = np.random.default_rng(6)
    x = rng.normal(size=2 * N)
    frame = pd.DataFrame({"x": x, "y": 0.8 * x + 0.6 * rng.normal(size=2 * N)})
    train, hold = frame.head(N), frame.tail(N)
    hold = hold[
        hold["x"].between(*train["x"].quantile([0.001, 0.999]))
        & hold["y"].between(*train["y"].quantile([0.001, 0.999]))
    ]
    joint = fit(train, "quality").log_prob(hold)
    apart = sum(fit(train[[name]], "quality").log_prob(hold[[name]]) for name in "xy")
    gain, truth = joint - apart, -0.5 * np.log(1 - 0.64)
    assert 0.5 * truth < gain.mean() < truth + 4 * gain.std() / np.sqrt(len(gain))


@pytest.mark.parametrize("preset", PRESETS)
def test_held_out_levels_are_likelier_than_under_independence(preset):
    train, hold = levels_frame(), levels_frame(seed=5)
    model = fit(train, preset)
    joint = model.log_prob(hold).mean()
    apart = sum(np.log(hold[name].map(train[name].value_counts(normalize=True))).mean() for name in train)
    assert joint > apart + 0.3


@pytest.mark.parametrize(
    "method",
    [
        "log_prob",
        "impute",
        "predict_proba",
    ],
)
def test_questions_before_the_fit_and_of_incomplete_tables(method, model, frame):
    with pytest.raises(NotFittedError, match="fit"):
        getattr(TreeSynthesizer(), method)(frame)
    if method != "predict_proba":
        with pytest.raises(SchemaError, match="happy"):
            getattr(model, method)(frame.drop(columns="happy"))


@pytest.mark.parametrize("method", ["log_prob", "impute", "predict_proba"])
def test_columns_that_the_model_does_not_know_are_named(method, model, frame):
    rows = frame.head(5).assign(extra=1)
    with pytest.raises(SchemaError, match=rf"{method}.*'extra'"):
        getattr(model, method)(rows, *(["happy"] if method == "predict_proba" else []))


# -- prediction --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "preset", [pytest.param("fast", marks=breaks("shares of leaves of 20 rows are overconfident")), "quality"]
)
def test_predictions_are_calibrated_on_held_out_rows(preset):
    """Five groups by predicted probability: observed shares within 4 standard errors of the predicted ones.

    The model's own error, from 12,000 training rows, is smaller than the error of a group of some 800 rows.
    """
    rng = np.random.default_rng(12)
    n = 16_000
    x = np.round(rng.normal(size=(n, 2)), 1)
    y = rng.random(n) < 1 / (1 + np.exp(-(1.5 * x[:, 0] - x[:, 1])))
    frame = pd.DataFrame({"u": x[:, 0], "v": x[:, 1], "y": np.where(y, "yes", "no")})
    model = fit(frame.head(12_000), preset)
    hold = frame.tail(4_000)
    p = model.predict_proba(hold.drop(columns="y"), "y")
    assert set(p.columns) == {"yes", "no"}
    np.testing.assert_allclose(p.sum(axis=1), 1.0, atol=1e-9)
    hit = (hold["y"] == "yes").to_numpy()
    share = p["yes"].to_numpy()
    for part in np.array_split(np.argsort(share), 5):
        error = np.sqrt(2 * (share[part] * (1 - share[part])).mean() / len(part))
        assert abs(hit[part].mean() - share[part].mean()) < 4 * error
    truth = 1 / (1 + np.exp(-(1.5 * hold["u"] - hold["v"])))
    worse = (
        -np.where(hit, np.log(share), np.log(1 - share)).mean() + np.where(hit, np.log(truth), np.log(1 - truth)).mean()
    )
    base = -np.where(hit, np.log(hit.mean()), np.log(1 - hit.mean())).mean()
    assert worse < 0.2 * base


@pytest.mark.parametrize("preset", PRESETS)
def test_numbers_are_predicted_in_intervals(preset):
    """The interval that holds the truth gets its probability; the mean over intervals follows the regression."""
    rng = np.random.default_rng(13)
    x = rng.normal(size=N)
    frame = pd.DataFrame({"x": x, "y": 2 * x + 0.5 * rng.normal(size=N)})
    found = fit(frame, preset).predict_proba(pd.DataFrame({"x": [-1.0, 0.0, 1.0]}), "y")
    assert all(isinstance(label, pd.Interval) for label in found.columns)
    np.testing.assert_allclose(found.sum(axis=1), 1.0, atol=1e-9)
    edges = [(label.left, label.right) for label in found.columns]
    assert all(a[1] <= b[0] for a, b in itertools.pairwise(edges))
    middle = np.array([0.5 * (low + high) for low, high in edges])
    # 0.5 / sqrt(20) for a leaf of 20 rows, 4 of them
    np.testing.assert_allclose(found.to_numpy() @ middle, [-2.0, 0.0, 2.0], atol=4 * 0.5 / np.sqrt(20))


def test_missing_is_one_of_the_answers(model, frame):
    found = model.predict_proba(frame.drop(columns="score").head(500), "score")
    assert found.columns[-1] is None
    rich = frame["income"].head(500) > 60
    assert found.iloc[:, -1][rich].mean() > 0.7 > 0.4 > found.iloc[:, -1][~rich].mean()


@pytest.mark.parametrize("preset", PRESETS)
def test_intervals_of_whole_numbers_hold_their_own_number_alone(preset):
    rng = np.random.default_rng(14)
    k = rng.integers(0, 6, N)
    found = fit(pd.DataFrame({"k": k, "u": k + rng.normal(size=N)}), preset).predict_proba(
        pd.DataFrame({"u": [2.0]}), "k"
    )
    holding = [[value for value in range(6) if value in label] for label in found.columns]
    assert holding == [[value] for value in range(6)]


def test_the_target_of_the_fit_is_predicted_by_default(frame):
    model = TreeSynthesizer(preset="fast", audit=False).fit(frame.drop(columns="happy"), frame["happy"])
    pd.testing.assert_frame_equal(
        model.predict_proba(frame.drop(columns="happy").head(20)), model.predict_proba(frame.head(20), "happy")
    )
    np.testing.assert_allclose(model.predict_proba(frame[["age"]].head(20)).sum(axis=1), 1.0, atol=1e-9)


@pytest.mark.parametrize("target", [None, "nothing"])
def test_what_cannot_be_predicted_is_named(model, frame, target):
    with pytest.raises(SchemaError, match=str(target)):
        model.predict_proba(frame.head(3), target)


def test_questions_have_one_answer_on_any_number_of_threads(model, frame):
    def ask():
        return (
            model.log_prob(frame.head(500)),
            model.predict_proba(frame[["age", "happy"]].head(200), "income").to_numpy(),
            model.impute(holes(frame).head(300), random_state=0),
            model.sample_remaining(frame[["happy"]].head(300), random_state=0),
        )

    with synthfast.num_threads(1):
        expected = ask()
    with synthfast.num_threads(3):
        found = ask()
    for a, b in zip(expected[:2], found[:2], strict=True):
        np.testing.assert_array_equal(a, b)
    for a, b in zip(expected[2:], found[2:], strict=True):
        pd.testing.assert_frame_equal(a, b)


@pytest.mark.parametrize("known", [[], ["education"], ["education", "age"]], ids=str)
def test_rows_that_know_the_same_have_the_same_answer(model, frame, known):
    """And where they know nothing, the share of the model's own rows, within 4 errors of both and the weights' bias."""
    rows = frame.head(400)
    found = model.predict_proba(rows[known], "happy", random_state=7)
    assert len(found) == 400
    groups = [rows[name] for name in known] or [np.zeros(400)]
    for _, part in found.groupby(groups):
        np.testing.assert_array_equal(part.to_numpy(), np.repeat(part.to_numpy()[:1], len(part), axis=0))
    if not known:
        share = (model.sample(40_000, random_state=3)["happy"] == "yes").mean()
        error = np.sqrt(share * (1 - share) * (2 / (400 * 128) + 1 / 40_000))
        assert found["yes"].iloc[0] == pytest.approx(share, abs=4 * error + 0.002)


def test_an_answer_does_not_depend_on_what_else_is_exactly_known(small):
    """All other columns known: rows in any company, and of any number, have the answer of Bayes' rule."""
    model, table = small
    rows = table.drop(columns="two").head(30)
    alone = pd.concat([model.predict_proba(rows.iloc[[k]], "two") for k in range(len(rows))])
    together = model.predict_proba(pd.concat([rows, rows.iloc[::-1], rows]), "two")
    np.testing.assert_allclose(together.to_numpy()[:30], alone.to_numpy(), atol=1e-12)
    np.testing.assert_array_equal(together.to_numpy()[30:60][::-1], together.to_numpy()[:30])


def test_particles_are_as_many_for_alike_rows_as_for_others(model, frame, monkeypatch):
    """Neither more of them in all, nor more at a time, whatever the rows have in common."""
    most, total = [0], [0]
    init = completion.Particles.__post_init__

    def counted(self):
        init(self)
        most[0], total[0] = max(most[0], self.n_rows), total[0] + self.n_rows

    monkeypatch.setattr(completion.Particles, "__post_init__", counted)
    different, alike = frame[["happy", "income"]].head(300), frame[["happy", "income"]].head(1)
    model.predict_proba(different, "age")
    expected, most[0], total[0] = total[0], 0, 0
    model.predict_proba(pd.concat([alike] * 300), "age")
    assert total[0] <= 1.2 * expected
    assert most[0] <= completion.MAX_PARTICLES


# -- labels ------------------------------------------------------------------------------------------------------------


def moments(kind, n=1_500):
    rng = np.random.default_rng(3)
    days = rng.integers(0, 900, n)
    return {
        "days": lambda: pd.Timestamp("2020-01-01") + pd.to_timedelta(days, unit="D"),
        "moments": lambda: pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 10**7, n), unit="s"),
        "zoned": lambda: (
            pd.Timestamp("2020-01-01", tz="Europe/Berlin") + pd.to_timedelta(rng.integers(0, 10**7, n), unit="s")
        ),
        "zoned days": lambda: pd.date_range("2020-01-01", periods=900, tz="America/New_York")[days],
        "spans": lambda: pd.to_timedelta(60 * rng.integers(0, 5_000, n), unit="s"),
        "texts": lambda: (pd.Timestamp("2020-01-01") + pd.to_timedelta(days, unit="D")).strftime("%d.%m.%Y"),
    }[kind]()


@pytest.mark.parametrize("kind", ["days", "moments", "zoned", "zoned days", "spans", "texts"])
def test_intervals_of_times_are_times(kind):
    """Each value lies in one of them, the first begins and the last ends as the column does, missing comes last."""
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({"when": moments(kind), "x": rng.normal(size=1_500)})
    frame.loc[rng.random(1_500) < 0.1, "when"] = None
    found = fit(frame, "fast").predict_proba(frame[["x"]].head(3), "when")
    np.testing.assert_allclose(found.sum(axis=1), 1.0, atol=1e-9)
    assert found.columns[-1] is None
    labels = list(found.columns[:-1])
    assert {type(end) for label in labels for end in (label.left, label.right)} == {
        pd.Timedelta if kind == "spans" else pd.Timestamp
    }
    values = frame["when"].dropna()
    values = pd.to_datetime(values, format="%d.%m.%Y") if kind == "texts" else values
    assert all(any(value in label for label in labels) for value in values.head(50))
    assert all(one.right <= other.left for one, other in itertools.pairwise(labels))
    assert str(getattr(labels[0].left, "tz", None)) == str(getattr(values.iloc[0], "tz", None))
    assert labels[0].left <= values.min()
    assert values.max() <= labels[-1].right


def test_intervals_of_large_integers_are_those_of_the_column():
    """The codec counts them from the least."""
    rng = np.random.default_rng(5)
    for low in (2**60, -(2**62), 2**63 + 5):
        values = [low + 3 * int(k) for k in rng.integers(0, 100, 1_000)]
        frame = pd.DataFrame(
            {"k": pd.Series(values, dtype="uint64" if low > 2**63 else "int64"), "x": rng.normal(size=1_000)}
        )
        labels = list(fit(frame, "fast").predict_proba(frame[["x"]].head(2), "k").columns)
        assert all(any(int(label.left) <= value <= int(label.right) for label in labels) for value in values[:30])
        assert int(labels[-1].right) - int(labels[0].left) < 400


def test_a_column_generated_anew_is_present_or_missing():
    rng = np.random.default_rng(6)
    names = pd.Series([f"u{k:05d}" for k in range(1_000)]).mask(rng.random(1_000) < 0.25)
    found = fit(pd.DataFrame({"id": names, "x": rng.normal(size=1_000)}), "fast").predict_proba(
        pd.DataFrame({"x": [0.0, 1.0]}), "id"
    )
    assert list(found.columns) == ["present", None]
    np.testing.assert_allclose(found.sum(axis=1), 1.0)


def test_columns_after_the_last_known_one_bring_little_noise():
    """Later columns only enter by the correction, of which at least 128 completions are averaged."""
    rng = np.random.default_rng(0)
    a = rng.normal(size=4_000)
    chosen = rng.random(4_000) < 1 / (1 + np.exp(-2 * a))
    turn = 2 * np.pi * rng.random(4_000)
    c = np.where(chosen, np.cos(turn), a**2) + 0.1 * rng.normal(size=4_000)
    d = np.sin(turn) + 0.1 * rng.normal(size=4_000) * a
    frame = pd.DataFrame({"a": a, "t": np.where(chosen, "y", "n"), "c": c, "d": d})
    model = fit(frame, "quality")
    assert model._model.corrector.forests
    draws = [model.predict_proba(frame[["a"]].head(20), "t", random_state=seed)["y"] for seed in range(30)]
    # weights of at most `oversample` times the mean: error below that over sqrt(128), times p (1 - p) <= 1/4
    assert np.std(draws, axis=0).max() < 0.25 * model._model.oversample / np.sqrt(128) / 4
