"""Seeded row samples, and what a metric shows between two real samples: the yardstick where no hold-out is given."""

import math
from collections.abc import Callable

import numpy as np

from synthfast._core.random import SeedLike, Stream
from synthfast.quality.columns import CodedTable

__all__ = ["SeedLike", "fresh_reference", "stage_generator"]

MIN_HALF = 2  # fewer rows in a half say nothing


def stage_generator(random_state: SeedLike, stage: str) -> np.random.Generator:
    """The random numbers of one named stage: the same whatever other stages run before it."""
    return Stream.from_seed(random_state).child("quality", stage).generator()


def fresh_reference(
    measure: Callable[[CodedTable, CodedTable], float | None],
    real: CodedTable,
    n_synthetic: int,
    holdout: CodedTable | None,
    random_state: SeedLike,
    *,
    scaled: bool = True,
) -> tuple[float | None, str]:
    """What a measure of two tables shows for fresh real data, and whence that is known.

    Parameters
    ----------
    measure : callable
        Of two tables, or None where it is undefined.
    real : CodedTable
        The real table.
    n_synthetic : int
        Rows of the fresh table to speak of.
    holdout : CodedTable or None
        Where given, its measure against the real table is the answer.
    random_state : None, int, SeedSequence or Generator
        Seed of the halving.
    scaled : bool, default True
        Whether the measure is a distance that falls with the square root of the rows; False for shares.

    Notes
    -----
    Without a hold-out the real rows are halved at random, and the distance of the halves, whose variance is ``4 / n``
    in units in which that of the two tables is ``1 / n + 1 / n_synthetic``, is scaled to the tables' sizes. Shares are
    left as the halves show them.
    """
    if holdout is not None:
        return measure(real, holdout), f"hold-out of {holdout.n_rows} rows"
    if real.n_rows < 2 * MIN_HALF:
        return None, "too few real rows"
    one, two = _halves(real, random_state)
    distance = measure(one, two)
    if distance is None:
        return None, "undefined between halves of the real rows"
    if not scaled:
        return distance, "two halves of the real rows"
    scale = math.sqrt((1.0 / real.n_rows + 1.0 / n_synthetic) / (1.0 / one.n_rows + 1.0 / two.n_rows))
    return distance * scale, "two halves of the real rows, scaled to the tables' sizes"


def _halves(real: CodedTable, random_state: SeedLike) -> tuple[CodedTable, CodedTable]:
    """Two halves of the rows, kept with the table so that metrics of one seed share them."""
    stream = Stream.from_seed(random_state).child("quality", "halves")
    key, halves = real.memo.get("halves", (None, None))
    if key != stream.key:
        order = stream.generator().permutation(real.n_rows)
        halves = real.take(order[: real.n_rows // 2]), real.take(order[real.n_rows // 2 :])
        real.memo["halves"] = stream.key, halves
    return halves
