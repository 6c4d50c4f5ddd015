"""Rows of which some columns are known: a training row is chosen by its kernel there, the rest drawn from it."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.random import Stream
from synthfast.exceptions import ConditionError
from synthfast.synthesizers._kde.correlated import draw_given
from synthfast.synthesizers._kde.density import Density, Group
from synthfast.synthesizers._kde.drawing import Columns, draw_block, draw_level, fill_free_noise, put_noise
from synthfast.synthesizers._kde.law import Law
from synthfast.synthesizers._kde.patterns import group_patterns, patterns_of

__all__ = ["complete_rows"]

Floats = NDArray[np.float64]
Codes = NDArray[np.int32]
Rows = NDArray[np.int64]

N_PLACES = 8  # tried within the grid cell of a known value
PIECE = 8_192  # rows completed at a time


@dataclass(frozen=True)
class _Known:
    """Known columns of some rows, in the order of the law's columns."""

    dims: list[int]
    levels: list[int]
    numbers: Floats
    codes: Codes

    def take(self, rows: slice | NDArray[np.intp]) -> "_Known":
        return _Known(self.dims, self.levels, self.numbers[rows], self.codes[rows])


def complete_rows(law: Law, known: Columns, n_rows: int, stream: Stream, rtol: float) -> Columns:
    """Encoded columns of rows whose ``known`` columns are given, each of shape (n_rows,).

    Raises
    ------
    ConditionError
        If no kernel reaches the known values of a row.

    Notes
    -----
    A known value on a grid stands for its cell: of 8 places in the cells of a row one is taken by its density. O(n_rows
    n_training_rows n_known), 8 times that with grids.
    """
    if not known:
        return draw_block(law, n_rows, stream)
    dims = [j for j, name in enumerate(law.numbers) if name in known]
    levels = [k for k, name in enumerate(law.levels) if name in known]
    given = _Known(
        dims,
        levels,
        _stack([known[law.numbers[j]] for j in dims], n_rows, np.float64),
        _stack([law.encode_levels(k, known[law.levels[k]]) for k in levels], n_rows, np.int32),
    )
    if law.correlation is not None and law.shape.code and dims:
        raise ConditionError(
            f"sample_remaining: column {law.numbers[dims[0]]!r} is known, but under covariance='full' only the "
            "Gaussian kernel has known conditional laws. Use kernel='gaussian' or covariance='diagonal'."
        )
    density = Density(law, dims, levels)
    index = np.empty(n_rows, dtype=np.int64)
    places = given.numbers.copy()
    for start in range(0, n_rows, PIECE):
        piece = slice(start, min(start + PIECE, n_rows))
        part = given.take(piece)
        index[piece], places[piece] = _choose(density, part, stream.child("choose", start), rtol, start)
    noise = _noise(law, index, dims, places, stream)
    numbers = put_noise(law, index, noise, np.empty((0, 0)) if dims else law.factor)
    columns: Columns = dict(zip(law.numbers, numbers, strict=True))
    for k, name in enumerate(law.levels):
        columns[name] = draw_level(law, k, index, stream)
    return columns | known


def _stack(columns: Sequence[NDArray[Any]], n_rows: int, dtype: Any) -> NDArray[Any]:
    out = np.empty((n_rows, len(columns)), dtype=dtype)
    for j, column in enumerate(columns):
        out[:, j] = column
    return out


# -- the row that each is drawn from -----------------------------------------------------------------------------------


def _choose(density: Density, known: _Known, stream: Stream, rtol: float, start: int) -> tuple[Rows, Floats]:
    """A training row for each known one, and the place within its grid cells that it was chosen at."""
    law, n_rows = density.law, len(known.numbers)
    index, places = np.full(n_rows, -1, dtype=np.int64), known.numbers.copy()
    u = stream.child("row").uniform(n_rows)
    patterns = patterns_of(law, known.numbers, known.codes, known.dims, known.levels)
    for rows in group_patterns(patterns).values():
        group = density.group(patterns[rows[0]])
        if group is None:
            raise _unreached(
                law, known, start + int(rows[0]), "no training row has the same columns missing or on a spike"
            )
        part = known.take(rows)
        outside = ~group.inside(part.numbers[:, group.free])
        if outside.any():
            raise _unreached(law, known, start + int(rows[np.argmax(outside)]), "a number lies outside of its bounds")
        tried = _tried(group, part, stream, rows)
        best = _take_place(group, part, tried, stream.child("place"), rows, rtol)
        inside = best[:, group.free]
        chosen = group.tiles.choose(_queries(group, inside, part), u[rows], rtol)
        if (chosen < 0).any():
            raise _unreached(law, known, start + int(rows[np.argmax(chosen < 0)]), "no kernel reaches them")
        index[rows], places[rows] = group.rows[chosen], best
    return index, places


