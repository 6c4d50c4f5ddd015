"""The columns: a table to sort and filter, and one figure a column that its row leads to."""

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any

from synthfast.quality.distribution import worst_first
from synthfast.quality.histograms import ColumnHistogram
from synthfast.reporting.page.histogram import draw_large, draw_shapes, draw_small, pool_rare
from synthfast.reporting.page.markup import clean, definitions, number, number_cell, section

if TYPE_CHECKING:
    from synthfast.reporting.report import QualityReport

__all__ = ["MAX_COLUMNS", "columns_section", "shown_columns"]

MAX_COLUMNS = 200
HEADS = (
    ("Column", "text"),
    ("Kind", "text"),
    ("Shape", ""),
    ("Distance", "number"),
    ("Fresh real", "number"),
    ("Beyond", "number"),
    ("p", "number"),
    ("Missing", "number"),
    ("Verdict", "text"),
)
FIGURES = (  # metric, key of its part, words
    ("mean_preservation", "original", "Mean, real"),
    ("mean_preservation", "synthetic", "Mean, synthetic"),
    ("std_ratio", "ratio", "Ratio of standard deviations"),
    ("wasserstein", "normalised", "Wasserstein distance, in standard deviations"),
)
KEY = "<p class=key><span class=real-key></span>real <span class=synthetic-key></span>synthetic</p>"


def shown_columns(report: "QualityReport") -> list[Hashable]:
    """Names of the columns on the page, those that differ most first; at most 200."""
    shapes = report.results.get("column_shapes")
    if shapes is not None:
        return worst_first(shapes.detail["columns"])[:MAX_COLUMNS]
    ordered = sorted(report.histograms, key=lambda histogram: histogram.distance, reverse=True)
    return [histogram.name for histogram in ordered][:MAX_COLUMNS]


def columns_section(report: "QualityReport") -> str:
    """Table, figures and the shapes that both use."""
    shapes = report.results.get("column_shapes")
    parts: Mapping[Hashable, Mapping[str, Any]] = {} if shapes is None else shapes.detail["columns"]
    n_real = report.facts.n_real
    histograms = {histogram.name: pool_rare(histogram, n_real) for histogram in report.histograms}
    names = shown_columns(report)
    rows, figures, drawn = [], [], []
    for key, name in enumerate(names):
        histogram, part = histograms.get(name), parts.get(name)
        if histogram is not None:
            drawn.append(draw_shapes(histogram, key))
        rows.append(_row(key, name, report.facts.kinds.get(name, ""), histogram, part))
        figures.append(_figure(key, name, histogram, part, report))
    body = [
        f"<svg class=shapes width=0 height=0 aria-hidden=true><defs>{''.join(drawn)}</defs></svg>",
        _introduction(report, len(names)),
        "<div class=columns><div>",
        "<p class=tools><label for=filter>Show columns whose name has</label> <input id=filter type=search "
        "autocomplete=off spellcheck=false></p>",
        "<p id=said class=quiet role=status aria-live=polite></p><div class=scroll tabindex=0 role=region "
        'aria-label="Table of columns"><table id=table><caption class=hidden>Columns, those that differ most first. '
        "A heading's button sorts.</caption>",
        f"<thead><tr>{''.join(_head(words, kind) for words, kind in HEADS)}</tr></thead>",
        f"<tbody>{''.join(rows)}</tbody></table></div></div>",
        '<div class=figures id=figures aria-label="Figures of the columns"><p class=steps hidden>'
        "<button type=button id=before>Previous</button> <button type=button id=after>Next</button></p>",
        *figures,
        "</div></div>",
    ]
    return section("columns", "Columns", body)


def _introduction(report: "QualityReport", shown: int) -> str:
    total = len(report.facts.kinds)
    which = "all of them" if shown == total else f"the {shown} that differ most; JSON has the others"
    return (
        f"<p>{total:,} columns, here {which}. <em>Distance</em> is Kolmogorov-Smirnov's of numbers and times, total "
        "variation of categories, from 0 to 1. <em>Fresh real</em> is what other real rows show, <em>Beyond</em> what "
        "lies above it. A column passes by the size of its distance; p falls with the number of rows alone.</p>"
    )


def _head(words: str, kind: str) -> str:
    if not kind:
        return f"<th scope=col>{words}</th>"
    return f"<th scope=col data-sort={kind}><button type=button>{words}</button></th>"


def _row(key: int, name: Hashable, kind: str, histogram: ColumnHistogram | None, part: Mapping[str, Any] | None) -> str:
    small = "" if histogram is None else draw_small(histogram, key)
    head = f'<th scope=row><a href="#column-{key}">{clean(name, 40)}</a></th><td>{clean(kind)}</td><td>{small}</td>'
    if part is None:
        return f"<tr>{head}{'<td></td>' * 6}</tr>"
    distance, reference = part["distance"], part["reference"]
    missing = part.get("missing_synthetic")
    cells = [
        number_cell(distance),
        number_cell(reference),
        number_cell(max(0.0, distance - reference)),
        number_cell(part["p_value"], None if part["p_value"] is None else f"{part['p_value']:.3f}"),
        number_cell(missing, None if missing is None else f"{missing:.1%}"),
        f"<td>{_verdict(part)}</td>",
    ]
    return f"<tr>{head}{''.join(cells)}</tr>"


def _verdict(part: Mapping[str, Any]) -> str:
    return "<span class=pass>pass</span>" if part["passed"] else "<strong class=fail>fail</strong>"


def _figure(
    key: int,
    name: Hashable,
    histogram: ColumnHistogram | None,
    part: Mapping[str, Any] | None,
    report: "QualityReport",
) -> str:
    drawn = "<p class=quiet>Text and identifiers have no shape to compare, only missing values.</p>"
    if histogram is not None:
        drawn = draw_large(histogram, key, _described(name, histogram, part)) + KEY
    facts = definitions(_facts(name, histogram, part, report))
    return (
        f'<figure id="column-{key}" tabindex=-1><figcaption>{clean(name, 80)}'
        f"{'' if part is None else ' ' + _verdict(part)}</figcaption>{drawn}{facts}</figure>"
    )


def _described(name: Hashable, histogram: ColumnHistogram, part: Mapping[str, Any] | None) -> str:
    what = "shares of levels" if histogram.levels is not None else "histogram"
    told = "" if part is None else f"; distance {part['distance']:.3f}, fresh real {part['reference']:.3f}"
    return f"{clean(name, 80)}: {what} of both tables{told}"


def _facts(
    name: Hashable, histogram: ColumnHistogram | None, part: Mapping[str, Any] | None, report: "QualityReport"
) -> list[tuple[str, str]]:
    facts = []
    if part is not None:
        facts.append(
            (_first_upper(clean(part["metric"])), f"{number(part['statistic'])}, limit {number(part['limit'])}")
        )
        if part.get("chi_square") is not None:
            facts.append(("Chi-square", f"{number(part['chi_square'])}, p {part['p_value']:.3f}"))
    if histogram is not None and max(histogram.missing) > 0.0:
        facts.append(("Missing", f"{histogram.missing[0]:.1%} real, {histogram.missing[1]:.1%} synthetic"))
    if histogram is not None and histogram.kind == "numeric":
        for metric, key, words in FIGURES:
            found = report.results.get(metric)
            value = {} if found is None else found.detail.get("columns", {}).get(name, {})
            if value.get(key) is not None:
                facts.append((words, number(value[key])))
    return facts


def _first_upper(text: str) -> str:
    return text[:1].upper() + text[1:]
