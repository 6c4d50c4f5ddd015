"""The parser of the command line: all verbs together; a mistake is told in one line, with the word probably meant."""

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn

from synthfast import __version__
from synthfast.cli import anonymize, doctor, estimate, evaluate, fit, generate, inspect, risk, sample, timeseries
from synthfast.cli.arguments import thread_count, unknown_word
from synthfast.cli.config import apply_config
from synthfast.cli.failures import EXIT_CODES, explain
from synthfast.cli.results import add_result_arguments
from synthfast.cli.tables import STANDARD_OUTPUT

__all__ = ["parse"]

DESCRIPTION = "Synthetic tables, as faithful as held-out data, in seconds on a CPU, the same bytes for a seed."
EPILOG = """examples:
  synthfast generate people.csv -o synthetic.csv
  synthfast generate dataset:demo -n 1e6 -o demo.parquet --seed 7 --report quality.json
  synthfast evaluate people.csv synthetic.csv --target income
  synthfast generate people.csv -o synthetic.csv --save-model people.synth
  synthfast estimate people.synth -n 1e9 -o big.parquet --max-memory 2G
  synthfast inspect people.synth
  synthfast sample people.synth -n 1000 -o more.csv --condition age=30..40

Tables are .csv, .csv.gz, .tsv, .tsv.gz, .parquet, .arrow, .feather, or dataset:NAME.
"""
VERBS = {
    "generate": generate,
    "fit": fit,
    "sample": sample,
    "evaluate": evaluate,
    "inspect": inspect,
    "estimate": estimate,
    "anonymize": anonymize,
    "risk": risk,
    "timeseries": timeseries,
    "doctor": doctor,
}
CODES = "\n".join(["exit codes:", *(f"  {code:>3}  {meaning}" for code, meaning in EXIT_CODES.items())])


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        """Print the mistake and where help is, and exit with code 2."""
        print(f"{self.prog}: error: {message} (see {self.prog} --help)", file=sys.stderr)
        raise SystemExit(2)


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Parse the arguments of ``synthfast``.

    Parameters
    ----------
    argv : sequence of str
        What follows the program's name.

    Returns
    -------
    argparse.Namespace
        With ``run(args, console)``, ``quiet``, ``threads`` and ``traceback`` beside the verb's own arguments.

    Raises
    ------
    SystemExit
        After help, the version, or a mistake has been printed.
    """
    parser = Parser(
        prog="synthfast",
        description=DESCRIPTION,
        epilog=f"{EPILOG}\n{CODES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"synthfast {__version__}")
    verbs = parser.add_subparsers(title="verbs", metavar="VERB")
    parsers: dict[str, argparse.ArgumentParser] = {}
    for name, module in VERBS.items():
        verb = parsers[name] = verbs.add_parser(
            name,
            help=module.HELP,
            description=module.DESCRIPTION,
            epilog=module.EPILOG,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add_arguments(verb)
        _add_common(verb)
        verb.set_defaults(run=module.run)
    word = next((argument for argument in argv if not argument.startswith("-")), None)
    if word is None and not argv:
        parser.error(f"expected a verb: {', '.join(VERBS)}")
    if word is not None and word not in VERBS:
        parser.error(unknown_word("verb", word, VERBS))
    argv = _json_apart(argv)
    path = _config_path(argv)
    if word is not None and path is not None:
        try:
            apply_config(parsers, word, path, argv)
        except (ValueError, OSError) as error:
            parser.error(explain(error).message)
    return parser.parse_args(argv)


def _json_apart(argv: Sequence[str]) -> list[str]:
    """``--json`` takes the next word only where that names a file of JSON, or standard output."""
    words = list(argv)
    for place, word in enumerate(words):
        after = words[place + 1] if place + 1 < len(words) else None
        if word == "--json" and after != STANDARD_OUTPUT and not (after or "").lower().endswith(".json"):
            words[place] = f"--json={STANDARD_OUTPUT}"
    return words


def _config_path(argv: Sequence[str]) -> str | None:
    scout = Parser(add_help=False, allow_abbrev=False, prog="synthfast")
    scout.add_argument("--config")
    return scout.parse_known_args(argv)[0].config


def _add_common(verb: argparse.ArgumentParser) -> None:
    """What every verb takes."""
    verb.add_argument(
        "--threads", type=thread_count, metavar="N", help="threads to use; by default all that are allowed"
    )
    add_result_arguments(verb)
    verb.add_argument("--config", metavar="FILE", help="TOML or JSON with arguments; the command line stands above it")
    verb.add_argument("-q", "--quiet", action="store_true", help="tell nothing but errors")
    verb.add_argument("--traceback", action="store_true", help="on failure, show where it happened")
