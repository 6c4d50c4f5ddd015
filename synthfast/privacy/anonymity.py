"""What a table with quasi-identifiers protects: k-anonymity, diversity and closeness, one report."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from synthfast._core.frames import Table
from synthfast._core.frames.concat import take_cells
from synthfast._core.validation import check_choice, check_integer, check_number
from synthfast.exceptions import DataError
from synthfast.privacy._columns import Levels, column_levels, is_numeric, read_columns
from synthfast.privacy._keys import Classes, group_columns
from synthfast.privacy._tallies import Tally, tally
from synthfast.privacy.grouping import Missing, compatible_sizes, table_digits
from synthfast.privacy.population import smallest_in_population

if TYPE_CHECKING:
    from synthfast.privacy.hierarchies import Hierarchy

__all__ = ["AnonymityReport", "SensitiveFigures", "anonymity_report"]

SLACK: Final = 1e-9  # of comparisons with a bound: figures are sums of floats


@dataclass(frozen=True)
class SensitiveFigures:
    """What the classes tell of one sensitive column; each figure is that of the worst class.

    Attributes
    ----------
    alpha : float
        Largest share of one value in a class.
    distinct_l : int
        Fewest distinct values of a class.
    entropy_l : float
        Least exp(entropy) of a class.
    recursive_l : int
    recursive_c : float
        Recursive (c, l)-diversity holds for this l and every c above this; infinite where a class has fewer than l
        values.
    t_equal, t_ordered : float
        Largest distance of a class's law from the table's, values equally far apart, or in a row; the latter is None
        where the values have no order.
    t_hierarchical : float or None
        The same by a hierarchy, where one is given.
    delta : float
        Largest ``|ln(q / p)|``; infinite where a class lacks a value of the table.
    beta, enhanced_beta : float
        Largest gain ``(q - p) / p``; the enhanced one is infinite where a gain passes ``-ln p``.
    classification_metric : float
        Share of rows with another value than their class's most frequent one.
    """

    alpha: float
    distinct_l: int
    entropy_l: float
    recursive_l: int
    recursive_c: float
    t_equal: float
    t_ordered: float | None
    t_hierarchical: float | None
    delta: float
    beta: float
    enhanced_beta: float
    classification_metric: float

    @property
    def t(self) -> float:
        """t-closeness by the distance that suits: a hierarchy's where given, else in a row for numbers, else equal."""
        if self.t_hierarchical is not None:
            return self.t_hierarchical
        return self.t_equal if self.t_ordered is None else self.t_ordered


