"""What the boosters of one column see of a row: earlier columns, the node reached, and where the row lies beside it.

A booster serves all nodes of a depth at once. Codes of earlier columns say where a row lies, but not where it lies
*relative to the node's boundary*; without that, "this column follows that one" takes a staircase of questions, one step
a node. So each strongly related number also appears as its distance to the boundary, once by rank and once by value,
and so does the linear prediction.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast._ext._code_rows import fill_differences, fill_normal_odds, fill_standardised, take_codes
from synthfast.exceptions import FileFormatError
from synthfast.synthesizers._tree.bins import MAX_CODES, Bins
from synthfast.synthesizers._tree.hierarchy import Hierarchy, Level
from synthfast.synthesizers._tree.linear import LinearBasis, LinearScore, normal_scores
from synthfast.synthesizers._tree.number_values import NumberValues

__all__ = ["ColumnInputs", "InputView", "Relative"]

Codes = NDArray[np.uint8]
Rows = NDArray[np.int32]
Nodes = NDArray[np.uint16]

MAX_RELATIVES = 3
LEAST_INFORMATION = 0.045  # nats; a correlation of 0.3 has as much
CLEAR_CORRELATION = 0.2
SHARED_RANGE = 0.5  # of the target's boundaries that a column of the same unit has values around
STANDARD_STEPS = 32.0  # codes for one standard deviation of the linear prediction's error


@dataclass(frozen=True)
class Relative:
    """A related column's distance to the boundary of a node.

    Parameters
    ----------
    column : int
        The related column's place in the chain.
    sign : int
        1 where it rises with the target, -1 where it falls.
    by_value : bool
        Whether the boundary is carried over by its value; else by its rank.
    boundaries : list of ndarray of int16, shape (n_nodes,)
        For each depth the related column's code at the boundary.
    """

    column: int
    sign: int
    by_value: bool
    boundaries: list[NDArray[np.int16]]


class ColumnInputs:
    """Inputs of one column's boosters.

    Parameters
    ----------
    j : int
        The column's place in the chain.
    bins : list of Bins
        All columns in the order of the chain.
    hierarchy : Hierarchy
        The column's own.
    sources : ndarray of int32, shape (n_sources,)
        Earlier columns that are seen.
    relatives : list of (column, sign, by_value)
    linear : LinearScore or None
    """

    def __init__(
        self,
        j: int,
        bins: list[Bins],
        hierarchy: Hierarchy,
        sources: NDArray[np.int32],
        relatives: list[tuple[int, int, bool]],
        linear: LinearScore | None,
    ) -> None:
        self.hierarchy, self.sources, self.linear = hierarchy, sources, linear
        target = bins[j]
        self.first_alone = target.missing
        grades = [target.grade[level.middle] for level in hierarchy.levels]
        self.relatives = [
            Relative(i, sign, by_value, _boundaries(target, bins[i], grades, sign, by_value))
            for i, sign, by_value in relatives
        ]
        present = _among_present(target)
        self.cuts = [normal_scores(present(g)).astype(np.float32) for g in grades]
        self.ends = [_ends(target, level, present) for level in hierarchy.levels]
        self._source_codes = [bins[i].n_codes for i in sources]

    @classmethod
    def choose(
        cls,
        j: int,
        bins: list[Bins],
        hierarchy: Hierarchy,
        sources: NDArray[np.int32],
        basis: LinearBasis,
        information: NDArray[np.float64],
    ) -> "ColumnInputs":
        """Find the related columns and the linear rule of column ``j``; ``information``: what the others say about it.

        A column whose dependence has no clear direction is followed in both.
        """
        relatives: list[tuple[int, int, bool]] = []
        if bins[j].numeric and len(sources):
            r = basis.correlations(j)
            near = [int(i) for i in sources if bins[i].numeric and information[i] >= LEAST_INFORMATION]
            near = sorted(near, key=lambda i: (-information[i], i))[:MAX_RELATIVES]
            relatives = [(i, sign, False) for i in near for sign in (1, -1) if sign * r[i] > -CLEAR_CORRELATION]
            relatives += [(i, 1, True) for i in near if r[i] > 0 and _share_a_range(bins[j], bins[i])]
        return cls(j, bins, hierarchy, sources, relatives, basis.solve(j, sources))

    def n_codes(self, depth: int) -> NDArray[np.int32]:
        """Codes of each feature at a depth."""
        n_nodes = len(self.hierarchy.levels[depth].middle)
        node = (n_nodes - 1 >> _node_shift(n_nodes)) + 1
        extra = len(self.relatives) + (self.linear is not None)
        return np.array([*self._source_codes, node, *[MAX_CODES] * extra], dtype=np.int32)

    def view(self, codes: Codes) -> "InputView":
        """The inputs over rows whose earlier columns are ``codes``, shape (n_columns, n_rows)."""
        return InputView(self, codes, None if self.linear is None else self.linear(codes))

    def to_state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """A JSON-able document and arrays."""
        document = {"relatives": [[r.column, r.sign, r.by_value] for r in self.relatives]}
        arrays: dict[str, NDArray[Any]] = {"sources": self.sources}
        if self.linear is not None:
            arrays |= {f"linear/{k}": v for k, v in self.linear.to_state().items()}
        return document, arrays

    @classmethod
    def from_state(
        cls, j: int, bins: list[Bins], hierarchy: Hierarchy, document: dict[str, Any], arrays: dict[str, NDArray[Any]]
    ) -> "ColumnInputs":
        """Undo `to_state`.

        Raises
        ------
        FileFormatError
            If a source or a related column is none that column ``j`` can follow.
        """
        linear = None
        if "linear/columns" in arrays:
            linear = LinearScore.from_state({k: arrays[f"linear/{k}"] for k in ("columns", "tables", "numbers")})
        relatives = [(int(i), int(sign), bool(by_value)) for i, sign, by_value in document["relatives"]]
        sources = arrays["sources"]
        for i in sources.tolist():
            if i not in range(j):
                raise FileFormatError(f"the tree model is damaged: column {i} as a source of column {j}.")
        for i, sign, _ in relatives:
            if not (i in range(j) and abs(sign) == 1 and bins[i].numeric and bins[j].numeric):
                raise FileFormatError(f"the tree model is damaged: column {j} cannot follow column {i} by {sign}.")
        return cls(j, bins, hierarchy, sources, relatives, linear)


@dataclass(frozen=True)
class InputView:
    """The inputs over given rows."""

    inputs: ColumnInputs
    codes: Codes
    z: NDArray[np.float32] | None

    def odds(self, depth: int, rows: Rows, node: Nodes) -> NDArray[np.float32]:
        """Log odds of the right side by the linear prediction, if its error is normal; needs one."""
        assert self.z is not None
        assert self.inputs.linear is not None
        low, middle, high = self.inputs.ends[depth]
        out = np.empty(len(rows), dtype=np.float32)
        fill_normal_odds(self.z, rows, node, low, middle, high, 1.0 / self.inputs.linear.spread, out)
        return out

    def fill(self, depth: int, rows: Rows, node: Nodes, used: NDArray[np.int32], tables: Codes) -> Codes:
        """Features ``used`` of some rows that lie in nodes of one depth, shape (n_used, len(rows)).

        ``tables``, shape (n_used, 256), says what the codes of earlier columns become.
        """
        inputs, n_sources = self.inputs, len(self.inputs.sources)
        out = np.empty((len(used), len(rows)), dtype=np.uint8)
        plain = int(np.searchsorted(used, n_sources))
        take_codes(self.codes, inputs.sources[used[:plain]], tables[:plain], rows, out)
        for k in range(plain, len(used)):
            extra = int(used[k]) - n_sources - 1
            if extra < 0:
                n_nodes = len(inputs.hierarchy.levels[depth].middle)
                out[k] = node >> _node_shift(n_nodes)
            elif extra < len(inputs.relatives):
                near = inputs.relatives[extra]
                fill_differences(self.codes[near.column], rows, node, near.boundaries[depth], near.sign, out[k])
            else:
                assert self.z is not None
                assert inputs.linear is not None
                fill_standardised(self.z, rows, node, inputs.cuts[depth], STANDARD_STEPS / inputs.linear.spread, out[k])
        return out


def _node_shift(n_nodes: int) -> int:
    """By how many bits node numbers are shortened to fit a byte."""
    return max(0, (n_nodes - 1).bit_length() - 8)


def _among_present(bins: Bins) -> Any:
    """Carries cumulative shares of all rows to shares of the rows that are not missing."""
    gone = float(bins.grade[1]) if bins.missing else 0.0
    return lambda grade: np.clip((grade - gone) / max(1.0 - gone, 1e-12), 0.0, 1.0)


def _ends(target: Bins, level: Level, present: Any) -> tuple[NDArray[np.float32], ...]:
    """Normal scores at the beginning, the middle and the end of each node of a depth."""
    low, middle, high = (present(target.grade[at]) for at in (level.low, level.middle, level.high))
    first, last = low <= 0.0, high >= 1.0
    scores = (
        np.where(first, -np.inf, normal_scores(low)),
        normal_scores(middle),
        np.where(last, np.inf, normal_scores(high)),
    )
    return tuple(score.astype(np.float32) for score in scores)


def _boundaries(
    target: Bins, source: Bins, grades: list[NDArray[np.float64]], sign: int, by_value: bool
) -> list[NDArray[np.int16]]:
    if not by_value:
        inner = source.code_grade[1:-1]
        places = [np.searchsorted(inner, g if sign > 0 else 1.0 - g) for g in grades]
        return [np.minimum(p, source.n_codes - 1).astype(np.int16) for p in places]
    assert isinstance(target.values, NumberValues)
    present = _among_present(target)
    values = [target.values.table.ppf(present(g)) for g in grades]
    return [source.codes[source.encode(v)].astype(np.int16) for v in values]


def _share_a_range(target: Bins, source: Bins) -> bool:
    """Whether most of the target's values are values that the source has too, as columns of one unit do."""
    assert isinstance(target.values, NumberValues)
    assert isinstance(source.values, NumberValues)
    grid = target.values.table.ppf(np.linspace(0.02, 0.98, 49))
    low, high = source.values.table.ppf(np.array([0.02, 0.98]))
    return bool(np.mean((grid > low) & (grid < high)) >= SHARED_RANGE)
