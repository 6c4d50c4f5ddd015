"""The bytes that a seed gives. They are a promise within a version: whoever changes them says so in the change log."""

import hashlib
import sys

import numpy as np
import pytest

from synthfast._core.random import AliasTable, Stream

STREAM = Stream.from_seed(42)
N = 10_000
TABLE = AliasTable(np.arange(1.0, 11.0))

DRAWS = {
    "uniform": (lambda: STREAM.uniform(N), "098385d5db6e5b03"),
    "uniform32": (lambda: STREAM.uniform(N, dtype=np.float32), "0a3e368052014511"),
    "normal": (lambda: STREAM.normal(N), "4342fddc7c24ea13"),
    "normal32": (lambda: STREAM.normal(N, dtype=np.float32), "1762a6d7dfa5b7e2"),
    "exponential": (lambda: STREAM.exponential(N), "5a15c91991fab416"),
    "exponential32": (lambda: STREAM.exponential(N, dtype=np.float32), "5a104f1d5a94cfbf"),
    "gamma-0.3": (lambda: STREAM.gamma(0.3, N), "5e0d42a0d90b293b"),
    "gamma-2.5": (lambda: STREAM.gamma(2.5, N), "b42c4c513a9c2d53"),
    "gamma-1e6": (lambda: STREAM.gamma(1e6, N), "aad84dd58d423fa3"),
    "integers": (lambda: STREAM.integers(1000, N), "e210fb6153b8cc82"),
    "choice": (lambda: STREAM.choice(TABLE, N), "2317274da18d1979"),
    "permutation": (lambda: STREAM.permutation(40_000), "d1fa96395311f35b"),
}


def test_keys():
    assert STREAM.key == (11465652750463011511, 15382171918060459190)
    assert STREAM.child("rows", 7).key == (3162502413596319963, 6878587328179220801)


@pytest.mark.skipif(sys.byteorder == "big", reason="values are stored the other way round")
@pytest.mark.parametrize("name", DRAWS)
def test_bytes(name):
    draw, expected = DRAWS[name]
    assert hashlib.blake2b(draw().tobytes(), digest_size=8).hexdigest() == expected
