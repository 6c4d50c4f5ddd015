"""``synthfast generate``: a real table in, a synthetic one out, with figures on its quality if asked."""

import argparse
import json
from typing import TYPE_CHECKING, Any

from synthfast.cli.arguments import parse_conditions, row_count
from synthfast.cli.console import Console
from synthfast.cli.drawing import Kept, add_drawing_arguments, draw
from synthfast.cli.failures import UsageError
from synthfast.cli.learning import Lesson, add_learning_arguments, prepare
from synthfast.cli.results import card_target, check_one_output, put_card, put_result
from synthfast.cli.tables import check_format, check_outputs
from synthfast.io.atomic import atomic_path

if TYPE_CHECKING:
    import pandas as pd

    from synthfast.reporting import QualityReport

__all__ = ["DESCRIPTION", "EPILOG", "HELP", "add_arguments", "run"]

HELP = "learn a table and write a synthetic one"
DESCRIPTION = "Learn the table IN and write synthetic rows of the same columns to OUT, with a data card beside it."
EPILOG = """examples:
  synthfast generate people.csv -o synthetic.csv
  synthfast generate people.csv.gz -n 1e6 -o big.parquet --seed 7 --report quality.json
  synthfast generate dataset:iris -o - --quiet | head
  synthfast generate people.csv -o synthetic.csv --set preset=fast --set group=household
  synthfast generate people.csv -o synthetic.csv --model gaussian_copula
  synthfast generate people.csv -o nurses.csv --condition job=nurse --condition age=30..40
  synthfast generate people.csv -o out.csv --model private_marginal --set epsilon=1 --set delta=1e-6

The file for --schema holds what `synthfast inspect IN --json` prints, or only what to override,
such as {"zip": "categorical", "age": {"kind": "integer", "minimum": 0}}. For a private model it
declares the columns that it names, and must be public; what is not declared costs budget to learn."""

REPORT_ROWS = 200_000  # that a report looks at, however many are written


def add_arguments(verb: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    verb.add_argument("input", metavar="IN", help="the real table: a file, or dataset:NAME")
    add_drawing_arguments(verb)
    verb.add_argument("-n", "--rows", type=row_count, metavar="N", help="rows to write; by default as many as IN has")
    verb.add_argument("--report", metavar="FILE", help="write figures on the quality of the first rows as JSON")
    verb.add_argument(
        "--save-model", metavar="FILE", help="keep the model for `synthfast sample`, such as people.synth"
    )
    add_learning_arguments(verb)


def run(args: argparse.Namespace, console: Console) -> None:
    """Read, learn, draw, and report."""
    check_format(args.output)
    check_one_output(args)
    if args.report and not args.report.endswith(".json"):
        raise UsageError(f"a report is written as JSON: expected a name that ends in .json, got {args.report}")
    if args.report and args.rows == 0:
        raise UsageError("a report needs at least one synthetic row")
    outputs = [args.output, args.report, args.save_model, card_target(args), args.json]
    check_outputs(outputs, [args.input, args.schema, args.config])
    lesson = prepare(args, console)
    args.seed = lesson.seed
    model = lesson.learn()
    console.say(f"learned {args.model}")
    if getattr(model, "copying_", None) is not None:
        console.note(f"copying: {model.copying_}")
    if args.save_model:
        model.save(args.save_model)
        console.say(f"wrote {args.save_model}")
    n_rows = model.n_rows_ if args.rows is None else args.rows  # of a private model the noisy number
    kept = Kept(REPORT_ROWS) if args.report else None
    seed = draw(model, n_rows, args, console, style=lesson.style, kept=kept)
    report = None if kept is None else _report(lesson, kept.frame(), args, console, seed)
    quality = None if lesson.is_private else report
    conditions = parse_conditions(args.condition, model.schema_)
    card = put_card(args, model, n_rows=n_rows, seed=seed, conditions=conditions, quality=quality)
    made = {"output": args.output, "rows": n_rows, "seed": seed, "model": args.model, "model_id": model.id_}
    put_result(args, {**made, "card": card, "saved_model": args.save_model, "report": args.report})


def _report(
    lesson: Lesson, synthetic: "pd.DataFrame", args: argparse.Namespace, console: Console, seed: int
) -> "QualityReport":
    from synthfast import evaluate

    report = evaluate(lesson.frame, synthetic)
    made: dict[str, Any] = {
        "input": args.input,
        "model": args.model,
        "settings": lesson.settings,
        "seed": seed,
        "rows_compared": len(synthetic),
    }
    document = {"generated": made, **report.to_dict()}
    with atomic_path(args.report) as hidden:
        hidden.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    console.say(f"wrote {args.report}: quality {report.score:.1f} of 100")
    return report
