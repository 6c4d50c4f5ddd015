"""The simplest numbers of an interval: what a coefficient or a constant is taken to be."""

from fractions import Fraction

__all__ = ["decimal_between", "simple_numbers"]


def decimal_between(low: float, high: float) -> list[float]:
    """The number of fewest decimals near the middle of an interval; none if the interval is empty."""
    middle = 0.5 * (low + high)
    return next(([value] for d in range(-15, 16) if low <= (value := round(middle, d) + 0.0) <= high), [])


def simple_numbers(low: float, high: float) -> list[tuple[int, float]]:
    """Simple numbers of an interval with the digits that each takes: a decimal, a fraction, 1 over a decimal."""
    if low <= 0.0 <= high:
        return [(1, 0.0)]
    if high < 0.0:
        return [(digits, -value) for digits, value in simple_numbers(-high, -low)]
    if not (low > 1e-12 and high < 1e12):
        return []
    fraction = _simplest_fraction(Fraction(low), Fraction(high))
    found = [(_n_digits(value), value) for value in decimal_between(low, high)]
    found.append((len(f"{fraction.numerator}{fraction.denominator}"), float(fraction)))
    found += [(_n_digits(value) + 1, 1.0 / value) for value in decimal_between(1.0 / high, 1.0 / low)]
    return sorted(found)


def _n_digits(value: float) -> int:
    return len(f"{value:.15e}".partition("e")[0].replace(".", "").strip("0"))


def _simplest_fraction(low: Fraction, high: Fraction) -> Fraction:
    """The fraction of the smallest denominator with ``0 < low <= fraction <= high``."""
    whole = -(-low.numerator // low.denominator)
    if whole <= high:
        return Fraction(whole)
    return whole - 1 + 1 / _simplest_fraction(1 / (high - whole + 1), 1 / (low - whole + 1))
