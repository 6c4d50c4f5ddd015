"""Compiled kernels. Nobody outside synthfast imports this package."""
