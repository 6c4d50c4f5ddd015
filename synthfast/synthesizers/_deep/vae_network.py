"""The networks of a variational autoencoder, and its loss."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from synthfast._core.random import Stream
from synthfast.synthesizers._deep.networks import Decoder, RowEmbedding, trunk
from synthfast.synthesizers._deep.states import StateTable

__all__ = ["VAEArchitecture", "VAELoss", "VAENetwork", "divergence"]


@dataclass(frozen=True)
class VAEArchitecture:
    """Shapes of the networks; the decoder's layers are the encoder's in reverse."""

    encoding_dim: int
    hidden_layers: tuple[int, ...]
    head_width: int
    context: int

    def to_state(self) -> dict[str, Any]:
        """A JSON-able document."""
        return vars(self) | {"hidden_layers": list(self.hidden_layers)}

    @classmethod
    def from_state(cls, document: dict[str, Any]) -> "VAEArchitecture":
        """Undo `to_state`."""
        return cls(**{**document, "hidden_layers": tuple(document["hidden_layers"])})


class VAENetwork(nn.Module):
    """Encoder and decoder.

    Parameters
    ----------
    table : StateTable
    shape : VAEArchitecture
    """

    def __init__(self, table: StateTable, shape: VAEArchitecture) -> None:
        super().__init__()
        widths: Sequence[int] = shape.hidden_layers
        self.embedding = RowEmbedding(table, widths[0])
        self.layers = nn.Sequential(nn.GELU(), trunk(widths[0], widths[1:]))
        self.mean = nn.Linear(widths[-1], shape.encoding_dim)
        self.log_variance = nn.Linear(widths[-1], shape.encoding_dim)
        self.decoder = Decoder(table, shape.encoding_dim, widths[::-1], shape.head_width, shape.context)

    def encode(self, index: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance of the latents of rows, each of shape (n_rows, encoding_dim)."""
        h = self.layers(self.embedding(index))
        return self.mean(h), self.log_variance(h).clamp(-10.0, 10.0)


def divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Kullback-Leibler divergence of each latent from a standard normal, in nats, shape of the arguments."""
    return 0.5 * (mean.square() + log_variance.exp() - 1.0 - log_variance)


@dataclass(frozen=True)
class VAELoss:
    """Surprise of rows given their latents, plus the divergence of the latents.

    Parameters
    ----------
    network : VAENetwork
    beta : float
        Weight of the divergence in the end.
    annealing : float
        Share of the training in which the weight grows from 0.
    free_bits : float
        Nats of each latent that cost nothing.
    """

    network: VAENetwork
    beta: float
    annealing: float
    free_bits: float

    def __call__(self, states: Tensor, stream: Stream, done: float) -> tuple[Tensor, dict[str, float]]:
        """Loss of a batch, and its parts."""
        noise = torch.from_numpy(stream.normal(len(states) * self._dim, dtype="float32")).to(states.device)
        surprise, nats = self._parts(self.network, states, noise.view(len(states), -1))
        weight = self.beta * min(1.0, done / self.annealing) if self.annealing else self.beta
        cost = nats.mean(0).clamp_min(self.free_bits).sum()
        loss = surprise.mean() + weight * cost
        divergent = float(nats.detach().sum(1).mean())
        surprising = float(surprise.detach().mean())
        return loss, {"reconstruction_loss": surprising, "kl_divergence": divergent, "loss": surprising + divergent}

    @property
    def _dim(self) -> int:
        return self.network.mean.out_features

    def _parts(self, network: VAENetwork, states: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        """Surprise of each row, shape (n_rows,), and divergence of each latent of it, (n_rows, encoding_dim)."""
        index = states + network.decoder.heads.offsets
        mean, log_variance = network.encode(index)
        z = mean + noise * (0.5 * log_variance).exp()
        surprise = network.decoder.heads.cross_entropy(network.decoder(z), index, states)
        return surprise, divergence(mean, log_variance)

    def held_out(self, network: VAENetwork, states: Tensor, noise: Tensor) -> dict[str, float]:
        """Figures on rows, with the weight that the divergence has in the end."""
        surprises, divergences = [], []
        with torch.inference_mode():
            for part, own in zip(states.split(1_024), noise.split(1_024), strict=True):
                surprise, nats = self._parts(network, part, own)
                surprises.append(surprise)
                divergences.append(nats.sum(1))
        surprising, divergent = float(torch.cat(surprises).mean()), float(torch.cat(divergences).mean())
        return {
            "reconstruction_loss": surprising,
            "kl_divergence": divergent,
            "loss": surprising + self.beta * divergent,
        }
