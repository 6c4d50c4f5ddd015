import json

import numpy as np
import pandas as pd
import pytest

import synthfast
from synthfast._registry import REGISTRY
from synthfast.exceptions import NotFittedError
from synthfast.reporting import data_card, write_card
from synthfast.reporting.card import card_path

KEYS = {
    "card",
    "format",
    "rows",
    "start_row",
    "seed",
    "block_rows",
    "conditions",
    "model",
    "versions",
    "schema",
    "constraints",
    "privacy",
    "holds",
    "quality",
}
BUDGET = {"epsilon": 2.0, "delta": 1e-6, "domain": {"n": (0, 9), "c": ["a", "b"]}}


def table(n=400):
    rng = np.random.default_rng(0)
    return pd.DataFrame({"n": rng.integers(0, 9, n), "c": rng.choice(["a", "b"], n)})


@pytest.fixture(scope="module")
def private():
    return synthfast.PrivateMarginalSynthesizer(**BUDGET).fit(table())


def test_the_card_says_where_rows_come_from():
    model = synthfast.GaussianCopulaSynthesizer(min_level_count=6).fit(table())
    card = data_card(model, n_rows=70_000, seed=7, start_row=10, conditions={"n": (2, None), "c": ["a"]})
    assert set(card) == KEYS
    assert (card["rows"], card["seed"], card["start_row"], card["block_rows"]) == (70_000, 7, 10, 65_536)
    assert card["conditions"] == [["n", {"$tuple": [2, None]}], ["c", ["a"]]]
    assert card["model"]["key"] == "gaussian_copula"
    assert card["model"]["id"] == model.id_
    assert card["model"]["parameters"]["min_level_count"] == 6
    assert card["model"]["rows_learned"] == 400
    assert card["versions"]["synthfast"] == synthfast.__version__
    assert synthfast.Schema.from_dict(card["schema"]) == model.schema_
    assert not card["privacy"]["private"]
    assert "correlation" in card["holds"]
    assert card == json.loads(json.dumps(card, allow_nan=False))


def test_the_same_draw_has_the_same_card(tmp_path):
    model = synthfast.MarginalSynthesizer().fit(table())
    model.save(tmp_path / "m.synth")
    assert data_card(synthfast.load(tmp_path / "m.synth"), n_rows=5, seed=1) == data_card(model, n_rows=5, seed=1)


def test_measured_quality_is_in_the_card():
    model = synthfast.MarginalSynthesizer().fit(table())
    report = synthfast.evaluate(table(), model.sample(400, random_state=0), metrics=["marginals"])
    quality = data_card(model, quality=report)["quality"]
    assert quality["overall_score"] == report.score
    assert quality["tables"]["n_synthetic"] == 400


def test_a_private_card_has_the_whole_ledger(private):
    card = data_card(private, n_rows=10, seed=1)
    assert set(card) == KEYS
    privacy = card["privacy"]
    assert privacy["private"] is True
    assert privacy["ledger"] == private.ledger_
    assert (privacy["epsilon"], privacy["delta"]) == (2.0, 1e-6)
    assert 1.9 < privacy["epsilon_spent"] <= 2.0
    assert card["model"]["rows_learned"] == private.n_rows_
    assert "nothing" not in card["privacy"]["note"]


def test_nothing_of_the_data_is_in_a_private_card():
    """Two tables that share nothing but their columns have cards that differ in what noise was paid for, alone."""
    one = table(4_000)
    other = pd.DataFrame({"n": np.full(37, 731_406_958), "c": ["secret word"] * 37})
    made = [synthfast.PrivateMarginalSynthesizer(**BUDGET, insecure_noise_seed=5).fit(frame) for frame in (one, other)]
    cards = [data_card(model, n_rows=10, seed=1) for model in made]
    assert "secret" not in json.dumps(cards)
    assert "731406958" not in json.dumps(cards)
    for card, model in zip(cards, made, strict=True):
        assert card["model"].pop("rows_learned") == model.n_rows_  # a noisy count out of the ledger
        assert card["model"].pop("id") == model.id_  # of noisy counts
        del card["privacy"]["ledger"]["ledger"], card["holds"]["ledger"]  # the split goes by the noisy number of rows
        del card["privacy"]["epsilon_spent"], card["privacy"]["ledger"]["spent"]
    assert cards[0] == cards[1]


def test_quality_of_a_private_model_stays_out_of_its_card(private):
    report = synthfast.evaluate(table(), private.sample(100, random_state=0), metrics=["marginals"])
    with pytest.raises(ValueError, match="outside the guarantee"):
        data_card(private, quality=report)


def test_a_seeded_ledger_is_no_promise():
    model = synthfast.PrivateMarginalSynthesizer(**BUDGET, insecure_noise_seed=1).fit(table())
    privacy = data_card(model)["privacy"]
    assert privacy["private"] is False
    assert "No promise" in privacy["note"]


def test_a_pure_budget_is_told_in_epsilon():
    from synthfast.reporting.card import _epsilon_spent

    assert _epsilon_spent({"currency": "epsilon", "spent": 0.5}) == 0.5


@pytest.mark.parametrize("name", ["TimeSeriesSynthesizer", "IAAFTSynthesizer", "BlockBootstrapSynthesizer"])
def test_series_have_cards(name):
    series = pd.Series(np.sin(np.arange(100) / 5) + np.random.default_rng(0).normal(size=100))
    params = dict(REGISTRY[name].test_params)
    card = data_card(getattr(synthfast, name)(random_state=0, **params).fit(series), n_rows=3, seed=1)
    assert card["model"]["rows_learned"] == 100
    assert card["holds"]
    json.dumps(card, allow_nan=False)


def test_before_the_fit_there_is_no_card():
    with pytest.raises(NotFittedError, match="data_card"):
        data_card(synthfast.MarginalSynthesizer())


def test_cards_lie_beside_files_and_in_folders(tmp_path):
    assert card_path("out/people.csv.gz").as_posix() == "out/people.csv.gz.card.json"
    assert card_path(tmp_path) == tmp_path / "_card.json"
    assert card_path(f"{tmp_path}/new/").name == "_card.json"
    place = write_card({"rows": 3}, tmp_path / "a.csv")
    assert place.name == "a.csv.card.json"
    assert json.loads(place.read_text()) == {"rows": 3}
    with pytest.raises(FileNotFoundError):
        write_card({}, tmp_path / "nowhere" / "a.csv")
