"""Tables that refer to each other: one model a table, drawn parent before child."""

from synthfast.relational.synthesizer import RelationalSynthesizer

__all__ = ["RelationalSynthesizer"]
