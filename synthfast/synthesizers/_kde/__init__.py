"""The parts of the kernel density synthesizer; the model is put together in `synthfast.synthesizers.kde`."""
