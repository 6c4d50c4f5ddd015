"""Questions to a fitted tree model: conditions, known columns, missing cells, probabilities, against enumeration."""

import itertools
import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import synthfast
from synthfast import TreeSynthesizer
from synthfast.exceptions import ConditionError, ConditionWarning, NotFittedError, SchemaError

N = 5_000
PRESETS = ("fast", "quality")


def fit(frame, preset, **params):
    return TreeSynthesizer(preset=preset, **{"audit": False, "random_state": 0, **params}).fit(frame)


def breaks(reason):
    """What is known not to hold yet, and why."""
    return pytest.mark.xfail(strict=True, reason=reason)


def people(n=N, seed=0):
    """A table in which everything hangs together, with one column that another determines."""
    rng = np.random.default_rng(seed)
    level = rng.choice(5, n, p=[0.3, 0.25, 0.2, 0.15, 0.1])
    age = np.clip(np.rint(30 + 5 * level + 10 * rng.normal(size=n)), 18, 90).astype(int)
    income = 20 + 8 * level + 0.3 * age + 10 * rng.normal(size=n)
    bonus = np.where(rng.random(n) < 0.5, 0.0, np.exp(income / 30 + 0.3 * rng.normal(size=n)))
    gone = rng.random(n) < 1 / (1 + np.exp(-(income - 50) / 6))
    return pd.DataFrame(
        {
            "education": np.array(["none", "school", "college", "master", "doctor"])[level],
            "age": age,
            "income": income,
            "education_num": level + 3,
            "bonus": bonus,
            "score": np.where(gone, np.nan, rng.normal(size=n) + level),
            "happy": np.where(rng.random(n) < 1 / (1 + np.exp(-(income - 45) / 8)), "yes", "no"),
        }
    )


@pytest.fixture(scope="module")
def frame():
    return people()


@pytest.fixture(scope="module", params=PRESETS)
def model(request, frame):
    return fit(frame, request.param)


@pytest.fixture(scope="module")
def free(model):
    """Many rows without conditions."""
    return model.sample(80_000, random_state=99)


def meets(frame, conditions):
    met = np.ones(len(frame), dtype=bool)
    for name, wanted in conditions.items():
        column = frame[name]
        if isinstance(wanted, tuple):
            low, high = wanted
            met &= column.ge(-np.inf if low is None else low) & column.le(np.inf if high is None else high)
        elif wanted is None:
            met &= column.isna()
        else:
            met &= column.isin(wanted if isinstance(wanted, list) else [wanted])
    return met


CONDITIONS = [
    {"education": "master"},
    {"education": ["none", "doctor"]},
    {"age": (40, 60)},
    {"age": 33},
    {"age": [25, 45, 65]},
    {"income": (60, None)},
    {"income": (None, 30)},
    {"bonus": 0.0},
    {"bonus": (5, 10)},
    {"score": None},
    {"score": (1, 2)},
    {"happy": "no"},
    {"education_num": 6},
    {"education_num": [3, 7]},
    {"education_num": (5, None)},
    {"happy": "yes", "education": "none"},
    {"happy": "no", "income": (50, None)},
    {"score": None, "bonus": 0.0, "age": (30, 50)},
    {"education_num": (4, 6), "happy": "yes", "age": (None, 40)},
    {"education": ["school", "college"], "education_num": (5, 9)},
]


