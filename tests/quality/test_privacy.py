import numpy as np
import pandas as pd
import pytest

from synthfast import assess_disclosure_risk
from synthfast.quality import (
    AttackedTables,
    closer_to_training,
    disclosure_risk,
    exact_copies,
    membership_inference,
    nearest_neighbor_distance_ratio,
    share_columns,
)
from synthfast.quality.privacy import DISTANCE_ATTACKS

MEASURES = (
    exact_copies,
    closer_to_training,
    membership_inference,
    nearest_neighbor_distance_ratio,
    disclosure_risk,
)


def people(seed, n=1_500):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 4))
    frame = pd.DataFrame(x, columns=list("abcd"))
    frame["city"] = rng.choice(["x", "y", "z"], n)
    return frame


REAL, FRESH, HOLDOUT = people(0), people(1), people(2)
# Shares of 1,500 tries at one half have a deviation of .013; four are .052.
CHANCE = 0.052


def noisy(frame, size=1e-3):
    rng = np.random.default_rng(7)
    return frame.assign(**{name: frame[name] + size * rng.normal(size=len(frame)) for name in "abcd"})


def test_fresh_rows_disclose_nothing():
    assert exact_copies(REAL, FRESH).value == 0.0
    assert closer_to_training(REAL, FRESH, holdout=HOLDOUT).value == pytest.approx(0.5, abs=CHANCE)
    assert membership_inference(REAL, FRESH).value == pytest.approx(0.5, abs=CHANCE)
    assert membership_inference(REAL, FRESH, holdout=HOLDOUT).value == pytest.approx(0.5, abs=CHANCE)
    ratio = nearest_neighbor_distance_ratio(REAL, FRESH)
    assert ratio.value == pytest.approx(ratio.reference, abs=0.05)
    for holdout in (None, HOLDOUT):
        assert disclosure_risk(REAL, FRESH, holdout=holdout).value < 2 * CHANCE


def test_copies_are_caught_by_every_attack():
    assert exact_copies(REAL, REAL).value == 1.0
    assert closer_to_training(REAL, REAL, holdout=HOLDOUT).value == 1.0
    assert membership_inference(REAL, REAL).value == 1.0
    assert membership_inference(REAL, REAL, holdout=HOLDOUT).value > 0.99
    assert nearest_neighbor_distance_ratio(REAL, REAL).value == 0.0
    risk = disclosure_risk(REAL, REAL, holdout=HOLDOUT)
    assert risk.value == 1.0
    assert risk.detail["interval"][0] > 0.9
    assert set(risk.detail["attacks"]) == set(DISTANCE_ATTACKS)


@pytest.mark.parametrize("holdout", [None, HOLDOUT])
def test_copies_with_a_little_noise_are_caught(holdout):
    synthetic = noisy(REAL)
    assert exact_copies(REAL, synthetic).value == 0.0
    risk = disclosure_risk(REAL, synthetic, holdout=holdout)
    assert risk.value > 0.95
    assert risk.detail["worst_attack"] != "exact_copies"
    assert nearest_neighbor_distance_ratio(REAL, synthetic).value < 0.1


def test_a_bootstrap_puts_two_thirds_of_the_members_at_risk():
    # A row is in a bootstrap with probability 1 - 1/e = .632 (deviation .010 of 1,500 rows): attack accuracy .816.
    synthetic = REAL.sample(frac=1.0, replace=True, random_state=0)
    found = membership_inference(REAL, synthetic, holdout=HOLDOUT)
    assert found.value == pytest.approx(0.816, abs=0.04)
    assert found.detail["true_positives_at_1_percent"] == pytest.approx(0.632, abs=0.05)
    assert exact_copies(REAL, synthetic).value == 1.0


def test_half_copied():
    # Half of the synthetic rows are members: for a member the nearest synthetic row is itself with probability .5.
    synthetic = pd.concat([REAL.iloc[:750], FRESH.iloc[:750]])
    assert exact_copies(REAL, synthetic).value == 0.5
    assert closer_to_training(REAL, synthetic, holdout=HOLDOUT).value == pytest.approx(0.75, abs=CHANCE)


