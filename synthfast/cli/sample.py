"""``synthfast sample``: more rows from a saved model."""

import argparse

from synthfast.cli.arguments import row_count
from synthfast.cli.console import Console
from synthfast.cli.drawing import add_drawing_arguments, draw
from synthfast.cli.failures import UsageError
from synthfast.cli.tables import check_format, check_outputs
from synthfast.io.csv_reader import CsvStyle

__all__ = ["DESCRIPTION", "EPILOG", "HELP", "add_arguments", "run"]

HELP = "draw rows from a saved model"
DESCRIPTION = "Draw rows from a model that `synthfast generate --save-model` or `model.save` wrote."
EPILOG = """examples:
  synthfast sample people.synth -n 1000 -o more.csv
  synthfast sample people.synth -n 1e6 -o part2.parquet --seed 7 --start-row 1e6
  synthfast sample people.synth -n 100 -o old.csv --condition age=70.."""


def add_arguments(verb: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    verb.add_argument("model", metavar="MODEL", help="the model file")
    add_drawing_arguments(verb)
    verb.add_argument("-n", "--rows", type=row_count, required=True, metavar="N", help="rows to write")
    verb.add_argument(
        "--start-row",
        type=row_count,
        default=0,
        metavar="R",
        help="first row of the endless table that the seed names; needs --seed",
    )


def run(args: argparse.Namespace, console: Console) -> None:
    """Load and draw."""
    from synthfast import load

    if args.start_row and args.seed is None:
        raise UsageError("--start-row counts in the endless table that a seed names; give --seed too")
    check_format(args.output)
    check_outputs([args.output], [args.model])
    model = load(args.model)
    console.say(f"loaded {args.model}")
    draw(model, args.rows, args, console, style=CsvStyle())
