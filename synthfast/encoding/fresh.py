"""Fresh values as pure functions of the row number: places in keyed permutations, hashes, spelled texts."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from synthfast._core.threads import effective_n_threads
from synthfast._ext import _identifiers
from synthfast.encoding.encoded import DecodeRequest

__all__ = ["SPELL_LIMIT", "DistinctRows", "groups_of", "hash_rows", "interleave", "permute", "spell"]

SPELL_LIMIT = 2**62
_POOL_LANE = 98
Words = npt.NDArray[np.uint64]


class DistinctRows:
    """The distinct values that rows need, by number.

    Row ``r`` has value number ``r``; where values repeat, ``floor(r / repeats)``, or a hash of ``r`` below ``pool``.

    Parameters
    ----------
    request : DecodeRequest
        Which rows.
    pattern : mapping
        A column's pattern; ``repeats``, rows per distinct value as a fraction ``[rows, values]``, and ``pool``, the
        number of distinct values, say how values repeat.
    key : tuple of two int
        The column's random key.

    Attributes
    ----------
    start, n : int
        The value numbers are ``start`` to ``start + n``.
    """

    def __init__(self, request: DecodeRequest, pattern: Mapping[str, Any], key: tuple[int, int]) -> None:
        self._numbers: Words | None = None
        self.start, self.n = request.start_row, request.n_rows
        if pattern.get("pool") and request.n_rows:
            self.start, self.n = 0, int(pattern["pool"])
            self._numbers = hash_rows(request.start_row, request.n_rows, key, _POOL_LANE) % np.uint64(self.n)
        elif pattern.get("repeats") and request.n_rows:
            rows, values = pattern["repeats"]
            first = (request.start_row + 1) * values - 1
            self.start = first // rows
            self.n = (first + (request.n_rows - 1) * values) // rows + 1 - self.start
            own = np.arange(request.n_rows, dtype=np.uint64) * np.uint64(values) + np.uint64(first - self.start * rows)
            self._numbers = own // np.uint64(rows)

    @property
    def numbers(self) -> Words:
        """Value numbers ``start`` to ``start + n``."""
        return np.arange(self.start, self.start + self.n, dtype=np.uint64)

    def spread(self, values: npt.NDArray[np.int64] | pa.Array) -> npt.NDArray[np.int64] | pa.Array:
        """One value per row, from one value per value number."""
        if self._numbers is None:
            return values
        return values.take(pa.array(self._numbers)) if isinstance(values, pa.Array) else values[self._numbers]


def permute(numbers: Words, size: int, key: tuple[int, int]) -> Words:
    """Places of numbers (all below ``size``) in a keyed permutation of ``0 .. size - 1``."""
    places = np.array(numbers, dtype=np.uint64)
    _identifiers.permute_values(places, size, *key, effective_n_threads())
    return places


def hash_rows(start: int, n: int, key: tuple[int, int], lane: int = 0) -> Words:
    """64 random bits for each of the numbers ``start`` to ``start + n``; lanes are independent of each other."""
    out = np.empty(n, dtype=np.uint64)
    _identifiers.hash_rows(out, start, key[0], (key[1] + lane * 0xD1B54A32D192ED03) % 2**64, effective_n_threads())
    return out


def spell(alphabets: Sequence[str], words: Sequence[Words], n: int, limit: int = SPELL_LIMIT) -> npt.NDArray[np.uint8]:
    """Spell numbers with one alphabet per place.

    Parameters
    ----------
    alphabets : sequence of str
        The letters of each place; one letter is a fixed text.
    words : sequence of ndarray of shape (n,)
        The first is spelled by the places that it can fill (fewer than 2**62 spellings), the next by those that are
        left, and so on; each must be there that ``groups_of`` asks for.
    n : int
        How many.
    limit : int
        As in ``groups_of``.

    Returns
    -------
    ndarray of uint8, shape (n, len(alphabets))
    """
    row = np.array([ord(alphabet[0]) for alphabet in alphabets], dtype=np.uint8)
    out = np.empty((n, len(alphabets)), dtype=np.uint8)
    out[:] = row
    for places, values in zip(groups_of(alphabets, limit), words, strict=True):
        letters = np.frombuffer("".join(alphabets[place] for place in places).encode(), dtype=np.uint8)
        offsets = np.cumsum([0, *(len(alphabets[place]) for place in places)]).astype(np.int64)
        columns = np.array(places, dtype=np.int64)
        _identifiers.spell_values(out, values, letters, offsets, columns, effective_n_threads())
    return out


def groups_of(alphabets: Sequence[str], limit: int = SPELL_LIMIT) -> list[list[int]]:
    """Places that vary, in groups of at most ``limit`` spellings each; at least one group, which may be empty."""
    groups: list[list[int]] = [[]]
    size = 1
    for place, alphabet in enumerate(alphabets):
        if len(alphabet) == 1:
            continue
        if size * len(alphabet) > limit:
            groups.append([])
            size = 1
        groups[-1].append(place)
        size *= len(alphabet)
    return groups


def interleave(parts: Sequence[pa.Array], places: Sequence[npt.NDArray[np.int64]], n: int) -> pa.Array:
    """One array of ``n`` texts, of parts that go to the given places."""
    if len(parts) == 1:
        return parts[0]
    order = np.empty(n, dtype=np.int64)
    order[np.concatenate(places)] = np.arange(n)
    return pa.concat_arrays(parts).take(pa.array(order))
