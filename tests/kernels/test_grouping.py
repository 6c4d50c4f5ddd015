import numpy as np
import pytest
from reference import grouping as twin

from synthfast._ext import _grouping

KINDS = {"i1": 0, "i2": 1, "i4": 2, "i8": 3, "u1": 4, "u2": 5, "u4": 6, "u8": 7}


def filled(columns, lows, widths, keys, n_threads=1):
    kinds = np.array([KINDS[c.dtype.str[1:]] for c in columns], dtype=np.int32)
    low, width = (np.array([int(x) % 2**64 for x in part], dtype=np.uint64) for part in (lows, widths))
    _grouping.fill_keys([c.view(np.uint8) for c in columns], kinds, low, width, keys, n_threads)
    return keys


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n", [0, 1, 7, 5000])
def test_keys_of_every_kind_agree_with_their_twin(kind, n):
    limits = np.iinfo(kind)
    rng = np.random.default_rng(0)
    values = rng.integers(limits.min, limits.max, n, dtype=kind, endpoint=True)
    other = rng.integers(-5, 5, n).astype(np.int16)
    values.flags.writeable = False
    start = rng.integers(0, 9, n).astype(np.uint64)
    task = [values, other], [limits.min, -5], [limits.max - limits.min + 1, 10]
    np.testing.assert_array_equal(filled(*task, start.copy()), twin.fill_keys(*task, start))


def random_keys(n, n_distinct, seed=0):
    rng = np.random.default_rng(seed)
    known = rng.integers(0, 2**63, n_distinct, dtype=np.uint64)
    return known[rng.integers(0, n_distinct, n)]


@pytest.mark.parametrize("n", [0, 1, 1000])
@pytest.mark.parametrize("n_parts", [1, 3])
def test_counts_agree_with_their_twin(n, n_parts):
    keys = np.random.default_rng(1).integers(0, 17, n).astype(np.uint64)
    counts = np.zeros((n_parts, 17), dtype=np.int32)
    _grouping.count_keys(keys, counts, 2)
    np.testing.assert_array_equal(counts, twin.count_keys(keys, n_parts, 17))
    _grouping.count_keys(keys, counts, 1)
    np.testing.assert_array_equal(counts, 2 * twin.count_keys(keys, n_parts, 17))


@pytest.mark.parametrize("n", [0, 1, 1000])
def test_cells_are_numbered(n):
    counts = np.random.default_rng(5).integers(0, 3, n).astype(np.int32)
    counts.flags.writeable = False
    numbers = np.empty(n, np.int32)
    assert _grouping.number_cells(counts, numbers) == (counts > 0).sum()
    assert numbers.tolist() == [int((counts[:cell] > 0).sum()) for cell in range(n)]


@pytest.mark.parametrize("dtype", [np.int32, np.int64])
def test_look_up(dtype, n_threads):
    keys = np.random.default_rng(2).integers(0, 50, 100_000).astype(np.uint64)
    table, out = np.arange(50, dtype=dtype)[::-1].copy(), np.empty(len(keys), dtype)
    _grouping.look_up(table, keys, out, n_threads)
    np.testing.assert_array_equal(out, 49 - keys.astype(dtype))


def parted(keys, bits, n_threads=1, n_chunks=5):
    starts, out = np.empty(2**bits + 1, np.int64), np.empty(len(keys), np.uint64)
    rows = np.empty(len(keys), np.int32)
    _grouping.part_keys(keys, bits, np.zeros((n_chunks, 2**bits), np.int64), starts, out, rows, n_threads)
    return starts, out, rows


def numbered(out, starts, bits, n_threads=1):
    numbers, counts = (np.zeros(len(out), np.int32) for _ in range(2))
    unique, n_unique = np.zeros(len(out), np.uint64), np.empty(2**bits, np.int64)
    _grouping.number_keys(out, starts, bits, numbers, unique, counts, n_unique, n_threads)
    return numbers, unique, counts, n_unique


@pytest.mark.parametrize("bits", [0, 1, 5])
@pytest.mark.parametrize(("n", "n_distinct"), [(0, 1), (1, 1), (3000, 1), (3000, 40), (3000, 10**6)])
def test_partitions_hold_equal_keys_together_and_number_them(n, n_distinct, bits):
    keys = random_keys(n, n_distinct)
    starts, out, rows = parted(keys, bits)
    np.testing.assert_array_equal(out, keys[rows])
    assert sorted(rows) == list(range(n))
    numbers, unique, counts, n_unique = numbered(out, starts, bits)
    seen = set()
    for p in range(2**bits):
        part = slice(starts[p], starts[p + 1])
        assert (np.diff(rows[part]) > 0).all()
        expected = twin.number_keys(out[part])
        found = slice(starts[p], starts[p] + n_unique[p])
        assert numbers[part].tolist() == expected[0]
        assert unique[found].tolist() == expected[1]
        assert counts[found].tolist() == expected[2]
        assert not seen & set(expected[1])
        seen |= set(expected[1])


def test_keys_that_hash_alike_stay_apart():
    """Keys one step apart in the hash's slots, and keys with equal leading bits, collide in the table."""
    inverse = pow(0x9E3779B97F4A7C15, -1, 2**64)
    colliding = np.array([(i * inverse) % 2**64 for i in range(500)], dtype=np.uint64)
    colliding ^= colliding >> np.uint64(32)  # undoes the first step of the hash
    keys = np.repeat(colliding, 3)
    starts, out, _ = parted(keys, 2)
    *_, n_unique = numbered(out, starts, 2)
    assert n_unique.sum() == 500


def test_threads_change_nothing(n_threads):
    keys = random_keys(200_000, 30_000)
    one, some = parted(keys, 4), parted(keys, 4, n_threads)
    for a, b in zip(one, some, strict=True):
        assert a.tobytes() == b.tobytes()
    starts, out, rows = some
    numbers, _, _, n_unique = numbered(out, starts, 4, n_threads)
    assert numbers.tobytes() == numbered(out, starts, 4)[0].tobytes()
    ids, ranks = np.empty(len(keys), np.int32), np.arange(n_unique.sum(), dtype=np.int32)
    _grouping.fill_ids(numbers, rows, starts, np.cumsum(n_unique) - n_unique, ranks, ids, n_threads)
    first = np.unique(ids, return_index=True)[1]
    np.testing.assert_array_equal(keys[first][ids], keys)
    assert filled([keys], [0], [0], np.zeros(len(keys), np.uint64), n_threads).tobytes() == keys.tobytes()


def test_strided_input_is_refused():
    with pytest.raises(ValueError):
        _grouping.count_keys(np.zeros(10, np.uint64)[::2], np.zeros((1, 1), np.int32), 1)
