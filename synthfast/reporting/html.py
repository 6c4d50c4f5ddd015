"""The report as a small piece of HTML, for notebooks: the score and one line a metric, every name escaped."""

from html import escape
from typing import TYPE_CHECKING

from synthfast.reporting.text import metric_rows

if TYPE_CHECKING:
    from synthfast.reporting.report import QualityReport

__all__ = ["render_html"]


def render_html(report: "QualityReport") -> str:
    """A heading and a table; colours are the notebook's own."""
    score = "no score" if report.score is None else f"{report.score:.1f} of 100 ({escape(report.grade)})"
    facts = report.facts
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in metric_rows(report)
    )
    head = "".join(f"<th>{escape(title)}</th>" for title in ("Metric", "Value", "Fresh real", "Best", ""))
    return (
        f"<div><strong>Quality of a synthetic table: {score}</strong><br>"
        f"{facts.n_real:,} real rows, {facts.n_synthetic:,} synthetic, {len(facts.kinds)} columns"
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )
