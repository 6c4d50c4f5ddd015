import json

import pytest


@pytest.fixture
def synthetic(done):
    done("generate", "dataset:iris", "-o", "synthetic.csv", "--seed", 1, "-q", "--no-card")
    return "synthetic.csv"


def test_the_summary_goes_to_standard_output(run, synthetic):
    code, out, messages = run("evaluate", "dataset:iris", synthetic)
    assert code == 0
    assert "Overall score" in out
    assert [line.split()[0] for line in messages] == ["read", "read", "measured"]


def test_json_to_a_file_and_to_standard_output(done, synthetic, tmp_path):
    shown = done("evaluate", "dataset:iris", synthetic, "--json", "q.json", "--target", "species", "-q")
    assert "Overall score" in shown
    printed = done("evaluate", "dataset:iris", synthetic, "--json", "-", "--target", "species", "-q")
    assert json.loads(printed) == json.loads((tmp_path / "q.json").read_text())


def test_the_page_goes_to_a_file(run, synthetic, tmp_path):
    code, out, messages = run("evaluate", "dataset:iris", synthetic, "--metrics", "ks", "--html", "q.html")
    assert code == 0
    assert messages[-1].startswith("wrote q.html")
    assert "Overall score" in out
    assert "dataset:iris" in (tmp_path / "q.html").read_text(encoding="utf-8")


def test_holdout_metrics_and_seed_are_passed_on(done, synthetic):
    found = json.loads(
        done(
            "evaluate",
            "dataset:iris",
            synthetic,
            "--holdout",
            "dataset:iris",
            "--metrics",
            "ks,correlation",
            "--json",
            "-",
        )
    )
    text = json.dumps(found)
    assert "column_shapes" in text
    assert "utility_classification" not in text
    other = done("evaluate", "dataset:iris", synthetic, "--seed", 9, "--json", "-")
    assert json.loads(other) == json.loads(done("evaluate", "dataset:iris", synthetic, "--seed", 9, "--json", "-"))


def test_what_does_not_go_together_is_one_line(run, synthetic, tmp_path):
    for words, expected in [
        (("dataset:wine", synthetic), "column"),
        (("dataset:iris", synthetic, "--target", "colour"), "colour"),
        (("dataset:iris", synthetic, "--metrics", "nonsense"), "nonsense"),
        (("dataset:iris", synthetic, "--json", "nowhere/q.json"), "does not exist"),
        (("dataset:iris", "absent.csv"), "absent.csv: no such file"),
    ]:
        code, out, messages = run("evaluate", *words, "-q")
        assert (code, out, len(messages)) == (2, "", 1), messages
        assert expected in messages[0]
    assert [path.name for path in tmp_path.iterdir()] == [synthetic]


def test_a_score_below_the_minimum_is_exit_code_3(run, synthetic):
    shared = ("evaluate", "dataset:iris", synthetic, "--metrics", "ks", "-q")
    code, out, messages = run(*shared, "--min-score", 1)
    assert (code, messages) == (0, [])
    code, out, messages = run("evaluate", "dataset:iris", "dataset:iris", "--metrics", "ks", "--min-score", 100, "-q")
    assert code == 0  # equal tables have the whole score
    code, out, messages = run(*shared, "--metrics", "statistical", "--min-score", 1)
    assert code == 3  # a report without a score does not reach any
    assert "Overall score" in out
    assert "expected an overall score of at least 1, there is none" in messages[0]
    code, out, messages = run(*shared, "--min-score", 101)
    assert (code, out) == (2, "")
    assert "score from 0 to 100" in " ".join(messages)
