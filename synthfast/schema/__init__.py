"""What a table is: column kinds, inference, JSON form. Pure data: no fitting, no randomness."""

from synthfast.schema.columns import GENERATED_KINDS, KINDS, LEVEL_KINDS, NUMERIC_KINDS, TIME_KINDS, Column
from synthfast.schema.constraints import Constraint
from synthfast.schema.schema import Schema

__all__ = ["GENERATED_KINDS", "KINDS", "LEVEL_KINDS", "NUMERIC_KINDS", "TIME_KINDS", "Column", "Constraint", "Schema"]