@pytest.mark.parametrize("conditions", CONDITIONS, ids=str)
def test_conditions_hold_in_every_row_and_leave_the_law_as_it_is(model, free, conditions):
    """Against rows of the same model that happen to meet them: means, shares and whole distributions.

    Candidates are at least twice as many as rows in effective number, so chosen rows are worth at least half of theirs.
    """
    n = 4_096
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConditionWarning)
        drawn = model.sample(n, conditions=conditions, random_state=1)
    assert len(drawn) == n
    assert meets(drawn, conditions).all()
    match = free[meets(free, conditions)]
    worth = 1 / len(match) + 2 / n
    for name in free.columns:
        one, other = match[name], drawn[name]
        p, q = one.isna().mean(), other.isna().mean()
        assert abs(p - q) <= 4 * np.sqrt(max(p * (1 - p), 1 / n) * worth), name
        if one.dtype.kind in "if":
            one, other = one.dropna(), other.dropna()
            if len(one) > 200:
                own = 1 / len(one) + 2 / max(len(other), 1)
                assert abs(one.mean() - other.mean()) <= 4 * one.std() * np.sqrt(own) + 1e-9, name
                assert stats.ks_2samp(one, other).statistic < 2.2 * np.sqrt(own), name
        else:
            for level in free[name].unique():
                p, q = (one == level).mean(), (other == level).mean()
                assert abs(p - q) <= 4 * np.sqrt(max(p * (1 - p), 1 / n) * worth), (name, level)


@pytest.mark.parametrize("order", [["happy", "income"], ["education_num", "score"], ["score", "age", "education"]])
def test_conditions_may_be_early_or_late_in_any_order(frame, order):
    conditions = {"education": "college", "income": (40, 60), "happy": "yes"}
    for preset in PRESETS:
        model = fit(frame, preset, column_order=order)
        assert model.column_order_[: len(order)] == order
        drawn = model.sample(2_000, conditions=conditions, random_state=0)
        assert meets(drawn, conditions).all()
        assert (drawn["education_num"] == 5).all()
        pd.testing.assert_frame_equal(
            model.sample(2_000, conditions=dict(reversed(conditions.items())), random_state=0), drawn
        )


@pytest.mark.parametrize("preset", PRESETS)
def test_a_list_of_points_is_weighted_by_their_density(preset):
    """Of 0 and 2 in a standard normal column, 0 comes in 88 of 100 rows."""
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(20_000, 2)), columns=["x", "y"])
    drawn = fit(frame, preset).sample(5_000, conditions={"x": [0.0, 2.0]}, random_state=0)
    assert set(drawn["x"]) == {0.0, 2.0}
    assert (drawn["x"] == 0.0).mean() == pytest.approx(1 / (1 + np.exp(-2.0)), abs=0.04)


@pytest.mark.parametrize(
    ("conditions", "words"),
    [
        ({"education": "kindergarten"}, "education"),
        ({"age": 200}, "age"),
        ({"age": (200, 300)}, "age"),
        ({"income": (1e6, None)}, "income"),
        ({"age": None}, "age"),
        ({"nothing": 1}, "nothing"),
        ({"education": "none", "education_num": 7}, "'education' and column 'education_num'"),
    ],
    ids=str,
)
@pytest.mark.filterwarnings("ignore::synthfast.exceptions.ConditionWarning")
def test_impossible_conditions_name_the_column(model, conditions, words):
    with pytest.raises(ConditionError, match=words):
        model.sample(10, conditions=conditions, random_state=0)


@pytest.mark.parametrize("preset", PRESETS)
def test_impossible_values_of_a_determined_column_name_that_column(preset):
    x = np.random.default_rng(0).normal(size=1_000)
    model = fit(pd.DataFrame({"first": x, "second": 2 * x + 1}), preset)
    with pytest.raises(ConditionError, match="second"):
        model.sample(10, conditions={"second": (50.0, 60.0)}, random_state=0)


def test_next_to_impossible_conditions_warn_and_hold():
    rng = np.random.default_rng(0)
    x = rng.normal(size=N)
    frame = pd.DataFrame({"x": x, "y": x + 0.05 * rng.normal(size=N), "z": x + 0.05 * rng.normal(size=N)})
    model = fit(frame, "quality")
    wanted = {"x": (None, -2.0), "y": (0.5, None), "z": (2.0, None)}
    with pytest.warns(ConditionWarning, match="x, y, z"):
        drawn = model.sample(50, conditions=wanted, random_state=0)
    assert meets(drawn, wanted).all()


def test_rare_conditions_that_training_rows_meet_do_not_warn(model, frame):
    """One row or two in 5,000: few, but no extrapolation."""
    rare = {"education": "doctor", "age": (70, 75), "happy": "yes"}
    assert 0 < meets(frame, rare).sum() < 20
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConditionWarning)
        assert meets(model.sample(200, conditions=rare, random_state=0), rare).all()


