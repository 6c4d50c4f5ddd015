"""A table read and learned: what ``generate``, ``fit`` and ``estimate`` share."""

import argparse
import inspect
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthfast._registry import REGISTRY, entries, load_object, name_of_key
from synthfast.cli.arguments import model_key, parse_conditions, parse_settings, split_conditions
from synthfast.cli.console import Console
from synthfast.cli.drawing import fresh_seed
from synthfast.cli.failures import UsageError
from synthfast.cli.tables import add_reading_arguments, load
from synthfast.exceptions import ConditionError, DataError
from synthfast.io.csv_reader import CsvStyle

if TYPE_CHECKING:
    import pandas as pd

    from synthfast import Schema

__all__ = ["Lesson", "add_learning_arguments", "prepare", "table_models"]


def table_models() -> list[str]:
    """Keys of the models of tables, private ones among them."""
    return [entry.key for kind in ("synthesizer", "private") for entry in entries(kind).values()]


def add_learning_arguments(verb: argparse.ArgumentParser) -> None:
    """What a fit takes."""
    verb.add_argument(
        "--model",
        type=model_key,
        default="tree",
        metavar="MODEL",
        help=f"one of {', '.join(table_models())} (default: %(default)s)",
    )
    verb.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a setting of the model, the value JSON or text: preset=fast, max_copying=0.55; may be repeated",
    )
    verb.add_argument("--schema", metavar="FILE", help="JSON: the kinds of the columns, or some of them")
    add_reading_arguments(verb)


@dataclass(frozen=True)
class Lesson:
    """A table, and a model that is ready to learn it.

    Parameters
    ----------
    frame : pandas.DataFrame, shape (n_rows, n_columns)
    style : CsvStyle
        How the table was written; of a private model nothing but the delimiter.
    schema : Schema or None
        None where a private model learns it within its budget.
    model_type : type
    settings : dict
        Of its constructor.
    texts : sequence of str
        The settings as they were typed, for messages.
    seed : int
    """

    frame: "pd.DataFrame"
    style: CsvStyle
    schema: "Schema | None"
    model_type: type
    settings: dict[str, Any]
    texts: Sequence[str]
    seed: int

    @property
    def is_private(self) -> bool:
        """Whether the model makes a promise of differential privacy."""
        return REGISTRY[self.model_type.__name__].kind == "private"

    def learn(self, frame: "pd.DataFrame | None" = None) -> Any:
        """The model fitted on the table, or on some of its rows."""
        with _refusals_named(self.texts):
            model = self.model_type(**self.settings, random_state=self.seed)
            return model.fit(self.frame if frame is None else frame, schema=self.schema)


def prepare(args: argparse.Namespace, console: Console) -> Lesson:
    """Read the table, and refuse all that can be refused before a fit.

    Raises
    ------
    UsageError
        If settings do not go with the model.
    ConditionError
        If a condition cannot hold: its column is unknown or never missing, its values are outside the column's, or the
        model takes none.
    DataError, OSError
        If the table or the schema cannot be read.
    """
    model_type = load_object(str(name_of_key(args.model)))
    settings = parse_settings(args.set, model_type)
    _check_complete(args.model, model_type, settings)
    private = REGISTRY[model_type.__name__].kind == "private"
    conditions = getattr(args, "condition", [])
    if conditions and not model_type.supports_conditions:
        able = ", ".join(entry.key for entry in entries("synthesizer").values() if "conditions" in entry.tags)
        raise ConditionError(f"{args.model} cannot draw under conditions; choose a model of {able}")
    frame, style = load(args.input, args, console)
    split_conditions(conditions, frame.columns)
    schema = _schema(args.schema, frame, private)
    if conditions and schema is not None:
        _check_conditions(conditions, frame, schema, copies="copies" in REGISTRY[model_type.__name__].tags)
    if private:
        style = replace(style, boolean_words={})  # words of the data, which nobody paid for
    seed = fresh_seed() if args.seed is None else args.seed
    return Lesson(frame, style, schema, model_type, settings, args.set, seed)


def _check_complete(key: str, model_type: type, settings: dict[str, Any]) -> None:
    needed = inspect.signature(model_type).parameters.values()
    absent = [p.name for p in needed if p.default is p.empty and p.name not in settings]
    if absent:
        raise UsageError(f"{key} needs {' '.join(f'--set {name}=VALUE' for name in absent)}")


def _check_conditions(texts: Sequence[str], frame: "pd.DataFrame", schema: "Schema", *, copies: bool) -> None:
    from synthfast._core.frames import Table
    from synthfast.encoding import TableCodec, check_possible, encode_conditions, rows_that_meet

    table = Table.from_any(frame)
    codec = TableCodec.fit(table, schema)
    encoded = encode_conditions(codec, parse_conditions(texts, schema))
    check_possible(codec, encoded)
    if copies and encoded:
        columns = codec.encode(table, list(encoded))
        met = [rows_that_meet(columns[name], condition) for name, condition in encoded.items()]
        if not _all(met).any():
            raise ConditionError(
                "conditions: no row of the table meets all of them, and the model draws copies of rows"
            )


def _all(masks: Sequence[Any]) -> Any:
    import numpy as np

    return np.logical_and.reduce(masks)


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


def _schema(path: str | None, frame: "pd.DataFrame", private: bool) -> "Schema | None":
    """The schema that a JSON file gives whole, or that it overrides in parts; what it leaves open is inferred.

    Nothing is inferred for a private model: the file declares each column that it names, and without a file domains are
    learned within the budget.

    Raises
    ------
    DataError
        If the file is not JSON of one of these forms.
    """
    from synthfast import Schema
    from synthfast.schema import Column

    if path is None:
        return None if private else Schema.infer(frame)
    try:
        document = json.loads(Path(path).read_text(encoding="utf-8"))
    except ValueError as error:
        raise DataError(f"{path} is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise DataError(f"{path}: expected a JSON object, got {type(document).__name__}")
    if "columns" in document and "format" in document:
        return Schema.from_dict(document)
    if not private:
        return Schema.infer(frame, overrides=document)
    facts = {name: {"kind": entry} if isinstance(entry, str) else entry for name, entry in document.items()}
    return Schema({name: Column.from_dict({"name": name, **entry}) for name, entry in facts.items()})
