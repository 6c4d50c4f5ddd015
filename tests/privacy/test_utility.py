import numpy as np
import pandas as pd
import pytest

from synthfast.exceptions import DataError
from synthfast.privacy import Hierarchy, enforce_k_anonymity, utility_report


@pytest.fixture
def people():
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {"age": rng.integers(20, 60, 200), "job": rng.choice(list("abcd"), 200), "s": rng.choice(2, 200)}
    )


def test_figures_of_our_own_release_agree_with_it(people):
    result = enforce_k_anonymity(people, 5, ["age", "job"])
    report = utility_report(people, result.data, ["age", "job"], k=5, target="s")
    sizes = result.data.groupby(["age", "job"]).size()
    assert report.gcp == pytest.approx(result.information_loss)
    assert report.ncp == pytest.approx(result.column_losses)
    assert report.discernibility == (sizes**2).sum()
    assert report.average_class_size == pytest.approx(sizes.mean() / 5)
    minority = people.groupby([result.data["age"], result.data["job"]])["s"].agg(
        lambda s: len(s) - s.value_counts().max()
    )
    assert report.classification_metric == pytest.approx(minority.sum() / 200)


def test_suppressed_rows_lose_all(people):
    kept = np.arange(200) % 4 > 0
    report = utility_report(people, people[kept], ["age", "job"], target="s", kept=kept)
    assert report.suppressed_rows == 50
    assert report.gcp == pytest.approx(0.25)
    assert report.discernibility == (people[kept].groupby(["age", "job"]).size() ** 2).sum() + 50 * 200
    assert report.classification_metric >= 0.25
    rows = utility_report(people, people[kept], ["age", "job"], kept=np.flatnonzero(kept))
    assert rows.gcp == report.gcp


def test_non_uniform_entropy_by_its_definition(people):
    labels = people["age"] // 10
    report = utility_report(people, people.assign(age=labels), "age")
    counts = people["age"].value_counts()
    mass = counts.groupby(counts.index // 10).sum()
    bits = [-np.log2(counts[a] / mass[a // 10]) for a in people["age"]]
    total = [-np.log2(counts[a] / 200) for a in people["age"]]
    assert report.non_uniform_entropy["age"] == pytest.approx(sum(bits) / sum(total))
    assert utility_report(people, people, "age").non_uniform_entropy["age"] == 0.0
    assert utility_report(people, people.assign(age=0), "age").non_uniform_entropy["age"] == pytest.approx(1.0)


def test_hierarchies_say_what_a_class_loses(people):
    tree = Hierarchy([list("abcd"), list("xxyy")])
    coarse = people.assign(job=people["job"].map({"a": 0, "b": 0, "c": 1, "d": 1}))
    assert utility_report(people, coarse, "job", hierarchies={"job": tree}).gcp == pytest.approx(0.5)


def test_rows_that_do_not_match_are_refused(people):
    with pytest.raises(DataError, match="200 kept rows, got 100"):
        utility_report(people, people.head(100), "age")
    with pytest.raises(DataError, match="at least one row"):
        utility_report(people.head(0), people.head(0), "age")
