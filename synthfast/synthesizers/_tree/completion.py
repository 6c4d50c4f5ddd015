"""Rows of which some columns are known: the others drawn given them, row by row.

A row's unknown columns are drawn as particles, weighed by the probability of what is known further on in the chain. The
first unknown column is not drawn but tried leaf by leaf with its probability as weight, so that one unknown column is
completed exactly. What exact rules tell is known as well; what they and orders only bound is drawn within the bounds.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.random import Stream
from synthfast.synthesizers._tree.bins import Allowed
from synthfast.synthesizers._tree.drawing import TABLE_CELLS, Columns, Particles
from synthfast.synthesizers._tree.holding import Hold, deduce, hold_of
from synthfast.synthesizers._tree.model import TreeModel

__all__ = ["complete_rows", "leaf_probabilities"]

Floats = NDArray[np.float64]
Leaves = NDArray[np.uint16]

PARTICLES = 128  # for each row whose unknown columns stand before known ones
LATE_PARTICLES = 16  # for each row's columns after the last known one, which only the correction weighs
MAX_PARTICLES = 262_144  # held at a time
SCARCE = 0.125  # of a row's particles within bounds: fewer are drawn anew, within the bounds


def complete_rows(
    model: TreeModel, known: Columns, n_rows: int, stream: Stream, present: Sequence[Hashable] = ()
) -> Columns:
    """Encoded columns of rows whose ``known`` columns are given, each of shape (n_rows,).

    The columns ``present`` are drawn among values that are not missing, unless an exact rule leaves them empty.
    """
    known = deduce(model, known)
    allowed = _not_missing(model, present)
    last = max((model.place_of(name) for name in known), default=-1)
    if len(_free(model, known, len(model.bins))) < 2:  # then even the correction is weighed leaf by leaf
        last = len(model.bins) - 1
    n_first, n_late = _n_particles(model, known, last), LATE_PARTICLES if model.corrector.forests else 1
    parts: list[Columns] = []
    for rows in _pieces(known, n_rows, max(n_first, n_late)):
        part = stream.child("rows", rows.start)
        particles = _run(model, rows, allowed, n_first, last, part)
        if last + 1 < len(model.bins):
            particles = particles.choose(n_late, part.child("keep").uniform(rows.n_rows))
            _run_on(particles, allowed, part)
        particles.weigh(model.corrector.log_weight(particles.codes))
        parts.append(particles.choose(1, part.child("choose").uniform(rows.n_rows)).decode({}))
    if not parts:
        return {
            name: b.decode(np.empty(0, np.uint16), np.empty(0)) for name, b in zip(model.names, model.bins, strict=True)
        }
    return {name: np.concatenate([p[name] for p in parts]) for name in model.names} | known


def leaf_probabilities(model: TreeModel, j: int, known: Columns, n_rows: int, stream: Stream) -> Floats:
    """Probability of each leaf of column ``j`` in rows whose ``known`` columns are given, shape (n_rows, n_leaves).

    Rows that know the same have the same answer, and the more of them there are, the more particles stand behind it.
    """
    first, pattern = _distinct(known, n_rows)
    known = deduce(model, {name: values[first] for name, values in known.items()})
    last = max([j, *(model.place_of(name) for name in known)])
    by_chance = len(model.bins) if model.corrector.forests else last + 1
    n_particles = _n_particles(model, known, by_chance - 1)
    if len(_free(model, known, by_chance)) > 1:
        n_particles *= max(min(n_rows // max(len(first), 1), MAX_PARTICLES // n_particles), 1)
    n_leaves = model.bins[j].n_leaves
    out = np.zeros((len(first), n_leaves))
    for rows in _pieces(known, len(first), n_particles):
        part = stream.child("rows", rows.start)
        particles = _run(model, rows, {}, n_particles, last, part)
        _run_on(particles, {}, part)
        particles.weigh(model.corrector.log_weight(particles.codes))
        weight = particles.log_weight.reshape(rows.n_rows, n_particles)
        weight = np.exp(weight - weight.max(axis=1, keepdims=True))
        weight /= weight.sum(axis=1, keepdims=True)
        cell = np.repeat(np.arange(rows.n_rows), n_particles) * n_leaves + particles.leaves[j]
        shares = np.bincount(cell, weight.ravel(), rows.n_rows * n_leaves)
        out[rows.start : rows.start + rows.n_rows] = shares.reshape(-1, n_leaves)
    return out if len(first) == n_rows else out[pattern]


def _distinct(columns: Columns, n_rows: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The first row of each kind, ascending, and which of these each row is like."""
    kind = np.zeros(n_rows, dtype=np.int64)
    for values in columns.values():
        own = np.unique(values, return_inverse=True)[1]
        kind = np.unique(kind * (own.max(initial=0) + 1) + own, return_inverse=True)[1]
    first, of = np.unique(kind, return_index=True, return_inverse=True)[1:]
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first))
    return np.sort(first), rank[of]