@dataclass(frozen=True)
class AnonymityReport:
    """What a table protects, and where it protects least.

    Attributes
    ----------
    quasi_identifiers : list of column names
    n_rows, n_classes : int
    k : int
        Size of the smallest class.
    unique_rows : int
        Rows that are alone in their class.
    average_class_size : float
    discernibility : int
        Sum of the squared class sizes.
    k_map : int or None
        Size, in the population, of the smallest class; where a population is given.
    sensitive : dict of column name to SensitiveFigures
    worst_classes : pandas.DataFrame
        The smallest classes: their values, ``rows``, and for each sensitive column its distinct values, the share of
        the most frequent one, and the distance of its law from the table's.
    """

    quasi_identifiers: list[Hashable]
    n_rows: int
    n_classes: int
    k: int
    unique_rows: int
    average_class_size: float
    discernibility: int
    k_map: int | None
    sensitive: dict[Hashable, SensitiveFigures]
    worst_classes: Any = field(repr=False)

    @property
    def table(self) -> Any:
        """All figures as a ``pandas.DataFrame`` of ``measure``, ``column``, ``value`` and ``meaning``."""
        import pandas as pd

        rows: list[tuple[str, Hashable, Any, str]] = [
            (name, "", getattr(self, name), meaning) for name, meaning in _TABLE_MEANINGS.items()
        ]
        for column, figures in self.sensitive.items():
            rows += [(name, column, getattr(figures, name), meaning) for name, meaning in _COLUMN_MEANINGS.items()]
        kept = [row for row in rows if row[2] is not None]
        parts = dict(zip(("measure", "column", "value", "meaning"), zip(*kept, strict=True), strict=True))
        return pd.DataFrame({name: pd.Series(list(part), dtype=object) for name, part in parts.items()})

    def holds(
        self,
        k: int = 1,
        *,
        alpha: float | None = None,
        l: float | None = None,  # noqa: E741
        entropy_l: float | None = None,
        c: float | None = None,
        t: float | None = None,
        delta: float | None = None,
        beta: float | None = None,
    ) -> bool:
        """Whether the table meets these bounds, those on sensitive values in every sensitive column.

        Parameters
        ----------
        k : int, default 1
        alpha, l, entropy_l, c, t, delta, beta : float, optional
            Of (alpha, k)-anonymity, distinct and entropy l-diversity, recursive (c, l)-diversity (at the report's
            ``l``), t-closeness, delta-disclosure and beta-likeness. Floats are compared with a slack of 1e-9; c and
            delta have to be undercut, as their definitions say.

        Returns
        -------
        bool

        Raises
        ------
        TypeError, ValueError
            If a bound is no finite number.
        """
        wanted = {"k": k, "alpha": alpha, "l": l, "entropy_l": entropy_l, "c": c, "t": t, "delta": delta, "beta": beta}
        for name, bound in wanted.items():
            if bound is not None:
                check_number(name, bound)
        at_most = [("alpha", alpha), ("t", t), ("beta", beta)]
        at_least = [("distinct_l", l), ("entropy_l", entropy_l)]
        below = [("recursive_c", c), ("delta", delta)]
        return self.k >= k and all(
            all(bound is None or getattr(figures, name) <= bound + SLACK for name, bound in at_most)
            and all(bound is None or getattr(figures, name) >= bound - SLACK for name, bound in at_least)
            and all(bound is None or getattr(figures, name) < bound for name, bound in below)
            for figures in self.sensitive.values()
        )

    def __str__(self) -> str:
        head = f"{self.n_rows:,} rows in {self.n_classes:,} classes of {len(self.quasi_identifiers)} quasi-identifiers"
        return f"{head}\n{self.table.to_string(index=False)}"


_TABLE_MEANINGS: Final[dict[str, str]] = {
    "k": "rows of the smallest class",
    "k_map": "rows of the smallest class in the population",
    "n_classes": "classes",
    "unique_rows": "rows alone in their class",
    "average_class_size": "rows a class",
    "discernibility": "sum of squared class sizes",
}
_COLUMN_MEANINGS: Final[dict[str, str]] = {
    "alpha": "largest share of one value in a class",
    "distinct_l": "fewest distinct values in a class",
    "entropy_l": "least exp(entropy) of a class",
    "recursive_c": "(c, l)-diversity holds for every c above",
    "t_equal": "largest distance of laws, values equally far apart",
    "t_ordered": "largest distance of laws, values in a row",
    "t_hierarchical": "largest distance of laws, by the hierarchy",
    "delta": "largest |ln(q / p)|",
    "beta": "largest (q - p) / p",
    "enhanced_beta": "the same, infinite beyond -ln p",
    "classification_metric": "share of rows outside their class's majority",
}


