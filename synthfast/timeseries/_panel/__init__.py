"""Parts of PanelSynthesizer: reading a long table, the shared order, the fits of entities, their attributes, draws."""
