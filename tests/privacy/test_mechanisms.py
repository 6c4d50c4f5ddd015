"""Single mechanisms: right within their noise, paid before reading, deaf to nothing and silent about values."""

from fractions import Fraction

import numpy as np
import pandas as pd
import polars as pl
import pytest

from synthfast.exceptions import PrivacyBudgetError
from synthfast.privacy import (
    Accountant,
    clip_to_bounds,
    limit_rows_per_user,
    noisy_correlation,
    noisy_count,
    noisy_histogram,
    noisy_mean,
    noisy_quantile,
    noisy_sum,
    noisy_top_k,
    randomized_response,
    response_shares,
)
from synthfast.privacy.sums import _unit

SMALL = {"rho": 0.02}
PRICES = [{"rho": Fraction(1, 50)}, {"epsilon": Fraction(1, 5)}]
X = np.concatenate([np.linspace(-3, 7, 999), [np.nan, np.inf, -np.inf]])


def rich(**arguments):
    """A budget that does not matter."""
    return Accountant(1e6, 1e-6, insecure_noise_seed=7, **arguments)


def runs(release, n=400, **arguments):
    """Outcomes of ``n`` runs with fixed noise, and the scale that the ledger states."""
    budget = rich(**arguments)
    return np.array([release(budget) for _ in range(n)], dtype=float), budget.ledger[0]["scale"]


def check_mean_and_spread(outcomes, exact, deviation):
    """Mean within 5 standard errors; standard deviation within 25 %, 7 of its standard errors for 400 runs."""
    assert abs(outcomes.mean() - exact) < 5 * deviation / np.sqrt(len(outcomes))
    assert abs(outcomes.std() / deviation - 1) < 0.25


def deviation_of(price, scale):
    return scale * (1 if "rho" in price else np.sqrt(2))


@pytest.mark.parametrize("price", PRICES, ids=["gaussian", "laplace"])
@pytest.mark.parametrize("k", [1, 4])
def test_counts(price, k):
    rows = pd.DataFrame({"a": range(100)})
    outcomes, scale = runs(lambda b: noisy_count(rows, accountant=b, **price), max_rows_per_user=k)
    assert scale == pytest.approx(5 * k)
    check_mean_and_spread(outcomes, 100, deviation_of(price, scale))
    flags = pd.array([True, False, None, True], dtype="boolean")
    outcomes, _ = runs(lambda b: noisy_count(range(4), where=flags, accountant=b, **price))
    assert abs(outcomes.mean() - 2) < 5 * deviation_of(price, 5) / 20


@pytest.mark.parametrize("price", PRICES, ids=["gaussian", "laplace"])
@pytest.mark.parametrize("k", [1, 4])
def test_sums(price, k):
    exact = np.clip(X[:999], -2, 4).sum() + 4 - 2
    outcomes, scale = runs(lambda b: noisy_sum(X, -2, 4, accountant=b, **price), max_rows_per_user=k)
    unit = float(_unit(-2, 4.0, None))
    outcomes_float, scale_float = runs(lambda b: noisy_sum(X, -2.0, 4.0, accountant=b, **price), max_rows_per_user=k)
    assert scale == pytest.approx(4 * 5 * k)  # integer bounds count in ones
    assert scale_float * unit == pytest.approx(4 * 5 * k)
    check_mean_and_spread(outcomes_float, exact, deviation_of(price, 20 * k))
    whole = np.rint(np.clip(np.nan_to_num(X, nan=0), -2, 4)).sum()
    check_mean_and_spread(outcomes, whole, deviation_of(price, scale))


@pytest.mark.parametrize("price", PRICES, ids=["gaussian", "laplace"])
def test_means(price):
    x = np.repeat(X[:999], 20)
    outcomes, _ = runs(lambda b: noisy_mean(x, -2, 4, accountant=b, **price))
    # In the middle of the bounds: (high - low) s / (sqrt(2) n), s the deviation of a count's noise.
    deviation = 6 * deviation_of(price, 5) / (np.sqrt(2) * len(x))
    assert abs(outcomes.mean() - np.clip(x, -2, 4).mean()) < 5 * 1.2 * deviation / 20
    assert 0.75 < outcomes.std() / deviation < 1.4  # the mean lies at 0.58 of the bounds


def test_means_of_nothing_stay_within_bounds():
    for values in ([], [np.nan], [None]):
        outcomes, _ = runs(lambda b, v=values: noisy_mean(v, 1, 5, accountant=b, **SMALL), n=100)
        assert outcomes.min() >= 1
        assert outcomes.max() <= 5


