"""Defects that audits found in other libraries of differential privacy: here they must not be."""

import ast
import inspect
from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import synthfast.privacy
from synthfast.exceptions import PrivacyBudgetError
from synthfast.privacy import (
    Accountant,
    discrete_gaussian,
    discrete_laplace,
    noisy_count,
    noisy_histogram,
    noisy_mean,
    noisy_sum,
)

ROOM = Path(synthfast.privacy.__file__).parent


def test_no_seed_is_fixed_by_default():
    """DataSynthesizer seeds NumPy with 0 by default, so its noise is known; synthcity has random_state=0."""
    for function in (discrete_gaussian, discrete_laplace, Accountant):
        assert inspect.signature(function).parameters["insecure_noise_seed"].default is None
    budget = Accountant(1e6, 1e-6)
    counts = {noisy_count([], accountant=budget, rho=1e-6) for _ in range(20)}
    assert len(counts) > 10  # 20 values of standard deviation 707: a repeat is rare


def test_no_noise_is_a_float():
    """Floats with noise leak the data in their low-order bits (Mironov 2012): smartnoise, dpsynth, diffprivlib."""
    assert discrete_gaussian(0.7, 3).dtype == np.int64
    unit = 2.0**-10
    budget = Accountant(1e6, 1e-6)
    totals = {noisy_sum([x], 0.0, 1.0, unit=unit, accountant=budget, rho=1) / unit for x in (0.1, 1 / 3, 2 / 7)}
    assert all(total.is_integer() for total in totals)


def test_no_numpy_noise_anywhere_in_the_room():
    """Predictable generators draw no noise: no module of the mechanisms imports one."""
    own = ("accountant", "clipping", "conversion", "correlation", "counts", "noise", "responses", "scales", "selection",
           "sums", "_opendp", "_releases", "_tape")  # fmt: skip
    for name in own:
        tree = ast.parse((ROOM / f"{name}.py").read_text(encoding="utf-8"))
        names = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        imported = {a.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for a in node.names}
        assert not {"random", "default_rng", "Generator"} & (names | imported), name


def test_a_bound_of_zero_is_a_bound():
    """smartnoise takes a lower bound of 0 for a missing one, and spends budget to learn it."""
    budget = Accountant(1e6, 1e-6)
    noisy_sum([-5.0] * 1_000, 0, 1, accountant=budget, rho=1)
    assert len(budget.ledger) == 1
    assert abs(noisy_sum([-5.0] * 1_000, 0, 1, accountant=budget, rho=1)) < 10
    assert abs(noisy_sum([5.0] * 1_000, -1, 0, accountant=budget, rho=1)) < 10


def test_missing_values_are_counted_whether_there_are_any_or_none():
    """dpmm adds a column for missing values only where there are some."""
    budget = Accountant(1e6, 1e-6)
    for values in (["a"], ["a", None], []):
        result = noisy_histogram(values, categories=["a"], accountant=budget, rho=1e-4)
        assert len(result.counts) == 1
        assert isinstance(result.n_missing, int)
        assert isinstance(result.n_other, int)


def test_constant_columns_are_noisy_too():
    """dpmm releases the value of a constant column exactly."""
    budget = Accountant(1e6, 1e-6)
    assert len({noisy_mean([3.0] * 50, 0, 10, accountant=budget, rho=1e-3) for _ in range(20)}) > 10


def test_categories_are_never_taken_from_the_data():
    """smartnoise learns labels exactly and for free."""
    with pytest.raises(TypeError, match="declared"):
        noisy_histogram(["a", "b"], accountant=Accountant(1, 1e-6), rho=1e-3)
    result = noisy_histogram(["secret"] * 10**4, categories=["a"], accountant=Accountant(1e3, 1e-6), rho=1)
    assert abs(result.n_other - 10**4) < 10
    assert "secret" not in repr(result)


