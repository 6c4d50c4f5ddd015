"""Generalisation hierarchies: what each value of a column becomes, level by level, up to one root."""

import csv
import re
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from synthfast._core.validation import check_integer
from synthfast.exceptions import DataError, FileFormatError

__all__ = [
    "ROOT",
    "Hierarchy",
    "as_hierarchies",
    "frequency_ladder",
    "interval_hierarchy",
    "prefix_hierarchy",
    "quantile_hierarchy",
    "read_hierarchy",
]

ROOT: Final = "*"
_WHOLE: Final = re.compile(r"-?(0|[1-9]\d*)")
_NUMBER: Final = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?")


class Hierarchy:
    """A column's values and their ever coarser labels.

    Parameters
    ----------
    levels : sequence of sequences, shape (n_levels, n_values)
        ``levels[0]`` holds the values, all different; ``levels[j][i]`` is the label of value i at level j. Values that
        share a label share it at all later levels. Where the last level has several labels, a level ``"*"`` is added.

    Attributes
    ----------
    values : list, length n_values
    labels : list of list of str
        Labels of each level above the values, by value.
    n_levels : int
        With the values and the root.

    Raises
    ------
    DataError
        If levels are of different lengths, values repeat, or a level parts what an earlier one joined.

    See Also
    --------
    read_hierarchy, interval_hierarchy, prefix_hierarchy, quantile_hierarchy

    Examples
    --------
    >>> from synthfast.privacy import Hierarchy
    >>> jobs = Hierarchy([["nurse", "surgeon", "clerk"], ["health", "health", "office"]])
    >>> jobs.n_levels, jobs.generalize(["surgeon", "clerk"], 1), jobs.generalize(["clerk"], 2)
    (3, ['health', 'office'], ['*'])
    """

    def __init__(self, levels: Sequence[Sequence[Any]]) -> None:
        if not levels or not len(levels[0]):
            raise DataError("Hierarchy: expected at least one level with at least one value, got none.")
        self.values = list(levels[0])
        self.labels = [[str(label) for label in level] for level in levels[1:]]
        for place, level in enumerate(self.labels, start=1):
            if len(level) != len(self.values):
                raise DataError(
                    f"Hierarchy: expected {len(self.values)} labels, one a value, at level {place}, got {len(level)}."
                )
        self._places: dict[Any, int] = {}
        for place, value in enumerate(self.values):
            if self._places.setdefault(_key(value), place) != place:
                raise DataError(f"Hierarchy: the value {value!r} stands in two rows; each value has one.")
        self._close()
        self._nodes = self._number()

    @property
    def n_levels(self) -> int:
        """Levels, with that of the values and the root."""
        return len(self.labels) + 1

    def __repr__(self) -> str:
        return f"Hierarchy({len(self.values)} values, {self.n_levels} levels)"

    def generalize(self, values: Sequence[Any], level: int) -> list[Any]:
        """The labels of values at a level; 0 gives the values themselves.

        Raises
        ------
        DataError
            If a value is not in the hierarchy.
        """
        check_integer("generalize: level", level, minimum=0, maximum=self.n_levels - 1)
        places = self.places(values)
        source = self.values if level == 0 else self.labels[level - 1]
        return [source[place] for place in places]

    def places(self, values: Sequence[Any], column: Hashable = None) -> list[int]:
        """Where values stand in ``values``."""
        found = [self._places.get(_key(value), -1) for value in values]
        unknown = [value for value, place in zip(values, found, strict=True) if place < 0]
        if unknown:
            where = "" if column is None else f" of column {column!r}"
            shown = ", ".join(repr(value) for value in unknown[:5]) + (", ..." if len(unknown) > 5 else "")
            raise DataError(
                f"Hierarchy{where}: {len(unknown)} values are not in it: {shown}. Add a row for each"
                f"{'; a missing value is None, or an empty field of a file' if None in unknown else ''}."
            )
        return found

    def nodes(self, values: Sequence[Any], column: Hashable = None) -> NDArray[np.int32]:
        """Node of each value at each level, numbered from 0 within a level, shape (n_levels, len(values)).

        Raises
        ------
        DataError
            If a value is not in the hierarchy.
        """
        picked = self._nodes[:, self.places(values, column)]
        out = np.empty_like(picked)
        for level, row in enumerate(picked):
            out[level] = np.unique(row, return_inverse=True)[1]
        return out

    def order(self) -> NDArray[np.int64]:
        """Places of the values in an order in which every node's values stand together, nodes by first appearance."""
        return np.lexsort(self._nodes)

    def numbered(self) -> NDArray[np.int32]:
        """Node of each of the hierarchy's values at each level, shape (n_levels, n_values)."""
        return self._nodes

    def _close(self) -> None:
        """Add the root, and let fall levels that repeat the one before."""
        if not self.labels or len(set(self.labels[-1])) > 1:
            self.labels.append([ROOT] * len(self.values))
        distinct = [self.labels[0]]
        for level in self.labels[1:]:
            if level != distinct[-1]:
                distinct.append(level)
        self.labels = distinct

    def _number(self) -> NDArray[np.int32]:
        """Nodes by first appearance; refused where a level parts what the one before joined."""
        nodes = np.empty((self.n_levels, len(self.values)), dtype=np.int32)
        nodes[0] = np.arange(len(self.values))
        for level, labels in enumerate(self.labels, start=1):
            numbers: dict[str, int] = {}
            nodes[level] = [numbers.setdefault(label, len(numbers)) for label in labels]
            parents: dict[int, int] = {}
            for place, (child, parent) in enumerate(zip(nodes[level - 1], nodes[level], strict=True)):
                if parents.setdefault(int(child), int(parent)) != parent:
                    joined = self.labels[level - 2][place] if level > 1 else self.values[place]
                    raise DataError(
                        f"Hierarchy: level {level} parts the values that level {level - 1} joined in {joined!r}: "
                        f"one of them becomes {labels[place]!r}. Each level has to be coarser than the one before."
                    )
        return nodes


