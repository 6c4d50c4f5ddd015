"""``synthfast inspect``: what a model file holds, or what the kinds of a table's columns are."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthfast.cli.console import Console
from synthfast.cli.tables import PREFIX, add_reading_arguments, load
from synthfast.exceptions import DataError
from synthfast.io.formats import format_of
from synthfast.reporting.holdings import HOLDINGS, Holdings

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
    verb.add_argument("--json", action="store_true", help="print JSON; for a table, what --schema takes")
    add_reading_arguments(verb)


def run(args: argparse.Namespace, console: Console) -> None:
    """Print the schema of a table, or what a model file holds."""
    if _is_table(args.what):
        from synthfast import Schema

        frame, _ = load(args.what, args, console)
        schema = Schema.infer(frame)
        text = schema.to_json() if args.json else repr(schema)
    else:
        text = _describe_model(args.what, as_json=args.json)
    sys.stdout.write(text + "\n")


def _is_table(word: str) -> bool:
    if word.startswith(PREFIX):
        return True
    try:
        format_of(word)
    except DataError:
        return False
    return True


def _describe_model(path: str, *, as_json: bool) -> str:
    from synthfast.base import load as load_model
    from synthfast.io.model_file import read_header, read_model

    document, arrays = read_model(path)
    model = load_model(path)
    facts: dict[str, Any] = {
        "file": path,
        "bytes": Path(path).stat().st_size,
        **read_header(path),
        "model": document["model"],
        "parameters": document["params"],
        "rows learned": model.n_rows_,
    }
    if describe := HOLDINGS.get(document["model"]):
        facts["holds"] = describe(document["state"], arrays, model)
    if as_json:
        facts |= {"schema": model.schema_.to_dict(), "arrays": {name: _shape(a) for name, a in arrays.items()}}
        return json.dumps(facts, indent=2, ensure_ascii=False)
    return _model_text(facts, model.schema_, arrays)


def _model_text(facts: dict[str, Any], schema: "Schema", arrays: "Arrays") -> str:
    shown: Holdings = {
        "model": facts["model"],
        "parameters": ", ".join(f"{key}={value!r}" for key, value in facts["parameters"].items()) or "defaults",
        "learned from": f"{facts['rows learned']:,} rows",
        "written by": f"synthfast {facts['library version']}, model file format {facts['format']}",
        "file": f"{facts['file']}, {facts['bytes']:,} bytes, SHA-256 of the content {facts['sha256'][:16]}...",
        "numbers": f"{sum(a.size for a in arrays.values()):,} in {len(arrays)} arrays",
    }
    parts = ["\n".join(_aligned(shown)), repr(schema)]
    if facts.get("holds"):
        parts.append("\n".join(["What it holds of the rows:", *_aligned(facts["holds"])]))
    return "\n\n".join([*parts, PRIVATE_NOTICE if "differential privacy" in facts.get("holds", ()) else NOTICE])


def _aligned(rows: Holdings) -> list[str]:
    width = max(map(len, rows))
    lines = []
    for key, value in rows.items():
        for k, line in enumerate([value] if isinstance(value, str) else value):
            lines.append(f"{key if k == 0 else '':<{width}}  {line}")
    return lines


def _shape(array: "np.ndarray") -> dict[str, Any]:
    return {"shape": list(array.shape), "dtype": str(array.dtype)}
