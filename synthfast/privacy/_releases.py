"""What the single mechanisms share: paying before reading, and reading each row by itself."""

from collections.abc import Hashable, Sequence
from fractions import Fraction
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from synthfast.privacy.accountant import Accountant
from synthfast.privacy.noise import Integers
from synthfast.privacy.scales import Number, as_fraction, epsilon_of_range, noise_scale, sigma_of_rho

__all__ = ["add_noise", "check_length", "check_price", "code_values", "pay_selection", "read_numbers"]

Floats = NDArray[np.float64]

LAPLACE: Final = "discrete Laplace"
GAUSSIAN: Final = "discrete Gaussian"


def check_price(name: str, rho: Number | None, epsilon: Number | None) -> tuple[Fraction | None, Fraction | None]:
    """The price as ratios, one of the two None.

    Raises
    ------
    TypeError
        If not exactly one of them is given, or it is no number.
    ValueError
        If it is not positive or not finite.
    """
    if (rho is None) == (epsilon is None):
        raise TypeError(f"{name}: expected exactly one of rho (Gaussian noise) and epsilon (Laplace noise).")
    return (
        None if rho is None else as_fraction("rho", rho),
        None if epsilon is None else as_fraction("epsilon", epsilon),
    )


def add_noise(
    accountant: Accountant,
    size: int,
    price: tuple[Fraction | None, Fraction | None],
    sensitivities: tuple[Number, Number],
    *,
    step: str,
    column: Any,
) -> Integers:
    """Pay for noise on an integer query, then draw it: shape (size,).

    Parameters
    ----------
    accountant : Accountant
    size : int
        Numbers in the query.
    price : tuple of Fraction or None
        (rho, epsilon) of :func:`check_price`: which one is given chooses Gaussian or Laplace noise.
    sensitivities : tuple of number
        How far one row moves the query: (sum of absolute values, Euclidean norm). A user's rows move it
        ``accountant.max_rows_per_user`` times as far.
    step, column
        For the ledger.
    """
    rho, epsilon = price
    rows = accountant.max_rows_per_user
    if rho is not None:
        scale = sigma_of_rho(rho, as_fraction("sensitivity", sensitivities[1]) * rows)
        accountant.spend(rho, step=step, column=column, mechanism=GAUSSIAN, scale=scale)
        return accountant.noise.gaussian(scale, size)
    assert epsilon is not None
    scale = noise_scale(as_fraction("sensitivity", sensitivities[0]) * rows / epsilon)
    accountant.spend(epsilon=epsilon, step=step, column=column, mechanism=LAPLACE, scale=scale)
    return accountant.noise.laplace(scale, size)


def pay_selection(
    accountant: Accountant, price: tuple[Fraction | None, Fraction | None], n_choices: int, *, step: str, column: Any
) -> Fraction:
    """Pay for choices by the exponential mechanism; returns the epsilon of each.

    A choice of ``epsilon`` is ``epsilon**2 / 8``-zCDP.
    """
    rho, epsilon = price
    each = epsilon_of_range(rho / n_choices) if rho is not None else (epsilon or Fraction(0)) / n_choices
    accountant.spend(
        n_choices * each**2 / 8, epsilon=n_choices * each, step=step, column=column, mechanism="exponential mechanism"
    )
    return each


def check_length(name: str, values: Any) -> int:
    """Number of values of a column, from its shape alone.

    Raises
    ------
    TypeError, ValueError
        If it is not one-dimensional.
    """
    shape = getattr(values, "shape", None)
    if isinstance(shape, tuple) and len(shape) != 1:
        raise ValueError(f"{name}: expected one column, of one dimension, got {len(shape)} dimensions.")
    if isinstance(values, (str, bytes)) or not hasattr(values, "__len__"):
        raise TypeError(f"{name}: expected one column of values, got {type(values).__name__}.")
    return len(values)


def read_numbers(name: str, values: Any) -> Floats:
    """A column as float64, missing values NaN; infinities stay.

    Raises
    ------
    TypeError
        If it is no column of numbers. The message quotes no value, and neither does a cause behind it.
    """
    check_length(name, values)
    failed = ""
    try:
        if hasattr(values, "to_numpy") and type(values).__module__.startswith("pandas"):
            array = values.to_numpy(dtype=np.float64, na_value=np.nan)
        else:
            array = np.asarray(values)
            array = array.astype(np.float64) if array.dtype.kind in "iufbO" else array
    except (TypeError, ValueError, OverflowError) as error:
        failed = type(error).__name__
    if failed or array.dtype.kind != "f":
        kind = getattr(values, "dtype", type(values).__name__)
        raise TypeError(
            f"{name}: expected a column of numbers, got dtype {kind}; no value is quoted for privacy's sake."
        )
    return array


def code_values(name: str, values: Any, categories: Sequence[Any]) -> Integers:
    """Codes (n_rows,) of declared categories; ``len(categories)`` for any other value, one more for a missing one.

    Raises
    ------
    TypeError, ValueError
        If categories are not distinct, hashable and present, or ``values`` is no column.
    """
    check_length(name, values)
    codes = category_codes(categories)
    n = len(codes)
    coded = [n + 1 if _is_missing(value) else _code(codes, value, n) for value in _plain(values)]
    return np.array(coded, dtype=np.int64)


def category_codes(categories: Sequence[Any]) -> dict[Any, int]:
    """Category -> place, for a declared list of them."""
    unordered = isinstance(categories, (str, bytes, set, frozenset, dict))
    if unordered or not hasattr(categories, "__len__"):
        raise TypeError(f"categories: expected a list of values, got {type(categories).__name__}.")
    listed = _plain(categories)
    if not listed or any(_is_missing(value) for value in listed):
        raise ValueError(
            "categories: expected at least one, and none missing: missing values have a cell of their own."
        )
    if not all(isinstance(value, Hashable) for value in listed):
        raise TypeError("categories: expected plain values, such as text and numbers; found a list or a dict.")
    codes = {value: place for place, value in enumerate(listed)}
    if len(codes) != len(listed):
        raise ValueError("categories: expected distinct values; some are equal.")
    return codes


def _plain(values: Any) -> list[Any]:
    """Cells as Python's own objects, times as pandas' time stamps."""
    if isinstance(values, np.ndarray) and values.dtype.kind in "mM":
        values = pd.Series(values)
    return values.tolist() if hasattr(values, "tolist") else list(values)


def _code(codes: dict[Any, int], value: Any, other: int) -> int:
    try:
        return codes.get(value, other)
    except TypeError:  # a list or another value that no category can equal
        return other


def _is_missing(value: Any) -> bool:
    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and value != value)
