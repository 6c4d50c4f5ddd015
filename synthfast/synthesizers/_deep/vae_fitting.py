"""A variational autoencoder trained on states, and the law of its latents."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from synthfast._core.random import Stream
from synthfast.synthesizers._deep.drawing import by_strata
from synthfast.synthesizers._deep.latents import LatentLaw, fit_latents, standard_latents
from synthfast.synthesizers._deep.networks import seeded
from synthfast.synthesizers._deep.states import StateTable
from synthfast.synthesizers._deep.training import TrainingSettings, train
from synthfast.synthesizers._deep.vae_network import VAEArchitecture, VAELoss, VAENetwork, divergence

__all__ = ["VAESettings", "encode_states", "fit_vae"]

Codes = NDArray[np.int64]
Floats32 = NDArray[np.float32]

FEWEST_HELD = 20  # rows; of fewer none are held out
POSTERIOR_ROWS = 65_536  # that the mixture of latents is fitted to
ACTIVE_NATS = 0.01  # divergence above which a latent tells something


@dataclass(frozen=True)
class VAESettings:
    """Checked arguments of the synthesizer."""

    shape: VAEArchitecture
    training: TrainingSettings
    beta: float
    annealing: float
    free_bits: float
    n_components: int  # 0 draws latents from the standard normal
    validation_fraction: float


def fit_vae(
    table: StateTable, rows: Codes, settings: VAESettings, device: torch.device, stream: Stream
) -> tuple[VAENetwork, LatentLaw, dict[str, Any]]:
    """Train on rows that are in random order; returns network, law of the latents, and the facts of the fit."""
    with seeded(stream.child("weights")):
        network = VAENetwork(table, settings.shape).to(device)
    if not table.columns:
        nothing = np.zeros((1, settings.shape.encoding_dim), dtype=np.float32)
        return network, standard_latents(nothing.shape[1]), _facts(settings, {}, {}, nothing, nothing)
    n_held = int(np.ceil(settings.validation_fraction * len(rows))) if len(rows) >= FEWEST_HELD else 0
    states = torch.from_numpy(rows).to(device)
    held, kept = (states[:n_held], states[n_held:]) if n_held else (states, states)
    loss = VAELoss(network, settings.beta, settings.annealing, settings.free_bits)
    noise = _normals(len(held), settings.shape.encoding_dim, stream.child("held out")).to(device)
    trained, history = train(
        network, loss, lambda own: loss.held_out(own, held, noise), kept, settings.training, stream.child("training")
    )
    figures = loss.held_out(trained, held, noise)
    mean, log_variance = encode_states(trained, rows)
    law = _law(mean, log_variance, settings, stream.child("latents"))
    return trained, law, _facts(settings, history, figures, mean, log_variance)


def _facts(
    settings: VAESettings,
    history: dict[str, list[float]],
    figures: dict[str, float],
    mean: Floats32,
    log_variance: Floats32,
) -> dict[str, Any]:
    """What the model tells of its fit, as JSON keeps it."""
    nats = divergence(torch.from_numpy(mean), torch.from_numpy(log_variance)).mean(0).numpy()
    return {
        "shape": settings.shape.to_state(),
        "history": history,
        "reconstruction_loss": figures.get("reconstruction_loss", 0.0),
        "kl_divergence": figures.get("kl_divergence", 0.0),
        "latents": {
            "mean": mean.mean(0).tolist(),
            "standard_deviation": mean.std(0).tolist(),
            "posterior_deviation": np.exp(0.5 * log_variance).mean(0).tolist(),
            "kl_divergence": nats.tolist(),
            "n_active": int((nats > ACTIVE_NATS).sum()),
        },
    }


def encode_states(network: VAENetwork, rows: Codes) -> tuple[Floats32, Floats32]:
    """Mean and log variance of the latents of rows of states, each of shape (n_rows, encoding_dim)."""
    device = network.mean.bias.device
    out = np.empty((2, len(rows), network.mean.out_features), dtype=np.float32)

    def one(part: slice) -> None:
        index = torch.from_numpy(rows[part]).to(device) + network.decoder.heads.offsets
        for own, found in zip(out, network.encode(index), strict=True):
            own[part] = found.cpu().numpy()

    by_strata(len(rows), one)
    return out[0], out[1]


def _law(mean: Floats32, log_variance: Floats32, settings: VAESettings, stream: Stream) -> LatentLaw:
    n_latent = mean.shape[1]
    if not settings.n_components:
        return standard_latents(n_latent)
    mean, log_variance = mean[:POSTERIOR_ROWS], log_variance[:POSTERIOR_ROWS]
    noise = _normals(len(mean), n_latent, stream.child("noise")).numpy()
    z = mean + noise * np.exp(0.5 * log_variance)
    return fit_latents(z.astype(np.float64), settings.n_components, stream.child("mixture"))


def _normals(n_rows: int, width: int, stream: Stream) -> Tensor:
    return torch.from_numpy(stream.normal(n_rows * width, dtype=np.float32)).view(n_rows, width)
