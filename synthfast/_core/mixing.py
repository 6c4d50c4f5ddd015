"""One 64-bit word from another: the finaliser of SplitMix64, by which rows get fingerprints and random order."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["GOLDEN", "mix_words"]

GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)  # 2**64 over the golden ratio: multiples of it are far apart


def mix_words(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """A bijection of 64-bit words in which each input bit reaches each output bit; 0 stays 0.

    Parameters
    ----------
    words : ndarray of uint64

    Notes
    -----
    As `sf_mix` of the kernels. O(n).

    References
    ----------
    G. L. Steele, D. Lea, C. H. Flood (2014), doi:10.1145/2660193.2660195.
    """
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))
