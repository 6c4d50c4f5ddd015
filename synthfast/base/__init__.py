"""What every synthesizer is, and how a saved one is read."""

from synthfast.base.private import BasePrivateSynthesizer
from synthfast.base.saved import load
from synthfast.base.series import BaseSeriesSynthesizer
from synthfast.base.synthesizer import BaseSynthesizer

__all__ = ["BasePrivateSynthesizer", "BaseSeriesSynthesizer", "BaseSynthesizer", "load"]
