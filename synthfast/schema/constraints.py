"""What must hold of the rows of a table: declared as plain data, with a JSON form."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

from synthfast._core.json_values import from_json_value, to_json_value
from synthfast.exceptions import SchemaError

__all__ = [
    "Constraint",
    "FixedCombinations",
    "FunctionalDependency",
    "Ordered",
    "Pattern",
    "Predicate",
    "Presence",
    "Range",
    "Total",
    "Unique",
    "read_constraints",
]

Names = tuple[Hashable, ...]


def _names(value: Any, owner: str, least: int = 1) -> Names:
    """Column names as a tuple: of a list or a tuple of names, or of one name."""
    names = tuple(value) if isinstance(value, (list, tuple)) else (value,)
    if len(names) < least or len(set(names)) < len(names):
        raise SchemaError(f"{owner}: expected a list of {least} or more different columns, got {value!r}.")
    return names


class Constraint:
    """Base of the constraints; a constraint holds in rows where the cells that it compares are present."""

    kind: ClassVar[str] = ""
    single: ClassVar[Names] = ()  # fields that hold a column name
    several: ClassVar[Names] = ()  # fields that hold a list of them

    @property
    def columns(self) -> Names:
        """The columns that it speaks of; none where it speaks of whole rows."""
        listed = [name for item in self.several for name in getattr(self, str(item))]
        return (*(getattr(self, str(item)) for item in self.single), *listed)

    def to_dict(self) -> dict[str, Any]:
        """JSON-able form."""
        out: dict[str, Any] = {"constraint": self.kind}
        for item in fields(self):  # type: ignore[arg-type]
            value = getattr(self, item.name)
            if not callable(value):
                out[item.name] = to_json_value(value)
        return out


@dataclass(frozen=True)
class Range(Constraint):
    """Numbers or times of a column lie in a range.

    Parameters
    ----------
    column : column name
        Of numbers, dates or spans, as the schema has it.
    low, high : value, optional
        Ends; None leaves one open. Dates may be ISO text.
    inclusive : {"both", "left", "right", "neither"}, default "both"
        Which ends belong to the range.
    """

    column: Hashable
    low: Any = None
    high: Any = None
    inclusive: str = "both"
    kind: ClassVar[str] = "range"
    single: ClassVar[Names] = ("column",)

    def __post_init__(self) -> None:
        if self.inclusive not in ("both", "left", "right", "neither"):
            raise SchemaError(
                f"Range: expected inclusive 'both', 'left', 'right' or 'neither', got {self.inclusive!r}."
            )
        if self.low is None and self.high is None:
            raise SchemaError(f"Range of column {self.column!r}: expected at least one end, got none.")


@dataclass(frozen=True)
class Ordered(Constraint):
    """No column of a list is above the next one: ``a <= b <= c``.

    Parameters
    ----------
    names : list of column names
        Two or more, all of numbers, all of dates, or all of spans.
    strict : bool, default False
        ``a < b < c``.
    """

    names: Any
    strict: bool = False
    kind: ClassVar[str] = "ordered"
    several: ClassVar[Names] = ("names",)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", _names(self.names, "Ordered", 2))


@dataclass(frozen=True)
class Total(Constraint):
    """A column of numbers is the sum of others.

    Parameters
    ----------
    total : column name
    parts : list of column names
        Two or more. A sum counts as kept where it is within half a unit of the total's last decimal, or within 1e-9
        of the summed magnitudes where the total has no fixed decimals.
    """

    total: Hashable
    parts: Any
    kind: ClassVar[str] = "total"
    single: ClassVar[Names] = ("total",)
    several: ClassVar[Names] = ("parts",)

    def __post_init__(self) -> None:
        object.__setattr__(self, "parts", _names(self.parts, "Total", 2))
        if self.total in self.parts:
            raise SchemaError(f"Total: column {self.total!r} cannot be a part of itself.")


@dataclass(frozen=True)
class FixedCombinations(Constraint):
    """Some columns hold no combination of values that the training rows do not.

    Parameters
    ----------
    names : list of column names
        Two or more; their values are kept as levels, a missing one among them. Combinations held by fewer than 5 rows
        are left out, unless that were more than 5 % of the rows.
    """

    names: Any
    kind: ClassVar[str] = "fixed_combinations"
    several: ClassVar[Names] = ("names",)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", _names(self.names, "FixedCombinations", 2))


@dataclass(frozen=True)
class FunctionalDependency(Constraint):
    """Some columns tell others: rows that agree in the determinants agree in the dependents.

    Parameters
    ----------
    determinants, dependents : column name or list of column names
    """

    determinants: Any
    dependents: Any
    kind: ClassVar[str] = "functional_dependency"
    several: ClassVar[Names] = ("determinants", "dependents")

    def __post_init__(self) -> None:
        for name in ("determinants", "dependents"):
            object.__setattr__(self, name, _names(getattr(self, name), f"FunctionalDependency: {name}"))
        _names(list(self.columns), "FunctionalDependency", 2)


@dataclass(frozen=True)
class Unique(Constraint):
    """No two rows agree in all of some columns, over all rows of the endless table.

    Parameters
    ----------
    names : column name or list of column names
        Of several columns the last that can hold identifiers (whole numbers or text) is generated anew, row by row, in
        the pattern of its values, and so is a single one: what is unique tells nothing about the other columns.
    """

    names: Any
    kind: ClassVar[str] = "unique"
    several: ClassVar[Names] = ("names",)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", _names(self.names, "Unique"))


@dataclass(frozen=True)
class Pattern(Constraint):
    """Texts of a column match a regular expression as a whole.

    Parameters
    ----------
    column : column name
        Of text. Its texts are generated anew: each spelling of the expression is as likely as the next.
    regex : str
        Literals, classes, groups, alternatives and bounded repeats, of ASCII.
    unique : bool, default True
        Whether no text comes twice.
    """

    column: Hashable
    regex: str
    unique: bool = True
    kind: ClassVar[str] = "pattern"
    single: ClassVar[Names] = ("column",)


@dataclass(frozen=True)
class Presence(Constraint):
    """A column has a value only where another holds certain levels.

    Parameters
    ----------
    column : column name
    by : column name
        Of levels.
    levels : list
        Where ``by`` holds none of these, ``column`` is missing.
    required : bool, default True
        Where ``by`` holds one of these, ``column`` is not missing.
    """

    column: Hashable
    by: Hashable
    levels: Any
    required: bool = True
    kind: ClassVar[str] = "presence"
    single: ClassVar[Names] = ("column", "by")

    def __post_init__(self) -> None:
        levels = self.levels if isinstance(self.levels, (list, tuple, set, frozenset)) else (self.levels,)
        object.__setattr__(self, "levels", tuple(levels))
        if not self.levels or self.column == self.by:
            raise SchemaError(f"Presence of column {self.column!r}: expected levels of another column, got {self!r}.")


@dataclass(frozen=True)
class Predicate(Constraint):
    """A function of rows says which are allowed; the last resort, for rows are drawn until enough of them are.

    Parameters
    ----------
    function : callable
        Takes a table of drawn rows as it was fitted (all columns; generated ones hold stand-ins) and returns one bool a
        row. It must look at each row by itself.
    name : str
        What errors and model files call it. Files hold no code: after loading give it again by
        `synthfast.constraints.supply`.
    max_tries : int, default 100
        How often each 1,024 rows may be drawn anew. If that does not give enough, the draw is an error.
    """

    function: Callable[..., Any] | None = field(default=None, compare=False)
    name: str = "predicate"
    max_tries: int = 100
    kind: ClassVar[str] = "predicate"


_KINDS: dict[str, type[Constraint]] = {
    made.kind: made
    for made in (
        Range, Ordered, Total, FixedCombinations, FunctionalDependency, Unique, Pattern, Presence, Predicate,
    )
}  # fmt: skip


def read_constraints(document: Sequence[Mapping[str, Any]]) -> tuple[Constraint, ...]:
    """Undo ``to_dict`` of each.

    Raises
    ------
    SchemaError
        If an entry is of no known kind or has other facts.
    """
    out = []
    for entry in document:
        made = _KINDS.get(str(entry.get("constraint")))
        if made is None:
            raise SchemaError(f"expected a constraint of {', '.join(_KINDS)}; got {entry!r:.200}.")
        facts = {key: from_json_value(value) for key, value in entry.items() if key != "constraint"}
        try:
            out.append(made(**facts))
        except TypeError as error:
            raise SchemaError(f"expected a {made.kind} constraint, got {entry!r:.200}: {error}.") from error
    return tuple(out)
