import numpy as np
import pytest
from reference.attribution import count_agreeing as twin

from synthfast._ext._attribution import count_agreeing
from synthfast.privacy.attacks.correct_attribution import row_tiles

N_COLUMNS = 5


def random_codes(n_rows, seed):
    return np.random.default_rng(seed).integers(-1, 4, (n_rows, N_COLUMNS)).astype(np.int32)


def counted(codes, rows, is_key, secrets, n_threads=1):
    out = [np.full((len(codes), len(secrets)), -7, dtype=kind) for kind in (np.int32, np.int64, np.int64)]
    count_agreeing(codes, row_tiles(rows), len(rows), is_key, secrets, *out, n_threads)
    return out


KEYS = {
    "all columns": ([1, 1, 1, 1, 1], [0, 1, 2, 3, 4]),
    "secret apart": ([1, 1, 0, 1, 0], [4, 2]),
    "one key": ([0, 1, 0, 0, 0], [3]),
    "no key but the secret": ([0, 0, 1, 0, 0], [2]),
}


@pytest.mark.parametrize("n_rows", [1, 63, 64, 65, 700])
@pytest.mark.parametrize("keys", KEYS, ids=str)
def test_agrees_with_the_twin(n_threads, n_rows, keys):
    is_key, secrets = np.array(KEYS[keys][0], dtype=np.uint8), np.array(KEYS[keys][1], dtype=np.int64)
    codes, rows = random_codes(200, 1), random_codes(n_rows, 2)
    found = counted(codes, rows, is_key, secrets, n_threads)
    for ours, theirs in zip(found, twin(codes, rows, is_key, secrets), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_nobody_and_no_rows():
    is_key, secrets = np.ones(N_COLUMNS, dtype=np.uint8), np.array([0])
    assert [part.shape for part in counted(random_codes(0, 1), random_codes(9, 2), is_key, secrets)] == [(0, 1)] * 3
    assert counted(random_codes(2, 1), random_codes(0, 2), is_key, secrets)[1].tolist() == [[-7], [-7]]


def test_read_only_codes_are_taken_and_strided_ones_refused():
    is_key, secrets = np.ones(N_COLUMNS, dtype=np.uint8), np.array([0])
    codes = random_codes(70, 1)
    codes.flags.writeable = False
    assert (counted(codes, codes, is_key, secrets)[0] == 0).all()
    with pytest.raises(ValueError, match="contiguous"):
        counted(codes[:, ::2], codes[:, ::2], is_key[:3], secrets)
