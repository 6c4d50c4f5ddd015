"""The report for a console: aligned columns, at most 100 characters a line."""

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any

from synthfast.quality.distribution import worst_first
from synthfast.quality.result import MetricResult

if TYPE_CHECKING:
    from synthfast.reporting.report import QualityReport

__all__ = ["column_rows", "format_number", "metric_rows", "remark", "render_text", "shorten"]

WIDTH = 100
MAX_COLUMNS = 20
NAME_WIDTH = 28
PART_NAMES = {"columns": "each column alone", "associations": "pairs of columns", "marginals": "2- and 3-way tables"}


def render_text(report: "QualityReport") -> str:
    """The whole report as text."""
    facts = report.facts
    held = "" if facts.n_holdout is None else f", {facts.n_holdout:,} held out"
    lines = [
        "Quality of a synthetic table",
        f"{facts.n_real:,} real rows{held}, {facts.n_synthetic:,} synthetic; {len(facts.kinds)} columns",
        "",
        *_score_lines(report),
        *_metric_lines(report),
        *_column_lines(report),
    ]
    for note in facts.notes:
        lines += ["", *_wrapped(note)]
    return "\n".join(lines) + "\n"


def _score_lines(report: "QualityReport") -> list[str]:
    if report.score is None:
        return [f"Overall score: none ({report.overall.detail.get('reason', 'nothing was measured')})", ""]
    components, weights = report.overall.detail["components"], report.overall.detail["weights"]
    rows = [
        (PART_NAMES.get(part, part), f"{100 * score:.1f}", f"{100 * weights[part]:.0f} %", _bar(score))
        for part, score in components.items()
    ]
    head = f"Overall score {report.score:.1f} of 100: {report.grade}"
    return [head, "", *_aligned(("Part", "Score", "Weight", ""), rows, "<>><"), ""]


def _bar(score: float, width: int = 40) -> str:
    filled = round(score * width)
    return "#" * filled + "." * (width - filled)


def _metric_lines(report: "QualityReport") -> list[str]:
    rows = metric_rows(report)
    table = _aligned(("Metric", "Value", "Fresh real", "Best", ""), rows, "<>>><")
    return [*table, ""]


def metric_rows(report: "QualityReport") -> list[tuple[str, str, str, str, str]]:
    """Name, value, reference, goal and remark of every metric, as text."""
    return [
        (
            name,
            "-" if result.value is None else format_number(result.value),
            "-" if result.reference is None else format_number(result.reference),
            format_number(result.goal),
            remark(result),
        )
        for name, result in report.results.items()
    ]


def remark(result: MetricResult) -> str:
    """A few words on a result: why there is none, or what it is made of."""
    detail = result.detail
    if result.value is None:
        return str(detail.get("reason", ""))
    if "share_passed" in detail:
        return f"{detail['share_passed']:.0%} of the columns pass"
    if "largest" in detail:
        one, two = detail["largest"]["pair"]
        return f"most: {shorten(one, 14)} ~ {shorten(two, 14)}"
    if "worst_attack" in detail:
        return f"worst attack: {detail['worst_attack']}"
    if "augmented_accuracy" in detail:
        return f"accuracy {detail['augmented_accuracy']:.3f} with them, {detail['original_accuracy']:.3f} without"
    if "original_accuracy" in detail:
        return f"accuracy {detail['synthetic_accuracy']:.3f}, real {detail['original_accuracy']:.3f}"
    if "original_r2" in detail:
        return f"R2 {detail['synthetic_r2']:.3f}, real {detail['original_r2']:.3f}"
    return ""


def _column_lines(report: "QualityReport") -> list[str]:
    if "column_shapes" not in report:
        return []
    rows = column_rows(report)
    shown = rows[:MAX_COLUMNS]
    title = "Columns, worst first" if len(rows) > 1 else "Column"
    head = ("Column", "Kind", "Measure", "Distance", "Fresh real", "p", "Verdict")
    lines = [title, "", *_aligned(head, shown, "<<<>>><")]
    if len(rows) > len(shown):
        lines.append(f"... and {len(rows) - len(shown)} closer ones")
    return lines


def column_rows(report: "QualityReport") -> list[tuple[str, ...]]:
    """Name, kind, measure, distance, reference, p-value and verdict of every column, worst first, as text."""
    columns: dict[Hashable, dict[str, Any]] = report["column_shapes"].detail["columns"]
    rows: list[tuple[str, ...]] = []
    for name in worst_first(columns):
        part = columns[name]
        p_value = "-" if part["p_value"] is None else f"{part['p_value']:.3f}"
        verdict = "PASS" if part["passed"] else "FAIL"
        distances = (f"{part['distance']:.4f}", f"{part['reference']:.4f}")
        rows.append((shorten(name, NAME_WIDTH), part["kind"], part["metric"], *distances, p_value, verdict))
    return rows


def format_number(value: float) -> str:
    """Four digits behind the point for small numbers, fewer for large ones."""
    size = abs(value)
    if size >= 1e6:
        return f"{value:.3g}"
    return f"{value:.4f}" if size < 10 else f"{value:.2f}"


def shorten(name: Hashable, width: int) -> str:
    """The name on one line, cut to a width."""
    text = " ".join(str(name).split())
    return text if len(text) <= width else text[: width - 1] + "~"


def _aligned(head: Sequence[str], rows: Sequence[Sequence[str]], sides: str) -> list[str]:
    """Rows as text with columns aligned to their `sides`, under a head and a rule."""
    widths = [max(len(row[k]) for row in [head, *rows]) for k in range(len(head))]
    lines = []
    for row in [head, *rows]:
        cells = (f"{cell:{side}{width}}" for cell, side, width in zip(row, sides, widths, strict=True))
        lines.append("  ".join(cells).rstrip()[:WIDTH])
    return [lines[0], "-" * min(WIDTH, max(map(len, lines))), *lines[1:]]


def _wrapped(text: str) -> list[str]:
    import textwrap

    return textwrap.wrap(text, WIDTH)
