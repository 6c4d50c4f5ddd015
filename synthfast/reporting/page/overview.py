"""The score with its parts, and every metric by family."""

from typing import TYPE_CHECKING

from synthfast.quality.result import MetricResult
from synthfast.quality.score import GRADES
from synthfast.reporting.page.markup import DASH, clean, number, section
from synthfast.reporting.text import remark

if TYPE_CHECKING:
    from synthfast.reporting.report import QualityReport

__all__ = ["PART_WORDS", "metrics_section", "overview_section"]

PART_WORDS = {
    "columns": ("Columns alone", "how far the columns lie apart, beyond what fresh real rows do"),
    "associations": ("Pairs of columns", "correlations and other associations kept"),
    "marginals": ("2- and 3-way tables", "accuracy of joint tables, over that of fresh real rows"),
    "detection": ("Detection", "whether a classifier tells synthetic rows from real ones"),
    "utility": ("Utility", "skill of models learned from synthetic rows and tried on real ones"),
    "privacy": ("Privacy", "one less the risk that the worst attack surely has"),
}


def overview_section(report: "QualityReport") -> str:
    """Score, grade, thresholds and the parts' bars."""
    facts = report.facts
    held = "" if facts.n_holdout is None else f", {facts.n_holdout:,} held out"
    rows = f"{facts.n_real:,} real rows{held}; {facts.n_synthetic:,} synthetic; {len(facts.kinds):,} columns"
    body = [
        f"<div class=overview><div class=score>{_score(report)}<p class=quiet>{rows}</p></div>{_parts(report)}</div>"
    ]
    body += [f"<p class=note>{clean(note)}</p>" for note in facts.notes]
    return section("overview", "Overview", body)


def _score(report: "QualityReport") -> str:
    if report.score is None:
        return f"<p class=figure-number>{DASH}</p><p>{clean(report.overall.detail.get('reason', ''))}</p>"
    thresholds = ", ".join(f"{clean(word)} from {least:.0f}" for least, word in GRADES)
    marks = "".join(f"<line x1={least:.0f} x2={least:.0f} y1=0 y2=6 />" for least, _ in GRADES if least > 0)
    return (
        f"<p class=figure-number>{report.score:.1f}<span>of 100</span></p><p class=grade>{clean(report.grade)}</p>"
        '<svg class=gauge viewBox="0 0 100 6" preserveAspectRatio=none aria-hidden=true><rect class=track width=100 '
        f"height=6 /><rect class=bar width={report.score:.1f} height=6 />{marks}</svg><p class=quiet>{thresholds}; "
        "100 is a table like a fresh sample of real rows</p>"
    )


def _parts(report: "QualityReport") -> str:
    detail = report.overall.detail
    rows = []
    for part, score in detail.get("components", {}).items():
        words, told = PART_WORDS.get(part, (str(part).capitalize(), ""))
        weight = detail["weights"][part]
        rows.append(
            f"<tr><th scope=row>{clean(words)}<span class=quiet>{clean(told)}</span></th><td><svg class=gauge "
            'viewBox="0 0 100 6" preserveAspectRatio=none aria-hidden=true><rect class=track width=100 height=6 />'
            f"<rect class=bar width={100 * score:.1f} height=6 /></svg></td><td class=n>{100 * score:.1f}</td>"
            f"<td class=n>{100 * weight:.0f} %</td></tr>"
        )
    if not rows:
        return ""
    return (
        "<table class=parts><caption class=hidden>Parts of the score</caption><thead><tr><th "
        "scope=col>Part</th><th><span "
        "class=hidden>Bar</span></th><th scope=col class=n>Score</th><th scope=col "
        "class=n>Weight</th></tr></thead><tbody>"
        f"{''.join(rows)}</tbody></table>"
    )


def metrics_section(report: "QualityReport") -> str:
    """One table, a group of rows a family, every metric with what fresh real rows score."""
    groups = "".join(
        _family(family, [report.results[name] for name in names]) for family, names in report.families.items()
    )
    body = (
        "<p><em>Fresh real</em> is what real rows score that the model never saw, or the expectation for a fresh "
        "sample of "
        "them; <em>Best</em> is the value of a table that cannot be told from the real one.</p><div "
        "class=wide><table class=metrics><caption "
        "class=hidden>All metrics by family</caption><thead><tr><th scope=col>Metric</th><th scope=col "
        "class=n>Value</th>"
        "<th scope=col class=n>Fresh real</th><th scope=col class=n>Best</th><th scope=col>Remark</th></tr></thead>"
        f"{groups}</table></div>"
    )
    return section("metrics", "All metrics", [body])


def _family(family: str, results: list[MetricResult]) -> str:
    if not results:
        return ""
    rows = "".join(
        f"<tr><th scope=row>{clean(result.name.replace('_', ' '))}</th><td class=n>{number(result.value)}</td>"
        f"<td class=n>{number(result.reference)}</td><td class=n>{number(result.goal)}</td>"
        f"<td class=quiet>{clean(remark(result))}</td></tr>"
        for result in results
    )
    title = clean(family).capitalize()
    return f"<tbody><tr><th scope=rowgroup colspan=5 class=family>{title}</th></tr>{rows}</tbody>"
