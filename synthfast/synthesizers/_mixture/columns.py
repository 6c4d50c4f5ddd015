"""A table's columns as a mixture sees them: numbers on a scale of their own, and codes of states and levels.

A numeric column is a state and, in the state "regular", a number. The other states are its spikes, values that far more
rows hold than those beside them, and missing. A level column has its levels and, where rows miss it, one level more.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast.encoding import EncodedColumn, TableCodec
from synthfast.encoding.missing import missing_of
from synthfast.engines import map_blocks
from synthfast.synthesizers._mixture.scales import Scale

__all__ = ["REGULAR", "LevelColumn", "MixtureColumns", "NumberColumn"]

Floats = NDArray[np.float64]
Codes = NDArray[np.int32]
Columns = dict[Hashable, NDArray[Any]]

REGULAR = 0  # state of a number that is drawn from its component's Gaussian


@dataclass(frozen=True)
class NumberColumn:
    """A numeric column.

    Parameters
    ----------
    name : column name
    spikes : ndarray of float64, shape (n_spikes,)
        Values that are states of their own, ascending.
    missing : bool
        Whether rows may miss the column.
    scale : Scale or None
        How regular numbers are measured; None where every number is a spike.
    """

    name: Hashable
    spikes: Floats
    missing: bool
    scale: Scale | None

    @property
    def n_codes(self) -> int:
        """Number of states: regular, the spikes, missing."""
        return 1 + len(self.spikes) + int(self.missing)

    @property
    def coded(self) -> bool:
        """Whether there is more than one state."""
        return self.n_codes > 1

    def states(self, values: Floats) -> Codes:
        """State of each encoded value, shape (n_rows,); -1 for a missing one where no row missed the column."""
        out = np.zeros(len(values), dtype=np.int32)
        for s, spike in enumerate(self.spikes.tolist()):
            out[values == spike] = 1 + s
        out[np.isnan(values)] = self.n_codes - 1 if self.missing else -1
        return out

    def values(self, states: Codes | None, regular: Floats) -> Floats:
        """Encoded values of states, given the regular numbers, which are overwritten."""
        if states is not None:
            ends = np.r_[np.nan, self.spikes, np.nan]
            other = states != REGULAR
            regular[other] = ends[states[other]]
        return regular


@dataclass(frozen=True)
class LevelColumn:
    """A column of levels.

    Parameters
    ----------
    name : column name
    n_levels : int
    missing : bool
        Whether rows may miss the column; that is then one level more.
    """

    name: Hashable
    n_levels: int
    missing: bool

    @property
    def n_codes(self) -> int:
        """Number of levels, missing included."""
        return self.n_levels + int(self.missing)

    @property
    def coded(self) -> bool:
        """True: there is always a code."""
        return True

    def states(self, values: NDArray[Any]) -> Codes:
        """Level of each encoded value; -1 for a missing one where no row missed the column."""
        if not self.missing:
            return np.asarray(values, dtype=np.int32)
        return np.where(values < 0, self.n_levels, values).astype(np.int32)

    def values(self, states: Codes) -> Codes:
        """Encoded values of levels."""
        return np.where(states == self.n_levels, np.int32(-1), states) if self.missing else states


@dataclass(frozen=True)
class MixtureColumns:
    """All columns of a table.

    Parameters
    ----------
    columns : list of NumberColumn or LevelColumn
        In the order of the codec.
    """

    columns: list[NumberColumn | LevelColumn]

    @classmethod
    def fit(
        cls, columns: Mapping[Hashable, EncodedColumn], codec: TableCodec, *, scale: str, min_count: int
    ) -> "MixtureColumns":
        """Find spikes and scales. Everything rests on counts of values, so the order of the rows changes nothing."""

        def one(column: EncodedColumn) -> NumberColumn | LevelColumn:
            missing = bool(missing_of(column.values).any())
            if column.kind == "levels":
                return LevelColumn(column.name, column.n_levels, missing)
            spikes, own = Scale.fit(column.values, codec.bounds(column.name), scale, min_count)
            return NumberColumn(column.name, spikes, missing, own)

        return cls(list(map_blocks(one, columns.values())))

    @cached_property
    def numbers(self) -> list[NumberColumn]:
        """Columns that have regular numbers, in the order of the components' means."""
        return [c for c in self.columns if isinstance(c, NumberColumn) and c.scale is not None]

    @cached_property
    def coded(self) -> list[NumberColumn | LevelColumn]:
        """Columns that have codes, in the order of the table of levels."""
        return [c for c in self.columns if c.coded]

    @cached_property
    def offsets(self) -> NDArray[np.int64]:
        """Where each coded column's rows of the table of levels begin, and their number, shape (n_coded + 1,)."""
        return np.concatenate([[0], np.cumsum([c.n_codes for c in self.coded], dtype=np.int64)])

    @cached_property
    def scales(self) -> list[Scale]:
        """Scale of each number."""
        return [c.scale for c in self.numbers if c.scale is not None]

    @cached_property
    def _places(self) -> dict[Hashable, int]:
        return {column.name: j for j, column in enumerate(self.numbers)}

    @cached_property
    def _codes(self) -> dict[Hashable, int]:
        return {column.name: c for c, column in enumerate(self.coded)}

    @cached_property
    def _named(self) -> dict[Hashable, NumberColumn | LevelColumn]:
        return {column.name: column for column in self.columns}

    def place_of(self, name: Hashable) -> int:
        """Place of a column's number among the components' means; -1 where it has none."""
        return self._places.get(name, -1)

    def code_of(self, name: Hashable) -> int:
        """Place of a column among the coded ones; -1 where it has no codes."""
        return self._codes.get(name, -1)

    def named(self, name: Hashable) -> NumberColumn | LevelColumn:
        """The column of a name."""
        return self._named[name]

    def encode(
        self, columns: Mapping[Hashable, NDArray[Any]], n_rows: int, measures: Sequence[Callable[[Floats], Floats]]
    ) -> tuple[Floats, Codes]:
        """Places of numbers, NaN where there is none, and rows of the table of levels; columns not given are unknown.

        Parameters
        ----------
        columns : mapping of name to ndarray, shape (n_rows,)
            Encoded values.
        measures : sequence of callable, one a number
            Give the places of regular values.

        Returns
        -------
        values : ndarray of float64, shape (n_numbers, n_rows)
        codes : ndarray of int32, shape (n_rows, n_coded)
            The number of levels where a level is unknown.
        """
        z = np.full((len(self.numbers), n_rows), np.nan)
        codes = np.full((n_rows, len(self.coded)), self.offsets[-1], dtype=np.int32)
        for column in self.columns:
            if column.name not in columns:
                continue
            values = columns[column.name]
            states = column.states(values)
            if isinstance(column, NumberColumn) and column.scale is not None:
                regular = states == REGULAR
                j = self.place_of(column.name)
                z[j, regular] = measures[j](values[regular])
            if column.coded:
                place = self.code_of(column.name)
                codes[:, place] = np.where(states < 0, self.offsets[-1], states + self.offsets[place])
        return z, codes

    def decode(self, regular: Sequence[Floats], states: Sequence[Codes]) -> Columns:
        """Encoded columns of regular numbers, which are overwritten, and the states of coded columns."""
        out: Columns = {}
        for column in self.columns:
            place = self.code_of(column.name)
            own = states[place] if place >= 0 else None
            if isinstance(column, LevelColumn):
                assert own is not None
                out[column.name] = column.values(own)
            elif column.scale is not None:
                out[column.name] = column.values(own, regular[self.place_of(column.name)])
            else:
                assert own is not None
                out[column.name] = column.values(own, np.empty(len(own)))
        return out

    def to_state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """A JSON-able document and arrays; columns are named by their place among the codec's."""
        entries: list[dict[str, Any]] = []
        arrays: dict[str, NDArray[Any]] = {}
        for j, c in enumerate(self.columns):
            if isinstance(c, LevelColumn):
                entries.append({"kind": "levels", "missing": c.missing, "n_levels": c.n_levels})
                continue
            arrays[f"{j}/spikes"] = c.spikes
            document = None
            if c.scale is not None:
                document, own = c.scale.to_state()
                arrays |= {f"{j}/scale/{k}": v for k, v in own.items()}
            entries.append({"kind": "numbers", "missing": c.missing, "scale": document})
        return {"columns": entries}, arrays

    @classmethod
    def from_state(
        cls, document: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]], names: list[Hashable]
    ) -> "MixtureColumns":
        """Undo `to_state` for the columns ``names``."""
        columns: list[NumberColumn | LevelColumn] = []
        for j, (name, entry) in enumerate(zip(names, document["columns"], strict=True)):
            if entry["kind"] == "levels":
                columns.append(LevelColumn(name, entry["n_levels"], entry["missing"]))
                continue
            own = {k.removeprefix(f"{j}/scale/"): v for k, v in arrays.items() if k.startswith(f"{j}/scale/")}
            scale = None if entry["scale"] is None else Scale.from_state(entry["scale"], own)
            columns.append(NumberColumn(name, arrays[f"{j}/spikes"], entry["missing"], scale))
        return cls(columns)
