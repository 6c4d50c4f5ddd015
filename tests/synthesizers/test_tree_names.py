"""Columns of odd names, NaN among them, which equals no other NaN: after storing, copying, and as parameters."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest

import synthfast
from synthfast import TreeSynthesizer
from synthfast._core.names import Names

NAN = float("nan")


def ruled(name, at, n=300, seed=0):
    """Every kind of rule, and one column of the name asked for."""
    rng = np.random.default_rng(seed)
    a, s = rng.integers(0, 9, n), rng.integers(0, 50, n)
    columns = {"a": a, "twice": 2 * a + 1, "level": np.array(list("xyz"))[a % 3], "start": s}
    frame = pd.DataFrame(columns | {"stop": s + rng.integers(0, 9, n), "total": a + s})
    frame.columns = pd.Index([name if column == at else column for column in frame.columns], dtype=object)
    return frame


def answers(model, frame):
    rows = frame.head(20)
    holes = rows.astype(object)
    holes.iloc[::2, 1] = None
    return [
        model.sample(50, random_state=1).to_numpy().tolist(),
        model.log_prob(rows).tolist(),
        model.sample(20, conditions={model.column_order_[0]: 3}, random_state=1).to_numpy().tolist(),
        model.predict_proba(rows.iloc[:, 1:], model.column_order_[0]).to_numpy().tolist(),
        model.impute(holes, random_state=1).to_numpy().tolist(),
    ]


@pytest.mark.parametrize("name", [NAN, None, ("t", NAN)], ids=str)
@pytest.mark.parametrize("at", ["a", "twice", "level", "start", "stop", "total"])
def test_stored_and_copied_models_know_their_columns(name, at, tmp_path):
    frame = ruled(name, at)
    model = TreeSynthesizer(preset="fast", random_state=0).fit(frame)
    assert len(model._model.rules) == 4
    expected = answers(model, frame)
    model.save(tmp_path / "m.synth")
    for other in (synthfast.load(tmp_path / "m.synth"), pickle.loads(pickle.dumps(model)), copy.deepcopy(model)):
        assert answers(other, frame) == expected


def test_copies_of_models_draw_what_they_drew(tmp_path):
    frame = ruled("a", "a")
    for preset in ("fast", "quality"):
        model = TreeSynthesizer(preset=preset, random_state=0).fit(frame)
        other = pickle.loads(pickle.dumps(model))
        pd.testing.assert_frame_equal(other.sample(3_000, random_state=1), model.sample(3_000, random_state=1))
        assert other.copying_ == model.copying_
        model.save(tmp_path / "a.synth")
        other.save(tmp_path / "b.synth")
        assert (tmp_path / "a.synth").read_bytes() == (tmp_path / "b.synth").read_bytes()
    assert not hasattr(pickle.loads(pickle.dumps(TreeSynthesizer())), "_model")


@pytest.mark.parametrize("role", ["group", "time", "column_order"])
def test_parameters_may_name_nan_by_another_nan(role):
    frame = ruled(NAN, "start")
    given = [float("nan"), "total"] if role == "column_order" else float("nan")
    model = TreeSynthesizer(preset="fast", random_state=0, **{role: given}).fit(frame)
    if role == "column_order":
        assert model.column_order_[1] == "total"
        assert model.column_order_[0] is frame.columns[3]
    else:
        assert model.copying_.split == {"group": "groups"}.get(role, role)


def test_a_column_named_none_counts_in_the_audit():
    """It is no group that nobody named: the audit finds what it finds under any other name."""
    found = [
        TreeSynthesizer(preset="fast", random_state=0).fit(ruled(name, "start")).copying_ for name in (None, "start")
    ]
    assert found[0] == found[1]


def test_a_target_may_be_nan():
    frame = ruled(NAN, "level")
    model = TreeSynthesizer(preset="fast", audit=False).fit(frame)
    assert list(model.predict_proba(frame.head(3), float("nan")).columns) == ["x", "y", "z"]


def test_names_are_found_by_what_means_them():
    own = ["a", 1, NAN, ("t", 2), None]
    names = Names(own)
    assert names[float("nan")] is NAN
    assert names[np.float64("nan")] is NAN
    assert type(names[np.int64(1)]) is int
    assert names[None] is None
    assert names["t", np.int64(2)] is own[3]
    assert Names([("t", NAN)])["t", float("nan")] == ("t", NAN)
    assert ["a"] not in names
    assert float("nan") not in Names(["a"])
    with pytest.raises(KeyError):
        names["b"]
