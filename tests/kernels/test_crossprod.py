import numpy as np
import pytest
from reference.crossprod import crossprod

from synthfast._ext._crossprod import accumulate_crossprod

LIMIT = 2**20 - 1


def summed(scores, n_threads=1):
    out = np.zeros((len(scores), len(scores)), np.int64)
    accumulate_crossprod(scores, out, n_threads)
    return out


def random_scores(n_columns, n_rows, seed=0):
    return np.random.default_rng(seed).integers(-LIMIT, LIMIT, (n_columns, n_rows), dtype=np.int32, endpoint=True)


@pytest.mark.parametrize("n_columns", [0, 1, 2, 3, 4, 5, 8, 9])
@pytest.mark.parametrize("n_rows", [0, 1, 7, 300])
def test_agrees_with_its_twin(n_columns, n_rows):
    scores = random_scores(n_columns, n_rows)
    np.testing.assert_array_equal(summed(scores), crossprod(scores))


@pytest.mark.parametrize("n_rows", [16_383, 16_384, 16_385, 40_000])
def test_threads_and_blocks_change_nothing(n_rows, n_threads):
    scores = random_scores(13, n_rows)
    wide = scores.astype(np.int64)
    assert summed(scores, n_threads).tobytes() == (wide @ wide.T).tobytes()


def test_adds_to_what_is_there():
    scores = random_scores(6, 1000)
    out = summed(scores[:, :400].copy())
    accumulate_crossprod(scores[:, 400:].copy(), out, 1)
    np.testing.assert_array_equal(out, summed(scores))


def test_largest_scores_do_not_overflow():
    scores = np.full((2, 100_000), LIMIT, np.int32)
    scores[1] = -LIMIT
    product = 100_000 * LIMIT**2  # past what a float64 holds exactly
    np.testing.assert_array_equal(summed(scores), [[product, -product], [-product, product]])


def test_read_only_scores_are_taken_and_strided_ones_refused():
    scores = random_scores(3, 100)
    scores.flags.writeable = False
    np.testing.assert_array_equal(summed(scores), crossprod(scores))
    with pytest.raises(ValueError):
        summed(scores[:, ::2])
    fixed = np.zeros((3, 3), np.int64)
    fixed.flags.writeable = False
    with pytest.raises(ValueError):
        accumulate_crossprod(scores, fixed, 1)
