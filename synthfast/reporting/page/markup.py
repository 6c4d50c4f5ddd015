"""Pieces of HTML that all sections use: escaped text, numbers, tables, and scripts and styles that the page may run."""

import hashlib
from base64 import b64encode
from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files

from synthfast.reporting.text import format_number

__all__ = ["asset", "clean", "content_hash", "definitions", "number", "number_cell", "section"]

MINUS, DASH = "−", "–"


def clean(value: object, width: int | None = None) -> str:
    """Any value as text that is safe inside an element or a quoted attribute, on one line, cut to `width`."""
    text = " ".join(str(value).encode("utf-8", "replace").decode("utf-8").split())
    if width is not None and len(text) > width:
        text = text[: width - 1] + "…"
    return escape(text)


def number(value: float | None) -> str:
    """A number for readers; a dash where there is none."""
    return DASH if value is None else format_number(value).replace("-", MINUS)


def number_cell(value: float | None, text: str | None = None) -> str:
    """A table cell with the number that it is sorted by."""
    key = "" if value is None else f' data-key="{value:.6g}"'
    return f"<td class=n{key}>{number(value) if text is None else text}</td>"


def definitions(pairs: Iterable[tuple[str, str]]) -> str:
    """A list of names and values; both are HTML."""
    return "<dl>" + "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in pairs) + "</dl>"


def section(key: str, title: str, body: Sequence[str]) -> str:
    """A titled part of the page that the navigation leads to."""
    return (
        f'<section id="{key}" aria-labelledby="{key}-title"><h2 id="{key}-title">{title}</h2>{"".join(body)}</section>'
    )


def asset(name: str) -> str:
    """A file of this package as text."""
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def content_hash(text: str) -> str:
    """The source by which a content security policy lets exactly this script or style run."""
    return f"'sha256-{b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode()}'"
