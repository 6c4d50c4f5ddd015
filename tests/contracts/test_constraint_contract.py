"""What every registered synthesizer owes to the constraints of a schema, none of which it knows."""

import numpy as np
import pandas as pd
import pytest

import synthfast
from synthfast._core.random import BLOCK_ROWS
from synthfast._registry import entries, load_object
from synthfast.constraints import (
    FixedCombinations,
    FunctionalDependency,
    Ordered,
    Pattern,
    Predicate,
    Presence,
    Range,
    Total,
    Unique,
    count_broken,
    supply,
)
from synthfast.exceptions import ConstraintError, SchemaError

SYNTHESIZERS = entries("synthesizer")
N_ROWS = 1_500


def invoices(n=N_ROWS, seed=0):
    """Rows that keep constraints of every kind, with holes where they may have them."""
    rng = np.random.default_rng(seed)
    ordered = pd.Timestamp("2022-01-01") + pd.to_timedelta(rng.integers(0, 700, n), unit="D")
    sent = ordered + pd.to_timedelta(rng.gamma(2, 5, n).astype(int), unit="D")
    paid = sent + pd.to_timedelta(rng.integers(0, 10**6, n), unit="s")
    net = np.round(rng.gamma(2, 50, n), 2)
    tax = np.round(net * 0.2 + rng.random(n), 2)
    status = rng.choice(["new", "shipped", "done"], n, p=[0.3, 0.4, 0.3])
    city = rng.choice(["Rome", "Oslo", "Bergen", "Milan"], n)
    frame = pd.DataFrame(
        {
            "ordered": ordered,
            "sent": sent,
            "paid": paid,
            "net": net,
            "tax": tax,
            "gross": np.round(net + tax, 2),
            "age": rng.integers(18, 90, n),
            "status": status,
            "weight": np.where(status == "new", np.nan, rng.normal(size=n)),
            "city": city,
            "country": pd.Series(city).map({"Rome": "IT", "Milan": "IT", "Oslo": "NO", "Bergen": "NO"}),
            "size": rng.choice(["S", "M", "L"], n),
            "colour": "",
            "sku": [f"AB-{k:05d}" for k in rng.permutation(n)],
        }
    )
    frame["colour"] = np.where(frame["size"] == "L", "black", rng.choice(["red", "blue"], n))
    frame.loc[rng.random(n) < 0.1, "sent"] = pd.NaT
    frame.loc[rng.random(n) < 0.1, "paid"] = pd.NaT
    frame.loc[rng.random(n) < 0.05, "tax"] = np.nan
    return frame


CONSTRAINTS = [
    Ordered(["ordered", "sent", "paid"]),
    Total("gross", ["net", "tax"]),
    Range("age", 18, 95),
    Presence("weight", "status", ["shipped", "done"]),
    FunctionalDependency("city", "country"),
    FixedCombinations(["size", "colour"]),
    Pattern("sku", r"[A-Z]{2}-\d{5}"),
    Unique("sku"),
]


@pytest.fixture(scope="module")
def frame():
    return invoices()


@pytest.fixture(params=SYNTHESIZERS, scope="module")
def make(request):
    entry = SYNTHESIZERS[request.param]
    for module in entry.needs:
        pytest.importorskip(module)
    extra = {"preset": "fast", "audit": False} if entry.key == "tree" else {}
    return lambda **params: load_object(request.param)(**{**entry.test_params, **extra, **params})


@pytest.fixture(scope="module")
def model(make, frame):
    return make(random_state=0).fit(frame, schema=synthfast.Schema.infer(frame, constraints=CONSTRAINTS))


def assert_kept(rows, model, frame):
    assert set(count_broken(rows, model.schema_, reference=frame).values()) == {0}


def test_every_row_keeps_every_constraint(model, frame):
    sample = model.sample(20_000, random_state=1)
    assert_kept(sample, model, frame)
    assert sample.dtypes.to_dict() == frame.dtypes.to_dict()
    assert list(sample.columns) == list(frame.columns)


def test_missing_cells_stay_as_often_missing(model, frame):
    sample = model.sample(20_000, random_state=1)
    # Binomial noise of both tables at five standard deviations; bootstraps and copulas of holes are not independent.
    for name in ("sent", "paid", "tax", "weight"):
        share = frame[name].isna().mean()
        assert abs(sample[name].isna().mean() - share) < 5 * np.sqrt(share * (1 - share) * (1 / N_ROWS + 1 / 20_000))


