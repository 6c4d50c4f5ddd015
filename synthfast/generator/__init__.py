"""The one-object toolkit: every method takes a table and returns a dictionary. It translates; it holds no algorithm."""

from synthfast.generator.toolkit import SyntheticDataGenerator

__all__ = ["SyntheticDataGenerator"]
