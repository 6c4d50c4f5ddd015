"""``synthfast anonymize``: a real table made k-anonymous."""

import argparse

from synthfast.cli.arguments import column_list, row_count, seed_number, share
from synthfast.cli.console import Console
from synthfast.cli.failures import UsageError
from synthfast.cli.results import check_one_output, put_result
from synthfast.cli.tables import STANDARD_OUTPUT, add_reading_arguments, check_format, check_outputs, load, write_stream

__all__ = ["DESCRIPTION", "EPILOG", "HELP", "add_arguments", "run"]

HELP = "make a table k-anonymous"
DESCRIPTION = "Make the quasi-identifiers of the table IN coarser until every row shares them with K - 1 others."
EPILOG = """examples:
  synthfast anonymize people.csv -o safe.csv -k 5 --quasi age,town
  synthfast anonymize people.csv -o safe.csv -k 5 --quasi age,zip --sensitive illness -t 0.2
  synthfast anonymize people.csv -o safe.csv -k 5 --quasi zip --method lattice --hierarchy zip=zip.csv

A hierarchy is a CSV file with a value and its labels, coarser and coarser, in each line."""


def add_arguments(verb: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    verb.add_argument("input", metavar="IN", help="the real table: a file, or dataset:NAME")
    verb.add_argument("-o", "--output", required=True, metavar="OUT", help="the table to write; - is CSV on stdout")
    verb.add_argument("-k", type=row_count, required=True, metavar="K", help="rows that have to look alike")
    verb.add_argument("--quasi", type=column_list, required=True, metavar="A,B", help="columns an attacker may know")
    verb.add_argument("--sensitive", type=column_list, metavar="A,B", help="columns that must not be learned")
    verb.add_argument("-l", type=float, metavar="L", help="distinct sensitive values in each class")
    verb.add_argument("-t", type=share, metavar="T", help="most that a class's sensitive values may differ from all")
    verb.add_argument("--alpha", type=share, metavar="A", help="greatest share of one sensitive value in a class")
    verb.add_argument(
        "--method",
        default="mondrian",
        metavar="M",
        help="mondrian, lattice, mdav or suppression (default: %(default)s)",
    )
    verb.add_argument(
        "--values", default="labels", metavar="V", help="labels, representative or resample (default: %(default)s)"
    )
    verb.add_argument("--suppression-limit", type=share, default=0.0, metavar="R", help="share of rows to leave out")
    verb.add_argument(
        "--hierarchy", action="append", default=[], metavar="COLUMN=FILE", help="of a column; may be repeated"
    )
    verb.add_argument("--seed", type=seed_number, default=0, metavar="S", help="of --values resample (default: 0)")
    add_reading_arguments(verb)


def run(args: argparse.Namespace, console: Console) -> None:
    """Read, anonymise, write."""
    from synthfast.privacy import enforce_k_anonymity, read_hierarchy

    check_format(args.output)
    check_one_output(args)
    files = dict(_named(text) for text in args.hierarchy)
    check_outputs([args.output, args.json], [args.input, args.config, *files.values()])
    hierarchies = {column: read_hierarchy(path) for column, path in files.items()}
    frame, style = load(args.input, args, console)
    try:
        found = enforce_k_anonymity(
            frame,
            args.k,
            args.quasi,
            args.sensitive,
            args.l,
            args.t,
            args.method,
            alpha=args.alpha,
            hierarchies=hierarchies,
            suppression_limit=args.suppression_limit,
            output=args.values,
            random_state=args.seed,
        )
    except ValueError as error:
        raise UsageError(str(error)) from error
    console.say(f"smallest class {found.achieved_k:,} rows, information loss {found.information_loss:.1%}")
    write_stream([found.data], args.output, style)
    console.say(f"wrote {'standard output' if args.output == STANDARD_OUTPUT else args.output}")
    facts = {
        "output": args.output,
        "k": found.k,
        "achieved_k": found.achieved_k,
        "information_loss": found.information_loss,
        "column_losses": {str(name): loss for name, loss in found.column_losses.items()},
        "suppressed_rows": found.suppressed_rows,
        "suppressed_cells": found.suppressed_cells,
    }
    put_result(args, facts)


def _named(text: str) -> tuple[str, str]:
    column, separator, path = text.partition("=")
    if not separator or not path:
        raise UsageError(f"expected a hierarchy such as zip=zip.csv, got {text!r}")
    return column, path
