"""A fitted mixture as rows are drawn from it."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.random import AliasTable, Stream
from synthfast._core.threads import effective_n_threads
from synthfast._ext._mixture import draw_gaussians, draw_independent, draw_levels
from synthfast.synthesizers._mixture.columns import REGULAR, Codes, Columns, MixtureColumns, NumberColumn
from synthfast.synthesizers._mixture.marginals import CalibratedMap, NumberMap, PlainMap
from synthfast.synthesizers._mixture.parameters import LANES, Parameters

__all__ = ["Draft", "MixtureModel", "factors_of"]

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

MAX_TRIES = 64


@dataclass
class Draft:
    """Rows before they become values: places of numbers (n_numbers, n_rows), and states of each coded column."""

    z: Floats
    states: list[Codes]


@dataclass(frozen=True)
class MixtureModel:
    """Columns and parameters.

    Parameters
    ----------
    columns : MixtureColumns
    parameters : Parameters
    factors : ndarray of float64, shape (n_components, n_numbers, n_filled)
        Columns of the covariances' lower Cholesky factors, filled up with zeros; (n_components, 1, n_numbers) standard
        deviations where numbers are independent.
    calibrated : bool
        Whether numbers keep their columns' own distributions.
    """

    columns: MixtureColumns
    parameters: Parameters
    factors: Floats
    calibrated: bool

    @cached_property
    def _alias(self) -> AliasTable:
        return AliasTable(self.parameters.weights)

    @cached_property
    def _means(self) -> Floats:
        p, n_filled = self.parameters, self.factors.shape[2]
        return np.pad(p.means, ((0, 0), (0, n_filled - p.means.shape[1])))

    def probabilities(self, c: int) -> Floats:
        """Probabilities of the states of coded column ``c``, shape (n_components, n_states)."""
        start, stop = self.columns.offsets[c : c + 2]
        return np.ascontiguousarray(self.parameters.levels[start:stop].T)

    @cached_property
    def cumulated(self) -> list[Floats]:
        """Running sums of the probabilities of each coded column."""
        return [running_sums(self.probabilities(c)) for c in range(len(self.columns.coded))]

    @cached_property
    def maps(self) -> list[NumberMap]:
        """The way from each number's place to its value."""
        p = self.parameters
        deviations = np.sqrt(p.variances())
        out: list[NumberMap] = []
        for j, column in enumerate(self.columns.numbers):
            assert column.scale is not None
            if not self.calibrated:
                out.append(PlainMap(column.scale))
                continue
            weights = p.weights * self.regular_shares(column)
            out.append(CalibratedMap(column.scale, weights / weights.sum(), p.means[:, j], deviations[:, j]))
        return out

    def regular_shares(self, column: NumberColumn) -> Floats:
        """Probability of a regular number in each component, shape (n_components,)."""
        if not column.coded:
            return np.ones(self.parameters.n_components)
        return self.probabilities(self.columns.code_of(column.name))[:, REGULAR]

    # -- draws ---------------------------------------------------------------------------------------------------------

    def draw_free(self, rows: Rows, stream: Stream) -> Draft:
        """Rows without conditions."""
        component = stream.child("component").choice(self._alias, len(rows))
        return Draft(
            self.draw_numbers(component, stream),
            [self.draw_states(c, component, stream) for c in range(len(self.columns.coded))],
        )

    def draw_numbers(self, component: Codes, stream: Stream) -> Floats:
        """Places of all numbers of rows of given components."""
        p, n_rows, threads = self.parameters, len(component), effective_n_threads()
        z = np.empty((p.means.shape[1], n_rows))
        for j in range(len(z)):
            stream.child("normal", j).normal(n_rows, out=z[j])
        if p.diagonal:
            draw_independent(component, p.means, self.factors[:, 0], z, threads)
        else:
            draw_gaussians(component, self._means, self.factors, z, threads)
        return z

    def draw_states(self, c: int, component: Codes, stream: Stream, cumulated: Floats | None = None) -> Codes:
        """States of coded column ``c``, from its own probabilities or others."""
        table = self.cumulated[c] if cumulated is None else cumulated
        out = np.empty(len(component), dtype=np.int32)
        u = stream.child("state", c).uniform(len(component))
        draw_levels(component, table, u, out, effective_n_threads())
        return out

    def draw_inside(self, n_rows: int, stream: Stream, once: Callable[[Rows, Stream], Draft]) -> Columns:
        """Encoded columns of rows that ``once(rows, stream)`` drafts; those with a number out of range are drawn anew.

        Which rows those are does not depend on later rows, so a short draw stays a prefix of a long one.
        """
        draft = once(np.arange(n_rows), stream.child("try", 0))
        regular, outside = self._regular_values(draft)
        for attempt in range(1, MAX_TRIES):
            rows = np.flatnonzero(outside)
            if not len(rows):
                break
            other = once(rows, stream.child("try", attempt))
            values, outside[rows] = self._regular_values(other)
            for number, own in zip(regular, values, strict=True):
                number[rows] = own
            for state, drawn in zip(draft.states, other.states, strict=True):
                state[rows] = drawn
        return self.columns.decode(regular, draft.states)

    def _regular_values(self, draft: Draft) -> tuple[list[Floats], NDArray[np.bool_]]:
        """Encoded values of the numbers, and the rows in which a regular one is out of range."""
        values = [own.values(z) for own, z in zip(self.maps, draft.z, strict=True)]
        outside = np.zeros(draft.z.shape[1], dtype=bool)
        if not self.calibrated:
            for column, own, x in zip(self.columns.numbers, self.maps, values, strict=True):
                place = self.columns.code_of(column.name)
                gone = ~own.inside(x)
                outside |= gone if place < 0 else gone & (draft.states[place] == REGULAR)
        return values, outside

    # -- state ---------------------------------------------------------------------------------------------------------

    def to_state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """A JSON-able document and arrays."""
        columns, arrays = self.columns.to_state()
        parameters, own = self.parameters.to_state()
        arrays = {f"columns/{k}": v for k, v in arrays.items()} | {f"parameters/{k}": v for k, v in own.items()}
        document = {"columns": columns, "parameters": parameters, "calibrated": self.calibrated}
        return document, arrays | {"factors": self.factors}

    @classmethod
    def from_state(
        cls, document: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]], names: list[Hashable]
    ) -> "MixtureModel":
        """Undo `to_state` for the columns ``names``."""

        def part(prefix: str) -> dict[str, NDArray[Any]]:
            return {k.removeprefix(prefix): v for k, v in arrays.items() if k.startswith(prefix)}

        columns = MixtureColumns.from_state(document["columns"], part("columns/"), names)
        parameters = Parameters.from_state(document["parameters"], part("parameters/"))
        return cls(columns, parameters, arrays["factors"], document["calibrated"])


def running_sums(probabilities: Floats) -> Floats:
    """Running sums along the last axis, the last of them made infinite from the last positive probability on."""
    out = np.cumsum(probabilities, axis=1)
    n = probabilities.shape[1]
    last = n - 1 - np.argmax(probabilities[:, ::-1] > 0.0, axis=1)
    out[np.arange(n) >= last[:, None]] = np.inf
    return out


def factors_of(p: Parameters) -> Floats:
    """What standard normals are multiplied by: columns of Cholesky factors, filled up; or standard deviations."""
    if p.diagonal:
        return np.sqrt(p.covariances)
    d = p.means.shape[1]
    n_filled = -(-d // LANES) * LANES
    factors = np.zeros((p.n_components, d, n_filled))
    if d:
        factors[:, :, :d] = np.linalg.cholesky(p.covariances).transpose(0, 2, 1)
    return factors
