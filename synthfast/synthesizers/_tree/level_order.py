"""Orders of unordered levels by what is told of them, as far as it can be told from chance.

An order found on the rows on which it is used makes chance look like dependence: sorted by how often each level went
with heads, levels and a coin depend on each other in every row, also in those that judge the trees. So a level takes
the place that the rows give it only where more of what sets levels apart is real than chance; the others stay in their
own order in the middle.
"""

from collections.abc import Hashable, Mapping

import numpy as np
from numpy.typing import NDArray

from synthfast.encoding import EncodedColumn
from synthfast.synthesizers._latent import Latent, LevelLatent

__all__ = ["order_by_surprise", "order_levels", "variance_beyond_chance"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

SURE = 3.0  # standard deviations by which levels must differ more than by chance


def variance_beyond_chance(sums: Floats, weights: Floats, freedom: float) -> float:
    """Variance of the levels' true means, on the safe side; 0 or less where chance would do.

    Parameters
    ----------
    sums : ndarray of float64, shape (n_levels,)
        Sum over each level's rows of what is told of them.
    weights : ndarray of float64, shape (n_levels,)
        Variance of those sums by chance alone, in units in which means are sums over weights.
    freedom : float
        What the sum of squares is expected to be by chance alone.

    References
    ----------
    DerSimonian and Laird (1986), doi:10.1016/0197-2456(86)90046-2.
    """
    total = float(weights.sum())
    spare = total - float((weights * weights).sum()) / max(total, 1e-300)
    if not spare > 0.0:
        return 0.0
    squares = float((sums * sums / np.maximum(weights, 1e-300)).sum() - sums.sum() ** 2 / total)
    return (squares - freedom - SURE * float(np.sqrt(2.0 * freedom))) / spare


def order_by_surprise(codes: NDArray[np.uint8], surprise: Floats, chance: Floats, n_codes: int) -> NDArray[np.uint8]:
    """Place of each code when those that are told from chance are sorted by their mean surprise.

    Parameters
    ----------
    codes : ndarray of uint8, shape (n_rows,)
    surprise, chance : ndarray of float64, shape (n_rows,)
        What came less what was expected, and the variance of that.
    """
    sums, weights = (np.bincount(codes, of, n_codes).astype(np.float64) for of in (surprise, chance))
    held = weights > 0.0
    variance = variance_beyond_chance(sums[held], weights[held], max(int(held.sum()) - 1, 1))
    reliable = weights * max(variance, 0.0)
    mean = sums / np.maximum(weights, 1e-300) - sums.sum() / max(float(weights.sum()), 1e-300)
    score = np.where(reliable >= 1.0, mean * reliable / (reliable + 1.0), 0.0)
    place = np.empty(n_codes, dtype=np.uint8)
    place[np.argsort(score, kind="stable")] = np.arange(n_codes)
    return place


def order_levels(
    columns: Mapping[Hashable, EncodedColumn], latents: Mapping[Hashable, Latent]
) -> dict[Hashable, Integers]:
    """Levels of the unordered columns of three levels or more in the order in which they become leaves.

    That is the latent order for levels that it can tell from chance, by the column that tells them apart best.

    Notes
    -----
    O(n_unordered n_columns n_rows).
    """
    scores = {name: _standardised(latents[name].score(column.values)) for name, column in columns.items()}
    out = {}
    for name, column in columns.items():
        if column.kind != "levels" or column.ordered or column.n_levels < 3:
            continue
        latent, counts = latents[name], column.level_counts().astype(np.float64)
        assert isinstance(latent, LevelLatent)
        n_levels, held, variance = column.n_levels, counts > 0.0, 0.0
        own = np.where(column.values < 0, n_levels, column.values).astype(np.intp)  # missing rows are one level more
        for other, score in scores.items():
            if other is name or (held.any() and variance * counts[held].min() >= 1.0):  # itself, or all are sure
                continue
            sums = np.bincount(own, score, n_levels + 1)[:n_levels].astype(np.float64)
            freedom = _freedom(int(held.sum()), columns[other])
            variance = max(variance, variance_beyond_chance(sums[held], counts[held], freedom))
        out[name] = _placed(latent.order, counts, counts * variance >= 1.0)
    return out


def _standardised(score: Floats) -> Floats:
    score = score - score.mean()
    return score / max(float(np.sqrt((score * score).mean())), 1e-300)


def _freedom(n_levels: int, other: EncodedColumn) -> float:
    """Sum of squares by chance alone, for unordered levels on both sides if each are sorted to suit the others best."""
    sorted_too = other.kind == "levels" and not other.ordered and other.n_levels > 2
    both = np.sqrt(max(n_levels - 1, 0)) + (np.sqrt(other.n_levels - 1) if sorted_too else 0.0)
    return float(both * both)


def _placed(order: Integers, counts: Floats, sure: NDArray[np.bool_]) -> Integers:
    """The order, but with the levels that are not sure side by side in the middle of the rows, as they are numbered."""
    reach = np.cumsum(counts[order])
    place = np.empty(len(order))
    place[order] = reach - 0.5 * counts[order]
    place[~sure] = 0.5 * reach[-1]
    return np.argsort(place, kind="stable").astype(np.int64)
