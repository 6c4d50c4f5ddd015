"""Parts of the bootstrap synthesizer, and intervals."""
