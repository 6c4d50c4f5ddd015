"""Particles: strata by themselves, rows as they are written, candidates taken twice."""

import warnings

import numpy as np
import pandas as pd
import pytest
from synthesizers.tree_tables import PRESETS, fit

from synthfast._core.random import STRATUM_ROWS, Stream
from synthfast.exceptions import ConditionError, ConditionWarning
from synthfast.synthesizers._tree.bins import Allowed
from synthfast.synthesizers._tree.drawing import FREE, draw_particles, draw_within
from synthfast.synthesizers._tree.rules import Affine


@pytest.fixture(scope="module", params=PRESETS)
def steps(request):
    rng = np.random.default_rng(0)
    x, y, z = np.cumsum(rng.normal(size=(3, 4_000)), axis=0)
    return fit(pd.DataFrame({"x": x, "y": y, "z": z}), request.param)


@pytest.mark.parametrize("low", np.linspace(0.2, 1.8, 9))
def test_rows_do_not_depend_on_how_many_follow(steps, low):
    """Whatever the evenness of a stratum's weights, which decides whether it is resampled on the way."""
    conditions = {"y": (low, None), "z": (0.5, None)}
    few = steps.sample(STRATUM_ROWS, conditions=conditions, random_state=1)
    many = steps.sample(20 * STRATUM_ROWS, conditions=conditions, random_state=1)
    pd.testing.assert_frame_equal(few, many.head(STRATUM_ROWS))


def test_numbers_do_not_repeat_where_candidates_do(steps):
    drawn = steps.sample(10_000, conditions={"z": (4.0, None)}, random_state=1)
    for name in ("x", "y", "z"):
        assert drawn[name].nunique() == len(drawn)


@pytest.mark.parametrize("preset", PRESETS)
def test_later_columns_follow_the_value_that_is_written(preset):
    """A column that an order moves is passed on as moved."""
    rng = np.random.default_rng(0)
    start = rng.gamma(2, 20, 4_000)
    stop = start + rng.gamma(1, 2, 4_000)
    frame = pd.DataFrame({"start": start, "stop": stop, "third": stop + 0.5 * rng.normal(size=4_000)})
    model = fit(frame, preset)._model
    particles = draw_particles(model, 0, 4, 2 * STRATUM_ROWS, Stream((1, 2)), FREE)
    assert "stop" in particles.values
    for j, name in enumerate(model.names):
        if name in particles.values:
            np.testing.assert_array_equal(model.bins[j].encode(particles.values[name]), particles.leaves[j])


@pytest.mark.parametrize("preset", PRESETS)
def test_few_levels_among_many_are_drawn_as_all_are(preset):
    rng = np.random.default_rng(1)
    level = rng.integers(0, 60, 6_000)
    frame = pd.DataFrame({"x": level % 7 + rng.normal(size=6_000), "c": level.astype(str)})
    model = fit(frame, preset)._model
    j, n = model.place_of("c"), 500
    particles = draw_particles(model, 0, 1, STRATUM_ROWS, Stream((1, 2)), FREE)
    codes, u = np.ascontiguousarray(particles.codes[:j, :n]), rng.random(n)
    share = np.zeros(model.bins[j].n_leaves)
    share[[3, 40]] = 1.0
    leaves, log_share = draw_within(model, j, codes, u.copy(), Allowed(share))
    table = model.chain.probabilities(j, codes)[:, [3, 40]]
    np.testing.assert_allclose(log_share, np.log(table.sum(axis=1)), rtol=1e-9)
    np.testing.assert_array_equal(leaves, np.where(u * table.sum(axis=1) < table[:, 0], 3, 40))


def test_every_doubtful_draw_says_so(steps):
    conditions = {"x": (3.2, None), "z": (None, -5.0)}
    for _ in range(2):
        with pytest.warns(ConditionWarning, match="x, z have next to no probability"):
            steps.sample(10, conditions=conditions, random_state=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        steps.sample(10, conditions={"x": (0.0, None)}, random_state=1)


@pytest.mark.filterwarnings("ignore::synthfast.exceptions.ConditionWarning")
@pytest.mark.parametrize("preset", PRESETS)
def test_sums_hold_where_addends_could_pass_the_range_of_the_total(preset):
    """Independent draws of both addends pass the greatest total of the table in some of 20,000 rows."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.poisson(6, 400), "b": rng.poisson(6, 400)})
    frame = frame.assign(t=frame["a"] + frame["b"])
    model = fit(frame, preset)
    sample = model.sample(20_000, random_state=0)
    assert (sample["a"] + sample["b"] == sample["t"]).all()
    extremes = {"a": int(frame["a"].max()), "b": int(frame["b"].max())}
    assert sum(extremes.values()) > model.schema_.columns["t"].maximum
    with pytest.raises(ConditionError, match="contradict each other"):
        model.sample(10, conditions=extremes)


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("wanted", [(0.05, 0.35), (0.3, 0.3), (None, -2.05), [0.1, 0.7]], ids=str)
def test_conditions_between_decimals_of_a_determined_column_hold(preset, wanted):
    x = np.random.default_rng(0).normal(size=1_000)
    model = fit(pd.DataFrame({"x": x, "d": np.round(3 * x, 1)}), preset)
    assert isinstance(model._model.rules["d"], Affine)
    sample = model.sample(500, conditions={"d": wanted}, random_state=0)
    low, high = wanted if isinstance(wanted, tuple) else (None, None)
    met = (
        sample["d"].isin(wanted) if low is high is None else sample["d"].between(-np.inf if low is None else low, high)
    )
    assert met.all()
    assert np.allclose(np.round(3 * sample["x"], 1), sample["d"], atol=0.11)
    with pytest.raises(ConditionError, match="no value that rows can have"):
        model.sample(10, conditions={"d": (0.31, 0.39)})
