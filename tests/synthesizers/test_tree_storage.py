"""Stored models and seeds: the same rows from the same model, whatever it went through."""

import numpy as np
import pandas as pd
import pytest
from synthesizers.tree_tables import PRESETS, fit
from threadpoolctl import threadpool_info, threadpool_limits

import synthfast
from synthfast.exceptions import FileFormatError
from synthfast.synthesizers._tree import model as tree_model


@pytest.fixture(params=PRESETS)
def preset(request):
    return request.param


@pytest.fixture
def rng():
    return np.random.default_rng(20240613)


@pytest.fixture
def plain(rng):
    """A small table to be refused."""
    return pd.DataFrame({"a": rng.normal(size=300), "b": rng.choice(["x", "y"], 300), "c": rng.poisson(3, 300)})


def mixed(rng, n=1_500):
    x = rng.normal(size=n)
    frame = pd.DataFrame(
        {
            "x": x,
            "level": rng.choice(["a", "b", None], n),
            "money": np.round(np.exp(2 + x), 2),
            "flag": x > 0.5,
            "double": 2 * np.round(x, 1),
            "day": pd.Timestamp("2020-01-01") + pd.to_timedelta(np.rint(300 + 50 * x).astype(int), unit="D"),
        }
    )
    frame["half"] = frame["double"] / 4
    frame.loc[rng.random(n) < 0.2, "x"] = np.nan
    return frame


def test_a_stored_model_is_the_same_model(preset, rng, tmp_path):
    frame = mixed(rng)
    model = fit(frame, preset, audit=True, column_order=["flag", "money"], time="day", max_copying=1.0)
    model.save(tmp_path / "m.synth")
    other = synthfast.load(tmp_path / "m.synth")
    assert other.get_params() == model.get_params()
    assert other.column_order_ == model.column_order_
    assert other.copying_ == model.copying_
    assert other.log_weight_error_ == model.log_weight_error_
    assert other.schema_.to_dict() == model.schema_.to_dict()
    for ask in (
        lambda m: m.sample(3_000, random_state=1),
        lambda m: m.sample(500, conditions={"flag": True, "half": (0.0, 0.5)}, random_state=1),
        lambda m: m.sample_remaining(frame[["money", "level"]].head(100), random_state=1),
        lambda m: m.predict_proba(frame.head(50), "level"),
        lambda m: m.impute(frame.head(50), random_state=1),
        lambda m: pd.Series(m.log_prob(frame.head(200))),
    ):
        pd.testing.assert_frame_equal(pd.DataFrame(ask(other)), pd.DataFrame(ask(model)))
    other.save(tmp_path / "again.synth")
    assert (tmp_path / "again.synth").read_bytes() == (tmp_path / "m.synth").read_bytes()


@pytest.mark.parametrize("order", [[np.int64(1), 0], [("t", 1), 0]], ids=["numpy names", "tuple names"])
def test_odd_names_among_the_parameters_are_stored(rng, tmp_path, order):
    frame = pd.DataFrame({0: rng.normal(size=50), 1: rng.normal(size=50), ("t", 1): ["a", "b"] * 25})
    model = fit(frame, "fast", column_order=order)
    model.save(tmp_path / "m.synth")
    other = synthfast.load(tmp_path / "m.synth")
    assert other.get_params()["column_order"] == order
    assert other.fit(frame).column_order_ == model.column_order_


def test_seeds_threads_and_the_order_of_rows(preset, rng):
    """One seed, one table: on 1, 2 and 3 threads, with the audit, whatever order the rows came in."""
    frame = mixed(rng)
    expected = None
    for n_threads in (1, 2, 3):
        with synthfast.num_threads(n_threads):
            model = fit(frame, preset, audit=True)
            found = model.sample(5_000, random_state=3)
        if expected is None:
            expected, copying = found, model.copying_
        pd.testing.assert_frame_equal(found, expected)
        assert model.copying_ == copying
    moved = fit(frame.sample(frac=1.0, random_state=1).reset_index(drop=True), preset)
    pd.testing.assert_frame_equal(moved.sample(5_000, random_state=3), expected)
    assert not fit(frame, preset).sample(50, random_state=4).equals(expected.head(50))
    if preset == "quality":  # the fit's own seed counts where something is drawn or chosen while fitting
        assert not fit(frame, preset, random_state=1).sample(5_000, random_state=3).equals(expected)


