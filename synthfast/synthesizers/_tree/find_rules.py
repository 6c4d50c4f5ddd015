"""Finding exact dependencies between columns: candidates on a fixed sample of rows, then the proof on all of them."""

from collections.abc import Hashable, Mapping, Sequence

from synthfast.encoding import EncodedColumn, TableCodec
from synthfast.synthesizers._tree.finding.affine import find_affine
from synthfast.synthesizers._tree.finding.groups import Group
from synthfast.synthesizers._tree.finding.lookups import find_lookups
from synthfast.synthesizers._tree.finding.orders import find_orders
from synthfast.synthesizers._tree.finding.totals import find_totals
from synthfast.synthesizers._tree.finding.views import MIN_ROWS, View
from synthfast.synthesizers._tree.rules import Rule

__all__ = ["find_rules", "view_of"]


def find_rules(
    columns: Mapping[Hashable, EncodedColumn], codec: TableCodec, order: Sequence[Hashable]
) -> dict[Hashable, Rule]:
    """Find the rule of every column that earlier columns determine or bound.

    Parameters
    ----------
    columns : mapping of name to EncodedColumn
        The encoded table.
    codec : TableCodec
        Tells range and resolution of numeric columns, and shares of levels.
    order : sequence of names
        In which the columns are drawn. A rule's sources all come before its target.

    Returns
    -------
    dict of name to Rule
        At most one rule for each target, in drawing order; one of the exact ones (``Affine``, else ``Lookup``, else
        ``Total``) where one holds on every row, else a ``Between`` with all bounds that are worth keeping.

    Notes
    -----
    A sample of at most 2,000 rows, the same for every table of that length, only decides which candidates are tried;
    what is returned holds on every row. Nothing is looked for below 30 rows. Cost O(n_columns**2) on the sample and
    O(n_rows) for each survivor.

    - A formula holds if it is within half the target's step, so that a value halfway between two points of the grid may
      have been rounded to either; or within 1e-9 of the summed magnitudes where the target has no step (1e-6 if it is
      stored in single precision). 5 rows or more must hold another value than the target's commonest, a sum must hold
      on more distinct source rows than it has unknowns, and no weight of it may rest on fewer than 5 rows.
    - Of several sums that hold for a target, the one whose weights take the fewest digits is taken.
    - A lookup's source has at most n_rows / 10 values; at most 5 % of the rows lie in values held by fewer than 5 rows,
      and the other values alone must lead to two images or more.
    - Rows of levels that the schema leaves out as too rare are coded as others. A lookup may break in as many rows of
      each level as are no rows of its own: it holds of what is drawn.
    - An order is kept if independent columns would break it in 5 % of the rows and in 30 rows or more: with none seen
      broken, chance is then out of question (exp(-30)), and below 5 % the draws break it too rarely to matter.
    """
    names = [name for name in order if name in columns]
    if len(names) < 2 or len(columns[names[0]].values) < MIN_ROWS:
        return {}
    views = [view_of(columns[name], codec) for name in names]
    patterns = dict.fromkeys(view.pattern for view in views if view.numeric and view.n_present >= MIN_ROWS)
    groups = [Group(views, pattern) for pattern in patterns]
    found: dict[int, Rule] = {}  # by the target's place in the drawing order
    for group in groups:
        found |= dict(find_affine(views, group))
    found |= dict(find_lookups(views, found))
    for group in groups:
        found |= dict(find_totals(views, group, found))
    found |= dict(find_orders(views, found))
    return {views[k].name: found[k] for k in sorted(found)}


def view_of(column: EncodedColumn, codec: TableCodec) -> View:
    """A column as the search for rules sees it."""
    bounds = codec.bounds(column.name) if column.kind == "numeric" else None
    return View(column, bounds, codec.column(column.name).shares)
