import json

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import synthfast
from synthfast import SyntheticDataGenerator, assess_disclosure_risk
from synthfast.exceptions import DataError
from synthfast.privacy import DisclosureReport
from synthfast.privacy.attacks import ATTACKS

SLOW = ("membership_classifier", "membership_density", "membership_density_ratio", "singling_out")

FAST = [name for name in ATTACKS if name not in SLOW]
FEW = {"singling_out": {"n_predicates": 50}}


@pytest.fixture(scope="module")
def tables(people):
    return people(400, 1), people(400, 2), people(400, 3)


@pytest.fixture(scope="module")
def report(tables):
    return assess_disclosure_risk(*tables)


def test_a_resample_of_the_population_shows_no_risk(report):
    assert set(report.results) == set(ATTACKS)
    assert report.interval[0] == 0.0
    assert "No attack does better than on people who are not in the table" in str(report)


def test_every_figure_is_a_number_within_its_interval(report):
    for name, result in report.results.items():
        assert result.figures, name
        for key, figure in result.figures.items():
            low, high = figure.interval()
            assert np.isfinite([figure.value, low, high]).all(), (name, key)
            assert low <= figure.value <= high, (name, key)
            assert figure.risk is None or 0.0 <= figure.risk <= 1.0


def test_intervals_of_a_resample_contain_the_null(people):
    """Intervals of 95 %, over six draws of all tables; figures of one draw depend on each other, so 10 % may miss."""
    missed = total = 0
    for seed in range(10, 16):
        tables = (people(300, seed * 3 + part) for part in range(3))
        found = assess_disclosure_risk(*tables, attacks=FAST, random_state=seed)
        assert found.interval[0] == 0.0
        frame = found.to_frame().dropna(subset="null")
        missed += int(((frame.low > frame.null) | (frame.high < frame.null)).sum())
        total += len(frame)
    assert total > 200
    assert missed <= 0.1 * total


@pytest.mark.parametrize("share", [0.01, 0.05, 0.2])
def test_planted_copies_are_found_as_theory_says(people, share):
    """Members whose copies were planted score above all others: the area is 1/2 + share / 2."""
    n = 3_000
    original, synthetic, holdout = (people(n, 40 + part) for part in range(3))
    n_copies = int(share * n)
    synthetic.iloc[:n_copies] = original.iloc[:n_copies].to_numpy()
    synthetic = synthetic.astype(original.dtypes)
    attacks = ["exact_copies", "membership_distance", "closest_record", "identifiability", "adversarial_accuracy"]
    report = assess_disclosure_risk(original, synthetic, holdout, attacks=attacks)
    figures = {name: result.figures for name, result in report.results.items()}
    expected = {
        ("exact_copies", "excess"): share,
        ("membership_distance", "auc"): 0.5 + 0.5 * share,
        ("membership_distance", "tpr_at_1%"): share + 0.01 * (1.0 - share),
        ("closest_record", "share"): 0.5 + 0.5 * share,
        ("identifiability", "share"): 0.5 + 0.5 * share,
    }
    for (name, key), value in expected.items():
        low, high = figures[name][key].interval(0.99)
        assert low <= value <= high, (name, key)
    assert report.interval[0] > 0.0
    assert report.interval[0] <= share <= report.interval[1] + 0.01


def test_risk_rises_with_the_copies(people):
    original, fresh, holdout = (people(500, 50 + part) for part in range(3))
    sure = []
    for n_copies in (0, 50, 250, 500):
        synthetic = pd.concat([original[:n_copies], fresh[n_copies:]], ignore_index=True)
        sure.append(assess_disclosure_risk(original, synthetic, holdout, attacks=FAST).interval[0])
    assert sure[0] == 0.0
    assert sure == sorted(set(sure))
    assert sure[-1] > 0.95


def test_without_a_holdout_copies_and_identifiability_remain(tables):
    original, synthetic, _ = tables
    report = assess_disclosure_risk(original, synthetic, options=FEW)
    judged = {name for name, result in report.results.items() if result.headline}
    assert judged == {"exact_copies", "identifiability"}
    assert report.membership_accuracy is None
    assert "no hold-out" in str(report)
    copied = assess_disclosure_risk(original, original, attacks=["exact_copies", "identifiability"])
    assert copied.risk > 0.95
    assert all(r.figures or r.reason for r in report.results.values())


def test_same_seed_same_report_and_threads_change_nothing(tables, n_threads):
    attacks = ["membership_classifier", "membership_ball", "singling_out", "correct_attribution"]
    settings = {"attacks": attacks, "options": FEW, "random_state": 5}
    one = assess_disclosure_risk(*tables, **settings).to_dict()
    with synthfast.num_threads(n_threads):
        assert assess_disclosure_risk(*tables, **settings).to_dict() == one


def test_an_attack_alone_finds_what_it_finds_among_all(tables, report):
    alone = assess_disclosure_risk(*tables, attacks=["membership_difference"])
    assert alone.results["membership_difference"].to_dict() == report.results["membership_difference"].to_dict()


