"""The audit: what it finds where it is known what it must find, and how rows are held out."""

import numpy as np
import pandas as pd
import pytest
from synthesizers.tree_tables import PRESETS

from synthfast import Schema, TreeSynthesizer
from synthfast._core.random import Stream
from synthfast.exceptions import DataError, SchemaError
from synthfast.synthesizers._tree.audit import Split

N = 4_000


@pytest.fixture(params=PRESETS)
def preset(request):
    return request.param


@pytest.mark.parametrize("seed", range(4))
def test_independent_columns_are_not_copied(seed):
    """Half of the rows lie nearer to either half. Rows drawn, and the halves themselves, are a sample each."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"a": rng.normal(size=N), "b": rng.gamma(2, size=N), "c": rng.choice(list("xyz"), N)})
    copying = TreeSynthesizer(random_state=seed).fit(frame).copying_
    assert copying.share_error == pytest.approx(0.5 / np.sqrt(N / 2), rel=0.05)
    assert abs(copying.share - 0.5) < 4 * np.sqrt(2) * copying.share_error
    assert copying.n_rows == N // 2
    assert copying.split == "rows"
    assert copying.copies == copying.copies_holdout == 0.0
    assert abs(copying.gap) < 0.5
    assert f"{copying.share:.3f}" in str(copying)


def pair(seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=N)
    return pd.DataFrame({"x": x, "y": 0.8 * x + 0.6 * rng.normal(size=N)})


def test_the_audit_tells_the_presets_apart():
    """A tree of leaves of 20 rows copies places; boosters do not: 8 standard errors between them."""
    fast, quality = (TreeSynthesizer(preset=p, random_state=0).fit(pair()).copying_ for p in PRESETS)
    assert fast.share > quality.share + 8 * fast.share_error
    assert fast.gap > quality.gap
    assert quality.share < 0.55


def test_a_bound_on_copying_is_met_or_refused():
    free = TreeSynthesizer(preset="fast", random_state=0).fit(pair())
    bound = TreeSynthesizer(preset="fast", max_copying=0.6, random_state=0).fit(pair())
    assert bound.copying_.share <= 0.6 < free.copying_.share
    assert not bound.sample(50, random_state=0).equals(free.sample(50, random_state=0))
    with pytest.raises(DataError, match=r"max_copying=0.5001.*Raise max_copying"):
        TreeSynthesizer(preset="fast", max_copying=0.5001, random_state=0).fit(pair())


@pytest.mark.parametrize(("audit", "n"), [(False, 1_000), (True, 199)])
def test_no_audit_no_finding(audit, n):
    assert TreeSynthesizer(audit=audit, random_state=0).fit(pair().head(n)).copying_ is None


def grouped(seed=0):
    """Forty persons of fifty rows each, whose mean is their own."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(40), 50)
    own = rng.normal(size=40)[person] + 0.1 * rng.normal(size=2_000)
    return pd.DataFrame(
        {"person": [f"p{k:02d}" for k in person], "day": np.arange(2_000), "own": own, "other": rng.normal(size=2_000)}
    )


@pytest.mark.parametrize(("role", "name", "split"), [("group", "person", "groups"), ("time", "day", "time")])
def test_the_halves_are_cut_as_asked(preset, role, name, split):
    """Rows held out with their group lie farther off than rows held out alone, so more of the copying shows."""
    model = TreeSynthesizer(preset=preset, random_state=0, **{role: name}).fit(grouped())
    assert model.copying_.split == split
    assert 800 < model.copying_.n_rows <= 1_000
    alone = TreeSynthesizer(preset=preset, random_state=0).fit(grouped()).copying_
    assert model.copying_.share > alone.share


def test_the_column_of_groups_does_not_count_as_copying():
    """Groups that say nothing about the rest: the share is what it is without them, near 0.5."""
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"person": [f"p{k:02d}" for k in np.repeat(np.arange(40), 50)]})
    frame[["a", "b", "c"]] = rng.normal(size=(2_000, 3))
    assert TreeSynthesizer(group="person", random_state=0).fit(frame).copying_.share < 0.6


def test_a_group_may_be_a_schema_of_its_own():
    """An identifier by inference becomes a group by declaration."""
    frame = grouped()
    frame["person"] = [f"u{k:05d}" for k in range(len(frame))]
    with pytest.raises(SchemaError, match="person"):
        TreeSynthesizer(preset="fast", group="person").fit(frame)
    schema = Schema.infer(frame, overrides={"person": "categorical"}, min_level_count=1)
    model = TreeSynthesizer(preset="fast", group="person", random_state=0).fit(frame, schema=schema)
    assert model.copying_.split == "groups"


def test_rows_are_halved_at_random():
    one, other = Split().halves(1_001, Stream.from_seed(0))
    assert len(one) == len(other) == 500
    assert not set(one) & set(other)
    assert not np.array_equal(one, Split().halves(1_001, Stream.from_seed(1))[0])


def test_whole_groups_are_held_out():
    key = np.random.default_rng(0).integers(0, 60, 3_000).astype(float)
    one, other = Split("groups", key).halves(3_000, Stream.from_seed(0))
    assert len(one) == len(other) > 500
    assert not set(key[one]) & set(key[other])


def test_stretches_of_time_are_held_out():
    """Ten stretches in turn: of 1,000 moments only 9 neighbours lie in different halves."""
    time = np.random.default_rng(0).permutation(1_000).astype(float)
    one, other = Split("time", time).halves(1_000, Stream.from_seed(0))
    first = np.isin(np.arange(1_000), time[one])
    assert len(one) == len(other) == 500
    assert (np.diff(first.astype(int)) != 0).sum() == 9


def test_halves_are_bounded():
    one, other = Split().halves(50_000, Stream.from_seed(0))
    assert len(one) == len(other) == 10_000


@pytest.mark.parametrize("seed", range(8))
def test_two_groups_are_always_told_apart(seed):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.normal(size=1_000), "who": np.repeat(["a", "b"], 500)})
    model = TreeSynthesizer(preset="fast", group="who", random_state=seed).fit(frame)
    assert model.copying_ is not None
    assert model.copying_.n_rows == 500


def test_rows_without_a_group_are_groups_of_their_own():
    rng = np.random.default_rng(0)
    who = np.where(np.arange(1_000) < 900, None, "a")
    frame = pd.DataFrame({"x": rng.normal(size=1_000), "who": who})
    model = TreeSynthesizer(preset="fast", group="who", random_state=0).fit(frame)
    assert model.copying_.n_rows > 400


def test_nothing_is_measured_where_the_group_is_all_there_is():
    frame = pd.DataFrame({"who": np.repeat([f"p{k}" for k in range(40)], 10)})
    assert TreeSynthesizer(preset="fast", group="who", random_state=0).fit(frame).copying_ is None
