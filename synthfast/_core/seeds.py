"""What a user may pass as ``random_state``."""

from typing import TypeAlias

import numpy as np

__all__ = ["SeedLike", "as_seed_sequence"]

SeedLike: TypeAlias = int | np.random.SeedSequence | np.random.Generator | None


def as_seed_sequence(random_state: SeedLike) -> np.random.SeedSequence:
    """Turn what a user may pass as ``random_state`` into a seed sequence.

    Parameters
    ----------
    random_state : None, int, numpy.random.SeedSequence or numpy.random.Generator
        ``None`` takes fresh entropy from the operating system. An integer is not negative. A generator gives 128 bits
        and so moves on: the next call with it gives another seed.

    Returns
    -------
    numpy.random.SeedSequence

    Raises
    ------
    TypeError
        If ``random_state`` is of another type.
    ValueError
        If it is a negative integer.
    """
    if random_state is None or isinstance(random_state, np.random.SeedSequence):
        return np.random.SeedSequence() if random_state is None else random_state
    if isinstance(random_state, np.random.Generator):
        return np.random.SeedSequence(random_state.integers(0, 2**32, size=4, dtype=np.uint32).tolist())
    if isinstance(random_state, bool | np.bool_) or not hasattr(random_state, "__index__"):
        raise TypeError(
            "random_state must be None, an integer, a numpy SeedSequence or a numpy Generator, "
            f"got {type(random_state).__name__}."
        )
    seed = random_state.__index__()
    if seed < 0:
        raise ValueError(f"random_state must not be negative, got {seed}.")
    return np.random.SeedSequence(seed)
