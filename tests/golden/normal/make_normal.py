"""Writes ndtr.csv and ndtri.csv beside this file: values of the normal law with 50 digits, rounded (needs mpmath)."""

from pathlib import Path

import mpmath as mp

mp.mp.dps = 50
HERE = Path(__file__).parent
# Dyadic, so the decimal text of an argument is the argument.
POINTS = [k / 8 for k in range(-300, 73)] + [s * 2.0**-k for k in (4, 10, 20, 30, 52, 60) for s in (-1, 1)]
CHANCES = [2.0**-k for k in range(1, 1075, 9)] + [k / 64 for k in range(1, 64)] + [1 - 2.0**-k for k in range(6, 54)]


def chance(x):
    return mp.erfc(-mp.mpf(x) / mp.sqrt(2)) / 2


def quantile(p):
    p = mp.mpf(p)
    low, high = mp.mpf(-40), mp.mpf(10)
    for _ in range(180):
        middle = (low + high) / 2
        low, high = (middle, high) if chance(middle) < p else (low, middle)
    return (low + high) / 2


def write(name, function, arguments):
    lines = [f"{x!r},{float(function(x))!r}" for x in sorted(set(arguments))]
    (HERE / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="ascii")


if __name__ == "__main__":
    write("ndtr", chance, POINTS)
    write("ndtri", quantile, [p for p in CHANCES if p != 0.5])
