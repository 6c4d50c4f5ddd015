"""``synthfast inspect``: what a model file holds, or what the kinds of a table's columns are."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthfast._core.json_values import from_json_value
from synthfast.cli.console import Console
from synthfast.cli.holdings import HOLDINGS
from synthfast.cli.tables import PREFIX, add_reading_arguments, load
from synthfast.exceptions import DataError
from synthfast.io.formats import format_of

if TYPE_CHECKING:
    import numpy as np

    from synthfast import Schema

    Arrays = dict[str, np.ndarray]

Holdings = dict[str, str | list[str]]  # what is held -> how it is, in a line or several

__all__ = ["DESCRIPTION", "EPILOG", "HELP", "add_arguments", "run"]

HELP = "show what a model file or a table holds"
DESCRIPTION = "Show what the model file WHAT holds of the data it was made from, or the kinds of a table's columns."
EPILOG = """examples:
  synthfast inspect people.synth
  synthfast inspect people.csv
  synthfast inspect people.csv --json > schema.json"""

NOTICE = """A model that is not private holds facts of its rows: the levels, ranges and heavy values above, and
quantiles of every numeric column. Levels that the schema holds to be rare are left out."""


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
    describe = _tree_holdings if document["model"] == "tree" else HOLDINGS.get(document["model"])
    if describe is not None:
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
    return "\n\n".join([*parts, NOTICE])


def _aligned(rows: Holdings) -> list[str]:
    width = max(map(len, rows))
    lines = []
    for key, value in rows.items():
        for k, line in enumerate([value] if isinstance(value, str) else value):
            lines.append(f"{key if k == 0 else '':<{width}}  {line}")
    return lines


def _tree_holdings(state: dict[str, Any], arrays: "Arrays", model: Any) -> Holdings:
    """What the parts of a tree model are, in words; parts that are not there are left out."""
    names = [str(name) for name in model.column_order_]
    holdings: Holdings = {"columns, as drawn": ", ".join(names), **_values_held(state["bins"], arrays, names)}
    if not state["boosted"]:
        holdings |= _cells_held(arrays)
    elif nodes := _size(arrays, "model/chain/", "threshold"):
        linear = ", and linear predictions" if any("/linear/" in name for name in arrays) else ""
        holdings["boosted trees"] = (
            f"{nodes:,} thresholds, which are cells and levels, and {_size(arrays, 'model/chain/', 'leaf'):,} leaf "
            f"values, each from sums over rows{linear}"
        )
    if nodes := _size(arrays, "model/corrector/", "threshold"):
        holdings["correction"] = (
            f"boosted trees: {nodes:,} thresholds and {_size(arrays, 'model/corrector/', 'leaf'):,} leaf values"
        )
    if state["rules"]:
        images = [_size(arrays, f"model/rules/{k}/", "images") for k in range(len(state["rules"]))]
        holdings["rules"] = [_rule_text(rule, n) for rule, n in zip(state["rules"], images, strict=True)]
    if model.copying_ is not None:
        holdings["copying"] = str(model.copying_)
    return holdings


def _values_held(bins: list[dict[str, Any]], arrays: "Arrays", names: list[str]) -> Holdings:
    """What is kept of each column by itself."""
    held: Holdings = {}
    kinds = [column["kind"] for column in bins]
    if numbers := kinds.count("numbers"):
        values, cells = _size(arrays, "model/bins/", "values"), _size(arrays, "model/bins/", "edges") - numbers
        held["quantile tables"] = (
            f"{values:,} values of {_counted(numbers, 'column')} (range, quantiles, heavy values) with the share of "
            f"rows up to each, and how many rows lie in each of {cells:,} cells"
        )
    if levels := kinds.count("levels"):
        each = _size(arrays, "model/bins/", "order")
        held["level counts"] = f"how many rows hold each of {each:,} levels of {_counted(levels, 'column')}"
    gaps = [name for name, column in zip(names, bins, strict=True) if column["missing"]]
    if gaps:
        held["missing counts"] = f"how many rows are missing in {', '.join(gaps)}"
    return held


def _cells_held(arrays: "Arrays") -> Holdings:
    """What single trees keep of the training rows."""
    nodes, cells = _size(arrays, "model/chain/", "feature"), _size(arrays, "model/chain/", "donors")
    each = _size(arrays, "model/chain/0/", "donors")
    return {
        "trees": f"one a column, {_counted(nodes, 'node')} in all; their thresholds are cells and levels",
        "cells of the rows": (
            f"{cells:,}: the cell or level of each of {each:,} training rows, column by column, sorted within the "
            "leaves of the column's tree, whose thresholds tell what earlier columns of those rows are like"
        ),
    }


def _size(arrays: "Arrays", part: str, field: str) -> int:
    """Numbers in all arrays of this name in a part of the model."""
    return sum(a.size for name, a in arrays.items() if name.startswith(part) and name.rpartition("/")[2] == field)


def _counted(n: int, noun: str) -> str:
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def _rule_text(rule: dict[str, Any], n_images: int) -> str:
    """A column that others determine or bound, with what of its values the rule keeps."""
    target = from_json_value(rule["target"])

    def listed(key: str) -> str:
        return ", ".join(str(from_json_value(name)) for name in rule[key])

    if rule["kind"] == "lookup":
        return f"{target} is looked up by {from_json_value(rule['source'])}: {n_images:,} values, missing's among them"
    if rule["kind"] == "affine":
        return f"{target} = {_linear([rule['slope']], [rule['source']], rule['intercept'])}"
    if rule["kind"] == "total":
        return f"{target} = {_linear(rule['coefficients'], rule['sources'], rule['intercept'])}"
    bounds = [f"at least {listed('lower')}"] if rule["lower"] else []
    bounds += [f"at most {listed('upper')}"] if rule["upper"] else []
    return f"{target} is {' and '.join(bounds)}"


def _linear(weights: list[float], names: list[Any], intercept: float) -> str:
    """A weighted sum as one writes it."""
    terms = [(weight, str(from_json_value(name))) for weight, name in zip(weights, names, strict=True)]
    texts = [name if abs(weight) == 1 else f"{abs(weight):.6g} * {name}" for weight, name in terms]
    signs = ["-" if weight < 0 else "+" for weight, _ in terms]
    if intercept or not terms:
        texts, signs = [*texts, f"{abs(intercept):.6g}"], [*signs, "-" if intercept < 0 else "+"]
    return " ".join(f"{sign} {text}" for sign, text in zip(signs, texts, strict=True)).removeprefix("+ ")


def _shape(array: "np.ndarray") -> dict[str, Any]:
    return {"shape": list(array.shape), "dtype": str(array.dtype)}
