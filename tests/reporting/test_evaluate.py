import json

import numpy as np
import pandas as pd
import polars as pl
import pytest

import synthfast
from synthfast.exceptions import DataError
from synthfast.reporting.families import FAMILIES


def table(seed, n=400):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    return pd.DataFrame(
        {
            "x": x,
            "k": rng.poisson(3.0, n),
            "when": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 300, n), unit="D"),
            "level": rng.choice(["a", "b", "c"], n),
            "ok": rng.random(n) < 0.3,
            "y": 2.0 * x + rng.normal(size=n),
        }
    )


REAL, SYNTHETIC, HOLDOUT = table(0), table(1), table(2)


@pytest.fixture(scope="module")
def report():
    return synthfast.evaluate(REAL, SYNTHETIC, holdout=HOLDOUT)


def test_every_family_is_there_and_has_values(report):
    assert list(report.families) == list(FAMILIES)
    assert [name for names in report.families.values() for name in names] == list(report)
    assert all(result.value is not None for result in report.results.values())
    assert len(report) == 44


def test_values_lie_in_their_range(report):
    for result in report.results.values():
        assert result.range[0] <= result.value <= result.range[1], result.name


def test_a_fresh_table_scores_high(report):
    assert report.score > 90.0
    assert report["column_shapes"].detail["share_passed"] == 1.0
    assert report["utility_classification"].detail["target"] == "y"


def test_to_dict_and_json_round_trip(report, tmp_path):
    document = report.to_dict()
    text = report.to_json(tmp_path / "report.json")
    assert json.loads(text) == document
    assert (tmp_path / "report.json").read_text(encoding="utf-8") == text
    assert document["overall_score"] == report.score
    assert document["tables"]["kinds"]["when"] == "time"
    assert document["metrics"]["associations"]["detail"]["columns"] == list(REAL.columns)
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


def test_json_goes_nowhere_where_there_is_no_folder(report, tmp_path):
    with pytest.raises(FileNotFoundError):
        report.to_json(tmp_path / "nowhere" / "report.json")


def test_same_seed_same_report_whatever_the_families_and_threads(report):
    again = synthfast.evaluate(REAL, SYNTHETIC, holdout=HOLDOUT, n_threads=1)
    assert again.to_json() == report.to_json()  # small enough for one thread's sums on any number of threads
    alone = synthfast.evaluate(REAL, SYNTHETIC, holdout=HOLDOUT, metrics=["privacy"])
    assert alone["membership_inference"] == report["membership_inference"]
    other = synthfast.evaluate(REAL, SYNTHETIC, holdout=HOLDOUT, metrics=["privacy", "detection"], random_state=1)
    assert other["classifier_two_sample"].value != report["classifier_two_sample"].value


@pytest.mark.parametrize("seed", [None, np.random.SeedSequence(3), np.random.default_rng(3)])
def test_any_kind_of_seed(seed):
    found = synthfast.evaluate(REAL, SYNTHETIC, metrics=["marginals", "correlation"], random_state=seed)
    assert found.facts.random_state is None
    assert found.score > 90.0


def test_families_can_be_chosen(report):
    chosen = synthfast.evaluate(REAL, SYNTHETIC, holdout=HOLDOUT, metrics=["correlation", "ks"])
    assert list(chosen.families) == ["distribution", "correlation"]
    assert chosen["column_shapes"] == report["column_shapes"]
    assert set(chosen.overall.detail["components"]) == {"columns", "associations"}
    with pytest.raises(KeyError, match="no metric 'utility_regression' in this report"):
        chosen["utility_regression"]


@pytest.mark.parametrize("metrics", [["ks", "nonsense"], ["nonsense"], [], "nonsense"])
def test_unknown_families_list_the_known_ones(metrics):
    with pytest.raises(ValueError, match=r"statistical, distribution, .*privacy, ks \(= distribution\)"):
        synthfast.evaluate(REAL, SYNTHETIC, metrics=metrics)


def test_containers_give_the_same_report(report):
    tables = (pl.from_pandas(frame) for frame in (REAL, SYNTHETIC, HOLDOUT))
    real, synthetic, holdout = tables
    assert synthfast.evaluate(real, synthetic.to_arrow(), holdout=holdout.lazy()).score == report.score


