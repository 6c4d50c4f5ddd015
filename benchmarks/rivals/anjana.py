"""anjana's k-anonymity by its greedy full-domain generalisation; kept rows and labels go to the output."""

import json
from importlib.metadata import version
from pathlib import Path

from rivals.driver import read_table, timed


def add_arguments(parser):
    parser.add_argument("--quasi", nargs="+", required=True)
    parser.add_argument("--k", type=int, required=True)
    parser.add_argument("--suppression", type=float, required=True)
    parser.add_argument("--hierarchies", required=True)


def run(arguments):
    import pandas as pd
    from anjana.anonymity import k_anonymity

    frame = read_table(arguments.source)
    levels = json.loads(Path(arguments.hierarchies).read_text(encoding="utf-8"))
    trees = {name: {place: pd.Series(level) for place, level in enumerate(rows)} for name, rows in levels.items()}
    quasi = arguments.quasi
    made, seconds = timed(lambda: k_anonymity(frame, [], quasi, arguments.k, arguments.suppression, trees))
    made[quasi].to_csv(arguments.output, index_label="row")
    return {"rival": f"anjana {version('anjana')}", "packages": ("anjana", "numpy", "pandas"), "seconds": seconds}
