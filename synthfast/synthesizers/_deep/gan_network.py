"""The networks of a conditional Wasserstein GAN over states, and where its latents come from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from synthfast._core.random import AliasTable, Stream
from synthfast.synthesizers._deep.networks import Heads, RowEmbedding, state_weights, trunk
from synthfast.synthesizers._deep.states import StateTable

__all__ = ["AskedLatents", "Critic", "GANArchitecture", "GANGenerator", "GANNetwork"]

Floats = NDArray[np.float64]
SLOPE = 0.2  # of the critic's activation below 0
TEMPERATURE = 0.5  # of the softmax that training relaxes draws to


@dataclass(frozen=True)
class GANArchitecture:
    """Shapes of the networks; ``pack`` rows are judged together."""

    encoding_dim: int
    hidden_layers: tuple[int, ...]
    critic_layers: tuple[int, ...]
    head_width: int
    pack: int

    def to_state(self) -> dict[str, Any]:
        """A JSON-able document."""
        return vars(self) | {name: list(getattr(self, name)) for name in ("hidden_layers", "critic_layers")}

    @classmethod
    def from_state(cls, document: dict[str, Any]) -> "GANArchitecture":
        """Undo `to_state`."""
        return cls(**{**document, **{name: tuple(document[name]) for name in ("hidden_layers", "critic_layers")}})


@dataclass(frozen=True)
class AskedLatents:
    """Latents of a conditional generator: standard normals, and at the end the state that is asked for.

    Parameters
    ----------
    n_normals : int
    weights : ndarray of float64, shape (n_states,)
        How often each state of all columns, one column below the other, is asked for: each column as often, its states
        as the training rows are in them.
    """

    n_normals: int
    weights: Floats

    @classmethod
    def of(cls, table: StateTable, n_normals: int) -> "AskedLatents":
        """Those of a table."""
        shares = [counts / max(counts.sum(), 1) for counts in table.counts]
        return cls(n_normals, np.concatenate([np.zeros(0), *shares]))

    @property
    def width(self) -> int:
        """Entries of a latent."""
        return self.n_normals + 1

    def draw(self, n_rows: int, stream: Stream, allowed: Mapping[int, Floats] | None = None) -> NDArray[np.float32]:
        """Latents, shape (n_rows, width).

        Parameters
        ----------
        allowed : mapping of int to ndarray, optional
            For first states of conditioned columns, the share of each of the column's states that is allowed; only
            those are asked for then.
        """
        weights = self.weights
        if allowed:
            weights = np.zeros_like(self.weights)
            for first, share in allowed.items():
                own = slice(first, first + len(share))
                weights[own] = self.weights[own] * share
                weights[own] /= weights[own].sum()
        z = np.empty((n_rows, self.width), dtype=np.float32)
        for j in range(self.n_normals):
            z[:, j] = stream.child("normal", j).normal(n_rows, dtype=np.float32)
        z[:, -1] = stream.child("asked").choice(AliasTable(weights), n_rows)  # states are few enough to be exact
        return z

    def to_state(self) -> dict[str, NDArray[Any]]:
        """Arrays by name."""
        return {"n_normals": np.array([self.n_normals]), "asked": self.weights}

    @classmethod
    def from_state(cls, arrays: Mapping[str, NDArray[Any]]) -> "AskedLatents":
        """Undo `to_state`."""
        return cls(int(arrays["n_normals"][0]), arrays["asked"])


class GANGenerator(nn.Module):
    """Latents and an asked-for state to what the heads are given, and the heads.

    Parameters
    ----------
    table : StateTable
    shape : GANArchitecture
    """

    def __init__(self, table: StateTable, shape: GANArchitecture) -> None:
        super().__init__()
        widths: Sequence[int] = shape.hidden_layers
        self.latents = nn.Linear(shape.encoding_dim, widths[0])
        self.asked = RowEmbedding(table, widths[0])
        self.layers = nn.Sequential(nn.GELU(), trunk(widths[0], widths[1:]))
        self.heads = Heads(table, widths[-1], shape.head_width, 0)

    def forward(self, z: Tensor) -> Tensor:
        """What the heads are given, shape (n_rows, width), of latents whose last entry is the state asked for."""
        asked = z[:, -1:].round().long().clamp(0, len(self.heads.bias) - 1)
        return self.layers(self.latents(z[:, :-1]) + self.asked(asked))

    def relaxed(self, z: Tensor, u: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Drawn rows as one-hot vectors, shape (n_rows, n_states), and the logits behind them.

        ``u`` are uniforms of that shape. Gradients go through the softmax that the draws are the limit of; the critic
        sees whole draws, or it would tell made rows by their softness alone.
        """
        logits = self.heads(self(z))
        gumbel = (-torch.log(-torch.log(u))).split(self.heads.sizes, 1)
        drawn = []
        for own, g in zip(logits, gumbel, strict=True):
            soft = torch.softmax((own + g) / TEMPERATURE, 1)
            hard = functional.one_hot(soft.argmax(1), soft.shape[1]).to(soft.dtype)
            drawn.append(hard + soft - soft.detach())
        return torch.cat(drawn, 1), logits


class Critic(nn.Module):
    """How real packs of rows look, given the states that were asked for.

    Parameters
    ----------
    table : StateTable
    shape : GANArchitecture
    """

    def __init__(self, table: StateTable, shape: GANArchitecture) -> None:
        super().__init__()
        self.pack = shape.pack
        widths = shape.critic_layers
        scale = 1.0 / np.sqrt(len(table.sizes) * shape.pack)
        blocks = [state_weights(table, widths[0], scale) for _ in range(2 * shape.pack)]  # bins in order begin alike
        self.weight, self.bias = nn.Parameter(torch.cat(blocks).T.contiguous()), nn.Parameter(torch.zeros(widths[0]))
        self.hidden = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(widths))
        self.last = nn.Linear(widths[-1], 1)

    def forward(self, rows: Tensor, asked: Tensor) -> Tensor:
        """Scores of packs, shape (n_rows / pack,), of one-hot rows and one-hot asked states, (n_rows, n_states)."""
        both = torch.cat([rows, asked], 1)
        packs = both.reshape(-1, self.pack * both.shape[1])
        x = functional.leaky_relu(functional.linear(packs, self.weight, self.bias), SLOPE)
        for layer in self.hidden:
            x = functional.leaky_relu(layer(x), SLOPE)
        return self.last(x)[:, 0]


class GANNetwork(nn.Module):
    """Generator and critic.

    Parameters
    ----------
    table : StateTable
    shape : GANArchitecture
    """

    def __init__(self, table: StateTable, shape: GANArchitecture) -> None:
        super().__init__()
        self.generator = GANGenerator(table, shape)
        self.critic = Critic(table, shape)
