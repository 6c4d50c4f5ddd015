"""Checks and enforcement of k-anonymity against pycanon, anjana and anonypy, each in its own environment."""

import json

import numpy as np
import pandas as pd
import pytest
from rivals.runner import run_rival

from synthfast._core.frames import Table
from synthfast.privacy import (
    Hierarchy,
    anonymity_report,
    class_sizes,
    enforce_k_anonymity,
    interval_hierarchy,
    utility_report,
)
from synthfast.privacy._columns import column_levels

QUASI = ["age", "education", "marital_status", "occupation", "sex", "native_country"]
GROUPS = {
    "education": {
        "Preschool 1st-4th 5th-6th 7th-8th 9th 10th 11th 12th": "School",
        "HS-grad Some-college": "High school",
        "Assoc-voc Assoc-acdm Bachelors": "College",
        "Masters Prof-school Doctorate": "Graduate",
    },
    "marital_status": {
        "Married-civ-spouse Married-AF-spouse Married-spouse-absent": "Married",
        "Divorced Separated Widowed Never-married": "Single",
    },
}


@pytest.fixture(scope="module")
def adult(real_path):
    return pd.read_csv(real_path("adult_train")).fillna("?")


def hierarchies(frame):
    """One ladder or tree for each quasi-identifier, the same for both libraries."""
    trees = {"age": interval_hierarchy(frame["age"], [5, 10, 20, 40])}
    for name in QUASI[1:]:
        values = sorted(frame[name].unique())
        groups = {value: label for many, label in GROUPS.get(name, {}).items() for value in many.split()}
        trees[name] = Hierarchy([values, [groups[value] for value in values]] if groups else [values])
    return trees


def pycanon_figures(source, folder):
    options = ["--quasi", *QUASI, "--sensitive", "income"]
    report = run_rival("pycanon", source, folder / "values.json", n_rows=0, n_threads=1, options=options)
    return report, json.loads((folder / "values.json").read_text())


@pytest.fixture(scope="module")
def pycanon(adult, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pycanon")
    adult.to_csv(folder / "adult.csv", index=False)
    return pycanon_figures(folder / "adult.csv", folder)


@pytest.mark.parametrize("figure", ["k", "l", "t"])
def test_checks_of_adult(race, benchmark, adult, pycanon, figure):
    report, values = pycanon
    benchmark.extra_info["task"] = f"{figure} of Adult, 6 quasi-identifiers"
    checks = {
        "k": lambda: class_sizes(adult, QUASI, n_threads=1).min(),
        "l": lambda: anonymity_report(adult, QUASI, "income", n_threads=1).sensitive["income"].distinct_l,
        "t": lambda: anonymity_report(adult, QUASI, "income", n_threads=1).sensitive["income"].t,
    }
    gap = abs(checks[figure]() - values[figure])
    race(checks[figure], report["seconds"][figure], peer=report["rival"], rounds=5, difference=float(gap))


def many_rows(n_rows=1_000_000):
    rng = np.random.default_rng(0)
    sizes = {"age": 74, "education": 16, "marital": 7, "occupation": 15, "sex": 2, "country": 41}
    frame = pd.DataFrame({name: rng.integers(0, size, n_rows) for name, size in sizes.items()})
    return frame.assign(illness=rng.geometric(0.2, n_rows).clip(max=12))


def test_checks_of_a_million_rows(benchmark):
    benchmark.extra_info["task"] = "k, l, t and all other figures of 1e6 rows, 6 quasi-identifiers"
    frame = many_rows()
    quasi = list(frame)[:-1]
    benchmark.pedantic(lambda: anonymity_report(frame, quasi, "illness"), rounds=3, warmup_rounds=1)


def coded(frame):
    """Integer codes of the quasi-identifiers, which both libraries cut as numbers."""
    table = Table.from_any(frame)
    return pd.DataFrame({name: column_levels(table.column(name)).codes for name in QUASI})


def test_mondrian_of_adult(race, benchmark, adult, tmp_path):
    frame = coded(adult)
    frame.to_csv(tmp_path / "codes.csv", index=False)
    options = ["--quasi", *QUASI, "--k", "10"]
    report = run_rival(
        "anonypy", tmp_path / "codes.csv", tmp_path / "parts.csv", n_rows=0, n_threads=1, options=options
    )
    theirs = pd.read_csv(tmp_path / "parts.csv")["part"].to_numpy()

    def ours():
        return enforce_k_anonymity(frame, 10, QUASI, cut="below", n_threads=1)

    same = len(set(zip(theirs, ours().class_ids, strict=True))) == theirs.max() + 1 == ours().class_ids.max() + 1
    strict = enforce_k_anonymity(frame, 10, QUASI).information_loss
    benchmark.extra_info["task"] = "Mondrian of Adult, k = 10, 6 codes"
    loss = {"loss_ours": ours().information_loss, "loss_of_our_default_cuts": strict}
    race(ours, report["seconds"], peer=report["rival"], rounds=3, same_partitions=str(bool(same)), **loss)


@pytest.mark.parametrize("limit", [0.0, 0.05, 0.5])
@pytest.mark.parametrize("method", ["lattice", "mondrian"])
def test_levels_of_adult(race, benchmark, adult, tmp_path, method, limit):
    trees = hierarchies(adult)
    levels = {name: [tree.values, *tree.labels] for name, tree in trees.items()}
    (tmp_path / "trees.json").write_text(json.dumps(levels))
    adult.to_csv(tmp_path / "adult.csv", index=False)
    options = ["--quasi", *QUASI, "--k", "10", "--suppression", str(100 * limit)]
    options += ["--hierarchies", str(tmp_path / "trees.json")]
    report = run_rival("anjana", tmp_path / "adult.csv", tmp_path / "made.csv", n_rows=0, n_threads=1, options=options)
    made = pd.read_csv(tmp_path / "made.csv", keep_default_na=False)
    theirs = utility_report(adult, made, QUASI, kept=made["row"], hierarchies=trees)
    share = {"suppression_limit": limit} if method == "lattice" else {}

    def ours():
        return enforce_k_anonymity(adult, 10, QUASI, method=method, hierarchies=trees, n_threads=1, **share)

    found = ours()
    benchmark.extra_info["task"] = f"{method} of Adult, k = 10, at most {limit:.0%} of rows left out"
    race(
        ours,
        report["seconds"],
        peer=report["rival"],
        rounds=3,
        loss_ours=found.information_loss,
        loss_theirs=theirs.gcp,
        left_out_ours=found.suppressed_rows,
        left_out_theirs=theirs.suppressed_rows,
    )


@pytest.mark.parametrize("kind", ["4 numeric", "6 mixed"])
def test_mondrian_of_a_million_rows(benchmark, kind):
    benchmark.extra_info["task"] = f"Mondrian of 1e6 rows x {kind}, k = 10"
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({f"x{place}": rng.normal(size=1_000_000) for place in range(4)})
    if kind == "6 mixed":
        frame["x3"] = rng.integers(18, 90, 1_000_000)
        frame["job"] = rng.choice([f"job {place:02d}" for place in range(20)], 1_000_000)
        frame["zip"] = rng.integers(10_000, 11_000, 1_000_000).astype(str)
    found = benchmark.pedantic(lambda: enforce_k_anonymity(frame, 10, list(frame)), rounds=2, warmup_rounds=1)
    benchmark.extra_info["quality"] = {"loss": found.information_loss, "smallest": found.achieved_k}
