"""The parts of the private marginal synthesizer: domains, marginals, selection, inference and drawing."""
