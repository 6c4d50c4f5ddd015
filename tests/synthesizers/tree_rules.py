"""Rules that are found in frames, and what holds of every one of them."""

import json

import numpy as np

from synthfast._core.frames import Table
from synthfast._core.names import Names
from synthfast.encoding import TableCodec
from synthfast.schema import Schema
from synthfast.synthesizers._tree.find_rules import find_rules
from synthfast.synthesizers._tree.rules.state import rule_from_state, rule_to_state

N = 3_000


def encoded(frame):
    table = Table.from_any(frame)
    codec = TableCodec.fit(table, Schema.infer(table))
    return codec.encode(table), codec


def rules_of(frame, order=None):
    columns, codec = encoded(frame)
    order = [name for name in frame.columns if name in columns] if order is None else order
    found = find_rules(columns, codec, order)
    values = {name: column.values for name, column in columns.items()}
    for target, rule in found.items():
        assert rule.target == target
        assert all(order.index(source) < order.index(target) for source in rule.sources)
        kept = rule.apply(values, values[target])
        if kept.dtype.kind == "f":
            np.testing.assert_allclose(kept, values[target], rtol=1e-7, atol=1e-9)
        else:
            np.testing.assert_array_equal(kept, values[target])
        assert kept.dtype == values[target].dtype
        check_state(rule, values, order)
    return found


def check_state(rule, values, names):
    document, arrays = rule_to_state(rule)
    again = rule_from_state(json.loads(json.dumps(document)), arrays, Names(names))
    assert type(again) is type(rule)
    assert again.sources == rule.sources
    assert again.target == rule.target
    drawn = values[rule.target]
    np.testing.assert_array_equal(again.apply(values, drawn), rule.apply(values, drawn))
    assert rule_to_state(again)[0] == document


def documents(found):
    return [rule_to_state(rule)[0] for rule in found.values()]


def amounts(rng, n=N, top=100_000):
    """Whole cents."""
    return rng.integers(0, top, n) / 100
