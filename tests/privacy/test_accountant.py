"""The ledger: sums that never pass the budget, refusals before anything happens, and what is on record."""

import copy
import json
import pickle
import threading
from fractions import Fraction

import numpy as np
import pytest

from synthfast.exceptions import PrivacyBudgetError
from synthfast.privacy import Accountant
from synthfast.privacy.conversion import epsilon_of_rho, rho_of_budget


def test_the_budget_in_zcdp():
    budget = Accountant(1, 1e-6)
    assert isinstance(budget.rho, Fraction)
    assert budget.rho == pytest.approx(0.0243559704, rel=1e-8)
    assert budget.rho < Fraction(rho_of_budget(1, 1e-6))
    assert (budget.spent, budget.remaining, budget.ledger) == (0, budget.rho, [])


@pytest.mark.parametrize("parts", [1, 3, 7, 10, 1_000])
@pytest.mark.parametrize("kind", [float, np.float64, Fraction])
def test_equal_shares_are_paid_in_full_and_no_more(parts, kind):
    budget = Accountant(0.7, 1e-9)
    share = kind(budget.rho) / parts
    for _ in range(parts):
        budget.spend(share, step="share")
    assert budget.spent == pytest.approx(budget.rho, rel=1e-12)
    assert budget.epsilon_spent() <= 0.7
    assert budget.delta_spent() <= 1e-9
    with pytest.raises(PrivacyBudgetError, match="one more: costs rho"):
        budget.spend(budget.rho / 10**6, step="one more")
    assert len(budget.ledger) == parts


def test_what_is_refused_costs_nothing():
    budget = Accountant(1, 1e-6)
    with pytest.raises(PrivacyBudgetError, match="Nothing was drawn"):
        budget.spend(1, step="too dear")
    assert (budget.spent, budget.ledger) == (0, [])


def test_a_float_is_the_decimal_that_it_prints_as():
    budget = Accountant(1, 0)
    for _ in range(10):
        budget.spend(epsilon=0.1, step="count")
    assert budget.remaining == 0
    assert budget.epsilon_spent() == 1.0
    with pytest.raises(PrivacyBudgetError):
        budget.spend(epsilon=1e-300, step="count")


def test_sums_are_rounded_up():
    budget = Accountant(10, 1e-6)
    third = Fraction(10**30 + 1, 3 * 10**30)
    budget.spend(third, step="third")
    assert 0 <= budget.spent - third <= Fraction(1, 2**256)


def test_pure_steps_in_zcdp():
    budget = Accountant(1, 1e-6)
    budget.spend(epsilon=0.1, step="count")
    assert budget.spent == Fraction(1, 200)
    budget.spend(Fraction(1, 800), epsilon=0.1, step="choice")  # an exponential mechanism knows better
    assert budget.spent == Fraction(1, 160)


def test_a_pure_budget_pays_for_nothing_else():
    budget = Accountant(1, 0)
    assert budget.is_pure
    assert budget.rho == 0
    with pytest.raises(PrivacyBudgetError, match="pure differential privacy"):
        budget.spend(1e-9, step="Gaussian")
    budget.spend(Fraction(1, 8), epsilon=1, step="choice")
    assert budget.spent == 1


def test_threshold_delta_is_set_aside_and_enforced():
    budget = Accountant(1, 1e-6, threshold_delta=4e-7)
    assert budget.rho < Accountant(1, 1e-6).rho
    assert budget.rho == pytest.approx(rho_of_budget(1, 6e-7), rel=1e-9)
    budget.spend(0.001, delta=3e-7, step="categories")
    with pytest.raises(PrivacyBudgetError, match="threshold_delta"):
        budget.spend(0.001, delta=2e-7, step="categories")
    budget.spend(0.001, delta=1e-7, step="categories")
    budget.spend(budget.remaining, step="rest")
    assert budget.epsilon_spent() <= 1
    assert budget.delta_spent() <= 1e-6
    assert Accountant(1, 1e-6).delta_spent() == 0
    with pytest.raises(PrivacyBudgetError, match="threshold_delta"):
        Accountant(1, 1e-6).spend(0.001, delta=1e-9, step="categories")


def test_epsilon_spent_at_another_delta():
    budget = Accountant(1, 1e-6)
    budget.spend(0.01, step="count")
    assert budget.epsilon_spent(1e-9) == pytest.approx(epsilon_of_rho(0.01, 1e-9))
    assert budget.epsilon_spent(1e-9) > budget.epsilon_spent()
    with pytest.raises(ValueError, match="delta"):
        budget.epsilon_spent(0)