def _key(value: Any) -> Any:
    """Numbers by value, so that 1 and 1.0 are one; True is not 1, and NaN is missing."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or value != value:
        return ("missing",)
    return (bool, value) if isinstance(value, bool) else value


def read_hierarchy(path: str | Path, *, delimiter: str | None = None, header: bool = False) -> Hierarchy:
    r"""Read a hierarchy from a CSV file as ARX writes it: one row for each value, then its labels, coarser and coarser.

    Parameters
    ----------
    path : str or path
        ``value;label;...;*``. Values that all read as numbers become numbers; an empty first field stands for missing.
    delimiter : str, optional
        ``;`` or ``,`` by default, whichever the first line has more of.
    header : bool, default False
        Whether the first line names the levels.

    Returns
    -------
    Hierarchy

    Raises
    ------
    FileFormatError
        If the file is empty, no UTF-8, or its rows are of different lengths.
    DataError
        If it is no hierarchy.

    Examples
    --------
    >>> from pathlib import Path
    >>> from synthfast.privacy import read_hierarchy
    >>> _ = Path("zip.csv").write_text("10115;1011*;*\n10117;1011*;*\n20095;2009*;*\n")
    >>> read_hierarchy("zip.csv").generalize([10117], 1)
    ['1011*']
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileFormatError(f"{path}: expected a CSV file in UTF-8; {error}.") from error
    lines = [line for line in text.splitlines() if line.strip()]
    if header:
        lines = lines[1:]
    if not lines:
        raise FileFormatError(f"{path}: expected one row for each value, got none.")
    sign = delimiter or (";" if lines[0].count(";") >= lines[0].count(",") else ",")
    rows = [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=sign)]
    lengths = {len(row) for row in rows}
    if len(lengths) > 1:
        odd = next(place for place, row in enumerate(rows) if len(row) != len(rows[0]))
        raise FileFormatError(
            f"{path}: expected {len(rows[0])} fields in each row, as in the first one, got {len(rows[odd])} in row "
            f"{odd + 1}."
        )
    levels: list[list[Any]] = [list(level) for level in zip(*rows, strict=True)]
    levels[0] = _typed(levels[0])
    return Hierarchy(levels)


