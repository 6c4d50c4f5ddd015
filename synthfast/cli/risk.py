"""``synthfast risk``: what attackers learn from a synthetic table about the people in the real one."""

import argparse

from synthfast.cli.arguments import column_list, seed_number, share
from synthfast.cli.console import Console
from synthfast.cli.failures import LimitError, UsageError
from synthfast.cli.results import put_result
from synthfast.cli.tables import add_reading_arguments, check_outputs, load

__all__ = ["DESCRIPTION", "EPILOG", "HELP", "add_arguments", "run"]

HELP = "attack a synthetic table and say how far the worst attack gets"
DESCRIPTION = (
    "Attack the table SYNTH, made from the table REAL, in fifteen ways. What is printed is not private itself."
)
EPILOG = """examples:
  synthfast risk train.csv synthetic.csv --holdout test.csv
  synthfast risk train.csv synthetic.csv --holdout test.csv --quasi age,town --sensitive illness
  synthfast risk train.csv synthetic.csv --holdout test.csv --max-risk 0.1 --json risk.json"""


def add_arguments(verb: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    verb.add_argument("real", metavar="REAL", help="the table that the model was trained on: a file, or dataset:NAME")
    verb.add_argument("synthetic", metavar="SYNTH", help="the synthetic table")
    verb.add_argument("--holdout", metavar="H", help="real rows that the model never saw; most attacks need them")
    verb.add_argument("--attacks", type=column_list, metavar="A,B", help="which attacks; by default all")
    verb.add_argument("--quasi", type=column_list, metavar="A,B", help="columns that an attacker knows of somebody")
    verb.add_argument("--sensitive", type=column_list, metavar="A,B", help="columns that an attacker wants to learn")
    verb.add_argument("--max-risk", type=share, metavar="R", help="exit with code 3 if the risk, 0 to 1, is above")
    verb.add_argument("--seed", type=seed_number, default=0, metavar="S", help="of the attacks (default: 0)")
    add_reading_arguments(verb)


def run(args: argparse.Namespace, console: Console) -> None:
    """Read, attack, print."""
    from synthfast import assess_disclosure_risk

    check_outputs([args.json], [args.real, args.synthetic, args.holdout, args.config])
    real, _ = load(args.real, args, console)
    synthetic, _ = load(args.synthetic, args, console)
    holdout = load(args.holdout, args, console)[0] if args.holdout else None
    try:
        report = assess_disclosure_risk(
            real,
            synthetic,
            holdout,
            attacks=args.attacks,
            quasi_identifiers=args.quasi,
            sensitive=args.sensitive,
            random_state=args.seed,
        )
    except ValueError as error:  # a name of an attack or a column that is none
        raise UsageError(str(error)) from error
    console.say("attacked")
    put_result(args, report.to_dict(), f"{report}\n")
    if args.max_risk is None:
        return
    if report.risk is None:
        raise LimitError("no attack could be tried, so no risk is known to be small; give --holdout")
    if report.risk > args.max_risk:
        raise LimitError(f"the risk is {report.risk:.3f} by {report.worst_attack}, above --max-risk {args.max_risk:g}")