@pytest.mark.parametrize(
    ("epsilon", "delta"),
    [(0, 1e-6), (-1, 1e-6), (float("nan"), 1e-6), (float("inf"), 1e-6), (1, 1), (1, -1e-9), (1, 2), (1, float("nan"))],
)
def test_promises_that_are_none(epsilon, delta):
    with pytest.raises(PrivacyBudgetError, match=r"epsilon|delta"):
        Accountant(epsilon, delta)


@pytest.mark.parametrize(("epsilon", "delta"), [("1", 1e-6), (None, 1e-6), (1, None), (True, 1e-6)])
def test_promises_that_are_no_numbers(epsilon, delta):
    with pytest.raises(TypeError, match=r"epsilon|delta"):
        Accountant(epsilon, delta)


def test_delta_must_be_below_one_over_the_public_number_of_rows():
    for delta in (1e-3, 0.5):
        with pytest.raises(PrivacyBudgetError, match="1 / n_public"):
            Accountant(1, delta, n_public=1_000)
    assert Accountant(1, 9.9e-4, n_public=1_000).n_public == 1_000


@pytest.mark.parametrize(
    "arguments",
    [{"max_rows_per_user": 0}, {"max_rows_per_user": 1.5}, {"n_public": 0}, {"threshold_delta": 1e-6},
     {"threshold_delta": -1}, {"noise": "numpy"}, {"insecure_noise_seed": "x"}],
)  # fmt: skip
def test_other_arguments_out_of_range(arguments):
    with pytest.raises((ValueError, TypeError), match=next(iter(arguments)) if "noise" not in arguments else "backend"):
        Accountant(1, 1e-6, **arguments)


@pytest.mark.parametrize("cost", [-1, float("nan"), float("inf"), "1", True, 1j])
def test_costs_that_are_none(cost):
    budget = Accountant(1, 1e-6)
    for name in ("rho", "epsilon"):
        with pytest.raises((ValueError, TypeError), match=name):
            budget.spend(**{name: cost}, step="count")
    with pytest.raises(TypeError, match="rho or epsilon"):
        budget.spend(step="count")
    assert budget.ledger == []


def test_the_ledger_is_a_copy_and_json():
    budget = Accountant(1, 1e-6, max_rows_per_user=3)
    budget.spend(0.001, step="marginal", column=("age", "sex"), mechanism="discrete Gaussian", scale=Fraction(67, 3))
    budget.spend(epsilon=np.float64(0.01), step="count", column=np.int64(4))
    budget.ledger[0]["rho"] = 0
    budget.ledger.clear()
    record = json.loads(json.dumps(budget.to_dict()))
    assert [entry["step"] for entry in record["ledger"]] == ["marginal", "count"]
    assert record["ledger"][0]["rho"] == 0.001
    assert record["ledger"][0]["column"] == ["age", "sex"]
    assert record["ledger"][0]["scale"] == pytest.approx(67 / 3)
    assert record["private"] is True
    assert (record["epsilon"], record["delta"], record["max_rows_per_user"]) == (1, 1e-6, 3)
    assert record["spent"] == pytest.approx(0.001 + 0.01**2 / 2)


def test_an_insecure_seed_is_on_record():
    assert Accountant(1, 1e-6, insecure_noise_seed=0).to_dict()["private"] is False


@pytest.mark.parametrize("copier", [copy.copy, copy.deepcopy, pickle.dumps])
def test_a_budget_cannot_be_copied(copier):
    with pytest.raises(TypeError, match="spent again"):
        copier(Accountant(1, 1e-6))


def test_threads_cannot_overspend():
    budget, refused = Accountant(1, 0), []

    def spend():
        for _ in range(200):
            try:
                budget.spend(epsilon=Fraction(1, 500), step="count")
            except PrivacyBudgetError:
                refused.append(1)

    threads = [threading.Thread(target=spend) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert budget.spent == 1
    assert (len(budget.ledger), len(refused)) == (500, 300)


def test_tiny_and_huge_budgets():
    small = Accountant(1e-9, 1e-12)
    small.spend(small.rho, step="all")
    assert small.epsilon_spent() <= 1e-9
    assert 900 < Accountant(1_000, 0.3).rho < 1_000
