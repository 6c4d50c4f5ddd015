"""Parts of the mixture synthesizer."""
