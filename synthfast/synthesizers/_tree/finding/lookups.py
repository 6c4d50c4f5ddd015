"""The search for columns that are functions of one column of few values."""

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from synthfast.synthesizers._tree.finding.views import FIRST_ROWS, MIN_COUNT, SAMPLE_ROWS, Rows, View, spread_rows
from synthfast.synthesizers._tree.rules import Lookup, Rule

__all__ = ["find_lookups", "find_sources"]

RARE_SHARE = 0.05  # of the rows may lie in levels rarer than `MIN_COUNT`
MAX_POINTS = 4_096


def find_lookups(views: list[View], found: Mapping[int, Rule]) -> Iterator[tuple[int, Rule]]:
    """Rules of columns without one in ``found`` that an earlier one determines, and the targets' places in order."""
    for target, likely in _likely(views, found):
        tried = (_lookup_of(views[i], views[target]) for i in likely)
        rule = next((rule for rule in tried if rule is not None), None)
        if rule is not None:
            yield target, rule


def find_sources(views: list[View]) -> Iterator[tuple[int, list[int]]]:
    """Places of columns that earlier ones determine, in order, and of all of those, the ones of fewest values first."""
    for target, likely in _likely(views, {}):
        sources = [i for i in likely if _lookup_of(views[i], views[target]) is not None]
        if sources:
            yield target, sources


def _likely(views: list[View], found: Mapping[int, Rule]) -> Iterator[tuple[int, list[int]]]:
    """For each target without a rule the sources, those of fewest values first, that determine it as far as sampled."""
    sample = spread_rows(len(views[0].values))
    for target, sources in sorted(_candidates(views, found, sample).items()):
        near = np.concatenate([sample, views[target].unusual[:SAMPLE_ROWS]])
        likely = [i for i in sources if _holds_in(views[i], views[target], near)]
        yield target, sorted(likely, key=lambda i: views[i].n_held)


def _candidates(views: list[View], found: Mapping[int, Rule], sample: Rows) -> dict[int, list[int]]:
    """For each target without a rule the sources that determine it in the sample."""
    codes = np.column_stack([np.unique(view.comparable[sample], return_inverse=True)[1] for view in views])
    varying = np.array([(view.comparable != view.comparable[0]).any() for view in views])
    wanted = varying & ~np.isin(np.arange(len(views)), list(found))
    candidates: dict[int, list[int]] = {}
    most = [_most_keys(view) if len(sample) == len(view.values) else _most_in_sample(view) for view in views]
    for i in np.flatnonzero(varying & (codes.max(axis=0) < most)):
        targets = i + 1 + np.flatnonzero(wanted[i + 1 :])
        for some in (slice(FIRST_ROWS), slice(None)):
            targets = targets[_determined(views[i], sample[some], codes[some, i], codes[some][:, targets])]
        for j in targets:
            candidates.setdefault(int(j), []).append(int(i))
    return candidates


def _most_in_sample(view: View) -> int:
    """More distinct values than this are not to be expected in the sample if the column has few enough of them."""
    most = _most_keys(view)
    return int(SAMPLE_ROWS * 0.85) if view.numeric and most > SAMPLE_ROWS // 2 else most


def _most_keys(view: View) -> int:
    most = len(view.values) // 10
    return min(most, MAX_POINTS) if view.numeric else most


def _determined(source: View, rows: Rows, codes: Rows, targets: Rows) -> NDArray[np.bool_]:
    """Which targets, shape (n_rows, n_targets), the source, of ``codes`` in those rows, may determine."""
    if source.stand_ins is None:
        return _constant_within(codes, targets)
    keys, spare = source.coded[0][rows], source.stand_ins
    return np.array([(_count_others(keys, target, len(spare)) <= spare).all() for target in targets.T], dtype=bool)


def _constant_within(keys: Rows, targets: Rows) -> NDArray[np.bool_]:
    """Which targets, shape (n_rows, n_targets), have one value in all rows of each key."""
    first = np.zeros(int(keys.max()) + 1, dtype=np.int64)
    first[keys[::-1]] = np.arange(len(keys) - 1, -1, -1)
    same: NDArray[np.bool_] = (targets == targets[first[keys]]).all(axis=0)
    return same


def _count_others(keys: Rows, target: Rows, n_keys: int) -> Rows:
    """Rows of each key that do not hold the commonest target of that key."""
    key, _, count = _pairs(keys, target)
    most = np.zeros(n_keys, dtype=np.int64)
    np.maximum.at(most, key, count)
    return np.bincount(keys, minlength=n_keys) - most


def _pairs(keys: Rows, target: Rows) -> tuple[Rows, Rows, Rows]:
    """Key of each pair of a key and a target code that some row holds, the first of these rows, and their number."""
    width = int(target.max()) + 1
    pair, first, count = np.unique(keys * width + target, return_index=True, return_counts=True)
    return pair // width, first, count


def _holds_in(source: View, target: View, rows: Rows) -> bool:
    if source.stand_ins is not None:
        rows = np.unique(rows)
        codes = np.unique(target.comparable[rows], return_inverse=True)[1]
        return bool(_determined(source, rows, codes, codes[:, None])[0])
    few, common = target.unusual[:FIRST_ROWS], source.common_row  # most pairs fail here
    alike = few[source.comparable[few] == source.comparable[common]]
    if (target.comparable[alike] != target.comparable[common]).any():
        return False
    keys = np.unique(source.comparable[rows], return_inverse=True)[1]
    return bool(_constant_within(keys, target.comparable[rows][:, None])[0])


def _lookup_of(source: View, target: View) -> Lookup | None:
    counts = source.key_counts
    if not 2 <= source.n_held <= _most_keys(source) or counts[counts < MIN_COUNT].sum() > RARE_SHARE * counts.sum():
        return None
    rows = _rows_of_images(source, target)
    if rows is None:
        return None
    images = target.comparable[rows]
    if len(np.unique(images[counts >= MIN_COUNT])) < 2:
        return None
    shared, of = np.unique(images, return_inverse=True)
    images[counts == 0] = shared[np.argmax(np.bincount(of, counts))]
    images = np.where(np.isposinf(images), np.nan, images) if target.numeric else images
    points = source.coded[2] if source.numeric else None
    return Lookup(target.name, source.name, images, points, source.missing is not None)


def _rows_of_images(source: View, target: View) -> Rows | None:
    """A row that holds the image of each key; None where a key has none, or more than one."""
    keys = source.coded[0]
    if source.stand_ins is None:
        rows = source.first_rows
        return None if (target.comparable[rows[keys]] != target.comparable).any() else rows
    key, first, count = _pairs(keys, np.unique(target.comparable, return_inverse=True)[1])
    told = count >= source.own_counts[key]
    if (np.bincount(key[told], minlength=len(source.own_counts)) != (source.key_counts > 0)).any():
        return None
    rows = np.zeros(len(source.own_counts), dtype=np.int64)
    rows[key[told]] = first[told]
    return rows
