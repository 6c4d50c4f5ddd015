"""The command line: one file per verb; it parses, calls the public API and prints."""

from synthfast.cli.main import main

__all__ = ["main"]