def _queries(group: Group, numbers: Floats, known: _Known) -> Any:
    if group.law.correlation is None or len(group.dims) < 2:
        return group.queries(numbers, known.codes)
    return group.plain_queries(numbers, known.codes)


def _tried(group: Group, known: _Known, stream: Stream, rows: NDArray[np.intp]) -> Floats:
    """Places that known numbers may stand for, (n_tried, n_rows, n_dims): themselves, or within their cells."""
    steps = [(k, group.law.supports[known.dims[k]].step) for k in group.free]
    gridded = [(k, step) for k, step in steps if step is not None]
    out = np.repeat(known.numbers[None], N_PLACES if gridded else 1, axis=0)
    for k, step in gridded:
        for m in range(len(out)):
            u = stream.child("cell", k, m).uniform(int(rows[-1]) + 1)[rows]
            out[m, :, k] += (u - 0.5) * step
    return out


def _take_place(
    group: Group, known: _Known, tried: Floats, stream: Stream, rows: NDArray[np.intp], rtol: float
) -> Floats:
    """One of the places for each row, by its density; under correlated kernels also one of its mirror images."""
    candidates = list(tried)
    owners = [np.arange(len(known.numbers))] * len(candidates)
    if group.law.correlation is not None and len(group.dims) > 1 and any(group.images):
        candidates, owners = _with_images(group, candidates)
    if len(candidates) == 1:
        return candidates[0]
    log = np.full((len(candidates), len(known.numbers)), -np.inf)
    for m, (place, owner) in enumerate(zip(candidates, owners, strict=True)):
        own = known.take(owner)
        log[m, owner] = group.tiles.log_sums(_queries(group, place[:, group.free], own), max(rtol, 1e-6))
    with np.errstate(invalid="ignore"):
        weight = np.exp(log - log.max(axis=0))
    reach = np.cumsum(np.nan_to_num(weight), axis=0)
    u = stream.uniform(int(rows[-1]) + 1)[rows]
    taken = np.minimum((reach <= u * reach[-1]).sum(axis=0), len(candidates) - 1)
    out = known.numbers.copy()
    for m, (place, owner) in enumerate(zip(candidates, owners, strict=True)):
        mine = taken[owner] == m
        out[owner[mine]] = place[mine]
    return out


def _with_images(group: Group, places: list[Floats]) -> tuple[list[Floats], list[NDArray[np.intp]]]:
    """The places and their mirror images in one column that a kernel may reach; those in two are left aside."""
    law = group.law
    candidates, owners = list(places), [np.arange(len(places[0]))] * len(places)
    for place in places:
        for own, k, j in zip(group.images, group.free, group.dims, strict=True):
            for image in own:
                mirrored = place.copy()
                mirrored[:, k] = image.of(place[:, k])
                near = np.abs(mirrored[:, k] - place[:, k]) < 12.0 * law.bandwidth[j] * law.widest
                if near.any():
                    candidates.append(mirrored[near])
                    owners.append(np.flatnonzero(near))
    return candidates, owners


def _unreached(law: Law, known: _Known, row: int, why: str) -> ConditionError:
    names: list[Hashable] = [law.numbers[j] for j in known.dims] + [law.levels[k] for k in known.levels]
    return ConditionError(
        f"sample_remaining: the values of the columns {names!r} in row {row} are impossible together under the model: "
        f"{why}. Leave a column out, or fit with a wider bandwidth."
    )


# -- the other columns -------------------------------------------------------------------------------------------------


def _noise(law: Law, index: Rows, dims: list[int], places: Floats, stream: Stream) -> Floats:
    """Noise of all columns of numbers given that of the known ones, shape (n_numbers, n_rows)."""
    n_rows = len(index)
    noise = np.empty((len(law.numbers), n_rows))
    if law.correlation is None or not dims:
        for j in range(len(law.numbers)):
            fill_free_noise(law, noise[j], stream.child("noise", j))
        return noise
    local = np.ones(n_rows) if law.local is None else law.local[index]
    told = (law.states[index][:, dims] == 0) & ~np.isnan(places)
    for k, rows in enumerate(group_patterns(told.astype(np.int64)).values()):
        given = {
            j: (places[rows, m] - law.rows[index[rows], j]) / (law.bandwidth[j] * local[rows])
            for m, j in enumerate(dims)
            if told[rows[0], m]
        }
        noise[:, rows] = draw_given(law.correlation, given, len(rows), stream.child("pattern", k))
    return noise
