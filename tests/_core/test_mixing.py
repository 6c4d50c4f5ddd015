import numpy as np
from reference.random import mix

from synthfast._core.mixing import GOLDEN, mix_words


def test_words_are_those_of_splitmix64():
    words = np.random.default_rng(0).integers(0, 2**64, 500, dtype=np.uint64)
    assert mix_words(words).tolist() == [mix(int(word)) for word in words]
    assert mix_words(np.zeros(1, dtype=np.uint64)).tolist() == [0]
    assert int(mix_words(GOLDEN[None])[0]) == 0xE220A8397B1DCDAF  # the first value that SplitMix64 gives for seed 0
