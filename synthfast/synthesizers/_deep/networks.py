"""Networks over states: an embedding of rows, plain trunks, and heads with a softmax a column."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from synthfast._core.random import Stream
from synthfast.synthesizers._deep.states import StateTable

__all__ = ["Decoder", "Heads", "RowEmbedding", "seeded", "state_weights", "trunk"]

N_WAVES = 8  # cosines that a number's states begin with, so that neighbouring bins begin alike


@contextmanager
def seeded(stream: Stream) -> Iterator[None]:
    """Context in which networks get their first weights from a stream; the user's torch generator is left alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(stream.key[0] >> 1)
        yield


def trunk(width_in: int, widths: Sequence[int]) -> nn.Sequential:
    """Layers of the widths given, each with its activation."""
    layers: list[nn.Module] = []
    for width in widths:
        layers += [nn.Linear(width_in, width), nn.GELU()]
        width_in = width
    return nn.Sequential(*layers)


def state_weights(table: StateTable, width: int, scale: float) -> Tensor:
    """First weights of all states, shape (n_states, width): random, but smooth along the order of a number's bins."""
    parts = [torch.empty(0, width)]
    for column in table.columns:
        own = torch.randn(column.n_states, width)
        ordered = np.flatnonzero(~np.isnan(column.places))
        if len(ordered):
            own[ordered] = _waves(column.places[ordered]) @ torch.randn(N_WAVES, width)
        parts.append(own)
    return torch.cat(parts) * scale


def _waves(places: NDArray[np.float64]) -> Tensor:
    waves = np.cos(np.pi * np.outer(places, np.arange(1, N_WAVES + 1))) / np.arange(1, N_WAVES + 1)
    return torch.tensor(waves, dtype=torch.float32)


class RowEmbedding(nn.Module):
    """The sum of one vector for each column's state: a linear layer on one-hot rows, without the zeros.

    Parameters
    ----------
    table : StateTable
    width : int
    """

    def __init__(self, table: StateTable, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(state_weights(table, width, 1.0 / np.sqrt(max(len(table.sizes), 1))))
        self.bias = nn.Parameter(torch.zeros(width))

    def forward(self, index: Tensor) -> Tensor:
        """Vectors of rows, shape (n_rows, width), of indexes into all states, (n_rows, n_columns)."""
        if not index.shape[1]:  # nothing is modelled, which the operation does not take
            return self.bias.expand(len(index), -1)
        return functional.embedding_bag(index, self.weight, mode="sum") + self.bias


class Heads(nn.Module):
    """One softmax a column, each from a hidden layer of its own.

    Parameters
    ----------
    table : StateTable
    width_in : int
        Of what the heads are given.
    width : int
        Of each column's hidden layer.
    context : int
        Width of what a column sees of the columns before it; 0 for columns that are independent given the input.
    """

    def __init__(self, table: StateTable, width_in: int, width: int, context: int) -> None:
        super().__init__()
        self.sizes, self.width, self.context = list(table.sizes), width, context
        p = len(self.sizes)
        self.hidden = nn.Parameter(torch.randn(p, width_in, width) / np.sqrt(width_in))
        self.hidden_bias = nn.Parameter(torch.zeros(p, 1, width))
        self.weight = nn.Parameter(state_weights(table, width, 0.3 / np.sqrt(width)))
        shares = [(counts + 0.5) / (counts.sum() + 0.5 * len(counts)) for counts in table.counts]
        self.bias = nn.Parameter(torch.tensor(np.concatenate([np.zeros(0), *map(np.log, shares)]), dtype=torch.float32))
        if context:
            self.before = nn.Parameter(state_weights(table, context, 1.0 / np.sqrt(max(p, 1))))
            self.mix = nn.Parameter(torch.randn(p, context, width) / np.sqrt(context))
        starts = np.concatenate([[0], np.cumsum(self.sizes)]).astype(np.int64)
        self.bounds = list(pairwise(starts.tolist()))
        self.offsets: Tensor
        self.earlier: Tensor
        self.register_buffer("offsets", torch.from_numpy(starts[:-1]), persistent=False)
        self.register_buffer("earlier", torch.ones(p, p).tril(-1), persistent=False)

    def base(self, h: Tensor) -> Tensor:
        """What the hidden layers get from the input, shape (n_columns, n_rows, width)."""
        return torch.matmul(h, self.hidden) + self.hidden_bias

    def forward(self, h: Tensor, index: Tensor | None = None) -> list[Tensor]:
        """Logits of every column, each of shape (n_rows, n_states), given the states before it in ``index``."""
        base = self.base(h)
        if self.context:
            assert index is not None
            own = functional.embedding(index.T, self.before)
            seen = (self.earlier @ own.reshape(len(own), -1)).view(own.shape)
            base = torch.baddbmm(base, seen, self.mix)
        hidden = functional.relu(base).unbind(0)
        weights, biases = self.weight.split(self.sizes), self.bias.split(self.sizes)
        return [functional.linear(x, w, b) for x, w, b in zip(hidden, weights, biases, strict=True)]

    def cross_entropy(self, h: Tensor, index: Tensor, states: Tensor) -> Tensor:
        """Surprise of each row, in nats, shape (n_rows,)."""
        losses = [functional.cross_entropy(own, states[:, j], reduction="none") for j, own in enumerate(self(h, index))]
        return torch.stack(losses).sum(0)

    def logits(self, j: int, base: Tensor, seen: Tensor) -> Tensor:
        """Logits of column ``j``, shape (n_rows, n_states), given the sum of what is seen of the columns before it."""
        own = torch.addmm(base[j], seen, self.mix[j]) if self.context else base[j]
        a, b = self.bounds[j]
        return functional.linear(functional.relu(own), self.weight[a:b], self.bias[a:b])

    def see(self, j: int, seen: Tensor, states: Tensor) -> Tensor:
        """Add what later columns see of the states of column ``j``."""
        return seen + self.before[states + self.bounds[j][0]] if self.context else seen


class Decoder(nn.Module):
    """Latents to what the heads are given, and the heads.

    Parameters
    ----------
    table : StateTable
    n_latent : int
    widths : sequence of int
        Of the layers.
    head_width, context : int
        Of the heads.
    """

    def __init__(self, table: StateTable, n_latent: int, widths: Sequence[int], head_width: int, context: int) -> None:
        super().__init__()
        self.layers = trunk(n_latent, widths)
        self.heads = Heads(table, widths[-1] if widths else n_latent, head_width, context)

    def forward(self, z: Tensor) -> Tensor:
        """What the heads are given, shape (n_rows, width)."""
        return self.layers(z)
