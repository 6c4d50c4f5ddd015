"""What the file of a tree model holds of the data, in words."""

from typing import Any

import numpy as np

from synthfast._core.json_values import from_json_value

__all__ = ["tree_holdings"]

Arrays = dict[str, np.ndarray]
Holdings = dict[str, str | list[str]]


def tree_holdings(state: dict[str, Any], arrays: Arrays, model: Any) -> Holdings:
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


def _values_held(bins: list[dict[str, Any]], arrays: Arrays, names: list[str]) -> Holdings:
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


def _cells_held(arrays: Arrays) -> Holdings:
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


def _size(arrays: Arrays, part: str, field: str) -> int:
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
