import numpy as np
from numpy.typing import NDArray

def pair_ranks(uniforms: NDArray[np.float64], window: int, partners: NDArray[np.int64]) -> None:
    """partners[i] is the place that place i swaps with, at most ``window`` away; its own where no other is free.

    From the first place on, each that is still free takes one of the free places within the window above it, all
    equally likely: number ``int(uniforms[i] * n_free)`` of them.
    """
