"""Finding exact dependencies between columns: candidates on a fixed sample of rows, then the proof on all of them."""

import math
from collections.abc import Hashable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast.encoding import Bounds, EncodedColumn, TableCodec
from synthfast.encoding.missing import missing_of
from synthfast.synthesizers._tree.rules import SLACK, Affine, Between, Grid, Lookup, Rule, Total

__all__ = ["find_rules"]

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

SAMPLE_ROWS = 2_000
FIRST_ROWS = 256
MIN_ROWS = 30
MIN_COUNT = 5  # rows that a level, or all values but the commonest, must have to be evidence
RARE_SHARE = 0.05  # of the rows may lie in levels rarer than that
MAX_POINTS = 4_096
MAX_SOURCES = 8
MAX_DIGITS = 6  # of a simple coefficient
FINE = 1e-9  # relative error of sums of floats
FINE_SINGLE = 1e-6  # of floats stored in single precision
AFFINE_NOISE, TOTAL_NOISE = 0.05, 0.01  # largest share of the target's variance that may be its own rounding
FULL_RANK = 1e-7  # of a column's spread that the columns before it leave over
QUANTILES = 32
MIN_BROKEN_SHARE, MIN_BROKEN = 0.05, 30  # rows that would break an order if the columns were independent
TIED_SHARE = 0.05
MAX_BOUNDS = 4


def find_rules(
    columns: Mapping[Hashable, EncodedColumn], codec: TableCodec, order: Sequence[Hashable]
) -> dict[Hashable, Rule]:
    """Find the rule of every column that earlier columns determine or bound.

    Parameters
    ----------
    columns : mapping of name to EncodedColumn
        The encoded table.
    codec : TableCodec
        Tells range and resolution of numeric columns.
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
    - An order is kept if independent columns would break it in 5 % of the rows and in 30 rows or more: with none seen
      broken, chance is then out of question (exp(-30)), and below 5 % the draws break it too rarely to matter.
    """
    names = [name for name in order if name in columns]
    if len(names) < 2 or len(columns[names[0]].values) < MIN_ROWS:
        return {}
    views = [_View(columns[name], codec.bounds(name) if columns[name].kind == "numeric" else None) for name in names]
    patterns = dict.fromkeys(view.pattern for view in views if view.numeric and view.n_present >= MIN_ROWS)
    groups = [_Group(views, pattern) for pattern in patterns]
    found: dict[int, Rule] = {}  # by the target's place in the drawing order
    for group in groups:
        found |= dict(_find_affine(views, group))
    found |= dict(_find_lookups(views, found))
    for group in groups:
        found |= dict(_find_totals(views, group, found))
    found |= dict(_find_orders(views, found))
    return {views[k].name: found[k] for k in sorted(found)}


def _spread_rows(n_rows: int) -> Rows:
    """A fixed sample of rows, ascending, evenly spread but without a period that a table could share."""
    if n_rows <= SAMPLE_ROWS:
        return np.arange(n_rows)
    turns = np.arange(SAMPLE_ROWS) * 0.6180339887498949
    return np.unique(((turns - np.floor(turns)) * n_rows).astype(np.int64))


