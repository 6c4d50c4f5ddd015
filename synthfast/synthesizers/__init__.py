"""Models of tables, one to a file."""
