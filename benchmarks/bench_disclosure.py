"""Attacks on synthetic tables against anonymeter's, distances of records against SDMetrics', and what attacks find.

The tables are Adult: 16,281 rows of its training part are the original, its test part the hold-out, and a Gaussian
copula fitted to the original draws the synthetic one, a tenth of whose rows are then replaced by original rows, so that
there is something to be found. Attacks are those of anonymeter's example: 500 descriptions of one column, 100 of four,
2,000 links by ten neighbours of the columns named there, 1,000 guesses of a secret from all other columns. Their time
is that of the attack alone; ours holds the reading of the tables and every row that there is, 10,000 at most.
"""

import json

import numpy as np
import pandas as pd
import pytest
from rivals.disclosure import HALVES
from rivals.runner import run_rival

from synthfast import GaussianCopulaSynthesizer, assess_disclosure_risk
from synthfast.neighbors import record_distances

N = 16_281
LEAKED = N // 10
SDMETRICS_ROWS = 3_000  # about what it does in half a minute; its time is in proportion to the pairs
SECRETS = ["education", "occupation", "capital_gain"]


@pytest.fixture(scope="module")
def train(real_path):
    return pd.read_csv(real_path("adult_train"))


@pytest.fixture(scope="module")
def tables(train, real_path):
    original = train.sample(N, random_state=0).reset_index(drop=True)
    drawn = GaussianCopulaSynthesizer(random_state=0).fit(original).sample(N, random_state=0)
    synthetic = pd.concat([original[:LEAKED], drawn[LEAKED:]]).sample(frac=1.0, random_state=0, ignore_index=True)
    return original, synthetic, pd.read_csv(real_path("adult_test"))


@pytest.fixture(scope="module")
def on_disk(tables, tmp_path_factory):
    path = tmp_path_factory.mktemp("tables") / "tables.parquet"
    roles = ("original", "synthetic", "holdout")
    pd.concat([frame.assign(role=role) for role, frame in zip(roles, tables, strict=True)]).to_parquet(path)
    return path


def rival(path, attack, *, n_attacks=0, n_rows=0, secrets=""):
    output = path.parent / f"{attack}.json"
    options = ["--attack", attack, "--attacks", str(n_attacks), "--secrets", secrets]
    report = run_rival("disclosure", path, output, n_rows=n_rows, options=options)
    return json.loads(output.read_text(encoding="utf-8")), report


def test_closest_records(race, benchmark, train, tables, on_disk):
    """32,561 rows to 32,561; SDMetrics' time is taken from 3,000 to 3,000 and multiplied by the pairs."""
    original, synthetic, _ = tables
    found, report = rival(on_disk, "closest_record", n_rows=SDMETRICS_ROWS)
    small = record_distances(synthetic.head(SDMETRICS_ROWS), original.head(SDMETRICS_ROWS), metric="gower")[0]
    largest = float(np.abs(small - np.array(found["distances"])).max())
    query = train.sample(frac=1.0, random_state=1).reset_index(drop=True)
    query = pd.DataFrame(
        {c: query[c] if k % 3 else query[c].sample(frac=1.0, random_state=k).values for k, c in enumerate(query)}
    )
    benchmark.extra_info["task"] = (
        f"Gower distance to the closest of 32,561 records for 32,561 rows, 15 mixed columns (theirs from "
        f"{SDMETRICS_ROWS:,} x {SDMETRICS_ROWS:,}, by pairs)"
    )
    seconds = report["fit_seconds"] * (len(train) / SDMETRICS_ROWS) ** 2
    race(
        lambda: record_distances(query, train, metric="gower"),
        seconds,
        peer=report["rival"],
        rounds=3,
        largest_difference=largest,
        seconds_measured=report["fit_seconds"],
    )


ATTACKS = {
    "one_column": ("singling_out", 500, {"n_predicates": 500, "n_columns": 1}),
    "several_columns": ("singling_out", 100, {"n_predicates": 100}),
    "linkability": ("linkability", 2_000, {"halves": HALVES, "n_neighbors": 10}),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_attack(race, benchmark, tables, on_disk, attack):
    name, n_attacks, settings = ATTACKS[attack]
    theirs, report = rival(on_disk, attack, n_attacks=n_attacks)
    found = {}

    def ours():
        result = assess_disclosure_risk(*tables, attacks=[name], options={name: settings}).results[name]
        found["ours"] = result.figures["excess" if name == "linkability" else attack]

    task = name if name == attack else f"{name}, {attack}"
    benchmark.extra_info["task"] = f"{task.replace('_', ' ')}, Adult 3 x 16,281 x 15"
    race(ours, report["fit_seconds"], peer=report["rival"], rounds=2, **compared(found, ours, theirs))


def test_inference(race, benchmark, tables, on_disk):
    theirs, report = rival(on_disk, "inference", n_attacks=1_000, secrets=",".join(SECRETS))
    found = {}

    def ours():
        report = assess_disclosure_risk(*tables, attacks=["attribute_inference"], sensitive=SECRETS)
        found.update(report.results["attribute_inference"].figures)

    ours()
    quality = {}
    for secret in SECRETS:
        low, high = theirs[secret]["interval"]
        quality[f"{secret}_ours"] = found[secret].value
        quality[f"{secret}_theirs"] = f"{low:.3f} to {high:.3f}"
    benchmark.extra_info["task"] = f"attribute inference, {len(SECRETS)} secrets, Adult 3 x 16,281 x 15"
    race(ours, report["fit_seconds"], peer=report["rival"], rounds=2, **quality)


def compared(found, ours, theirs):
    ours()
    low, high = theirs["interval"]
    own = found["ours"].interval()
    return {
        "risk_ours": f"{found['ours'].value:.3f} ({own[0]:.3f} to {own[1]:.3f})",
        "risk_theirs": f"{theirs['risk']:.3f} ({low:.3f} to {high:.3f})",
    }


def test_whole_battery(benchmark, tables):
    """No peer: all fifteen attacks on three tables of 16,281 rows."""
    benchmark.extra_info["task"] = "all attacks, Adult 3 x 16,281 x 15"
    found = {}
    benchmark.pedantic(lambda: found.update(report=assess_disclosure_risk(*tables)), rounds=1, warmup_rounds=1)
    report = found["report"]
    low, high = report.interval
    benchmark.extra_info["quality"] = {"worst": report.worst_attack, "risk": report.risk, "low": low, "high": high}
