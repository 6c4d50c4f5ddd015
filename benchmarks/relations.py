"""Databases of three levels for the benchmarks: a shop made by rule, and one of real rows cut into tables."""

import numpy as np
import pandas as pd

from synthfast import RelationalSchema, load_dataset

__all__ = ["INSURANCE", "SHOP", "insurance", "shop"]

SHOP = RelationalSchema(
    {"customers": "customer_id", "orders": "order_id", "items": None},
    [("orders", "customer_id", "customers"), ("items", "order_id", "orders")],
)
INSURANCE = RelationalSchema(
    {"families": "family_id", "persons": "person_id", "years": None},
    [("persons", "family_id", "families"), ("years", "person_id", "persons")],
)


def shop(n_customers, seed=0):
    """Customers, their orders and the items of those; numbers and columns of each level depend on the one above."""
    rng = np.random.default_rng(seed)
    age = rng.integers(18, 90, n_customers)
    region = rng.choice(["north", "south", "east"], n_customers, p=[0.5, 0.3, 0.2])
    vip, taste = rng.random(n_customers) < 0.1 + 0.2 * (age > 50), rng.normal(size=n_customers)
    customers = pd.DataFrame({
        "customer_id": np.arange(1_000, 1_000 + n_customers), "region": region, "age": age, "vip": vip,
        "income": np.round(rng.lognormal(10 + age / 100, 0.4), -2),
    })  # fmt: skip
    owner = np.repeat(np.arange(n_customers), rng.poisson(1 + 3 * vip + (region == "north")))
    web = rng.random(len(owner)) < 0.2 + 0.5 * (age[owner] < 40)
    discount = np.clip(0.1 * vip[owner] + 0.02 * taste[owner] + 0.01 * rng.normal(size=len(owner)), 0, 1).round(3)
    orders = pd.DataFrame({
        "order_id": rng.permutation(len(owner)), "customer_id": customers["customer_id"].to_numpy()[owner],
        "day": pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.integers(0, 365, len(owner)), unit="D"),
        "channel": np.where(web, "web", "shop"),
        "discount": discount,
    })  # fmt: skip
    basket = np.repeat(np.arange(len(owner)), 1 + rng.poisson(1 + 1.5 * web))
    price = rng.gamma(2, 15, len(basket))
    items = pd.DataFrame({
        "order_id": orders["order_id"].to_numpy()[basket], "quantity": 1 + rng.poisson(0.5 + 0.5 * web[basket]),
        "price": np.round(price * (1 - discount[basket]) + 1, 2),
    })  # fmt: skip
    return {"customers": customers, "orders": orders, "items": items}


def insurance():
    """RAND's health insurance experiment: families with their plan, their persons, and each one's visits by year."""
    rows = load_dataset("randhie")
    family, person = ["lncoins", "idp", "lpi", "fmde"], ["physlm", "disea", "hlthg", "hlthf", "hlthp"]
    family_id = (rows[family] != rows[family].shift()).any(axis=1).cumsum()
    person_id = (rows[family + person] != rows[family + person].shift()).any(axis=1).cumsum()
    rows = rows.assign(family_id=family_id, person_id=person_id)
    return {
        "families": rows.groupby("family_id", as_index=False)[family].first(),
        "persons": rows.groupby("person_id", as_index=False)[["family_id", *person]].first(),
        "years": rows[["person_id", "mdvis"]].reset_index(drop=True),
    }
