"""Rows decoded from latents, in pieces of a fixed size that are always computed whole."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from synthfast._core.random import STRATUM_ROWS, Stream
from synthfast.engines import map_blocks
from synthfast.synthesizers._deep.backend import single_threaded
from synthfast.synthesizers._deep.networks import Heads

__all__ = ["by_strata", "draw_states", "most_likely_states"]

Floats32 = NDArray[np.float32]
Codes = NDArray[np.int64]


def by_strata(n_rows: int, one: Callable[[slice], None]) -> int:
    """Call ``one`` for each whole stratum that covers ``n_rows`` rows, in threads; returns the rows covered."""
    n_strata = -(-n_rows // STRATUM_ROWS)

    def run(k: int) -> None:
        with single_threaded(), torch.inference_mode():
            one(slice(k * STRATUM_ROWS, (k + 1) * STRATUM_ROWS))

    for _ in map_blocks(run, range(n_strata)):
        pass
    return n_strata * STRATUM_ROWS


def pick(logits: Tensor, u: Tensor) -> Tensor:
    """States drawn by their logits, shape (n_rows,), with uniforms ``u``."""
    reach = torch.softmax(logits, dim=1).cumsum(1)
    state = (reach < (u * reach[:, -1])[:, None]).sum(1)
    return state.clamp_(max=logits.shape[1] - 1)


def draw_states(
    heads: Heads, h: Tensor, u: Tensor, shares: Mapping[int, Tensor] | None = None, known: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """States of rows, column after column.

    Parameters
    ----------
    heads : Heads
    h : Tensor, shape (n_rows, width)
        What the heads are given.
    u : Tensor, shape (n_columns, n_rows)
        Uniforms.
    shares : mapping of int to Tensor, shape (n_states,), optional
        Of some columns, the share of each state that is allowed.
    known : Tensor of int64, shape (n_rows, n_columns), optional
        States that are known; -1 where one is to be drawn.

    Returns
    -------
    states : Tensor of int64, shape (n_columns, n_rows)
    log_weight : Tensor, shape (n_rows,)
        Log probability of what was allowed or known, given the latents and the columns before.
    """
    base = heads.base(h)
    seen = torch.zeros(len(h), heads.context, device=h.device)
    weight = torch.zeros(len(h), device=h.device)
    out = torch.empty(len(heads.sizes), len(h), dtype=torch.int64, device=h.device)
    for j in range(len(heads.sizes)):
        logits = heads.logits(j, base, seen)
        if shares and j in shares:
            whole = torch.logsumexp(logits, 1)
            logits = logits + torch.log(shares[j])
            weight = weight + torch.logsumexp(logits, 1) - whole
        out[j] = pick(logits, u[j])
        if known is not None:
            given = known[:, j] >= 0
            out[j] = torch.where(given, known[:, j], out[j])
            own = torch.log_softmax(logits, 1).gather(1, out[j][:, None])[:, 0]
            weight = weight + torch.where(given, own, torch.zeros_like(own))
        seen = heads.see(j, seen, out[j])
    return out, weight


def most_likely_states(heads: Heads, h: Tensor) -> Tensor:
    """The likeliest state of each column in turn, shape (n_columns, n_rows)."""
    base = heads.base(h)
    seen = torch.zeros(len(h), heads.context, device=h.device)
    out = torch.empty(len(heads.sizes), len(h), dtype=torch.int64, device=h.device)
    for j in range(len(heads.sizes)):
        out[j] = heads.logits(j, base, seen).argmax(1)
        seen = heads.see(j, seen, out[j])
    return out


def uniforms(stream: Stream, n_columns: int, n_rows: int) -> Floats32:
    """Uniforms for the states of a block, shape (n_columns, n_rows)."""
    u = np.empty((n_columns, n_rows), dtype=np.float32)
    for j in range(n_columns):
        stream.child("state", j).uniform(n_rows, dtype=np.float32, out=u[j])
    return u


def within(stream: Stream, n_columns: int, n_rows: int) -> NDArray[Any]:
    """Uniforms for the places of values within their states, shape (n_columns, n_rows)."""
    return np.stack([stream.child("within", j).uniform(n_rows) for j in range(n_columns)])