@pytest.mark.parametrize("wrap", [pl.from_pandas, pa.Table.from_pandas, lambda f: f.to_dict("list")])
def test_any_container_gives_the_same(tables, wrap):
    attacks = ["exact_copies", "membership_distance", "attribute_inference"]
    expected = assess_disclosure_risk(*tables, attacks=attacks).to_dict()
    assert assess_disclosure_risk(*map(wrap, tables), attacks=attacks).to_dict() == expected


def test_the_report_is_plain_and_says_what_it_is(report):
    text = json.dumps(report.to_dict(), allow_nan=False)
    assert json.loads(text)["worst_attack"] == report.worst_attack
    assert "not private" in report.note
    assert "do not train models" in report.threat_model
    assert report.note in str(report)
    assert isinstance(report, DisclosureReport)
    assert report.simultaneous_confidence > report.confidence
    frame = report.to_frame()
    assert list(frame.columns) == ["attack", "figure", "value", "low", "high", "null", "risk", "n"]


def test_distances_alone_are_outweighed_by_the_worst_attack(people):
    """Rows of the original, moved: no copy, far enough off for a distance test, and yet the members show."""
    original, _, holdout = (people(1_500, 60 + part) for part in range(3))
    rng = np.random.default_rng(0)
    moved = original.assign(x=original.x + rng.normal(0, 0.02, 1_500), m=original.m + rng.normal(0, 0.02, 1_500))
    report = assess_disclosure_risk(original, moved, holdout, attacks=FAST)
    assert report.results["exact_copies"].figures["excess"].value < 0.05
    assert report.interval[0] > 0.5
    assert report.membership_accuracy > 0.75


def test_sampling_is_stated_and_seeded(people):
    original, synthetic, holdout = (people(900, 70 + part) for part in range(3))
    attacks = ["membership_distance", "closest_record"]
    report = assess_disclosure_risk(original, synthetic, holdout, attacks=attacks, max_targets=100)
    assert any("at most 100 of 900" in how for how in report.sampled.values())
    assert "at most 100 of 900" in str(report)
    assert report.results["membership_distance"].detail["n_members"] == 100
    whole = assess_disclosure_risk(original, synthetic, holdout, attacks=attacks)
    assert not any("attacked" in what for what in whole.sampled)
    narrow, wide = (r.results["membership_distance"].figures["auc"].interval() for r in (whole, report))
    assert wide[1] - wide[0] > narrow[1] - narrow[0]


def test_columns_that_name_rows_are_left_out_unless_asked_for(tables):
    named = [frame.assign(id=[f"P-{i:05d}" for i in range(len(frame))]) for frame in tables]
    report = assess_disclosure_risk(*named, attacks=["exact_copies"])
    assert report.left_out == ("id",)
    assert "id" in str(report)
    asked = assess_disclosure_risk(*named, attacks=["exact_copies"], columns=["id", "x"])
    assert asked.left_out == ()


def test_facade_keys(tables):
    toolkit = SyntheticDataGenerator(random_state=3)
    found = toolkit.assess_disclosure_risk(*tables, attacks=["membership_distance", "exact_copies"])
    assert {"worst_attack", "risk", "interval", "attacks", "disclosure_risk"} <= set(found)
    assert found["disclosure_risk"] == found["risk"]
    low, high = found["interval"]
    assert low <= found["risk"] <= high
    assert 0.4 < found["membership_inference_accuracy"] < 0.6
    assert set(found["attacks"]) == {"membership_distance", "exact_copies"}


BAD = {
    "unequal columns": (lambda o, s, h: ((o, s.drop(columns="x"), h), {}), r"synthetic: .*without \['x'\]"),
    "more columns": (lambda o, s, h: ((o, s.assign(z=1), h), {}), r"synthetic: .*with \['z'\] besides"),
    "no original rows": (lambda o, s, h: ((o[:0], s, h), {}), "original: expected at least one row"),
    "no synthetic rows": (lambda o, s, h: ((o, s[:0], h), {}), "synthetic: expected at least one row"),
    "no hold-out rows": (lambda o, s, h: ((o, s, h[:0]), {}), "holdout: expected at least one row"),
    "no table": (lambda o, s, h: ((o, 3, h), {}), "synthetic: expected a table"),
    "another kind": (lambda o, s, h: ((o, s.assign(x="text"), h), {}), "column 'x': expected numbers"),
    "infinite": (lambda o, s, h: ((o, s.assign(x=np.inf), h), {}), "synthetic: column 'x': expected finite numbers"),
    "repeated names": (lambda o, s, h: ((pd.concat([o, o[["x"]]], axis=1), s, h), {}), "original: .*more than once"),
    "unknown column": (lambda o, s, h: ((o, s, h), {"sensitive": ["nope"]}), r"sensitive: .*got \['nope'\]"),
    "unknown key": (lambda o, s, h: ((o, s, h), {"quasi_identifiers": ["nope"]}), "quasi_identifiers: expected some"),
    "a string for a list": (lambda o, s, h: ((o, s, h), {"sensitive": "x"}), r"sensitive: .*Pass \['x'\]"),
    "no columns": (lambda o, s, h: ((o, s, h), {"columns": []}), "columns: expected some"),
    "unknown attack": (lambda o, s, h: ((o, s, h), {"attacks": ["nope"]}), "attacks: expected one of"),
    "no attacks": (lambda o, s, h: ((o, s, h), {"attacks": []}), "attacks: expected a list"),
    "attack as a string": (lambda o, s, h: ((o, s, h), {"attacks": "linkability"}), "attacks: expected a list"),
    "unknown options": (lambda o, s, h: ((o, s, h), {"options": {"nope": {}}}), "options: expected one of"),
    "confidence": (lambda o, s, h: ((o, s, h), {"confidence": 1.5}), "confidence: expected a finite number"),
    "targets": (lambda o, s, h: ((o, s, h), {"max_targets": 0}), "max_targets: expected an integer"),
    "metric": (lambda o, s, h: ((o, s, h), {"metric": "cosine"}), "metric: expected one of"),
}


