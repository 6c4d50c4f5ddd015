import json

import pandas as pd
import pytest

import synthfast
from synthfast.io.tables import read_table


@pytest.fixture
def model(done):
    done("generate", "dataset:demo", "-o", "out.csv", "-n", 1_000, "--seed", 3, "--save-model", "demo.synth")
    return "demo.synth"


def test_inspect_tells_what_a_model_file_holds(done, model, tmp_path):
    text = done("inspect", model)
    for part in ("gaussian_copula", "2,000 rows", "format 1", "education", "quantiles of every numeric column"):
        assert part in text
    facts = json.loads(done("inspect", model, "--json"))
    assert facts["model"] == "gaussian_copula"
    assert facts["format"] == 1
    assert facts["bytes"] == (tmp_path / model).stat().st_size
    assert [column["name"] for column in facts["schema"]["columns"]] == list(synthfast.load_dataset("demo").columns)
    assert facts["arrays"]


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
