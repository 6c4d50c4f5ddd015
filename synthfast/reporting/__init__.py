"""Reports: metrics collected, and rendered as text, JSON, HTML and pictures. Nothing is computed here."""

from synthfast.reporting.assess import assess_quality
from synthfast.reporting.evaluate import evaluate
from synthfast.reporting.report import QualityReport

__all__ = ["QualityReport", "assess_quality", "evaluate"]
