"""Random streams: pure functions of a key, the same bytes on any number of threads.

A :class:`Stream` holds a 128-bit key and nothing else. Each of its laws (uniform, normal, ...) is an endless sequence
of values, cut in chunks of 4,096; a chunk is computed from (key, law, chunk number) alone. So any slice can be computed
anywhere: threads, partitions and workers change nothing, and a short draw is a prefix of a long one.

The promise: same version of synthfast, same wheel, same seed, same call: the same bytes, for any number of threads and
any cut of the rows, on every processor that the wheel runs on. Another version may give other values; that is said in
the change log. These streams are for synthetic data, not for secrets: noise that buys differential privacy never comes
from here.
"""

import hashlib
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import DTypeLike, NDArray

from synthfast._core.alias import AliasTable
from synthfast._core.seeds import SeedLike, as_seed_sequence
from synthfast._core.threads import effective_n_threads
from synthfast._core.validation import check_integer
from synthfast._ext import _random

__all__ = ["BLOCK_ROWS", "CHUNK_VALUES", "STRATUM_ROWS", "AliasTable", "SeedLike", "Stream", "as_seed_sequence"]

BLOCK_ROWS: Final = 65_536  # rows of a draw that share one stream
STRATUM_ROWS: Final = 1_024  # rows inside a block that may be coupled (stratified, resampled); always computed whole
CHUNK_VALUES: Final = 4_096  # values of a stream that are computed from one seeding

_MAX_POSITION: Final = 2**63 - 1
_WORD: Final = 2**64
_KIND_INTEGER, _KIND_TEXT = 0, 1
_BUCKET_ROWS: Final = 2**15  # of a permutation; 8 bytes each stay in a core's own cache
_MAX_BUCKETS: Final = 2**16
_SERIAL_VALUES: Final = 16 * CHUNK_VALUES  # as in the kernels

_FILLS: Final[dict[tuple[str, str], Callable[..., None]]] = {
    (law, f"float{bits}"): getattr(_random, f"fill_{law}{bits}")
    for law in ("uniform", "normal", "exponential", "gamma")
    for bits in (64, 32)
}


