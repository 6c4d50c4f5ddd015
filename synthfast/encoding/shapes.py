"""Texts of given shapes: ``#`` becomes a digit, ``A`` a capital letter, ``a`` a small one, all else stays."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from synthfast.encoding.fresh import DistinctRows, groups_of, hash_rows, interleave, permute, spell
from synthfast.schema.letters import texts_of

__all__ = ["DIGITS", "spell_alphabets", "write_shapes"]

DIGITS = "0123456789"
_CLASSES = {"#": DIGITS, "A": "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "a": "abcdefghijklmnopqrstuvwxyz"}
_SHAPE_LANE = 99
Letters = npt.NDArray[np.uint8]


def write_shapes(
    shapes: Sequence[Sequence[Any]],
    rows: DistinctRows,
    key: tuple[int, int],
    *,
    distinct: bool = False,
    alphabets_of: Callable[[str], list[str]] | None = None,
    finish: Callable[[Letters], None] | None = None,
) -> pa.Array:
    """One text per value number, its shape drawn by the shapes' shares, its letters from a keyed permutation.

    Parameters
    ----------
    shapes : sequence of (shape, share)
        What ``count_shapes`` gives.
    rows : DistinctRows
        The value numbers.
    key : tuple of two int
        The column's random key.
    distinct : bool
        Whether texts that a short shape has to repeat get a number behind.
    alphabets_of : callable, optional
        Another reading of shapes: the letters that each place may have.
    finish : callable, optional
        Sets check digits in a matrix of letters, shape (n, width), in place.
    """
    shares = np.cumsum([share for _, share in shapes])
    picks = hash_rows(rows.start, rows.n, key, _SHAPE_LANE) / 2.0**64 * shares[-1]
    which = np.minimum(np.searchsorted(shares, picks, side="right"), len(shapes) - 1)
    parts, places = [], []
    for place, (shape, _) in enumerate(shapes):
        own = np.flatnonzero(which == place)
        alphabets = (alphabets_of or _alphabets_of)(shape)
        letters, laps = spell_alphabets(alphabets, rows, own, key)
        if finish is not None:
            finish(letters)
        texts = texts_of(letters)
        parts.append(_number_laps(texts, laps) if distinct and laps.any() else texts)
        places.append(own)
    return interleave(parts, places, rows.n)


def _alphabets_of(shape: str) -> list[str]:
    return [_CLASSES.get(letter, letter) for letter in shape]


def spell_alphabets(
    alphabets: list[str], rows: DistinctRows, own: npt.NDArray[np.int64], key: tuple[int, int]
) -> tuple[Letters, npt.NDArray[np.uint64]]:
    """Letters of some of the value numbers, and how often the permutation had run through before each."""
    groups = groups_of(alphabets)
    size = 1
    for place in groups[0]:
        size *= len(alphabets[place])
    laps, numbers = np.divmod(rows.numbers[own], np.uint64(size))
    words = [permute(numbers, size, key)]
    words += [hash_rows(rows.start, rows.n, key, lane)[own] for lane in range(1, len(groups))]
    return spell(alphabets, words, len(own)), laps


def _number_laps(texts: pa.Array, laps: npt.NDArray[np.uint64]) -> pa.Array:
    empty = pa.scalar("", pa.large_string())
    numbered = pc.binary_join_element_wise(
        texts, pa.array(laps).cast(pa.large_string()), pa.scalar("-", pa.large_string())
    )
    return pc.if_else(pa.array(laps > 0), numbered, pc.binary_join_element_wise(texts, empty, empty))