@pytest.mark.parametrize("part", ["find_rules", "fit_bins", "feature_codes"])
def test_a_fit_leaves_matrices_to_one_thread(part, plain, monkeypatch):
    """BLAS may give other last bits on more threads."""
    found, own = [], getattr(tree_model, part)

    def watched(*args):
        found.extend(pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas")
        return own(*args)

    monkeypatch.setattr(tree_model, part, watched)
    with threadpool_limits(2, user_api="blas"):
        fit(plain, "fast")
    assert set(found) == {1}


def test_draws_without_a_seed_are_a_repeatable_series(preset, plain):
    one, other = fit(plain, preset), fit(plain, preset)
    first, second = one.sample(50), one.sample(50)
    assert not first.equals(second)
    pd.testing.assert_frame_equal(other.sample(50), first)
    pd.testing.assert_frame_equal(other.sample(50), second)


def test_columns_are_spread_in_each_stratum_as_they_should_be():
    """Two levels of 0.5: in each 1,024 rows a binomial count has deviation 16, a stratified one far less."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.permutation(np.arange(4_000) % 2), "b": rng.normal(size=4_000)})
    for preset in PRESETS:
        sample = fit(frame, preset).sample(20 * 1_024, random_state=0)
        assert sample["a"].to_numpy().reshape(20, 1_024).sum(axis=1).std() < 4


def spoilt(model, change):
    """The model's parts, as a file holds them, after a change; a test of what is looked at when they are read."""
    document, arrays = model._to_state()
    arrays = {name: array.copy() for name, array in arrays.items()}
    change(arrays)
    return lambda: model._from_state(document, arrays)


def set_all(ending, value):
    def change(arrays):
        names = [name for name in arrays if name.endswith(ending) and arrays[name].size]
        assert names
        for name in names:
            arrays[name][...] = value

    return change


def cast(ending, dtype):
    def change(arrays):
        for name in [name for name in arrays if name.endswith(ending)]:
            arrays[name] = arrays[name].astype(dtype)

    return change


def cut(ending):
    def change(arrays):
        for name in [name for name in arrays if name.endswith(ending)]:
            arrays[name] = arrays[name][:-1]

    return change


DAMAGE = {
    "quality": [
        set_all("/feature", 10**8), set_all("/feature", -2), set_all("/used", 99), set_all("/sources", 50),
        set_all("linear/columns", 77), set_all("/leaf", np.nan), cast("/feature", np.int64),
        cast("/threshold", np.int32), cast("/tables", np.float64), cut("/leaf"), cut("/tables"), cut("/counts"),
        set_all("/trust", np.nan), set_all("/order", 1), set_all("/edges", 0.5), set_all("/probabilities", 0.5),
        set_all("/values", np.inf), cut("/edges"), cut("/values"), cut("/order"),
    ],
    "fast": [
        set_all("/feature", 10**8), set_all("/donors", 60_000), set_all("/left", 0), set_all("/right", 10**6),
        set_all("/start", -1), set_all("/stop", 10**9), set_all("/sources", 50), cut("/donors"), cut("/left"),
        cast("/donors", np.int64), cut("/counts"),
    ],
}  # fmt: skip
DAMAGES = [(preset, k) for preset, changes in DAMAGE.items() for k in range(len(changes))]


@pytest.fixture(scope="module")
def stored():
    frame = mixed(np.random.default_rng(5))
    return {preset: fit(frame, preset) for preset in PRESETS}


@pytest.mark.parametrize(("which", "k"), DAMAGES)
def test_a_damaged_model_is_refused(stored, which, k):
    with pytest.raises(FileFormatError, match="damaged"):
        spoilt(stored[which], DAMAGE[which][k])()


def rename_rule(document):
    assert document["rules"]
    document["rules"][0]["kind"] = "magic"


def relate(*relative):
    def change(document):
        for column in document["chain"]["columns"]:
            column["relatives"] = [list(relative)]

    return change


ODD_DOCUMENTS = {
    "unknown rule": rename_rule,
    "relative after the column": relate(6, 1, False),
    "relative before the first": relate(-1, 1, False),
    "no candidates": lambda document: document.update(oversample=0),
    "a billion candidates": lambda document: document.update(oversample=10**9),
    "grid of step 0": lambda document: [own.update(step=0.0) for own in document["bins"]],
    "one column less": lambda document: document["bins"].pop(),
}


@pytest.mark.parametrize("name", ODD_DOCUMENTS)
def test_a_document_that_names_what_is_not_there_is_refused(stored, name):
    model = stored["quality"]
    document, arrays = model._to_state()
    ODD_DOCUMENTS[name](document)
    with pytest.raises(FileFormatError, match="damaged"):
        model._from_state(document, arrays)
