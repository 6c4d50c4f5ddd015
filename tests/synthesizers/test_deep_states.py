"""Columns as states: there and back, and what a condition allows. Needs no torch."""

import numpy as np
import pandas as pd
import pytest

from synthfast._core.frames import Table
from synthfast.encoding import TableCodec, encode_conditions
from synthfast.exceptions import ConditionError
from synthfast.schema import Schema
from synthfast.synthesizers._deep.states import StateTable


def states_of(frame, n_bins=16):
    table = Table.from_any(frame)
    codec = TableCodec.fit(table, Schema.infer(table))
    found, states = StateTable.fit(codec.encode(table), codec, n_bins=n_bins, min_count=5)
    return found, states, codec


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(0)
    n = 2_000
    return pd.DataFrame(
        {
            "real": np.where(rng.random(n) < 0.1, np.nan, rng.normal(size=n)),
            "spiked": np.where(rng.random(n) < 0.7, 0.0, rng.gamma(2.0, size=n)),
            "count": rng.poisson(3, n),
            "level": rng.choice(["a", "b", "c"], n),
        }
    )


def test_values_come_back_to_their_states(frame):
    found, states, _ = states_of(frame)
    for u in (0.01, 0.5, 0.99):
        columns = found.decode(states.T, np.full(states.T.shape, u))
        again = found.encode(columns, len(states))
        np.testing.assert_array_equal(again[:, [0, 3]], states[:, [0, 3]])
        assert (np.abs(again - states) <= 1).all()  # a rounded value may lie over the border of its bin


def test_states_are_of_about_equal_mass(frame):
    found = states_of(frame)[0]
    regular = found.counts[0][:-1]
    assert regular.max() <= 2 * 1_800 / 16
    assert found.counts[1].max() == (frame["spiked"] == 0.0).sum()  # a heavy value is a state of its own
    assert [c.sum() for c in found.counts] == [2_000] * 4


def test_within_a_bin_numbers_follow_the_column(frame):
    """Uniform places within states in the rows' shares give the column's law: KS passes 1.95 sqrt(2/n) 1 in 1,000."""
    found, states, _ = states_of(frame)
    u = np.random.default_rng(1).random(states.T.shape)
    drawn = np.sort(found.decode(states.T, u)["spiked"])
    real = np.sort(frame["spiked"])
    grid = np.concatenate([drawn, real])
    gap = np.abs(np.searchsorted(drawn, grid, "right") - np.searchsorted(real, grid, "right")).max() / len(real)
    assert gap < 1.95 * np.sqrt(2 / len(real))


@pytest.mark.parametrize(
    "conditions",
    [{"count": (2, 4)}, {"count": [1, 6]}, {"real": (-0.5, 0.25)}, {"real": 0.125}, {"spiked": 0.0}, {"level": ["a"]}],
)
def test_what_conditions_allow_holds(frame, conditions):
    found, _, codec = states_of(frame)
    encoded = encode_conditions(codec, conditions)
    ((j, share),) = found.shares(encoded).items()
    column, condition = found.columns[j], next(iter(encoded.values()))
    allowed = np.flatnonzero(share)
    states, u = np.repeat(allowed, 200), np.tile(np.linspace(0.001, 0.999, 200), len(allowed))
    values = column.values_within(states, u, condition, column.allowed(condition)[1])
    if len(condition.levels):
        assert set(values) == set(condition.levels)
    else:
        rounded = np.round(values) if column.name == "count" else values
        inside = (rounded[:, None] >= condition.lower) & (rounded[:, None] <= condition.upper)
        assert inside.any(axis=1).all()


def test_what_no_row_comes_near_is_refused(frame):
    found, _, codec = states_of(frame)
    with pytest.raises(ConditionError, match="real"):
        found.shares(encode_conditions(codec, {"real": (50.0, 60.0)}))


def test_state_and_back(frame):
    found, states, codec = states_of(frame)
    again = StateTable.from_state(*found.to_state(), codec.modelled)
    u = np.full(states.T.shape, 0.3)
    for name, values in found.decode(states.T, u).items():
        np.testing.assert_array_equal(again.decode(states.T, u)[name], values)
