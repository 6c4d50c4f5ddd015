"""pycanon's checks, one by one."""

import json
from importlib.metadata import version

from rivals.driver import read_table, timed


def add_arguments(parser):
    parser.add_argument("--quasi", nargs="+", required=True)
    parser.add_argument("--sensitive", required=True)


def run(arguments):
    from pycanon import anonymity

    frame = read_table(arguments.source)
    quasi, sensitive = arguments.quasi, [arguments.sensitive]
    checks = {
        "k": lambda: anonymity.k_anonymity(frame, quasi),
        "l": lambda: anonymity.l_diversity(frame, quasi, sensitive),
        "t": lambda: anonymity.t_closeness(frame, quasi, sensitive),
    }
    found = {name: timed(check) for name, check in checks.items()}
    arguments.output.write_text(json.dumps({name: float(value) for name, (value, _) in found.items()}))
    return {
        "rival": f"pycanon {version('pycanon')}",
        "packages": ("pycanon", "numpy", "pandas"),
        "seconds": {name: seconds for name, (_, seconds) in found.items()},
    }