class _View:
    """A column, and what the search asks of it more than once."""

    def __init__(self, column: EncodedColumn, bounds: Bounds | None) -> None:
        self.name, self.values, self.numeric, self.bounds = column.name, column.values, bounds is not None, bounds
        self.n_levels = column.n_levels
        self.step = None if bounds is None else bounds.step
        self.grid = Grid(self.step)
        missing = missing_of(column.values)
        self.missing = missing if missing.any() else None
        self.n_present = len(missing) - int(np.count_nonzero(missing))

    @cached_property
    def pattern(self) -> bytes:
        """Which rows are missing, as a key."""
        return b"" if self.missing is None else np.packbits(self.missing).tobytes()

    @cached_property
    def fine(self) -> float:
        """Relative error within which floats without a step agree."""
        some = self.values[_spread_rows(len(self.values))]
        with np.errstate(over="ignore"):
            single = some.astype(np.float32).astype(np.float64)
        return FINE_SINGLE if np.array_equal(single, some, equal_nan=True) else FINE

    @cached_property
    def tolerance(self) -> float:
        """How far a numeric value may lie from the unrounded formula."""
        size = float(np.nanmax(np.abs(self.values)))
        return self.fine * size if self.step is None else 0.5 * self.step

    @cached_property
    def comparable(self) -> NDArray[Any]:
        """The values with missing ones equal to each other."""
        if self.missing is None or not self.numeric:
            return self.values
        return np.where(self.missing, np.inf, self.values)

    @cached_property
    def coded(self) -> tuple[NDArray[np.int64], int, Floats]:
        """Keys as a source of lookups (the last one for missing), their number, and a numeric column's points."""
        if not self.numeric:
            keys = self.values.astype(np.int64)
            points, n_keys = np.empty(0), self.n_levels
        else:
            points, keys = np.unique(self.comparable, return_inverse=True)
            points = points[: len(points) - (self.missing is not None)]
            n_keys = len(points)
        if self.missing is not None:
            keys[self.missing] = n_keys
        return keys, n_keys + 1, points

    @cached_property
    def key_counts(self) -> NDArray[np.int64]:
        """Rows that hold each key."""
        return np.bincount(self.coded[0], minlength=self.coded[1])

    @property
    def n_held(self) -> int:
        """Number of keys that some row holds."""
        return int(np.count_nonzero(self.key_counts))

    @cached_property
    def first_rows(self) -> Rows:
        """The first row that holds each key."""
        keys, n_keys, _ = self.coded
        first = np.zeros(n_keys, dtype=np.int64)
        first[keys[::-1]] = np.arange(len(keys) - 1, -1, -1)
        return first

    @cached_property
    def common_row(self) -> int:
        """A row that holds the commonest value of the sample; missing ones count only if there are no others."""
        rows = np.arange(len(self.values)) if self.missing is None else np.flatnonzero(~self.missing)
        rows = rows[_spread_rows(len(rows))]
        if not len(rows):
            return 0
        _, first, counts = np.unique(self.values[rows], return_index=True, return_counts=True)
        return int(rows[first[np.argmax(counts)]])

    @cached_property
    def unusual(self) -> Rows:
        """The rows that hold another value than the commonest of the sample, missing ones not counted."""
        other = self.values != self.values[self.common_row]
        return np.flatnonzero(other if self.missing is None else other & ~self.missing)

    def varies(self) -> bool:
        """Whether enough rows are present, and enough of them unusual, for a formula to be more than chance."""
        return self.n_present >= MIN_ROWS and len(self.unusual) >= MIN_COUNT

    def agrees(self, formula: Floats, size: Floats, rows: Rows | slice) -> bool:
        """Whether a formula gives the column's values in the rows; ``size`` is the sum of its terms' magnitudes."""
        allowed = self.fine * size if self.step is None else (0.5 + SLACK) * self.step
        return bool((np.abs(formula - self.values[rows]) <= allowed).all())

    def is_met(self, formula: Floats, rows: Rows | slice) -> bool:
        """Whether the formula, put on the grid, is the column's value even where it falls halfway between two."""
        return self.step is None or bool((np.abs(self.grid.nearest(formula) - self.values[rows]) < self.step / 4).all())


def _is_whole(view: _View, rows: Rows | slice) -> bool:
    return view.missing is None or not view.missing[rows].any()


