"""What the tour takes on the command line."""

import argparse
from collections.abc import Sequence
from pathlib import Path

__all__ = ["parse_arguments"]

FOLDER = "synthetic_data_report"


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Arguments as attributes ``data``, ``target``, ``out`` and ``fast``."""
    parser = argparse.ArgumentParser(
        prog="synthetic_data_generation.py",
        description="Eight steps through synthfast on one table; prints a report, writes figures and a page.",
    )
    parser.add_argument(
        "--data", metavar="FILE", help="a table: CSV, Parquet or Arrow; by default the dataset 'credit'"
    )
    parser.add_argument("--target", metavar="COLUMN", help="the column to predict; by default the last one")
    parser.add_argument(
        "--out", metavar="DIR", type=Path, default=Path(FOLDER), help=f"where files go (default: {FOLDER})"
    )
    parser.add_argument(
        "--fast", action="store_true", help="fewer series and epochs, and figures at 100 instead of 300 dots an inch"
    )
    return parser.parse_args(arguments)
