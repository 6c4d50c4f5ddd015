"""What is known about one column: its kind and the facts that its encoding rests on."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from synthfast._core.json_values import from_json_value, to_json_value
from synthfast._core.unicode import check_unicode
from synthfast.exceptions import SchemaError

__all__ = ["GENERATED_KINDS", "KINDS", "LEVEL_KINDS", "NUMERIC_KINDS", "TIME_KINDS", "Column"]

KINDS = (
    "continuous",
    "integer",
    "categorical",
    "ordinal",
    "boolean",
    "datetime",
    "timedelta",
    "identifier",
    "text",
    "personal",
    "constant",
    "empty",
)
NUMERIC_KINDS = ("continuous", "integer")
LEVEL_KINDS = ("categorical", "ordinal", "boolean", "constant")
TIME_KINDS = ("datetime", "timedelta")
GENERATED_KINDS = ("identifier", "text", "personal")


@dataclass(frozen=True)
class Column:
    """One column of a schema.

    Parameters
    ----------
    name : hashable
        The column's name; strings, numbers and tuples have a JSON form.
    kind : str
        One of ``KINDS``.
    dtype : str
        The container's own name of the dtype.
    storage : str
        The neutral storage that the dtype reduces to, such as ``"float"`` or ``"string"``.
    missing_rate : float, default 0.0
        Share of missing rows.
    minimum, maximum : number or str, optional
        Range, rounded outward unless ``min_level_count`` rows or more hold the extreme. Numbers for numeric kinds,
        ISO text for datetimes, a count of ``unit`` for timedeltas.
    decimals : int, optional
        The fewest decimal places (at most 10) that write every value exactly; None if none do.
    step : number, optional
        Greatest common step of all values where it is coarser than the decimals say, such as 5 or 0.25.
    heavy_values : tuple of float
        Values held by far more rows than their neighbours, such as 0 or 40, the heaviest first.
    levels : tuple
        Levels of level kinds, in order for ordinal ones. Rare levels are left out.
    shares : tuple of float
        Share of the present rows in each level.
    ordered : bool, default False
        Whether the levels have an order that means something.
    unit : str, optional
        Resolution of times: the coarsest of day, hour, minute, second, ms, us, ns that all values obey.
    timezone : str, optional
        Time zone of zoned datetimes.
    local : bool, default False
        Whether zoned times are counted on the zone's own clock (and ``minimum``, ``maximum`` told on it), because they
        are coarser there, such as midnights; else in UTC.
    format : str, optional
        How text spells the values: a date format such as ``"%d.%m.%Y"``, or how numbers are written, such as
        ``"{fixed}"``, ``"{shortest} %"`` or ``"${,fixed}"``.
    pattern : dict, optional
        How identifiers, personal data and placeholder texts are generated.
    note : str, default ""
        What a reader of the schema should know, such as rare levels that were kept.
    generator : callable or sequence of str, optional
        Source of texts given by the user: texts to draw from, or a pure function of an array of row numbers that
        returns one text each. Not part of the JSON form.
    """

    name: Hashable
    kind: str
    dtype: str = ""
    storage: str = ""
    missing_rate: float = 0.0
    minimum: Any = None
    maximum: Any = None
    decimals: int | None = None
    step: int | float | None = None
    heavy_values: tuple[float, ...] = ()
    levels: tuple[Any, ...] = ()
    shares: tuple[float, ...] = ()
    ordered: bool = False
    unit: str | None = None
    timezone: str | None = None
    local: bool = False
    format: str | None = None
    pattern: Mapping[str, Any] | None = None
    note: str = ""
    generator: Callable[..., Sequence[str]] | Sequence[str] | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        check_unicode([self.name], "column names")
        check_unicode(self.levels, f"levels of column {self.name!r}")
        if self.kind not in KINDS:
            raise SchemaError(f"column {self.name!r}: expected a kind of {', '.join(KINDS)}; got {self.kind!r}.")

    @property
    def n_levels(self) -> int:
        """Number of levels; 0 for kinds without."""
        return len(self.levels)

    @property
    def nullable(self) -> bool:
        """Whether some rows are missing."""
        return self.missing_rate > 0

    def to_dict(self) -> dict[str, Any]:
        """JSON-able form; facts at their defaults are left out."""
        out: dict[str, Any] = {"name": to_json_value(self.name), "kind": self.kind}
        for item in fields(self)[2:]:
            value = getattr(self, item.name)
            if item.name == "generator" or value is None or value == item.default:
                continue
            if item.name in ("levels", "heavy_values", "shares"):
                value = [to_json_value(entry) for entry in value]
            elif item.name == "pattern":
                value = dict(value)
            else:
                value = to_json_value(value)
            out[item.name] = value
        return out

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "Column":
        """Undo ``to_dict``.

        Raises
        ------
        SchemaError
            If the document has a fact that columns do not have, or no name or kind.
        """
        known = {item.name for item in fields(cls)} - {"generator"}
        unknown = sorted(set(document) - known)
        if unknown or "name" not in document or "kind" not in document:
            raise SchemaError(
                f"expected a column with 'name', 'kind' and facts of {sorted(known)}, got {sorted(document)}."
            )
        facts: dict[str, Any] = {}
        for key, value in document.items():
            if key in ("levels", "heavy_values", "shares"):
                facts[key] = tuple(from_json_value(entry) for entry in value)
            else:
                facts[key] = dict(value) if key == "pattern" else from_json_value(value)
        return cls(**facts)