class Stream:
    """A source of random values that is a pure function of its key: the same call gives the same values, always.

    Take a new stream for each use with :meth:`child`; two laws of one stream (say, uniform and normal) are independent
    of each other, but two calls of one law overlap.

    Parameters
    ----------
    key : tuple of two int
        128 bits as two unsigned 64-bit words. Use :meth:`from_seed` to start from a seed.

    Notes
    -----
    A fill costs O(n) and touches no other memory than its output. Values come from 16 lanes of xoshiro256++ per chunk,
    seeded by Philox4x64-10 of (key, chunk, law).

    References
    ----------
    J. K. Salmon et al. (2011), "Parallel random numbers: as easy as 1, 2, 3".
    D. Blackman and S. Vigna (2021), "Scrambled linear pseudorandom number generators".

    Examples
    --------
    >>> from synthfast._core.random import Stream
    >>> stream = Stream.from_seed(7)
    >>> long = stream.normal(10_000)
    >>> bool((stream.normal(10) == long[:10]).all())
    True
    >>> bool((stream.normal(50, start=9_000) == long[9_000:9_050]).all())
    True
    >>> stream.child("rows", 3) == stream.child("rows").child(3)
    True
    """

    __slots__ = ("key",)

    key: tuple[int, int]

    def __init__(self, key: tuple[int, int]) -> None:
        first, second = (int(word) for word in key)
        if not (0 <= first < _WORD and 0 <= second < _WORD):
            raise ValueError(f"key must be two integers of 0 .. 2**64 - 1, got {key!r}.")
        object.__setattr__(self, "key", (first, second))

    @classmethod
    def from_seed(cls, random_state: SeedLike) -> "Stream":
        """Stream of a seed; see :func:`as_seed_sequence` for what a seed may be."""
        first, second = as_seed_sequence(random_state).generate_state(2, np.uint64)
        return cls((int(first), int(second)))

    def child(self, *path: int | str) -> "Stream":
        """Stream for a part of the work, unrelated to this one and to every other child.

        Parameters
        ----------
        *path : int or str
            Integers of 0 .. 2**64 - 1 and names. ``child(a, b)`` is ``child(a).child(b)``; the integer 1 and the name
            ``"1"`` are different children.

        Returns
        -------
        Stream

        Raises
        ------
        TypeError, ValueError
            If an element is neither a whole number nor a string, or is out of range.
        """
        key = self.key
        for element in path:
            key = _random.derive_key(*key, *_path_words(element))
        return Stream(key)

    def uniform(
        self,
        n: int,
        *,
        start: int = 0,
        dtype: DTypeLike = np.float64,
        out: NDArray[Any] | None = None,
        n_threads: int | None = None,
    ) -> NDArray[Any]:
        """Values of the uniform law on the open interval (0, 1).

        Parameters
        ----------
        n : int
            How many values.
        start : int, default 0
            Position of the first one in the endless sequence.
        dtype : float64 or float32, default float64
            Values are odd multiples of 2**-53, or of 2**-24: never 0 and never 1.
        out : ndarray of shape (n,) and that dtype, optional
            Where to write; it is also returned.
        n_threads : int, optional
            Threads to use; the values do not depend on it.

        Returns
        -------
        ndarray of shape (n,)

        Raises
        ------
        TypeError, ValueError
            If ``n``, ``start``, ``dtype`` or ``out`` is unfit.
        """
        return self._real("uniform", n, start, dtype, out, n_threads)

    def normal(
        self,
        n: int,
        *,
        start: int = 0,
        dtype: DTypeLike = np.float64,
        out: NDArray[Any] | None = None,
        n_threads: int | None = None,
    ) -> NDArray[Any]:
        """Values of the standard normal law; parameters, errors and result as in :meth:`uniform`.

        The largest value possible is 8.57 standard deviations (7.4 for float32).
        """
        return self._real("normal", n, start, dtype, out, n_threads)

    def exponential(
        self,
        n: int,
        *,
        start: int = 0,
        dtype: DTypeLike = np.float64,
        out: NDArray[Any] | None = None,
        n_threads: int | None = None,
    ) -> NDArray[Any]:
        """Values of the exponential law of mean 1; parameters, errors and result as in :meth:`uniform`.

        The float32 values are the float64 ones, rounded.
        """
        return self._real("exponential", n, start, dtype, out, n_threads)

    def gamma(
        self,
        shape: float,
        n: int,
        *,
        start: int = 0,
        dtype: DTypeLike = np.float64,
        out: NDArray[Any] | None = None,
        n_threads: int | None = None,
    ) -> NDArray[Any]:
        """Values of the gamma law of scale 1.

        Parameters
        ----------
        shape : float
            Positive and finite. Far below 1 most of the law lies nearer to 0 than the smallest normal number; such
            values come out as 0.
        n, start, dtype, out, n_threads
            As in :meth:`uniform`. The float32 values are the float64 ones, rounded.

        Returns
        -------
        ndarray of shape (n,)

        Raises
        ------
        TypeError, ValueError
            If an argument is unfit.

        References
        ----------
        G. Marsaglia and W. W. Tsang (2000), "A simple method for generating gamma variables".
        """
        if not 0.0 < float(shape) < np.inf:
            raise ValueError(f"shape must be positive and finite, got {shape!r}.")
        return self._real("gamma", n, start, dtype, out, n_threads, float(shape))

    def integers(
        self,
        high: int,
        n: int,
        *,
        start: int = 0,
        out: NDArray[np.int64] | None = None,
        n_threads: int | None = None,
    ) -> NDArray[np.int64]:
        """Integers of 0 .. high - 1, each equally likely (exactly), as int64.

        Parameters
        ----------
        high : int
            1 .. 2**63: one more than the largest value.
        n, start, out, n_threads
            As in :meth:`uniform`.

        Returns
        -------
        ndarray of int64, shape (n,)

        Raises
        ------
        TypeError, ValueError
            If an argument is unfit.
        """
        bound = check_integer("high", high, minimum=1, maximum=2**63)
        target = _target(n, start, np.dtype(np.int64), out)
        values = _contiguous(target)
        _random.fill_integers(values, bound, *self.key, start, _threads_for(n, n_threads))
        return _delivered(values, target)

    def choice(
        self,
        alias_table: AliasTable,
        n: int,
        *,
        start: int = 0,
        out: NDArray[np.int32] | None = None,
        n_threads: int | None = None,
    ) -> NDArray[np.int32]:
        """Codes of 0 .. n_outcomes - 1 drawn with the weights of an alias table, as int32.

        Parameters
        ----------
        alias_table : AliasTable
            The weights, prepared once.
        n, start, out, n_threads
            As in :meth:`uniform`.

        Returns
        -------
        ndarray of int32, shape (n,)

        Raises
        ------
        TypeError, ValueError
            If an argument is unfit.
        """
        if not isinstance(alias_table, AliasTable):
            raise TypeError(f"alias_table must be an AliasTable(weights), got {type(alias_table).__name__}.")
        target = _target(n, start, np.dtype(np.int32), out)
        values = _contiguous(target)
        _random.fill_choices(
            values, alias_table.thresholds, alias_table.aliases, *self.key, start, _threads_for(n, n_threads)
        )
        return _delivered(values, target)

    def permutation(self, n: int, *, n_threads: int | None = None) -> NDArray[np.int64]:
        """Return 0 .. n - 1 in random order, every order equally likely, as int64.

        A permutation of more rows does not begin with one of fewer: this is the one law without a prefix.

        Parameters
        ----------
        n : int
            How many.
        n_threads : int, optional
            Threads to use; the order does not depend on it.

        Returns
        -------
        ndarray of int64, shape (n,)

        Raises
        ------
        TypeError, ValueError
            If ``n`` is unfit.
        """
        values = _target(n, 0, np.dtype(np.int64), None)
        n_buckets = 1
        while n_buckets * _BUCKET_ROWS < n and n_buckets < _MAX_BUCKETS:
            n_buckets *= 2
        buckets, ends = np.empty(n, np.uint16), np.empty(n_buckets, np.int64)
        _random.fill_permutation(values, buckets, ends, *self.key, _threads_for(n, n_threads))
        return values

    def generator(self) -> np.random.Generator:
        """NumPy generator keyed by this stream, for rare laws outside the fast ones. Making one costs about 15 us."""
        return np.random.Generator(np.random.Philox(key=np.array(self.key, dtype=np.uint64)))

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError("a Stream does not change; take another one with child().")

    def __delattr__(self, name: str) -> None:
        raise AttributeError("a Stream does not change.")

    def __reduce__(self) -> tuple[type["Stream"], tuple[tuple[int, int]]]:
        return Stream, (self.key,)

    def __eq__(self, other: object) -> bool:
        return self.key == other.key if isinstance(other, Stream) else NotImplemented

    def __hash__(self) -> int:
        return hash(("synthfast.Stream", self.key))

    def __repr__(self) -> str:
        return f"Stream(key=({self.key[0]:#018x}, {self.key[1]:#018x}))"

    def _real(
        self,
        law: str,
        n: int,
        start: int,
        dtype: DTypeLike,
        out: NDArray[Any] | None,
        n_threads: int | None,
        *parameters: float,
    ) -> NDArray[Any]:
        kind = np.dtype(dtype)
        fill = _FILLS.get((law, kind.name))
        if fill is None:
            raise TypeError(f"dtype must be float64 or float32, got {kind.name}.")
        target = _target(n, start, kind, out)
        values = _contiguous(target)
        fill(values, *parameters, *self.key, start, _threads_for(n, n_threads))
        return _delivered(values, target)


