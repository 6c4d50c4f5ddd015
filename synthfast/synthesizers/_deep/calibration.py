"""Heads whose columns, drawn from the latents' law, are in each state as often as the training rows are."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from synthfast.synthesizers._deep.drawing import pick
from synthfast.synthesizers._deep.networks import Heads
from synthfast.synthesizers._deep.states import StateTable

__all__ = ["calibrate"]

ROUNDS = 12
NEVER = -1e4  # logit of a state that no training row is in


def calibrate(heads: Heads, table: StateTable, h: Tensor, u: Tensor) -> None:
    """Shift the intercepts of every column in turn until its mean probabilities over ``h`` are the rows' shares.

    Parameters
    ----------
    heads : Heads
        Its intercepts are changed in place.
    table : StateTable
    h : Tensor, shape (n_rows, width)
        What the heads are given, for latents as they are drawn.
    u : Tensor, shape (n_columns, n_rows)
        Uniforms that the states which later columns see are drawn with.

    Notes
    -----
    Iterative proportional fitting of one marginal: each round multiplies odds by wanted over found. What dependence
    the network has learned is kept as odds ratios.
    """
    with torch.no_grad():
        base = heads.base(h)
        seen = torch.zeros(len(h), heads.context, device=h.device)
        for j, (a, b) in enumerate(heads.bounds):
            wanted = _shares(table.counts[j], h.device)
            logits = heads.logits(j, base, seen)
            shift = torch.where(wanted > 0, 0.0, NEVER)
            for _ in range(ROUNDS):
                found = torch.softmax(logits + shift, 1).mean(0)
                shift += torch.where(wanted > 0, torch.log(wanted / found.clamp_min(1e-12)), 0.0)
            heads.bias[a:b] += shift
            seen = heads.see(j, seen, pick(logits + shift, u[j]))


def _shares(counts: NDArray[np.int64], device: torch.device) -> Tensor:
    return torch.tensor(counts / max(counts.sum(), 1), dtype=torch.float32, device=device)
