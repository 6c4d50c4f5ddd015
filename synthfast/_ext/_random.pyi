import numpy as np
from numpy.typing import NDArray

# Values start .. start + len(out) of the endless sequence that (key0, key1) and the law define.

def derive_key(key0: int, key1: int, word0: int, word1: int, kind: int) -> tuple[int, int]:
    """Key of a child: Philox4x64-10 of (word0, word1, kind) under the parent's key. All arguments are uint64."""

def fill_uniform64(out: NDArray[np.float64], key0: int, key1: int, start: int, n_threads: int) -> None:
    """Uniform on (0, 1); out: (n,)."""

def fill_uniform32(out: NDArray[np.float32], key0: int, key1: int, start: int, n_threads: int) -> None:
    """Uniform on (0, 1); out: (n,)."""

def fill_normal64(out: NDArray[np.float64], key0: int, key1: int, start: int, n_threads: int) -> None:
    """Standard normal; out: (n,)."""

def fill_normal32(out: NDArray[np.float32], key0: int, key1: int, start: int, n_threads: int) -> None:
    """Standard normal; out: (n,)."""

def fill_exponential64(out: NDArray[np.float64], key0: int, key1: int, start: int, n_threads: int) -> None:
    """Exponential of mean 1; out: (n,)."""

def fill_exponential32(out: NDArray[np.float32], key0: int, key1: int, start: int, n_threads: int) -> None:
    """Exponential of mean 1, rounded from float64; out: (n,)."""

def fill_gamma64(out: NDArray[np.float64], shape: float, key0: int, key1: int, start: int, n_threads: int) -> None:
    """Gamma of scale 1 and 0 < shape < inf; out: (n,)."""

def fill_gamma32(out: NDArray[np.float32], shape: float, key0: int, key1: int, start: int, n_threads: int) -> None:
    """Gamma of scale 1 and 0 < shape < inf, rounded from float64; out: (n,)."""

def fill_integers(out: NDArray[np.int64], high: int, key0: int, key1: int, start: int, n_threads: int) -> None:
    """Uniform on 0 .. high - 1, 1 <= high <= 2**63; out: (n,)."""

def fill_choices(
    out: NDArray[np.int32],
    thresholds: NDArray[np.uint64],
    aliases: NDArray[np.int32],
    key0: int,
    key1: int,
    start: int,
    n_threads: int,
) -> None:
    """Codes drawn from an alias table; out: (n,), thresholds and aliases: (n_outcomes,), n_outcomes >= 1."""

def fill_permutation(
    out: NDArray[np.int64],
    buckets: NDArray[np.uint16],
    ends: NDArray[np.int64],
    key0: int,
    key1: int,
    n_threads: int,
) -> None:
    """0 .. n - 1 in random order. out, buckets (scratch): (n,); ends (scratch): (n_buckets,), a power of 2 <= 2**16."""

def build_alias(
    weights: NDArray[np.float64],
    thresholds: NDArray[np.uint64],
    aliases: NDArray[np.int32],
    mass: NDArray[np.float64],
    order: NDArray[np.int32],
) -> None:
    """Alias table of weights >= 0 with a positive finite sum. All: (n_outcomes,); mass and order are scratch."""
