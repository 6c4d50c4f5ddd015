"""Pairs of columns: heat maps of both tables and of their difference, and the pairs that differ most."""

import json
from base64 import b64encode
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from synthfast.reporting.page.columns import shown_columns
from synthfast.reporting.page.markup import clean, number_cell, section
from synthfast.reporting.page.png import encode_png

if TYPE_CHECKING:
    from synthfast.reporting.report import QualityReport

__all__ = ["pairs_section"]

MAX_LABELS = 32  # columns whose names are written beside the map
LISTED = 12
SIDE, LABELS, LETTER = 600, 150, 7.6  # of the map, the most room for names, and of one letter
LEAST_LIMIT = 0.1  # smallest scale of a difference: noise should not look like structure
VIEWS = (("difference", "Difference"), ("real", "Real"), ("synthetic", "Synthetic"))
NEGATIVE, POSITIVE = (44, 111, 187), (201, 84, 14)  # told apart by all eyes; both stand out from white and from black


def pairs_section(report: "QualityReport") -> str:
    """Heat maps and list; only what was said why there is none, where there is none."""
    found = report.results.get("associations")
    if found is None:
        return ""
    if found.value is None:
        reason = clean(found.detail.get("reason", ""))
        return section("pairs", "Pairs of columns", [f"<p>Not applicable: {reason}.</p>"])
    shown = set(shown_columns(report))
    places = [k for k, name in enumerate(found.detail["columns"]) if name in shown]
    names = [found.detail["columns"][k] for k in places]
    real, synthetic, difference = (
        np.asarray(found.detail[key])[np.ix_(places, places)] for key in ("real", "synthetic", "difference")
    )
    limit = max(LEAST_LIMIT, float(np.abs(difference).max(initial=0.0)))
    reference = "" if found.reference is None else f" (fresh real rows: {found.reference:.4f})"
    body = [
        "<p>Pearson's correlation of two numbers, Cramér's V of two categories, correlation ratio of one of each. The "
        f"root mean square of the differences is {found.value:.4f}{reference}.</p>",
        "<div class=pairs><div>",
        _choice(),
        _map(names, (difference, real, synthetic), limit),
        "</div>",
        _largest(names, real, synthetic),
        "</div>",
        _data(names, real, synthetic),
    ]
    return section("pairs", "Pairs of columns", body)


def _choice() -> str:
    options = "".join(
        f"<label><input type=radio name=view value={key}{' checked' if k == 0 else ''}> {words}</label>"
        for k, (key, words) in enumerate(VIEWS)
    )
    return f"<fieldset class=views><legend class=hidden>What the map shows</legend>{options}</fieldset>"


def _map(names: Sequence[Hashable], matrices: Sequence[np.ndarray], limit: float) -> str:
    n = len(names)
    labelled = n <= MAX_LABELS
    longest = max((len(str(name)) for name in names), default=0)
    room = min(LABELS, round(LETTER * longest) + 20) if labelled else 4
    images = "".join(
        f"<image class=map data-view={key}{'' if k == 0 else ' hidden'} x={room} y=4 width={SIDE} height={SIDE} "
        f'preserveAspectRatio=none href="{_picture(matrix, limit if key == "difference" else 1.0)}"/>'
        for k, ((key, _), matrix) in enumerate(zip(VIEWS, matrices, strict=True))
    )
    cell, labels = SIDE / max(n, 1), ""
    if labelled:
        for k, name in enumerate(names):
            at, text = (k + 0.5) * cell, clean(name, 19)
            labels += f"<text class=level x={room - 8} y={at + 9:.0f}>{text}</text>"
            labels += (
                f'<text class=level transform="translate({room + at + 5:.0f},{SIDE + 14}) rotate(-90)">{text}</text>'
            )
    tall = SIDE + 4 + (room if labelled else 4)
    return (
        f'<svg id=map class=heat viewBox="0 0 {room + SIDE + 4} {tall}" tabindex=0 role=application '
        f'aria-label="Heat map of {n} by {n} columns. Arrow keys read cell by cell." data-left={room} data-side={SIDE} '
        f"data-top=4>{images}<rect class=frame x={room} y=4 width={SIDE} height={SIDE} />"
        f"<rect id=cursor x={room} y=4 width={cell:.3f} height={cell:.3f} visibility=hidden />{labels}</svg>"
        f"<p class=scale><span>−{limit:.2f}</span><span class=ramp></span><span>+{limit:.2f}</span></p>"
        "<p id=cell class=quiet role=status aria-live=polite>Point at a cell, or move through the map by arrow "
        "keys.</p>"
    )


def _picture(matrix: np.ndarray, limit: float) -> str:
    """The matrix as an image: hue for the sign, opacity for the size, so that it stands on any ground."""
    steps = np.arange(255) - 127  # palette row 127 is nothing
    palette = np.empty((255, 4), np.uint8)
    palette[:, :3] = np.where((steps < 0)[:, None], NEGATIVE, POSITIVE)
    palette[:, 3] = np.rint(np.abs(steps) * 255 / 127)
    pixels = np.rint(np.clip(matrix / limit, -1.0, 1.0) * 127 + 127).astype(np.uint8)
    return "data:image/png;base64," + b64encode(encode_png(pixels, palette)).decode()


def _largest(names: Sequence[Hashable], real: np.ndarray, synthetic: np.ndarray) -> str:
    rows, columns = np.tril_indices(len(names), -1)
    gaps = np.abs(synthetic - real)[rows, columns]
    chosen = np.argsort(-gaps, kind="stable")[:LISTED]
    lines = "".join(
        f"<tr><th scope=row>{clean(names[rows[k]], 24)} <span class=quiet>with</span> "
        f"{clean(names[columns[k]], 24)}</th>"
        + "".join(
            number_cell(float(x), f"{x:.3f}".replace("-", "−")) for x in _values(real, synthetic, rows[k], columns[k])
        )
        + "</tr>"
        for k in chosen
    )
    return (
        f"<table><caption>The {len(chosen)} pairs that differ most</caption><thead><tr><th scope=col>Pair</th>"
        "<th scope=col class=n>Real</th><th scope=col class=n>Synthetic</th><th scope=col class=n>Difference</th></tr>"
        f"</thead><tbody>{lines}</tbody></table>"
    )


def _values(real: np.ndarray, synthetic: np.ndarray, i: int, j: int) -> tuple[float, float, float]:
    return real[i, j], synthetic[i, j], synthetic[i, j] - real[i, j]


def _data(names: Sequence[Hashable], real: np.ndarray, synthetic: np.ndarray) -> str:
    """What the script reads cells from: thousandths below the diagonal, row by row, as 16-bit numbers."""
    below = np.tril_indices(len(names), -1)
    packed = {
        key: b64encode(np.rint(1_000 * matrix[below]).astype("<i2").tobytes()).decode()
        for key, matrix in (("real", real), ("synthetic", synthetic))
    }
    clean_names = [str(name).encode("utf-8", "replace").decode("utf-8") for name in names]
    text = json.dumps({"names": clean_names, **packed}, ensure_ascii=False).replace("<", "\\u003c")
    return f"<script id=matrix type=application/json>{text}</script>"
