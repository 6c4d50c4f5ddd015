"""Drawing rows from a tree model: along the chain, in strata, under conditions, and chosen by the correction.

Rows of a stratum are chosen from several candidates each (particles). A condition on a column makes the chain draw it
from its own distribution cut to what is allowed, and multiplies the candidate's weight by the probability of that:
sequential importance sampling, with resampling on the way where weights grow uneven.
"""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.random import STRATUM_ROWS, Stream
from synthfast._core.threads import effective_n_threads
from synthfast._ext._copula import fill_stratified
from synthfast._ext._resample import balance_rows, resample_rows
from synthfast.engines import map_blocks
from synthfast.exceptions import ConditionError
from synthfast.synthesizers._tree.bins import N_GROUPS, Allowed
from synthfast.synthesizers._tree.model import TreeModel
from synthfast.synthesizers._tree.number_values import NumberValues
from synthfast.synthesizers._tree.rules import Affine, Total
from synthfast.synthesizers._tree.wanted import ALIKE, Wanted

__all__ = ["FREE", "Particles", "Plan", "draw_block", "draw_codes", "draw_particles"]

Floats = NDArray[np.float64]
Codes = NDArray[np.uint8]
Leaves = NDArray[np.uint16]
Columns = dict[Hashable, NDArray[Any]]

GROUP_CANDIDATES = 65_536  # candidates that are drawn together
TABLE_CELLS = 4_000_000  # probabilities held at a time
FEW_OF_LEAVES = 0.05  # below this share leaves are asked for one by one, which takes the nodes on their paths only
BALANCE_PASSES = 4
UNEVEN = 0.5  # of the candidates: an effective number below that share has a stratum resampled


@dataclass(frozen=True)
class Plan:
    """How rows are drawn under conditions.

    Parameters
    ----------
    allowed : mapping of place in the chain to Allowed
    guide : mapping of place in the chain to ndarray of float64, shape (256,)
        Log weights by code that lead candidates to where the conditions hold; they do not change the distribution.
    copies : int
        Candidates drawn for each row.
    doubt : str
        Why rows drawn by the plan are an extrapolation; empty if they are not.
    """

    allowed: Mapping[int, Allowed] = field(default_factory=dict)
    guide: Mapping[int, Floats] = field(default_factory=dict)
    copies: int = 1
    doubt: str = ""

    @property
    def last(self) -> int:
        """Place of the last column with a condition; -1 for none."""
        return max(self.allowed, default=-1)


FREE = Plan()


