"""Attacks against their definitions, written out slowly, and against what makes the peers' figures wrong."""

import numpy as np
import pandas as pd
import pytest
from reference.record_distance import pair_costs

from synthfast import assess_disclosure_risk
from synthfast._core.random import Stream
from synthfast.exceptions import DataError
from synthfast.neighbors import RecordSpace
from synthfast.privacy.attacks import ATTACKS, AttackTables, load_attack
from synthfast.privacy.attacks._figures import Figure
from synthfast.privacy.attacks._guesses import excess_success, success_rate
from synthfast.privacy.attacks._intervals import wilson_bounds
from synthfast.privacy.attacks._likeness import nearest_of_either
from synthfast.privacy.attacks.attribute_inference import is_right
from synthfast.privacy.attacks.correct_attribution import attributions
from synthfast.privacy.attacks.singling_out import Predicate, SortedColumn


def read(original, synthetic, holdout=None, **changes):
    given = {"original": original, "synthetic": synthetic} | ({} if holdout is None else {"holdout": holdout})
    settings = {"columns": list(pd.DataFrame(original).columns), "known": None, "secrets": None, "metric": "euclidean"}
    settings |= {"max_targets": 10_000, "max_learning_rows": 10_000, "stream": Stream.from_seed(0)}
    return AttackTables.read(given, **settings | changes)


def attack(name, *tables, settings=None, **changes):
    return load_attack(name)(read(*tables, **changes), **settings or {})


@pytest.fixture(scope="module")
def tables(people):
    return people(200, 1), people(150, 2), people(180, 3)


def all_distances(tables, queries, points, metric="euclidean"):
    space = tables.space(metric)
    costs = pair_costs(queries, points, len(space.measured), metric == "euclidean", False)
    return np.sqrt(costs) if metric == "euclidean" else costs / points.shape[1]


class TestCopies:
    def test_share_above_that_of_other_people(self):
        original = {"x": [1.0, 2.0, 3.0, 4.0], "c": list("abcd")}
        synthetic = {"x": [1.0, 2.0, 9.0, 5.0], "c": ["a", "b", "a", "e"]}
        holdout = {"x": [5.0, 1.0, 7.0, 8.0], "c": ["e", "a", "g", "h"]}
        result = attack("exact_copies", original, synthetic, holdout)
        figure = result.figures["excess"]
        assert (result.detail["share"], result.detail["share_holdout"]) == (0.5, 0.5)
        assert (figure.value, figure.null, figure.best) == (0.0, 0.0, 0.5)

    def test_missing_values_and_negative_zeros_are_equal(self):
        rows = {"x": [0.0, None, 2.0], "c": ["a", None, "b"]}
        result = attack("exact_copies", rows, {"x": [-0.0, None, 2.0], "c": ["a", None, "c"]})
        assert result.detail["n_copied_rows"] == 2

    def test_without_a_holdout_repeated_rows_are_the_reference(self):
        rows = {"x": [1.0, 1.0, 2.0, 3.0]}
        figure = attack("exact_copies", rows, rows).figures["excess"]
        assert (figure.value, figure.best) == (0.5, 0.5)

    def test_one_record_copied_often_is_one_cluster(self, people):
        original, synthetic, holdout = (people(300, seed) for seed in range(3))
        often = pd.concat([synthetic[:200], original[:1].loc[[0] * 100]], ignore_index=True)
        spread = pd.concat([synthetic[:200], original[:100]], ignore_index=True)
        widths = []
        for table in (often, spread):
            low, high = attack("exact_copies", original, table, holdout).figures["excess"].interval()
            widths.append(high - low)
        assert widths[0] > 3 * widths[1]