def test_notes_say_what_was_left_out():
    real = pd.DataFrame({"x": [1.0, np.inf, 2.0] * 30, "name": [f"name {k}" for k in range(90)]})
    found = synthfast.evaluate(real, real.assign(more=1), metrics=["statistical"])
    assert found.facts.notes == (
        "Columns only in the synthetic table, not compared: 'more'.",
        "Text whose values hardly ever repeat, compared by missing rate only: 'name'.",
        "Infinite values of the real table read as missing: 30 in 'x'.",
        "Infinite values of the synthetic table read as missing: 30 in 'x'.",
    )
    assert all(note in found.summary().replace("\n", " ") for note in found.facts.notes)


def test_bad_tables_and_targets():
    with pytest.raises(DataError, match="lacks 1 of the real table's 6 columns: 'level'"):
        synthfast.evaluate(REAL, SYNTHETIC.drop(columns="level"))
    with pytest.raises(DataError, match="target='nope'"):
        synthfast.evaluate(REAL, SYNTHETIC, target="nope", metrics=["ks"])
    with pytest.raises(DataError, match="no rows"):
        synthfast.evaluate(REAL, SYNTHETIC.head(0))


ODD = {
    "one row": (REAL.head(1), SYNTHETIC.head(1)),
    "one row against many": (REAL.head(1), SYNTHETIC),
    "two rows": (REAL.head(2), SYNTHETIC.head(2)),
    "all missing": (REAL, SYNTHETIC.assign(**dict.fromkeys(REAL.columns))),
    "all missing in the real table": (REAL.assign(x=np.nan, level=None, y=np.nan), SYNTHETIC),
    "nothing known at all": (pd.DataFrame({"x": [None] * 30}), pd.DataFrame({"x": [None] * 40})),
    "constants": (REAL.assign(x=1.0, level="a"), SYNTHETIC.assign(k=2, y=0.0)),
    "all constant": (pd.DataFrame({"a": [1] * 50, "b": ["x"] * 50}),) * 2,
    "one column": (REAL[["x"]], SYNTHETIC[["x"]]),
    "only categories": (REAL[["level"]], SYNTHETIC[["level"]].replace("a", "unseen")),
    "only text": (pd.DataFrame({"n": [f"name {k}" for k in range(80)]}),) * 2,
    "other dtypes": (
        REAL[["x", "k", "level"]],
        SYNTHETIC[["x", "k", "level"]].astype({"x": "float32", "k": "Float64", "level": "category"}),
    ),
    "names that are no strings": (REAL.set_axis(range(6), axis=1), SYNTHETIC.set_axis(range(6), axis=1)),
    "a column named like a row of text\n$x$": (REAL.rename(columns={"x": "a\n$b$ <i>"}),) * 2,
}


@pytest.mark.parametrize("case", ODD)
def test_odd_tables_give_a_whole_report(case):
    found = synthfast.evaluate(*ODD[case])
    json.loads(found.to_json())
    assert "Overall score" in found.summary()
    assert found._repr_html_().startswith("<div>")
    found.plot()
    for result in found.results.values():
        assert result.value is not None or result.detail["reason"]
    assert found.score is None or 0.0 <= found.score <= 100.0


def test_all_missing_is_judged_badly_not_skipped():
    found = synthfast.evaluate(*ODD["all missing"])
    assert found["column_shapes"].value == 1.0
    assert found["column_shapes"].detail["share_passed"] == 0.0


def test_adult_hold_out_scores_like_real_data(real_table):
    train, test = real_table("adult_train"), real_table("adult_test")
    found = synthfast.evaluate(train, test, metrics=["distribution", "correlation"])
    assert found.score > 99.0
    rng = np.random.default_rng(0)
    shuffled = train.apply(lambda column: column.to_numpy()[rng.permutation(len(column))])
    broken = synthfast.evaluate(train, shuffled, metrics=["distribution", "correlation"])
    assert broken.score < 80.0
    assert broken.overall.detail["components"]["columns"] == 1.0
    assert broken.overall.detail["components"]["associations"] < 0.2