@dataclass
class Particles:
    """Candidates of some strata, shape (n_strata, n_candidates) in row-major order.

    Parameters
    ----------
    model : TreeModel
    n_strata, n_candidates : int
    """

    model: TreeModel
    n_strata: int
    n_candidates: int

    def __post_init__(self) -> None:
        n = self.n_strata * self.n_candidates
        self.codes = np.empty((len(self.model.bins), n), dtype=np.uint8)
        self.leaves: list[Leaves] = []
        self.places: list[Floats] = []
        self.values: Columns = {}  # of columns that rules speak of, as soon as they are drawn
        self.log_weight = np.zeros(n)
        self.kept_shares = np.ones(self.n_strata)  # effective shares of the resamplings so far, multiplied
        self.guided = np.zeros(n)  # part of the log weight that only guides, and is taken back in the end
        self._limits, self._ranges = _limits(self.model), _ranges(self.model)
        self._decoded = {name for rule in self.model.rules.values() for name in (rule.target, *rule.sources)}

    @property
    def n_rows(self) -> int:
        """Candidates in all."""
        return self.n_strata * self.n_candidates

    def advance(self, u: Floats, allowed: Allowed | None = None) -> None:
        """Draw the next column with uniforms ``u``, shape (n_rows,), within what is allowed."""
        j = len(self.leaves)
        name, bins = self.model.names[j], self.model.bins[j]
        rule = self.model.rules.get(name)
        values: NDArray[Any] | None = None
        if rule is not None and rule.exact:
            values = rule.apply(self.values)
            leaves = bins.encode(values)
            if name in self._ranges:
                low, high = self._ranges[name]
                self.weigh(np.where((values < low) | (values > high), -np.inf, 0.0))
        elif allowed is None:
            leaves = self.model.chain.draw(j, self.codes[:j], u)
        else:
            leaves, log_share = draw_within(self.model, j, self.codes[:j], u, allowed)
            self.weigh(log_share)
        if values is None and self.needs_values(j):
            drawn = bins.decode(leaves, u, allowed.segments if allowed else None)
            values = np.clip(drawn, *self._limits[name]) if name in self._limits else drawn
            values = values if rule is None else rule.apply(self.values, values)
            moved = np.flatnonzero(values != drawn) if values is not drawn and bins.numeric else ()
            if len(moved):  # so that later columns are drawn given what the row holds
                leaves[moved] = bins.encode(values[moved])
        if rule is not None and values is not None and allowed is not None and allowed.wanted is not None:
            self.weigh(np.where(allowed.wanted.met(values), 0.0, -np.inf))  # a rule may have led away from it
        self.take(leaves, u, values)

    def weigh(self, log_weight: Floats) -> None:
        """Multiply the weights."""
        self.log_weight += log_weight

    def guide(self, log_weight: Floats) -> None:
        """Multiply the weights for now."""
        self.log_weight += log_weight
        self.guided += log_weight

    def end_guide(self) -> None:
        """Take back what only guided."""
        self.log_weight -= self.guided
        self.guided[:] = 0.0

    def take(self, leaves: Leaves, places: Floats, values: NDArray[Any] | None = None) -> None:
        """Add the next column."""
        j = len(self.leaves)
        np.take(self.model.bins[j].codes, leaves, out=self.codes[j])
        self.leaves.append(leaves)
        self.places.append(places)
        if values is not None:
            self.values[self.model.names[j]] = values

    def needs_values(self, j: int) -> bool:
        """Whether rules speak of column ``j``, so that its values are decided as soon as it is drawn."""
        return self.model.names[j] in self._decoded

    def effective_shares(self) -> Floats:
        """Effective number of candidates over their number, for each stratum."""
        weight = self.log_weight.reshape(self.n_strata, -1)
        weight = np.exp(weight - np.maximum(weight.max(axis=1, keepdims=True), -1e300))
        total = weight.sum(axis=1) ** 2 / np.maximum((weight**2).sum(axis=1), 1e-300)
        return np.asarray(total / self.n_candidates)

    def renew_uneven(self, place: Floats) -> "Particles":
        """Resample the candidates of every stratum where weights are uneven; ``place`` as for `choose`.

        Each stratum by itself, so that its rows do not depend on how many others are drawn with it.
        """
        shares = self.effective_shares() if self.n_rows else np.ones(self.n_strata)
        uneven = np.flatnonzero(shares < UNEVEN)
        if not len(uneven):
            return self
        log_weight = self.log_weight.reshape(self.n_strata, self.n_candidates)
        self._check_possible(log_weight)
        chosen = np.tile(np.arange(self.n_candidates, dtype=np.int32), (self.n_strata, 1))
        part, weight = np.ascontiguousarray(log_weight[uneven]), np.empty((len(uneven), self.n_candidates))
        picked = np.empty(weight.shape, dtype=np.int32)
        resample_rows(part, np.ascontiguousarray(place[uneven]), False, weight, picked, effective_n_threads())
        chosen[uneven] = picked
        out = self._taken(chosen)
        out.log_weight = log_weight.copy().ravel()
        out.log_weight.reshape(log_weight.shape)[uneven] = 0.0
        out.kept_shares[uneven] *= shares[uneven]
        return out

    def _check_possible(self, log_weight: Floats) -> None:
        if not np.isfinite(log_weight.max(axis=1, initial=-np.inf)).all() and log_weight.size:
            names = ", ".join(map(str, self.model.names[: len(self.leaves)]))
            raise ConditionError(
                f"conditions: none of {self.n_candidates} candidates for a stratum meets what was asked of {names}; "
                "the conditions contradict each other or have next to no probability together."
            )

    def _taken(self, chosen: NDArray[np.int32]) -> "Particles":
        """The candidates of these numbers, shape (n_strata, n_chosen), with equal weights."""
        rows = (chosen + np.arange(self.n_strata)[:, None] * self.n_candidates).ravel()
        out = Particles(self.model, self.n_strata, chosen.shape[1])
        out.codes = np.ascontiguousarray(self.codes[:, rows])
        out.leaves = [own[rows] for own in self.leaves]
        out.places = [own[rows] for own in self.places]
        out.values = {name: own[rows] for name, own in self.values.items()}
        out.guided = self.guided[rows]
        out.kept_shares = self.kept_shares.copy()
        return out

    def choose(self, n_chosen: int, place: Floats, *, once: bool = False) -> "Particles":
        """Resample ``n_chosen`` of each stratum's candidates; ``place``, shape (n_strata,), are uniforms.

        With ``once`` weights are bounded so that no candidate is taken twice, where enough have weight, and rows are
        traded so that every column by itself is spread as the weights say.
        """
        log_weight = self.log_weight.reshape(self.n_strata, self.n_candidates)
        self._check_possible(log_weight)
        chosen, weight = np.empty((self.n_strata, n_chosen), dtype=np.int32), np.empty_like(log_weight)
        resample_rows(log_weight, place, once, weight, chosen, effective_n_threads())
        if once:
            self._balance(weight, place, chosen)
        return self._taken(chosen)

    def place_anew(self, stream: Stream, first: int) -> None:
        """Draw the places of rows in their leaves anew, so that candidates taken twice do not share them."""
        for j in range(len(self.places)):
            self.places[j] = stream.child(j).uniform(self.n_rows, start=first)

    def _balance(self, weight: Floats, place: Floats, chosen: NDArray[np.int32]) -> None:
        """Trade chosen rows until every column is spread over them as its weights say."""
        groups = np.empty_like(self.codes)
        for own, codes, bins in zip(groups, self.codes, self.model.bins, strict=True):
            np.take(bins.groups, codes, out=own)
        key = (place * 2.0**53).astype(np.uint64)
        scratch = np.empty((self.n_strata, N_GROUPS * len(groups)))
        balance_rows(groups, weight, key, BALANCE_PASSES, scratch, chosen, effective_n_threads())

    def decode(self, allowed: Mapping[int, Allowed]) -> Columns:
        """Encoded values of all columns."""
        columns = dict(self.values)
        for j, (name, bins) in enumerate(zip(self.model.names, self.model.bins, strict=True)):
            if name not in columns:
                segments = allowed[j].segments if j in allowed else None
                columns[name] = bins.decode(self.leaves[j], self.places[j], segments)
        return columns


