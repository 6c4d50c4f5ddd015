"""The arithmetic of scales: what is sampled is never less noisy than what was asked and paid for."""

from fractions import Fraction
from math import isqrt
from numbers import Rational
from typing import Any, Final

from synthfast._core.validation import check_number, describe_value

__all__ = [
    "Number",
    "as_fraction",
    "epsilon_of_range",
    "noise_scale",
    "rate_below",
    "selection_rate",
    "sigma_of_rho",
]

Number = int | float | Fraction

SCALE_BITS: Final = 40  # of a scale that is no ratio of small integers: it grows by less than one part in 2**39
MAX_SCALE: Final = 2**52
RATE_LIMIT: Final = 2**32


def as_fraction(name: str, value: Any, *, zero: bool = False) -> Fraction:
    """A positive number as a ratio of integers; a float is the decimal that it prints as, so that ten times 0.1 is 1.

    Raises
    ------
    TypeError
        If it is no number.
    ValueError
        If it is not finite, negative, or zero without ``zero``.
    """
    if isinstance(value, Rational) and not isinstance(value, bool):
        ratio = Fraction(int(value.numerator), int(value.denominator))
    else:
        ratio = Fraction(repr(check_number(name, value)))
    if ratio < 0 or (ratio == 0 and not zero):
        wanted = "of at least 0" if zero else "above 0"
        raise ValueError(f"{name}: expected a number {wanted}, got {describe_value(value)}.")
    return ratio


def noise_scale(scale: Number, name: str = "scale") -> Fraction:
    """The scale that is sampled for a scale that is asked for: the same, or one larger by less than one part in 2**39.

    Parameters
    ----------
    scale : int, float or Fraction
        Positive, at most ``2**52``.
    name : str, default "scale"
        Name of the argument, for the message.

    Returns
    -------
    Fraction
        At least ``scale``; equal to it where its numerator and denominator have at most 40 bits. One below ``2**-12``
        is rounded up to a multiple of ``2**-52``.

    Raises
    ------
    TypeError, ValueError
        If ``scale`` is no number, not positive, not finite, or too large.

    Examples
    --------
    >>> from synthfast.privacy.scales import noise_scale
    >>> noise_scale(2.5)
    Fraction(5, 2)
    """
    ratio = as_fraction(name, scale)
    if ratio > MAX_SCALE:
        raise ValueError(f"{name}: expected at most 2**52, got {describe_value(scale)}. Count in larger units.")
    if ratio.numerator < 2**SCALE_BITS and ratio.denominator < 2**SCALE_BITS:
        return ratio
    magnitude = ratio.numerator.bit_length() - ratio.denominator.bit_length()
    grid = 2 ** min(52, max(0, SCALE_BITS - magnitude))
    return Fraction(-(-ratio.numerator * grid // ratio.denominator), grid)


def sigma_of_rho(rho: Number, sensitivity: Number = 1) -> Fraction:
    """Scale of the discrete Gaussian that makes a query ``rho``-zCDP: ``sensitivity / sqrt(2 rho)``, rounded up.

    Parameters
    ----------
    rho : int, float or Fraction
        Positive.
    sensitivity : int, float or Fraction, default 1
        How far one unit moves the query at most, in the Euclidean norm.

    Returns
    -------
    Fraction
        As :func:`noise_scale` leaves it.

    Examples
    --------
    >>> from synthfast.privacy.scales import sigma_of_rho
    >>> sigma_of_rho(0.125)
    Fraction(2, 1)
    """
    square = as_fraction("sensitivity", sensitivity) ** 2 / (2 * as_fraction("rho", rho))
    grid = 2**SCALE_BITS
    root = isqrt(square.numerator * grid * grid // square.denominator)
    exact = root * root * square.denominator == square.numerator * grid * grid
    return noise_scale(Fraction(root if exact else root + 1, grid), "sigma")


def selection_rate(epsilon: Fraction, sensitivity: int, monotonic: bool = False) -> Fraction:
    """The factor of the scores: ``epsilon / (2 sensitivity)``, or twice that where they are monotonic."""
    return epsilon / (sensitivity if monotonic else 2 * sensitivity)


def rate_below(rate: Fraction) -> Fraction:
    """``rate``, or the next smaller ratio of 32-bit integers."""
    if rate >= RATE_LIMIT:
        raise ValueError(f"epsilon: expected less than 2**32 times the sensitivity, got {float(rate):.6g} times it.")
    if rate.numerator < RATE_LIMIT and rate.denominator < RATE_LIMIT:
        return rate
    grid = 2 ** (32 - (rate.numerator // rate.denominator).bit_length())
    return Fraction(rate.numerator * grid // rate.denominator, grid)


def epsilon_of_range(rho: Number) -> Fraction:
    """Epsilon, rounded down, at which the exponential mechanism is ``rho``-zCDP: ``sqrt(8 rho)``."""
    ratio = 8 * as_fraction("rho", rho)
    grid = 2**96
    return Fraction(isqrt(ratio.numerator * grid * grid // ratio.denominator), grid)
