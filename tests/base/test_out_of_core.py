"""Fits to tables read in batches: the model of the whole table, however its rows are cut and ordered."""

import warnings

import numpy as np
import pandas as pd
import pytest

import synthfast
from synthfast.base import out_of_core
from synthfast.exceptions import SampledFitWarning, SchemaError
from synthfast.io import row_source

N = 3_000
COUNTED = ["GaussianCopulaSynthesizer", "MarginalSynthesizer"]


def make_table(seed=0):
    rng = np.random.default_rng(seed)
    z = rng.standard_normal((3, N))
    city = np.array(["Rome", "Oslo", "Paris", "Bonn"])[np.clip((z[0] + 2).astype(int), 0, 3)]
    return pd.DataFrame(
        {
            "price": np.exp(3 + z[0]).round(2),
            "score": z[1] + z[0],
            "count": rng.poisson(3, N),
            "steps": rng.integers(0, 300, N) * 5,
            "city": pd.Series(city),
            "grade": pd.Categorical(np.array(list("abc"))[np.clip((z[1] + 1).astype(int), 0, 2)], ordered=True),
            "flag": z[2] > 0,
            "when": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 10**7, N), unit="s"),
            "day": pd.Timestamp("2024-01-01", tz="Europe/Berlin") + pd.to_timedelta(rng.integers(0, 90, N), unit="D"),
            "gappy": np.where(z[2] > 1, np.nan, (z[0] * 3).round(1)),
            "same": 7,
            "whole": pd.array(np.where(z[1] > 1.5, None, rng.integers(10, 99, N)), dtype="Int64"),
        }
    )


TABLE = make_table()


def cut(frame, *places):
    return iter([frame[a:b] for a, b in zip((0, *places), (*places, len(frame)), strict=True)])


@pytest.fixture
def small_sample(monkeypatch):
    """Most rows are left out of the sample."""
    monkeypatch.setattr(out_of_core, "SAMPLE_ROWS", 500)


@pytest.mark.parametrize("name", COUNTED)
@pytest.mark.parametrize("sampled", [False, True])
def test_one_model_for_any_order_and_split(name, sampled, monkeypatch):
    if sampled:
        monkeypatch.setattr(out_of_core, "SAMPLE_ROWS", 500)
    make = getattr(synthfast, name)
    mixed = TABLE.sample(frac=1, random_state=1)
    models = [make().fit(cut(TABLE)), make().fit(cut(mixed, 10, 1_500)), make().fit(cut(mixed[::-1], 2_900))]
    monkeypatch.setattr(row_source, "BATCH_ROWS", 700)
    models.append(make().fit(cut(TABLE, 100)))
    assert len({model.id_ for model in models}) == 1
    assert models[0].n_rows_ == models[0].n_rows_fitted_ == N


@pytest.mark.parametrize("name", COUNTED)
def test_with_a_schema_the_model_is_that_of_the_table_in_memory(name, small_sample):
    make = getattr(synthfast, name)
    in_memory = make().fit(TABLE)
    streamed = make().fit(cut(TABLE.sample(frac=1, random_state=2), 1_000), schema=in_memory.schema_)
    assert streamed.id_ == in_memory.id_
    pd.testing.assert_frame_equal(streamed.sample(500, random_state=1), in_memory.sample(500, random_state=1))


def test_the_schema_tells_all_rows_though_a_sample_is_looked_at(small_sample):
    table = TABLE.assign(price=TABLE["price"].round(1), same=7, rare=pd.Series(["x"] * N))
    table.loc[3, "price"], table.loc[4, "same"], table.loc[5:20, "rare"] = 12.34, 8, "y"
    found = synthfast.MarginalSynthesizer().fit(cut(table, 50)).schema_
    wanted = synthfast.Schema.infer(table)
    for name, column in wanted.columns.items():
        facts, expected = found[name].to_dict(), column.to_dict()
        for judged in ("heavy_values", "note"):  # on the sample, or on what it is made of
            facts.pop(judged, None), expected.pop(judged, None)
        assert facts == expected, name


def test_files_are_fitted_like_streams(tmp_path, small_sample):
    for k, part in enumerate(cut(TABLE, 300, 2_000)):
        part.to_parquet(tmp_path / f"{k}.parquet", index=False)
    model = synthfast.GaussianCopulaSynthesizer().fit(tmp_path)
    assert model.id_ == synthfast.GaussianCopulaSynthesizer().fit(cut(TABLE)).id_
    assert model.sample(5).dtypes.equals(TABLE.dtypes)


def test_identifiers_that_are_not_in_the_sample_are_not_drawn(small_sample):
    rng = np.random.default_rng(0)
    numbers = rng.permutation(np.arange(100_000, 100_000 + 3 * N, 3))
    table = pd.DataFrame({"user_id": numbers, "code": [f"K-{n}" for n in numbers], "x": rng.standard_normal(N)})
    drawn = synthfast.MarginalSynthesizer().fit(cut(table)).sample(2 * N, random_state=1)
    for name in ("user_id", "code"):
        assert drawn[name].is_unique
        assert not set(drawn[name]) & set(table[name])


@pytest.mark.parametrize("name", ["BootstrapSynthesizer", "KDESynthesizer"])
def test_other_models_learn_from_a_sample_and_say_so(name, small_sample, tmp_path):
    table = TABLE[["price", "city", "gappy"]]
    make = getattr(synthfast, name)
    with pytest.warns(SampledFitWarning, match=r"learned from \d+ of 3,000 rows"):
        model = make(random_state=1).fit(cut(table, 100))
    with pytest.warns(SampledFitWarning):
        other = make(random_state=1).fit(cut(table.sample(frac=1, random_state=3)))
    assert model.id_ == other.id_
    assert model.n_rows_ == N
    assert 500 <= model.n_rows_fitted_ < N
    model.save(tmp_path / "m.synth")
    assert synthfast.load(tmp_path / "m.synth").n_rows_fitted_ == model.n_rows_fitted_


def test_small_tables_are_learned_whole_by_every_model():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = synthfast.KDESynthesizer(random_state=1).fit(cut(TABLE[["price", "city"]]))
    assert model.n_rows_fitted_ == model.n_rows_ == N


def test_parametric_marginals_are_fitted_to_the_sample(small_sample):
    with pytest.warns(SampledFitWarning):
        synthfast.MarginalSynthesizer(marginals="parametric").fit(cut(TABLE[["price", "score"]]))


def test_private_models_read_the_whole(tmp_path):
    TABLE[["city"]].to_parquet(tmp_path / "t.parquet")
    model = synthfast.PrivateMarginalSynthesizer(
        epsilon=50.0, delta=1e-6, domain={"city": ["Rome", "Oslo", "Paris", "Bonn"]}
    ).fit(tmp_path / "t.parquet")
    assert abs(model.n_rows_ - N) < 100


def test_bad_input():
    model = synthfast.GaussianCopulaSynthesizer()
    with pytest.raises(SchemaError, match="source of 0 rows"):
        model.fit(iter([TABLE[:0]]))
    with pytest.raises(SchemaError, match="column 'score': expected finite numbers"):
        model.fit(iter([TABLE, TABLE.assign(score=np.inf)]))
    with pytest.raises(TypeError, match="no y with data read in batches"):
        model.fit(iter([TABLE]), np.zeros(N))
    with pytest.raises(SchemaError, match="missing"):
        model.fit(iter([TABLE]), schema=synthfast.Schema.infer(TABLE.assign(more=1)))
    with pytest.raises(FileNotFoundError):
        model.fit("no/such/file.parquet")