class TestClosestRecord:
    def test_share_and_protections_by_all_pairs(self, tables):
        given = read(*tables)
        result = load_attack("closest_record")(given)
        own, other = given.equal_rows()
        synthetic = given.points("synthetic")
        near = [
            all_distances(given, synthetic, given.points(role)[rows]).min(axis=1)
            for role, rows in (("original", own), ("holdout", other))
        ]
        share = np.where(near[0] == near[1], 0.5, near[0] < near[1]).mean()
        assert result.figures["share"].value == pytest.approx(share)
        assert result.detail["to_original"]["median"] == pytest.approx(np.median(near[0]))
        gower = [
            all_distances(given, given.points("synthetic", "gower"), given.points(role, "gower")[rows], "gower").min(1)
            for role, rows in (("original", own), ("holdout", other))
        ]
        protection = min(1.0, 2.0 * (1.0 - (gower[0] < gower[1]).mean()))
        assert result.detail["overfitting_protection"] == pytest.approx(protection)
        assert 0.0 < result.detail["baseline_protection"] <= 1.0

    def test_a_table_drawn_uniformly_is_its_own_baseline(self):
        rng = np.random.default_rng(0)
        original, uniform = ({"x": rng.random(400), "y": rng.random(400)} for _ in range(2))
        assert attack("closest_record", original, uniform).detail["baseline_protection"] > 0.8
        assert attack("closest_record", original, original).detail["baseline_protection"] == 0.0

    def test_many_synthetic_rows_do_not_make_a_share_of_few_records_sure(self, people):
        few, many = (
            attack("closest_record", people(100, 1), people(n, 2), people(100, 3)).figures["share"].interval()
            for n in (1_000, 10_000)
        )
        assert many[1] - many[0] > 0.7 * (few[1] - few[0])
        assert many[1] - many[0] > 3 * 2 * 0.98 / np.sqrt(10_000)  # as tosses of a coin: 2 * 0.98 / sqrt(n)

    def test_distance_ratio_is_that_of_the_two_nearest(self):
        points = {"x": [0.0, 1.0, 5.0, 5.0]}
        detail = attack("distance_ratio", points, {"x": [0.25, 5.0]}).detail["to_original"]
        assert detail["median"] == pytest.approx(np.median([1 / 3, 1.0]))  # 0 to 0 counts as 1


class TestLikeness:
    def test_accuracy_and_identifiability_by_all_pairs(self, tables):
        given = read(*tables)
        found = nearest_of_either(given, "original", 150)
        rows = given.points("original")[given.draw("original", 150, "likeness")], given.points("synthetic")
        within, across = [], []
        for own, other in (rows, rows[::-1]):
            inner = all_distances(given, own, own)
            np.fill_diagonal(inner, np.inf)
            within.append(inner.min(axis=1))
            across.append(all_distances(given, own, other).min(axis=1))
        within, across = np.concatenate(within), np.concatenate(across)
        same = np.where(within == across, 0.5, within < across)
        np.testing.assert_array_equal(found.same, same)
        accuracy = load_attack("adversarial_accuracy")(given).figures["accuracy_original"]
        assert accuracy.value == pytest.approx(same.mean())
        share = load_attack("identifiability")(given).figures["share"]
        assert share.value == pytest.approx(1.0 - same[:150].mean())

    def test_asking_some_rows_looks_among_all(self, people):
        original, holdout = people(400, 1), people(400, 3)
        figure = attack("identifiability", original, original, holdout, max_targets=50).figures["share"]
        assert figure.n == 50
        assert figure.value > 0.95


class TestMembership:
    @pytest.mark.parametrize("name", [name for name in ATTACKS if name.startswith("membership")])
    def test_copies_betray_their_people(self, people, name):
        original, holdout = people(300, 1), people(300, 3)
        result = attack(name, original, original, holdout)
        assert result.figures["auc"].interval()[0] > 0.5
        assert {"tpr_at_0.1%", "tpr_at_1%", "tpr_at_10%", "vulnerable_auc", "accuracy"} <= set(result.figures)

    def test_members_outsiders_and_reference_are_apart(self, tables):
        targets = read(*tables).targets()
        assert not set(targets.outsiders) & set(targets.reference)
        assert len(targets.outsiders) + len(targets.reference) == 180
        assert len(targets.members) == len(targets.outsiders)

    def test_isolated_people_are_more_vulnerable(self):
        """One in ten lies far off, and a model that repeats only those betrays them."""
        rng = np.random.default_rng(0)
        original, fresh, holdout = (
            {"x": np.where(np.arange(600) < 60, 30 * rng.normal(size=600), rng.normal(size=600)), "y": rng.random(600)}
            for _ in range(3)
        )
        synthetic = {name: np.concatenate([original[name][:60], fresh[name][60:]]) for name in original}
        figures = attack("membership_distance", original, synthetic, holdout).figures
        assert figures["vulnerable_auc"].value > 0.9
        assert figures["auc"].value < 0.65


