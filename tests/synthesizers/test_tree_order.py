"""The order in which columns are drawn, and that look-ups hold wherever the source stands in the table."""

import numpy as np
import pandas as pd
import pytest
from synthesizers.tree_rules import encoded
from synthesizers.tree_tables import PRESETS, fit

from synthfast.exceptions import ConditionError
from synthfast.synthesizers._tree.order import sources_first

N = 2_000
COUNTRIES = {"Paris": "F", "Lyon": "F", "Rome": "I", "Bari": "I", "Wien": "A", "Graz": "A"}


@pytest.fixture(scope="module")
def places():
    rng = np.random.default_rng(0)
    city = rng.choice(list(COUNTRIES), N)
    country = np.array([COUNTRIES[own] for own in city])
    return pd.DataFrame({"country": country, "x": rng.normal(size=N), "city": city})


def order_of(frame):
    columns, codec = encoded(frame)
    return sources_first(columns, codec, list(columns))


def test_a_source_is_moved_before_its_target(places):
    assert order_of(places) == ["city", "country", "x"]
    assert order_of(places[["x", "country", "city"]]) == ["x", "city", "country"]


def test_the_order_stays_where_nothing_late_determines_anything(places):
    for names in (["city", "x", "country"], ["x", "country"]):
        assert order_of(places[names]) == names
    code = places["city"].map({name: k for k, name in enumerate(COUNTRIES)})
    assert order_of(places[["city", "x"]].assign(code=code)) == ["city", "x", "code"]  # each determines the other


def test_sources_of_sources_come_first(places):
    frame = places.assign(zone=places["country"].map({"F": "w", "I": "s", "A": "w"}))[["zone", "country", "x", "city"]]
    assert order_of(frame) == ["city", "country", "zone", "x"] or order_of(frame) == ["country", "city", "zone", "x"]
    names = places["country"].map({"F": "France", "I": "Italia", "A": "Austria"})
    frame = places.assign(name=names)[["country", "name", "x", "city"]]  # the name is the country's as the country its
    assert order_of(frame) == ["city", "country", "name", "x"]


@pytest.mark.parametrize("preset", PRESETS)
def test_look_ups_hold_whichever_column_comes_first(places, preset):
    model = fit(places, preset)
    sample = model.sample(N, random_state=1)
    assert (sample["city"].map(COUNTRIES) == sample["country"]).all()
    sample = model.sample(200, conditions={"city": "Lyon"}, random_state=1)
    assert (sample["city"] == "Lyon").all()
    assert (sample["country"] == "F").all()
    with pytest.raises(ConditionError, match=r"'city' and column 'country'"):
        model.sample(10, conditions={"city": "Lyon", "country": "I"})
    sample = model.sample(200, conditions={"country": "I"}, random_state=1)
    assert set(sample["city"]) == {"Rome", "Bari"}


def test_an_order_that_is_asked_for_is_kept(places):
    assert fit(places, "fast", column_order=["country"]).column_order_ == ["country", "x", "city"]
