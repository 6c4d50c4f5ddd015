"""Slow, obvious twin of the weaving of columns into rows."""


def weave(columns, n_rows):
    return [[column[i] for column in columns] for i in range(n_rows)]