def draw_within(model: TreeModel, j: int, codes: Codes, u: Floats, allowed: Allowed) -> tuple[Leaves, Floats]:
    """Draw leaves of column ``j`` within what is allowed, and the log probability of that; ``u`` become places."""
    possible = np.flatnonzero(allowed.share > 0.0)
    n = codes.shape[1]
    if len(possible) == 1:
        leaves = np.full(n, possible[0], dtype=np.uint16)
        return leaves, model.chain.log_prob(j, codes, leaves) + np.log(allowed.share[possible[0]])
    few = len(possible) < FEW_OF_LEAVES * model.bins[j].n_leaves
    leaves, log_share = np.empty(n, dtype=np.uint16), np.empty(n)
    step = max(1, TABLE_CELLS // model.bins[j].n_leaves)
    for start in range(0, n, step):
        rows = slice(start, min(start + step, n))
        part = np.ascontiguousarray(codes[:, rows])
        if few:
            alike = (np.full(part.shape[1], leaf, dtype=np.uint16) for leaf in possible)
            table = np.exp(np.column_stack([model.chain.log_prob(j, part, leaf) for leaf in alike]))
        else:
            table = model.chain.probabilities(j, part)[:, possible]
        table = table * allowed.share[possible]
        reach = np.cumsum(table, axis=1)
        aim = u[rows] * reach[:, -1]
        k = np.minimum((reach <= aim[:, None]).sum(axis=1), len(possible) - 1)
        at = np.arange(len(k))
        u[rows] = np.clip((aim - (reach[at, k] - table[at, k])) / np.maximum(table[at, k], 1e-300), 0.0, 1.0 - 2**-53)
        leaves[rows] = possible[k]
        log_share[rows] = np.log(np.maximum(reach[:, -1], 1e-300))
    return leaves, log_share


def draw_particles(
    model: TreeModel, first: int, n_strata: int, n_candidates: int, stream: Stream, plan: Plan
) -> Particles:
    """Candidates of strata ``first`` to ``first + n_strata`` of the block that ``stream`` is keyed by.

    ``n_candidates``, a multiple of 1,024, are drawn for each stratum; every column's uniforms are stratified by 1,024.
    """
    particles = Particles(model, n_strata, n_candidates)
    n, start, threads = particles.n_rows, first * n_candidates, effective_n_threads()
    for j in range(len(model.bins)):
        u = np.empty(n)
        rank, jitter = (stream.child(part, j).uniform(n, start=start) for part in ("rank", "jitter"))
        np.multiply(rank, 15.0, out=rank)
        rank -= 7.5  # the kernel ranks numbers between -8 and 8
        fill_stratified(rank, jitter, u, threads)
        particles.advance(u, plan.allowed.get(j))
        if j in plan.guide:
            particles.guide(plan.guide[j][particles.codes[j]])
        if j == plan.last:
            particles.end_guide()
        elif j < plan.last and (j in plan.allowed or j in plan.guide):
            particles = particles.renew_uneven(stream.child("uneven", j).uniform(n_strata, start=first))
    return particles


def _draw_groups(model: TreeModel, n_rows: int, stream: Stream, plan: Plan) -> Iterator[Particles]:
    """Chosen rows of a block, some strata at a time."""
    copies = max(plan.copies, model.candidates)
    n_strata = -(-n_rows // STRATUM_ROWS)
    size = max(1, GROUP_CANDIDATES // (copies * STRATUM_ROWS))

    def draw(first: int) -> Particles:
        count = min(size, n_strata - first)
        particles = draw_particles(model, first, count, copies * STRATUM_ROWS, stream, plan)
        if copies > 1:
            particles.log_weight += model.corrector.log_weight(particles.codes)
            place = stream.child("choose").uniform(count, start=first)
            particles = particles.choose(STRATUM_ROWS, place, once=not plan.allowed)
            if plan.allowed:
                particles.place_anew(stream.child("anew"), first * STRATUM_ROWS)
        return particles

    return map_blocks(draw, range(0, max(n_strata, 1), size))


def draw_block(model: TreeModel, n_rows: int, stream: Stream, plan: Plan = FREE) -> Columns:
    """Encoded columns of the first rows of a block."""
    parts = [particles.decode(plan.allowed) for particles in _draw_groups(model, n_rows, stream, plan)]
    return {name: np.concatenate([part[name] for part in parts])[:n_rows] for name in model.names}


def draw_codes(model: TreeModel, n_rows: int, stream: Stream) -> Codes:
    """Feature codes of drawn rows, shape (n_columns, n_rows)."""
    groups = _draw_groups(model, n_rows, stream, FREE)
    return np.ascontiguousarray(np.hstack([particles.codes for particles in groups])[:, :n_rows])


def _ranges(model: TreeModel) -> dict[Hashable, tuple[float, float]]:
    """Ranges that sums have to lie in, because a table is cut to them; but for what rounding may add."""
    out: dict[Hashable, tuple[float, float]] = {}
    for name, rule in model.rules.items():
        values = model.bins[model.place_of(name)].values
        if isinstance(rule, Total) and isinstance(values, NumberValues):
            low, high = values.table.values[[0, -1]]
            slack = ALIKE * max(abs(low), abs(high)) if values.table.step is None else 0.5 * values.table.step
            out[name] = float(low - slack), float(high + slack)
    return out


def _limits(model: TreeModel) -> dict[Hashable, tuple[float, float]]:
    """Ranges of numbers within which what they determine stays within its own range, which a table is cut to."""
    out: dict[Hashable, tuple[float, float]] = {}
    for name, rule in model.rules.items():
        values = model.bins[model.place_of(name)].values
        if not isinstance(rule, Affine) or not isinstance(values, NumberValues):
            continue
        ends = values.table.values[[0, -1]]
        inverse = rule.invert(Wanted(lower=ends[:1], upper=ends[1:]))
        if len(inverse.lower):
            low, high = out.get(rule.source, (-np.inf, np.inf))
            out[rule.source] = max(low, float(inverse.lower[0])), min(high, float(inverse.upper[-1]))
    return out
