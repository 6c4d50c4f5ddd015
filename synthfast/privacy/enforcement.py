"""k-anonymity enforced: one entrance to Mondrian, the lattice search, microaggregation and local suppression."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from synthfast._core.frames import ColumnData, Table
from synthfast._core.random import SeedLike, Stream
from synthfast._core.validation import check_choice, check_integer, check_number
from synthfast.exceptions import DataError
from synthfast.privacy._automatic import automatic_hierarchy
from synthfast.privacy._columns import read_columns
from synthfast.privacy._constraints import Constraints, Diversity, read_constraints
from synthfast.privacy._keys import group_columns
from synthfast.privacy._lattice import search_lattice
from synthfast.privacy._local_suppression import blank_cells
from synthfast.privacy._microaggregation import mdav_partition
from synthfast.privacy._mondrian import CUTS, mondrian_partition
from synthfast.privacy._partition import Partition, QuasiColumn, TreeColumn, quasi_column
from synthfast.privacy._release import (
    blanked,
    container_kind,
    label_columns,
    mean_loss,
    release,
    representative,
    resampled,
    text_facts,
)
from synthfast.privacy.anonymity import AnonymityReport, anonymity_report
from synthfast.privacy.grouping import table_digits
from synthfast.privacy.hierarchies import Hierarchy, as_hierarchies

__all__ = ["AnonymizedTable", "enforce_k_anonymity"]

Method = Literal["mondrian", "lattice", "mdav", "suppression"]
Output = Literal["labels", "representative", "resample"]
OWNER = "enforce_k_anonymity"


@dataclass(frozen=True)
class AnonymizedTable:
    """A table whose rows cannot be told from at least k - 1 others by their quasi-identifiers.

    Attributes
    ----------
    data : table
        In the container that came in, rows in their order, suppressed ones left out; of pandas, under a fresh
        RangeIndex.
    k, achieved_k : int
        As asked, and the smallest class. For ``output="resample"`` classes are those that values were drawn in.
    information_loss : float
        Global certainty penalty, 0 (nothing lost) to 1: mean over rows and quasi-identifiers of the share of the
        column's range, or of its levels, that a cell's label spans; suppressed rows and blank cells count as 1.
    column_losses : dict of column name to float
        Its part from each quasi-identifier.
    suppressed_rows : int
        Rows left out.
    suppressed_cells : int
        Cells blanked by local suppression.
    class_ids : ndarray of int32, shape (n_rows,)
        Class of each row that came in, -1 where left out.
    levels : dict of column name to int, or None
        Level that each column was generalised to, of a lattice search.
    """

    data: Any = field(repr=False)
    k: int
    achieved_k: int
    information_loss: float
    column_losses: dict[Hashable, float]
    suppressed_rows: int
    suppressed_cells: int
    class_ids: NDArray[np.int32] = field(repr=False)
    levels: dict[Hashable, int] | None
    _measure: Callable[[], AnonymityReport] = field(repr=False)

    @cached_property
    def report(self) -> AnonymityReport:
        """What the classes protect; measured when first asked for."""
        return self._measure()


def enforce_k_anonymity(
    data: Any,
    k: int,
    quasi_identifiers: Any,
    sensitive: Any = None,
    l: float | None = None,  # noqa: E741
    t: float | None = None,
    method: Method = "mondrian",
    *,
    alpha: float | None = None,
    diversity: Diversity = "distinct",
    c: float | None = None,
    hierarchies: Mapping[Hashable, Any] | None = None,
    suppression_limit: float = 0.0,
    output: Output = "labels",
    cut: Literal["strict", "relaxed", "below"] = "strict",
    importance: Mapping[Hashable, float] | None = None,
    random_state: SeedLike = None,
    n_threads: int | None = None,
) -> AnonymizedTable:
    """Generalise quasi-identifiers until every row shares them with at least k - 1 others.

    Parameters
    ----------
    data : table of shape (n_rows, n_columns)
        pandas, polars or Arrow, a 2-D or structured array, a dict of columns or a list of dicts.
    k : int
        1 .. n_rows.
    quasi_identifiers : str or sequence of column names
        What an attacker may know. A missing value is a value of its own.
    sensitive : str or sequence of column names, optional
        What must not be learned: the columns that ``l``, ``t`` and ``alpha`` bound. They are released as they are, and
        so is every column that is neither: leave identifiers out of the table.
    l : float, optional
        Least diversity of each class, of the kind that ``diversity`` says.
    t : float, optional
        Greatest distance of a class's law from the table's, 0 to 1; values as far apart as their lowest common node is
        high where the column is given a hierarchy, in a row for numbers, dates and ordered categories, equally far
        apart for others.
    method : {"mondrian", "lattice", "mdav", "suppression"}, default "mondrian"
        - ``"mondrian"``: rows cut at the median of the column in which they spread most; classes have boxes of their
          own, so this keeps most.
        - ``"lattice"``: each column to one level of its hierarchy everywhere, the combination of least loss.
        - ``"mdav"``: groups of k to 2 k - 1 near rows.
        - ``"suppression"``: values stay as they are and single cells are blanked.
    alpha : float, optional
        Greatest share of one sensitive value in a class.
    diversity : {"distinct", "entropy", "recursive"}, default "distinct"
        What ``l`` counts; ``"recursive"`` needs ``c`` as well.
    c : float, optional
        Of recursive (c, l)-diversity.
    hierarchies : dict of column name to Hierarchy, optional
        Also as ``{level: labels}`` or a list of levels. ``"lattice"`` builds those of quasi-identifiers that are not
        given: intervals of equal frequency for numbers, masked characters for codes of one length, else all levels at
        once. That of a sensitive column is what ``t`` measures by.
    suppression_limit : float, default 0.0
        Share of the rows that ``"lattice"`` may leave out. The others leave out none.
    output : {"labels", "representative", "resample"}, default "labels"
        Quasi-identifiers as text such as ``[30, 39]``; as the mean of the class or its most frequent level, in the
        column's own dtype; or as a value of the class drawn at random for each row and column by itself. Local
        suppression always gives the values that are left.
    cut : {"strict", "relaxed", "below"}, default "strict"
        Mondrian's cuts: equal values stay together; may part; or are always put above, as in most implementations.
    importance : dict of column name to float, optional
        Cost of a blank cell in each column for local suppression; 1 by default.
    random_state : None, int, SeedSequence or Generator, default None
        Of ``output="resample"``.
    n_threads : int or None, default None
        Threads; None takes the setting in force. Results do not depend on it.

    Returns
    -------
    AnonymizedTable

    Raises
    ------
    DataError
        If ``k`` is larger than the table, a value is infinite or not in its hierarchy, a column is both sensitive and a
        quasi-identifier, or no generalisation can meet the bounds.
    ValueError, TypeError
        If an argument is out of range.

    Notes
    -----
    k-anonymity hides which row is whose from someone who knows the quasi-identifiers, and nothing else: it is no
    protection against who knows other columns, and two releases of one table may add up to none. Labels show ends of
    the classes' ranges, which are values of rows.

    Mondrian costs O(n_rows n_columns log(n_rows / k)) time and 8 bytes a cell; the lattice O(distinct rows) for each
    combination looked at; MDAV O(n_rows**2 / k); local suppression at most 2**n_columns groupings.

    References
    ----------
    K. LeFevre, D. DeWitt and R. Ramakrishnan (2006), "Mondrian multidimensional k-anonymity"; F. Kohlmayer et al.
    (2012), "Flash: efficient, stable and optimal k-anonymity"; J. Domingo-Ferrer and V. Torra (2005).

    Examples
    --------
    >>> from synthfast.privacy import enforce_k_anonymity
    >>> people = {"age": [21, 24, 35, 39], "city": ["Bonn", "Bonn", "Kiel", "Bonn"], "ill": ["a", "b", "a", "c"]}
    >>> result = enforce_k_anonymity(people, 2, ["age", "city"])
    >>> result.data
            age          city ill
    0  [21, 24]          Bonn   a
    1  [21, 24]          Bonn   b
    2  [35, 39]  {Bonn, Kiel}   a
    3  [35, 39]  {Bonn, Kiel}   c
    >>> result.achieved_k, round(result.information_loss, 3)
    (2, 0.347)
    """
    _check_choices(method, output, cut)
    limit = check_number(f"{OWNER}: suppression_limit", suppression_limit, minimum=0, maximum=1)
    table, names, secrets = read_columns(data, quasi_identifiers, sensitive, OWNER)
    k = check_integer(f"{OWNER}: k", k, minimum=1)
    if k > table.n_rows:
        raise DataError(f"{OWNER}: k={k} needs at least {k} rows, got {table.n_rows}. Lower k.")
    given = as_hierarchies(hierarchies)
    _check_hierarchies(given, names, secrets, t)
    bounds = read_constraints(
        table, secrets, l=l, t=t, alpha=alpha, diversity=diversity, c=c, hierarchies=given, owner=OWNER
    )
    _check_method(method, bounds, limit, output)
    if method == "suppression":
        return _suppress(table, names, secrets, k, importance or {})
    columns = [_column(table.column(name), given, method) for name in names]
    levels = None
    if method == "lattice":
        trees = [column for column in columns if isinstance(column, TreeColumn)]
        found = search_lattice(trees, k, bounds, int(limit * table.n_rows + 1e-9))
        partition = found.partition
        for tree, level in zip(trees, found.levels, strict=True):
            tree.level = int(level)
        levels = {name: int(level) for name, level in zip(names, found.levels, strict=True)}
    elif method == "mdav":
        partition = mdav_partition(columns, k)
    else:
        partition = mondrian_partition(columns, k, bounds, cut, n_threads)
    of_secrets = {name: hierarchy for name, hierarchy in given.items() if name in secrets}
    return _released(table, columns, secrets, partition, levels, k, output, Stream.from_seed(random_state), of_secrets)


def _check_choices(method: str, output: str, cut: str) -> None:
    check_choice(f"{OWNER}: method", method, ("mondrian", "lattice", "mdav", "suppression"))
    check_choice(f"{OWNER}: output", output, ("labels", "representative", "resample"))
    check_choice(f"{OWNER}: cut", cut, tuple(CUTS))


def _check_method(method: str, bounds: Constraints, limit: float, output: str) -> None:
    if method in ("mdav", "suppression") and bounds.active:
        raise DataError(f"{OWNER}: method={method!r} keeps k alone. For l, t or alpha use 'mondrian' or 'lattice'.")
    if method != "lattice" and limit > 0:
        raise DataError(f"{OWNER}: method={method!r} leaves out no rows; suppression_limit is for 'lattice'.")
    if method == "suppression" and output != "labels":
        raise DataError(f"{OWNER}: local suppression keeps the values that are left; leave output at 'labels'.")


def _check_hierarchies(
    given: Mapping[Hashable, Any], names: list[Hashable], secrets: list[Hashable], t: float | None
) -> None:
    unused = [name for name in given if name not in (*names, *secrets)]
    if unused:
        raise DataError(f"{OWNER}: hierarchies of {unused!r} are of no quasi-identifier; they are {names!r}.")
    idle = [name for name in given if name in secrets]
    if idle and t is None:
        raise DataError(
            f"{OWNER}: hierarchies of the sensitive columns {idle!r} are what t measures by, and t is not given."
        )


def _column(data: ColumnData, hierarchies: Mapping[Hashable, Any], method: str) -> QuasiColumn:
    hierarchy = hierarchies.get(data.name)
    if hierarchy is None and method == "lattice":
        hierarchy = automatic_hierarchy(data)
    return quasi_column(data, hierarchy)


def _released(
    table: Table,
    columns: Sequence[QuasiColumn],
    secrets: list[Hashable],
    partition: Partition,
    levels: dict[Hashable, int] | None,
    k: int,
    output: Output,
    stream: Stream,
    trees: Mapping[Hashable, Hierarchy],
) -> AnonymizedTable:
    rows = np.flatnonzero(partition.ids >= 0)
    labels, rarest = label_columns(columns, partition, rows)
    facts = text_facts(container_kind(table))
    new: dict[Hashable, tuple[ColumnData, dict[str, Any] | None]]
    if output == "labels":
        new = {name: (label, facts) for name, label in labels.items()}
    elif output == "representative":
        new = {column.name: (representative(column.data, partition, rows), None) for column in columns}
    else:
        new = {
            column.name: (resampled(column.data, partition, rows, stream.child("resample", place)), None)
            for place, column in enumerate(columns)
        }
    made = release(table, rows, new)
    losses = mean_loss(columns, partition)
    names = [column.name for column in columns]
    labelled = made if output == "labels" else release(table, rows, {n: (label, facts) for n, label in labels.items()})
    return AnonymizedTable(
        data=made,
        k=k,
        achieved_k=rarest if output == "labels" else int(partition.sizes.min(initial=len(rows))),
        information_loss=float(np.mean(list(losses.values()))),
        column_losses=losses,
        suppressed_rows=partition.n_suppressed,
        suppressed_cells=0,
        class_ids=partition.ids,
        levels=levels,
        _measure=partial(anonymity_report, labelled, names, secrets or None, hierarchies=trees),
    )


def _suppress(
    table: Table, names: list[Hashable], secrets: list[Hashable], k: int, importance: Mapping[Hashable, float]
) -> AnonymizedTable:
    unknown = [name for name in importance if name not in names]
    if unknown:
        raise DataError(f"{OWNER}: importance names {unknown!r}, which are no quasi-identifiers; they are {names!r}.")
    costs = [check_number(f"{OWNER}: importance", importance.get(name, 1.0), minimum=0) for name in names]
    blank = blank_cells(table_digits(table, names), k, table.n_rows, costs)
    kind = container_kind(table)
    new = {name: blanked(table.column(name), mask, kind) for name, mask in zip(names, blank, strict=True)}
    made = release(table, np.arange(table.n_rows), new)
    classes = group_columns(table_digits(Table.from_any(made), names), table.n_rows)
    return AnonymizedTable(
        data=made,
        k=k,
        achieved_k=int(classes.sizes.min()),
        information_loss=float(blank.mean()),
        column_losses={name: float(mask.mean()) for name, mask in zip(names, blank, strict=True)},
        suppressed_rows=0,
        suppressed_cells=int(blank.sum()),
        class_ids=classes.ids,
        levels=None,
        _measure=partial(anonymity_report, made, names, secrets or None),
    )
