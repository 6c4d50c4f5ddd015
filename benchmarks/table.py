"""Turns benchmark results into a table: ``python benchmarks/table.py RESULTS.json ... [--readme README.md]``.

Without ``--readme`` the table is printed; with it, what stands between the two benchmark markers is replaced.
"""

import argparse
import json
from pathlib import Path

BEGIN = "<!-- benchmarks: begin -->"
END = "<!-- benchmarks: end -->"
TIMING = "best of each, timed in turn"  # unless the results say otherwise


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path, nargs="+")
    parser.add_argument("--readme", type=Path)
    arguments = parser.parse_args(argv)
    text = render([json.loads(path.read_text(encoding="utf-8")) for path in arguments.results])
    if arguments.readme is None:
        print(text)
    else:
        page = arguments.readme.read_text(encoding="utf-8")
        arguments.readme.write_text(replace_between(page, text), encoding="utf-8")


def render(documents):
    """Markdown: one row per benchmark that raced a peer, then the machine and the commands."""
    documents = [document for document in documents if "benchmarks" in document]  # others have reports of their own
    rows = [row(b) for document in documents for b in document["benchmarks"] if "ratio" in b["extra_info"]]
    head = ["| task | synthfast | peer | times faster | quality |", "|---|---|---|---|---|"]
    return "\n".join([*head, *rows, "", *(machine(document) for document in documents)])


def row(benchmark):
    extra = benchmark["extra_info"]
    task = extra.get("task") or benchmark["name"].removeprefix("test_").replace("_", " ")
    quality = "; ".join(f"{name.replace('_', ' ')} {figure(value)}" for name, value in extra["quality"].items())
    ours = seconds(benchmark["stats"]["min"])
    return f"| {task} | {ours} | {extra['peer']}: {seconds(extra['peer_seconds'])} | {extra['ratio']:.3g} | {quality} |"


def figure(value):
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def seconds(value):
    """Three significant digits in the unit that suits."""
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("us", 1e6)):
        if value * factor >= 1:
            return f"{value * factor:.3g} {unit}"
    return f"{value * 1e9:.3g} ns"


def machine(document):
    info = document["machine_info"]
    versions = ", ".join(f"{name} {number}" for name, number in info["versions"].items())
    cpu = info["cpu"].get("brand_raw", info["machine"])
    threads = ", ".join(f"{name}={number}" for name, number in info["threads"].items()) or "default threads"
    return (
        f"{cpu}, {info['processors']} processors, {threads}, {info['system']}, Python {info['python_version']}, "
        f"{versions}; {info.get('timing', TIMING)}.\n`{info['command']}`"
    )


def replace_between(page, text):
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"the page needs the lines {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{text}\n\n{END}{after}"


if __name__ == "__main__":
    main()
