import numpy as np
import pytest
from reference import identifiers as reference

from synthfast._ext import _identifiers

KEY = (0x0123456789ABCDEF, 0xFEDCBA9876543210)


def permuted(n, start, size, key=KEY, n_threads=1):
    out = np.arange(start, start + n, dtype=np.uint64)
    _identifiers.permute_values(out, size, *key, n_threads)
    return out


def hashed(n, start, key=KEY, n_threads=1):
    out = np.zeros(n, dtype=np.uint64)
    _identifiers.hash_rows(out, start, *key, n_threads)
    return out


def spelled(values, alphabets, columns, width, n_threads=1):
    letters = np.frombuffer("".join(alphabets).encode(), dtype=np.uint8)
    offsets = np.cumsum([0, *map(len, alphabets)])
    out = np.full((len(values), width), ord("."), dtype=np.uint8)
    _identifiers.spell_values(out, values, letters, offsets, np.array(columns, dtype=np.int64), n_threads)
    return [row.tobytes().decode() for row in out]


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 1_000, 2**16, 2**33 + 7, 2**62 + 1, 2**63])
def test_permutation_equals_its_twin(size):
    n = min(size, 300)
    assert permuted(n, size - n, size).tolist() == reference.permute_values(range(size - n, size), size, *KEY)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 9, 1_000, 4_097, 50_000])
def test_permutation_is_one(size):
    out = permuted(size, 0, size)
    assert np.array_equal(np.sort(out), np.arange(size, dtype=np.uint64))


def test_permutation_mixes():
    # Of 100,000 places the rank correlation with the rows has standard error 1/sqrt(n) = 0.0032; 5 of those.
    out = permuted(100_000, 0, 100_000).astype(float)
    assert abs(np.corrcoef(out, np.arange(100_000))[0, 1]) < 5 / np.sqrt(100_000)
    assert abs(np.corrcoef(out[1:], out[:-1])[0, 1]) < 5 / np.sqrt(100_000)


def test_hash_equals_its_twin_and_is_even():
    assert hashed(100, 2**40).tolist() == reference.hash_rows(100, 2**40, *KEY)
    bits = np.unpackbits(hashed(20_000, 0).view(np.uint8)).reshape(20_000, 64).mean(axis=0)
    assert np.abs(bits - 0.5).max() < 5 * 0.5 / np.sqrt(20_000)  # 5 standard errors of a fair coin


def test_values_are_the_same_on_any_number_of_threads(n_threads):
    n = 70_001
    assert np.array_equal(permuted(n, 5, 10**6, n_threads=n_threads), permuted(n, 5, 10**6))
    assert np.array_equal(hashed(n, 5, n_threads=n_threads), hashed(n, 5))
    values = hashed(n, 0)
    assert spelled(values, ["ab", "0123456789"], [0, 2], 3, n_threads) == spelled(
        values, ["ab", "0123456789"], [0, 2], 3
    )


def test_slices_are_slices():
    assert np.array_equal(permuted(100, 900, 5_000), permuted(1_000, 0, 5_000)[900:])
    assert np.array_equal(hashed(100, 900), hashed(1_000, 0)[900:])


def test_spelling_equals_its_twin_and_leaves_other_columns_alone():
    alphabets = ["AB", "0123456789", "xyz"]
    values = np.array([0, 1, 29, 59, 60, 2**63], dtype=np.uint64)
    values.flags.writeable = False
    found = spelled(values, alphabets, [0, 1, 3], 4)
    expected = [reference.spell_value(int(value), alphabets) for value in values]
    assert found == [text[:2] + "." + text[2] for text in expected]


def test_empty_input():
    assert permuted(0, 0, 10).size == 0
    assert hashed(0, 0).size == 0
    assert spelled(np.zeros(0, dtype=np.uint64), ["ab"], [0], 1) == []
    assert spelled(np.zeros(2, dtype=np.uint64), [], [], 2) == ["..", ".."]
