"""Where the random words of private noise come from: the operating system, or an insecure seed that is on record."""

import hashlib
import os
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from synthfast._core.validation import check_integer

__all__ = ["MAX_WORDS", "Tape"]

MAX_WORDS: Final = 2**16  # that one call of a kernel gets at most, unless a single draw needs more

Words = NDArray[np.uint32]


class Tape:
    """An endless row of uniform 32-bit words.

    Parameters
    ----------
    insecure_seed : int, optional
        By default words come from ``os.urandom`` (``getrandom`` on Linux, ``BCryptGenRandom`` on Windows): nobody can
        know or repeat them. With a seed they are SHAKE-256 of it. Whoever knows the seed subtracts the noise, so this
        is for tests only, and every ledger says so.

    Notes
    -----
    No words are kept between calls, so a forked child shares none with its parent.
    """

    def __init__(self, insecure_seed: int | None = None) -> None:
        if insecure_seed is not None:
            insecure_seed = check_integer("insecure_noise_seed", insecure_seed, minimum=0)
        self.insecure_seed = insecure_seed
        self._n_reads = 0

    def read(self, n_words: int) -> Words:
        """The next ``n_words`` words, shape ``(n_words,)``."""
        return np.frombuffer(self._read_bytes(4 * n_words), dtype="<u4").astype(np.uint32, copy=False)

    def _read_bytes(self, n: int) -> bytes:
        if self.insecure_seed is None:
            return os.urandom(n)
        self._n_reads += 1
        return hashlib.shake_256(f"synthfast insecure noise {self.insecure_seed} {self._n_reads}".encode()).digest(n)

    def draw(self, kernel: Callable[..., tuple[int, int]], n_words: int, *arguments: Any) -> int:
        """The one number that ``kernel(words, ...)`` draws, with words added for as long as it asks for more.

        Parameters
        ----------
        kernel : callable
            Takes the words and returns (number, or -1 where they ran out, words used up by then).
        n_words : int
            To begin with.
        """
        words = self.read(n_words)
        while True:
            number, used = kernel(words, *arguments)
            if number >= 0:
                return number
            words = np.concatenate([words[used:], self.read(n_words)])

    def fill(self, kernel: Callable[..., tuple[int, int, bool]], out: NDArray[np.int64], *arguments: int) -> None:
        """Fill ``out`` (n,) with draws of a kernel ``(out[i:], words, ...) -> (n_drawn, n_words_used, overflown)``.

        Raises
        ------
        OverflowError
            If noise left its 64-bit range, which happens once in ``exp(512)`` draws and says nothing about any data.
        """
        n_drawn, words = 0, np.empty(0, dtype=np.uint32)
        while n_drawn < len(out):
            # About 16 words make a draw. Unused ones go first: a draw that was cut off must not be drawn afresh, or
            # long draws would be too rare.
            words = np.concatenate([words, self.read(min(MAX_WORDS, 64 + 16 * (len(out) - n_drawn)))])
            n, used, overflown = kernel(out[n_drawn:], words, *arguments)
            if overflown:
                raise OverflowError("Noise left the range of 64 bits; nothing was released. Draw again.")
            n_drawn, words = n_drawn + n, words[used:]
