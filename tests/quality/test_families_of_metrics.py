"""What holds of every metric: bounds, goals, references, the same figures again, and bad input told."""

import numpy as np
import pandas as pd
import pytest

from synthfast import evaluate
from synthfast.exceptions import DataError
from synthfast.reporting.families import FAMILIES


def table(seed, n=400):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    return pd.DataFrame(
        {
            "x": x,
            "y": 0.7 * x + rng.normal(size=n),
            "sex": rng.choice(["f", "m"], n),
            "job": rng.choice(["p", "q", "r"], n, p=[0.6, 0.3, 0.1]),
            "rich": np.where(x + rng.normal(size=n) > 0, "yes", "no"),
        }
    )


REAL, FRESH, HOLDOUT = table(0), table(1), table(2)
ALL = list(FAMILIES)


def within(result):
    assert result.value is not None, result
    low, high = result.range
    assert low <= result.value <= high
    if result.interval is not None:
        assert result.interval[0] <= result.interval[1]


@pytest.fixture(scope="module", params=[None, HOLDOUT], ids=["alone", "with hold-out"])
def report(request):
    return evaluate(REAL, FRESH, request.param, target="rich", group="sex")


def test_every_metric_has_a_value_within_its_range_and_a_reference(report):
    without = {"utility_regression"} | (set() if report.facts.n_holdout else {"closer_to_training"})
    assert len(report) >= 43
    for name in report:
        if name in without:
            assert report[name].detail["reason"]
            continue
        within(report[name])
        assert report[name].reference is not None, name


def test_equal_tables_have_their_goal():
    found = evaluate(REAL, REAL, metrics=["statistical", "distribution", "correlation", "marginals"])
    for name in found:
        sampled = name in ("kendall_correlation",)
        assert found[name].value == pytest.approx(found[name].goal, abs=1e-9 if not sampled else 0.05), name


def test_the_same_seed_gives_the_same_figures():
    some = ["correlation", "coverage", "detection", "privacy"]
    one, two = (evaluate(REAL, FRESH, metrics=some, random_state=3).to_json() for _ in range(2))
    assert one == two


BAD = {
    "one row": lambda frame: frame.head(1),
    "two rows": lambda frame: frame.head(2),
    "a column without values": lambda frame: frame.assign(x=np.nan),
    "a level column without values": lambda frame: frame.assign(job=None),
    "a single class": lambda frame: frame.assign(rich="yes"),
    "constant columns": lambda frame: frame.assign(x=1.0, y=2.0, job="p"),
    "infinite values": lambda frame: frame.assign(x=np.inf),
}


@pytest.mark.parametrize("side", ["real", "synthetic", "both"])
@pytest.mark.parametrize("case", BAD)
def test_bad_tables_give_values_or_reasons_and_a_finite_score(case, side):
    real = BAD[case](REAL) if side in ("real", "both") else REAL
    synthetic = BAD[case](FRESH) if side in ("synthetic", "both") else FRESH
    found = evaluate(real, synthetic, target="rich", metrics=[f for f in ALL if f != "fairness"])
    for name in found:
        if found[name].value is None:
            assert found[name].detail["reason"], name
        else:
            within(found[name])
    assert 0.0 <= found.score <= 100.0
    found.to_json()


@pytest.mark.parametrize(
    ("synthetic", "message"),
    [
        (FRESH.drop(columns="job"), "lacks 1 of the real table's 5 columns: 'job'"),
        (FRESH.head(0), "synthetic table has no rows"),
        (FRESH.assign(x="word"), "'x' holds numbers in the real table"),
        (3, "synthetic table cannot be read"),
    ],
)
def test_tables_that_do_not_go_together(synthetic, message):
    with pytest.raises(DataError, match=message):
        evaluate(REAL, synthetic)


def test_a_single_class_is_told():
    found = evaluate(REAL, FRESH.assign(rich="yes"), target="rich", metrics=["utility"])
    assert "only one class of 'rich' among the synthetic rows" in found["utility_classification"].detail["reason"]


def test_groups():
    found = evaluate(REAL, FRESH.assign(rich=np.where(FRESH.sex == "f", "no", "yes")), target="rich", group="sex")
    assert found["demographic_parity"].value > 0.8
    assert set(found["group_fidelity"].detail["groups"]) == {"f", "m"}
    assert found["group_utility"].value > 0.05
    with pytest.raises(DataError, match="expected a categorical column"):
        evaluate(REAL, FRESH, group="x")
    few = evaluate(REAL.head(40), FRESH, group="job", metrics=["fairness"])
    assert "job" in few["group_fidelity"].detail["group"]


def test_copies_shuffles_and_shifts():
    shuffled = FRESH.apply(lambda column: column.sample(frac=1.0, random_state=sum(map(ord, column.name))).to_numpy())
    shifted = FRESH.assign(x=FRESH.x + 2.0, y=FRESH.y + 2.0)
    fresh, loose, moved = (evaluate(REAL, part, HOLDOUT, target="rich") for part in (FRESH, shuffled, shifted))
    assert fresh["mutual_information"].value < loose["mutual_information"].value
    assert fresh["kendall_correlation"].value < loose["kendall_correlation"].value
    assert fresh["utility_augmentation"].value > 0.9
    assert moved["alpha_precision"].value < fresh["alpha_precision"].value
    assert moved["beta_recall"].value < fresh["beta_recall"].value
    assert moved["boundary_adherence"].value < fresh["boundary_adherence"].value
    assert moved["mean_absolute_percentage_error"].value > fresh["mean_absolute_percentage_error"].value
    assert moved["jensen_shannon"].value > fresh["jensen_shannon"].value
    assert fresh.score > loose.score
    assert fresh.score > moved.score


def test_kendall_and_information_are_those_of_scipy_and_scikit_learn():
    from scipy.stats import kendalltau
    from sklearn.metrics import normalized_mutual_info_score

    from synthfast.quality import kendall_correlation, mutual_information

    found = kendall_correlation(REAL, FRESH).detail["real"][1, 0]
    assert found == pytest.approx(kendalltau(REAL.x, REAL.y).statistic, abs=1e-12)
    pair = mutual_information(REAL[["job", "rich"]], FRESH[["job", "rich"]]).detail["real"][1, 0]
    assert pair == pytest.approx(normalized_mutual_info_score(REAL.job, REAL.rich), abs=1e-9)


def test_divergences_are_scipys():
    from scipy.spatial.distance import jensenshannon
    from scipy.stats import chi2_contingency

    from synthfast.quality import chi_square, jensen_shannon

    shares = [part.job.value_counts(normalize=True).sort_index() for part in (REAL, FRESH)]
    assert jensen_shannon(REAL[["job"]], FRESH[["job"]]).value == pytest.approx(
        jensenshannon(*shares, base=2), abs=1e-9
    )
    counts = [part.job.value_counts().sort_index() for part in (REAL, FRESH)]
    column = chi_square(REAL[["job"]], FRESH[["job"]]).detail["columns"]["job"]
    assert column["statistic"] == pytest.approx(chi2_contingency(counts).statistic, rel=1e-9)
