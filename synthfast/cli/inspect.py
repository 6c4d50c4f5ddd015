"""``synthfast inspect``: what a model file holds, or what the kinds of a table's columns are."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthfast.cli.console import Console
from synthfast.cli.results import put_result
from synthfast.cli.tables import PREFIX, add_reading_arguments, check_outputs, load
from synthfast.exceptions import DataError
from synthfast.io.formats import format_of
from synthfast.reporting.holdings import Holdings, holdings

if TYPE_CHECKING:
    import numpy as np

    from synthfast import Schema

    Arrays = dict[str, np.ndarray]

__all__ = ["DESCRIPTION", "EPILOG", "HELP", "add_arguments", "run"]

HELP = "show what a model file or a table holds"
DESCRIPTION = "Show what the model file WHAT holds of the data it was made from, or the kinds of a table's columns."
EPILOG = """examples:
  synthfast inspect people.synth
  synthfast inspect people.csv
  synthfast inspect people.csv --json > schema.json"""

NOTICE = """A model that is not private holds facts of its rows: the levels, ranges and heavy values above, and
quantiles of every numeric column. Levels that the schema holds to be rare are left out."""

PRIVATE_NOTICE = """A private model holds noisy counts, and nothing of its rows besides. Its guarantee covers the file
and all that is drawn from it; figures computed on the real table, such as quality reports, lie outside it."""


def add_arguments(verb: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    verb.add_argument("what", metavar="WHAT", help="a model file, a table, or dataset:NAME")
    add_reading_arguments(verb)


def run(args: argparse.Namespace, console: Console) -> None:
    """Print the schema of a table (as JSON: what ``--schema`` takes), or what a model file holds."""
    check_outputs([args.json], [args.what, args.config])
    if _is_table(args.what):
        from synthfast import Schema

        frame, _ = load(args.what, args, console)
        schema = Schema.infer(frame)
        put_result(args, schema.to_dict(), repr(schema) + "\n")
    else:
        put_result(args, *_describe_model(args.what))


def _is_table(word: str) -> bool:
    if word.startswith(PREFIX):
        return True
    try:
        format_of(word)
    except DataError:
        return False
    return True


def _describe_model(path: str) -> tuple[dict[str, Any], str]:
    from synthfast.base import load as load_model
    from synthfast.io.model_file import read_header, read_model

    document, arrays = read_model(path)
    model = load_model(path)
    facts: dict[str, Any] = {
        "file": path,
        "bytes": Path(path).stat().st_size,
        **read_header(path),
        "model": document["model"],
        "model_id": model.id_,
        "parameters": document["params"],
        "rows learned": document.get("n_rows", document.get("n_times")),
        "holds": holdings(model),
    }
    schema = getattr(model, "schema_", None)  # series have none
    text = _model_text(facts, schema, arrays) + "\n"
    described = {} if schema is None else {"schema": schema.to_dict()}
    return {**facts, **described, "arrays": {name: _shape(a) for name, a in arrays.items()}}, text


def _model_text(facts: dict[str, Any], schema: "Schema | None", arrays: "Arrays") -> str:
    shown: Holdings = {
        "model": facts["model"],
        "parameters": ", ".join(f"{key}={value!r}" for key, value in facts["parameters"].items()) or "defaults",
        "learned from": f"{facts['rows learned']:,} rows",
        "written by": f"synthfast {facts['library version']}, model file format {facts['format']}",
        "file": f"{facts['file']}, {facts['bytes']:,} bytes, model {facts['model_id'][:16]}...",
        "numbers": f"{sum(a.size for a in arrays.values()):,} in {len(arrays)} arrays",
    }
    parts = ["\n".join(_aligned(shown)), *([] if schema is None else [repr(schema)])]
    if facts["holds"]:
        parts.append("\n".join(["What it holds of the rows:", *_aligned(facts["holds"])]))
    return "\n\n".join([*parts, PRIVATE_NOTICE if "differential privacy" in facts["holds"] else NOTICE])


def _aligned(rows: Holdings) -> list[str]:
    width = max(map(len, rows))
    lines = []
    for key, value in rows.items():
        for k, line in enumerate([value] if isinstance(value, str) else value):
            lines.append(f"{key if k == 0 else '':<{width}}  {line}")
    return lines


def _shape(array: "np.ndarray") -> dict[str, Any]:
    return {"shape": list(array.shape), "dtype": str(array.dtype)}