@pytest.mark.parametrize("price", PRICES, ids=["gaussian", "laplace"])
def test_histograms(price):
    values = ["a"] * 50 + ["c"] * 20 + [None, "secret", np.nan]
    budget = rich()
    drawn = [noisy_histogram(values, categories=["a", "b", "c"], accountant=budget, **price) for _ in range(400)]
    table = np.array([[*h.counts, h.n_other, h.n_missing] for h in drawn])
    error = 5 * deviation_of(price, 5) / 20
    assert np.abs(table.mean(axis=0) - [50, 0, 20, 1, 2]).max() < error
    correlation = np.corrcoef(table.T) - np.eye(5)
    assert np.abs(correlation).max() < 5 / 20  # cells have noise of their own
    drawn = [noisy_histogram(X, edges=[-2, 0, 1.5, 4], accountant=budget, **price) for _ in range(400)]
    table = np.array([[*h.counts, h.n_other, h.n_missing] for h in drawn])
    exact = [*np.histogram(np.clip(X[~np.isnan(X)], -2, 3.9), [-2, 0, 1.5, 4])[0], 0, 1]
    assert np.abs(table.mean(axis=0) - exact).max() < error


@pytest.mark.parametrize("q", [0, 0.1, 0.5, Fraction(9, 10), 1])
def test_quantiles(q):
    x = np.random.default_rng(1).normal(size=20_000)
    budget = rich()
    outcomes = [noisy_quantile(x, q, -5, 5, accountant=budget, epsilon=0.5) for _ in range(50)]
    # Rank error beyond t costs a factor exp(-0.25 t / max(q, 1 - q)): with 1,001 candidates t < 100 but once in 1e6.
    ranks = [np.mean(x < v) for v in outcomes]
    assert np.abs(np.array(ranks) - float(q)).max() <= 100 / 20_000 + 0.005
    assert {round(v * 100, 6) % 1 for v in outcomes} == {0.0}  # candidates, evenly spaced


def test_quantiles_with_ties_infinities_and_nothing():
    budget = rich()
    assert noisy_quantile([3.0] * 900 + [np.nan, np.inf], 0.5, 0, 10, accountant=budget, rho=1, n_candidates=11) == 3
    empty = {noisy_quantile([], 0.5, 0, 1, accountant=budget, rho=1, n_candidates=2) for _ in range(40)}
    assert empty == {0.0, 1.0}


def test_times_are_categories_too():
    days = pd.date_range("2024-01-01", periods=3)
    values = [days[0]] * 900 + [days[2]] * 5 + [pd.NaT] * 50
    for container in (pd.Series(values), pd.Series(values).to_numpy(), values):
        result = noisy_histogram(container, categories=days, accountant=rich(), rho=50)
        assert np.abs(result.counts - [900, 0, 5]).max() < 3
        assert abs(result.n_missing - 50) < 3


def test_top_k():
    values = ["b"] * 500 + ["a"] * 900 + ["secret"] * 5_000 + [None] * 5_000 + ["d"]
    for price in ({"rho": 0.5}, {"epsilon": 2}):
        assert noisy_top_k(values, 2, categories=["a", "b", "c", "d"], accountant=rich(), **price) == ["a", "b"]
    budget = rich()
    noisy_top_k(values, 3, categories=["a", "b", "c"], accountant=budget, epsilon=3)
    assert budget.spent == Fraction(3, 8)  # three choices of epsilon 1
    chosen = noisy_top_k([], 3, categories=["a", "b", "c"], accountant=budget, epsilon=1)
    assert sorted(chosen) == ["a", "b", "c"]


def test_randomized_response():
    values = ["x"] * 15_000 + ["y"] * 4_000 + ["z"] * 900 + ["secret"] * 50 + [None] * 50
    budget = Accountant(3, 0, max_rows_per_user=2, insecure_noise_seed=3)
    answers = randomized_response(values, categories=["x", "y", "z"], epsilon=1.5, accountant=budget)
    assert budget.remaining == 0
    kept = np.exp(1.5) / (np.exp(1.5) + 2)
    share = np.mean([a == "x" for a in answers[:15_000]])
    assert abs(share - kept) < 5 * np.sqrt(kept * (1 - kept) / 15_000)
    undeclared = np.mean([a == "x" for a in answers[-100:]])
    assert abs(undeclared - 1 / 3) < 5 * np.sqrt(2 / 9 / 100)
    shares = response_shares(answers, categories=["x", "y", "z"], epsilon=1.5)
    factor = (np.exp(1.5) + 2) / (np.exp(1.5) - 1)
    expected = np.array([15_000, 4_000, 900]) / 20_000 + 100 / 3 / 20_000
    assert np.abs(shares - expected).max() < 5 * factor * 0.5 / np.sqrt(20_000)
    assert shares.sum() == pytest.approx(1)
    with pytest.raises(ValueError, match="declared category"):
        response_shares(["x", "w"], categories=["x", "y"], epsilon=1)


