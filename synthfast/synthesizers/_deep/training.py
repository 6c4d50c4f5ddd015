"""Training: shares of a batch in threads, AdamW on one cycle, averaged weights, and the best state kept.

A batch is cut into shares by its size alone; each share's gradient is computed on one thread, and they are added up in
order. So the weights are the same, bit by bit, for any number of threads.
"""

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Generic, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from synthfast._core.progress import progress_bar
from synthfast._core.random import Stream
from synthfast.engines import map_blocks
from synthfast.exceptions import TrainingWarning

__all__ = [
    "Average",
    "Best",
    "History",
    "Schedule",
    "TrainingSettings",
    "batch_rows",
    "gradients",
    "interruptible",
    "train",
]

Network = TypeVar("Network", bound=nn.Module)
Loss = Callable[[Tensor, Stream, float], tuple[Tensor, dict[str, float]]]

SHARE_ROWS = 256
MAX_SHARES = 4
WARM_SHARE = 0.15  # of the steps, in which the rate rises
FIRST_RATE = 0.04  # of the highest
AVERAGE_DECAY = 0.998
MAX_NORM = 5.0  # of a gradient; longer ones are cut


@dataclass(frozen=True)
class TrainingSettings:
    """How long and how fast.

    Parameters
    ----------
    epochs : int
    batch_size : int or None
        Rows of a batch; None takes a sixteenth of the rows, between 32 and 1,024.
    learning_rate, weight_decay : float
        Of AdamW; the rate is the highest of the cycle.
    patience : int
        Epochs without a better held-out loss before training ends.
    """

    epochs: int
    batch_size: int | None
    learning_rate: float
    weight_decay: float
    patience: int


@dataclass
class History:
    """Figures of each epoch by name."""

    figures: dict[str, list[float]] = field(default_factory=dict)

    def add(self, **figures: float) -> None:
        """The figures of one more epoch."""
        for name, value in figures.items():
            self.figures.setdefault(name, []).append(float(value))

    def means(self) -> dict[str, float]:
        """Mean of each figure."""
        return {name: float(np.mean(values)) for name, values in self.figures.items()}