@pytest.mark.filterwarnings("ignore::synthfast.exceptions.ConditionWarning")
@pytest.mark.parametrize(
    "conditions", [{"happy": "no"}, {"income": (60, None), "happy": "no"}, {"bonus": (5, 10)}], ids=str
)
def test_conditional_draws_are_prefixes_on_any_number_of_threads(model, conditions):
    n_long = 67_000 if conditions == {"happy": "no"} else 4_500
    long = model.sample(n_long, conditions=conditions, random_state=5)
    for n in (1, 700, 1_025, 3_000):
        pd.testing.assert_frame_equal(model.sample(n, conditions=conditions, random_state=5), long.head(n))
    for n_threads in (1, 3):
        with synthfast.num_threads(n_threads):
            pd.testing.assert_frame_equal(model.sample(n_long, conditions=conditions, random_state=5), long)


# -- exact dependencies under conditions -------------------------------------------------------------------------------


def ruled(n=3_000, seed=1):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    a, b = rng.integers(0, 50, n), rng.integers(0, 50, n)
    start = np.round(rng.gamma(2, 20, n), 2)
    return pd.DataFrame(
        {
            "x": x,
            "scaled": 2 * x + 1,
            "a": a,
            "b": b,
            "total": a + b,
            "start": start,
            "stop": np.round(start + rng.gamma(1, 10, n), 2),
        }
    )


def breaches(frame):
    return {
        "scaled": int((np.abs(2 * frame["x"] + 1 - frame["scaled"]) > 1e-9).sum()),
        "total": int((frame["a"] + frame["b"] != frame["total"]).sum()),
        "order": int((frame["start"] > frame["stop"]).sum()),
    }


@pytest.fixture(scope="module", params=PRESETS)
def rule_model(request):
    return fit(ruled(), request.param)


@pytest.mark.parametrize(
    "conditions",
    [
        {"scaled": 1.5},
        {"scaled": (0.0, 1.0)},
        {"scaled": [1.5, 2.25]},
        {"total": (20, 23)},
        {"total": 41},
        {"total": [10, 90]},
        {"a": (0, 5), "total": (50, None)},
        {"start": (30.0, 40.0)},
        {"x": (0.0, 1.0), "scaled": (1.5, 2.0)},
        {"x": [0.1, 0.7], "scaled": [1.2, 2.4, 5.0]},
    ],
    ids=str,
)
def test_dependencies_stay_exact_under_conditions(rule_model, conditions):
    drawn = rule_model.sample(3_000, conditions=conditions, random_state=0)
    assert meets(drawn, conditions).all()
    assert breaches(drawn) == {"scaled": 0, "total": 0, "order": 0}


def test_an_order_stays_kept_under_a_condition_on_its_later_column():
    frame = ruled()[["start", "stop"]]
    drawn = fit(frame, "quality").sample(5_000, conditions={"stop": (None, 30.0)}, random_state=0)
    assert (drawn["stop"] <= 30.0).all()
    assert (drawn["start"] <= drawn["stop"]).all()


@pytest.mark.parametrize("known", [["x"], ["a", "b"], ["start"], ["x", "a", "start"]], ids=str)
def test_dependencies_stay_exact_when_their_sources_are_known(rule_model, known):
    given = ruled(seed=2)[known].head(500)
    drawn = rule_model.sample_remaining(given, random_state=0)
    pd.testing.assert_frame_equal(drawn[known], given)
    assert breaches(drawn) == {"scaled": 0, "total": 0, "order": 0}


@pytest.mark.parametrize(
    "known",
    [
        ["scaled"],
        ["a", "total"],
        ["stop"],
    ],
    ids=str,
)
def test_dependencies_stay_exact_when_their_target_is_known(rule_model, known):
    """The training rows' own values, so that each has an answer."""
    drawn = rule_model.sample_remaining(ruled()[known].head(400), random_state=0)
    assert breaches(drawn) == {"scaled": 0, "total": 0, "order": 0}


