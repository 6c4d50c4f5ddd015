"""``synthfast evaluate``: how close a synthetic table is to the real one, and what it discloses."""

import argparse

from synthfast.cli.arguments import score_bound, seed_number
from synthfast.cli.console import Console
from synthfast.cli.failures import PAST_LIMIT, LimitError, UsageError
from synthfast.cli.results import put_result
from synthfast.cli.tables import STANDARD_OUTPUT, add_reading_arguments, check_outputs, load

__all__ = ["DESCRIPTION", "EPILOG", "HELP", "add_arguments", "run"]

HELP = "measure a synthetic table against the real one"
DESCRIPTION = "Print how close the table SYNTH is to the table REAL that it was made from."
EPILOG = """examples:
  synthfast evaluate people.csv synthetic.csv
  synthfast evaluate train.csv synthetic.csv --holdout test.csv --target income
  synthfast evaluate people.csv synthetic.parquet --json quality.json --html quality.html
  synthfast evaluate people.csv synthetic.csv --min-score 90 --quiet"""


def add_arguments(verb: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    verb.add_argument("real", metavar="REAL", help="the real table: a file, or dataset:NAME")
    verb.add_argument("synthetic", metavar="SYNTH", help="the synthetic table")
    verb.add_argument("--holdout", metavar="H", help="real rows that the model never saw; they sharpen every figure")
    verb.add_argument("--target", metavar="COLUMN", help="the column to predict; by default the last one")
    verb.add_argument("--group", metavar="COLUMN", help="the column of people's groups, for figures of fairness")
    verb.add_argument(
        "--min-score",
        type=score_bound,
        metavar="S",
        help=f"end with exit code {PAST_LIMIT} if the overall score, 0 to 100, is lower or there is none",
    )
    verb.add_argument("--metrics", metavar="A,B", help="families to measure; by default all")
    verb.add_argument("--seed", type=seed_number, default=0, metavar="S", help="of samples and folds (default: 0)")
    verb.add_argument("--html", metavar="FILE", help="write the report as one page for a browser")
    add_reading_arguments(verb)


def run(args: argparse.Namespace, console: Console) -> None:
    """Read, measure, print."""
    from synthfast import evaluate

    check_outputs([args.json, args.html], [args.real, args.synthetic, args.holdout, args.config])
    real, _ = load(args.real, args, console)
    synthetic, _ = load(args.synthetic, args, console)
    holdout = load(args.holdout, args, console)[0] if args.holdout else None
    metrics = args.metrics.split(",") if args.metrics else None
    try:
        report = evaluate(
            real,
            synthetic,
            holdout=holdout,
            target=args.target,
            group=args.group,
            metrics=metrics,
            random_state=args.seed,
        )
    except ValueError as error:  # a name of a metric that is none
        raise UsageError(str(error)) from error
    console.say("measured")
    if args.html:
        report.to_html(args.html, provenance={"Real table": args.real, "Synthetic table": args.synthetic})
        console.say(f"wrote {args.html}")
    put_result(args, report.to_dict(), report.summary())
    if args.json not in (None, STANDARD_OUTPUT):
        console.say(f"wrote {args.json}")
    if args.min_score is not None and not (report.score is not None and report.score >= args.min_score):
        found = "there is none" if report.score is None else f"it is {report.score:.2f}"
        raise LimitError(f"expected an overall score of at least {args.min_score:g}, {found}")
