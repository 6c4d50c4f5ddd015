import numpy as np
from numpy.typing import NDArray

def fill_laplace(out: NDArray[np.int64], words: NDArray[np.uint32], p: int, q: int) -> tuple[int, int, bool]:
    """Draws of the law ``P(y) ~ exp(-|y| q / p)`` into ``out`` (n,), from the tape ``words`` (n_words,).

    ``1 <= p, q <= 2**52``. Returns how many draws were completed, how many words they used, and whether the tape gave a
    value beyond ``512 p / q`` (about once in ``exp(512)`` draws), which voids all of them. What lies behind the
    completed draws in ``out`` is undefined: begin again there with the unused words and more behind them.
    """

def fill_gaussian(out: NDArray[np.int64], words: NDArray[np.uint32], p: int, q: int) -> tuple[int, int, bool]:
    """Draws of the law ``P(y) ~ exp(-y**2 q**2 / (2 p**2))``; otherwise as :func:`fill_laplace`."""

def select_candidate(
    scores: NDArray[np.int64], words: NDArray[np.uint32], best: int, a: int, b: int
) -> tuple[int, int]:
    """One index ``i`` of ``scores`` (n,) with probability ``~ exp(-(best - scores[i]) a / b)``.

    ``best`` is the largest score; ``0 <= a <= 2**32``, ``1 <= b <= 2**32``. Returns the index, or -1 where the words
    (n_words,) ran out, and the number of words used by the candidates that were decided upon.
    """

def fill_responses(
    out: NDArray[np.int64],
    codes: NDArray[np.int64],
    words: NDArray[np.uint32],
    n_categories: int,
    a: int,
    b: int,
) -> tuple[int, int]:
    """Into ``out`` (n,) for each of ``codes`` (n,) itself with ``exp(a / b)`` times the probability of any other code.

    Codes are ``0 .. n_categories - 1``; ``0 <= a <= 2**32``, ``1 <= b <= 2**32``. Returns how many are done and how
    many of the words (n_words,) they used.
    """
