"""The toolkit under the name its users import and run: ``python synthetic_data_generation.py`` gives the tour."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from synthfast.generator import SyntheticDataGenerator

__all__ = ["SyntheticDataGenerator"]


def __getattr__(name: str) -> Any:
    if name == "SyntheticDataGenerator":
        from synthfast.generator import SyntheticDataGenerator

        return SyntheticDataGenerator
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


if __name__ == "__main__":
    import sys

    from synthfast.demo import main

    sys.exit(main())
