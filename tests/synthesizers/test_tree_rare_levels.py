"""Levels too rare to be kept: rows that hold them are coded as others, which must not hide what a level determines."""

import numpy as np
import pandas as pd
import pytest

from synthfast import Schema, TreeSynthesizer
from synthfast._core.frames import Table
from synthfast.encoding import TableCodec
from synthfast.synthesizers._tree.find_rules import find_rules
from synthfast.synthesizers._tree.finding.stand_ins import count_own_rows
from synthfast.synthesizers._tree.rules import Lookup

PRESETS = ("fast", "quality")


def towns(n=3_000, n_rare=3, seed=0, one_to_one=False):
    """Towns and their countries; some towns have two rows each, in countries of their own or shared with others."""
    rng = np.random.default_rng(seed)
    town = rng.choice(12, n, p=np.arange(1, 13) / 78)
    town[: 2 * n_rare] = np.repeat(100 + np.arange(n_rare), 2)
    country = town if one_to_one else np.where(town >= 100, town % 2 + 50, town // 2)
    order = rng.permutation(n)
    return pd.DataFrame(
        {
            "town": np.array([f"t{k}" for k in town])[order],
            "noise": rng.normal(size=n),
            "country": np.array([f"c{k}" for k in country])[order],
            "code": (country * 3.5)[order],
        }
    )


def found_in(frame, order=None, schema=None):
    table = Table.from_any(frame)
    codec = TableCodec.fit(table, Schema.infer(table) if schema is None else schema)
    return find_rules(codec.encode(table), codec, order or list(codec.modelled))


@pytest.mark.parametrize("preset", PRESETS)
def test_the_schooling_of_adults_keeps_its_number(preset, real_table):
    """Four of the first 3,000 adults have no more than preschool, which is too few to be told."""
    frame = real_table("adult_train").head(3_000)
    assert frame["education"].value_counts().min() < 5
    pairs = set(zip(frame["education"], frame["education_num"], strict=True))
    model = TreeSynthesizer(preset=preset, audit=False, random_state=0).fit(frame)
    drawn = model.sample(20_000, random_state=1)
    assert set(zip(drawn["education"], drawn["education_num"], strict=True)) <= pairs
    given = frame[frame["education"].isin(set(drawn["education"]))][["education"]].head(300)
    drawn = model.sample_remaining(given, random_state=1)
    assert set(zip(drawn["education"], drawn["education_num"], strict=True)) <= pairs
    drawn = model.sample(2_000, conditions={"education_num": (3, 10)}, random_state=1)
    assert set(zip(drawn["education"], drawn["education_num"], strict=True)) <= pairs


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("n_rare", [1, 20])
@pytest.mark.parametrize("one_to_one", [False, True])
def test_what_kept_levels_determine_holds_in_every_row(preset, n_rare, one_to_one):
    """With 20 rare towns every kept one has rows that it stands for."""
    frame = towns(n_rare=n_rare, one_to_one=one_to_one)
    known = frame.drop_duplicates("town").set_index("town")
    drawn = TreeSynthesizer(preset=preset, audit=False, random_state=0).fit(frame).sample(10_000, random_state=1)
    assert not drawn["town"].str.len().gt(3).any()
    for name in ("country", "code"):
        assert (drawn[name] == drawn["town"].map(known[name])).all()


def test_images_are_those_of_the_level_itself():
    found = found_in(towns(n_rare=20))
    assert {name: rule.source for name, rule in found.items()} == {"country": "town", "code": "country"}
    assert all(isinstance(rule, Lookup) for rule in found.values())


def test_rows_of_its_own_may_not_break_a_rule():
    """One town breaks it in as many rows as it stands for and one more; and one that stands for none."""
    frame = towns(n_rare=20)
    schema = Schema.infer(frame)
    kept = schema["town"].levels
    codec = TableCodec.fit(Table.from_any(frame), schema)
    coded = codec.encode(Table.from_any(frame))["town"].level_counts()
    own = frame["town"].value_counts().reindex(list(kept)).to_numpy()
    assert (coded > own).any()
    for town in (kept[int(np.argmax(coded - own))], kept[int(np.argmin(coded - own))]):
        broken = frame.copy()
        broken.loc[np.flatnonzero(frame["town"] == town)[0], "country"] = "c5" if town not in ("t10", "t11") else "c0"
        assert "country" not in found_in(broken)


def test_a_broken_rule_is_none_where_no_level_is_rare():
    frame = towns(n_rare=0)
    assert found_in(frame)["country"].source == "town"
    frame.loc[7, "country"] = "c0" if frame["country"][7] != "c0" else "c1"
    assert not any(rule.target == "country" for rule in found_in(frame).values())


def test_the_shares_tell_own_rows_from_stand_ins():
    rng = np.random.default_rng(0)
    for n_levels in (2, 3, 15, 200):
        own = rng.integers(5, 4_000, n_levels)
        shares = [round(int(count) / int(own.sum()), 9) for count in own]
        extra = rng.multinomial(int(0.04 * own.sum()), own / own.sum())
        np.testing.assert_array_equal(count_own_rows(own, shares), own)
        np.testing.assert_array_equal(count_own_rows(own + extra, shares), own)


def test_shares_of_another_table_tell_nothing():
    """Of twice as many rows, of other rows, or of none."""
    coded = np.array([731, 402, 57, 11])
    np.testing.assert_array_equal(count_own_rows(coded, ()), coded)
    np.testing.assert_array_equal(count_own_rows(coded, [0.5, 0.3, 0.15, 0.05]), coded)
    other = np.array([1502, 779, 125, 18])
    np.testing.assert_array_equal(count_own_rows(coded, np.round(other / other.sum(), 9)), coded)


def test_a_schema_of_other_rows_makes_no_rule_up():
    frame = towns(n=6_000, n_rare=2)
    schema = Schema.infer(frame)
    half = frame.tail(3_000).reset_index(drop=True)
    half.loc[7, "country"] = "c0" if half["country"][7] != "c0" else "c1"
    assert "country" not in found_in(half, schema=schema)
