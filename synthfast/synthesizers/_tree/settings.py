"""The tree synthesizer's parameters, checked against the table before anything is done with it."""

import numbers
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from synthfast._core.names import Names
from synthfast._core.validation import check_integer, describe_value
from synthfast.encoding import EncodedColumn, TableCodec
from synthfast.exceptions import SchemaError
from synthfast.synthesizers._tree.audit import Split
from synthfast.synthesizers._tree.presets import PRESETS, Preset

__all__ = ["Settings"]


@dataclass(frozen=True)
class Settings:
    """What the parameters mean for a table.

    Parameters
    ----------
    preset : Preset
    min_count : int
        Rows by which a number is kept.
    order : list
        Modelled columns in the order in which they are drawn.
    split : Split
        How the audit cuts the rows.
    audit : bool
        Whether there is one.
    max_copying : float or None
        Bound on what it may find.
    """

    preset: Preset
    min_count: int
    order: list[Hashable]
    split: Split
    audit: bool
    max_copying: float | None

    @classmethod
    def read(
        cls, params: Mapping[str, Any], columns: Mapping[Hashable, EncodedColumn], codec: TableCodec
    ) -> "Settings":
        """Check the constructor's parameters, given by their names.

        Raises
        ------
        TypeError, ValueError
            If a parameter is no such thing as is asked for.
        SchemaError
            If one names columns that are not there, or that cannot tell groups or time.
        """
        preset = _preset(params["preset"])
        audit, max_copying = _audit(params["audit"], params["max_copying"])
        role, name = _role(params["group"], params["time"], codec)
        min_count = check_integer("min_level_count", params["min_level_count"], minimum=1)
        order = _order(params["column_order"], codec)
        split = Split() if role is None else _split(role, name, columns, codec)
        return cls(preset, min_count, order, split, audit, max_copying)


def _preset(name: Any) -> Preset:
    if not isinstance(name, str) or name not in PRESETS:
        raise ValueError(f"TreeSynthesizer: preset must be one of {sorted(PRESETS)}, got {name!r}.")
    return PRESETS[name]


def _audit(audit: Any, max_copying: Any) -> tuple[bool, float | None]:
    if not isinstance(audit, bool | np.bool_):
        raise TypeError(f"TreeSynthesizer: audit must be True or False, got {describe_value(audit)}.")
    if max_copying is None:
        return bool(audit), None
    number = isinstance(max_copying, numbers.Real) and not isinstance(max_copying, bool | np.bool_)
    if not number or not 0.5 < max_copying <= 1.0:
        raise ValueError(f"TreeSynthesizer: max_copying must be a number in (0.5, 1], got {max_copying!r}.")
    if not audit:
        raise ValueError("TreeSynthesizer: max_copying needs the audit that measures it; leave audit=True.")
    return True, float(max_copying)


def _role(group: Hashable, time: Hashable, codec: TableCodec) -> tuple[str | None, Hashable]:
    """Whether the audit is to hold out groups or stretches of time, and the column that tells them."""
    if group is not None and time is not None:
        raise ValueError("TreeSynthesizer: expected one of group and time, got both.")
    own = Names(codec.names)
    for role, name in (("group", group), ("time", time)):
        if name is not None and name not in own:
            raise SchemaError(f"TreeSynthesizer: {role}={name!r} is not a column; they are {codec.names!r}.")
    if group is not None:
        return "group", own[group]
    return (None, None) if time is None else ("time", own[time])


def _order(asked: Any, codec: TableCodec) -> list[Hashable]:
    listed, own = [] if asked is None else _listed(asked), Names(codec.names)
    first = [own[name] for name in listed if name in own]
    if len(first) < len(listed) or len(set(first)) < len(first):
        raise SchemaError(
            f"TreeSynthesizer: column_order must name columns of the table once each; got {listed!r}, "
            f"the columns are {codec.names!r}."
        )
    return [n for n in first if n in codec.modelled] + [n for n in codec.modelled if n not in first]


def _listed(asked: Any) -> list[Any]:
    one_name = isinstance(asked, str | bytes) or not (isinstance(asked, Sequence) or np.ndim(asked) == 1)
    if one_name:
        raise TypeError(
            f"TreeSynthesizer: column_order must be a list of column names, got {describe_value(asked)}. "
            "Give a list, also of one name: column_order=['age']."
        )
    return list(asked)


def _split(role: str, name: Hashable, columns: Mapping[Hashable, EncodedColumn], codec: TableCodec) -> Split:
    kind = "groups" if role == "group" else "time"
    if name not in columns:
        column = codec.column(name).kind
        if column in ("constant", "empty"):
            raise SchemaError(f"TreeSynthesizer: {kind} cannot be told by column {name!r}: its rows are all alike.")
        raise SchemaError(
            f"TreeSynthesizer: {kind} cannot be told by column {name!r} of kind {column!r}, whose values are "
            "generated anew; give it the kind 'categorical' or 'integer' in the schema."
        )
    if role == "time" and columns[name].kind == "levels" and not columns[name].ordered:
        raise SchemaError(
            f"TreeSynthesizer: time cannot be told by column {name!r}, whose levels have no order. Give it the kind "
            "'datetime', 'integer' or 'ordinal' in the schema; or did you mean group=?"
        )
    return Split(kind, columns[name].values, name)
