"""Puts measured tables into the documentation: ``python benchmarks/pages.py``.

From ``benchmarks/results`` ``docs/trees.md`` takes the frontier of fidelity against copying and the growth of cost, and
``docs/differential_privacy.md`` the audit of the private mechanisms, and ``docs/timeseries.md`` the fidelity of draws.
"""

import argparse
import json
from pathlib import Path

import frontier
import growth
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"
FIGURES = {
    "shape": ("shape_err", "shape_floor", 2),
    "pair": ("pair_err", "pair_floor", 2),
    "qa": ("qa", "qa_floor", 4),
    "c2st": ("c2st", None, 3),
    "mle (real)": ("mle", "mle_real", 3),
    "share": ("dcr_share", None, 3),
    "mia": ("mia_auc", None, 3),
    "copies %": ("copies", "copies_floor", 3),
}


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--docs", type=Path, default=ROOT / "docs")
    folder = parser.parse_args(argv).docs
    tables = {
        "trees.md": {"frontier": frontier_table, "growth": growth_table},
        "differential_privacy.md": {"audit": audit_table},
        "timeseries.md": {"fidelity": series_table},
    }
    for name, renders in tables.items():
        page = (folder / name).read_text(encoding="utf-8")
        for marker, render in renders.items():
            page = replace_between(page, marker, render())
        (folder / name).write_text(page, encoding="utf-8")


def replace_between(page, name, text):
    """The page with ``text`` between the two markers of that name."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, _, rest = page.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n\n{text}\n\n{end}{after}"


def frontier_table():
    """Means over seeds, a row for each table and model."""
    runs = sorted(frontier.load_runs(RESULTS / "frontier.json"), key=frontier.place)
    groups = {}
    for run in runs:
        groups.setdefault((run["table"], run["model"]), []).append(run)
    head = ["table", "model", "fit s", "sample s", *FIGURES]
    rows = [row(table, model, group) for (table, model), group in groups.items()]
    machine = "; ".join(sorted({f"{run['n_threads']} threads" for run in runs if "n_threads" in run}))
    counts = sorted({len(group) for group in groups.values()})
    note = f"Means over {' or '.join(map(str, counts))} seeds. Times without the audit. {machine}".strip()
    return "\n".join([*frontier.markdown_head(head), *rows, "", note])


def row(table, model, group):
    cells = [table, model, f"{mean(group, 'fit_seconds'):.2f}", f"{mean(group, 'sample_seconds'):.2f}"]
    for figure, floor, digits in FIGURES.values():
        values = [run["figures"].get(figure) for run in group]
        if any(value is None for value in values):
            cells.append("")
            continue
        scale = 100.0 if figure == "copies" else 1.0
        cell = f"{scale * np.mean(values):.{digits}f}"
        if floor:
            cell += f" ({scale * np.mean([run['figures'][floor] for run in group]):.{digits}f})"
        cells.append(cell)
    return frontier.markdown_row(cells)


def mean(group, key):
    return float(np.mean([run[key] for run in group]))


def audit_table():
    """What runs on worst neighbours refute, beside what the ledger claims."""
    document = json.loads((RESULTS / "dp_audit.json").read_text(encoding="utf-8"))
    rows = [
        f"| {r['mechanism']} | {r['currency']} | {r['claim']:.3f} | {r['bound']:.3f} | {r['gap']:.3f} |"
        for r in document["audit"]
    ]
    head = f"| mechanism, {document['runs']:,} runs | currency | claim | lower bound | gap |"
    return "\n".join([head, "|---|---|---|---|---|", *rows])


def series_table():
    """A row for each series, a column for each generator: distances of memory and spectrum, and the correlation."""
    document = json.loads((RESULTS / "series_fidelity.json").read_text(encoding="utf-8"))
    found = {}
    for info in (benchmark["extra_info"] for benchmark in document["benchmarks"]):
        found.setdefault(info["series"], {})[info["generator"]] = info
    names = list(dict.fromkeys(name for generators in found.values() for name in generators))
    rows = []
    for series, generators in found.items():
        cells = [
            f"{g['acf']:.3f} / {g['spectrum']:.3f} / {g['correlation']:.2f}" if g else ""
            for g in map(generators.get, names)
        ]
        auto = generators["auto"]
        rows.append([series, auto["method"], *cells, f"{auto['acf_reference']:.3f} / {auto['spectrum_reference']:.3f}"])
    head = ["series", "`auto` takes", *(f"`{name}`" for name in names), "real against real"]
    return "\n".join([*frontier.markdown_head(head), *map(frontier.markdown_row, rows)])


def growth_table():
    """What ``growth.py --report`` prints; nothing where it has not been run."""
    path = RESULTS / "tree_growth.json"
    return growth.report(growth.load_runs(path)) if path.exists() else ""


if __name__ == "__main__":
    main()
