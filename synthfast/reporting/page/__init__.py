"""The report as one HTML file: no network, no rows of either table, readable by eye, keyboard and screen reader."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from synthfast.reporting.page.columns import columns_section
from synthfast.reporting.page.disclosure import disclosure_section
from synthfast.reporting.page.markup import asset, clean, content_hash, definitions, section
from synthfast.reporting.page.overview import metrics_section, overview_section
from synthfast.reporting.page.pairs import pairs_section
from synthfast.reporting.provenance import describe_versions

if TYPE_CHECKING:
    from synthfast.reporting.report import QualityReport

__all__ = ["render_page"]

LINKS = (
    ("overview", "Overview"),
    ("columns", "Columns"),
    ("pairs", "Pairs"),
    ("privacy", "Privacy"),
    ("metrics", "Metrics"),
    ("provenance", "Provenance"),
)


def render_page(report: "QualityReport", *, title: str, provenance: Mapping[str, str]) -> str:
    """The whole page as text.

    Parameters
    ----------
    report : QualityReport
    title : str
        Heading of the page.
    provenance : mapping of str to str
        What is known of the table's origin, to stand above the versions.

    Notes
    -----
    Style and script stand in the page, and its content security policy lets nothing else run or load. Of 200 columns
    it takes about half a megabyte; of more, the 200 that differ most are shown.
    """
    style, script = asset("style.css"), asset("script.js")
    sections = {
        "overview": overview_section(report),
        "columns": columns_section(report),
        "pairs": pairs_section(report),
        "privacy": disclosure_section(report),
        "metrics": metrics_section(report),
        "provenance": _provenance_section(report, provenance),
    }
    links = "".join(f'<a href="#{key}">{words}</a>' for key, words in LINKS if sections[key])
    policy = f"default-src 'none'; img-src data:; style-src {content_hash(style)}; script-src {content_hash(script)}"
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang=en><head><meta charset=utf-8><meta name=viewport content="width=device-width, '
            'initial-scale=1">',
            f'<meta http-equiv=Content-Security-Policy content="{policy}">',
            f'<meta name=color-scheme content="light '
            f'dark"><title>{clean(title)}</title><style>{style}</style></head><body>',
            '<a class=skip href="#overview">Skip to the report</a>',
            f"<header><h1>{clean(title)}</h1><nav aria-label=Sections>{links}</nav>"
            "<button type=button id=theme hidden>Theme: automatic</button></header><main>",
            *sections.values(),
            f"</main><script>{script}</script></body></html>",
            "",
        ]
    )


def _provenance_section(report: "QualityReport", provenance: Mapping[str, str]) -> str:
    seed = report.facts.random_state
    facts = {
        **provenance,
        "Seed of the report": "none that is a number" if seed is None else str(seed),
        **describe_versions(),
    }
    return section(
        "provenance", "Provenance", [definitions((clean(key), clean(value)) for key, value in facts.items())]
    )