def test_correlation_matrix():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(50_000, 3)) @ np.array([[1, 0.8, 0], [0, 0.6, 0], [0, 0, 1]])
    bounds = [(-4, 4)] * 3
    drawn = np.array([noisy_correlation([*x.T], bounds, accountant=rich(), rho=0.02) for _ in range(20)])
    variance = (np.clip(x, -4, 4) / 4).var(axis=0).mean()
    error = 4 / (2 * len(x) * variance * np.sqrt(0.02))
    assert np.abs(drawn - np.corrcoef(x.T)).max() < 5 * error
    for matrix in drawn:
        assert np.array_equal(matrix, matrix.T)
        assert np.array_equal(np.diag(matrix), np.ones(3))
        assert np.linalg.eigvalsh(matrix)[0] > 0


def test_correlation_of_little_or_constant_data_is_one():
    for columns in ([[], []], [[1.0], [2.0]], [[1.0] * 5_000, [*np.linspace(0, 2, 5_000)]], [[np.nan] * 9, [1.0] * 9]):
        matrix = noisy_correlation(columns, [(0, 2), (0, 2)], accountant=rich(), rho=0.01)
        assert np.linalg.eigvalsh(matrix)[0] > 0
        assert np.abs(matrix).max() == 1.0


def test_clipping_and_rows_per_user():
    assert clip_to_bounds(X[-4:], -1, 2)[[0, 2, 3]].tolist() == [2, 2, -1]
    users = ["a", "b", "a", None, "a", "b", np.nan]
    frame = pd.DataFrame({"v": range(7)})
    assert limit_rows_per_user(frame, users, 2)["v"].tolist() == [0, 1, 2, 5]
    assert limit_rows_per_user(pl.from_pandas(frame), users, 1)["v"].to_list() == [0, 1]
    assert limit_rows_per_user(np.arange(7), np.array(users, dtype=object), 9).tolist() == [0, 1, 2, 4, 5]
    assert len(limit_rows_per_user(frame.iloc[:0], [], 1)) == 0
    assert limit_rows_per_user(frame, np.zeros(7), 3).equals(frame.iloc[:3])
    with pytest.raises(ValueError, match="users"):
        limit_rows_per_user(frame, ["a"], 1)
    with pytest.raises(ValueError, match="max_rows"):
        limit_rows_per_user(frame, users, 0)


class Unreadable:
    """A column that must not be read: its length is all that may be asked for."""

    shape = (5,)
    dtype = np.dtype(float)

    def __len__(self):
        return 5

    def _refuse(self, *_, **__):
        raise AssertionError("data was read before it was paid for")

    __array__ = __iter__ = __getitem__ = tolist = to_numpy = _refuse


RELEASES = {
    "count": lambda d, b, **p: noisy_count(d, where=d, accountant=b, **p),
    "sum": lambda d, b, **p: noisy_sum(d, 0, 1, accountant=b, **p),
    "mean": lambda d, b, **p: noisy_mean(d, 0, 1, accountant=b, **p),
    "histogram": lambda d, b, **p: noisy_histogram(d, categories=[1], accountant=b, **p),
    "bins": lambda d, b, **p: noisy_histogram(d, edges=[0, 1], accountant=b, **p),
    "quantile": lambda d, b, **p: noisy_quantile(d, 0.5, 0, 1, accountant=b, **p),
    "top": lambda d, b, **p: noisy_top_k(d, 1, categories=[1, 2], accountant=b, **p),
    "correlation": lambda d, b, **p: noisy_correlation([d, d], [(0, 1)] * 2, accountant=b, **p),
}


@pytest.mark.parametrize("name", RELEASES)
def test_a_budget_too_small_is_refused_before_the_data_is_read(name):
    budget = Accountant(0.01, 1e-9)
    with pytest.raises(PrivacyBudgetError, match="Nothing was drawn"):
        RELEASES[name](Unreadable(), budget, rho=1)
    with pytest.raises(PrivacyBudgetError, match="Nothing was drawn"):
        RELEASES[name](Unreadable(), budget, epsilon=1)
    assert budget.ledger == []
    with pytest.raises(AssertionError, match="before it was paid"):  # the guard does guard
        RELEASES[name](Unreadable(), rich(), rho=1)


@pytest.mark.parametrize("name", RELEASES)
@pytest.mark.parametrize("price", [{}, {"rho": 1, "epsilon": 1}, {"rho": 0}, {"epsilon": -1}, {"rho": float("nan")}])
def test_prices_that_are_none(name, price):
    with pytest.raises((TypeError, ValueError), match=r"rho|epsilon"):
        RELEASES[name](Unreadable(), rich(), **price)


