"""A report as titled sections for a console, every word on a figure by a threshold that the last section states."""

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any

from synthfast.quality.distribution import worst_first
from synthfast.quality.result import MetricResult
from synthfast.quality.score import GRADES
from synthfast.reporting.grades import KEPT_GRADES, RISK_GRADES, kept_grade, risk_grade, stated
from synthfast.reporting.text import format_number, shorten

if TYPE_CHECKING:
    from synthfast.reporting.report import QualityReport

__all__ = ["mean_lines", "quality_sections", "shape_lines"]

NAME = 24
MAX_COLUMNS = 20


def quality_sections(report: "QualityReport") -> list[tuple[str, list[str]]]:
    """Titles and lines of a report's sections, in the order in which they are to be read.

    Parameters
    ----------
    report : QualityReport

    Returns
    -------
    list of (str, list of str)
        What was measured: statistics, distributions, correlations, utility, disclosure, and the overall score.
    """
    sections = [
        ("Statistical similarity", _moment_lines(report)),
        ("Distributions", shape_lines(_columns(report, "column_shapes"))),
        ("Correlations", _correlation_lines(report)),
        ("Utility: models learned from synthetic rows, tried on real ones", _utility_lines(report)),
        ("Disclosure", _disclosure_lines(report)),
        ("Overall", _overall_lines(report)),
    ]
    return [(title, lines) for title, lines in sections if lines]


def mean_lines(means: Mapping[Hashable, Mapping[str, float | None]]) -> list[str]:
    """How far each mean is kept: ``a -> b (x %)``."""
    lines = []
    for name, mean in list(means.items())[:MAX_COLUMNS]:
        original, synthetic, percent = (mean[key] for key in ("original", "synthetic", "percent"))
        if original is None or synthetic is None:
            continue
        share = "" if percent is None else f"  ({percent:.1f} %)"
        lines.append(f"{shorten(name, NAME):<{NAME}} {original:>12,.2f} -> {synthetic:>12,.2f}{share}")
    return [*lines, *_others(means)]


def shape_lines(columns: Mapping[Hashable, Mapping[str, Any]]) -> list[str]:
    """Distance, p-value and verdict of each column, the worst first, and the share that passes."""
    if not columns:
        return []
    width = 20 if any("metric" in part for part in columns.values()) else 0
    lines = [f"{'column':<{NAME}} {'measure'[:width]:<{width}} {'distance':>8} {'p':>7}  verdict"]
    order = worst_first(columns) if all("distance" in part for part in columns.values()) else list(columns)
    for name in order[:MAX_COLUMNS]:
        part = columns[name]
        p_value = "-" if part["p_value"] is None else f"{part['p_value']:.3f}"
        verdict = "PASS" if part["passed"] else "FAIL"
        measure = part.get("metric", "")
        lines.append(
            f"{shorten(name, NAME):<{NAME}} {measure:<{width}} {part['statistic']:>8.4f} {p_value:>7}  {verdict}"
        )
    passed = sum(bool(part["passed"]) for part in columns.values())
    share = f"{passed} of {len(columns)} columns pass ({passed / len(columns):.0%}), by the size of the distance"
    return [*lines, *_others(columns), share]


def _others(columns: Mapping[Hashable, Any]) -> list[str]:
    return [f"... and {len(columns) - MAX_COLUMNS} others"] if len(columns) > MAX_COLUMNS else []


def _result(report: "QualityReport", name: str) -> MetricResult | None:
    found = report.results.get(name)
    return found if found is not None and found.value is not None else None


def _columns(report: "QualityReport", name: str) -> Mapping[Hashable, Mapping[str, Any]]:
    found = report.results.get(name)
    return {} if found is None else found.detail.get("columns", {})


def _moment_lines(report: "QualityReport") -> list[str]:
    lines = mean_lines(_columns(report, "mean_preservation"))
    ratio = _result(report, "std_ratio")
    if ratio is not None:
        lines.append(f"{'ratio of std deviations':<{NAME}} {ratio.value:>12.3f}     (1 is best)")
    return lines


def _correlation_lines(report: "QualityReport") -> list[str]:
    found = _result(report, "associations")
    if found is None:
        return []
    score = found.detail["similarity"]
    fresh = "" if found.reference is None else f"  (fresh real rows: {found.reference:.4f})"
    return [
        f"{'correlation score':<{NAME}} {score:>8.4f}  {kept_grade(score)}",
        f"{'root mean square error':<{NAME}} {found.value:>8.4f}{fresh}",
        f"{'Frobenius norm':<{NAME}} {found.detail['frobenius']:>8.4f}",
    ]


def _utility_lines(report: "QualityReport") -> list[str]:
    lines = []
    for name, measure, words in (
        ("utility_classification", "accuracy", "classification"),
        ("utility_regression", "r2", "regression"),
    ):
        found = report.results.get(name)
        if found is None:
            continue
        target = shorten(found.detail.get("target", ""), NAME)
        if found.value is None:
            lines.append(f"{words:<{NAME}} not applicable: {found.detail.get('reason', '')}")
            continue
        original, synthetic = found.detail[f"original_{measure}"], found.detail[f"synthetic_{measure}"]
        label = {"accuracy": "accuracy", "r2": "R2"}[measure]
        lines.append(
            f"{words:<{NAME}} {label} of {target}: real {original:.3f}, synthetic {synthetic:.3f}; "
            f"kept {found.value:.1%}, {kept_grade(found.value)}"
        )
    return lines


def _disclosure_lines(report: "QualityReport") -> list[str]:
    lines = []
    for name, words in (
        ("nearest_neighbor_distance_ratio", "NNDR"),
        ("membership_inference", "membership inference"),
        ("exact_copies", "exact copies"),
    ):
        found = _result(report, name)
        if found is not None:
            fresh = "" if found.reference is None else f"  (fresh real rows: {format_number(found.reference)})"
            kind = " accuracy" if name == "membership_inference" else ""
            lines.append(f"{words + kind:<{NAME + 6}} {found.value:>8.4f}{fresh}")
    risk = _result(report, "disclosure_risk")
    if risk is not None and risk.value is not None:
        low, high = risk.detail.get("interval") or (0.0, 1.0)
        lines.append(
            f"{'disclosure risk':<{NAME + 6}} {risk.value:>8.4f}  {risk_grade(risk.value)}; 95 % {low:.3f} to "
            f"{high:.3f}"
        )
        worst = str(risk.detail.get("worst_attack", "")).replace("_", " ")
        lines.append(f"{'worst attack':<{NAME + 6}} {worst}; no guarantee against others")
    return lines


def _overall_lines(report: "QualityReport") -> list[str]:
    if report.score is None:
        return [f"no score: {report.overall.detail.get('reason', '')}"]
    detail = report.overall.detail
    parts = [
        f"{part:<{NAME}} {100 * score:>6.1f}   weight {100 * detail['weights'][part]:.0f} %"
        for part, score in detail["components"].items()
    ]
    return [
        *parts,
        f"{'overall score':<{NAME}} {report.score:>6.1f} of 100: {report.grade}",
        f"scores: {stated(GRADES, 'from')}",
        f"shares kept: {stated(KEPT_GRADES, 'from')}",
        f"risks: {stated(RISK_GRADES, 'up to')}",
    ]
