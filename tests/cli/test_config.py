import json

import pandas as pd
import pytest

QUICK = 'set = {preset = "fast", audit = false}\n'


@pytest.fixture
def config(tmp_path):
    def write(text, name="job.toml"):
        (tmp_path / name).write_text(text)
        return name

    return write


def test_a_whole_job_in_a_file(done, people, config, tmp_path):
    job = config(
        f"""
        seed = 7
        quiet = true
        [generate]
        input = "people.csv"
        output = "out.csv"
        rows = 1e2
        {QUICK}
        condition = {{age = "30..40", job = ["clerk", "nurse"]}}
        """
    )
    done("generate", "--config", job)
    drawn = pd.read_csv(tmp_path / "out.csv")
    assert len(drawn) == 100
    assert drawn["age"].between(30, 40).all()
    assert set(drawn["job"]) <= {"clerk", "nurse"}
    assert json.loads((tmp_path / "out.csv.card.json").read_text())["seed"] == 7


def test_json_says_the_same(done, people, config, tmp_path):
    done("generate", "people.csv", "-o", "a.csv", "--config", config("seed = 3\nrows = 50\n" + QUICK))
    document = {"seed": 3, "generate": {"rows": 50, "set": {"preset": "fast", "audit": False}}}
    done("generate", "people.csv", "-o", "b.csv", f"--config={config(json.dumps(document), 'job.json')}")
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_the_command_line_stands_above_the_file(done, people, config, tmp_path):
    job = config("rows = 50\nseed = 3\n[generate]\n" + QUICK)
    done("generate", "people.csv", "-o", "a.csv", "-n", 20, "--config", job, "--set", "preset=quality")
    card = json.loads((tmp_path / "a.csv.card.json").read_text())
    assert card["rows"] == 20
    assert card["model"]["parameters"]["preset"] == "quality"
    assert card["model"]["parameters"]["audit"] is False


def test_keys_of_other_verbs_are_passed_over(done, people, config):
    job = config("seed = 1\nholdout = 'people.csv'\n[generate]\n" + QUICK + "[evaluate]\nmetrics = ['marginals']\n")
    done("generate", "people.csv", "-o", "a.csv", "--config", job)
    assert "Overall score" in done("evaluate", "people.csv", "a.csv", "--config", job)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sead = 1", "unknown key 'sead': did you mean seed"),
        ("[generate]\nrow = 5", "unknown key of [generate] 'row': did you mean rows?"),
        ("[generatte]\nrows = 5", "unknown key 'generatte': did you mean generate"),
        ("[generate]\nmetrics = 5", "unknown key of [generate] 'metrics'"),
        ("generate = 5", "generate is a verb; expected a table [generate]"),
        ("quiet = 'yes'", "job.toml: quiet: expected true or false, got 'yes'"),
        ("seed = true", "seed: expected text or a number, got True"),
        ("seed = 1.5", "expected a whole number of 0 or more, got '1.5'"),
        ("rows = 'many'", "expected a number of rows"),
        ("model = 'gaussian_copla'", "did you mean gaussian_copula?"),
        ("[generate]\ncondition = ['age']", "generate.condition: expected a condition such as"),
        ("[generate]\nset = {presett = 'fast'}", "'presett': did you mean preset?"),
        ("seed = ", "job.toml cannot be parsed"),
    ],
)
def test_bad_files_are_one_line(run, people, config, tmp_path, text, expected):
    code, out, messages = run("generate", "people.csv", "-o", "a.csv", "-q", "--config", config(text))
    assert (code, out, len(messages)) == (2, "", 1), messages
    assert expected in messages[0]
    assert not (tmp_path / "a.csv").exists()


def test_files_that_are_none(run, people, config):
    for name, expected in (
        ("absent.toml", "absent.toml: no such file"),
        (config("a: 1", "job.yaml"), "ends in .toml or .json"),
        (config("[1]", "job.json"), "expected a JSON object, got list"),
        (config("[" * 50_000, "deep.json"), "cannot be parsed"),
    ):
        code, _, messages = run("generate", "people.csv", "-o", "a.csv", "--config", name)
        assert (code, len(messages)) == (2, 1)
        assert expected in messages[0]