def test_rows_that_occur_often_are_no_disclosure():
    # Two columns of two levels: every row has hundreds of twins, and copying one tells nothing.
    rng = np.random.default_rng(3)
    real, synthetic, holdout = ({"a": rng.choice(["p", "q"], 500), "b": rng.choice(["r", "s"], 500)} for _ in range(3))
    for held in (None, holdout):
        risk = disclosure_risk(real, synthetic, holdout=held)
        assert exact_copies(real, synthetic, holdout=held).value == 1.0
        assert exact_copies(real, synthetic, holdout=held).detail["risk"] == 0.0
        assert risk.detail["interval"][0] == 0.0


def test_far_off_rows_are_not_taken_for_members():
    far = FRESH.assign(**{name: FRESH[name] + 50.0 for name in "abcd"})
    assert membership_inference(REAL, far).value < 0.1
    assert disclosure_risk(REAL, far).value == 0.0


def test_exact_copies_reference():
    real = {"a": [1, 1, 2, 3]}
    assert exact_copies(real, {"a": [1, 9]}).reference == 0.5
    assert exact_copies(real, {"a": [1, 9]}, holdout={"a": [3, 8, 8, 8]}).reference == 0.25


def test_closer_to_training_needs_a_hold_out():
    assert "no hold-out" in closer_to_training(REAL, FRESH).detail["reason"]


def test_attacks_are_shared():
    tables = share_columns(REAL, FRESH, HOLDOUT)
    attacked = AttackedTables(tables)
    for measure in MEASURES:
        alone = measure(REAL, FRESH, holdout=HOLDOUT)
        shared = measure(tables.real, tables.synthetic, holdout=tables.holdout, attacked=attacked)
        assert alone == shared


def test_figures_are_those_of_the_attacks():
    report = assess_disclosure_risk(REAL, FRESH, HOLDOUT, attacks=["closest_record", "exact_copies"], max_targets=2_000)
    share = report.results["closest_record"].figures["share"]
    found = closer_to_training(REAL, FRESH, holdout=HOLDOUT)
    # The same rows in the same distance: 1,500 rows of each table are all asked and all looked at.
    assert found.value == share.value
    assert found.interval == pytest.approx(share.interval())
    assert exact_copies(REAL, FRESH, holdout=HOLDOUT).detail["risk"] == report.results["exact_copies"].worst()[1].risk


def test_attacks_that_are_asked_for():
    found = disclosure_risk(REAL, FRESH, holdout=HOLDOUT, attacks=["linkability"])
    assert set(found.detail["attacks"]) == {"linkability"}
    with pytest.raises(ValueError, match="expected some of"):
        disclosure_risk(REAL, FRESH, attacks=["telepathy"])


def test_rows_of_large_tables_are_drawn_and_copies_looked_for_in_all():
    copied = REAL.iloc[:1_500:10]
    attacked = AttackedTables(share_columns(REAL, copied, HOLDOUT), max_rows=200, max_targets=50)
    found = [measure(REAL, copied, holdout=HOLDOUT, attacked=attacked) for measure in MEASURES]
    assert found[0].value == 1.0
    assert found[1].detail["rows_used"] == {"original": 200, "synthetic": 150, "holdout": 200}
    assert found[1].detail["n_queries"] == 50


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("rows", [1, 2, 3])
def test_one_row_or_a_few(measure, rows):
    for holdout in (None, HOLDOUT.head(rows)):
        result = measure(REAL.head(rows), FRESH.head(rows), holdout=holdout)
        assert result.value is None or result.range[0] <= result.value <= result.range[1]


@pytest.mark.parametrize("measure", MEASURES)
def test_only_text(measure):
    names = {"n": [f"name {k}" for k in range(80)]}
    result = measure(names, names, holdout=names)
    assert not result.applicable


@pytest.mark.parametrize("measure", MEASURES)
def test_missing_everywhere(measure):
    real = pd.DataFrame({"x": np.full(30, np.nan), "y": np.arange(30.0)})
    result = measure(real, real.assign(y=np.nan, x=1.0), holdout=real)
    assert result.range[0] <= result.value <= result.range[1]