class _Group:
    """Numeric columns on the rows where those of one missing pattern are present.

    Its members are all columns without missing values in those rows, in drawing order; ``own`` tells which of them have
    the very pattern. Members that are constant in the sample are left out.
    """

    def __init__(self, views: list[_View], pattern: bytes) -> None:
        like = next(view for view in views if view.numeric and view.pattern == pattern)
        present = None if like.missing is None else np.flatnonzero(~like.missing)
        rows = self.rows = slice(None) if present is None else present
        n_rows = len(like.values) if present is None else len(present)
        some = _spread_rows(n_rows)
        self.sample = some if present is None else present[some]
        whole = [
            k
            for k, view in enumerate(views)
            if view.numeric and (view.pattern == pattern or (_is_whole(view, self.sample) and _is_whole(view, rows)))
        ]
        raw = np.column_stack([views[k].values[self.sample] for k in whole])
        with np.errstate(over="ignore", invalid="ignore"):
            centred = raw - raw.mean(axis=0)
            spread = np.sqrt((centred**2).mean(axis=0))
            keep = (spread > 1e-13 * np.abs(raw).max(axis=0)) & np.isfinite(spread)
        self.members = [k for k, kept in zip(whole, keep, strict=True) if kept]
        self.own = np.array([views[k].pattern == pattern for k in self.members], dtype=bool)
        self.raw, self.spread = raw[:, keep], spread[keep]
        self.standard = centred[:, keep] / self.spread
        self.tolerance = np.array([views[k].tolerance for k in self.members])

    @cached_property
    def correlation(self) -> Floats:
        return self.standard.T @ self.standard / len(self.sample)

    @cached_property
    def reduced(self) -> Floats:
        """The standardised sample in few rows with the same scalar products: column j reaches down to row j only."""
        return np.asarray(np.linalg.qr(self.standard, mode="r"))

    def noise(self, limit: float) -> Floats:
        """Largest share of each member's variance that a formula may leave over."""
        return np.minimum((self.tolerance / self.spread) ** 2, limit) + 1e-11


def _prove(target: _View, sources: list[_View], weights: Sequence[float], rows: Rows | slice) -> float | None:
    """The constant with which a weighted sum gives the target in the rows; None if there is none."""
    actual = target.values[rows]
    total, size = np.zeros(len(actual)), np.abs(actual)
    for source, weight in zip(sources, weights, strict=True):
        term = weight * source.values[rows]
        total += term
        size += np.abs(term)
    tolerance = target.tolerance if target.step is not None else target.fine * float(size.max())
    residual = actual - total
    constants = _constants(float(residual.min()), float(residual.max()), tolerance)
    agreeing = [value for value in constants if target.agrees(total + value, size + abs(value), rows)]
    return next((value for value in agreeing if target.is_met(total + value, rows)), next(iter(agreeing), None))


def _constants(lowest: float, highest: float, tolerance: float) -> list[float]:
    """What to try as the constant that lies within the tolerance of all residuals: a simple number, the middle."""
    low, high = highest - tolerance, lowest + tolerance
    if not low <= high + 2 * SLACK * tolerance:
        return []
    margin, middle = SLACK * tolerance, 0.5 * (lowest + highest)
    return [*_decimal_between(low + margin, high - margin), *_decimal_between(middle - margin, middle + margin), middle]


def _decimal_between(low: float, high: float) -> list[float]:
    """The number of fewest decimals near the middle of an interval; none if the interval is empty."""
    middle = 0.5 * (low + high)
    return next(([value] for d in range(-15, 16) if low <= (value := round(middle, d) + 0.0) <= high), [])


def _simple_numbers(low: float, high: float) -> list[tuple[int, float]]:
    """Simple numbers of an interval with the digits that each takes: a decimal, a fraction, 1 over a decimal."""
    if low <= 0.0 <= high:
        return [(1, 0.0)]
    if high < 0.0:
        return [(digits, -value) for digits, value in _simple_numbers(-high, -low)]
    if not (low > 1e-12 and high < 1e12):
        return []
    fraction = _simplest_fraction(Fraction(low), Fraction(high))
    found = [(_n_digits(value), value) for value in _decimal_between(low, high)]
    found.append((len(f"{fraction.numerator}{fraction.denominator}"), float(fraction)))
    found += [(_n_digits(value) + 1, 1.0 / value) for value in _decimal_between(1.0 / high, 1.0 / low)]
    return sorted(found)