def _path_words(element: int | str) -> tuple[int, int, int]:
    """Two words and a kind for one element of a path; no two elements share them."""
    if isinstance(element, str):
        digest = hashlib.blake2b(element.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        return int.from_bytes(digest[:8], "little"), int.from_bytes(digest[8:], "little"), _KIND_TEXT
    return check_integer("path element", element, minimum=0, maximum=_WORD - 1), 0, _KIND_INTEGER


def _threads_for(n: int, n_threads: int | None) -> int:
    """Threads to give to a kernel; a short fill, which stays serial anyway, does not ask for the setting in force."""
    return 1 if n_threads is None and n <= _SERIAL_VALUES else effective_n_threads(n_threads)


def _target(n: int, start: int, kind: np.dtype[Any], out: NDArray[Any] | None) -> NDArray[Any]:
    """The array to fill: ``out`` where it fits the request, else a new one."""
    size = check_integer("n", n, minimum=0, maximum=_MAX_POSITION)
    first = check_integer("start", start, minimum=0, maximum=_MAX_POSITION)
    if first + size > _MAX_POSITION:
        raise ValueError(f"start + n must be at most 2**63 - 1, got {first} + {size}.")
    if out is None:
        return np.empty(size, kind)
    if not isinstance(out, np.ndarray) or out.dtype != kind:
        got = out.dtype.name if isinstance(out, np.ndarray) else type(out).__name__
        raise TypeError(f"out must be an array of {kind.name}, got {got}; pass the dtype of out as dtype.")
    if out.shape != (size,) or not out.flags.writeable:
        raise ValueError(f"out must be writeable and of shape ({size},), got shape {out.shape}.")
    return out


def _contiguous(target: NDArray[Any]) -> NDArray[Any]:
    """What a kernel can write to: the target itself, or a stand-in for a strided or byte-swapped one."""
    if target.flags.c_contiguous and target.flags.aligned and target.dtype.isnative:
        return target
    return np.empty(target.shape, target.dtype.newbyteorder("="))


def _delivered(values: NDArray[Any], target: NDArray[Any]) -> NDArray[Any]:
    if values is not target:
        target[...] = values
    return target