@pytest.mark.parametrize("preset", PRESETS)
def test_a_determined_column_tells_its_source(preset, frame):
    drawn = fit(frame, preset).sample_remaining(frame[["education_num", "happy"]].head(500), random_state=0)
    pd.testing.assert_series_equal(drawn["education"], frame["education"].head(500), check_dtype=False)


# -- known columns -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "known", [["happy"], ["score"], ["income", "happy"], ["education", "bonus"], ["age", "score"]], ids=str
)
def test_completion_restores_the_joint_law(model, free, known):
    """Columns known from the model's own rows, the others completed: every pair as in the model's own rows."""
    n = 2_000
    own = free.head(n)
    drawn = model.sample_remaining(own[known], random_state=3)
    pd.testing.assert_frame_equal(drawn[known], own[known])
    numbers = ["age", "income", "education_num", "bonus"]
    pairs = np.triu_indices(len(numbers), 1)
    expected, found = (f[numbers].corr(method="spearman").to_numpy()[pairs] for f in (free, drawn))
    error = np.abs(np.arctanh(found) - np.arctanh(expected)).max()
    # rank correlations have at most 1.06 times the variance of Fisher's z up to 0.95 or so (Fieller): 4 of their errors
    assert error < 4.5 / np.sqrt(n - 3)
    for name in free.columns:
        if free[name].dtype.kind in "if":
            a, b = free[name].dropna(), drawn[name].dropna()
            assert stats.ks_2samp(a, b).statistic < 2.2 / np.sqrt(len(b)), name
        for level in ("yes", "no"):
            one, other = (f[f["happy"] == level][name].isna().mean() for f in (free, drawn))
            assert abs(one - other) < 4 * np.sqrt(max(one * (1 - one), 1 / n) / (drawn["happy"] == level).sum()), name
    table = [f.groupby(["education", "happy"]).size() / len(f) for f in (free, drawn)]
    assert (np.abs(table[0] - table[1]) < 4 * np.sqrt(table[0] * (1 - table[0]) / n)).all()


def levels_frame(n=6_000, seed=4):
    """Four columns small enough to enumerate; each of the later ones halves what the first may be."""
    rng = np.random.default_rng(seed)
    c = rng.choice(12, n)
    one, two = (c % 2 == 0) ^ (rng.random(n) < 0.05), (c >= 6) ^ (rng.random(n) < 0.05)
    three = rng.choice(3, n, p=[0.6, 0.3, 0.1])
    three = np.where(two, three, (three + one) % 3)
    return pd.DataFrame(
        {
            "c": [f"L{k}" for k in c],
            "one": np.where(one, "y", "n"),
            "two": np.where(two, "y", "n"),
            "three": np.array(["x", "y", "z"])[three],
        }
    )


def combinations(frame):
    return pd.DataFrame(
        list(itertools.product(*(sorted(frame[name].unique()) for name in frame.columns))), columns=frame.columns
    ).astype(frame.dtypes.to_dict())


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


def test_known_columns_of_no_rows_and_of_all_columns(model, frame):
    assert model.sample_remaining(frame.head(0), random_state=0).shape == (0, frame.shape[1])
    whole = frame.head(20)
    pd.testing.assert_frame_equal(model.sample_remaining(whole, random_state=0), whole)
    a, b = (model.sample_remaining(frame[["happy"]].head(50), random_state=s) for s in (0, 0))
    pd.testing.assert_frame_equal(a, b)


def test_missing_where_none_was_is_named(model, frame):
    known = frame[["age", "happy"]].head(5).astype({"age": "Float64"})
    known.loc[2, "age"] = pd.NA
    with pytest.raises(ConditionError, match=r"age.*row 2"):
        model.sample_remaining(known)
    with pytest.raises(ConditionError, match=r"age.*row 2"):
        model.predict_proba(known, "happy")


# -- log probabilities of numbers --------------------------------------------------------------------------------------


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


# -- imputation --------------------------------------------------------------------------------------------------------


def holes(frame, share=0.3, seed=7):
    """Cells gone at random."""
    rng = np.random.default_rng(seed)
    out = frame.copy()
    for name in out.columns:
        out[name] = out[name].mask(rng.random(len(out)) < share)
    return out