class TestGuesses:
    def test_the_excess_is_of_what_the_control_leaves(self):
        rates = [success_rate(np.repeat([1, 0], [k, 100 - k])) for k in (60, 20)]
        assert excess_success(*rates).value == pytest.approx(0.5)

    @pytest.mark.parametrize(("attacked", "control"), [(0.0, 0.0), (0.2, 0.6), (1.0, 1.0), (0.0, 1.0), (1.0, 0.0)])
    def test_no_rate_gives_a_nan_or_an_interval_without_its_value(self, attacked, control):
        """Also where the control succeeds as often, oftener, or always, and the excess is negative or 0 / 0."""
        figure = excess_success(*(Figure(share, 50, wilson_bounds(share, 50)) for share in (attacked, control)))
        low, high = figure.interval()
        assert np.isfinite([figure.value, low, high]).all()
        assert low <= figure.value <= high
        assert 0.0 <= figure.risk <= 1.0
        risks = figure.risk_interval()
        assert 0.0 <= risks[0] <= risks[1] <= 1.0

    def test_a_guess_of_the_wrong_sign_is_wrong(self):
        """anonymeter 1.1.0 divides by the guess with its sign, so that -100 counts as near 5."""
        assert not is_right(np.array([-100.0]), np.array([5.0]), 0.25)[0]
        original = {"income": [5.0, -200.0, 0.0, 40.0], "job": list("abcd")}
        synthetic = {"income": [-100.0, -204.0, 0.1, 42.0], "job": list("abcd")}
        result = attack("attribute_inference", original, synthetic, secrets=["income"])
        assert result.figures["rate of income"].value == 0.5  # -204 of -200, 42 of 40

    def test_missing_is_guessed_by_missing(self):
        """anonymeter's Gower distance: two missing values are 1 apart, and one missing makes the whole distance NaN."""
        lost = np.array([np.nan, np.nan, 1.0])
        assert is_right(np.array([np.nan, 1.0, np.nan]), lost, 0.1).tolist() == [True, False, False]
        original = {"a": [None, 1.0, 2.0], "b": ["p", "q", "r"], "c": [None, 3.0, 9.0]}
        result = attack("attribute_inference", original, original, settings={"tolerance": 0.0})
        assert [result.figures[f"rate of {name}"].value for name in "abc"] == [1.0, 1.0, 1.0]
        linked = attack("linkability", original, original, settings={"halves": (["a"], ["b", "c"])})
        assert linked.figures["rate"].value == 1.0

    def test_dates_are_guessed_within_a_share_of_their_spread(self):
        days = pd.to_datetime(["2020-01-01", "2021-01-01", "2022-01-01", "2023-01-01"])
        original = pd.DataFrame({"day": days, "c": list("abcd")})
        shift = pd.to_timedelta([1, 10, 40, -1], unit="D")
        result = attack("attribute_inference", original, original.assign(day=days + shift), secrets=["day"])
        assert result.figures["rate of day"].value == 0.75  # 5 % of 408 days is 20

    def test_the_baseline_is_random_guessing(self):
        rng = np.random.default_rng(0)
        table = {"c": rng.integers(0, 4, 3_000).astype(str), "x": rng.normal(size=3_000)}
        result = attack("attribute_inference", table, table, secrets=["c"])
        assert result.detail["baseline"]["c"] == pytest.approx(0.25, abs=0.04)

    def test_one_known_column_that_is_the_secret_gives_a_reason(self):
        table = {"x": [1.0, 2.0, 3.0]}
        for name in ("attribute_inference", "correct_attribution", "linkability"):
            assert attack(name, table, table).reason