@dataclass(frozen=True)
class _Piece:
    """Rows that are completed together."""

    start: int
    n_rows: int
    known: Columns


def _pieces(known: Columns, n_rows: int, n_particles: int) -> Iterator[_Piece]:
    step = max(1, MAX_PARTICLES // n_particles)
    for start in range(0, n_rows, step):
        stop = min(start + step, n_rows)
        yield _Piece(start, stop - start, {name: values[start:stop] for name, values in known.items()})


def _is_determined(model: TreeModel, name: Hashable) -> bool:
    rule = model.rules.get(name)
    return rule is not None and rule.exact


def _free(model: TreeModel, known: Columns, stop: int) -> list[int]:
    """Columns before ``stop`` that are neither known nor determined by others."""
    return [j for j, name in enumerate(model.names[:stop]) if name not in known and not _is_determined(model, name)]


def _n_particles(model: TreeModel, known: Columns, last: int) -> int:
    """Particles a row: one where nothing known follows something unknown, else whole rounds of the first leaves."""
    free = _free(model, known, last + 1)
    if not free:
        return 1
    n_leaves = model.bins[free[0]].n_leaves
    return n_leaves * max(1, -(-PARTICLES // n_leaves)) if len(free) > 1 else n_leaves


def _run(
    model: TreeModel, rows: _Piece, allowed: Mapping[int, Allowed], n_particles: int, last: int, stream: Stream
) -> Particles:
    """Particles of rows up to column ``last``, weighed by what is known."""
    particles = Particles(model, rows.n_rows, n_particles)
    given = {
        name: np.repeat(values, n_particles)
        for name, values in rows.known.items()
        if particles.needs_values(model.place_of(name))
    }
    n_free = 0
    for j, name in enumerate(model.names[: last + 1]):
        u = stream.child("place", j).uniform(particles.n_rows)
        if name in rows.known:
            leaves = np.repeat(model.bins[j].encode(rows.known[name]), n_particles)
            if n_free:
                _weigh_known(particles, j, leaves, given.get(name))
            particles.take(leaves, u, given.get(name))
        elif _is_determined(model, name):
            _advance(particles, u)
        else:
            hold = hold_of(model, j, given | particles.values)
            _take_unknown(particles, j, u, allowed.get(j), hold, first=not n_free)
            n_free += 1
        # weights of one unknown column are exact as they are
        if n_free > 1 and j < last:
            particles = particles.renew_uneven(stream.child("uneven", j).uniform(rows.n_rows))
    return particles


def _run_on(particles: Particles, allowed: Mapping[int, Allowed], stream: Stream) -> None:
    """Draw the columns that are left."""
    for j in range(len(particles.leaves), len(particles.model.bins)):
        _advance(particles, stream.child("late", j).uniform(particles.n_rows), allowed.get(j))


def _advance(particles: Particles, u: Floats, allowed: Allowed | None = None) -> None:
    """Draw the next column; rows of which no particle can be keep their weights: what is known may break a rule."""
    before = particles.log_weight.copy()
    particles.advance(u, allowed)
    lost = ~np.isfinite(particles.log_weight).reshape(particles.n_strata, -1).any(axis=1)
    particles.log_weight = np.where(lost.repeat(particles.n_candidates), before, particles.log_weight)


def _take_unknown(
    particles: Particles, j: int, u: Floats, allowed: Allowed | None, hold: Hold | None, *, first: bool
) -> None:
    """Draw column ``j``, or the first unknown one: try its leaves; within the bounds that known columns set."""
    if not first and hold is None:
        _advance(particles, u, allowed)
        return
    if hold is None:
        rule = particles.model.rules.get(particles.model.names[j])
        hold = Hold(particles.model.bins[j], None).within_own(rule, particles.values)
    leaves = _tried_leaves(particles, j) if first else _draw_held(particles, j, u, allowed, hold)
    if first:
        _weigh_tried(particles, j, leaves, allowed)
        with np.errstate(divide="ignore"):
            _weigh_where_possible(particles, np.log(hold.share(np.arange(particles.n_rows), leaves)))
    particles.take(leaves, u, hold.values(leaves, u) if particles.needs_values(j) else None)


def _tried_leaves(particles: Particles, j: int) -> Leaves:
    """Every leaf of column ``j`` as often as any other among each row's particles."""
    own = np.arange(particles.n_candidates) % particles.model.bins[j].n_leaves
    return np.tile(own, particles.n_strata).astype(np.uint16)


def _weigh_tried(particles: Particles, j: int, leaves: Leaves, allowed: Allowed | None) -> None:
    """Weigh particles, alike so far within each row, by the probability of the leaves that they try."""
    n_rows, n_particles = particles.n_strata, particles.n_candidates
    codes = np.ascontiguousarray(particles.codes[:j].reshape(j, n_rows, n_particles)[:, :, 0])
    share = particles.model.chain.probabilities(j, codes)
    if allowed is not None:
        share = share * allowed.share
    log_share = np.log(np.maximum(share, 1e-300))
    particles.weigh(log_share[np.repeat(np.arange(n_rows), n_particles), leaves])


def _draw_held(particles: Particles, j: int, u: Floats, allowed: Allowed | None, hold: Hold) -> Leaves:
    """Draw leaves of column ``j``, weighed by how far they lie within their bounds; ``u`` become places.

    In rows of which too few particles do, they are drawn within the bounds, which takes every leaf's probability.
    """
    chain, codes, n = particles.model.chain, particles.codes[:j], particles.n_rows
    leaves = chain.draw(j, codes, u)
    told, answers = hold.told
    leaves[told] = answers
    share = hold.share(np.arange(n), leaves)
    if allowed is not None:
        share *= allowed.share[leaves]
    by_row = share.reshape(particles.n_strata, -1)
    scarce = by_row.mean(axis=1) < SCARCE
    scarce[told // particles.n_candidates] = False  # drawing more would not help
    with np.errstate(divide="ignore"):
        log_weight = np.log(share)
    log_weight[told] += chain.log_prob(j, np.ascontiguousarray(codes[:, told]), answers)
    rows = np.flatnonzero(scarce.repeat(particles.n_candidates))
    if len(rows):
        leaves[rows], u[rows], log_weight[rows] = _draw_within_hold(particles, j, rows, u[rows], allowed, hold)
    _weigh_where_possible(particles, log_weight)
    return leaves


def _draw_within_hold(
    particles: Particles, j: int, rows: NDArray[np.int64], u: Floats, allowed: Allowed | None, hold: Hold
) -> tuple[Leaves, Floats, Floats]:
    """Leaves within their bounds, places in them, and the log probability of the bounds."""
    n_leaves = particles.model.bins[j].n_leaves
    leaves, place, log_share = np.empty(len(rows), dtype=np.uint16), np.empty(len(rows)), np.empty(len(rows))
    step = max(1, TABLE_CELLS // n_leaves)
    for start in range(0, len(rows), step):
        part = slice(start, start + step)
        free = particles.model.chain.probabilities(j, np.ascontiguousarray(particles.codes[:j, rows[part]]))
        if allowed is not None:
            free = free * allowed.share
        table = free * hold.share(rows[part, None], np.arange(n_leaves))
        possible = table.sum(axis=1) > 0.0
        table[~possible] = free[~possible]
        reach = np.cumsum(table, axis=1)
        aim, at = u[part] * reach[:, -1], np.arange(len(table))
        k = np.minimum((reach <= aim[:, None]).sum(axis=1), n_leaves - 1)
        place[part] = (aim - (reach[at, k] - table[at, k])) / np.maximum(table[at, k], 1e-300)
        leaves[part] = k
        with np.errstate(divide="ignore"):
            log_share[part] = np.where(possible, np.log(reach[:, -1]), -np.inf)
    return leaves, np.clip(place, 0.0, 1.0 - 2**-53), log_share


def _weigh_known(particles: Particles, j: int, leaves: Leaves, values: NDArray[Any] | None) -> None:
    """Weigh particles by the probability of a known column, and by whether they keep its rule."""
    model = particles.model
    rule = model.rules.get(model.names[j])
    if rule is None or not rule.exact:
        particles.weigh(model.chain.log_prob(j, particles.codes[:j], leaves))
    if rule is not None and rule.exact:
        kept = model.bins[j].encode(rule.apply(particles.values)) == leaves
        _weigh_where_possible(particles, np.where(kept, 0.0, -np.inf))
    elif rule is not None and values is not None:
        moved = rule.apply(particles.values, values)
        _weigh_where_possible(particles, np.where((moved == values) | np.isnan(values), 0.0, -np.inf))


def _weigh_where_possible(particles: Particles, log_weight: Floats) -> None:
    """Weigh particles, except in rows of which none could be: what is known may break a rule."""
    possible = np.isfinite(particles.log_weight + log_weight).reshape(particles.n_strata, -1).any(axis=1)
    particles.weigh(np.where(possible.repeat(particles.n_candidates), log_weight, 0.0))


def _not_missing(model: TreeModel, names: Sequence[Hashable]) -> dict[int, Allowed]:
    """Everything but missing, for columns that know missing and something else and that no rule determines."""
    out = {}
    for name in names:
        j = model.place_of(name)
        if model.bins[j].missing and model.bins[j].n_leaves > 1 and not _is_determined(model, name):
            out[j] = Allowed(np.r_[0.0, np.ones(model.bins[j].n_leaves - 1)])
    return out