def anonymity_report(
    data: Any,
    quasi_identifiers: Any,
    sensitive: Any = None,
    *,
    l: int = 2,  # noqa: E741
    missing: Missing = "own",
    hierarchies: "Mapping[Hashable, Hierarchy] | None" = None,
    population: Any = None,
    n_worst: int = 5,
    n_threads: int | None = None,
) -> AnonymityReport:
    """Measure how a table protects the people in it against who knows their quasi-identifiers.

    Parameters
    ----------
    data : table of shape (n_rows, n_columns)
        pandas, polars or Arrow, a 2-D or structured array, a dict of columns or a list of dicts; at least one row.
    quasi_identifiers : str or sequence of column names
        What an attacker may know.
    sensitive : str or sequence of column names, optional
        What must not be learned; a missing value is a value of its own.
    l : int, default 2
        For which the recursive diversity is told.
    missing : {"own", "wildcard"}, default "own"
        As in `synthfast.privacy.class_sizes`. With ``"wildcard"`` rows form no classes, so no ``sensitive`` can be
        given; every row then counts as a class of the rows alike to it.
    hierarchies : dict of column name to Hierarchy, optional
        Of sensitive columns whose t-closeness is to be told by them.
    population : table, optional
        Of which ``data`` is a part, with all quasi-identifiers; for k-map.
    n_worst : int, default 5
        How many of the smallest classes to list.
    n_threads : int or None, default None
        Threads; None takes the setting in force. Results do not depend on it.

    Returns
    -------
    AnonymityReport

    Raises
    ------
    DataError
        If there are no rows, a column is missing, named twice, or both sensitive and a quasi-identifier, or a value is
        not in its hierarchy.
    ValueError
        If an argument is out of range.

    Notes
    -----
    With p the law of a sensitive value in the table and q in a class: *distinct l* counts values; *entropy l* is
    exp(H(q)); *recursive (c, l)* asks r_1 < c (r_l + ... + r_m) of the counts in descending order; *t-closeness* bounds
    the earth mover's distance of q from p with values equally far apart (half the sum of |q - p|), in a row
    (the mean of |Q - P| over the m - 1 steps) or by a hierarchy; *delta-disclosure* asks |ln(q / p)| < delta of every
    value, so a class that lacks one never has it; *beta-likeness* asks (q - p) / p <= beta where q > p, the enhanced
    kind also <= -ln p.

    Exact. O(n_rows n_columns) to group, then O(e log e) for the e <= n_rows different pairs of a class and a value;
    about 60 bytes a row.

    References
    ----------
    L. Sweeney (2002); A. Machanavajjhala et al. (2007), "l-diversity"; N. Li, T. Li and S. Venkatasubramanian (2007),
    "t-closeness"; R. C.-W. Wong et al. (2006), "(alpha, k)-anonymity"; J. Brickell and V. Shmatikov (2008); J. Cao and
    P. Karras (2012), "Publishing microdata with a robust privacy guarantee".

    Examples
    --------
    >>> from synthfast.privacy import anonymity_report
    >>> patients = {
    ...     "zip": ["10*", "10*", "10*", "20*", "20*", "20*"],
    ...     "illness": ["flu", "flu", "cold", "flu", "cold", "ulcer"],
    ... }
    >>> report = anonymity_report(patients, "zip", "illness")
    >>> report.k, report.sensitive["illness"].distinct_l, round(report.sensitive["illness"].t, 3)
    (3, 2, 0.167)
    >>> report.holds(k=3, l=2), report.holds(k=3, l=3)
    (True, False)
    """
    owner = "anonymity_report"
    check_choice(f"{owner}: missing", missing, ("own", "wildcard"))
    check_integer(f"{owner}: l", l, minimum=1)
    check_integer(f"{owner}: n_worst", n_worst, minimum=0)
    table, names, secrets = read_columns(data, quasi_identifiers, sensitive, owner)
    if not table.n_rows:
        raise DataError(f"{owner}: expected at least one row, got none.")
    if missing == "wildcard":
        if secrets:
            raise DataError(
                f"{owner}: with missing='wildcard' rows form no classes. Leave out sensitive, or use 'own'."
            )
        return _wildcard_report(table, names, population, n_worst, n_threads)
    classes = group_columns(table_digits(table, names), table.n_rows, n_threads)
    known = {} if hierarchies is None else hierarchies
    tallies = {name: _tally(classes, column_levels(table.column(name)).with_missing(), n_threads) for name in secrets}
    laws = {name: _levels_of_hierarchy(table, name, known) for name in secrets}
    figures = {
        name: _figures(tallies[name].worst(l, n_threads), l, _ordered(table, name), _far(tallies[name], laws[name]))
        for name in secrets
    }
    return AnonymityReport(
        names,
        table.n_rows,
        len(classes),
        int(classes.sizes.min()),
        int((classes.sizes == 1).sum()),
        table.n_rows / len(classes),
        int((classes.sizes**2).sum()),
        None if population is None else smallest_in_population(table, population, names, n_threads),
        figures,
        _worst_classes(table, names, classes, tallies, {n: _ordered(table, n) for n in secrets}, n_worst),
    )


