"""Tables that refer to each other: integrity, laws from one level to the next, the block law, files, errors."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy.stats import ks_2samp

import synthfast
from synthfast import RelationalSchema, RelationalSynthesizer, Schema
from synthfast.constraints import Ordered, Pattern, count_broken
from synthfast.exceptions import DataError, NotFittedError, SchemaError
from synthfast.relational._drawing import BLOCK_PARENTS

RELATIONS = RelationalSchema(
    {"customers": "customer_id", "products": "product_id", "orders": "order_id", "items": None, "letters": None},
    [
        ("orders", "customer_id", "customers"),
        ("items", "order_id", "orders"),
        ("items", "product_id", "products"),
        ("letters", "customer_id", "customers"),
    ],
)


def shop(n=1_500, seed=0):
    """Customers with orders and letters, orders with items, which are of products; every level tells of the next."""
    rng = np.random.default_rng(seed)
    age, vip = rng.integers(18, 90, n), rng.random(n) < 0.3
    customers = pd.DataFrame({"customer_id": np.arange(1_000, 1_000 + n), "age": age, "vip": vip})
    kinds = rng.choice(["book", "toy", "food"], 60)
    products = pd.DataFrame(
        {"product_id": [f"P{k:04d}" for k in range(60)], "kind": kinds, "price": rng.gamma(3, 9, 60).round(2)}
    )
    owner, taste = np.repeat(np.arange(n), rng.poisson(1 + 3 * vip)), rng.normal(size=n)
    web = rng.random(len(owner)) < np.where(age[owner] < 40, 0.8, 0.2)
    orders = pd.DataFrame(
        {
            "order_id": rng.permutation(len(owner)),
            "customer_id": customers["customer_id"].to_numpy()[owner],
            "channel": np.where(web, "web", "shop"),
            "score": (taste[owner] + 0.3 * rng.normal(size=len(owner))).round(3),
            "day": pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.integers(0, 300, len(owner)), unit="D"),
        }
    )
    orders["due"] = orders["day"] + pd.to_timedelta(rng.integers(0, 20, len(owner)), unit="D")
    order = np.repeat(np.arange(len(orders)), 1 + rng.poisson(1 + web))
    product = rng.choice(60, len(order), p=(weight := rng.gamma(1, 1, 60)) / weight.sum())
    items = pd.DataFrame(
        {
            "order_id": orders["order_id"].to_numpy()[order],
            "product_id": products["product_id"].to_numpy()[product],
            "paid": (products["price"].to_numpy()[product] * 0.9).round(2),
        }
    )
    sender = np.repeat(np.arange(n), rng.binomial(2, 0.5, n))
    letters = pd.DataFrame(
        {"customer_id": customers["customer_id"].to_numpy()[sender], "pages": rng.poisson(3, len(sender))}
    )
    return {"customers": customers, "products": products, "orders": orders, "items": items, "letters": letters}


@pytest.fixture(scope="module")
def tables():
    return shop()


@pytest.fixture(scope="module")
def model(tables):
    return RelationalSynthesizer(random_state=0).fit(tables)


@pytest.fixture(scope="module")
def drawn(model):
    return model.sample({"customers": 3_000, "products": 120}, random_state=1)


def children(tables, key):
    parent = tables[key.parent][RELATIONS.primary_keys[key.parent]]
    return parent.map(tables[key.table][key.column].value_counts()).fillna(0)


def test_relations_are_inferred(model):
    assert model.relations_.to_dict()["primary_keys"] == RELATIONS.to_dict()["primary_keys"]
    assert {str(key) for key in model.relations_.foreign_keys} == {str(key) for key in RELATIONS.foreign_keys}


def test_every_foreign_key_is_a_key_and_no_key_comes_twice(drawn):
    for key in RELATIONS.foreign_keys:
        assert drawn[key.table][key.column].isin(drawn[key.parent][RELATIONS.primary_keys[key.parent]]).all()
    for name, column in RELATIONS.primary_keys.items():
        assert column is None or drawn[name][column].is_unique


def test_tables_come_back_as_they_were(drawn, tables):
    for name, table in tables.items():
        assert list(drawn[name]) == list(table)
        assert drawn[name].dtypes.to_dict() == table.dtypes.to_dict()
    assert len(drawn["customers"]) == 3_000
    assert len(drawn["products"]) == 120


@pytest.mark.parametrize("key", [key for key in RELATIONS.foreign_keys if key.parent != "products"], ids=str)
def test_number_of_children_keeps_its_law(tables, drawn, key):
    real, synthetic = children(tables, key), children(drawn, key)
    # The 0.1 % point of the two-sample law, which is conservative for numbers with ties.
    bound = 1.95 * np.sqrt(1 / len(real) + 1 / len(synthetic))
    assert ks_2samp(real, synthetic).statistic < bound


def test_a_further_key_meets_each_rows_number_of_children(model, drawn):
    key = next(key for key in RELATIONS.foreign_keys if key.parent == "products")
    counts = children(drawn, key)
    assert counts.sum() == len(drawn["items"])
    real = children(shop(), key)
    assert abs(counts.std() / counts.mean() - real.std() / real.mean()) < 0.35 * real.std() / real.mean()


def test_numbers_and_columns_of_children_depend_on_parents(tables, drawn):
    def facts(own):
        n_orders = own["customers"]["customer_id"].map(own["orders"]["customer_id"].value_counts()).fillna(0)
        joined = own["orders"].merge(own["customers"], on="customer_id")
        bought = own["items"].merge(own["products"], on="product_id")
        baskets = own["orders"]["order_id"].map(own["items"]["order_id"].value_counts())
        return np.array(
            [
                n_orders[own["customers"]["vip"]].mean() - n_orders[~own["customers"]["vip"]].mean(),
                (joined["channel"] == "web")[joined["age"] < 40].mean(),
                (joined["channel"] == "web")[joined["age"] >= 40].mean(),
                bought["paid"].corr(bought["price"], method="spearman"),
                baskets[own["orders"]["channel"] == "web"].mean() - baskets[own["orders"]["channel"] == "shop"].mean(),
            ]
        )

    np.testing.assert_allclose(facts(drawn), facts(tables), atol=0.25)
    assert facts(drawn)[1] - facts(drawn)[2] > 0.4


def test_siblings_are_as_alike_as_they_were(tables):
    def likeness(own):
        orders = own["orders"][own["orders"].groupby("customer_id")["score"].transform("size") > 1]
        within = orders.groupby("customer_id")["score"].var().mean()
        return 1 - within / orders["score"].var()

    alike, apart = (
        likeness(RelationalSynthesizer(siblings=siblings, random_state=0).fit(tables).sample(random_state=1))
        for siblings in (True, False)
    )
    assert abs(alike - likeness(tables)) < 0.15
    assert apart < 0.3


def test_a_short_draw_is_a_prefix_of_a_long_one(model):
    long = model.sample({"customers": BLOCK_PARENTS + 500}, random_state=2)
    for n in (0, 1, 700, BLOCK_PARENTS):
        for name, table in model.sample({"customers": n}, random_state=2).items():
            pd.testing.assert_frame_equal(table, long[name].head(len(table)))


def test_blocks_are_the_same_tables(model):
    whole = model.sample({"customers": 2 * BLOCK_PARENTS}, random_state=3)
    parts = list(model.sample_batches({"customers": 2 * BLOCK_PARENTS}, random_state=3))
    for name, table in whole.items():
        own = pd.concat([part[name] for part in parts if name in part], ignore_index=True)
        pd.testing.assert_frame_equal(own, table)
    later = next(model.sample_batches({"customers": 2 * BLOCK_PARENTS}, start_block=1, random_state=3))
    tail = whole["customers"].iloc[BLOCK_PARENTS:].reset_index(drop=True)
    pd.testing.assert_frame_equal(later["customers"], tail)


def test_same_bytes_for_any_thread_count(model, n_threads):
    expected = model.sample({"customers": BLOCK_PARENTS + 10}, random_state=4)
    with synthfast.num_threads(n_threads):
        for name, table in model.sample({"customers": BLOCK_PARENTS + 10}, random_state=4).items():
            pd.testing.assert_frame_equal(table, expected[name])


def test_same_tables_after_save_and_load(model, tmp_path):
    model.save(tmp_path / "model.synth")
    model.save(tmp_path / "again.synth")
    assert (tmp_path / "model.synth").read_bytes() == (tmp_path / "again.synth").read_bytes()
    loaded = synthfast.load(tmp_path / "model.synth")
    for name, table in loaded.sample(random_state=5).items():
        pd.testing.assert_frame_equal(table, model.sample(random_state=5)[name])


def test_a_named_seed_makes_draws_repeat_and_others_differ(model):
    first, again, other = (model.sample({"customers": 50}, random_state=seed)["customers"] for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    assert not first.equals(other)


def test_constraints_of_a_table_are_kept(tables):
    schemas = {
        "orders": Schema.infer(tables["orders"], constraints=[Ordered(["day", "due"])]),
        "products": Schema.infer(tables["products"], constraints=[Pattern("product_id", r"Q-\d{6}")]),
    }
    renamed = {**tables, "products": tables["products"].copy(), "items": tables["items"].copy()}
    for name in ("products", "items"):
        renamed[name]["product_id"] = "Q-00" + renamed[name]["product_id"].str[1:]
    schemas["products"] = Schema.infer(renamed["products"], constraints=[Pattern("product_id", r"Q-\d{6}")])
    model = RelationalSynthesizer(relations=RELATIONS, random_state=0).fit(renamed, schemas=schemas)
    rows = model.sample(random_state=1)
    assert set(count_broken(rows["orders"], schemas["orders"]).values()) == {0}
    assert rows["items"]["product_id"].str.fullmatch(r"Q-\d{6}").all()


@pytest.mark.parametrize("key", ["gaussian_copula", "marginal"])
@pytest.mark.filterwarnings("ignore::synthfast.exceptions.ConditionWarning")
def test_other_models_serve(tables, key):
    few = {name: table for name, table in tables.items() if name in ("customers", "letters")}
    rows = RelationalSynthesizer(synthesizer=key, random_state=0).fit(few).sample(random_state=1)
    assert rows["letters"]["customer_id"].isin(rows["customers"]["customer_id"]).all()


def test_polars_and_keys_of_other_dtypes():
    parents = pl.DataFrame({"parent_id": ["a1", "a2", "a3", "a4"], "x": [1.5, 2.5, 3.5, 4.5]})
    kids = pl.DataFrame({"parent_id": ["a1", "a1", "a3"], "y": [1, 2, 3]}).with_columns(
        pl.col("parent_id").cast(pl.Categorical)
    )
    rows = (
        RelationalSynthesizer(random_state=0)
        .fit({"parents": parents, "kids": kids})
        .sample({"parents": 40}, random_state=1)
    )
    assert rows["kids"].schema == kids.schema
    assert set(rows["kids"]["parent_id"].cast(pl.String)) <= set(rows["parents"]["parent_id"])


def test_tables_of_keys_only_and_a_parent_without_children():
    tables = {
        "groups": pd.DataFrame({"group_id": range(400)}),
        "members": pd.DataFrame({"group_id": np.repeat(np.arange(400), np.tile([2, 0, 1, 0], 100))}),
    }
    rows = RelationalSynthesizer(random_state=0).fit(tables).sample({"groups": 500}, random_state=1)
    assert rows["members"]["group_id"].isin(rows["groups"]["group_id"]).all()
    assert abs(len(rows["members"]) / 500 - 0.75) < 0.2


# -- what is refused ---------------------------------------------------------------------------------------------------


def fit(**changed):
    tables = {
        "parents": pd.DataFrame({"id": [1, 2, 3], "x": [0.5, 1.5, 2.5]}),
        "kids": pd.DataFrame({"parent_id": [1, 1, 3], "y": [1, 2, 3]}),
    }
    relations = RelationalSchema({"parents": "id", "kids": None}, [("kids", "parent_id", "parents")])
    return RelationalSynthesizer(relations=relations).fit({**tables, **changed})


def test_orphans_are_counted():
    with pytest.raises(DataError, match=r"2 rows are orphans.*first: row 1, 7"):
        fit(kids=pd.DataFrame({"parent_id": [1, 7, 8], "y": [1, 2, 3]}))


def test_missing_foreign_keys_are_counted():
    with pytest.raises(DataError, match="missing in 1 rows"):
        fit(kids=pd.DataFrame({"parent_id": [1, np.nan, 3], "y": [1, 2, 3]}))


def test_repeated_and_missing_primary_keys_are_refused():
    with pytest.raises(DataError, match="repeats 1 of its values, such as 2"):
        fit(parents=pd.DataFrame({"id": [1, 2, 2, 3], "x": [0.5, 1.5, 2.5, 3.5]}))
    with pytest.raises(DataError, match="missing in 1 rows"):
        fit(parents=pd.DataFrame({"id": [1, None, 3], "x": [0.5, 1.5, 2.5]}))


def test_tables_and_columns_must_be_there():
    with pytest.raises(SchemaError, match="missing"):
        RelationalSynthesizer(relations=RELATIONS).fit({"customers": pd.DataFrame({"customer_id": [1]})})
    with pytest.raises(SchemaError, match="key column 'parent_id'"):
        fit(kids=pd.DataFrame({"y": [1]}))
    with pytest.raises(DataError, match="at least one row"):
        fit(kids=pd.DataFrame({"parent_id": np.array([], dtype=int), "y": []}))
    with pytest.raises(DataError, match="dict of tables"):
        RelationalSynthesizer().fit([1, 2])


def test_circles_and_wrong_keys_are_refused():
    with pytest.raises(SchemaError, match="circle"):
        RelationalSchema({"a": "id", "b": "id"}, [("a", "b_id", "b"), ("b", "a_id", "a")])
    with pytest.raises(SchemaError, match="circle"):
        RelationalSchema({"a": "id"}, [("a", "boss_id", "a")])
    with pytest.raises(SchemaError, match="no primary key"):
        RelationalSchema({"a": None, "b": "id"}, [("b", "a_id", "a")])
    with pytest.raises(SchemaError, match="one of the tables"):
        RelationalSchema({"a": "id"}, [("c", "a_id", "a")])
    with pytest.raises(SchemaError, match="only the first"):
        RelationalSchema(
            {"a": "id", "b": "id", "c": "id", "d": None},
            [("b", "a_id", "a"), ("d", "c_id", "c"), ("d", "b_id", "b")],
        )


def test_numbers_of_rows_are_checked(model):
    with pytest.raises(DataError, match=r"comes out of the draw"):
        model.sample({"orders": 5})
    with pytest.raises(DataError, match="dict"):
        model.sample(5)
    with pytest.raises(ValueError, match="customers"):
        model.sample({"customers": -1})
    with pytest.raises(NotFittedError):
        RelationalSynthesizer().sample(5)


def test_unknown_models_are_named(tables):
    for key in ("no_such", "arima", "private_marginal"):
        with pytest.raises(DataError, match=key):
            RelationalSynthesizer(synthesizer=key).fit(tables)
