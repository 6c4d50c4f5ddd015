"""The order in which columns are drawn where the user names none: the table's, but sources of look-ups come first."""

from collections.abc import Hashable, Iterator, Mapping, Sequence

from synthfast.encoding import EncodedColumn, TableCodec
from synthfast.synthesizers._tree.find_rules import find_rules, view_of
from synthfast.synthesizers._tree.finding.lookups import find_sources
from synthfast.synthesizers._tree.finding.views import MIN_ROWS

__all__ = ["sources_first"]


def sources_first(
    columns: Mapping[Hashable, EncodedColumn], codec: TableCodec, order: Sequence[Hashable]
) -> list[Hashable]:
    """The order with each column that determines an earlier one, which no column before it does, moved before that.

    Notes
    -----
    A column is not moved where it is itself determined by the one that it determines, such as a code and its name.
    Without such late sources the order stays as it is. Cost as `find_rules`, of which the whole is only gone through
    where a late source may be.
    """
    names = [name for name in order if name in columns]
    if len(names) < 2 or len(columns[names[0]].values) < MIN_ROWS:
        return list(order)
    late = [view_of(columns[name], codec) for name in reversed(names)]
    found = {late[j].name: [late[i].name for i in sources] for j, sources in find_sources(late)}
    if not found:
        return list(order)
    sources = {name: rule.sources for name, rule in find_rules(columns, codec, order).items() if rule.exact}
    for target in sorted(found, key=names.index):
        if target not in sources:
            own = next((source for source in found[target] if target not in _behind(source, sources)), None)
            sources |= {} if own is None else {target: (own,)}
    out: dict[Hashable, None] = {}
    for name in order:
        out |= dict.fromkeys(_emitted(name, sources, out))
    return list(out)


def _behind(name: Hashable, sources: Mapping[Hashable, tuple[Hashable, ...]]) -> set[Hashable]:
    """A column and all that it is determined by, directly or not."""
    seen, waiting = {name}, [name]
    while waiting:
        new = [source for source in sources.get(waiting.pop(), ()) if source not in seen]
        seen.update(new)
        waiting += new
    return seen


def _emitted(
    name: Hashable, sources: Mapping[Hashable, tuple[Hashable, ...]], before: Mapping[Hashable, None]
) -> Iterator[Hashable]:
    """The column, after those of its sources that have not come yet."""
    if name not in before:
        for source in sources.get(name, ()):
            yield from _emitted(source, sources, before)
        yield name
