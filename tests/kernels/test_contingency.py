import numpy as np
import pytest
from reference.contingency import count_pairs as twin

from synthfast._ext._contingency import count_pairs

PAIRS = [(0, 1), (1, 0), (0, 2), (2, 2)]
LEVELS = [3, 5, 1]


def random_codes(n_rows, seed=0):
    rng = np.random.default_rng(seed)
    return np.array([rng.integers(-1, n, n_rows) for n in LEVELS], dtype=np.int32)


def counted(codes, n_threads=1, out=None):
    first, second = (np.array(side, dtype=np.int64) for side in zip(*PAIRS, strict=True))
    widths = np.array([LEVELS[b] for b in second], dtype=np.int64)
    sizes = np.array([LEVELS[a] * LEVELS[b] for a, b in PAIRS])
    offset = (np.cumsum(sizes) - sizes).astype(np.int64)
    out = np.zeros(sizes.sum(), dtype=np.int64) if out is None else out
    count_pairs(codes, first, second, widths, offset, out, n_threads)
    return out


def expected(codes):
    first, second = zip(*PAIRS, strict=True)
    tables = twin(codes, first, second, [LEVELS[a] for a in first], [LEVELS[b] for b in second])
    return np.concatenate([table.ravel() for table in tables])


@pytest.mark.parametrize("n_rows", [0, 1, 2, 500])
def test_agrees_with_its_twin(n_rows):
    codes = random_codes(n_rows)
    np.testing.assert_array_equal(counted(codes), expected(codes))


def test_threads_change_nothing(n_threads):
    codes = random_codes(30_000)
    assert counted(codes, n_threads).tobytes() == counted(codes, 1).tobytes()


def test_adds_to_what_is_there_so_any_split_gives_the_same():
    codes = random_codes(1_000)
    out = counted(np.ascontiguousarray(codes[:, :300]))
    counted(np.ascontiguousarray(codes[:, 300:]), out=out)
    np.testing.assert_array_equal(out, counted(codes))


def test_rows_with_a_missing_code_count_nowhere():
    codes = np.full((3, 50), -1, dtype=np.int32)
    assert not counted(codes).any()


def test_read_only_codes_are_taken_and_strided_ones_refused():
    codes = random_codes(100)
    codes.flags.writeable = False
    np.testing.assert_array_equal(counted(codes), expected(codes))
    with pytest.raises(ValueError):
        counted(codes[:, ::2])
