import gzip
import json
import re

import numpy as np
import pandas as pd
import pytest

import synthfast
from synthfast.io.tables import read_table

OUTPUTS = ("csv", "csv.gz", "tsv", "parquet", "arrow", "feather")


def visible(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_csv_in_a_csv_of_the_same_size_and_types_out(done, people, tmp_path):
    done("generate", people, "-o", "out.csv", "--seed", 1)
    real, synthetic = (
        pd.read_csv(people, dtype={"code": "str"}),
        pd.read_csv(tmp_path / "out.csv", dtype={"code": "str"}),
    )
    assert synthetic.shape == real.shape
    assert list(synthetic.columns) == list(real.columns)
    assert (synthetic.dtypes == real.dtypes).all()
    assert visible(tmp_path) == ["out.csv", "out.csv.card.json", "people.csv"]


def test_text_is_written_as_the_source_writes_it(done, people, tmp_path):
    done("generate", people, "-o", "out.csv", "--seed", 1)
    text = (tmp_path / "out.csv").read_text()
    frame = read_table(tmp_path / "out.csv")
    assert set(pd.read_csv(tmp_path / "out.csv", dtype="str")["member"]) == {"TRUE", "FALSE"}
    assert '"cook, chief"' in text
    assert (frame["job"] == "?").any()
    assert frame["code"].str.fullmatch(r"\d{5}").all()
    assert frame["code"].is_unique
    assert frame["joined"].str.fullmatch(r"2024-\d\d-\d\d").all()
    assert str(frame["score"].dtype) == "Int64"
    assert 0.05 < frame["score"].isna().mean() < 0.3  # 1/6 in the source; 240 rows: standard error 0.024
    assert (frame["income"] % 0.5 == 0).all()


@pytest.mark.parametrize("ending", OUTPUTS)
@pytest.mark.parametrize("source", ["csv.gz", "parquet"])
def test_every_format_in_and_out(done, people, tmp_path, source, ending):
    from synthfast.io.tables import write_table

    write_table(read_table(people), tmp_path / f"in.{source}")
    done("generate", f"in.{source}", "-o", f"out.{ending}", "-n", 100, "--seed", 3)
    frame = read_table(tmp_path / f"out.{ending}")
    assert frame.shape == (100, 7)
    assert (frame.dtypes == read_table(people).dtypes).all()


@pytest.mark.parametrize("text", ["1e3", "1_000", "1,000", "1000"])
def test_counts_of_rows(done, tmp_path, text):
    done("generate", "dataset:iris", "-o", "out.csv", "--rows", text)
    assert len(read_table(tmp_path / "out.csv")) == 1_000


def test_no_rows_still_have_a_header(done, tmp_path):
    done("generate", "dataset:iris", "-o", "out.csv", "-n", 0)
    assert (tmp_path / "out.csv").read_text().count("\n") == 1
    done("generate", "dataset:iris", "-o", "out.parquet", "-n", 0)
    assert read_table(tmp_path / "out.parquet").shape == (0, 5)


def test_the_seed_decides_and_threads_do_not(done, tmp_path):
    def rows(name, *options):
        done("generate", "dataset:demo", "-o", name, "-n", 3_000, "--set", "audit=false", *options)
        return (tmp_path / name).read_bytes()

    first = rows("a.csv", "--seed", 5, "--threads", 1)
    assert rows("b.csv", "--seed", 5, "--threads", 2) == first
    assert rows("c.csv", "--seed", 5, "--threads", 8) == first
    assert rows("d.csv", "--seed", 6) != first
    assert rows("e.csv") != rows("f.csv")


def test_the_seed_that_is_told_gives_the_same_rows_again(run, done, tmp_path):
    _, _, messages = run("generate", "dataset:iris", "-o", "a.csv")
    seed = re.search(r"seed (\d+)", "\n".join(messages)).group(1)
    done("generate", "dataset:iris", "-o", "b.csv", "--seed", seed)
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_a_short_file_is_the_start_of_a_long_one(done, tmp_path):
    for name, rows in (("short.csv", 70_000), ("long.csv", 300_000)):
        done("generate", "dataset:demo", "-o", name, "-n", rows, "--seed", 2, "--set", "preset=fast")
    short = (tmp_path / "short.csv").read_bytes()
    assert (tmp_path / "long.csv").read_bytes()[: len(short)] == short
    assert short.count(b"\n") == 70_001


def test_it_is_what_the_library_gives(done, tmp_path):
    done("generate", "dataset:demo", "-o", "out.arrow", "-n", 500, "--seed", 4)
    model = synthfast.TreeSynthesizer(random_state=4).fit(synthfast.load_dataset("demo"))
    pd.testing.assert_frame_equal(read_table(tmp_path / "out.arrow"), model.sample(500, random_state=4))


def test_dataset_to_standard_output(run):
    code, out, messages = run("generate", "dataset:iris", "-o", "-", "-n", 3, "--seed", 1)
    assert code == 0
    assert out.count("\n") == 4
    assert out.startswith("sepal length (cm),")
    assert [line.split()[0] for line in messages] == ["read", "learned", "wrote"]


def test_copying_is_told_where_it_was_measured(run, tmp_path):
    code, out, messages = run(
        "generate", "dataset:demo", "-o", "-", "-n", 3, "--set", "preset=fast", "--save-model", "m.synth"
    )
    assert code == 0
    assert out.count("\n") == 4
    assert [line.split()[0] for line in messages] == ["read", "learned", "copying:", "wrote", "wrote"]
    assert messages[2] == f"copying: {synthfast.load(tmp_path / 'm.synth').copying_}"
    for options in (("--set", "audit=false"), ("--model", "gaussian_copula")):
        _, _, messages = run("generate", "dataset:demo", "-o", "-", "-n", 3, *options)
        assert [line.split()[0] for line in messages] == ["read", "learned", "wrote"]


def test_settings(done, tmp_path):
    done(
        "generate", "dataset:demo", "-o", "out.csv", "-n", 20, "--save-model", "m.synth",
        "--set", "preset=fast", "--set", 'column-order=["spend", "member"]', "--set", "min_level_count=7",
        "--set", "audit=False", "--set", "max_copying=null", "--set", "time=None",
    )  # fmt: skip
    model = synthfast.load(tmp_path / "m.synth")
    params = model.get_params()
    assert params.pop("random_state") is not None
    assert params == {
        "preset": "fast",
        "column_order": ["spend", "member"],
        "min_level_count": 7,
        "audit": False,
        "max_copying": None,
        "time": None,
        "group": None,
    }
    assert model.column_order_[:2] == ["spend", "member"]
    words = ("--model", "gaussian_copula", "--set", 'marginals={"income": "lognorm"}')
    done("generate", "dataset:demo", "-o", "out.csv", "-n", 20, "--save-model", "c.synth", *words)
    assert synthfast.load(tmp_path / "c.synth").marginals == {"income": "lognorm"}


def test_quiet_says_nothing(run):
    assert run("generate", "dataset:iris", "-o", "out.csv", "--quiet") == (0, "", [])


@pytest.mark.parametrize("model", ["marginal", "gaussian_copula", "Gaussian-Copula", "tree"])
def test_models_by_name(done, tmp_path, model):
    done("generate", "dataset:iris", "-o", "out.csv", "--model", model)
    assert len(read_table(tmp_path / "out.csv")) == 150


def test_conditions(done, tmp_path):
    done(
        "generate", "dataset:demo", "-o", "out.parquet", "-n", 400,
        "--condition", "age=30..40", "--condition", "region=north|south", "--condition", "member=true",
        "--condition", "education=master..", "--condition", "rating=",
        "--condition", "last_visit=2024-01-01..2025-06-30",
    )  # fmt: skip
    frame = read_table(tmp_path / "out.parquet")
    assert len(frame) == 400
    assert frame["age"].between(30, 40).all()
    assert set(frame["region"]) == {"north", "south"}
    assert frame["member"].all()
    assert (frame["education"] >= "master").all()
    assert frame["rating"].isna().all()
    assert frame["last_visit"].between("2024-01-01", "2025-06-30").all()


def test_conditions_on_large_whole_numbers_hold_to_the_last_digit(done, tmp_path):
    rows = "".join(f"{2**60 + i % 50},{i % 7}\n" for i in range(300))
    (tmp_path / "in.csv").write_text("number,y\n" + rows)
    words = ("--model", "marginal", "-n", 40, "--seed", 1)
    done("generate", "in.csv", "-o", "one.csv", "--condition", f"number={2**60 + 7}", *words)
    assert set(read_table(tmp_path / "one.csv")["number"]) == {2**60 + 7}
    done("generate", "in.csv", "-o", "few.csv", "--condition", f"number={2**60 + 7}..{2**60 + 9}", *words)
    assert set(read_table(tmp_path / "few.csv")["number"]) == {2**60 + 7, 2**60 + 8, 2**60 + 9}


def test_report(run, tmp_path):
    code, _, messages = run(
        "generate", "dataset:demo", "-o", "out.csv", "--seed", 1, "--report", "q.json", "--set", "preset=fast"
    )
    assert code == 0
    report = json.loads((tmp_path / "q.json").read_text())
    assert report["generated"] == {
        "input": "dataset:demo",
        "model": "tree",
        "settings": {"preset": "fast"},
        "seed": 1,
        "rows_compared": 2_000,
    }
    told = float(re.search(r"quality ([\d.]+) of 100", messages[-1]).group(1))
    expected = synthfast.evaluate(synthfast.load_dataset("demo"), synthfast.load_dataset("demo"), metrics=["ks"])
    assert 50 < told <= 100
    assert set(json.loads(expected.to_json())) <= set(report)


def test_a_report_looks_at_a_bounded_number_of_rows(done, tmp_path, monkeypatch):
    monkeypatch.setattr("synthfast.cli.generate.REPORT_ROWS", 300)
    done("generate", "dataset:iris", "-o", "out.csv", "-n", 1_000, "--report", "q.json")
    assert json.loads((tmp_path / "q.json").read_text())["generated"]["rows_compared"] == 300


def test_schema_overrides_and_whole_schemas(done, people, tmp_path):
    (tmp_path / "kinds.json").write_text('{"score": "categorical", "age": {"kind": "integer", "minimum": 10}}')
    done("generate", people, "-o", "out.csv", "--schema", "kinds.json", "--save-model", "m.synth")
    schema = synthfast.load(tmp_path / "m.synth").schema_
    assert (schema["score"].kind, schema["age"].minimum) == ("categorical", 10)
    (tmp_path / "whole.json").write_text(schema.to_json())
    done("generate", people, "-o", "out.csv", "--schema", "whole.json", "--save-model", "again.synth")
    assert synthfast.load(tmp_path / "again.synth").schema_ == schema


def test_delimiter_and_encoding(done, tmp_path):
    rows = "".join(f"{i % 50};Köln {i % 3}\n" for i in range(300))
    (tmp_path / "in.csv").write_bytes(("größe;ort\n" + rows).encode("cp1252"))
    done("generate", "in.csv", "-o", "out.csv", "--delimiter", ";", "--encoding", "cp1252", "-n", 20)
    lines = (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "größe;ort"
    assert all(re.fullmatch(r"\d+;Köln \d", line) for line in lines[1:])


def test_overwriting_is_fine_and_gzip_is_reproducible(done, tmp_path):
    (tmp_path / "out.csv.gz").write_text("old")
    done("generate", "dataset:iris", "-o", "out.csv.gz", "--seed", 1)
    first = (tmp_path / "out.csv.gz").read_bytes()
    done("generate", "dataset:iris", "-o", "out.csv.gz", "--seed", 1)
    assert (tmp_path / "out.csv.gz").read_bytes() == first
    assert gzip.decompress(first).count(b"\n") == 151


def test_personal_data_are_warned_about_in_one_line(run, tmp_path):
    names = [f"person{i}@mail{i % 7}.example.org" for i in range(200)]
    pd.DataFrame({"contact": names, "x": np.arange(200) % 9}).to_csv(tmp_path / "in.csv", index=False)
    code, out, messages = run("generate", "in.csv", "-o", "-")
    assert code == 0
    assert sum(line.startswith("warning: ") for line in messages) == 1
    assert not set(names) & {line.split(",")[0] for line in out.splitlines()}


def test_real_table(done, real_path, tmp_path):
    done("generate", real_path("adult_train"), "-o", "out.csv.gz", "-n", 5_000, "--seed", 0, "--set", "preset=fast")
    frame, real = read_table(tmp_path / "out.csv.gz"), read_table(real_path("adult_train"))
    assert (frame.dtypes == real.dtypes).all()
    # Mean age within five standard errors of 5,000 rows.
    assert abs(frame["age"].mean() - real["age"].mean()) < 5 * real["age"].std() / np.sqrt(5_000)
