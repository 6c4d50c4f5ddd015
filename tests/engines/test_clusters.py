"""Local clusters of Dask, Ray and Spark, where they are installed: the same parts as threads, the same lazy frames."""

import numpy as np
import pandas as pd
import pytest

import synthfast

ROWS, PART = 150_000, 65_536
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]  # what the clusters warn of is theirs


@pytest.fixture(scope="module")
def model():
    rng = np.random.default_rng(0)
    z = rng.standard_normal(500)
    frame = pd.DataFrame(
        {
            "x": z.round(2),
            "y": z + rng.standard_normal(500),
            "c": pd.Series(np.where(z > 0, "a", "b")),
            "k": pd.Categorical(np.where(z > 1, "u", "v")),
        }
    )
    return synthfast.GaussianCopulaSynthesizer().fit(frame)


@pytest.fixture(scope="module")
def wanted(model, tmp_path_factory):
    return hashes(model, tmp_path_factory.mktemp("threads"), None)


def hashes(model, folder, engine):
    manifest = model.sample_to_parquet(folder, ROWS, random_state=1, engine=engine, part_rows=PART)
    return [part.sha256 for part in manifest.parts]


def assert_rows(found, model):
    expected = model.sample(ROWS, random_state=1)
    found = found.reset_index(drop=True)[list(expected)].astype(expected.dtypes.to_dict())
    pd.testing.assert_frame_equal(found, expected)


def test_dask(model, wanted, tmp_path):
    distributed = pytest.importorskip("distributed")
    pytest.importorskip("dask.dataframe")
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        assert hashes(model, tmp_path / "client", client) == wanted
        assert hashes(model, tmp_path / "executor", client.get_executor()) == wanted
        lazy = model.to_dask(ROWS, random_state=1, part_rows=PART)
        assert lazy.npartitions == 3
        assert_rows(lazy.compute(), model)


def test_ray(model, wanted, tmp_path, monkeypatch):
    ray = pytest.importorskip("ray")
    pytest.importorskip("ray.data")
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    try:
        assert hashes(model, tmp_path, ray) == wanted
        assert_rows(model.to_ray(ROWS, random_state=1, part_rows=PART).to_pandas(), model)
    finally:
        ray.shutdown()


def test_spark(model, wanted, tmp_path):
    sql = pytest.importorskip("pyspark.sql")
    session = sql.SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    try:
        assert hashes(model, tmp_path, session) == wanted
        lazy = model.to_spark(session, ROWS, random_state=1, part_rows=PART)
        assert_rows(lazy.toPandas(), model)
        assert lazy.count() == ROWS  # computed again
    finally:
        session.stop()
