"""anonypy's Mondrian; the part of each row goes to the output."""

from importlib.metadata import version

from rivals.driver import read_table, timed


def add_arguments(parser):
    parser.add_argument("--quasi", nargs="+", required=True)
    parser.add_argument("--k", type=int, required=True)


def run(arguments):
    import pandas as pd
    from anonypy.mondrian import Mondrian

    frame = read_table(arguments.source)
    parts, seconds = timed(lambda: Mondrian(frame, arguments.quasi).partition(arguments.k))
    ids = pd.Series(-1, index=frame.index)
    for number, rows in enumerate(parts):
        ids[rows] = number
    ids.to_frame("part").to_csv(arguments.output, index=False)
    return {"rival": f"anonypy {version('anonypy')}", "packages": ("anonypy", "numpy", "pandas"), "seconds": seconds}
