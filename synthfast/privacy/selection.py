"""Private quantiles and most frequent values, by the exponential mechanism. Proofs: ``PROOFS.md``."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from synthfast._core.validation import check_integer
from synthfast.privacy._releases import (
    category_codes,
    check_length,
    check_price,
    code_values,
    pay_selection,
    read_numbers,
)
from synthfast.privacy.accountant import Accountant
from synthfast.privacy.clipping import check_bounds
from synthfast.privacy.noise import Integers
from synthfast.privacy.scales import Number, as_fraction, selection_rate

__all__ = ["noisy_quantile", "noisy_top_k"]


def noisy_quantile(
    values: Any,
    q: Number,
    low: float,
    high: float,
    *,
    accountant: Accountant,
    rho: Number | None = None,
    epsilon: Number | None = None,
    n_candidates: int = 1001,
    column: Any = None,
) -> float:
    """Choose a quantile of a column among evenly spaced candidates.

    Parameters
    ----------
    values : array_like of float, shape (n_rows,)
        Missing values are left out.
    q : number
        Which quantile, from 0 to 1, with at most six decimals; 0.5 is the median.
    low, high : float
        Declared bounds, ``low < high``.
    accountant : Accountant
        Pays, and chooses.
    rho, epsilon : number, optional
        What to spend: zCDP, or pure differential privacy.
    n_candidates : int, default 1001
        Candidates from ``low`` to ``high``, both included; the result is no finer.
    column : optional
        Name for the ledger.

    Returns
    -------
    float
        One of the candidates.

    Raises
    ------
    PrivacyBudgetError
        If the budget does not suffice; nothing is read then.
    TypeError, ValueError
        If a parameter is out of range, or values are no numbers. No message quotes a value.

    Notes
    -----
    The score of a candidate c is ``-|(1 - q) #(values < c) - q #(values > c)|``, in integers; one row moves it by at
    most ``max(q, 1 - q)``. Cost O(n log n) for n rows. Proof: "Quantiles".

    References
    ----------
    A. Smith (2011), "Privacy-preserving statistical estimation with optimal convergence rates".

    Examples
    --------
    >>> import numpy as np
    >>> from synthfast.privacy import Accountant, noisy_quantile
    >>> budget = Accountant(epsilon=1, delta=1e-6)
    >>> median = noisy_quantile(np.arange(10_000), 0.5, 0, 10_000, accountant=budget, rho=0.01)
    >>> abs(median - 5_000) < 500
    True
    """
    price = check_price("noisy_quantile", rho, epsilon)
    check_length("noisy_quantile", values)
    low, high = check_bounds(low, high)
    share = as_fraction("q", q, zero=True)
    if share > 1 or share.denominator > 10**6:
        raise ValueError("q: expected a number from 0 to 1 with at most six decimals.")
    if low == high:
        raise ValueError(f"noisy_quantile: expected low < high, got {low} and {high}.")
    candidates = np.linspace(low, high, check_integer("n_candidates", n_candidates, minimum=2, maximum=2**24))
    each = pay_selection(accountant, price, 1, step=f"quantile {float(share):g}", column=column)
    numbers = np.sort(read_numbers("noisy_quantile", values))  # NaN last
    numbers = numbers[: len(numbers) - int(np.isnan(numbers).sum())]
    below = np.searchsorted(numbers, candidates, side="left")
    above = len(numbers) - np.searchsorted(numbers, candidates, side="right")
    over, under = share.denominator - share.numerator, share.numerator
    scores = -np.abs(over * below.astype(np.int64) - under * above.astype(np.int64))
    rate = selection_rate(each, max(over, under) * accountant.max_rows_per_user)
    return float(candidates[accountant.noise.select(scores, rate)])


def noisy_top_k(
    values: Any,
    k: int,
    *,
    categories: Sequence[Any],
    accountant: Accountant,
    rho: Number | None = None,
    epsilon: Number | None = None,
    column: Any = None,
) -> list[Any]:
    """Choose the k most frequent of declared categories, the most frequent first.

    Parameters
    ----------
    values : array_like, shape (n_rows,)
        Values that are not declared, and missing ones, count for nothing.
    k : int
        At most as many as there are categories.
    categories : sequence
        Declared values; never taken from the data.
    accountant : Accountant
        Pays, and chooses.
    rho, epsilon : number, optional
        What to spend on all k choices: zCDP, or pure differential privacy.
    column : optional
        Name for the ledger.

    Returns
    -------
    list
        k categories. Their counts are not released; :func:`noisy_histogram` does that.

    Raises
    ------
    PrivacyBudgetError
        If the budget does not suffice; nothing is read then.
    TypeError, ValueError
        If a parameter is out of range. No message quotes a value.

    Notes
    -----
    k rounds of the exponential mechanism without replacement; a row raises one count, so scores are monotonic and
    choices are in proportion to ``exp(epsilon * count / k)``. Cost O(n_rows + k n_categories). Proof: "Top k".

    References
    ----------
    D. Durfee and R. Rogers (2019), "Practical differentially private top-k selection with pay-what-you-get
    composition".

    Examples
    --------
    >>> from synthfast.privacy import Accountant, noisy_top_k
    >>> budget = Accountant(epsilon=2, delta=1e-6)
    >>> values = ["a"] * 900 + ["b"] * 500 + ["c"]
    >>> noisy_top_k(values, 2, categories=["a", "b", "c", "d"], accountant=budget, rho=0.05)
    ['a', 'b']
    """
    price = check_price("noisy_top_k", rho, epsilon)
    check_length("noisy_top_k", values)
    left = list(category_codes(categories))
    k = check_integer("k", k, minimum=1, maximum=len(left))
    each = pay_selection(accountant, price, k, step=f"top {k}", column=column)
    codes = code_values("noisy_top_k", values, categories)
    counts: Integers = np.bincount(codes, minlength=len(left) + 2)[: len(left)].astype(np.int64)
    rate = selection_rate(each, accountant.max_rows_per_user, monotonic=True)
    chosen = []
    for _ in range(k):
        place = accountant.noise.select(counts, rate)
        chosen.append(left.pop(place))
        counts = np.delete(counts, place)
    return chosen