class TestLinkability:
    def test_links_are_common_neighbours(self):
        synthetic = {"a": [0.0, 10.0, 20.0], "b": [0.0, 10.0, 20.0]}
        original = {"a": [1.0, 11.0, 1.0], "b": [1.0, 19.0, 11.0]}
        halves = (["a"], ["b"])
        one = attack("linkability", original, synthetic, settings={"halves": halves})
        two = attack("linkability", original, synthetic, settings={"halves": halves, "n_neighbors": 2})
        assert one.figures["rate"].value == pytest.approx(1 / 3)
        assert two.figures["rate"].value == 1.0
        assert one.detail["baseline"] == pytest.approx(1 / 3)
        assert two.detail["baseline"] == 1.0  # two of three and two of three always meet

    def test_copies_are_not_found_because_they_come_first(self, people):
        """Some 130 rows are equal in one half; taking the first ten of them would link all of the first 100 copies."""
        original, synthetic, holdout = (people(2_000, seed)[["group", "k", "x"]] for seed in range(3))
        table = pd.concat([original[:100], synthetic[100:]], ignore_index=True)
        settings = {"halves": (["group", "k"], ["x"]), "n_neighbors": 10}
        figure = attack("linkability", original, table, holdout, settings=settings).figures["excess"]
        low, high = figure.interval(0.999)
        assert low < 0.05 * 10 / 130 < high < 0.05

    def test_halves_must_not_share_a_column(self, tables):
        with pytest.raises(DataError, match=r"halves: .*got \['x'\] in both"):
            attack("linkability", *tables, settings={"halves": (["x", "y"], ["x"])})

    def test_the_same_seed_gives_the_same_baseline(self, tables):
        """anonymeter's linkability baseline is drawn without a seed; here it is a formula."""
        one, two = (attack("linkability", *tables, settings={"n_neighbors": 5}).to_dict() for _ in range(2))
        assert one == two


class TestSinglingOut:
    def test_univariate_descriptions_are_those_that_fit_once(self):
        synthetic = {"x": [1.0, 2.0, 2.0, None, 9.0], "c": ["a", "a", "b", "b", "z"]}
        original = {"x": [0.5, 2.0, 5.0, None, 9.0], "c": ["z", "z", "a", "b", "c"]}
        result = attack("singling_out", original, synthetic, settings={"n_columns": 1})
        # fit once in the synthetic table: x missing, == 1, == 9, <= 1, >= 9, c == z; in the original: missing, == 9,
        # <= 1 (0.5) and >= 9 fit one row, == 1 none and c == z two
        assert result.detail["n_one_column"] == 6
        assert result.figures["one_column_rate"].value == pytest.approx(4 / 6)

    def test_dates_make_descriptions(self):
        """In anonymeter 1.0.0 the predicate of a date is made and never kept; 1.1.0 has none."""
        days = pd.DataFrame({"day": pd.date_range("2020-01-01", periods=40), "c": ["a"] * 40})
        result = attack("singling_out", days, days)
        assert result.figures["one_column_rate"].value == 1.0

    def test_copies_are_singled_out_oftener_than_others(self, people):
        original, holdout = people(400, 1), people(400, 3)
        figure = attack("singling_out", original, original, holdout).figures["several_columns"]
        assert figure.interval()[0] > 0.3

    def test_unequal_sizes_do_not_matter(self, people):
        """Fitting exactly one of 2,000 is another thing than of 200: as many of each are looked at."""
        result = attack("singling_out", people(2_000, 1), people(600, 2), people(200, 3))
        assert result.detail["n_rows"] == 200
        low, high = result.figures["several_columns"].interval()
        assert low < 0.0 < high

    def test_nothing_unique_gives_a_reason(self):
        table = {"c": ["a", "b"] * 20}
        assert "no description" in attack("singling_out", table, table, table).reason

    @pytest.mark.parametrize(
        ("relation", "expected"),
        [("==", [0, 1, 0]), ("<=", [1, 1, 0]), (">=", [0, 1, 0]), ("missing", [0, 0, 1])],
    )
    def test_predicates(self, relation, expected):
        assert Predicate("x", relation, 2.0).holds(np.array([1.0, 2.0, np.nan])).tolist() == [e == 1 for e in expected]

    @pytest.mark.parametrize(
        "values", [np.array([2.0, np.nan, 1.0, 2.0, np.nan, 5.0]), np.array([1, -1, 0, 1, -1])], ids=str
    )
    @pytest.mark.parametrize("relation", ["==", "<=", ">=", "missing"])
    @pytest.mark.parametrize("value", [0.5, 1.0, 2.0, 9.0])
    def test_a_stretch_of_the_order_is_what_a_predicate_holds_of(self, values, relation, value):
        values = np.array(values)
        column, predicate = SortedColumn(values), Predicate("x", relation, value)
        if values.dtype.kind == "f" or relation in ("==", "missing"):
            rows = column.order[slice(*column.stretch(predicate))]
            np.testing.assert_array_equal(np.sort(rows), np.flatnonzero(predicate.holds(values)))

    def test_settings_are_checked(self, tables):
        for setting in ("n_columns", "n_predicates"):
            with pytest.raises(ValueError, match=f"{setting}: expected an integer of at least 1"):
                attack("singling_out", *tables, settings={setting: 0})


