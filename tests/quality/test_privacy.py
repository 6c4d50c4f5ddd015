import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from synthfast.quality import (
    closer_to_training,
    disclosure_risk,
    exact_copies,
    membership_inference,
    nearest_neighbor_distance_ratio,
    share_columns,
)
from synthfast.quality.distances import NeighbourSearch
from synthfast.quality.privacy import _area_under_curve

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
    assert risk.detail["interval"] == [1.0, 1.0]
    assert set(risk.detail["attacks"]) == {"exact_copies", "closer_to_training", "membership_inference"}


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
        assert risk.value == 0.0


def test_far_off_rows_are_not_taken_for_members():
    far = FRESH.assign(**{name: FRESH[name] + 50.0 for name in "abcd"})
    assert membership_inference(REAL, far).value < 0.1
    assert disclosure_risk(REAL, far).value == 0.0


def test_exact_copies_reference():
    real = {"a": [1, 1, 2, 3]}
    assert exact_copies(real, {"a": [1, 9]}).reference == 0.5
    found = exact_copies(real, {"a": [1, 9]}, holdout={"a": [3, 8, 8, 8]})
    assert found.reference == 0.25
    assert found.detail["advantage"] == pytest.approx(0.25 / 0.75)


def test_closer_to_training_needs_a_hold_out():
    assert "no hold-out" in closer_to_training(REAL, FRESH).detail["reason"]


def test_distances_are_shared():
    tables = share_columns(REAL, FRESH, HOLDOUT)
    search = NeighbourSearch(tables)
    for measure in MEASURES[1:]:
        alone = measure(REAL, FRESH, holdout=HOLDOUT)
        shared = measure(tables.real, tables.synthetic, holdout=tables.holdout, search=search)
        assert alone.value == shared.value
        assert alone.detail == shared.detail


def test_sizes_are_said():
    detail = membership_inference(REAL, FRESH.head(400), holdout=HOLDOUT.head(300)).detail
    assert detail["n_queries"] == [1_500, 300]
    assert detail["n_points"] == 400


def test_area_under_the_curve_is_sklearns():
    rng = np.random.default_rng(4)
    members, outsiders = np.round(rng.normal(size=80), 1), np.round(rng.normal(0.5, 1.0, 60), 1)
    truth = np.repeat([1, 0], [80, 60])
    expected = roc_auc_score(truth, -np.concatenate([members, outsiders]))
    assert _area_under_curve(members, outsiders) == pytest.approx(expected, rel=1e-12)


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
