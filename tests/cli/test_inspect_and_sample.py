import json

import numpy as np
import pandas as pd
import pytest

import synthfast
from synthfast.io.tables import read_table


@pytest.fixture
def model(done):
    words = ("--seed", 3, "--save-model", "demo.synth", "--model", "gaussian_copula")
    done("generate", "dataset:demo", "-o", "out.csv", "-n", 1_000, *words)
    return "demo.synth"


def test_inspect_tells_what_a_model_file_holds(done, model, tmp_path):
    text = done("inspect", model)
    for part in ("gaussian_copula", "2,000 rows", "format 2", "education", "quantiles of every numeric column"):
        assert part in text
    facts = json.loads(done("inspect", model, "--json"))
    assert facts["model"] == "gaussian_copula"
    assert facts["format"] == 2
    assert facts["bytes"] == (tmp_path / model).stat().st_size
    assert [column["name"] for column in facts["schema"]["columns"]] == list(synthfast.load_dataset("demo").columns)
    assert facts["arrays"]


@pytest.fixture
def linked(tmp_path):
    """The demo table with two columns that others determine and one that another bounds."""
    frame = synthfast.load_dataset("demo")[["age", "region", "visits", "rating"]]
    frame["points"] = 25 - 2 * frame["visits"]
    frame["zone"] = frame["region"].map({"north": "cold", "south": "warm", "east": "mild", "west": "mild"})
    frame["since"] = frame["age"] - np.random.default_rng(0).integers(0, 15, len(frame))
    frame.to_csv(tmp_path / "linked.csv", index=False)
    return "linked.csv"


def test_inspect_tells_what_boosted_trees_hold(done, linked, tmp_path):
    done("generate", linked, "-o", "out.csv", "-n", 10, "--save-model", "tree.synth")
    text = done("inspect", "tree.synth")
    model = synthfast.load(tmp_path / "tree.synth")
    holds = json.loads(done("inspect", "tree.synth", "--json"))["holds"]
    always = [
        "columns, as drawn",
        "quantile tables",
        "level counts",
        "missing counts",
        "boosted trees",
        "rules",
        "copying",
    ]
    assert [part for part in holds if part != "correction"] == always  # which is kept only where it helps
    assert holds["columns, as drawn"] == "age, region, visits, rating, points, zone, since"
    assert "of 5 columns" in holds["quantile tables"]
    assert holds["level counts"] == "how many rows hold each of 7 levels of 2 columns"
    assert holds["missing counts"] == "how many rows are missing in rating"
    assert "thresholds" in holds["boosted trees"]
    assert holds["rules"] == [
        "points = - 2 * visits + 25",
        "zone is looked up by region: 5 values, missing's among them",
        "since is at most age",
    ]
    assert holds["copying"] == str(model.copying_)
    for part in ("What it holds of the rows:", str(model.copying_), *holds["rules"]):
        assert part in text


def test_inspect_tells_what_single_trees_hold(done, linked):
    done(
        "generate",
        linked,
        "-o",
        "out.csv",
        "--set",
        "preset=fast",
        "--set",
        "audit=false",
        "--seed",
        1,
        "--save-model",
        "t.synth",
    )
    facts = json.loads(done("inspect", "t.synth", "--json"))
    arrays = facts["arrays"]
    assert facts["holds"]["cells of the rows"].startswith("14,000: the cell or level of each of 2,000 training rows")
    assert sum(a["shape"][0] for name, a in arrays.items() if name.endswith("/donors")) == 14_000
    nodes = sum(a["shape"][0] for name, a in arrays.items() if "/chain/" in name and name.endswith("/feature"))
    assert f"{nodes:,} nodes" in facts["holds"]["trees"]
    assert not {"boosted trees", "correction", "copying"} & set(facts["holds"])
    assert "cells of the rows" in done("inspect", "t.synth")


def test_inspect_tells_the_kinds_of_a_table(done, people):
    text = done("inspect", people)
    assert "identifier" in text
    schema = synthfast.Schema.from_json(done("inspect", people, "--json"))
    assert schema == synthfast.Schema.infer(read_table(people))
    assert "datetime" in done("inspect", "dataset:demo")