def _typed(texts: list[str]) -> list[Any]:
    """Numbers where every text but empty ones is written as a number (a code such as 0123 is not), else the texts."""
    if not all(_NUMBER.fullmatch(text) for text in texts if text):
        return [text or None for text in texts]
    whole = all(_WHOLE.fullmatch(text) for text in texts if text)
    return [None if not text else int(text) if whole else float(text) for text in texts]


def interval_hierarchy(
    values: Sequence[Any] | NDArray[Any], widths: Sequence[float], *, origin: float = 0.0
) -> Hierarchy:
    """A ladder of intervals: each level joins numbers that lie in one interval of its width.

    Parameters
    ----------
    values : sequence of numbers
        The distinct values, or a column with them; missing ones become a value of their own.
    widths : sequence of float
        Ascending, each a multiple of the one before.
    origin : float, default 0.0
        Where an interval of every width begins.

    Returns
    -------
    Hierarchy
        Labels ``[low, high)``.

    Raises
    ------
    DataError
        If widths are no ladder, or a value is not a finite number.

    Examples
    --------
    >>> from synthfast.privacy import interval_hierarchy
    >>> ages = interval_hierarchy([23, 37, 52], [10, 20, 40])
    >>> [ages.generalize([37], level)[0] for level in range(ages.n_levels)]
    [37, '[30, 40)', '[20, 40)', '[0, 40)', '*']
    """
    known, _, some_missing = _numbers(values, "interval_hierarchy")
    steps = [float(width) for width in widths]
    for before, width in zip([None, *steps], steps, strict=False):
        ratio = 1.0 if before is None else width / before
        if not width > 0 or not np.isfinite(width) or (before is not None and (ratio <= 1 or ratio != round(ratio))):
            raise DataError(
                f"interval_hierarchy: expected widths above 0, each a multiple of the last; got {list(widths)!r}."
            )
    levels: list[list[Any]] = [[*known, *([None] if some_missing else [])]]
    for width in steps:
        lows = [origin + np.floor((value - origin) / width) * width for value in known]
        texts = [f"[{_plain(low)}, {_plain(low + width)})" for low in lows]
        levels.append([*texts, *(["missing"] if some_missing else [])])
    return Hierarchy(levels)


def quantile_hierarchy(values: Sequence[Any] | NDArray[Any], *, n_leaves: int = 32) -> Hierarchy:
    """A ladder of intervals that hold about as many rows each; every level joins two of the one before.

    Parameters
    ----------
    values : sequence of numbers
        A column, with its repetitions; missing ones become a value of their own.
    n_leaves : int, default 32
        Intervals of the finest level above the values; fewer where the values are fewer.

    Returns
    -------
    Hierarchy
        Labels ``[low, high]``, both values of the column.

    Raises
    ------
    DataError
        If a value is not a finite number, or there is none.

    Notes
    -----
    The edges are values of the data: for tables of which nobody promised that they hide which values occur.

    Examples
    --------
    >>> from synthfast.privacy import quantile_hierarchy
    >>> quantile_hierarchy([1, 2, 3, 4, 5, 6, 7, 8], n_leaves=4).generalize([1, 4], 2)
    ['[1, 4]', '[1, 4]']
    """
    check_integer("quantile_hierarchy: n_leaves", n_leaves, minimum=1)
    known, counts, some_missing = _numbers(values, "quantile_hierarchy")
    return frequency_ladder(known, counts, some_missing, n_leaves)


