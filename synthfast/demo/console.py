"""How the tour prints: a ruled title a step, indented lines, and a plain word where a step cannot be done."""

import time
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

__all__ = ["RULE", "say", "section", "step"]

RULE = "=" * 88
N_STEPS = 8


@contextmanager
def step(number: int, title: str) -> Iterator[None]:
    """Print a step's title before it and its time after it.

    What the table makes impossible (a ValueError) becomes a line, and the tour goes on; so do the warnings that models
    give about the table.
    """
    print(f"\n{RULE}\nSTEP {number} of {N_STEPS}: {title}\n{RULE}")
    started = time.perf_counter()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        try:
            yield
        except ValueError as error:
            say([f"Not done: {error}"])
    for message in dict.fromkeys(str(warning.message) for warning in caught):
        say([f"Note: {message}"])
    print(f"  [{time.perf_counter() - started:.1f} s]")


def say(lines: Iterable[str]) -> None:
    """Print lines, indented."""
    for line in lines:
        print(f"  {line}")


def section(title: str, lines: Iterable[str]) -> None:
    """Print a title, a rule and lines."""
    print(f"\n  {title}\n  {'-' * len(title)}")
    say(lines)
