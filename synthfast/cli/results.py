"""What a verb found, as text or as JSON, and where the one goes and the other."""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from synthfast.cli.failures import UsageError
from synthfast.cli.tables import STANDARD_OUTPUT
from synthfast.io.atomic import atomic_path

__all__ = ["add_result_arguments", "card_target", "check_one_output", "put_card", "put_result"]


def add_result_arguments(verb: argparse.ArgumentParser) -> None:
    """Where results go as JSON."""
    verb.add_argument(
        "--json",
        nargs="?",
        const=STANDARD_OUTPUT,
        metavar="FILE.json",
        help="print what was found or done as JSON instead of text, or write it to FILE.json",
    )


def put_result(args: argparse.Namespace, document: Mapping[str, Any], text: str = "") -> None:
    """Print the text, or the document as JSON; with ``--json FILE.json`` the document is written beside the text."""
    shown = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    if args.json == STANDARD_OUTPUT:
        sys.stdout.write(shown)
        return
    if args.json:
        with atomic_path(args.json) as hidden:
            hidden.write_text(shown, encoding="utf-8")
    sys.stdout.write(text)


def check_one_output(args: argparse.Namespace) -> None:
    """Refuse to mix rows and JSON on standard output."""
    if args.output == args.json == STANDARD_OUTPUT:
        raise UsageError("both the table and --json would go to standard output; name a file for one of them")


def card_target(args: argparse.Namespace) -> str | None:
    """Where the card of the output will lie; None where there is to be none, or no place beside the output."""
    from synthfast.reporting.card import card_path

    output = args.output
    if args.no_card or output == STANDARD_OUTPUT or (Path(output).exists() and not Path(output).is_file()):
        return None
    return str(card_path(output))


def put_card(args: argparse.Namespace, model: Any, **facts: Any) -> str | None:
    """Write the data card beside the output, and tell where."""
    from synthfast.reporting import data_card, write_card

    if card_target(args) is None:
        return None
    return str(write_card(data_card(model, **facts), args.output))