@pytest.mark.parametrize("name", ["sum", "mean", "bins", "quantile", "correlation"])
@pytest.mark.parametrize("values", [["1", "secret"], [1, "secret"], [{"secret": 1}], pd.Series(["secret"] * 3)])
def test_values_of_the_wrong_kind_are_not_quoted(name, values):
    with pytest.raises(TypeError, match="expected a column of numbers") as caught:
        RELEASES[name](values, rich(), rho=1)
    assert "secret" not in repr(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


@pytest.mark.parametrize("name", [n for n in RELEASES if n != "count"])
@pytest.mark.parametrize("values", [np.zeros((2, 2)), 5, "secret", None])
def test_what_is_no_column(name, values):
    with pytest.raises((TypeError, ValueError), match=r"expected one column|NoneType|len"):
        RELEASES[name](values, rich(), rho=1)


CONTAINERS = {
    "list": lambda x: x,
    "tuple": tuple,
    "numpy": np.array,
    "strided": lambda x: np.repeat(np.array(x, dtype=float), 2)[::2],
    "object": lambda x: np.array([*x], dtype=object),
    "pandas": pd.Series,
    "nullable": lambda x: pd.Series(x, dtype="Float64"),
    "polars": pl.Series,
    "arrow": lambda x: pl.Series(x).to_arrow(),
}


@pytest.mark.parametrize("container", CONTAINERS)
def test_containers(container):
    values = CONTAINERS[container]([0.0, 1.0, 2.0, 2.0] * 50)
    assert abs(noisy_sum(values, 0.0, 2.0, accountant=rich(), rho=50) - 250) < 5
    assert noisy_quantile(values, 0.5, 0, 2, accountant=rich(), rho=50, n_candidates=3) in (1, 2)
    assert noisy_top_k(values, 1, categories=[0, 1, 2], accountant=rich(), rho=50) == [2]
    assert abs(noisy_histogram(values, edges=[0, 1, 2, 3], accountant=rich(), rho=50).counts[2] - 100) < 5


@pytest.mark.parametrize(
    ("low", "high"), [(1, 0), (0, float("inf")), (float("nan"), 1), (-1e308, 1e308), ("0", 1), (None, 1)]
)
def test_bounds_that_are_none(low, high):
    for release in (noisy_sum, noisy_mean, lambda v, a, b, **k: noisy_quantile(v, 0.5, a, b, **k)):
        with pytest.raises((TypeError, ValueError), match=r"low|high"):
            release([1.0], low, high, accountant=rich(), rho=1)


def test_other_declarations_that_are_none():
    for edges in ([1], [1, 1], [2, 1], [0, np.inf], [[0, 1]]):
        with pytest.raises(ValueError, match="edges"):
            noisy_histogram([1.0], edges=edges, accountant=rich(), rho=1)
    for categories in ([], ["a", "a"], ["a", None], "ab", 3, {"a", "b"}, {"a": 1}, [["a"]]):
        with pytest.raises((TypeError, ValueError), match="categories"):
            noisy_histogram(["a"], categories=categories, accountant=rich(), rho=1)
    with pytest.raises(TypeError, match="exactly one"):
        noisy_histogram(["a"], accountant=rich(), rho=1)
    for q in (-0.1, 1.1, 1e-7, "0.5"):
        with pytest.raises((TypeError, ValueError), match="q"):
            noisy_quantile([1.0], q, 0, 1, accountant=rich(), rho=1)
    with pytest.raises(ValueError, match="k"):
        noisy_top_k(["a"], 3, categories=["a", "b"], accountant=rich(), rho=1)
    with pytest.raises(ValueError, match="at least two"):
        randomized_response(["a"], categories=["a"], epsilon=1, accountant=rich())
    for unit in (0, -1, float("nan"), 2**-60, 100):
        with pytest.raises((TypeError, ValueError), match="unit"):
            noisy_sum([1.0], 0, 1, unit=unit, accountant=rich(), rho=1)
    with pytest.raises(ValueError, match="two or more"):
        noisy_correlation([[1.0]], [(0, 1)], accountant=rich(), rho=1)
    with pytest.raises(ValueError, match="one length"):
        noisy_correlation([[1.0], []], [(0, 1)] * 2, accountant=rich(), rho=1)
    with pytest.raises(ValueError, match="as many flags"):
        noisy_count([1, 2], where=[True], accountant=rich(), rho=1)
    with pytest.raises(TypeError, match="booleans"):
        noisy_count([1, 2], where=[1, 0], accountant=rich(), rho=1)


def test_sums_of_huge_numbers_and_units():
    total = noisy_sum([1e300, -1e300, 5e299], -1e300, 1e300, accountant=rich(), rho=50)
    assert abs(total - 5e299) < 5 * 1e300 / 10
    cents = noisy_sum([19.99, 0.01], 0, 100, unit=Fraction(1, 100), accountant=rich(), rho=50)
    assert round(cents * 100) == pytest.approx(cents * 100)
    assert noisy_sum([2**60] * 3, 0, 2**60, accountant=rich(), rho=5_000) == pytest.approx(3 * 2**60, rel=0.1)
