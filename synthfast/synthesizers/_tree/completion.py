"""Rows of which some columns are known: the others drawn given them, row by row.

A row's unknown columns are drawn as particles, weighed by the probability of what is known further on in the chain. The
first unknown column is not drawn but tried leaf by leaf with its probability as weight, so that one unknown column is
completed exactly.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from synthfast._core.random import Stream
from synthfast.synthesizers._tree.bins import Allowed
from synthfast.synthesizers._tree.drawing import Columns, Particles
from synthfast.synthesizers._tree.model import TreeModel

__all__ = ["complete_rows", "leaf_probabilities"]

Floats = NDArray[np.float64]
Leaves = NDArray[np.uint16]

PARTICLES = 128  # for each row whose unknown columns stand before known ones
MAX_PARTICLES = 262_144  # held at a time
UNEVEN = 0.5


def complete_rows(
    model: TreeModel, known: Columns, n_rows: int, stream: Stream, present: Sequence[Hashable] = ()
) -> Columns:
    """Encoded columns of rows whose ``known`` columns are given, each of shape (n_rows,).

    The columns ``present`` are drawn among values that are not missing.
    """
    allowed = _not_missing(model, present)
    leaves = _known_leaves(model, known)
    last = max(leaves, default=-1)
    n_first = _n_particles(model, leaves, last)
    n_late = max(model.candidates, 1)
    parts: list[Columns] = []
    for start, stop in _pieces(n_rows, max(n_first, n_late)):
        part = stream.child("rows", start)
        own = {j: values[start:stop] for j, values in leaves.items()}
        given = {name: values[start:stop] for name, values in known.items()}
        particles = _run(model, own, given, allowed, stop - start, n_first, last, part)
        particles = _run_on(particles.choose(n_late, part.child("keep").uniform(stop - start)), allowed, part)
        particles.weigh(model.corrector.log_weight(particles.codes))
        parts.append(particles.choose(1, part.child("choose").uniform(stop - start)).decode({}))
    if not parts:
        return {
            name: b.decode(np.empty(0, np.uint16), np.empty(0)) for name, b in zip(model.names, model.bins, strict=True)
        }
    return {name: np.concatenate([p[name] for p in parts]) for name in model.names} | known


def leaf_probabilities(model: TreeModel, j: int, known: Columns, n_rows: int, stream: Stream) -> Floats:
    """Probability of each leaf of column ``j`` in rows whose ``known`` columns are given, shape (n_rows, n_leaves)."""
    leaves = _known_leaves(model, known)
    last = max(max(leaves, default=-1), j)
    n_first = _n_particles(model, leaves, last)
    n_leaves = model.bins[j].n_leaves
    out = np.zeros((n_rows, n_leaves))
    for start, stop in _pieces(n_rows, n_first):
        part = stream.child("rows", start)
        own = {i: values[start:stop] for i, values in leaves.items()}
        given = {name: values[start:stop] for name, values in known.items()}
        particles = _run_on(_run(model, own, given, {}, stop - start, n_first, last, part), {}, part)
        particles.weigh(model.corrector.log_weight(particles.codes))
        weight = particles.log_weight.reshape(stop - start, n_first)
        weight = np.exp(weight - weight.max(axis=1, keepdims=True))
        weight /= weight.sum(axis=1, keepdims=True)
        row = np.repeat(np.arange(stop - start), n_first)
        cell = row * n_leaves + particles.leaves[j]
        out[start:stop] = np.bincount(cell, weight.ravel(), (stop - start) * n_leaves).reshape(-1, n_leaves)
    return out


def _known_leaves(model: TreeModel, known: Columns) -> dict[int, Leaves]:
    return {model.place_of(name): model.bins[model.place_of(name)].encode(values) for name, values in known.items()}


def _pieces(n_rows: int, n_particles: int) -> Iterator[tuple[int, int]]:
    step = max(1, MAX_PARTICLES // n_particles)
    return ((start, min(start + step, n_rows)) for start in range(0, n_rows, step))


def _n_particles(model: TreeModel, known: Mapping[int, Leaves], last: int) -> int:
    """Particles a row: one where nothing known follows something unknown, else whole rounds of the first leaves."""
    unknown = [j for j in range(last + 1) if j not in known]
    if not unknown:
        return 1
    n_leaves = model.bins[unknown[0]].n_leaves
    return n_leaves * max(1, -(-PARTICLES // n_leaves)) if len(unknown) > 1 else n_leaves


def _run(
    model: TreeModel,
    known: Mapping[int, Leaves],
    given: Columns,
    allowed: Mapping[int, Allowed],
    n_rows: int,
    n_particles: int,
    last: int,
    stream: Stream,
) -> Particles:
    """Particles of rows up to column ``last``, weighed by what is known."""
    particles = Particles(model, n_rows, n_particles)
    tried = False
    for j in range(last + 1):
        u = stream.child("place", j).uniform(particles.n_rows)
        if j in known:
            leaves = np.repeat(known[j], n_particles)
            if tried:
                particles.weigh(_log_known(particles, j, leaves, n_rows))
            values = np.repeat(given[model.names[j]], n_particles) if particles.needs_values(j) else None
            particles.take(leaves, u, values)
        elif tried or (model.names[j] in model.rules and model.rules[model.names[j]].exact):
            particles.advance(u, allowed.get(j))
        else:
            tried = True
            _try_leaves(particles, j, u, allowed.get(j))
        if tried and j < last and particles.effective_share() < UNEVEN and n_particles > model.bins[j].n_leaves:
            particles = particles.choose(n_particles, stream.child("uneven", j).uniform(n_rows))
    return particles


def _run_on(particles: Particles, allowed: Mapping[int, Allowed], stream: Stream) -> Particles:
    """Draw the columns that are left."""
    for j in range(len(particles.leaves), len(particles.model.bins)):
        particles.advance(stream.child("late", j).uniform(particles.n_rows), allowed.get(j))
    return particles


def _try_leaves(particles: Particles, j: int, u: Floats, allowed: Allowed | None) -> None:
    """Give every leaf of column ``j`` its share of each row's particles, weighed by its probability."""
    model, n_rows, n_particles = particles.model, particles.n_strata, particles.n_candidates
    n_leaves = model.bins[j].n_leaves
    codes = np.ascontiguousarray(particles.codes[:j].reshape(j, n_rows, n_particles)[:, :, 0])
    share = model.chain.probabilities(j, codes)
    if allowed is not None:
        share = share * allowed.share
    log_share = np.log(np.maximum(share, 1e-300))
    leaves = np.tile(np.arange(n_particles) % n_leaves, n_rows).astype(np.uint16)
    particles.weigh(log_share[np.repeat(np.arange(n_rows), n_particles), leaves])
    values = model.bins[j].decode(leaves, u) if particles.needs_values(j) else None
    particles.take(leaves, u, values)


def _log_known(particles: Particles, j: int, leaves: Leaves, n_rows: int) -> Floats:
    """Log probability of a known column; a rule counts where at least one particle of the row keeps it."""
    model = particles.model
    rule = model.rules.get(model.names[j])
    if rule is None or not rule.exact:
        return model.chain.log_prob(j, particles.codes[:j], leaves)
    kept = model.bins[j].encode(rule.apply(particles.values)) == leaves
    possible = kept.reshape(n_rows, -1).any(axis=1).repeat(particles.n_candidates)
    return np.where(kept | ~possible, 0.0, -np.inf)


def _not_missing(model: TreeModel, names: Sequence[Hashable]) -> dict[int, Allowed]:
    """Everything but missing, for columns that know missing and something else."""
    out = {}
    for name in names:
        j = model.place_of(name)
        if model.bins[j].missing and model.bins[j].n_leaves > 1:
            out[j] = Allowed(np.r_[0.0, np.ones(model.bins[j].n_leaves - 1)])
    return out
