"""Brings the README's printed outputs and its picture up to date: ``python -P docs/refresh.py``.

A ``text`` block right after a ``python`` block holds what that block prints; the picture is the quality plot of the
first example. ``tests/test_docs.py`` fails where an output is out of date.
"""

import contextlib
import io
import re
from pathlib import Path

DOCS = Path(__file__).resolve().parent
README = DOCS.parent / "README.md"
EXAMPLE = re.compile(
    r"^```python\n(?P<code>.*?)^```\n(?:\n```text\n(?P<shown>.*?)^```$)?", flags=re.MULTILINE | re.DOTALL
)


def main():
    namespace = {}
    page = EXAMPLE.sub(lambda match: refreshed(match, namespace), README.read_text(encoding="utf-8"))
    README.write_text(page, encoding="utf-8")
    namespace["report"].plot().savefig(DOCS / "quality.png", dpi=80, metadata={"Software": None})


def refreshed(match, namespace):
    """The example with what it prints now; the examples share one namespace."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(match["code"], namespace)
    if match["shown"] is None:
        return match[0]
    return f"```python\n{match['code']}```\n\n```text\n{printed.getvalue()}```"


if __name__ == "__main__":
    main()
