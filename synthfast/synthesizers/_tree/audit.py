"""How close a model like this one comes to its training rows, with rows held out of it as the yardstick.

The rows are cut in halves, the same kind of model is fitted to one, and rows drawn from it are held against both: a
model that generalises is as often nearer to the half that it has not seen. What is measured is that model, fitted to at
most 10,000 rows, not the one that is delivered, which has seen at least twice as many rows and has no hold-out left.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.random import Stream
from synthfast.encoding import EncodedColumn
from synthfast.encoding.missing import missing_of
from synthfast.neighbors import RecordSpace
from synthfast.synthesizers._tree.drawing import draw_block
from synthfast.synthesizers._tree.model import TreeModel

__all__ = ["CopyingAudit", "Split", "audit_copying"]

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

MAX_ROWS = 10_000  # of each half
LEAST_ROWS = 100
TIE = 1e-9


@dataclass(frozen=True)
class CopyingAudit:
    """What the audit found; ``str`` says it in a line.

    Parameters
    ----------
    share : float
        Share of drawn rows nearer to the training half than to the held-out half, ties as halves; 0.5 is ideal.
    share_error : float
        Standard error of ``share``.
    copies, copies_holdout : float
        Share of drawn rows, and of held-out rows, that are a training row in every column.
    log_likelihood, log_likelihood_holdout : float
        Mean log probability of a training row and of a held-out row, in nats at the resolution of the bins.
    n_rows : int
        Rows of the training half.
    split : str
        What the halves are: "rows", "groups" or "time".
    """

    share: float
    share_error: float
    copies: float
    copies_holdout: float
    log_likelihood: float
    log_likelihood_holdout: float
    n_rows: int
    split: str

    @property
    def gap(self) -> float:
        """By how much a training row is likelier than a held-out row, in nats."""
        return self.log_likelihood - self.log_likelihood_holdout

    def __str__(self) -> str:
        return (
            f"{self.share:.3f} +- {self.share_error:.3f} of the rows drawn by a model of {self.n_rows:,} rows are "
            f"nearer to a training than to a held-out row (0.5 is ideal; halves by {self.split}); copies "
            f"{self.copies:.2%}, of held-out rows {self.copies_holdout:.2%}; likelihood gap {self.gap:.2f} nats a row"
        )


@dataclass(frozen=True)
class Split:
    """How rows are cut in halves.

    Parameters
    ----------
    kind : {"rows", "groups", "time"}
        Row by row; whole groups of equal values; or ten stretches of time, taken in turn.
    key : ndarray or None
        Encoded values of the column that tells groups or time.
    name : column name or None
        That column; it is left out of what is measured, since it alone tells the halves apart.
    """

    kind: str = "rows"
    key: NDArray[Any] | None = None
    name: Hashable | None = None

    def halves(self, n_rows: int, stream: Stream) -> tuple[Rows, Rows]:
        """Rows of both halves in random order, at most 10,000 each and as many in one as in the other."""
        order = stream.child("order").permutation(n_rows)
        if self.key is None:
            first = np.zeros(n_rows, dtype=bool)
            first[order[: n_rows // 2]] = True
        elif self.kind == "groups":
            first = _some_groups(self.key, stream.child("groups"))
        else:
            rank = np.empty(n_rows, dtype=np.int64)
            rank[np.argsort(self.key, kind="stable")] = np.arange(n_rows)
            first = (rank * 10 // n_rows) % 2 == 0
        one, other = order[first[order]], order[~first[order]]
        size = min(len(one), len(other), MAX_ROWS)
        return one[:size], other[:size]


def audit_copying(
    columns: Mapping[Hashable, EncodedColumn],
    fit: Callable[[Mapping[Hashable, EncodedColumn], Stream], TreeModel],
    split: Split,
    stream: Stream,
) -> CopyingAudit | None:
    """Fit to one half and hold drawn rows against both; None where nothing or too few rows are left to tell by."""
    n_rows = len(next(iter(columns.values())).values)
    measured = {name: column for name, column in columns.items() if split.key is None or name is not split.name}
    seen, unseen = split.halves(n_rows, stream)
    if not measured or len(seen) < LEAST_ROWS:
        return None
    train, hold = (_take(columns, rows) for rows in (seen, unseen))
    model = fit(train, stream.child("fit"))
    drawn = draw_block(model, min(len(seen), 2**16), stream.child("draw"))
    halves = {"train": _values(train), "hold": _values(hold), "drawn": drawn}
    tables = {role: _frame(measured, values) for role, values in halves.items()}
    space = RecordSpace.fit(tables)
    points = {role: space.points(table, role) for role, table in tables.items()}
    to_train, to_hold, between = (
        space.nearest(points[near], points[far])[0]
        for near, far in (("drawn", "train"), ("drawn", "hold"), ("hold", "train"))
    )
    tie = np.isclose(to_train, to_hold, rtol=0.0, atol=TIE)
    nearer = np.where(tie, 0.5, to_train < to_hold)
    return CopyingAudit(
        share=float(nearer.mean()),
        share_error=float(nearer.std() / np.sqrt(len(nearer))),
        copies=float(np.mean(to_train <= TIE)),
        copies_holdout=float(np.mean(between <= TIE)),
        log_likelihood=_mean_log_likelihood(model, train, split.name),
        log_likelihood_holdout=_mean_log_likelihood(model, hold, split.name),
        n_rows=len(seen),
        split=split.kind,
    )


def _take(columns: Mapping[Hashable, EncodedColumn], rows: Rows) -> dict[Hashable, EncodedColumn]:
    return {name: replace(column, values=column.values[rows]) for name, column in columns.items()}


def _values(columns: Mapping[Hashable, EncodedColumn]) -> dict[Hashable, NDArray[Any]]:
    return {name: column.values for name, column in columns.items()}


def _some_groups(key: NDArray[Any], stream: Stream) -> NDArray[np.bool_]:
    """Which rows belong to groups, in random order, that hold half of all; a row whose group is missing is its own."""
    group = np.unique(key, return_inverse=True)[1].ravel()
    gone = np.flatnonzero(missing_of(key))
    group[gone] = group.max(initial=-1) + 1 + np.arange(len(gone))
    size = np.bincount(group)
    order = stream.permutation(len(size))
    before = np.cumsum(size[order]) - size[order]
    taken = np.zeros(len(size), dtype=bool)
    taken[order] = before + 0.5 * size[order] <= 0.5 * len(key)  # one that the middle cuts goes where most of it lies
    return np.asarray(taken[group])


def _frame(columns: Mapping[Hashable, EncodedColumn], values: Mapping[Hashable, NDArray[Any]]) -> Any:
    import pandas as pd

    out = {}
    for k, (name, column) in enumerate(columns.items()):
        if column.kind == "levels":
            levels = [str(level) for level in range(column.n_levels)]
            out[str(k)] = pd.Series(pd.Categorical.from_codes(values[name], categories=levels))
        else:
            out[str(k)] = pd.Series(values[name])
    return pd.DataFrame(out)


def _mean_log_likelihood(
    model: TreeModel, columns: Mapping[Hashable, EncodedColumn], ignored: Hashable | None
) -> float:
    leaves = model.encode({name: column.values for name, column in columns.items()})
    return float(model.log_prob_leaves(leaves, ignored).mean())
