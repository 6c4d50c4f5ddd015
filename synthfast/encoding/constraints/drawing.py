"""Draws under conditions on columns that models do not see as they are, and under a user's own function."""

import warnings
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.random import STRATUM_ROWS, Stream
from synthfast.encoding.conditions import EncodedCondition
from synthfast.encoding.constraints.checking import checked_mask, ordered_broken, total_broken
from synthfast.encoding.constraints.ordered import OrderedStep
from synthfast.encoding.constraints.step import Limits, Values, met_by
from synthfast.encoding.constraints.total import TotalStep
from synthfast.encoding.missing import missing_of
from synthfast.exceptions import ConditionError, ConditionWarning, ConstraintError
from synthfast.schema.constraints import Predicate

if TYPE_CHECKING:
    from synthfast.encoding.constraints.constrained_codec import ConstrainedCodec

__all__ = ["TRIES", "AskedConditions", "Drawer", "complete_rows"]

TRIES = 32  # candidates a row before the nearest of them are moved to meet the conditions
Mask = NDArray[np.bool_]
Sample = Callable[[int, Stream, Mapping[Hashable, EncodedCondition]], Values]


class AskedConditions(dict[Hashable, EncodedCondition]):
    """Conditions on what models see; ``asked`` are those on what users see."""

    def __init__(self, inside: Mapping[Hashable, EncodedCondition], asked: Mapping[Hashable, EncodedCondition]) -> None:
        super().__init__(inside)
        self.asked = dict(asked)


