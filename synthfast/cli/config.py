"""Arguments from a file: TOML or JSON, checked against the verb's own, below what the command line says."""

import argparse
import itertools
import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from synthfast.cli.arguments import CHOICE, unknown_word
from synthfast.exceptions import DataError

__all__ = ["apply_config", "read_config"]

LEFT_OUT = ("help", "config", "traceback")
PAIRED = ("set", "condition", "hierarchy")  # options that come as NAME=VALUE, and may be tables in the file


def read_config(path: str) -> dict[str, Any]:
    """The object that a TOML or JSON file holds; the ending tells which.

    Raises
    ------
    DataError
        If it is neither, or cannot be parsed.
    OSError
        If it cannot be read.
    """
    text = Path(path).read_bytes()
    try:
        if path.lower().endswith(".toml"):
            return tomllib.loads(text.decode("utf-8"))
        if path.lower().endswith(".json"):
            document = json.loads(text)
            if isinstance(document, dict):
                return document
            raise DataError(f"{path}: expected a JSON object, got {type(document).__name__}")
    except (ValueError, RecursionError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{path} cannot be parsed: {error}") from error
    raise DataError(f"{path}: a config file ends in .toml or .json")


def apply_config(parsers: Mapping[str, argparse.ArgumentParser], verb: str, path: str, argv: Sequence[str]) -> None:
    """Make what a file says the defaults of a verb.

    Parameters
    ----------
    parsers : mapping of str to ArgumentParser
        Of every verb.
    verb : str
        The one that runs. What stands at the top of the file is for every verb that takes it; a table with a verb's
        name is for that one.
    path : str
        The file.
    argv : sequence of str
        The command line; a ``--set`` on it stands above that of the file for the same name.

    Raises
    ------
    DataError
        If a key is none of any verb, or a value is not of its kind.
    """
    document = read_config(path)
    actions = {name: _actions(parser) for name, parser in parsers.items()}
    everywhere = {key for own in actions.values() for key in own}
    for key, value in document.items():
        name = _normal(key)
        if key in parsers:
            if not isinstance(value, Mapping):
                raise DataError(f"{path}: {key} is a verb; expected a table [{key}], got {value!r}")
        elif name not in everywhere:
            raise DataError(f"{path}: {unknown_word('key', key, sorted({*everywhere, *parsers}))}")
        elif name in actions[verb]:
            _set_default(actions[verb][name], value, f"{path}: {key}", argv)
    for key, value in document.get(verb, {}).items():
        name = _normal(key)
        if name not in actions[verb]:
            raise DataError(f"{path}: {unknown_word(f'key of [{verb}]', key, sorted(actions[verb]))}")
        _set_default(actions[verb][name], value, f"{path}: {verb}.{key}", argv)


def _normal(key: str) -> str:
    return key.replace("-", "_")


def _actions(parser: argparse.ArgumentParser) -> dict[str, argparse.Action]:
    """What a verb takes, by the name that a file has for it."""
    found = {}
    for action in parser._actions:
        words = [word[2:] for word in action.option_strings if word.startswith("--")] or [action.dest]
        if action.dest not in LEFT_OUT:
            found[_normal(words[0])] = action
    return found


def _set_default(action: argparse.Action, value: Any, where: str, argv: Sequence[str]) -> None:
    action.required = False
    if not action.option_strings:
        action.nargs = "?"
    if isinstance(action, argparse._StoreTrueAction):
        if not isinstance(value, bool):
            raise DataError(f"{where}: expected true or false, got {value!r}")
        action.default = value
    elif isinstance(action, argparse._AppendAction):
        action.default = [_typed(action, text, where) for text in _texts(action, value, where, argv)]
    else:
        action.default = _text(value, where, ",")


def _texts(action: argparse.Action, value: Any, where: str, argv: Sequence[str]) -> Iterable[str]:
    """What an option that may be repeated is given, less what the command line gives the same name."""
    if isinstance(value, Mapping):
        texts = [f"{name}={_paired(action.dest, one, where)}" for name, one in value.items()]
    elif isinstance(value, list):
        texts = [_text(one, where, ",") for one in value]
    else:
        texts = [_text(value, where, ",")]
    option = action.option_strings[-1]
    follows = {after for word, after in itertools.pairwise(argv) if word == option}
    follows |= {word.partition("=")[2] for word in argv if word.startswith(f"{option}=")}
    named = {text.partition("=")[0] for text in follows}
    return [text for text in texts if action.dest not in PAIRED or text.partition("=")[0] not in named]


def _paired(option: str, value: Any, where: str) -> str:
    if option == "set":
        return value if isinstance(value, str) else json.dumps(value)
    return _text(value, where, CHOICE)


def _text(value: Any, where: str, separator: str) -> str:
    """A value as it is typed on the command line."""
    if isinstance(value, list):
        return separator.join(_text(one, where, separator) for one in value)
    if isinstance(value, bool) or value is None or isinstance(value, Mapping):
        raise DataError(f"{where}: expected text or a number, got {value!r}")
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _typed(action: argparse.Action, text: str, where: str) -> Any:
    if not callable(action.type):
        return text
    try:
        return action.type(text)
    except argparse.ArgumentTypeError as error:
        raise DataError(f"{where}: {error}") from error
