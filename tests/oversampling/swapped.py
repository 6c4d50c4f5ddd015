"""A pytest plugin: what imports a resampler from imbalanced-learn gets ours of the same name."""

import imblearn.combine
import imblearn.over_sampling

from synthfast._registry import entries, load_object

for _name in entries("resampler"):
    _home = imblearn.combine if hasattr(imblearn.combine, _name) else imblearn.over_sampling
    setattr(_home, _name, load_object(_name))
