"""``synthfast timeseries``: a series or a panel in, synthetic series out."""

import argparse
from typing import TYPE_CHECKING, Any

from synthfast._registry import entries, load_object, name_of_key
from synthfast.cli.arguments import column_list, parse_settings, row_count, seed_number, unknown_word
from synthfast.cli.console import Console
from synthfast.cli.drawing import fresh_seed
from synthfast.cli.failures import UsageError
from synthfast.cli.results import card_target, check_one_output, put_card, put_result
from synthfast.cli.tables import STANDARD_OUTPUT, add_reading_arguments, check_format, check_outputs, load, write_stream
from synthfast.exceptions import DataError
from synthfast.io.csv_reader import CsvStyle

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DESCRIPTION", "EPILOG", "HELP", "add_arguments", "run"]

HELP = "learn a series or a panel and write synthetic ones"
DESCRIPTION = (
    "Learn the series in the table IN, one row a time, and write synthetic series, one below the other, to OUT."
)
EPILOG = """examples:
  synthfast timeseries sales.csv -o synthetic.csv --time day --columns sales -n 100
  synthfast timeseries sales.csv -o synthetic.csv --time day --columns sales,visits --model var
  synthfast timeseries shops.csv -o synthetic.csv --time day --entity shop -n 50
  synthfast timeseries sales.csv -o next.csv --columns sales --steps 12 --save-model sales.synth"""


def add_arguments(verb: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    keys = ", ".join(entry.key for entry in entries("series").values())
    verb.add_argument("input", metavar="IN", help="the real table: a file, or dataset:NAME")
    verb.add_argument("-o", "--output", required=True, metavar="OUT", help="the table to write; - is CSV on stdout")
    verb.add_argument("--time", metavar="COLUMN", help="the column of times; without one rows are equally far apart")
    verb.add_argument("--columns", type=column_list, metavar="A,B", help="the variables; by default all other columns")
    verb.add_argument("--entity", metavar="COLUMN", help="whose series a row belongs to: makes IN a panel")
    verb.add_argument("-n", "--series", type=row_count, default=1, metavar="N", help="series to draw (default: 1)")
    verb.add_argument("--steps", type=row_count, metavar="T", help="times of each; by default as many as IN has")
    verb.add_argument("--model", metavar="MODEL", help=f"one of {keys} (default: time_series), or panel with --entity")
    verb.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a setting; may be repeated")
    verb.add_argument("--seed", type=seed_number, metavar="S", help="the same seed gives the same series")
    verb.add_argument("--save-model", metavar="FILE", help="keep the model, such as sales.synth")
    verb.add_argument("--no-card", action="store_true", help="write no data card beside OUT")
    add_reading_arguments(verb)


def run(args: argparse.Namespace, console: Console) -> None:
    """Read, learn, draw."""
    check_format(args.output)
    check_one_output(args)
    check_outputs([args.output, args.save_model, card_target(args), args.json], [args.input, args.config])
    model_type, settings = _model(args)
    frame, style = load(args.input, args, console)
    _check_columns(args, frame)
    args.seed = fresh_seed() if args.seed is None else args.seed
    model, drawn = (_panel if args.entity else _series)(args, console, model_type, settings, frame)
    write_stream([drawn], args.output, CsvStyle(style.delimiter))
    place = "standard output" if args.output == STANDARD_OUTPUT else args.output
    console.say(f"wrote {place}: {args.series:,} series, {len(drawn):,} rows, seed {args.seed}")
    if args.save_model:
        model.save(args.save_model)
        console.say(f"wrote {args.save_model}")
    card = put_card(args, model, n_rows=args.series, seed=args.seed)
    made = {"output": args.output, "series": args.series, "rows": len(drawn), "seed": args.seed}
    put_result(args, {**made, "model_id": model.id_, "card": card, "saved_model": args.save_model})


def _model(args: argparse.Namespace) -> tuple[type, dict[str, Any]]:
    kind = "panel" if args.entity else "series"
    keys = [entry.key for entry in entries(kind).values()]
    key = (args.model or ("panel" if args.entity else "time_series")).lower().replace("-", "_")
    if key not in keys:
        raise UsageError(unknown_word(f"model of a {kind}", key, keys))
    model_type = load_object(str(name_of_key(key)))
    if args.entity and not args.time:
        raise UsageError("a panel needs --time, the column of times")
    if args.entity and args.steps is not None:
        raise UsageError("the series of a panel have lengths of their own; --steps is for single series")
    return model_type, parse_settings(args.set, model_type)


def _check_columns(args: argparse.Namespace, frame: "pd.DataFrame") -> None:
    for name in [args.time, args.entity, *(args.columns or ())]:
        if name is not None and name not in frame.columns:
            raise UsageError(unknown_word("column", name, map(str, frame.columns)))


def _times(frame: "pd.DataFrame", name: str) -> Any:
    import pandas as pd

    column = frame[name]
    if pd.api.types.is_numeric_dtype(column):
        return column
    try:
        return pd.to_datetime(column)
    except (ValueError, TypeError) as error:
        raise DataError(f"column {name!r}: expected times, and one cannot be read ({error})") from error


def _fit(args: argparse.Namespace, model: Any, data: Any, console: Console) -> Any:
    try:
        model.fit(data)
    except TypeError as error:
        raise DataError(f"{args.input}: {error}") from error
    console.say(f"learned {type(model).__name__}")
    return model


def _series(
    args: argparse.Namespace, console: Console, model_type: type, settings: dict[str, Any], frame: "pd.DataFrame"
) -> tuple[Any, "pd.DataFrame"]:
    """A fitted model of the series, and its draws one below the other."""
    import pandas as pd

    names = args.columns or [name for name in frame.columns if name != args.time]
    values = frame[names].copy()
    if args.time:
        values.index = pd.Index(_times(frame, args.time), name=args.time)
    data = values[names[0]] if len(names) == 1 else values
    model = _fit(args, model_type(**settings, random_state=args.seed), data, console)
    drawn = model.sample(args.series, n_steps=args.steps, random_state=args.seed)
    time = args.time or "time"
    parts = []
    for number in range(args.series):
        own = drawn[number]
        own = own.to_frame(names[0]) if isinstance(own, pd.Series) else own
        own = own.rename_axis(time).reset_index()
        own.insert(0, "series", number)
        parts.append(own)
    if not parts:
        return model, pd.DataFrame(columns=["series", time, *names])
    return model, pd.concat(parts, ignore_index=True)


def _panel(
    args: argparse.Namespace, console: Console, model_type: type, settings: dict[str, Any], frame: "pd.DataFrame"
) -> tuple[Any, "pd.DataFrame"]:
    """A fitted model of the panel, and entities that it draws."""
    names = list(frame.columns) if args.columns is None else [args.entity, args.time, *args.columns]
    data = frame[names].assign(**{args.time: _times(frame, args.time)})
    model = model_type(**settings, entity=args.entity, time=args.time, random_state=args.seed)
    return _fit(args, model, data, console), model.sample(args.series, random_state=args.seed)