def test_distances_keep_their_law(model, frame):
    if "trained" in SYNTHESIZERS[type(model).__name__].tags:
        pytest.skip("how near the law comes is a matter of training")
    sample = model.sample(20_000, random_state=1)
    real, drawn = ((t["sent"] - t["ordered"]).dt.days.dropna() for t in (frame, sample))
    grid = np.arange(0, 60)
    distance = np.abs([(real <= k).mean() - (drawn <= k).mean() for k in grid]).max()
    assert distance < 0.05 + 1.63 * np.sqrt(1 / len(real))  # 1 % point of Kolmogorov's law, and room for smoothing


def test_a_short_draw_is_a_prefix_of_a_long_one(model):
    long = model.sample(BLOCK_ROWS + 2_000, random_state=4)
    for n in (1, 1_000, BLOCK_ROWS + 1):
        pd.testing.assert_frame_equal(model.sample(n, random_state=4), long.head(n))


@pytest.mark.filterwarnings("ignore::synthfast.exceptions.ConditionWarning")
@pytest.mark.parametrize(
    "conditions",
    [
        {"sent": ("2022-06-01", "2022-09-01")},
        {"ordered": ("2022-06-01", None), "paid": (None, "2022-12-01")},
        {"gross": (100, 150)},
        {"gross": 120.5},
        {"country": "NO", "status": "new"},
        {"weight": (0, None)},
        {"weight": None},
        {"sent": None, "size": ["S", "L"]},
        {"age": 40, "colour": "black"},
    ],
    ids=str,
)
def test_conditions_on_bound_columns_are_exact(model, frame, conditions):
    rows = model.sample(1_500, conditions=conditions, random_state=2)
    assert len(rows) == 1_500
    assert_kept(rows, model, frame)
    for name, wanted in conditions.items():
        own = rows[name]
        if wanted is None:
            assert own.isna().all()
        elif isinstance(wanted, tuple):
            low, high = wanted
            assert own.notna().all()
            assert low is None or (own >= (pd.Timestamp(low) if isinstance(low, str) else low)).all()
            assert high is None or (own <= (pd.Timestamp(high) if isinstance(high, str) else high)).all()
        else:
            assert own.isin(wanted if isinstance(wanted, list) else [wanted]).all()
    pd.testing.assert_frame_equal(model.sample(700, conditions=conditions, random_state=2), rows.head(700))


def test_known_columns_are_completed_within_the_constraints(model, frame):
    known = frame[["sent", "net", "age", "city", "country"]].dropna().head(300)
    rows = model.sample_remaining(known, random_state=3)
    assert_kept(rows, model, frame)
    for name in known:
        assert (rows[name].to_numpy() == known[name].to_numpy()).all()


def test_same_rows_after_save_and_load(model, tmp_path):
    model.save(tmp_path / "model.synth")
    loaded = synthfast.load(tmp_path / "model.synth")
    pd.testing.assert_frame_equal(loaded.sample(2_000, random_state=5), model.sample(2_000, random_state=5))
    assert loaded.schema_ == model.schema_


def test_same_bytes_for_any_thread_count(model):
    expected = model.sample(BLOCK_ROWS + 500, random_state=6)
    with synthfast.num_threads(3):
        pd.testing.assert_frame_equal(model.sample(BLOCK_ROWS + 500, random_state=6), expected)


def test_a_predicate_is_kept_by_drawing_anew(make, frame, tmp_path):
    short = frame[["age", "net"]]
    short = short[short["age"] < 80]
    rule = Predicate(lambda rows: rows["age"] < 80, "young")
    model = make(random_state=0).fit(short, schema=synthfast.Schema.infer(short, constraints=[rule]))
    rows = model.sample(3_000, random_state=1)
    assert (rows["age"] < 80).all()
    model.save(tmp_path / "model.synth")
    loaded = synthfast.load(tmp_path / "model.synth")
    with pytest.raises(ConstraintError, match="supply"):
        loaded.sample(5)
    supply(loaded, "young", lambda rows: rows["age"] < 80)
    pd.testing.assert_frame_equal(loaded.sample(3_000, random_state=1), rows)


def test_rows_that_break_constraints_are_counted_and_refused(make, frame):
    broken = frame.copy()
    broken.loc[[3, 7, 9], "age"] = 10
    schema = synthfast.Schema.infer(broken, constraints=CONSTRAINTS)
    with pytest.raises(ConstraintError, match=r"Range.*is broken by 3 \(first: 3\)"):
        make().fit(broken, schema=schema)


def test_private_synthesizers_refuse_them():
    frame = pd.DataFrame({"a": [1, 2] * 50})
    schema = synthfast.Schema.infer(frame, constraints=[Range("a", 0, 5)])
    with pytest.raises(SchemaError, match="budget"):
        synthfast.PrivateMarginalSynthesizer(epsilon=1.0, delta=1e-6).fit(frame, schema=schema)