def _tally(classes: Classes, levels: Levels, n_threads: int | None) -> Tally:
    return tally(classes.ids, classes.sizes, levels.codes, len(levels.values), n_threads)


def _ordered(table: Table, name: Hashable) -> bool:
    data = table.column(name)
    return is_numeric(data) or (data.storage == "category" and data.ordered)


def _levels_of_hierarchy(
    table: Table, name: Hashable, hierarchies: "Mapping[Hashable, Hierarchy]"
) -> NDArray[np.int32] | None:
    if name not in hierarchies:
        return None
    return hierarchies[name].nodes(column_levels(table.column(name)).with_missing().values, name)


def _figures(worst: dict[str, Any], l: int, ordered: bool, t_hierarchical: float | None) -> SensitiveFigures:  # noqa: E741
    if not ordered:
        worst = {**worst, "t_ordered": None}
    return SensitiveFigures(recursive_l=l, t_hierarchical=t_hierarchical, **worst)


def _far(counted: Tally, nodes: NDArray[np.int32] | None) -> float | None:
    """Largest distance by a hierarchy."""
    return None if nodes is None else float(counted.hierarchical_closeness(nodes).max())


def _wildcard_report(
    table: Table, names: list[Hashable], population: Any, n_worst: int, n_threads: int | None
) -> AnonymityReport:
    sizes = compatible_sizes(table, names, n_threads)
    every_row = Classes(np.arange(len(sizes), dtype=np.int32), sizes, np.arange(len(sizes), dtype=np.uint64))
    return AnonymityReport(
        names,
        table.n_rows,
        table.n_rows,
        int(sizes.min()),
        int((sizes == 1).sum()),
        float(sizes.mean()),
        int(sizes.sum()),
        None if population is None else smallest_in_population(table, population, names, n_threads),
        {},
        _worst_classes(table, names, every_row, {}, {}, n_worst),
    )


def _worst_classes(
    table: Table,
    names: list[Hashable],
    classes: Classes,
    tallies: dict[Hashable, Tally],
    ordered: dict[Hashable, bool],
    n_worst: int,
) -> Any:
    import pandas as pd

    worst = _smallest(classes.sizes, n_worst)
    first = np.array([int(np.argmax(classes.ids == place)) for place in worst], dtype=np.int64)
    columns: dict[Any, Any] = {name: _cells(table, name, first) for name in names}
    columns["rows"] = classes.sizes[worst]
    for name, counted in tallies.items():
        few = counted.of_classes(worst)
        columns[f"{name}: distinct"] = few.distinct()
        columns[f"{name}: largest share"] = few.alpha()
        columns[f"{name}: t"] = few.ordered_closeness() if ordered[name] else few.closeness()
    return pd.DataFrame(columns)


def _smallest(sizes: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """Places of the smallest, the first of them where there are ties."""
    if n >= len(sizes):
        return np.argsort(sizes, kind="stable")
    last = int(np.searchsorted(np.cumsum(np.bincount(sizes)), n))  # what a partition does with so many ties takes long
    below, tied = np.flatnonzero(sizes < last), np.flatnonzero(sizes == last)
    return np.concatenate([below[np.argsort(sizes[below], kind="stable")], tied[: n - len(below)]])


def _cells(table: Table, name: Hashable, rows: NDArray[np.int64]) -> list[Any]:
    """The values of a few rows, None where missing."""
    levels = column_levels(take_cells(table.column(name), rows))
    return [None if code < 0 else levels.values[code] for code in levels.codes]
