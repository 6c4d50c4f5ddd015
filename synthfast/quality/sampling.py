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
    if real.n_rows < 2 * MIN_HALF:
        return None, "too few real rows"
    one, two = _halves(real, random_state)
    distance = measure(one, two)
    if distance is None:
        return None, "undefined between halves of the real rows"
    scale = math.sqrt((1.0 / real.n_rows + 1.0 / n_synthetic) / (1.0 / one.n_rows + 1.0 / two.n_rows))
    return distance * scale, "two halves of the real rows, scaled to the tables' sizes"


def _halves(real: CodedTable, random_state: SeedLike) -> tuple[CodedTable, CodedTable]:
    """Two halves of the rows; kept with the table where the seed is a number, so that metrics share them."""
    key = ("halves", random_state) if isinstance(random_state, int) else None
    if key is not None and key in real.memo:
        return real.memo[key]
    order = stage_generator(random_state, "halves").permutation(real.n_rows)
    halves = real.take(order[: real.n_rows // 2]), real.take(order[real.n_rows // 2 :])
    if key is not None:
        real.memo[key] = halves
    return halves
