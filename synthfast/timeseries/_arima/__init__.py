"""Parts of ARIMASynthesizer: orders, differencing, fits, the search, innovations, paths."""
