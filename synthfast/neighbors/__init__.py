"""Exact nearest rows and the distances to them."""

from synthfast.neighbors.nearest import NeighborIndex, nearest_neighbors
from synthfast.neighbors.record_space import RecordSpace
from synthfast.neighbors.records import record_distances

__all__ = ["NeighborIndex", "RecordSpace", "nearest_neighbors", "record_distances"]
