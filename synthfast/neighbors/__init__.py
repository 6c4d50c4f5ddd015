"""Exact nearest rows and the distances to them."""

from synthfast.neighbors.records import RecordSpace, record_distances

__all__ = ["RecordSpace", "record_distances"]
