"""Private sums and means of numbers within declared bounds. Proofs: ``PROOFS.md``, "Sums" and "Means"."""

from fractions import Fraction
from math import ceil, log2
from typing import Any, Final

import numpy as np

from synthfast.privacy._releases import add_noise, check_length, check_price, read_numbers
from synthfast.privacy.accountant import Accountant
from synthfast.privacy.clipping import check_bounds, clip_to_bounds
from synthfast.privacy.noise import Integers
from synthfast.privacy.scales import Number, as_fraction

__all__ = ["noisy_mean", "noisy_sum"]

_STEP_BITS: Final = 26  # of the largest value in units, so that rounding is far below noise
_BLOCK: Final = 2**20  # values added up in int64


def noisy_sum(
    values: Any,
    low: float,
    high: float,
    *,
    accountant: Accountant,
    rho: Number | None = None,
    epsilon: Number | None = None,
    unit: Number | None = None,
    column: Any = None,
) -> float:
    """Add up a column of numbers, with noise.

    Parameters
    ----------
    values : array_like of float, shape (n_rows,)
        Missing values add nothing.
    low, high : float
        Declared bounds; values outside are moved to the nearer one.
    accountant : Accountant
        Pays, and draws the noise.
    rho, epsilon : number, optional
        What to spend, as for :func:`noisy_count`; the sensitivity is the larger of ``|low|`` and ``|high|``.
    unit : number, optional
        Values are rounded to multiples of it before they are added, as integers. By default 1 where both bounds are
        given as ``int`` of less than ``2**26``, else the power of two that puts the larger bound just below ``2**26``.
    column : optional
        Name for the ledger.

    Returns
    -------
    float
        A multiple of ``unit``; unbiased for the clipped and rounded values.

    Raises
    ------
    PrivacyBudgetError
        If the budget does not suffice; nothing is read then.
    TypeError, ValueError
        If bounds or unit are out of range, or values are no numbers. No message quotes a value.

    Notes
    -----
    Cost O(n_rows). Rounding is by at most half a unit a row. Proof: "Sums".

    Examples
    --------
    >>> from synthfast.privacy import Accountant, noisy_sum
    >>> budget = Accountant(epsilon=1, delta=1e-6)
    >>> total = noisy_sum([10, 20, 3000], 0, 100, accountant=budget, rho=0.01)  # 130, give or take 700
    >>> total.is_integer()
    True
    """
    price = check_price("noisy_sum", rho, epsilon)
    check_length("noisy_sum", values)
    low, high = check_bounds(low, high)
    grid = _unit(low, high, unit)
    furthest = max(abs(_in_units(low, grid)), abs(_in_units(high, grid)))
    if furthest == 0:
        raise ValueError("unit: expected less than twice the larger bound; with this one every value rounds to 0.")
    noise = add_noise(accountant, 1, price, (furthest, furthest), step="sum", column=column)
    return float((_exact_sum(_whole(values, low, high, grid)) + int(noise[0])) * grid)


def noisy_mean(
    values: Any,
    low: float,
    high: float,
    *,
    accountant: Accountant,
    rho: Number | None = None,
    epsilon: Number | None = None,
    column: Any = None,
) -> float:
    """Mean of a column of numbers, with noise; the number of rows need not be public.

    Parameters
    ----------
    values : array_like of float, shape (n_rows,)
        Missing values are left out.
    low, high : float
        Declared bounds, ``low < high``; values outside are moved to the nearer one.
    accountant : Accountant
        Pays, and draws the noise.
    rho, epsilon : number, optional
        What to spend, as for :func:`noisy_count`.
    column : optional
        Name for the ledger.

    Returns
    -------
    float
        Between ``low`` and ``high``; the middle where noise leaves no rows at all.

    Raises
    ------
    PrivacyBudgetError, TypeError, ValueError
        As :func:`noisy_sum`.

    Notes
    -----
    Released are the sums of ``value - low`` and of ``high - value``, which one row moves by ``high - low`` together;
    their share places the mean. In the middle of the bounds the standard error is ``(high - low) s / (sqrt(2) n)``,
    where s is the standard deviation of the noise on a count that cost the same. Proof: "Means".

    Examples
    --------
    >>> import numpy as np
    >>> from synthfast.privacy import Accountant, noisy_mean
    >>> budget = Accountant(epsilon=1, delta=1e-6)
    >>> mean = noisy_mean(np.full(100_000, 40.0), 0, 100, accountant=budget, rho=0.01)
    >>> round(mean)
    40
    """
    price = check_price("noisy_mean", rho, epsilon)
    check_length("noisy_mean", values)
    low, high = check_bounds(low, high)
    if low == high:
        raise ValueError(f"noisy_mean: expected low < high, got {low} and {high}.")
    steps = 2**_STEP_BITS
    noise = add_noise(accountant, 2, price, (steps, steps), step="mean", column=column)
    numbers = clip_to_bounds(read_numbers("noisy_mean", values), low, high)
    numbers = numbers[~np.isnan(numbers)]
    above = np.rint((numbers - low) / (high - low) * steps).astype(np.int64)
    total = _exact_sum(above)
    from_low, from_high = total + int(noise[0]), steps * len(above) - total + int(noise[1])
    if from_low + from_high <= 0:
        return (low + high) / 2
    return low + (high - low) * min(1.0, max(0.0, from_low / (from_low + from_high)))


def _unit(low: float, high: float, unit: Number | None) -> Fraction:
    if unit is not None:
        grid = as_fraction("unit", unit)
        if max(abs(low), abs(high)) / grid >= 2**40:
            raise ValueError("unit: expected at least the larger bound over 2**40.")
        return grid
    furthest = max(abs(low), abs(high))
    if isinstance(low, int) and isinstance(high, int) and furthest < 2**_STEP_BITS:
        return Fraction(1)
    return Fraction(2) ** (ceil(log2(furthest)) - _STEP_BITS) if furthest else Fraction(1)


def _exact_sum(values: Integers) -> int:
    """Sum of integers below 2**41 in size; one of int64 holds 2**20 of them, and Python's all."""
    return sum(int(values[start : start + _BLOCK].sum()) for start in range(0, len(values), _BLOCK))


def _in_units(value: float, grid: Fraction) -> int:
    return int(np.rint(value / float(grid)))


def _whole(values: Any, low: float, high: float, grid: Fraction) -> Integers:
    """Clipped values in units, shape (n_rows,); 0 where missing. A row's number depends on that row alone."""
    numbers = clip_to_bounds(read_numbers("noisy_sum", values), low, high)
    return np.rint(np.nan_to_num(numbers, nan=0.0) / float(grid)).astype(np.int64)
