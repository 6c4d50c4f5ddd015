"""``synthfast doctor``: what is installed, and whether it works."""

import argparse
import hashlib
import tempfile
from collections.abc import Callable
from pathlib import Path

from synthfast.cli.console import Console
from synthfast.cli.results import put_result
from synthfast.cli.tables import check_outputs

__all__ = ["DESCRIPTION", "EPILOG", "HELP", "add_arguments", "run"]

HELP = "show versions and try whether the installation works"
DESCRIPTION = (
    "Show versions, threads and instruction set, and try kernels, files and threads. It belongs in a bug report."
)
EPILOG = """examples:
  synthfast doctor
  synthfast doctor --json"""

# SHA-256 of 10,000 uniforms of the seed 0 that every build has to give.
UNIFORMS = "cdc6cadd4fa47741cd74f5cf56e3cadb0e39451450a846cdf80f9708500fcdce"


def add_arguments(verb: argparse.ArgumentParser) -> None:
    """Declare what the verb takes: nothing of its own."""


def run(args: argparse.Namespace, console: Console) -> None:
    """Try, and print."""
    from synthfast._core.versions import collect_versions

    check_outputs([args.json], [args.config])
    versions, checks = collect_versions(), {name: _tried(check) for name, check in CHECKS.items()}
    lines = [line for section, facts in versions.items() for line in _section(section, facts)]
    put_result(args, {**versions, "checks": checks}, "\n".join([*lines, *_section("checks", checks)]) + "\n")
    failed = [name for name, found in checks.items() if found != "ok"]
    if failed:
        raise RuntimeError(f"the installation does not work: {', '.join(failed)}")


def _section(title: str, facts: dict[str, str]) -> list[str]:
    return [title, *(f"  {name:<22} {text}" for name, text in facts.items())]


def _tried(check: Callable[[], bool]) -> str:
    try:
        return "ok" if check() else "FAILED"
    except Exception as error:
        return f"FAILED: {type(error).__name__}: {error}"


def _random_bytes() -> bool:
    from synthfast._core.random import Stream

    return hashlib.sha256(Stream.from_seed(0).child("doctor").uniform(10_000).tobytes()).hexdigest() == UNIFORMS


def _threads() -> bool:
    from synthfast import GaussianCopulaSynthesizer, load_dataset, num_threads

    model = GaussianCopulaSynthesizer(random_state=0).fit(load_dataset("iris"))
    many = model.sample(70_000, random_state=0)
    with num_threads(1):
        return bool(many.equals(model.sample(70_000, random_state=0)))


def _files() -> bool:
    from synthfast import MarginalSynthesizer, load, load_dataset
    from synthfast.io import read_table, write_table

    model = MarginalSynthesizer(random_state=0).fit(load_dataset("iris"))
    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder, "m.synth"))
        drawn = load(Path(folder, "m.synth"), expected_id=model.id_).sample(100, random_state=0)
        write_table(drawn, Path(folder, "t.parquet"))
        return bool(read_table(Path(folder, "t.parquet")).equals(model.sample(100, random_state=0)))


CHECKS: dict[str, Callable[[], bool]] = {
    "random bytes": _random_bytes,
    "same on all threads": _threads,
    "model and table files": _files,
}