def test_sample_gives_what_generate_gave(done, model, tmp_path):
    done("sample", model, "-n", 1_000, "-o", "again.csv", "--seed", 3)
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "out.csv").read_bytes()


def test_parts_of_the_endless_table(done, model, tmp_path):
    done("sample", model, "-n", 70_000, "-o", "all.parquet", "--seed", 3)
    done("sample", model, "-n", 5_000, "-o", "part.parquet", "--seed", 3, "--start-row", "63_000")
    whole = read_table(tmp_path / "all.parquet")
    part = read_table(tmp_path / "part.parquet")
    pd.testing.assert_frame_equal(part, whole.iloc[63_000:68_000].reset_index(drop=True))


def test_sample_from_trees_gives_what_generate_gave(done, tmp_path):
    words = ("--seed", 3, "--save-model", "tree.synth", "--set", "audit=false")
    done("generate", "dataset:iris", "-o", "out.csv", "-n", 500, *words)
    done("sample", "tree.synth", "-n", 500, "-o", "again.csv", "--seed", 3)
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "out.csv").read_bytes()
    out = done("sample", "tree.synth", "-n", 5, "-o", "-", "--condition", "species=setosa", "-q")
    assert [line.rpartition(",")[2] for line in out.splitlines()[1:]] == ["setosa"] * 5


def test_conditions_and_standard_output(done, model):
    out = done("sample", model, "-n", 5, "-o", "-", "--condition", "age=..25", "-q")
    ages = [int(line.split(",")[0]) for line in out.splitlines()[1:]]
    assert len(ages) == 5
    assert max(ages) <= 25


def test_a_model_of_a_polars_frame_can_be_sampled(done, tmp_path):
    import polars as pl

    frame = pl.from_pandas(synthfast.load_dataset("iris"))
    synthfast.GaussianCopulaSynthesizer(random_state=0).fit(frame).save(tmp_path / "iris.synth")
    done("sample", "iris.synth", "-n", 10, "-o", "out.csv")
    done("sample", "iris.synth", "-n", 10, "-o", "out.parquet")
    assert read_table(tmp_path / "out.csv").shape == read_table(tmp_path / "out.parquet").shape == (10, 5)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("demo.synth", "-n", 5, "-o", "a.csv", "--start-row", 5), "give --seed too"),
        (("demo.synth", "-n", 5, "-o", "a.csv", "--condition", "age"), "such as age=30..40"),
        (("demo.synth", "-n", 5, "-o", "a.csv", "--condition", "age=1", "--condition", "age=2"), "two conditions"),
        (("demo.synth", "-n", 5, "-o", "a.csv", "--condition", "colour=red"), "colour"),
        (("demo.synth", "-n", 5, "-o", "a.csv", "--condition", "age=old"), "age"),
        (("demo.synth", "-n", 5, "-o", "a.csv", "--condition", "age=40..30"), "age"),
        (("demo.synth", "-n", 5, "-o", "demo.synth"), "expected a name that ends in"),
        (("absent.synth", "-n", 5, "-o", "a.csv"), "absent.synth: no such file"),
        (("out.csv", "-n", 5, "-o", "a.csv"), "out.csv is not a synthfast model file"),
    ],
)
def test_bad_calls_are_one_line(run, model, tmp_path, words, expected):
    before = sorted(path.name for path in tmp_path.iterdir())
    code, out, messages = run("sample", *words, "-q")
    assert (code, out, len(messages)) == (2, "", 1), messages
    assert expected in messages[0]
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_damaged_models_are_one_line(run, model, tmp_path):
    content = (tmp_path / model).read_bytes()
    (tmp_path / "half.synth").write_bytes(content[: len(content) // 2])
    for words in (("inspect", "half.synth"), ("sample", "half.synth", "-n", 1, "-o", "x.csv")):
        code, _, messages = run(*words)
        assert (code, len(messages)) == (2, 1)
        assert "half.synth is truncated or damaged" in messages[0]