def batch_rows(n_rows: int, batch_size: int | None) -> int:
    """Rows of a batch, at most all."""
    return max(1, min(n_rows, batch_size or min(max(n_rows // 16, 32), 1_024)))


@dataclass(frozen=True)
class Schedule:
    """One cycle: up in a straight line, down along a cosine."""

    highest: float
    n_steps: int

    def rate(self, step: int) -> float:
        """Learning rate of a step."""
        warm = max(1, int(WARM_SHARE * self.n_steps))
        if step < warm:
            return self.highest * (FIRST_RATE + (1.0 - FIRST_RATE) * step / warm)
        done = (step - warm) / max(1, self.n_steps - warm)
        return self.highest * (1e-3 + 0.5 * (1.0 + float(np.cos(np.pi * min(done, 1.0)))))


class Average(Generic[Network]):
    """A network whose weights are a running average of another's."""

    def __init__(self, network: Network) -> None:
        self.network = deepcopy(network).requires_grad_(False)
        self._pairs = list(zip(self.network.parameters(), network.parameters(), strict=True))
        self._steps = 0

    def update(self) -> None:
        """Take in the weights as they are now."""
        self._steps += 1
        decay = min(AVERAGE_DECAY, (1 + self._steps) / (10 + self._steps))
        with torch.no_grad():
            torch._foreach_lerp_([own for own, _ in self._pairs], [other for _, other in self._pairs], 1.0 - decay)


class Best:
    """The state of a network that had the least loss.

    Parameters
    ----------
    patience : int
        Losses in a row that may be no better.
    """

    def __init__(self, patience: int) -> None:
        self._patience, self._waited = patience, 0
        self._loss, self._state = np.inf, dict[str, Any]()

    def offer(self, loss: float, network: nn.Module) -> bool:
        """Keep the network's state if it is better; whether training may go on."""
        if loss < self._loss:
            self._loss, self._state, self._waited = loss, deepcopy(network.state_dict()), 0
        else:
            self._waited += 1
        return self._waited < self._patience

    def restore(self, network: nn.Module) -> None:
        """Put the best state into the network, if there was any."""
        if self._state:
            network.load_state_dict(self._state)


@contextmanager
def interruptible(history: History, epochs: int) -> Iterator[None]:
    """Context that an interrupt from the keyboard leaves with a warning instead of an error."""
    try:
        yield
    except KeyboardInterrupt:
        done = len(next(iter(history.figures.values()), []))
        warnings.warn(
            f"training was interrupted in epoch {done + 1} of {epochs}; the best state so far is kept.",
            TrainingWarning,
            stacklevel=2,
        )


def shares_of(n_rows: int, multiple: int = 1) -> list[slice]:
    """Shares that a batch is cut into, by its size alone, each a whole multiple."""
    count = min(max(n_rows // SHARE_ROWS, 1), MAX_SHARES)
    ends = np.linspace(0, n_rows // multiple, count + 1).astype(int) * multiple
    return [slice(int(a), int(b)) for a, b in pairwise(ends)]


def gradients(
    parameters: Sequence[Tensor], loss: Loss, batch: Tensor, stream: Stream, done: float, *, multiple: int = 1
) -> tuple[list[Tensor], dict[str, float]]:
    """Mean gradient of the loss over a batch, and the mean figures beside it; shares are whole multiples of rows."""
    cuts = shares_of(len(batch), multiple)

    def one(k: int) -> tuple[float, tuple[Tensor, ...], dict[str, float]]:
        part = batch[cuts[k]]
        value, figures = loss(part, stream.child(k), done)
        return len(part) / len(batch), torch.autograd.grad(value, parameters), figures

    total: list[Tensor] = []
    means: dict[str, float] = {}
    for weight, own, figures in map_blocks(one, range(len(cuts))):
        if total:
            torch._foreach_add_(total, list(own), alpha=weight)
        else:
            total = list(torch._foreach_mul(list(own), weight))
        for name, value in figures.items():
            means[name] = means.get(name, 0.0) + weight * value
    return total, means


def train(
    network: Network,
    loss: Loss,
    held_loss: Callable[[Network], dict[str, float]],
    rows: Tensor,
    settings: TrainingSettings,
    stream: Stream,
) -> tuple[Network, dict[str, list[float]]]:
    """Train a network, and return the averaged one that did best on held-out rows, with the history.

    Parameters
    ----------
    network : Module
    loss : callable
        Of a batch, a stream, and the share of the training that is done: the loss and figures to keep.
    held_loss : callable
        Of a network: figures on held-out rows, ``"loss"`` among them.
    rows : Tensor, shape (n_rows, n_columns)
        Training rows; what a batch holds of them goes to ``loss``.
    settings : TrainingSettings
    stream : Stream

    Notes
    -----
    An interrupt from the keyboard ends the training, with a warning; the best state so far is kept.
    """
    size = batch_rows(len(rows), settings.batch_size)
    n_batches = max(1, round(len(rows) / size))
    schedule = Schedule(settings.learning_rate, n_batches * settings.epochs)
    average, history, best = Average(network), History(), Best(settings.patience)
    parameters = list(network.parameters())
    optimiser = torch.optim.AdamW(parameters, lr=1.0, weight_decay=settings.weight_decay, foreach=True)
    with progress_bar(settings.epochs, "training", unit="epoch") as bar, interruptible(history, settings.epochs):
        for epoch in range(settings.epochs):
            part, sums = stream.child("epoch", epoch), History()
            order = torch.from_numpy(part.child("order").permutation(len(rows))).to(rows.device)
            for b, picked in enumerate(torch.tensor_split(order, n_batches)):
                step = epoch * n_batches + b
                done = step / (n_batches * settings.epochs)
                found, figures = gradients(parameters, loss, rows[picked], part.child(b), done)
                _step(optimiser, parameters, found, schedule.rate(step))
                average.update()
                sums.add(**figures)
            held = held_loss(average.network)
            history.add(**sums.means(), **{f"held_out_{name}": value for name, value in held.items()})
            bar.update(1)
            if not best.offer(held["loss"], average.network):
                break
    best.restore(average.network)
    return average.network, history.figures


def _step(optimiser: torch.optim.Optimizer, parameters: Sequence[Tensor], found: list[Tensor], rate: float) -> None:
    norm = float(torch.linalg.vector_norm(torch.stack(torch._foreach_norm(found))))
    if norm > 0.0:
        torch._foreach_mul_(found, min(1.0, MAX_NORM / norm))
    for parameter, gradient in zip(parameters, found, strict=True):
        parameter.grad = gradient
    optimiser.param_groups[0]["lr"] = rate
    optimiser.step()
