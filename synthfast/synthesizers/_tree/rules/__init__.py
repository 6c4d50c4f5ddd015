"""Exact dependencies between columns: what they are, and how a drawn table is made to keep them.

A rule has one target and sources that are drawn before it. Three kinds tell the target in full (``exact``): ``Affine``,
``Total``, ``Lookup``. ``Between`` only moves drawn values that break an order, such as start <= end. ``find_rules``
finds them.
"""

from synthfast.synthesizers._tree.rules.affine import Affine
from synthfast.synthesizers._tree.rules.between import Between
from synthfast.synthesizers._tree.rules.lookup import Lookup
from synthfast.synthesizers._tree.rules.rule import Rule
from synthfast.synthesizers._tree.rules.total import Total

__all__ = ["Affine", "Between", "Lookup", "Rule", "Total"]
