"""Parts of the search for exact dependencies: what it asks of columns, and one file for each kind of rule."""
