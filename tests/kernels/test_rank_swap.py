import numpy as np
import pytest
from reference.rank_swap import pair_ranks as twin

from synthfast._ext._rank_swap import pair_ranks


def paired(uniforms, window):
    partners = np.empty(len(uniforms), dtype=np.int64)
    pair_ranks(uniforms, window, partners)
    return partners


@pytest.mark.parametrize("n", [0, 1, 2, 3, 64, 65, 500])
@pytest.mark.parametrize("window", [1, 5, 1000])
def test_agrees_with_its_twin(n, window):
    uniforms = np.random.default_rng(n).random(n)
    uniforms.flags.writeable = False
    partners = paired(uniforms, window)
    assert partners.tolist() == twin(uniforms, window)
    np.testing.assert_array_equal(partners[partners], np.arange(n))
    assert (abs(partners - np.arange(n)) <= window).all()


def test_extreme_uniforms_take_the_first_and_the_last_that_is_free():
    assert paired(np.full(4, np.nextafter(0, 1)), 2).tolist() == [1, 0, 3, 2]
    assert paired(np.full(4, np.nextafter(1, 0)), 2).tolist() == [2, 3, 0, 1]


def test_strided_input_is_refused():
    with pytest.raises(ValueError):
        pair_ranks(np.zeros(8)[::2], 1, np.zeros(4, np.int64))
