"""A conditional Wasserstein GAN trained by sampling: a state is asked for, and rows that have it are shown."""

import warnings
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from synthfast._core.progress import progress_bar
from synthfast._core.random import AliasTable, Stream
from synthfast.exceptions import TrainingWarning
from synthfast.synthesizers._deep.drawing import draw_states, uniforms
from synthfast.synthesizers._deep.gan_network import AskedLatents, GANArchitecture, GANGenerator, GANNetwork
from synthfast.synthesizers._deep.networks import seeded
from synthfast.synthesizers._deep.states import StateTable
from synthfast.synthesizers._deep.training import (
    Average,
    Best,
    History,
    TrainingSettings,
    batch_rows,
    gradients,
    interruptible,
)

__all__ = ["GANSettings", "fit_gan"]

Codes = NDArray[np.int64]
Floats = NDArray[np.float64]

MONITOR_ROWS = 4_096
MONITOR_PAIRS = 100
MONITOR_GROUPS = 8
LEAST_VARYING = 20  # rows beside a column's most frequent state, for its entropy to be watched
COLLAPSED = 0.5  # share of a column's entropy below which it counts as collapsed
LEAST_UNIFORM = 1e-6


@dataclass(frozen=True)
class GANSettings:
    """Checked arguments of the synthesizer."""

    shape: GANArchitecture
    training: TrainingSettings
    penalty: float
    critic_steps: int


class Sampler:
    """Asks for a state of a random column, its states by the logs of their counts, and finds rows that have it.

    Parameters
    ----------
    rows : ndarray of int64, shape (n_rows, n_columns)
        States.
    """

    def __init__(self, rows: Codes) -> None:
        self.rows = rows
        self._order = np.argsort(rows, axis=0, kind="stable")
        ordered = np.take_along_axis(rows, self._order, axis=0)
        self._starts = [np.searchsorted(own, np.arange(own[-1] + 2)) for own in ordered.T]
        self._tables = [AliasTable(np.log1p(np.diff(starts))) for starts in self._starts]

    def draw(self, n: int, stream: Stream) -> Codes:
        """Column, state and row of each of ``n`` draws, shape (n, 2 + n_columns); the state counts from its column's
        first.
        """
        p = self.rows.shape[1]
        column = stream.child("column").integers(p, n)
        u = stream.child("row").uniform(n)
        out = np.empty((n, 2 + p), dtype=np.int64)
        out[:, 0] = column
        for j in range(p):
            own = np.flatnonzero(column == j)
            state = stream.child("state", j).choice(self._tables[j], len(own))
            low, high = self._starts[j][state], self._starts[j][state + 1]
            picked = np.minimum(low + (u[own] * (high - low)).astype(np.int64), high - 1)
            out[own, 1] = state
            out[own, 2:] = self.rows[self._order[picked, j]]
        return out


