"""The verbs fit, estimate, anonymize, risk, timeseries and doctor, data cards, and what all verbs share."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import synthfast
from synthfast.cli.arguments import byte_count
from synthfast.cli.failures import EXIT_CODES
from synthfast.cli.parser import VERBS
from synthfast.privacy import class_sizes

QUICK = ("--set", "preset=fast", "--set", "audit=false")
DOCS = Path(__file__).parents[2] / "docs"


def refused(found, code, expected):
    assert found[0] == code, found
    assert len(found[2]) == 1, found
    assert expected in found[2][0]


# -- fit and cards -----------------------------------------------------------------------------------------------------


def test_fit_then_sample_is_generate(done, people, tmp_path):
    made = json.loads(done("fit", people, "-o", "m.synth", "--seed", 3, *QUICK, "--json"))
    assert made["model_id"] == synthfast.load(tmp_path / "m.synth").id_
    done("sample", "m.synth", "-n", 240, "-o", "a.csv", "--seed", 3)
    done("generate", people, "-o", "b.csv", "--seed", 3, *QUICK)
    card_a, card_b = (json.loads((tmp_path / f"{name}.csv.card.json").read_text()) for name in "ab")
    assert card_a == card_b
    assert card_a["model"]["id"] == made["model_id"]
    assert len(pd.read_csv(tmp_path / "a.csv")) == 240


def test_the_card_tells_of_the_draw_and_its_quality(done, people, tmp_path):
    words = ("--report", "q.json", "--condition", "age=30..40", "--seed", 5, *QUICK)
    told = json.loads(done("generate", people, "-o", "a.csv", "-n", 300, *words, "--json"))
    assert told["card"] == "a.csv.card.json"
    card = json.loads((tmp_path / told["card"]).read_text())
    assert (card["rows"], card["seed"]) == (300, 5)
    assert card["conditions"] == [["age", {"$tuple": ["30", "40"]}]]
    assert card["quality"]["overall_score"] == json.loads((tmp_path / "q.json").read_text())["overall_score"]
    assert card["holds"]["trees"]


def test_no_card_where_there_is_no_place_for_it(done, people, tmp_path):
    done("generate", people, "-o", "-", "-q", *QUICK)
    done("generate", people, "-o", "a.csv", "--no-card", *QUICK)
    assert not list(tmp_path.glob("*card*"))


def test_a_private_table_and_its_card(done, run, tmp_path):
    people = "t.csv"
    pd.DataFrame({"age": np.arange(500) % 60 + 20, "job": ["clerk", "nurse"] * 250}).to_csv(people, index=False)
    words = ("--model", "private_marginal", "--set", "epsilon=2", "--set", "delta=1e-6", "--seed", 1)
    done("generate", people, "-o", "a.csv", *words, "--report", "q.json", "--save-model", "m.synth")
    card = json.loads((tmp_path / "a.csv.card.json").read_text())
    model = synthfast.load(tmp_path / "m.synth")
    assert card["privacy"]["private"] is True
    assert card["privacy"]["ledger"] == model.ledger_
    assert card["quality"] is None  # which the report has, for the holder of the data
    assert card["rows"] == card["model"]["rows_learned"] == model.n_rows_  # a noisy number
    refused(run("generate", people, "-o", "b.csv", "-q", "--model", "private_marginal"), 2, "needs --set epsilon=VALUE")
    refused(run("generate", people, "-o", "b.csv", "-q", *words, "--condition", "age=30"), 2, "cannot draw under")


def test_a_declared_domain_for_a_private_table(done, tmp_path):
    frame = pd.DataFrame({"n": np.arange(500) % 9, "c": ["a", "b"] * 250})
    frame.to_csv(tmp_path / "t.csv", index=False)
    domain = {
        "n": {"kind": "integer", "minimum": 0, "maximum": 20},
        "c": {"kind": "categorical", "levels": ["a", "b", "z"]},
    }
    (tmp_path / "domain.json").write_text(json.dumps(domain))
    words = ("--set", "epsilon=5", "--set", "delta=1e-6", "--schema", "domain.json")
    done("fit", "t.csv", "-o", "m.synth", "--model", "private_marginal", *words)
    assert synthfast.load(tmp_path / "m.synth").domain_ == {"n": (0, 20), "c": ["a", "b", "z"]}


# -- conditions, before the fit ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "words", "expected"),
    [
        ("job=plumber", (), "plumber"),
        ("age=200..300", (), "run from 20 to 64"),
        ("age=40..30", (), "age"),
        ("age=30.5", (), "30.5"),
        ("age=old", (), "expected a number"),
        ("age=", (), "column 'age' is never missing"),
        ("code=00001", (), "generated row by row"),
        ("joined=2030-01-01..", (), "run from"),
        ("age=30", ("--model", "private_marginal", "--set", "epsilon=1", "--set", "delta=1e-6"), "cannot draw under"),
    ],
)
def test_conditions_that_cannot_hold_are_refused_before_the_fit(
    run, people, monkeypatch, tmp_path, condition, words, expected
):
    def fit(*_, **__):
        raise AssertionError("the fit was begun")

    for model in (synthfast.TreeSynthesizer, synthfast.PrivateMarginalSynthesizer):
        monkeypatch.setattr(model, "fit", fit)
    refused(run("generate", people, "-o", "x.csv", "-q", "--condition", condition, *words), 2, expected)
    assert list(tmp_path.iterdir()) == [people]


def test_copies_are_not_asked_for_rows_that_are_not_there(run, done, people, monkeypatch):
    words = ("generate", people, "-o", "x.csv", "-q", "--model", "bootstrap")
    done(*words, "--condition", "age=30..40", "--condition", "job=clerk")
    monkeypatch.setattr(synthfast.BootstrapSynthesizer, "fit", None)
    conditions = ("--condition", "age=20", "--condition", "income=2000..", "--condition", "job=clerk")
    refused(run(*words, *conditions), 2, "no row of the table meets all of them")


# -- estimate ----------------------------------------------------------------------------------------------------------


def test_estimates_grow_with_the_rows(done, tmp_path):
    done("fit", "dataset:iris", "-o", "m.synth", "--model", "gaussian_copula")
    small, large = (
        json.loads(done("estimate", "m.synth", "-n", rows, "-o", "a.csv", "--json")) for rows in (100_000, 10_000_000)
    )
    assert large["bytes"] == pytest.approx(100 * small["bytes"], rel=0.02)
    assert small["fit_seconds"] == 0
    assert large["seconds"] > small["seconds"]
    assert large["memory_bytes"] < small["memory_bytes"] + 2**30
    done("sample", "m.synth", "-n", 100_000, "-o", "a.csv", "--no-card")
    assert (tmp_path / "a.csv").stat().st_size == pytest.approx(small["bytes"], rel=0.02)


def test_estimates_of_a_table_learn_parts_of_it(done, run, tmp_path):
    found = json.loads(done("estimate", "dataset:demo", "-n", 1000, "--model", "marginal", "--json"))
    assert found["fit_seconds"] > 0
    assert "rows         0" in done("estimate", "dataset:iris", "-n", 0, "--model", "marginal")
    words = ("--model", "marginal", "--max-memory", "1M", "-q")
    code, out, messages = run("estimate", "dataset:iris", "-n", "1e6", *words)
    assert code == 3
    assert "memory" in out
    assert "above --max-memory 1.0 MiB" in messages[-1]
    refused(run("estimate", "dataset:iris", "-n", 5, "-o", "a.xyz", "-q"), 2, "expected a name that ends in")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [("100", 100), ("1k", 1024), ("1.5 KiB", 1536), ("512M", 2**29), ("2GB", 2**31), ("1TiB", 2**40)],
)
def test_sizes(text, expected):
    assert byte_count(text) == expected


# -- anonymize, risk, evaluate -----------------------------------------------------------------------------------------


def test_anonymize(done, people, tmp_path):
    words = ("-k", 5, "--quasi", "age,job", "--sensitive", "member", "--alpha", 0.9)
    told = json.loads(done("anonymize", people, "-o", "a.csv", *words, "--json"))
    found = pd.read_csv(tmp_path / "a.csv")
    assert told["achieved_k"] == class_sizes(found, ["age", "job"]).min() >= 5
    assert list(found) == list(pd.read_csv(people))


def test_anonymize_by_hierarchies(done, run, people, tmp_path):
    (tmp_path / "job.csv").write_text('clerk;office\nnurse;health\n"cook, chief";food\n?;unknown\n')
    words = ("-k", 5, "--quasi", "age,job", "--method", "lattice", "--hierarchy", "job=job.csv")
    done("anonymize", people, "-o", "a.csv", *words)
    assert class_sizes(pd.read_csv(tmp_path / "a.csv"), ["age", "job"]).min() >= 5
    for more, expected in (
        (("-k", 5000, "--quasi", "age"), "needs at least 5000 rows"),
        (("-k", 5, "--quasi", "colour"), "colour"),
        (("-k", 5, "--quasi", "age", "--method", "magic"), "magic"),
        (("-k", 5, "--quasi", "age", "--hierarchy", "age"), "such as zip=zip.csv"),
        (("-k", 5, "--quasi", "age", "-t", 7), "from 0 to 1"),
    ):
        refused(run("anonymize", people, "-o", "b.csv", "-q", *more), 2, expected)
    assert not (tmp_path / "b.csv").exists()


def test_risk_and_its_limit(done, run, tmp_path):
    frame = synthfast.load_dataset("breast_cancer").iloc[:, :6]
    for name, rows in (("real", frame[:250]), ("copy", frame[:250]), ("rest", frame[250:])):
        rows.to_csv(tmp_path / f"{name}.csv", index=False)
    words = ("risk", "real.csv", "copy.csv", "--holdout", "rest.csv", "--attacks", "exact_copies", "-q")
    assert "Disclosure risk 1.000" in done(*words)
    code, out, messages = run(*words, "--max-risk", 0.5, "--json")
    assert code == 3
    assert json.loads(out)["worst_attack"] == "exact_copies"
    assert "above --max-risk 0.5" in messages[-1]
    refused(run(*words[:-3], "--attacks", "magic", "-q"), 2, "magic")


def test_a_score_below_the_limit_is_code_3(done, run, tmp_path):
    done("generate", "dataset:iris", "-o", "a.csv", "--model", "marginal", "--seed", 1)
    words = ("evaluate", "dataset:iris", "a.csv", "--metrics", "marginals", "-q")
    done(*words, "--min-score", 1)
    code, out, messages = run(*words, "--min-score", 100)
    assert code == 3
    assert "Overall score" in out
    assert "expected an overall score of at least 100" in messages[-1]


# -- timeseries --------------------------------------------------------------------------------------------------------


@pytest.fixture
def sales(tmp_path):
    rng, t = np.random.default_rng(0), np.arange(120)
    days = pd.date_range("2014-01-01", periods=120, freq="MS").strftime("%Y-%m-%d")
    frame = pd.DataFrame({"day": days, "sales": 50 + 8 * np.sin(t / 2) + rng.normal(size=120), "visits": t % 12 + 3})
    frame.to_csv(tmp_path / "sales.csv", index=False)
    return "sales.csv"


def test_series(done, sales, tmp_path):
    words = ("--time", "day", "--columns", "sales", "-n", 3, "--seed", 1, "--model", "iaaft", "--save-model", "m.synth")
    told = json.loads(done("timeseries", sales, "-o", "a.csv", *words, "--json"))
    drawn = pd.read_csv(tmp_path / "a.csv")
    assert list(drawn) == ["series", "day", "sales"]
    assert told["rows"] == len(drawn) == 360
    assert drawn["series"].value_counts().to_dict() == {0: 120, 1: 120, 2: 120}
    model = synthfast.load(tmp_path / "m.synth")
    assert told["model_id"] == model.id_
    np.testing.assert_allclose(drawn["sales"][:120], model.sample(1, random_state=1)[0], rtol=1e-12)
    assert json.loads((tmp_path / "a.csv.card.json").read_text())["holds"]["the series itself"]
    assert "iaaft" in done("inspect", "m.synth")
    done("timeseries", sales, "-o", "none.csv", *words[:4], "-n", 0)
    assert (tmp_path / "none.csv").read_text().strip() == "series,day,sales"


def test_several_variables_without_times(done, sales, tmp_path):
    words = ("--columns", "sales,visits", "--model", "block_bootstrap", "--steps", 20, "-n", 2, "--seed", 1)
    done("timeseries", sales, "-o", "a.parquet", *words)
    drawn = pd.read_parquet(tmp_path / "a.parquet")
    assert list(drawn) == ["series", "time", "sales", "visits"]
    assert len(drawn) == 40


def test_panels(done, tmp_path):
    rng = np.random.default_rng(0)
    days = pd.date_range("2024-01-01", periods=30).strftime("%Y-%m-%d")
    parts = [pd.DataFrame({"shop": f"s{k}", "day": days, "sales": rng.normal(50 + k, 3, 30)}) for k in range(12)]
    pd.concat(parts).to_csv(tmp_path / "shops.csv", index=False)
    done("timeseries", "shops.csv", "-o", "a.csv", "--entity", "shop", "--time", "day", "-n", 4, "--seed", 1)
    drawn = pd.read_csv(tmp_path / "a.csv")
    assert drawn["shop"].nunique() == 4
    assert {"day", "sales"} <= set(drawn)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--time", "date"), "did you mean day?"),
        (("--model", "arimaa"), "did you mean arima"),
        (("--entity", "day"), "a panel needs --time"),
        (("--columns", "day"), "sales.csv"),
        (("--time", "sales", "--columns", "visits", "--set", "zzz=1"), "zzz"),
    ],
)
def test_bad_series_are_one_line(run, sales, tmp_path, words, expected):
    refused(run("timeseries", sales, "-o", "a.csv", "-q", *words), 2, expected)
    assert [path.name for path in tmp_path.iterdir()] == [sales]


def test_a_model_of_series_is_not_sampled_as_a_table(done, run, sales):
    done("timeseries", sales, "-o", "a.csv", "--columns", "sales", "--model", "iaaft", "--save-model", "m.synth")
    refused(run("sample", "m.synth", "-n", 5, "-o", "b.csv", "-q"), 2, "by `synthfast timeseries`")


# -- doctor, and what all verbs share ----------------------------------------------------------------------------------


def test_doctor(done, run, monkeypatch):
    text = done("doctor")
    assert "random bytes           ok" in text
    assert json.loads(done("doctor", "--json"))["checks"]["model and table files"] == "ok"
    monkeypatch.setattr("synthfast.cli.doctor.UNIFORMS", "0")
    code, out, messages = run("doctor")
    assert code == 1
    assert "random bytes           FAILED" in out
    assert "does not work: random bytes" in messages[-1]


def test_json_takes_files_of_json_only(done, people, tmp_path):
    printed = done("inspect", "--json", people)
    done("inspect", people, "--json", "schema.json", "-q")
    assert (tmp_path / "schema.json").read_text() == printed
    assert json.loads(done("inspect", people, "--json", "-"))["columns"]


def test_rows_and_json_do_not_mix(run, people):
    for verb in (("generate",), ("anonymize", "-k", 2, "--quasi", "age")):
        refused(run(*verb, people, "-o", "-", "--json", "-q"), 2, "both the table and --json")


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_with_examples(done, verb):
    text = done(verb, "--help")
    assert f"synthfast {verb} " in text.split("examples:")[1] or verb == "doctor"
    for option in ("--json", "--quiet", "--config", "--threads"):
        assert option in text
    assert max(map(len, text.splitlines())) <= 120


def test_exit_codes_are_in_the_help_and_in_the_manual(done):
    shown, manual = done("--help"), (DOCS / "cli.md").read_text()
    for code, meaning in EXIT_CODES.items():
        assert f"{code:>3}  {meaning}" in shown
        assert f"| {code} | {meaning} |" in manual


def test_the_manual_names_every_verb_and_option(done):
    manual = (DOCS / "cli.md").read_text()
    for verb in VERBS:
        assert f"synthfast {verb}" in manual


def test_quiet_says_nothing(run, people):
    code, out, messages = run("fit", people, "-o", "m.synth", "-q", *QUICK)
    assert (code, out, messages) == (0, "", [])