def test_missing_values_do_not_become_the_lowest():
    """dpsynth turns missing numbers into the lower bound."""
    budget = Accountant(1e6, 1e-6)
    assert abs(noisy_sum([np.nan] * 1_000, 5, 10, accountant=budget, rho=1)) < 50
    assert noisy_mean([np.nan] * 5_000 + [10.0] * 5_000, 5, 10, accountant=budget, rho=1) > 9.9


def test_every_mechanism_scales_with_the_rows_of_a_user():
    """One of dpsynth's algorithms measures without the rows of a user, so noise is too small."""
    frame = pd.Series([1.0, 2.0])
    releases = [
        lambda b, p: noisy_count(frame, accountant=b, **p),
        lambda b, p: noisy_sum(frame, 0, 2, accountant=b, **p),
        lambda b, p: noisy_mean(frame, 0, 2, accountant=b, **p),
        lambda b, p: noisy_histogram(frame, edges=[0, 1, 2], accountant=b, **p),
        lambda b, p: synthfast.privacy.noisy_correlation([frame, frame], [(0, 2)] * 2, accountant=b, **p),
    ]
    for release in releases:
        for price in ({"rho": 1}, {"epsilon": 1}):
            one, seven = (Accountant(1e6, 1e-6, max_rows_per_user=k) for k in (1, 7))
            release(one, price), release(seven, price)
            assert seven.ledger[0]["scale"] == pytest.approx(7 * one.ledger[0]["scale"], rel=1e-9)


@pytest.mark.parametrize("name", ["noisy_quantile", "noisy_top_k"])
def test_every_selection_slows_with_the_rows_of_a_user(name, monkeypatch):
    """The same for choices, which have a rate and no scale."""
    rates = []
    for k in (1, 7):
        budget = Accountant(1e6, 1e-6, max_rows_per_user=k)
        monkeypatch.setattr(budget.noise, "select", lambda scores, rate: rates.append(rate) or 0)
        arguments = {"q": 0.5, "low": 0, "high": 1} if name == "noisy_quantile" else {"k": 1, "categories": [0, 1]}
        getattr(synthfast.privacy, name)([0.0, 1.0], accountant=budget, epsilon=1, **arguments)
    assert rates[0] == 7 * rates[1]


def test_nothing_falls_back_in_silence():
    """dpmm warns of a leak and goes on; here what cannot be paid or was not declared is an error."""
    with pytest.raises(PrivacyBudgetError):
        noisy_count([1], accountant=Accountant(1, 1e-6), rho=1)
    with pytest.raises(TypeError):
        noisy_sum([1], accountant=Accountant(1, 1e-6), rho=0.001)


def test_a_sum_does_not_overflow_or_depend_on_the_order():
    """Float sums break sensitivities by rounding and by order (Casacuberta et al. 2022); integer sums do not."""
    values = np.tile([1e15, 1.0, -1e15], 1_000)
    sums = set()
    for order in (slice(None), slice(None, None, -1)):
        budget = Accountant(1e9, 0, insecure_noise_seed=1)
        sums.add(noisy_sum(values[order], -1e15, 1e15, accountant=budget, epsilon=1))
    assert len(sums) == 1


def test_a_sum_may_pass_int64():
    """2**23 values of 2**40 units are 2**63, which int64 takes for its least number."""
    largest, rows = 2**40 - 1, 2**23 + 8
    budget = Accountant(2.0**31, 0, insecure_noise_seed=1)
    values = np.broadcast_to(np.array(float(largest)), rows)
    total = noisy_sum(values, 0, largest, accountant=budget, epsilon=2**30, unit=1)  # noise of scale 2**10
    assert total == pytest.approx(largest * rows, rel=1e-12)


def test_each_proof_named_in_the_code_is_written():
    titles = {line[3:] for line in (ROOM / "PROOFS.md").read_text(encoding="utf-8").splitlines() if line[:3] == "## "}
    for path in ROOM.glob("*.py"):
        text = import_module(f"synthfast.privacy.{path.stem}").__doc__ or ""
        if "PROOFS.md" in text:
            quoted = text.split('"')[1::2]
            assert not [title for title in quoted if title not in titles], path.name
