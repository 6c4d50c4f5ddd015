"""Peers that cannot share our environment: each has its own, and is driven as a subprocess on the same file."""
