"""How the words of the command line are read: counts, seeds, models and their settings, conditions."""

import argparse
import difflib
import inspect
import json
import re
from collections.abc import Hashable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from synthfast._registry import entries
from synthfast.cli.failures import UsageError

if TYPE_CHECKING:
    from synthfast import Schema

__all__ = [
    "byte_count",
    "column_list",
    "condition_text",
    "model_key",
    "parse_conditions",
    "parse_settings",
    "row_count",
    "score_bound",
    "seed_number",
    "share",
    "split_conditions",
    "thread_count",
    "unknown_word",
]

RANGE, CHOICE = "..", "|"
MAX_ROWS = 10**15
PYTHON_WORDS = {"True": True, "False": False, "None": None}


def unknown_word(what: str, word: str, known: Iterable[str]) -> str:
    """``unknown verb 'x'`` with the nearest known words, or with all of them."""
    words = list(known)
    near = difflib.get_close_matches(word, words, n=2, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"choose from {', '.join(words)}"
    return f"unknown {what} {word!r}: {hint}"


def row_count(text: str) -> int:
    """A count of rows, 0 or more: ``1000``, ``1_000_000``, ``1,000,000`` or ``1e6``."""
    bare = text.replace(",", "").replace("_", "")
    if re.fullmatch(r"\d+", bare):
        number = int(bare)
    elif re.fullmatch(r"\d+(\.\d*)?[eE]\+?\d{1,2}", bare) and float(bare).is_integer():
        number = int(float(bare))
    else:
        raise argparse.ArgumentTypeError(f"expected a number of rows such as 1000 or 1e6, got {text!r}")
    if number > MAX_ROWS:
        raise argparse.ArgumentTypeError(f"expected at most {MAX_ROWS:.0e} rows, got {text}")
    return number


def byte_count(text: str) -> int:
    """A number of bytes: ``512M``, ``2G``, ``1.5GiB``, ``800000000``; a letter counts in powers of 1,024."""
    found = re.fullmatch(r"(\d+(?:\.\d*)?)\s*([kmgt]?)(?:i?b)?", text.strip().lower())
    if not found or not float(found[1]):
        raise argparse.ArgumentTypeError(f"expected a size such as 512M or 2G, got {text!r}")
    return int(float(found[1]) * 1024 ** " kmgt".index(found[2] or " "))


def column_list(text: str) -> list[str]:
    """Names of columns between commas."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise argparse.ArgumentTypeError(f"expected names of columns such as age,town, got {text!r}")
    return names


def share(text: str) -> float:
    """A number from 0 to 1."""
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError(f"expected a number from 0 to 1, got {text!r}")
    return number


def thread_count(text: str) -> int:
    """A number of threads: 1 or more, or -1 for all that are allowed."""
    if not re.fullmatch(r"-1|[1-9]\d{0,3}", text):
        raise argparse.ArgumentTypeError(f"expected a number of threads, or -1 for all, got {text!r}")
    return int(text)


def seed_number(text: str) -> int:
    """A seed: a whole number, 0 or more."""
    if not re.fullmatch(r"\d+", text):
        raise argparse.ArgumentTypeError(f"expected a whole number of 0 or more, got {text!r}")
    return int(text)


def score_bound(text: str) -> float:
    """An overall score: 0 to 100."""
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0.0 <= number <= 100.0:
        raise argparse.ArgumentTypeError(f"expected a score from 0 to 100, got {text!r}")
    return number


def model_key(text: str) -> str:
    """The key of a synthesizer, as in the registry; hyphens and capitals do not matter."""
    key = text.lower().replace("-", "_")
    keys = [entry.key for kind in ("synthesizer", "private") for entry in entries(kind).values()]
    if key not in keys:
        raise argparse.ArgumentTypeError(unknown_word("model", text, keys))
    return key


def condition_text(text: str) -> str:
    """A condition, which is split when the columns are known."""
    if "=" not in text:
        raise argparse.ArgumentTypeError(
            f"expected a condition such as age=30..40 or job=clerk{CHOICE}nurse, got {text!r}"
        )
    return text


def parse_settings(texts: Sequence[str], model: type) -> dict[str, Any]:
    """Arguments of a model's constructor from ``name=value``.

    Parameters
    ----------
    texts : sequence of str
        A value is read as JSON, or as True, False or None; anything else is text.
    model : type
        The synthesizer. Its seed is not among the settings.

    Returns
    -------
    dict of name to value

    Raises
    ------
    UsageError
        If a text has no ``=``, the model takes no such argument, or two are about one argument.
    """
    known = [name for name in inspect.signature(model).parameters if name != "random_state"]
    settings: dict[str, Any] = {}
    for text in texts:
        word, separator, value = text.partition("=")
        name = word.strip().replace("-", "_")
        if not separator:
            raise UsageError(f"expected a setting such as {known[0]}=VALUE, got {text!r}")
        if name == "random_state":
            raise UsageError("random_state is no setting: give --seed")
        if name not in known:
            raise UsageError(unknown_word(f"setting of {model.__name__}", name, known))
        if name in settings:
            raise UsageError(f"there are two settings of {name}")
        settings[name] = _read_setting(value)
    return settings


def _read_setting(text: str) -> Any:
    if text in PYTHON_WORDS:
        return PYTHON_WORDS[text]
    try:
        return json.loads(text)
    except ValueError:
        return text


def split_conditions(texts: Sequence[str], names: Iterable[Hashable]) -> dict[Hashable, str]:
    """Column names and what is wanted of each, from ``column=wanted``.

    Parameters
    ----------
    texts : sequence of str
        One for each column. Names may hold ``=`` themselves.
    names : iterable of hashable
        The columns that there are.

    Raises
    ------
    UsageError
        If there is no such column, or two texts are about one.
    """
    known = {str(name): name for name in names}
    wanted: dict[Hashable, str] = {}
    for text in texts:
        word = max((word for word in known if text.startswith(f"{word}=")), key=len, default=None)
        if word is None:
            raise UsageError(f"--condition {text}: {unknown_word('column', text.partition('=')[0], known)}")
        if known[word] in wanted:
            raise UsageError(f"there are two conditions on the column {word!r}; join values by {CHOICE}")
        wanted[known[word]] = text[len(word) + 1 :]
    return wanted


def parse_conditions(texts: Sequence[str], schema: "Schema") -> dict[Hashable, Any]:
    """Conditions as `sample` takes them, from ``column=value``, ``column=low..high`` and ``column=one|two``.

    Parameters
    ----------
    texts : sequence of str
        One for each column. Nothing after ``=`` asks for missing values, nothing beside ``..`` leaves that end open.
    schema : Schema
        Of the model; it tells which columns there are and what their levels are.

    Returns
    -------
    dict of column name to value, (low, high) or list of values
        Values stay text apart from levels that are not text; the model reads numbers and dates itself.

    Raises
    ------
    UsageError
        As `split_conditions`.
    """
    wanted = split_conditions(texts, schema)
    return {name: _read_wanted(text, schema[name].levels) for name, text in wanted.items()}


def _read_wanted(text: str, levels: Sequence[Any]) -> Any:
    by_text = {str(level): level for level in levels}
    by_text |= {word.lower(): level for word, level in by_text.items() if isinstance(level, bool)}

    def value(word: str) -> Any:
        return by_text.get(word, by_text.get(word.lower(), word)) if word else None

    if text in by_text:  # a level that looks like a range or a choice
        return by_text[text]
    if text.count(RANGE) == 1:
        low, _, high = text.partition(RANGE)
        return value(low), value(high)
    if CHOICE in text:
        return [value(word) for word in text.split(CHOICE)]
    return value(text)
