"""The stored form of rules."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.json_values import from_json_value, to_json_value
from synthfast._core.names import Names
from synthfast.synthesizers._tree.rules.affine import Affine
from synthfast.synthesizers._tree.rules.between import Between
from synthfast.synthesizers._tree.rules.lookup import Lookup
from synthfast.synthesizers._tree.rules.rule import Rule
from synthfast.synthesizers._tree.rules.total import Total

__all__ = ["rule_from_state", "rule_to_state"]

KINDS: dict[str, Any] = {"affine": Affine, "total": Total, "lookup": Lookup, "between": Between}
ONE_NAME = ("target", "source")
SOME_NAMES = ("sources", "lower", "upper")


def rule_to_state(rule: Rule) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """A rule as a JSON-able document and arrays."""
    document: dict[str, Any] = {"kind": type(rule).__name__.lower()}
    arrays: dict[str, NDArray[Any]] = {}
    made: Any = type(rule)
    for key in (item.name for item in fields(made)):
        value = getattr(rule, key)
        if key in ONE_NAME:
            document[key] = to_json_value(value)
        elif key in SOME_NAMES:
            document[key] = [to_json_value(name) for name in value]
        elif isinstance(value, np.ndarray):
            arrays[key] = value
        else:
            document[key] = list(value) if isinstance(value, tuple) else value
    return document, arrays


def rule_from_state(document: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]], names: Names) -> Rule:
    """Undo `rule_to_state`; columns get their own names, of which those in the document may be no copies.

    Raises
    ------
    ValueError
        If the document names no kind of rule.
    KeyError
        If it names other columns.
    """
    made = KINDS.get(document.get("kind", ""))
    if made is None:
        raise ValueError(f"expected a rule of kind {', '.join(KINDS)}; got {document.get('kind')!r}.")
    facts: dict[str, Any] = dict(arrays)
    for key, value in document.items():
        if key in ONE_NAME:
            facts[key] = names[from_json_value(value)]
        elif key in SOME_NAMES:
            facts[key] = tuple(names[from_json_value(name)] for name in value)
        elif key != "kind":
            facts[key] = tuple(value) if isinstance(value, list) else value
    rule: Rule = made(**facts)
    return rule
