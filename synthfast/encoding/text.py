"""Free text: placeholder text of like length, or what a generator given by the user returns."""

from collections.abc import Hashable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from synthfast._core.unicode import unicode_only
from synthfast.encoding.encoded import DecodeRequest
from synthfast.encoding.fresh import hash_rows
from synthfast.encoding.generated import GeneratedCodec
from synthfast.exceptions import DataError

__all__ = ["TextCodec", "placeholder_texts"]

_N_TEXTS = 4_096
_CORPUS_WORDS = 16_384
_CORPUS_KEY = (0x53594E5448, 0x46415354)
_WORDS = (
    "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore et dolore magna "
    "aliqua enim ad minim veniam quis nostrud exercitation ullamco laboris nisi aliquip ex ea commodo consequat duis "
    "aute irure in reprehenderit voluptate velit esse cillum eu fugiat nulla pariatur excepteur sint occaecat "
    "cupidatat non proident sunt culpa qui officia deserunt mollit anim id est laborum"
).split()


class TextCodec(GeneratedCodec):
    """Codec of a free text column."""

    def _generate(self, request: DecodeRequest) -> npt.NDArray[np.int64] | pa.Array:
        generator = self.column.generator
        if generator is None:
            return placeholder_texts(self.column.pattern or {}, request, self.column.name)
        if callable(generator):
            texts = self._read(generator(request.rows().astype(np.int64)))
            if len(texts) != request.n_rows:
                raise DataError(
                    f"column {self.column.name!r}: expected {request.n_rows} texts from its generator, one for each "
                    f"row number, got {len(texts)}."
                )
            return texts
        choices = self._read(generator)
        words = hash_rows(request.start_row, request.n_rows, request.key_of(self.column.name))
        return choices.take(pa.array(words % np.uint64(len(choices))))

    def _read(self, texts: Sequence[str]) -> pa.Array:
        with unicode_only(f"column {self.column.name!r}: its generator"):
            return pa.array(texts, pa.large_string())


def placeholder_texts(pattern: Mapping[str, Any], request: DecodeRequest, name: Hashable) -> pa.Array:
    """Texts drawn from 4,096 pieces of filler whose lengths follow the pattern's."""
    lengths = pattern.get("lengths") or [8] * 11
    table = _placeholder_table(tuple(lengths), bool(pattern.get("spaced", True)))
    words = hash_rows(request.start_row, request.n_rows, request.key_of(name))
    return table.take(pa.array(words % np.uint64(_N_TEXTS)))


@lru_cache(maxsize=64)
def _placeholder_table(lengths: tuple[int, ...], spaced: bool) -> pa.Array:
    corpus, starts = _corpus(spaced)
    shares = (np.arange(_N_TEXTS) + 0.5) / _N_TEXTS
    wanted = np.rint(np.interp(shares, np.linspace(0.0, 1.0, len(lengths)), lengths)).astype(int)
    first = starts[hash_rows(0, _N_TEXTS, _CORPUS_KEY, 1) % np.uint64(len(starts))]
    longest = int(wanted.max(initial=0))
    corpus *= 1 + longest // (len(corpus) // 2)
    return pa.array(
        [_tidy(corpus[start : start + length]) for start, length in zip(first.tolist(), wanted.tolist(), strict=True)],
        pa.large_string(),
    )


@lru_cache(maxsize=2)
def _corpus(spaced: bool) -> tuple[str, npt.NDArray[np.int64]]:
    """A long run of filler and the places in its first half where words begin."""
    picks = hash_rows(0, _CORPUS_WORDS, _CORPUS_KEY) % np.uint64(len(_WORDS))
    words = [_WORDS[pick] for pick in picks.tolist()]
    starts = np.cumsum([0] + [len(word) + spaced for word in words])[: _CORPUS_WORDS // 2]
    return (" " if spaced else "").join(words) + (" " if spaced else ""), starts


def _tidy(text: str) -> str:
    """No space at the end, at the same length."""
    return text[:-1] + "." if text.endswith(" ") else text