class GANLoss:
    """The two sides' losses on batches of draws.

    Parameters
    ----------
    network : GANNetwork
    penalty : float
        Weight of the gradient penalty.
    """

    def __init__(self, network: GANNetwork, penalty: float) -> None:
        self.network, self.penalty = network, penalty
        self.n_states = len(network.generator.heads.bias)

    def critic(self, draws: Tensor, stream: Stream, done: float) -> tuple[Tensor, dict[str, float]]:
        """Wasserstein loss of the critic, with the penalty on its gradient between real and made rows."""
        index = draws[:, 2:] + self.network.generator.heads.offsets
        real = torch.zeros(len(draws), self.n_states, device=draws.device).scatter_(1, index, 1.0)
        asked = self._one_hot(draws)
        with torch.no_grad():
            made, _ = self.network.generator.relaxed(self._latents(draws, stream), self._uniforms(draws, stream))
        pack = self.network.critic.pack
        share = torch.from_numpy(stream.child("between").uniform(len(draws) // pack, dtype=np.float32)).to(draws.device)
        share = share.repeat_interleave(pack)[:, None]
        between = (share * real + (1.0 - share) * made).requires_grad_(True)
        slope = torch.autograd.grad(self.network.critic(between, asked).sum(), between, create_graph=True)[0]
        norm = slope.reshape(-1, pack * self.n_states).norm(dim=1)
        gap = self.network.critic(made, asked).mean() - self.network.critic(real, asked).mean()
        return gap + self.penalty * (norm - 1.0).square().mean(), {"wasserstein": -float(gap.detach())}

    def generator(self, draws: Tensor, stream: Stream, done: float) -> tuple[Tensor, dict[str, float]]:
        """Loss of the generator: the critic's score, and the surprise of the states asked for."""
        made, logits = self.network.generator.relaxed(self._latents(draws, stream), self._uniforms(draws, stream))
        surprise = torch.zeros((), device=draws.device)
        for j, own in enumerate(logits):
            asked = (draws[:, 0] == j).nonzero()[:, 0]
            surprise = surprise + functional.cross_entropy(own[asked], draws[asked, 1], reduction="sum")
        surprise = surprise / len(draws)
        loss = surprise - self.network.critic(made, self._one_hot(draws)).mean()
        return loss, {"asked_surprise": float(surprise.detach())}

    def _one_hot(self, draws: Tensor) -> Tensor:
        return torch.zeros(len(draws), self.n_states, device=draws.device).scatter_(1, self._asked(draws), 1.0)

    def _asked(self, draws: Tensor) -> Tensor:
        return (self.network.generator.heads.offsets[draws[:, 0]] + draws[:, 1])[:, None]

    def _latents(self, draws: Tensor, stream: Stream) -> Tensor:
        width = self.network.generator.latents.in_features
        z = torch.from_numpy(stream.child("latents").normal(len(draws) * width, dtype=np.float32))
        return torch.cat([z.view(len(draws), width).to(draws.device), self._asked(draws).float()], 1)

    def _uniforms(self, draws: Tensor, stream: Stream) -> Tensor:
        u = torch.from_numpy(stream.child("gumbel").uniform(len(draws) * self.n_states, dtype=np.float32))
        return u.view(len(draws), self.n_states).clamp_(LEAST_UNIFORM, 1.0 - LEAST_UNIFORM).to(draws.device)


def fit_gan(
    table: StateTable, rows: Codes, settings: GANSettings, device: torch.device, stream: Stream
) -> tuple[GANGenerator, AskedLatents, dict[str, Any]]:
    """Train on rows that are in random order; returns generator, law of the latents, and the facts of the fit."""
    law = AskedLatents.of(table, settings.shape.encoding_dim)
    facts: dict[str, Any] = {"shape": settings.shape.to_state(), "history": {}}
    with seeded(stream.child("weights")):
        if not table.columns:
            return GANGenerator(table, settings.shape), law, facts
        network = GANNetwork(table, settings.shape).to(device)
    trained, history = _train(network, table, rows, law, settings, stream.child("training"))
    facts["history"] = history
    if history:
        facts["collapsed"] = _warn_of_collapse(history["least_entropy"], history["pair_distance"])
    return trained, law, facts


def _train(
    network: GANNetwork, table: StateTable, rows: Codes, law: AskedLatents, settings: GANSettings, stream: Stream
) -> tuple[GANGenerator, dict[str, list[float]]]:
    training, pack = settings.training, settings.shape.pack
    size = max(batch_rows(len(rows), training.batch_size) // pack, 1) * pack
    n_batches = max(1, round(len(rows) / size))
    loss, average, history = GANLoss(network, settings.penalty), Average(network.generator), History()
    sampler = Sampler(rows)
    sides = {
        name: (list(part.parameters()), _optimiser(part, training))
        for name, part in (("critic", network.critic), ("generator", network.generator))
    }
    monitor = Monitor.of(rows[: max(1, min(len(rows), MONITOR_ROWS))], table, law, stream.child("monitor"))
    best, device = Best(training.patience), network.generator.heads.bias.device
    turns = ["critic"] * settings.critic_steps + ["generator"]
    with progress_bar(training.epochs, "training", unit="epoch") as bar, interruptible(history, training.epochs):
        for epoch in range(training.epochs):
            sums = History()
            for b in range(n_batches):
                for k, name in enumerate(turns):
                    part = stream.child("epoch", epoch).child(b).child(k)
                    draws = torch.from_numpy(sampler.draw(size, part)).to(device)
                    parameters, optimiser = sides[name]
                    found, figures = gradients(parameters, getattr(loss, name), draws, part, 0.0, multiple=pack)
                    for parameter, gradient in zip(parameters, found, strict=True):
                        parameter.grad = gradient
                    optimiser.step()
                    sums.add(**figures)
                average.update()
            seen = monitor.figures(average.network)
            history.add(**sums.means(), **seen)
            bar.update(1)
            if not best.offer(seen["pair_distance"], average.network):
                break
    best.restore(average.network)
    return average.network, history.figures


def _optimiser(part: torch.nn.Module, training: TrainingSettings) -> torch.optim.Optimizer:
    return torch.optim.AdamW(
        part.parameters(), lr=training.learning_rate, betas=(0.5, 0.9), weight_decay=training.weight_decay, foreach=True
    )


@dataclass(frozen=True)
class Monitor:
    """What a generator draws, beside rows: distance of pairs of columns, and entropy that is lost.

    Parameters
    ----------
    rows : ndarray of int64, shape (n_rows, n_columns)
    groups : list of ndarray of int64, each of shape (n_states,)
        Which of at most 8 groups of about equal mass each state belongs to: of more, pairs would be mostly chance.
    pairs : list of tuple of int
    latents, u : Tensor
        Noise of the draws, the same each time.
    """

    rows: Codes
    groups: list[Codes]
    pairs: list[tuple[int, int]]
    latents: Tensor
    u: Tensor

    @classmethod
    def of(cls, rows: Codes, table: StateTable, law: AskedLatents, stream: Stream) -> "Monitor":
        """One for rows of a table; of many pairs a random hundred is looked at."""
        pairs = list(combinations(range(len(table.sizes)), 2)) or [(0, 0)]
        order = stream.child("pairs").permutation(len(pairs))[:MONITOR_PAIRS]
        latents = torch.from_numpy(law.draw(len(rows), stream))
        u = torch.from_numpy(uniforms(stream, len(table.sizes), len(rows)))
        groups = [_groups(counts) for counts in table.counts]
        return cls(rows, groups, [pairs[k] for k in order], latents, u)

    def figures(self, generator: GANGenerator) -> dict[str, float]:
        """Mean total variation distance of the pairs, and the least share of its entropy that a column has kept."""
        device = generator.heads.bias.device
        with torch.inference_mode():
            drawn = (
                draw_states(generator.heads, generator(self.latents.to(device)), self.u.to(device))[0].cpu().numpy().T
            )
        distances = []
        for i, j in self.pairs:
            codes = [self.groups[i][x[:, i]] * MONITOR_GROUPS + self.groups[j][x[:, j]] for x in (self.rows, drawn)]
            counts = [np.bincount(own, minlength=MONITOR_GROUPS**2) for own in codes]
            distances.append(0.5 * np.abs(counts[0] - counts[1]).sum() / len(self.rows))
        kept = [_entropy(drawn[:, j]) / _entropy(own) for j, own in enumerate(self.rows.T) if _varies(own)]
        return {"pair_distance": float(np.mean(distances)), "least_entropy": float(min(kept, default=1.0))}


def _groups(counts: Codes) -> Codes:
    """Group of each state, by the middle of its share in the column's order."""
    middle = (np.cumsum(counts) - 0.5 * counts) / max(counts.sum(), 1)
    return np.minimum((middle * MONITOR_GROUPS).astype(np.int64), MONITOR_GROUPS - 1)


def _varies(states: Codes) -> bool:
    """Whether so many rows are beside the most frequent state that draws without them are no chance."""
    return len(states) - int(np.bincount(states).max(initial=0)) >= LEAST_VARYING


def _entropy(states: Codes) -> float:
    share = np.bincount(states) / len(states)
    return float(-(share[share > 0] * np.log(share[share > 0])).sum())


def _warn_of_collapse(entropies: list[float], distances: list[float]) -> bool:
    """Whether the state that was kept had lost most of a column's entropy; says so."""
    kept = entropies[int(np.argmin(distances))]
    if kept >= COLLAPSED:
        return False
    warnings.warn(
        f"the generator's draws had {kept:.0%} of the entropy of the column that they vary least in: it may have "
        "collapsed to a few modes. Train for more epochs, or lower learning_rate.",
        TrainingWarning,
        stacklevel=2,
    )
    return True