class TestCorrectAttribution:
    def test_attributions_by_all_pairs(self, n_threads):
        rng = np.random.default_rng(0)
        people, rows = rng.integers(0, 3, (60, 5)).astype(np.int32), rng.integers(0, 3, (130, 5)).astype(np.int32)
        share, matched = attributions(people, rows, [0, 1, 2, 3], [3, 4], n_threads=n_threads)
        for s, (secret, keys) in enumerate([(3, [0, 1, 2]), (4, [0, 1, 2, 3])]):
            apart = (people[:, None, keys] != rows[None][:, :, keys]).sum(axis=2)
            nearest = apart == apart.min(axis=1, keepdims=True)
            agree = people[:, None, secret] == rows[None, :, secret]
            np.testing.assert_allclose(share[:, s], (nearest & agree).sum(axis=1) / nearest.sum(axis=1))
            np.testing.assert_array_equal(matched[:, s], apart.min(axis=1) == 0)

    def test_the_family_on_a_small_table(self):
        synthetic = {"key": list("aabbc"), "secret": list("ppqpq")}
        original = {"key": list("abd"), "secret": list("pqq")}
        result = attack("correct_attribution", original, synthetic, known=["key"], secrets=["secret"])
        found = result.detail["secrets"]["secret"]
        assert found["cap"] == pytest.approx((1.0 + 0.5) / 2)
        assert found["zero_cap"] == pytest.approx((1.0 + 0.5) / 3)
        assert found["generalized_cap"] == pytest.approx((1.0 + 0.5 + 2 / 5) / 3)
        assert found["matched"] == pytest.approx(2 / 3)
        assert found["protection"] == pytest.approx((1 - 1.9 / 3) / 0.5)

    def test_nobody_matched_has_no_cap(self):
        result = attack("correct_attribution", {"k": ["a"], "s": ["p"]}, {"k": ["b"], "s": ["p"]}, known=["k"])
        assert result.detail["secrets"]["s"]["cap"] is None

    def test_subsampling_is_taken_at_its_word(self, people):
        """SDMetrics' DisclosureProtectionEstimate drops its sample size; here it is what the intervals rest on."""
        tables = people(300, 1), people(300, 2), people(300, 3)
        few, all_of_them = (
            assess_disclosure_risk(*tables, attacks=["correct_attribution"], sensitive=["group"], max_targets=n)
            for n in (40, 10_000)
        )
        sizes = [r.results["correct_attribution"].figures["rate of group"].n for r in (few, all_of_them)]
        assert sizes == [40, 300]


def test_gower_distances_with_missing_values_are_numbers():
    """Missing to missing is 0 and missing to known is 1 in one column, and the others still count."""
    frame = {"a": [None, 1.0], "b": [0.0, 1.0]}
    space = RecordSpace.fit({"original": frame}, metric="gower")
    points = space.points(frame)
    assert space.nearest(points, points[1:])[0].tolist() == [1.0, 0.0]
    assert space.nearest(points[:1], points[:1])[0].tolist() == [0.0]
