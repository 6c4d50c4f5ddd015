"""The chain of boosted conditionals: columns drawn down their hierarchies, every step a booster of earlier columns."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.progress import progress
from synthfast._core.random import Stream
from synthfast._core.threads import effective_n_threads
from synthfast._ext._boost import log_sides, split_shares, take_steps
from synthfast.engines import map_blocks
from synthfast.synthesizers._tree.bins import MAX_CODES, Bins
from synthfast.synthesizers._tree.forest import BoostSettings, Forest
from synthfast.synthesizers._tree.hierarchy import Hierarchy
from synthfast.synthesizers._tree.inputs import ColumnInputs, InputView
from synthfast.synthesizers._tree.level_order import order_by_surprise
from synthfast.synthesizers._tree.linear import LinearBasis
from synthfast.synthesizers._tree.sources import choose_sources, mutual_information

__all__ = ["BoostedChain"]

Floats = NDArray[np.float64]
Codes = NDArray[np.uint8]
Leaves = NDArray[np.uint16]

LEAST_NODE_ROWS = 10  # the rows of nodes of fewer do not take part when a booster grows, which then speaks for them too
LEAST_ROWS = 40  # fewer rows under a depth than that are no ground for a booster
MAX_TRUST_ROWS = 65_536
TRUST_STEPS = 8
MOST_TRUST = 1.5
LEAST_TRUST_GAIN = 4.0  # nats in all; chance alone gives half a nat


@dataclass(frozen=True)
class _Step:
    """What is known of the sides at one depth of a column.

    Parameters
    ----------
    trust : float
        How far the score starts from the odds of the counts (0) towards those of a normal error around the linear
        prediction (1).
    forest : Forest or None
    used : ndarray of int32, shape (n_used,)
        Features that the forest asks.
    tables : ndarray of uint8, shape (n_used, 256)
        What the codes of earlier columns become.
    """

    trust: float
    forest: Forest | None
    used: NDArray[np.int32]
    tables: Codes

    def score(
        self, view: InputView, depth: int, rows: NDArray[np.int32], node: NDArray[np.uint16]
    ) -> NDArray[np.float32]:
        """Log odds of the right side, shape (len(rows),)."""
        score = _start(view, depth, rows, node, self.trust)
        if self.forest is not None:
            self.forest.add(view.fill(depth, rows, node, self.used, self.tables), score, effective_n_threads())
        return score


class BoostedChain:
    """Conditional distributions of columns in order, each given those before it.

    Parameters
    ----------
    bins : list of Bins
        Columns in order.
    inputs : list of ColumnInputs
    steps : list of list of (_Step or None)
        By column and depth; None keeps the odds of the counts.
    """

    def __init__(self, bins: list[Bins], inputs: list[ColumnInputs], steps: list[list[_Step | None]]) -> None:
        self.bins, self.inputs, self.steps = bins, inputs, steps

    @classmethod
    def fit(
        cls, bins: list[Bins], leaves: list[Leaves], codes: Codes, settings: BoostSettings, stream: Stream
    ) -> "BoostedChain":
        """Grow all boosters, side by side.

        Parameters
        ----------
        bins : list of Bins
            Columns in order.
        leaves : list of ndarray of uint16, shape (n_rows,)
            Rows in random order.
        codes : ndarray of uint8, shape (n_columns, n_rows)
            Feature codes of the leaves.
        """
        hierarchies = [Hierarchy(b.counts, b.missing) for b in bins]
        basis = LinearBasis(bins, codes)
        information = mutual_information(bins, codes)
        sources = choose_sources(bins, information)
        inputs = [ColumnInputs.choose(j, bins, h, sources[j], basis, information[j]) for j, h in enumerate(hierarchies)]
        settings = settings.for_rows(codes.shape[1])
        views = [column.view(codes) for column in inputs]
        jobs = [(j, depth) for j, h in enumerate(hierarchies) for depth in range(len(h.levels))]
        jobs.sort(key=lambda job: -len(sources[job[0]]))  # the longest first, so that threads end together

        def grow(job: tuple[int, int]) -> _Step | None:
            j, depth = job
            return _grow_step(bins, views[j], leaves[j], depth, settings, stream.child(j, depth).key[0])

        steps_in_order = progress(map_blocks(grow, jobs), "boosting", total=len(jobs), unit="forest")
        grown = dict(zip(jobs, steps_in_order, strict=True))
        steps = [[grown[j, depth] for depth in range(len(h.levels))] for j, h in enumerate(hierarchies)]
        return cls(bins, inputs, steps)

    def draw(self, j: int, codes: Codes, u: Floats) -> Leaves:
        """Draw leaves of column ``j`` for rows of earlier codes, shape (j or more, n_rows).

        ``u``, shape (n_rows,), uniforms in [0, 1), become uniform places within the leaves.
        """
        n = codes.shape[1]
        view, leaves = self.inputs[j].view(codes), np.zeros(n, dtype=np.uint16)
        rows, node = np.arange(n, dtype=np.int32), np.zeros(n, dtype=np.uint16)
        for depth, level in enumerate(self.inputs[j].hierarchy.levels):
            score = self._score(j, depth, view, rows, node)
            left = take_steps(score, level.child, u, rows, node, leaves)
            rows, node = rows[:left], node[:left]
            if not left:
                break
        return leaves

    def log_prob(self, j: int, codes: Codes, leaves: Leaves) -> Floats:
        """Log probability of leaves of column ``j`` given the earlier codes, shape (n_rows,)."""
        out = np.zeros(codes.shape[1])
        view = self.inputs[j].view(codes)
        for depth, level in enumerate(self.inputs[j].hierarchy.levels):
            node = level.node[leaves]
            rows = np.flatnonzero(node >= 0).astype(np.int32)
            if not len(rows):
                break
            score, side = self._score(j, depth, view, rows, node[rows].astype(np.uint16)), np.empty(len(rows))
            log_sides(score, level.right[leaves[rows]], side)
            out[rows] += side
        return out

    def probabilities(self, j: int, codes: Codes) -> Floats:
        """Probability of every leaf of column ``j`` given the earlier codes, shape (n_rows, n_leaves)."""
        n, n_leaves = codes.shape[1], self.bins[j].n_leaves
        view, rows = self.inputs[j].view(codes), np.arange(n, dtype=np.int32)
        out, reach = np.empty((n_leaves, n)), [np.ones(n)]  # of leaves, and of the nodes of one depth
        if n_leaves == 1:
            return np.ones((n, 1))
        for depth, level in enumerate(self.inputs[j].hierarchy.levels):
            below: list[Floats] = []
            for k, children in enumerate(level.child.tolist()):
                score, sides = self._score(j, depth, view, rows, np.full(n, k, dtype=np.uint16)), np.empty((2, n))
                split_shares(score, reach[k], *sides)
                for child, share in zip(children, sides, strict=True):
                    if child < 0:
                        out[-1 - child] = share
                    else:
                        below.append(share)
            reach = below
        return np.ascontiguousarray(out.T)

    def _score(
        self, j: int, depth: int, view: InputView, rows: NDArray[np.int32], node: NDArray[np.uint16]
    ) -> NDArray[np.float32]:
        step = self.steps[j][depth]
        if step is None:
            return view.inputs.hierarchy.levels[depth].base[node]
        return step.score(view, depth, rows, node)

    # -- state ---------------------------------------------------------------------------------------------------------

    def to_state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """A JSON-able document and arrays."""
        columns: list[dict[str, Any]] = []
        arrays: dict[str, NDArray[Any]] = {}
        for j, (inputs, steps) in enumerate(zip(self.inputs, self.steps, strict=True)):
            document, own = inputs.to_state()
            arrays |= {f"{j}/{k}": v for k, v in own.items()}
            columns.append(document | {"grown": [d for d, step in enumerate(steps) if step is not None]})
            for d, step in enumerate(steps):
                if step is None:
                    continue
                arrays |= {f"{j}/{d}/trust": np.array(step.trust), f"{j}/{d}/used": step.used}
                if step.forest is not None:
                    arrays |= {f"{j}/{d}/{k}": v for k, v in step.forest.to_state().items()}
                    arrays |= {f"{j}/{d}/tables": step.tables}
        return {"columns": columns}, arrays

    @classmethod
    def from_state(cls, bins: list[Bins], document: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> "BoostedChain":
        """Undo `to_state`."""
        inputs, steps = [], []
        for j, column in enumerate(document["columns"]):
            hierarchy = Hierarchy(bins[j].counts, bins[j].missing)
            own = {k.removeprefix(f"{j}/"): v for k, v in arrays.items() if k.startswith(f"{j}/")}
            inputs.append(ColumnInputs.from_state(j, bins, hierarchy, column, own))
            here: list[_Step | None] = [None] * len(hierarchy.levels)
            for d in column["grown"]:
                trust, used = float(own[f"{d}/trust"]), own[f"{d}/used"]
                here[d] = _Step(trust, None, used, np.empty((0, MAX_CODES), np.uint8))
                if len(used):
                    forest = Forest.from_state({k: own[f"{d}/{k}"] for k in ("feature", "threshold", "leaf", "gain")})
                    here[d] = _Step(trust, forest, used, own[f"{d}/tables"])
            steps.append(here)
        return cls(bins, inputs, steps)


def _grow_step(
    bins: list[Bins], view: InputView, leaves: Leaves, depth: int, settings: BoostSettings, key: int
) -> _Step | None:
    level = view.inputs.hierarchy.levels[depth]
    sources = view.inputs.sources
    heavy = level.node.copy()
    heavy[(heavy >= 0) & (level.rows[heavy] < LEAST_NODE_ROWS)] = -1
    reached = heavy[leaves]
    rows = np.flatnonzero(reached >= 0).astype(np.int32)
    if not len(sources) or len(rows) < LEAST_ROWS:
        return None
    node, right = reached[rows].astype(np.uint16), level.right[leaves[rows]]
    n_codes = view.inputs.n_codes(depth)
    everything = np.arange(len(n_codes), dtype=np.int32)
    tables = np.tile(np.arange(MAX_CODES, dtype=np.uint8), (len(n_codes), 1))
    features = view.fill(depth, rows, node, everything, tables)
    trust = _fit_trust(view, depth, rows, node, right)
    score = _start(view, depth, rows, node, trust)
    expected = 1.0 / (1.0 + np.exp(-score.astype(np.float64)))
    for k, i in enumerate(sources):
        if not bins[i].numeric and not bins[i].ordered and n_codes[k] > 2:
            place = order_by_surprise(features[k], right - expected, expected * (1.0 - expected), int(n_codes[k]))
            tables[k, : n_codes[k]] = place
            features[k] = tables[k][features[k]]
    settings = settings.for_leaves(len(level.node))
    forest = Forest.grow(features, n_codes, right, score, settings, key)
    if forest is None:
        return _Step(trust, None, everything[:0], tables[:0]) if trust else None
    used = np.unique(forest.feature)
    return _Step(trust, forest.only(used), used, tables[used])


def _start(
    view: InputView, depth: int, rows: NDArray[np.int32], node: NDArray[np.uint16], trust: float
) -> NDArray[np.float32]:
    """Log odds of the right side before any tree."""
    base = view.inputs.hierarchy.levels[depth].base[node]
    if not trust:
        return base
    odds = view.odds(depth, rows, node)
    odds -= base
    odds *= np.float32(trust)
    odds += base
    return odds


def _fit_trust(
    view: InputView, depth: int, rows: NDArray[np.int32], node: NDArray[np.uint16], right: NDArray[np.uint8]
) -> float:
    """How far to start towards the odds of a normal error: by maximum likelihood, 0 where that gains nothing."""
    level = view.inputs.hierarchy.levels[depth]
    if view.z is None or (depth == 0 and view.inputs.first_alone):
        return 0.0
    some = slice(0, MAX_TRUST_ROWS)
    base = level.base[node[some]].astype(np.float64)
    step = view.odds(depth, rows[some], node[some]) - base
    sign = np.where(right[some], 1.0, -1.0)
    trust = 0.0
    for _ in range(TRUST_STEPS):
        p = 1.0 / (1.0 + np.exp(sign * (base + trust * step)))
        slope, curvature = (sign * step * p).sum(), (step * step * p * (1.0 - p)).sum()
        trust = float(np.clip(trust + slope / (curvature + 1.0), 0.0, MOST_TRUST))
    gain = np.logaddexp(0.0, -sign * base).sum() - np.logaddexp(0.0, -sign * (base + trust * step)).sum()
    return trust if gain > LEAST_TRUST_GAIN else 0.0
