"""``synthfast generate``: a real table in, a synthetic one out, with figures on its quality if asked."""

import argparse
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthfast._registry import entries, load_object, name_of_key
from synthfast.cli.arguments import model_key, parse_settings, row_count, split_conditions
from synthfast.cli.console import Console
from synthfast.cli.drawing import Kept, add_drawing_arguments, draw, fresh_seed
from synthfast.cli.failures import UsageError
from synthfast.cli.tables import add_reading_arguments, check_format, check_outputs, load
from synthfast.exceptions import DataError
from synthfast.io.atomic import atomic_path

if TYPE_CHECKING:
    import pandas as pd

    from synthfast import Schema

__all__ = ["DESCRIPTION", "EPILOG", "HELP", "add_arguments", "run"]

HELP = "learn a table and write a synthetic one"
DESCRIPTION = "Learn the table IN and write synthetic rows of the same columns to OUT."
EPILOG = """examples:
  synthfast generate people.csv -o synthetic.csv
  synthfast generate people.csv.gz -n 1e6 -o big.parquet --seed 7 --report quality.json
  synthfast generate dataset:iris -o - --quiet | head
  synthfast generate people.csv -o synthetic.csv --set preset=fast --set group=household
  synthfast generate people.csv -o synthetic.csv --model gaussian_copula
  synthfast generate people.csv -o nurses.csv --condition job=nurse --condition age=30..40

The file for --schema holds what `synthfast inspect IN --json` prints, or only what to override,
such as {"zip": "categorical", "age": {"kind": "integer", "minimum": 0}}."""

REPORT_ROWS = 200_000  # that a report looks at, however many are written


def add_arguments(verb: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    keys = ", ".join(entry.key for entry in entries("synthesizer").values())
    verb.add_argument("input", metavar="IN", help="the real table: a file, or dataset:NAME")
    add_drawing_arguments(verb)
    verb.add_argument("-n", "--rows", type=row_count, metavar="N", help="rows to write; by default as many as IN has")
    verb.add_argument(
        "--model",
        type=model_key,
        default="tree",
        metavar="MODEL",
        help=f"one of {keys} (default: %(default)s)",
    )
    verb.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a setting of the model, the value JSON or text: preset=fast, max_copying=0.55; may be repeated",
    )
    verb.add_argument("--schema", metavar="FILE", help="JSON: the kinds of the columns, or some of them")
    verb.add_argument("--report", metavar="FILE", help="write figures on the quality of the first rows as JSON")
    verb.add_argument(
        "--save-model", metavar="FILE", help="keep the model for `synthfast sample`, such as people.synth"
    )
    add_reading_arguments(verb)


def run(args: argparse.Namespace, console: Console) -> None:
    """Read, learn, draw, and report."""
    check_format(args.output)
    if args.report and not args.report.endswith(".json"):
        raise UsageError(f"a report is written as JSON: expected a name that ends in .json, got {args.report}")
    if args.report and args.rows == 0:
        raise UsageError("a report needs at least one synthetic row")
    check_outputs([args.output, args.report, args.save_model], [args.input, args.schema])
    model_type = load_object(str(name_of_key(args.model)))
    settings = parse_settings(args.set, model_type)
    frame, style = load(args.input, args, console)
    split_conditions(args.condition, frame.columns)
    schema = read_schema(args.schema, frame) if args.schema else None
    if args.seed is None:
        args.seed = fresh_seed()
    model = model_type(**settings, random_state=args.seed)
    with _refusals_named(args.set):
        model.fit(frame, schema=schema)
    console.say(f"learned {args.model}")
    if getattr(model, "copying_", None) is not None:
        console.note(f"copying: {model.copying_}")
    if args.save_model:
        model.save(args.save_model)
        console.say(f"wrote {args.save_model}")
    n_rows = len(frame) if args.rows is None else args.rows
    kept = Kept(REPORT_ROWS) if args.report else None
    seed = draw(model, n_rows, args, console, style=style, kept=kept)
    if kept is not None:
        _report(frame, kept.frame(), args, console, seed, settings)


@contextmanager
def _refusals_named(settings: Sequence[str]) -> Iterator[None]:
    """What a model refuses while it has settings of the user is put down to them."""
    try:
        yield
    except DataError:
        raise
    except (TypeError, ValueError) as error:
        if not settings:
            raise
        raise UsageError(f"--set {' --set '.join(settings)}: {error}") from error


def read_schema(path: str, frame: "pd.DataFrame") -> "Schema":
    """The schema that a JSON file gives whole, or that it overrides in parts.

    Raises
    ------
    DataError
        If the file is not JSON of one of these forms.
    """
    from synthfast import Schema

    try:
        document = json.loads(Path(path).read_text(encoding="utf-8"))
    except ValueError as error:
        raise DataError(f"{path} is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise DataError(f"{path}: expected a JSON object, got {type(document).__name__}")
    if "columns" in document and "format" in document:
        return Schema.from_dict(document)
    return Schema.infer(frame, overrides=document)


def _report(
    real: "pd.DataFrame",
    synthetic: "pd.DataFrame",
    args: argparse.Namespace,
    console: Console,
    seed: int,
    settings: dict[str, Any],
) -> None:
    from synthfast import evaluate

    report = evaluate(real, synthetic)
    made: dict[str, Any] = {
        "input": args.input,
        "model": args.model,
        "settings": settings,
        "seed": seed,
        "rows_compared": len(synthetic),
    }
    document = {"generated": made, **report.to_dict()}
    with atomic_path(args.report) as hidden:
        hidden.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    console.say(f"wrote {args.report}: quality {report.score:.1f} of 100")
