"""Reports: metrics collected, and rendered as text, JSON, HTML and pictures. Nothing is computed here."""

from synthfast.reporting.assess import assess_quality
from synthfast.reporting.card import data_card, write_card
from synthfast.reporting.evaluate import evaluate
from synthfast.reporting.report import QualityReport

__all__ = ["QualityReport", "assess_quality", "data_card", "evaluate", "write_card"]