def all_kinds(n=120, seed=8):
    rng = np.random.default_rng(seed)
    z = rng.normal(size=n)
    return pd.DataFrame(
        {
            "real": z,
            "nullable": pd.array(rng.poisson(np.exp(1 + 0.3 * z)), dtype="Int64"),
            "float": pd.array(np.round(z + rng.normal(size=n), 2), dtype="Float64"),
            "maybe": pd.array(z > 0.3, dtype="boolean"),
            "grade": pd.Categorical(
                np.array(["low", "mid", "high"])[np.digitize(z, [-0.5, 0.5])], ["low", "mid", "high"], ordered=True
            ),
            "text": pd.array(np.where(z > 0, "plus", "minus"), dtype="string"),
            "day": pd.Timestamp("2020-01-01") + pd.to_timedelta(np.rint(300 + 90 * z).astype(int), unit="D"),
            "moment": pd.Timestamp("2020-01-01", tz="Europe/Berlin")
            + pd.to_timedelta(rng.integers(0, 10**7, n), unit="s"),
        }
    )


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("train_on_holes", [False, True])
def test_imputation_keeps_what_is_known_and_fills_the_rest(preset, train_on_holes):
    frame = all_kinds()
    gaps = holes(frame)
    model = fit(gaps if train_on_holes else frame, preset)
    filled = model.impute(gaps, random_state=0)
    assert filled.shape == gaps.shape
    assert not filled.isna().any().any()
    assert filled.dtypes.to_dict() == frame.dtypes.to_dict()
    for name in frame.columns:
        known = gaps[name].notna()
        pd.testing.assert_series_equal(filled.loc[known, name], gaps.loc[known, name])
    pd.testing.assert_frame_equal(model.impute(gaps, random_state=0), filled)
    assert not model.impute(gaps, random_state=1).equals(filled)
    assert model.impute(frame.head(0)).shape == (0, frame.shape[1])


@pytest.mark.parametrize("preset", PRESETS)
def test_imputation_of_polars_frames(preset):
    import polars as pl

    frame = pl.from_pandas(all_kinds())
    gaps = pl.from_pandas(holes(all_kinds()))
    filled = fit(frame, preset).impute(gaps, random_state=0)
    assert isinstance(filled, pl.DataFrame)
    assert filled.schema == frame.schema
    for name in frame.columns:
        assert filled[name].null_count() == 0
        known = gaps[name].is_not_null()
        assert filled[name].filter(known).equals(gaps[name].cast(frame.schema[name]).filter(known))


@pytest.mark.parametrize("preset", PRESETS)
def test_imputed_cells_follow_the_law(preset):
    """A third of one column gone at random: what is filled in has the slope of the truth, within 4 standard errors."""
    rng = np.random.default_rng(9)
    x = rng.normal(size=N)
    frame = pd.DataFrame({"y": 0.8 * x + 0.6 * rng.normal(size=N), "x": x})
    gaps = frame.copy()
    gone = rng.random(N) < 1 / 3
    gaps.loc[gone, "y"] = np.nan
    filled = fit(gaps, preset).impute(gaps, random_state=0)[gone]
    r = np.corrcoef(filled["x"], filled["y"])[0, 1]
    assert abs(np.arctanh(r) - np.arctanh(0.8)) < 4 * np.sqrt(1 / len(filled) + 1 / (N - len(filled)))
    assert stats.ks_2samp(filled["y"], frame["y"][gone]).statistic < 2.2 * np.sqrt(2 / len(filled))


@pytest.mark.parametrize("preset", PRESETS)
def test_cells_that_a_rule_leaves_empty_do_not_stop_imputation(preset):
    rng = np.random.default_rng(10)
    team = rng.choice(["none", "hr", "it"], 1_000)
    frame = pd.DataFrame(
        {"team": team, "code": pd.Series(team).map({"hr": 10.0, "it": 20.0}), "x": rng.normal(size=1_000)}
    )
    filled = fit(frame, preset).impute(frame.head(50), random_state=0)
    known = frame["code"].head(50).notna()
    assert (filled["code"][known] == frame["code"].head(50)[known]).all()


