"""``synthfast sample``: more rows from a saved model."""

import argparse

from synthfast.cli.arguments import parse_conditions, row_count
from synthfast.cli.console import Console
from synthfast.cli.drawing import add_drawing_arguments, draw
from synthfast.cli.failures import UsageError
from synthfast.cli.results import card_target, check_one_output, put_card, put_result
from synthfast.cli.tables import check_format, check_outputs
from synthfast.io.csv_reader import CsvStyle

__all__ = ["DESCRIPTION", "EPILOG", "HELP", "add_arguments", "run"]

HELP = "draw rows from a saved model"
DESCRIPTION = "Draw rows from a model that `synthfast fit` or `model.save` wrote, with a data card beside them."
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
    check_one_output(args)
    check_outputs([args.output, card_target(args), args.json], [args.model, args.config])
    model = load(args.model)
    if not hasattr(model, "sample_batches"):
        raise UsageError(f"{args.model} holds a model of series; draw from it by `synthfast timeseries`")
    console.say(f"loaded {args.model}")
    seed = draw(model, args.rows, args, console, style=CsvStyle())
    conditions = parse_conditions(args.condition, model.schema_)
    card = put_card(args, model, n_rows=args.rows, seed=seed, start_row=args.start_row, conditions=conditions)
    put_result(args, {"output": args.output, "rows": args.rows, "seed": seed, "model_id": model.id_, "card": card})
