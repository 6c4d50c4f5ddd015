"""What the synthetic rows give away, against whom that was tried, and what it does not say."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from synthfast.quality.result import MetricResult
from synthfast.reporting.grades import RISK_GRADES, risk_grade, stated
from synthfast.reporting.page.markup import clean, number, section

if TYPE_CHECKING:
    from synthfast.reporting.report import QualityReport

__all__ = ["disclosure_section"]

THREAT_MODEL = (
    "Someone holds the synthetic table, not the model, and whole real rows; they look for copies, for near rows "
    "and for "
    "members of the training table by distance. The figures are of average rows, not of the most exposed ones. "
    "Attackers "
    "who see the model, or train models of their own, get farther."
)
NO_PROMISE = (
    "A low risk says that these attacks fail, not that all do: it is no guarantee. Only differential privacy is "
    "one, and "
    "where it was spent the provenance says how much. All figures of this page are computed on the real rows and lie "
    "outside any such guarantee: the page is for the holder of the data, and not to be published with the "
    "synthetic table."
)


def disclosure_section(report: "QualityReport") -> str:
    """Risk, attacks and threat model; nothing where privacy was not measured."""
    names = report.families.get("privacy", [])
    results = {name: report.results[name] for name in names}
    if not results:
        return ""
    risk = results.get("disclosure_risk")
    detail: Mapping[str, Any] = {} if risk is None else risk.detail
    body = [
        "<div class=privacy><div>",
        *([] if risk is None else [_headline(risk)]),
        _attacks(detail.get("attacks", {})),
        "</div><div>",
        _measures(results),
        "</div></div>",
        f"<h3>Threat model</h3><p>{clean(detail.get('threat_model', THREAT_MODEL))}</p><p>{clean(NO_PROMISE)}</p>",
    ]
    return section("privacy", "Privacy", body)


def _headline(risk: MetricResult) -> str:
    if risk.value is None:
        return f"<p>No attack could be tried: {clean(risk.detail.get('reason', ''))}.</p>"
    low, high = risk.detail.get("interval") or (None, None)
    interval = "" if low is None else f" (95 % interval {low:.3f} to {high:.3f})"
    worst = clean(str(risk.detail.get("worst_attack", "")).replace("_", " "))
    thresholds = stated(RISK_GRADES, "up to").capitalize()
    return (
        f"<p class=figure-number>{risk.value:.3f}<span>disclosure risk: {risk_grade(risk.value)}</span></p><p>The "
        f"worst "
        f"attack is {worst}{interval}. 0 is what people have who are not in the table, 1 a certain hit. {thresholds}"
        ".</p>"
    )


def _attacks(attacks: Mapping[str, Any]) -> str:
    rows = []
    for name, found in attacks.items():
        value = found.get("risk") if isinstance(found, Mapping) else found
        if value is None:
            continue
        rows.append(
            f'<tr><th scope=row>{clean(name.replace("_", " "))}</th><td><svg class=gauge viewBox="0 0 100 6" '
            "preserveAspectRatio=none aria-hidden=true><rect class=track width=100 height=6 /><rect class=risk "
            f"width={100 * min(1.0, max(0.0, float(value))):.1f} height=6 /></svg></td><td "
            f"class=n>{float(value):.3f}</td></tr>"
        )
    if not rows:
        return ""
    return (
        "<table class=attacks><caption>Advantage of each attack over chance</caption><thead><tr><th "
        "scope=col>Attack</th><th>"
        f"<span class=hidden>Bar</span></th><th scope=col "
        f"class=n>Risk</th></tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )


def _measures(results: Mapping[str, MetricResult]) -> str:
    rows = "".join(
        f"<tr><th scope=row>{clean(name.replace('_', ' '))}</th><td class=n>{number(result.value)}</td>"
        f"<td class=n>{number(result.reference)}</td><td class=n>{number(result.goal)}</td></tr>"
        for name, result in results.items()
        if result.value is not None and name != "disclosure_risk"
    )
    return (
        "<table><caption>Measures</caption><thead><tr><th scope=col>Measure</th><th scope=col "
        "class=n>Value</th><th scope=col "
        f"class=n>Fresh real</th><th scope=col class=n>Best</th></tr></thead><tbody>{rows}</tbody></table>"
    )
