"""What a bug report needs to know about an installation."""

import platform
import sys
from importlib.metadata import PackageNotFoundError, version

from synthfast._core.threads import get_num_threads
from synthfast._ext import _build

__all__ = ["collect_versions", "show_versions"]

REQUIRED = (
    "numpy",
    "pandas",
    "scipy",
    "scikit-learn",
    "statsmodels",
    "matplotlib",
    "pyarrow",
    "narwhals",
    "threadpoolctl",
)
OPTIONAL = ("polars", "tqdm", "torch", "dask", "ray", "pyspark", "opendp")


def collect_versions() -> dict[str, dict[str, str]]:
    """Versions and build facts, as text, by section; nothing is imported to find them.

    Returns
    -------
    dict
        Sections ``system``, ``synthfast``, ``required`` and ``optional``, each a dict of name to text. A package that
        is not installed has the text ``"not installed"``.
    """
    return {
        "system": {
            "python": sys.version.replace("\n", " "),
            "platform": platform.platform(),
            "machine": platform.machine(),
        },
        "synthfast": {
            "version": _version("synthfast", "a source tree, built in place"),
            "openmp": "yes" if _build.has_openmp() else "no, kernels run serial",
            "threads": f"{get_num_threads()} of {_build.count_processors()} processors",
            "instructions": _build.name_instruction_set(),
        },
        "required": {name: _version(name) for name in REQUIRED},
        "optional": {name: _version(name) for name in OPTIONAL},
    }


def show_versions() -> None:
    """Print the versions and build facts that belong in a bug report.

    Examples
    --------
    >>> import synthfast
    >>> synthfast.show_versions()  # doctest: +ELLIPSIS
    system
      python ...
    """
    lines = []
    for section, facts in collect_versions().items():
        lines.append(section)
        lines += [f"  {name:<14} {text}" for name, text in facts.items()]
    sys.stdout.write("\n".join(lines) + "\n")


def _version(name: str, otherwise: str = "not installed") -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return otherwise