@pytest.mark.parametrize("preset", PRESETS)
def test_known_cells_outside_the_training_range_stay(preset):
    """Integers with a gap come as floats in pandas: 10 and 2,000 must not become the largest of the training data."""
    rng = np.random.default_rng(11)
    frame = pd.DataFrame({"i": rng.integers(0, 9, 1_000), "c": rng.choice(["a", "b"], 1_000)})
    gaps = frame.head(5).astype({"i": "float64"})
    gaps["i"] = [3.0, np.nan, 10.0, 2_000.0, 4.0]
    filled = fit(frame, preset).impute(gaps, random_state=0)
    assert filled["i"].drop(1).tolist() == [3, 10, 2_000, 4]


@pytest.mark.parametrize("preset", PRESETS)
def test_known_cells_stay_whatever_they_are_stored_in(preset):
    """Levels that the model does not know, booleans as numbers, decimals as floats, dates in other units."""
    frame = all_kinds().assign(level=pd.Categorical(["a", "b", "c"] * 40), flag=[True, False] * 60)
    given = pd.DataFrame(
        {
            "real": np.array([9.5, np.nan, -7.25], dtype=np.float32),
            "nullable": [999.0, np.nan, 3.0],
            "float": [5, 77, 6],
            "maybe": [1.0, np.nan, 0.0],
            "grade": ["low", None, "high"],
            "text": pd.Categorical(["other", None, "plus"]),
            "day": pd.to_datetime(["2031-05-05", None, "2020-06-01"]).astype("M8[ns]"),
            "moment": pd.to_datetime(["2031-05-05", None, "2020-01-02"], utc=True).astype("M8[ms, UTC]"),
            "level": ["z", None, "b"],
            "flag": [1, 0, 1],
        }
    )
    filled = fit(frame, preset).impute(given, random_state=0)
    assert not filled.isna().any().any()
    assert filled.dtypes.drop("level").to_dict() == frame.dtypes.drop("level").to_dict()
    for name in given:
        known = given[name].notna()
        found, wanted = filled.loc[known, name].astype(object).tolist(), given.loc[known, name].astype(object).tolist()
        assert found == wanted, name


def test_cells_that_the_column_cannot_hold_are_rounded_into_it():
    frame = pd.DataFrame({"i": np.arange(300) % 9, "c": ["a", "b", "c"] * 100})
    filled = fit(frame, "fast").impute(pd.DataFrame({"i": [2.25, np.nan, 3.0], "c": "a"}), random_state=0)
    assert filled["i"].dtype == "int64"
    assert filled["i"].drop(1).tolist() == [2, 3]


@pytest.mark.parametrize("method", ["impute", "sample_remaining"])
def test_known_dates_outside_the_training_range_stay(method):
    rng = np.random.default_rng(12)
    days = pd.to_timedelta(rng.integers(0, 300, 1_000), unit="D")
    frame = pd.DataFrame({"day": pd.Timestamp("2020-01-01") + days, "x": rng.normal(size=1_000)})
    given = frame.head(3).copy()
    given.loc[1, "day"] = pd.Timestamp("2031-05-05")
    model = fit(frame, "fast")
    found = model.impute(given) if method == "impute" else model.sample_remaining(given[["day"]])
    pd.testing.assert_series_equal(found["day"], given["day"])


@pytest.mark.parametrize("method", ["log_prob", "impute", "predict_proba"])
def test_columns_that_the_model_does_not_know_are_named(method, model, frame):
    rows = frame.head(5).assign(extra=1)
    with pytest.raises(SchemaError, match=rf"{method}.*'extra'"):
        getattr(model, method)(rows, *(["happy"] if method == "predict_proba" else []))


def test_a_table_of_constants_is_imputed():
    frame = pd.DataFrame({"a": [1] * 50, "b": ["x"] * 50})
    pd.testing.assert_frame_equal(fit(frame, "fast").impute(frame.head(3)), frame.head(3))


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
