"""The tour of the toolkit: eight steps on one table, each printed, with figures and a report page at the end."""

import sys
from collections.abc import Sequence

from synthfast.demo.arguments import parse_arguments
from synthfast.demo.steps import Tour, run_steps
from synthfast.demo.tables import open_table

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the tour; it takes seconds, needs no network, and writes to one folder.

    Parameters
    ----------
    arguments : sequence of str or None, default None
        As on the command line: ``--data FILE``, ``--target COLUMN``, ``--out DIR``, ``--fast``. None takes those of the
        process.

    Returns
    -------
    int
        0, or 1 where the table cannot be read or the folder not be written.

    Examples
    --------
    >>> from synthfast import demo
    >>> demo.main(["--out", "tour", "--fast"])  # doctest: +SKIP
    """
    given = parse_arguments(arguments)
    try:
        table = open_table(given.data, given.target)
        given.out.mkdir(parents=True, exist_ok=True)
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    run_steps(Tour(table, given.out, fast=given.fast))
    return 0
