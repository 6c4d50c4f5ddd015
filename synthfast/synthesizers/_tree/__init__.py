"""Parts of the tree synthesizer: bins, hierarchies, chains of conditional trees, and what draws from them."""
