"""Attacks on synthetic tables, one a file: each takes the tables of an assessment and tells how far it gets."""

from collections.abc import Callable
from importlib import import_module
from typing import Final

from synthfast.privacy.attacks._figures import AttackResult, Figure
from synthfast.privacy.attacks._tables import AttackTables

__all__ = ["ATTACKS", "AttackResult", "AttackTables", "Figure", "load_attack"]

ATTACKS: Final = (
    "exact_copies",
    "closest_record",
    "distance_ratio",
    "adversarial_accuracy",
    "identifiability",
    "membership_distance",
    "membership_difference",
    "membership_density_ratio",
    "membership_classifier",
    "membership_density",
    "membership_ball",
    "singling_out",
    "linkability",
    "attribute_inference",
    "correct_attribution",
)


def load_attack(name: str) -> Callable[..., AttackResult]:
    """The function of one attack."""
    attack: Callable[..., AttackResult] = import_module(f"synthfast.privacy.attacks.{name}").attack
    return attack
