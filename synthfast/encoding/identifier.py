"""Identifier columns: fresh and unique, in the pattern of the data, outside of the ranges that the data takes up."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from synthfast.encoding.encoded import DecodeRequest
from synthfast.encoding.fresh import SPELL_LIMIT, DistinctRows, groups_of, hash_rows, interleave, permute, spell
from synthfast.encoding.generated import GeneratedCodec
from synthfast.encoding.shapes import write_shapes
from synthfast.encoding.text import placeholder_texts
from synthfast.exceptions import DataError
from synthfast.schema.letters import texts_of

__all__ = ["IdentifierCodec"]


class IdentifierCodec(GeneratedCodec):
    """Codec of an identifier column.

    Notes
    -----
    Row ``r`` of the endless table has the identifier at place ``P(r)`` of a keyed permutation ``P``, so identifiers
    differ from each other whichever rows are drawn, by whichever worker. Cost O(n_rows).
    """

    def _generate(self, request: DecodeRequest) -> npt.NDArray[np.int64] | pa.Array:
        pattern = dict(self.column.pattern or {})
        make = {
            "integer": self._numbers,
            "serial": self._serials,
            "letters": self._letters,
            "shapes": self._shapes,
            "regex": self._spellings,
        }.get(str(pattern.get("type")))
        if make is None:
            return placeholder_texts(pattern, request, self.column.name)
        key = request.key_of(self.column.name)
        rows = DistinctRows(request, pattern, key)
        return rows.spread(make(pattern, rows, key))

    def _numbers(self, pattern: dict[str, Any], rows: DistinctRows, key: tuple[int, int]) -> npt.NDArray[np.int64]:
        if pattern["sequential"] is not None:
            start, step = pattern["sequential"]
            self._check_room(start + step * (rows.start + rows.n - 1), pattern, rows)
            return rows.numbers.astype(np.int64) * step + start
        capacity = sum(high - low + 1 for low, high in pattern["free"])
        beyond = int(pattern["beyond"])
        self._check_room(beyond + rows.start + rows.n - 1 - capacity, pattern, rows)
        numbers = rows.numbers
        free, rest = numbers[numbers < capacity], numbers[numbers >= capacity] - np.uint64(capacity)
        inside = places_in(pattern["free"], permute(free, capacity, key)) if len(free) else free.astype(np.int64)
        more = min(9 * max(beyond, 1), pattern["limit"] - beyond + 1)  # of one digit more; still longer ones in order
        mixed = permute(rest[rest < more], more, key) if more > 0 else rest[:0]
        return np.concatenate([inside, np.concatenate([mixed, rest[rest >= max(more, 0)]]).astype(np.int64) + beyond])

    def _check_room(self, highest: int, pattern: dict[str, Any], rows: DistinctRows) -> None:
        if highest > pattern["limit"]:
            raise DataError(
                f"column {self.column.name!r}: expected room for {rows.start + rows.n} identifiers of its pattern, "
                "found fewer. Declare the column as another kind in Schema.infer(overrides=...)."
            )

    def _serials(self, pattern: dict[str, Any], rows: DistinctRows, key: tuple[int, int]) -> pa.Array:
        numbers = self._numbers(pattern, rows, key)
        prefix, suffix, width = pattern["prefix"], pattern["suffix"], pattern["width"]
        digits = len(str(int(numbers.max(initial=0))))
        if width >= digits or int(numbers.min(initial=10 ** (digits - 1))) >= 10 ** (digits - 1):
            alphabets = [*prefix, *["0123456789"] * max(width, digits), *suffix]
            if all(letter.isascii() for letter in prefix + suffix):
                return texts_of(spell(alphabets, [numbers.astype(np.uint64)], len(numbers)))
        texts = pc.ascii_lpad(pa.array(numbers).cast(pa.large_string()), width, "0")
        ends = [pa.scalar(text, pa.large_string()) for text in (prefix, suffix, "")]
        return pc.binary_join_element_wise(ends[0], texts, ends[1], ends[2])

    def _letters(self, pattern: dict[str, Any], rows: DistinctRows, key: tuple[int, int]) -> pa.Array:
        alphabets = pattern["alphabets"]
        groups = groups_of(alphabets)
        size = 1
        for place in groups[0]:
            size *= len(alphabets[place])
        free = pattern["free"] or [[0, size - 1]]
        capacity = sum(high - low + 1 for low, high in free)
        numbers = rows.numbers
        lap = numbers // np.uint64(capacity) + np.uint64(len(groups) == 1 and not pattern["free"])
        words = [places_in(free, permute(numbers % np.uint64(capacity), capacity, key)).astype(np.uint64)]
        words += [hash_rows(rows.start, rows.n, key, lane) for lane in range(1, len(groups))]
        texts = texts_of(spell(alphabets, words, rows.n))
        if not lap.any():
            return texts
        ends = pc.if_else(pa.array(lap > 0), pc.binary_join_element_wise("-", pa.array(lap).cast(pa.string()), ""), "")
        return pc.binary_join_element_wise(texts, ends.cast(pa.large_string()), pa.scalar("", pa.large_string()))

    def _shapes(self, pattern: dict[str, Any], rows: DistinctRows, key: tuple[int, int]) -> pa.Array:
        distinct = "repeats" not in pattern and "pool" not in pattern
        return write_shapes(pattern["shapes"], rows, key, distinct=distinct)

    def _spellings(self, pattern: dict[str, Any], rows: DistinctRows, key: tuple[int, int]) -> pa.Array:
        """Texts of a regular expression, from a keyed permutation of all of them; where they repeat, drawn from all."""
        limit = SPELL_LIMIT // len(pattern["spellings"])
        groups = [groups_of(alphabets, limit) for alphabets in pattern["spellings"]]
        sizes = [
            math.prod(len(alphabets[place]) for place in first)
            for alphabets, (first, *_) in zip(pattern["spellings"], groups, strict=True)
        ]
        capacity = sum(sizes)
        if pattern.get("repeated"):
            numbers = hash_rows(rows.start, rows.n, key) % np.uint64(capacity)
        elif rows.start + rows.n > capacity:
            raise DataError(
                f"column {self.column.name!r}: expected room for {rows.start + rows.n:,} texts that differ, but "
                f"{pattern['regex']!r} matches {capacity:,} only. Widen it, or let texts repeat with unique=False."
            )
        else:
            numbers = permute(rows.numbers, capacity, key)
        ends = np.cumsum(np.array(sizes, dtype=np.uint64))
        which = np.searchsorted(ends, numbers, side="right")
        parts, places = [], []
        for k, (alphabets, own) in enumerate(zip(pattern["spellings"], groups, strict=True)):
            chosen = np.flatnonzero(which == k)
            words = [numbers[chosen] - (ends[k] - np.uint64(sizes[k]))]
            words += [hash_rows(rows.start, rows.n, key, lane)[chosen] for lane in range(1, len(own))]
            parts.append(texts_of(spell(alphabets, words, len(chosen), limit)))
            places.append(chosen)
        return interleave(parts, places, rows.n)


def places_in(ranges: list[list[int]], places: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
    """The numbers at places of inclusive ranges laid end to end."""
    starts = np.array([low for low, _ in ranges], dtype=np.int64)
    ends = np.cumsum([high - low + 1 for low, high in ranges], dtype=np.uint64)
    which = np.searchsorted(ends, places, side="right") if len(ranges) > 1 else np.zeros(len(places), dtype=np.int64)
    before = np.concatenate([np.zeros(1, dtype=np.uint64), ends[:-1]])
    return (places - before[which]).astype(np.int64) + starts[which]