def frequency_ladder(values: Sequence[Any], counts: NDArray[np.int64], some_missing: bool, n_leaves: int) -> Hierarchy:
    """Values in order, joined to ``n_leaves`` stretches that hold about as many rows, then two by two."""
    middle = (np.cumsum(counts) - counts / 2) / max(1, counts.sum())
    part = np.minimum((middle * n_leaves).astype(np.int64), n_leaves - 1)
    part = np.unique(part, return_inverse=True)[1]
    absent = [None] if some_missing else []
    levels: list[list[Any]] = [[*values, *absent]]
    while len(part) and part[-1] > 0:
        first = np.flatnonzero(np.diff(part, prepend=-1))
        last = np.append(first[1:], len(part)) - 1
        ends = zip(first.tolist(), last.tolist(), strict=True)
        texts = [f"[{_plain(values[i])}, {_plain(values[j])}]" for i, j in ends]
        levels.append([*(texts[p] for p in part), *(["missing"] if some_missing else [])])
        part = part // 2
    return Hierarchy(levels)


def prefix_hierarchy(values: Sequence[Any], *, n_masked: int | None = None) -> Hierarchy:
    """Codes masked from the right, one character more at each level.

    Parameters
    ----------
    values : sequence of str or int
        The distinct values, or a column with them; shorter ones are filled up with spaces on the right.
    n_masked : int, optional
        Characters masked at the last level before the root; all but one by default.

    Returns
    -------
    Hierarchy

    Examples
    --------
    >>> from synthfast.privacy import prefix_hierarchy
    >>> codes = prefix_hierarchy(["10115", "10117", "20095"])
    >>> [codes.generalize(["10117"], level)[0] for level in range(3)]
    ['10117', '1011*', '101**']
    """
    known = list(dict.fromkeys(None if value is None or value != value else value for value in values))
    if not known:
        raise DataError("prefix_hierarchy: expected at least one value, got none.")
    texts = ["missing" if value is None else str(value) for value in known]
    width = max((len(text) for text, value in zip(texts, known, strict=True) if value is not None), default=1)
    masked = max(width - 1, 0) if n_masked is None else check_integer("n_masked", n_masked, minimum=0, maximum=width)
    levels: list[list[Any]] = [known]
    for n in range(1, masked + 1):
        levels.append(
            [
                "missing" if value is None else text.ljust(width)[: width - n] + "*" * n
                for text, value in zip(texts, known, strict=True)
            ]
        )
    return Hierarchy(levels)


def _numbers(values: Sequence[Any] | NDArray[Any], owner: str) -> tuple[list[Any], NDArray[np.int64], bool]:
    """Sorted distinct numbers, whole ones as int, how often each comes, and whether some are missing."""
    try:
        array = np.asarray([np.nan if value is None else value for value in values], dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(f"{owner}: expected numbers; {error}.") from error
    known, counts = np.unique(array[~np.isnan(array)], return_counts=True)
    if not len(known) or np.isinf(known).any():
        raise DataError(
            f"{owner}: expected finite numbers, at least one, got {len(known)} with an infinite one or none."
        )
    return [_plain_number(number) for number in known.tolist()], counts, bool(np.isnan(array).any())


def _plain_number(number: float) -> Any:
    return int(number) if number == int(number) and abs(number) < 2.0**53 else number


def _plain(value: Any) -> str:
    return str(_plain_number(float(value))) if isinstance(value, (int, float)) else str(value)


def as_hierarchies(given: Mapping[Hashable, Any] | None) -> dict[Hashable, Hierarchy]:
    """Hierarchies as they are, and those given as ``{level: labels}`` or a list of levels.

    Raises
    ------
    DataError
        If one is neither.
    """
    out: dict[Hashable, Hierarchy] = {}
    for name, hierarchy in (given or {}).items():
        if isinstance(hierarchy, Mapping):
            hierarchy = [list(hierarchy[level]) for level in sorted(hierarchy)]
        if isinstance(hierarchy, (str, Path)):
            raise DataError(f"hierarchies: column {name!r}: read the file with read_hierarchy({str(hierarchy)!r}).")
        out[name] = hierarchy if isinstance(hierarchy, Hierarchy) else Hierarchy(hierarchy)
    return out
