"""Randomized response: each row's answer made deniable by itself. Proof: ``PROOFS.md``, "Randomized response"."""

from collections.abc import Sequence
from math import exp
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast.privacy._releases import category_codes, check_length, code_values
from synthfast.privacy.accountant import Accountant
from synthfast.privacy.scales import Number, as_fraction

__all__ = ["randomized_response", "response_shares"]


def randomized_response(
    values: Any, *, categories: Sequence[Any], epsilon: Number, accountant: Accountant, column: Any = None
) -> list[Any]:
    """Replace each value by itself or by another category, so that no single answer can be held against anyone.

    Parameters
    ----------
    values : array_like, shape (n_rows,)
        Values that are not declared, and missing ones, are answered by a uniform draw of the categories.
    categories : sequence
        Declared values, at least two.
    epsilon : number
        Local differential privacy of one answer: the true value is given ``exp(epsilon)`` times as often as any other.
    accountant : Accountant
        Pays ``epsilon`` times the rows of one user, and draws.
    column : optional
        Name for the ledger.

    Returns
    -------
    list, length n_rows
        Answers. Their number is the number of rows, which is thereby public: the protection is against *changing* a
        row, and the ledger says so.

    Raises
    ------
    PrivacyBudgetError
        If the budget does not suffice; nothing is read then.
    TypeError, ValueError
        If a parameter is out of range. No message quotes a value.

    Notes
    -----
    Cost O(n_rows n_categories / (exp(epsilon) + n_categories)) draws at least, O(n_rows n_categories) at most.

    References
    ----------
    S. L. Warner (1965), "Randomized response"; P. Kairouz, K. Bonawitz and D. Ramage (2016), "Discrete distribution
    estimation under local privacy".

    Examples
    --------
    >>> from synthfast.privacy import Accountant, randomized_response, response_shares
    >>> budget = Accountant(epsilon=2, delta=0)
    >>> answers = randomized_response(["yes"] * 9_000 + ["no"] * 1_000, categories=["yes", "no"], epsilon=2,
    ...     accountant=budget)
    >>> response_shares(answers, categories=["yes", "no"], epsilon=2).round(1).tolist()
    [0.9, 0.1]
    """
    rate = as_fraction("epsilon", epsilon)
    check_length("randomized_response", values)
    listed = _two_or_more(categories)
    accountant.spend(
        epsilon=rate * accountant.max_rows_per_user,
        step="randomized response (for changing a row; the number of rows is public)",
        column=column,
        mechanism="randomized response",
    )
    codes = np.minimum(code_values("randomized_response", values, listed), len(listed))
    return [listed[code] for code in accountant.noise.respond(codes, len(listed), rate)]


def response_shares(answers: Any, *, categories: Sequence[Any], epsilon: Number) -> NDArray[np.float64]:
    """Estimate how frequent each category was before its randomized response.

    Parameters
    ----------
    answers : sequence, length n_rows
        Of :func:`randomized_response`.
    categories : sequence
        As declared there.
    epsilon : number
        As paid there.

    Returns
    -------
    ndarray of float64, shape (n_categories,)
        Unbiased shares; they sum to 1 and may be negative. The variance of one with answer share a is
        ``a (1 - a) ((exp(epsilon) + n_categories - 1) / (exp(epsilon) - 1))**2 / n_rows``.

    Raises
    ------
    TypeError, ValueError
        If there are no answers, or one of them is no category.

    Examples
    --------
    >>> from synthfast.privacy import response_shares
    >>> response_shares(["a", "a", "b"], categories=["a", "b"], epsilon=50).round(2).tolist()
    [0.67, 0.33]
    """
    listed = _two_or_more(categories)
    codes = code_values("response_shares", answers, listed)
    if len(codes) == 0 or codes.max() >= len(listed):
        raise ValueError("answers: expected at least one, and each a declared category.")
    shares = np.bincount(codes, minlength=len(listed)) / len(codes)
    shrunk = exp(-float(as_fraction("epsilon", epsilon)))
    return (shares * (1 + (len(listed) - 1) * shrunk) - shrunk) / (1 - shrunk)


def _two_or_more(categories: Sequence[Any]) -> list[Any]:
    listed = list(category_codes(categories))
    if len(listed) < 2:
        raise ValueError("categories: expected at least two.")
    return listed