@pytest.mark.parametrize("case", BAD, ids=str)
def test_bad_input_is_refused(tables, case):
    make, message = BAD[case]
    arguments, keywords = make(*tables)
    with pytest.raises(ValueError, match=message):
        assess_disclosure_risk(*arguments, **keywords)


def test_columns_of_names_only_are_refused():
    names = {"id": [f"P-{i:05d}" for i in range(200)]}
    with pytest.raises(DataError, match=r"got only such as name rows: \['id'\]"):
        assess_disclosure_risk(names, names)


@pytest.mark.parametrize("sizes", [(1, 1, 1), (1, 1, None), (2, 1, 2), (3, 3, 2), (2, 50, 50), (50, 2, 3), (50, 1, 1)])
def test_tiny_tables_say_what_cannot_be_tried(people, sizes):
    tables = [None if size is None else people(size, seed) for seed, size in enumerate(sizes)]
    report = assess_disclosure_risk(*tables, columns=["x", "group", "m"], options=FEW)
    str(report)
    json.dumps(report.to_dict(), allow_nan=False)
    for result in report.results.values():
        assert result.figures or result.reason or result.detail
        for figure in result.figures.values():
            low, high = figure.interval()
            assert low <= figure.value <= high


def test_a_tiny_holdout_gives_wide_intervals(people):
    report = assess_disclosure_risk(people(500, 1), people(500, 2), people(6, 3), attacks=["membership_distance"])
    low, high = report.results["membership_distance"].figures["auc"].interval()
    assert high - low > 0.4
    assert report.interval[0] == 0.0


ODD = {
    "constant": lambda f: f.assign(x=1.0, group="a"),
    "all missing": lambda f: f.assign(x=np.nan, group=None),
    "dates": lambda f: f.assign(day=pd.Timestamp("2024-01-01") + pd.to_timedelta(f.k, unit="D")),
    "zones": lambda f: f.assign(day=pd.Timestamp("2024-01-01", tz="Europe/Berlin") + pd.to_timedelta(f.k, unit="h")),
    "booleans": lambda f: f.assign(ok=f.k > 2),
    "huge integers": lambda f: f.assign(big=f.k.to_numpy() + 2**60),
    "names that are no strings": lambda f: f.rename(columns={"x": 3, "group": ("a", 1)}),
    "one column": lambda f: f[["x"]],
    "levels only": lambda f: f[["group", "rare"]],
    "large numbers": lambda f: f.assign(x=f.x * 1e300),
    "categories": lambda f: f.assign(group=f.group.astype("category")),
}


@pytest.mark.parametrize("case", ODD, ids=str)
def test_odd_columns_are_taken(people, case):
    tables = [ODD[case](people(120, seed)) for seed in range(3)]
    report = assess_disclosure_risk(*tables, columns=list(tables[0].columns), options=FEW)
    json.dumps(report.to_dict(), allow_nan=False)
    assert report.interval[0] < 0.2


def test_unseen_levels_are_taken(people):
    original, synthetic, holdout = (people(200, seed) for seed in range(3))
    synthetic["group"] = synthetic["group"].replace("a", "unheard of")
    report = assess_disclosure_risk(original, synthetic, holdout, options=FEW)
    assert all(np.isfinite(figure.value) for result in report.results.values() for figure in result.figures.values())


def test_inputs_stay_as_they_are(people):
    tables = [people(80, seed) for seed in range(3)]
    copies = [frame.copy() for frame in tables]
    assess_disclosure_risk(*tables, attacks=FAST)
    for frame, copy in zip(tables, copies, strict=True):
        pd.testing.assert_frame_equal(frame, copy)