def _n_digits(value: float) -> int:
    return len(f"{value:.15e}".partition("e")[0].replace(".", "").strip("0"))


def _simplest_fraction(low: Fraction, high: Fraction) -> Fraction:
    """The fraction of the smallest denominator with ``0 < low <= fraction <= high``."""
    whole = -(-low.numerator // low.denominator)
    if whole <= high:
        return Fraction(whole)
    return whole - 1 + 1 / _simplest_fraction(1 / (high - whole + 1), 1 / (low - whole + 1))


def _find_affine(views: list[_View], group: _Group) -> Iterator[tuple[int, Rule]]:
    left = 1.0 - group.correlation**2
    fits = left <= group.noise(AFFINE_NOISE)
    fits &= group.own & group.own[:, None]
    for b, k in enumerate(group.members):
        if fits[:b, b].any() and views[k].varies():
            tried = (_affine_of(views, group, int(a), b) for a in np.flatnonzero(fits[:b, b]))
            rule = next((rule for rule in tried if rule is not None), None)
            if rule is not None:
                yield k, rule


def _affine_of(views: list[_View], group: _Group, a: int, b: int) -> Affine | None:
    source, target = views[group.members[a]], views[group.members[b]]
    slope = float(group.correlation[a, b] * group.spread[b] / group.spread[a])
    noise = float(np.sqrt(max(1.0 - group.correlation[a, b] ** 2, 0.0)) * group.spread[b] / group.spread[a])
    error = 5.0 * noise / math.sqrt(len(group.sample)) + FINE * abs(slope)
    slopes = [value for _, value in _simple_numbers(slope - error, slope + error)]
    for weight in [*slopes, slope]:
        if weight and _prove(target, [source], [weight], group.sample) is not None:
            constant = _prove(target, [source], [weight], group.rows)
            if constant is not None:
                return Affine(target.name, source.name, weight, constant, target.step, source.step)
    if target.step is None:
        return None
    reach, constant = 4.0 * float(group.tolerance[b] / group.spread[a]), None
    for rows in (group.sample, group.rows):
        weight = _tightest_slope(source.values[rows], target.values[rows], slope - reach, slope + reach)
        constant = _prove(target, [source], [weight], rows) if weight else None
        if constant is None:
            return None
    assert constant is not None
    return Affine(target.name, source.name, weight, constant, target.step, source.step)


def _tightest_slope(x: Floats, y: Floats, low: float, high: float) -> float:
    """The slope with the smallest range of ``y - slope * x``, a convex function, by bisection on its gradient."""
    for _ in range(50):
        slope = 0.5 * (low + high)
        residual = y - slope * x
        steeper = x[np.argmax(residual)] > x[np.argmin(residual)]
        low, high = (slope, high) if steeper else (low, slope)
    return 0.5 * (low + high)


def _find_lookups(views: list[_View], found: Mapping[int, Rule]) -> Iterator[tuple[int, Rule]]:
    sample = _spread_rows(len(views[0].values))
    for target, sources in sorted(_lookup_candidates(views, found, sample).items()):
        near = np.concatenate([sample, views[target].unusual[:SAMPLE_ROWS]])
        likely = [views[i] for i in sources if _holds_in(views[i], views[target], near)]
        tried = (_lookup_of(view, views[target]) for view in sorted(likely, key=lambda view: view.n_held))
        rule = next((rule for rule in tried if rule is not None), None)
        if rule is not None:
            yield target, rule


def _lookup_candidates(views: list[_View], found: Mapping[int, Rule], sample: Rows) -> dict[int, list[int]]:
    """For each target without a rule the sources that determine it in the sample."""
    codes = np.column_stack([np.unique(view.comparable[sample], return_inverse=True)[1] for view in views])
    varying = np.array([(view.comparable != view.comparable[0]).any() for view in views])
    wanted = varying & ~np.isin(np.arange(len(views)), list(found))
    candidates: dict[int, list[int]] = {}
    most = [_most_keys(view) if len(sample) == len(view.values) else _most_in_sample(view) for view in views]
    for i in np.flatnonzero(varying & (codes.max(axis=0) < most)):
        targets = i + 1 + np.flatnonzero(wanted[i + 1 :])
        for rows in (slice(FIRST_ROWS), slice(None)):
            targets = targets[_constant_within(codes[rows, i], codes[rows][:, targets])]
        for j in targets:
            candidates.setdefault(int(j), []).append(int(i))
    return candidates


def _most_in_sample(view: _View) -> int:
    """More distinct values than this are not to be expected in the sample if the column has few enough of them."""
    most = _most_keys(view)
    return int(SAMPLE_ROWS * 0.85) if view.numeric and most > SAMPLE_ROWS // 2 else most


def _most_keys(view: _View) -> int:
    most = len(view.values) // 10
    return min(most, MAX_POINTS) if view.numeric else most


def _constant_within(keys: NDArray[Any], targets: NDArray[Any]) -> NDArray[np.bool_]:
    """Which targets, shape (n_rows, n_targets), have one value in all rows of each key."""
    first = np.zeros(int(keys.max()) + 1, dtype=np.int64)
    first[keys[::-1]] = np.arange(len(keys) - 1, -1, -1)
    same: NDArray[np.bool_] = (targets == targets[first[keys]]).all(axis=0)
    return same


def _holds_in(source: _View, target: _View, rows: Rows) -> bool:
    few, common = target.unusual[:FIRST_ROWS], source.common_row  # most pairs fail here
    alike = few[source.comparable[few] == source.comparable[common]]
    if (target.comparable[alike] != target.comparable[common]).any():
        return False
    keys = np.unique(source.comparable[rows], return_inverse=True)[1]
    return bool(_constant_within(keys, target.comparable[rows][:, None])[0])


def _lookup_of(source: _View, target: _View) -> Lookup | None:
    counts = source.key_counts
    if not 2 <= source.n_held <= _most_keys(source) or counts[counts < MIN_COUNT].sum() > RARE_SHARE * counts.sum():
        return None
    images = target.comparable[source.first_rows]
    if (images[source.coded[0]] != target.comparable).any():
        return None
    if len(np.unique(images[counts >= MIN_COUNT])) < 2:
        return None
    shared, of = np.unique(images, return_inverse=True)
    images[counts == 0] = shared[np.argmax(np.bincount(of, counts))]
    images = np.where(np.isposinf(images), np.nan, images) if target.numeric else images
    return Lookup(target.name, source.name, images, source.coded[2] if source.numeric else None)


def _find_totals(views: list[_View], group: _Group, found: Mapping[int, Rule]) -> Iterator[tuple[int, Rule]]:
    open_targets = [b for b, k in enumerate(group.members) if b >= 2 and group.own[b] and k not in found]
    if not open_targets:
        return
    noise = group.noise(TOTAL_NOISE)
    n_rows, n_members = group.standard.shape
    free = np.abs(np.diagonal(group.reduced)) / np.sqrt(n_rows)  # what the columns before leave over
    enough = n_rows >= n_members + MIN_ROWS
    for b in open_targets:
        if (enough and free[b] ** 2 > noise[b]) or not views[group.members[b]].varies():
            continue
        choices = _pairs(group, b, noise[b])
        if enough:
            backwards = np.arange(b)[::-1]
            choices += [_needed(group, b, np.flatnonzero(free[:b] > FULL_RANK))]
            choices += [_needed(group, b, np.sort(backwards[_independent(group.reduced[:, backwards], n_rows)]))]
        fits = (_simple_fit(group, columns, b) for columns in choices if 2 <= len(columns) <= MAX_SOURCES)
        for _, columns, weights in sorted((fit for fit in fits if fit is not None), key=lambda fit: fit[0]):
            rule = _total_of(views, group, columns, weights, b)
            if rule is not None:
                yield group.members[b], rule
                break


def _pairs(group: _Group, b: int, noise: float) -> list[Rows]:
    """The first few pairs of earlier columns that leave no more than ``noise`` of the target's variance over."""
    among, with_target = group.correlation[:b, :b], group.correlation[:b, b]
    apart = 1.0 - among**2
    explained = with_target[:, None] ** 2 + with_target**2 - 2.0 * among * np.outer(with_target, with_target)
    first, second = np.nonzero(np.triu((apart - explained <= noise * apart) & (apart > FULL_RANK), 1))
    return [np.array(pair) for pair in zip(first[:MAX_SOURCES], second[:MAX_SOURCES], strict=True)]


def _independent(standard: Floats, n_rows: int) -> NDArray[np.bool_]:
    """Which columns of squared length ``n_rows`` are no combination of those before them."""
    free = np.abs(np.diagonal(np.linalg.qr(standard, mode="r"))) / np.sqrt(n_rows)
    kept: NDArray[np.bool_] = free > FULL_RANK
    return kept


def _solve(group: _Group, columns: Rows, b: int) -> tuple[Floats, Floats]:
    """Least-squares weights of independent columns in standard units, and five standard errors of each."""
    q, r = np.linalg.qr(group.reduced[:, columns])
    weights = np.linalg.solve(r, q.T @ group.reduced[:, b])
    noise = group.reduced[:, b] - group.reduced[:, columns] @ weights
    inverse = np.linalg.inv(r)
    return weights, 5.0 * np.sqrt((noise @ noise) / len(group.sample) * (inverse**2).sum(axis=1))


def _needed(group: _Group, b: int, columns: Rows) -> Rows:
    """Those of some independent columns whose weight is not 0."""
    if not len(columns):
        return columns
    weights, error = _solve(group, columns, b)
    return columns[np.abs(weights) > error + FINE]


def _simple_fit(group: _Group, columns: Rows, b: int) -> tuple[int, Rows, list[float]] | None:
    """Simple weights near the best ones, with the digits that they take; None if they are not simple."""
    weights, error = _solve(group, columns, b)
    scale = group.spread[b] / group.spread[columns]
    fit = []
    for weight, reach in zip(weights * scale, (error + FINE * np.abs(weights)) * scale, strict=True):
        simple = _simple_numbers(float(weight - reach), float(weight + reach))
        if not simple or simple[0][0] > MAX_DIGITS or not simple[0][1]:
            return None
        fit.append(simple[0])
    return sum(digits for digits, _ in fit), columns, [weight for _, weight in fit]


def _is_supported(standard: Floats) -> bool:
    """Whether every column keeps something of its own without the few rows that tell it from the others best."""
    own = np.abs(np.linalg.pinv(standard))  # row j: what column j has of its own
    for j in range(len(own)):
        rest = standard[np.argsort(own[j], kind="stable")[: 1 - MIN_COUNT]]
        rest = rest - rest.mean(axis=0)
        size = np.sqrt((rest**2).sum(axis=0))
        if not (size > FULL_RANK).all():
            return False
        if not _independent(np.roll(rest / size, -1 - j, axis=1), 1)[-1]:
            return False
    return True


def _total_of(views: list[_View], group: _Group, columns: Rows, weights: list[float], b: int) -> Total | None:
    target, sources = views[group.members[b]], [views[group.members[a]] for a in columns]
    if len(np.unique(group.raw[:, columns], axis=0)) < len(columns) + 2 or not _is_supported(
        group.standard[:, columns]
    ):
        return None
    if _prove(target, sources, weights, group.sample) is None:
        return None
    constant = _prove(target, sources, weights, group.rows)
    gone = np.zeros(len(target.values), dtype=bool)
    for source in sources:
        gone |= False if source.missing is None else source.missing
    if constant is None or np.count_nonzero(gone) != (0 if target.missing is None else target.missing.sum()):
        return None
    return Total(target.name, tuple(source.name for source in sources), tuple(weights), constant, target.step)


def _find_orders(views: list[_View], found: Mapping[int, Rule]) -> Iterator[tuple[int, Rule]]:
    copies = {k for k, rule in found.items() if isinstance(rule, Affine) and (rule.slope, rule.intercept) == (1.0, 0.0)}
    members = [k for k, view in enumerate(views) if view.numeric and k not in copies]
    if len(members) < 2:
        return
    below, share = _ordered_pairs([views[k] for k in members])
    kept = np.zeros_like(below)  # orders that the rules found so far keep, chains included
    for b, k in enumerate(members):
        if k in found:
            continue
        lower = _tightest(below[:b, b], kept, share[:b, b], [views[m] for m in members])
        upper = _tightest(below[b, :b], kept.T, share[b, :b], [views[m] for m in members])
        if len(lower) or len(upper):
            kept[lower, b] = kept[b, upper] = True
            kept[:, b] |= kept[:, lower].any(axis=1)
            kept[b] |= kept[upper].any(axis=0)
            yield k, _between_of(views[k], [views[members[a]] for a in lower], [views[members[a]] for a in upper])


def _ordered_pairs(views: list[_View]) -> tuple[NDArray[np.bool_], Floats]:
    """Whether column a is nowhere above b though independence would have it so, and in which share of the rows."""
    n_rows = len(views[0].values)
    values = np.column_stack([view.values[_spread_rows(n_rows)] for view in views])
    grids = np.sort(values, axis=0)
    n_present = np.count_nonzero(~np.isnan(grids), axis=0)
    some = ((np.arange(QUANTILES)[:, None] + 0.5) / QUANTILES * n_present).astype(np.int64)
    grids = np.take_along_axis(grids, some, axis=0).T  # by column, ascending
    share = np.column_stack([np.searchsorted(grid, grids, side="left").mean(axis=1) / QUANTILES for grid in grids])
    below = (share >= MIN_BROKEN_SHARE) & (n_present > 0) & (n_present > 0)[:, None] & ~np.eye(len(views), dtype=bool)
    for rows in (values[:FIRST_ROWS], values):
        for b in np.flatnonzero(below.any(axis=0)):
            a = np.flatnonzero(below[:, b])
            below[a, b] = ~(rows[:, a] > rows[:, [b]]).any(axis=0)
    for a, b in zip(*np.nonzero(below), strict=True):
        holds = not (views[a].values > views[b].values).any()
        below[a, b] = holds and share[a, b] * _n_complete(views[a], views[b]) >= MIN_BROKEN
    return below, share


def _n_complete(first: _View, second: _View) -> int:
    gone = [view.missing for view in (first, second) if view.missing is not None]
    return len(first.values) - (int(np.count_nonzero(np.logical_or.reduce(gone))) if gone else 0)


def _tightest(bounds: NDArray[np.bool_], kept: NDArray[np.bool_], share: Floats, views: list[_View]) -> Rows:
    """Those of the columns below a target that are below no other of them by rules that are kept; a few at most."""
    inside = np.flatnonzero(bounds)
    whole = [a for a in inside if views[a].missing is None]  # where the one between is missing, the chain is broken
    needed = [a for a in inside if not kept[a, whole].any()]
    return np.sort(np.array(sorted(needed, key=lambda a: -share[a])[:MAX_BOUNDS], dtype=np.int64))


def _between_of(target: _View, lower: list[_View], upper: list[_View]) -> Between:
    gaps, ties = [], []
    for source in [*lower, *upper]:
        tied = np.count_nonzero(source.values == target.values)
        steps = [step for step in (source.step, target.step) if step is not None]
        gaps.append(min(steps) if len(steps) == 2 and not tied else 0.0)
        ties.append(tied / _n_complete(source, target))
    assert target.bounds is not None
    return Between(
        target.name,
        tuple(view.name for view in lower),
        tuple(view.name for view in upper),
        tuple(gaps[: len(lower)]),
        tuple(gaps[len(lower) :]),
        bool(max(ties) < TIED_SHARE),
        target.bounds.minimum,
        target.bounds.maximum,
        target.step,
    )
