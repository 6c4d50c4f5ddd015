"""Seeded row samples, and what a metric shows between two real samples: the yardstick where no hold-out is given."""

import math
import zlib
from collections.abc import Callable

import numpy as np

from synthfast.quality.columns import CodedTable

__all__ = ["SeedLike", "fresh_reference", "stage_generator"]

SeedLike = None | int | np.random.SeedSequence | np.random.Generator

MIN_HALF = 2  # fewer rows in a half say nothing


def stage_generator(random_state: SeedLike, stage: str) -> np.random.Generator:
    """The random stream of one named stage: the same whatever other stages run before it.

    A generator handed in is used as it is, so its stages follow each other.
    """
    if isinstance(random_state, np.random.Generator):
        return random_state
    name = zlib.crc32(stage.encode())
    if isinstance(random_state, np.random.SeedSequence):
        seed = np.random.SeedSequence(random_state.entropy, spawn_key=(*random_state.spawn_key, name))
    else:
        seed = np.random.SeedSequence(random_state, spawn_key=(name,))
    return np.random.Generator(np.random.Philox(seed))


def fresh_reference(
    measure: Callable[[CodedTable, CodedTable], float | None],
    real: CodedTable,
    n_synthetic: int,
    holdout: CodedTable | None,
    random_state: SeedLike,
) -> tuple[float | None, str]:
    """What a distance that falls with the square root of the rows shows for fresh real data, and whence that is known.

    Parameters
    ----------
    measure : callable
        Distance of two tables, or None where it is undefined.
    real : CodedTable
        The real table.
    n_synthetic : int
        Rows of the fresh table to speak of.
    holdout : CodedTable or None
        Where given, its distance from the real table is the answer.
    random_state : None, int, SeedSequence or Generator
        Seed of the halving.

    Notes
    -----
    Without a hold-out the real rows are halved at random, and the distance of the halves, whose variance is ``4 / n``
    in units in which that of the two tables is ``1 / n + 1 / n_synthetic``, is scaled to the tables' sizes.
    """
    if holdout is not None:
        return measure(real, holdout), f"hold-out of {holdout.n_rows} rows"
    half = real.n_rows // 2
    if half < MIN_HALF:
        return None, "too few real rows"
    order = stage_generator(random_state, "halves").permutation(real.n_rows)
    distance = measure(real.take(order[:half]), real.take(order[half:]))
    if distance is None:
        return None, "undefined between halves of the real rows"
    scale = math.sqrt((1.0 / real.n_rows + 1.0 / n_synthetic) / (1.0 / half + 1.0 / (real.n_rows - half)))
    return distance * scale, "two halves of the real rows, scaled to the tables' sizes"
