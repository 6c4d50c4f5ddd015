"""One column of both tables as SVG: shapes that the table's small pictures and the large figure share."""

from collections.abc import Sequence

import numpy as np

from synthfast.quality.histograms import ColumnHistogram
from synthfast.reporting.page.markup import clean
from synthfast.reporting.page.ticks import axis_ticks

__all__ = ["draw_large", "draw_shapes", "draw_small", "pool_rare"]

HEIGHT = 100  # of the shapes, in their own units
STEP = 12  # of one bin
LEAST_ROWS = 5  # levels that fewer real rows hold are not named
WIDE, TALL, MARGIN = 420, 170, 14  # of a large figure
ROW = 26  # of one level in a large figure
LABELS = 125
RARE = "rare levels"


def pool_rare(histogram: ColumnHistogram, n_real: int) -> ColumnHistogram:
    """The histogram with all levels that fewer than five real rows hold in one bar without their names.

    A level that only the synthetic table has names no real row and stays.
    """
    if histogram.levels is None:
        return histogram
    counts = np.rint(histogram.real * n_real)
    rare = (counts > 0) & (counts < LEAST_ROWS)
    if not rare.any():
        return histogram
    levels = (*(level for level, is_rare in zip(histogram.levels, rare, strict=True) if not is_rare), RARE)
    real, synthetic = (np.append(s[~rare], s[rare].sum()) for s in (histogram.real, histogram.synthetic))
    missing, unit = histogram.missing, histogram.unit
    return ColumnHistogram(histogram.name, histogram.kind, None, levels, real, synthetic, missing, unit)


def draw_shapes(histogram: ColumnHistogram, key: int) -> str:
    """The definition ``#h<key>``: real shares filled, synthetic ones as a line."""
    top = max(float(histogram.real.max(initial=0.0)), float(histogram.synthetic.max(initial=0.0)), 1e-12)
    real, synthetic = (
        np.rint(HEIGHT * (1.0 - s / top)).astype(int).tolist() for s in (histogram.real, histogram.synthetic)
    )
    gap = histogram.levels is not None
    return (
        f'<g id="h{key}"><path class=real d="{_outline(real, gap=gap)}"/>'
        f'<path class=synthetic d="{_outline(synthetic, gap=gap)}"/></g>'
    )


def _outline(heights: Sequence[int], *, gap: bool) -> str:
    """Bars as one path from the left to the right; with a gap after each where they are levels."""
    parts, at = [f"M0 {HEIGHT}"], HEIGHT
    for height in heights:
        if gap:
            parts.append(f"V{height}h{STEP - 3}V{HEIGHT}h3")
            continue
        parts.append(f"v{height - at}h{STEP}" if height != at else f"h{STEP}")
        at = height
    if not gap:
        parts.append(f"V{HEIGHT}")
    return "".join(parts)


def draw_small(histogram: ColumnHistogram, key: int) -> str:
    """The picture in a row of the table; what it shows stands in the row's numbers."""
    return (
        f'<svg class=spark viewBox="0 -4 {_width(histogram)} {HEIGHT + 8}" preserveAspectRatio=none aria-hidden=true>'
        f'<use href="#h{key}"/></svg>'
    )


def _width(histogram: ColumnHistogram) -> int:
    return STEP * max(1, len(histogram.real))


def draw_large(histogram: ColumnHistogram, key: int, label: str) -> str:
    """The picture with its axis; `label` tells it to those who do not see it."""
    if histogram.levels is None:
        return _large_numbers(histogram, key, label)
    return _large_levels(histogram, label)


def _large_numbers(histogram: ColumnHistogram, key: int, label: str) -> str:
    width = WIDE - 2 * MARGIN
    edges = np.asarray(histogram.edges)
    span = float(edges[-1] - edges[0])
    ticks, unit = axis_ticks(histogram)
    marks = "".join(
        f"<line x1={x} x2={x} y1={TALL} y2={TALL + 5} /><text x={x} y={TALL + 20}>{clean(text)}</text>"
        for x, text in ((round(MARGIN + width * (value - float(edges[0])) / span), text) for value, text in ticks)
    )
    if unit:
        marks += f"<text x={WIDE - MARGIN} y={TALL + 38} class=unit>{clean(unit)}</text>"
    scale = f"{width / _width(histogram):.5g},{(TALL - 12) / HEIGHT:.5g}"
    return (
        f'<svg class=large viewBox="0 0 {WIDE} {TALL + 44}" role=img aria-label="{label}">'
        f"<line class=axis x1={MARGIN} x2={WIDE - MARGIN} y1={TALL} y2={TALL} />"
        f'<use href="#h{key}" transform="translate({MARGIN},12) scale({scale})"/><g class=ticks>{marks}</g></svg>'
    )


def _large_levels(histogram: ColumnHistogram, label: str) -> str:
    levels = histogram.levels or ()
    room = WIDE - LABELS - 108
    top = max(float(histogram.real.max(initial=0.0)), float(histogram.synthetic.max(initial=0.0)), 1e-12)
    rows = []
    for k, level in enumerate(levels):
        y = 6 + k * ROW
        own, other = float(histogram.real[k]), float(histogram.synthetic[k])
        rows.append(
            f"<text class=level x={LABELS - 10} y={y + 14}>{clean(level, 17)}</text>"
            f"<rect class=real x={LABELS} y={y} width={room * own / top:.0f} height=9 />"
            f"<rect class=synthetic x={LABELS} y={y + 10} width={room * other / top:.0f} height=8 />"
            f"<text class=share x={WIDE} y={y + 14}>{own:.1%} → {other:.1%}</text>"
        )
    tall = 12 + ROW * max(1, len(levels))
    return f'<svg class=large viewBox="0 0 {WIDE} {tall}" role=img aria-label="{label}">{"".join(rows)}</svg>'