class Drawer:
    """Rows that meet conditions on bound columns, drawn in strata of 1,024 that do not depend on the number of rows.

    Parameters
    ----------
    codec : ConstrainedCodec
    asked : mapping of column name to EncodedCondition
        Conditions that what the model was asked for need not have met.
    standing : sequence of column names
        Columns of numbers whose range must hold though nothing keeps them in it.
    predicates : sequence of Predicate

    Notes
    -----
    A stratum takes the rows that meet everything out of as many draws of it as are needed. Where 32 draws do not give
    enough, the rows that come nearest are moved until they do; a `ConditionWarning` says how many and how far. Rows
    that a predicate refuses are never moved: the draw ends with an error at its ``max_tries``.
    """

    def __init__(
        self,
        codec: "ConstrainedCodec",
        asked: Mapping[Hashable, EncodedCondition],
        standing: Sequence[Hashable],
        predicates: Sequence[Predicate],
    ) -> None:
        self._codec, self._asked, self._predicates = codec, dict(asked), list(predicates)
        self._standing = [name for name in standing if name not in self._asked]
        self._distances: list[NDArray[np.float64]] = []  # of the rows that were moved

    @property
    def is_free(self) -> bool:
        """Whether there is nothing to meet."""
        return not (self._asked or self._standing or self._predicates)

    def draw(
        self, sample: Sample, n_rows: int, stream: Stream, conditions: Mapping[Hashable, EncodedCondition]
    ) -> Values:
        """Columns as users see them, encoded."""
        n_strata = -(-n_rows // STRATUM_ROWS)
        most = max([TRIES, *(one.max_tries for one in self._predicates)])
        chosen: list[list[Values]] = [[] for _ in range(n_strata)]
        near: list[list[Values]] = [[] for _ in range(n_strata)]
        for turn in range(most):
            open_strata = [k for k in range(n_strata) if _n_rows(chosen[k]) < STRATUM_ROWS]
            if not open_strata or (turn >= TRIES and not self._predicates):
                break
            part = stream if turn == 0 else stream.child("try", turn)
            rows = (open_strata[-1] + 1) * STRATUM_ROWS
            drawn = self._codec.restore(sample(rows, part, conditions))
            allowed = self._allowed(drawn, rows, part)
            met = allowed & self._met(drawn)
            for k in open_strata:
                own = slice(k * STRATUM_ROWS, (k + 1) * STRATUM_ROWS)
                need = STRATUM_ROWS - _n_rows(chosen[k])
                chosen[k].append(_take(drawn, own, np.flatnonzero(met[own])[:need]))
                if turn < TRIES:
                    near[k].append(_take(drawn, own, np.flatnonzero(allowed[own] & ~met[own])))
        if not n_strata:
            return self._codec.restore(sample(n_rows, stream, conditions))
        whole = [self._filled(chosen[k], near[k]) for k in range(n_strata)]
        self._tell_moved(n_strata * STRATUM_ROWS)
        return {name: np.concatenate([part[name] for part in whole])[:n_rows] for name in whole[0]}

    # -- which rows do -------------------------------------------------------------------------------------------------

    def _allowed(self, drawn: Values, n_rows: int, stream: Stream) -> Mask:
        allowed = np.ones(n_rows, dtype=bool)
        if self._predicates:
            data = self._codec.build(self._codec.decode(drawn, n_rows=n_rows, stream=stream.child("decode")))
            for one in self._predicates:
                allowed &= checked_mask(one, data, n_rows)
        return allowed

    def _met(self, drawn: Values) -> Mask:
        met = np.ones(len(next(iter(drawn.values()))), dtype=bool)
        for name, condition in self._asked.items():
            met &= met_by(drawn[name], condition)
        for name in self._standing:
            low, high = self._range(name)
            met &= ~((drawn[name] < low) | (drawn[name] > high))
        return met

    def _range(self, name: Hashable) -> tuple[float, float]:
        bounds = self._codec.user.bounds(name)
        return float(bounds.minimum or 0.0) if bounds.minimum is not None else -np.inf, (
            np.inf if bounds.maximum is None else float(bounds.maximum)
        )

    # -- rows that are moved -------------------------------------------------------------------------------------------

    def _filled(self, chosen: list[Values], near: list[Values]) -> Values:
        rows = _stacked(chosen)
        need = STRATUM_ROWS - _n_rows([rows])
        if not need:
            return rows
        moved = self._moved(_stacked(near), need) if near and not self._predicates else None
        if moved is None or _n_rows([moved]) < need:
            raise self._none_left(need)
        return _stacked([rows, moved])

    def _moved(self, near: Values, need: int) -> Values:
        """The nearest rows, moved; those that cannot be are left out."""
        limits, distance = self._limits(near)
        order = np.argsort(distance, kind="stable")
        order = np.sort(order[np.isfinite(distance[order])][: 2 * need])
        rows = _take(near, slice(None), order)
        limits = {name: (low[order], high[order]) for name, (low, high) in limits.items()}
        for name, condition in self._asked.items():
            if condition.missing:
                rows[name] = np.full_like(rows[name], np.nan if rows[name].dtype.kind == "f" else -1)
        for step in reversed(self._codec.steps):
            step.move(rows, limits)
        good = self._met(rows) & ~broken_by_steps(self._codec, rows)
        kept = np.flatnonzero(good)
        kept = np.sort(kept[np.argsort(distance[order][kept], kind="stable")][:need])
        self._distances.append(distance[order][kept])
        return _take(rows, slice(None), kept)

    def _tell_moved(self, n_rows: int) -> None:
        if not self._distances:
            return
        far = np.concatenate(self._distances)
        names = ", ".join(map(str, [*self._asked, *self._standing]))
        warnings.warn(
            f"conditions on {names}: {len(far) / n_rows:.0%} of a block's rows were moved to meet them, by "
            f"{far.mean():.2%} of the columns' ranges on average, for too few rows are drawn there.",
            ConditionWarning,
            stacklevel=2,
        )

    def _limits(self, near: Values) -> tuple[Limits, NDArray[np.float64]]:
        """What conditions leave to each row, of several intervals the nearest; and how far the row is from it."""
        limits: Limits = {}
        distance = np.zeros(len(next(iter(near.values()))))
        wanted = {name: EncodedCondition(lower=np.array([low]), upper=np.array([high]))
                  for name in self._standing for low, high in [self._range(name)]}  # fmt: skip
        for name, condition in {**wanted, **self._asked}.items():
            values = near[name]
            if condition.missing:
                continue
            if values.dtype.kind != "f":
                distance[~met_by(values, condition)] = np.inf
                continue
            low, high = self._range(name)
            gaps = np.stack([np.maximum(lower - values, values - upper) for lower, upper in zip(condition.lower, condition.upper, strict=True)])  # fmt: skip  # noqa: E501
            best = np.argmin(np.where(np.isnan(gaps), np.inf, gaps), axis=0)
            limits[name] = (np.maximum(condition.lower[best], low), np.minimum(condition.upper[best], high))
            lack = np.maximum(gaps[best, np.arange(len(values))], 0.0)
            distance += np.where(missing_of(values), np.inf, lack) / max(high - low, 1e-300)
        return limits, distance

    def _none_left(self, need: int) -> Exception:
        if self._predicates:
            tries = max(one.max_tries for one in self._predicates)
            names = ", ".join(one.name for one in self._predicates)
            return ConstraintError(
                f"predicate {names}: {need} of 1,024 rows are still missing after {tries} draws of them. Raise "
                "max_tries if so few rows are to be allowed, or loosen the function."
            )
        names = ", ".join(map(str, [*self._asked, *self._standing]))
        return ConditionError(
            f"conditions on {names}: no rows are found that meet them together with the constraints; {need} of 1,024 "
            f"rows are missing after {TRIES} draws."
        )


def broken_by_steps(codec: "ConstrainedCodec", values: Values) -> Mask:
    """Rows that do not keep an order or a total."""
    out = np.zeros(len(next(iter(values.values()))), dtype=bool)
    for step in codec.steps:
        if isinstance(step, OrderedStep):
            own = [step.sign * axis.values(values[name]) for axis, name in zip(step.axes, step.names, strict=True)]
            out |= ordered_broken(own, strict=step.strict)
        elif isinstance(step, TotalStep):
            parts = [values[name] for name in step.parts]
            out |= total_broken(values[step.total], parts, codec.user.bounds(step.total).step)
    return out


def complete_rows(codec: "ConstrainedCodec", drawn: Values, known: Values) -> Values:
    """Drawn rows with known cells, the others moved so that the constraints are kept.

    Raises
    ------
    ConditionError
        If the known cells of a row leave nothing that keeps them.
    """
    rows = {**drawn, **known}
    limits: Limits = {
        name: (np.where(np.isnan(values), -np.inf, values), np.where(np.isnan(values), np.inf, values))
        for name, values in known.items()
        if values.dtype.kind == "f"
    }
    for step in reversed(codec.steps):
        step.move(rows, limits)
    rows |= known
    broken = broken_by_steps(codec, rows)
    if broken.any():
        raise ConditionError(
            f"sample_remaining: in {np.count_nonzero(broken):,} rows (first: {int(np.argmax(broken))}) no values of "
            "the other columns keep the constraints beside the known ones. Correct them, or leave them out."
        )
    return rows


def _n_rows(parts: list[Values]) -> int:
    return sum(len(next(iter(part.values()))) for part in parts)


def _take(values: Values, own: slice, rows: NDArray[Any]) -> Values:
    return {name: column[own][rows] for name, column in values.items()}


def _stacked(parts: list[Values]) -> Values:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
