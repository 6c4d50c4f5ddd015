"""Conditional Wasserstein GAN: noise and an asked-for state, decoded into one softmax a column."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.random import SeedLike, Stream
from synthfast._core.validation import check_integer, check_number
from synthfast.synthesizers._deep.asking import check_batch_size, check_widths
from synthfast.synthesizers._deep.backend import pick_device
from synthfast.synthesizers._deep.coding import LatentDecoder
from synthfast.synthesizers._deep.model import DeepSynthesizer
from synthfast.synthesizers._deep.states import StateTable

if TYPE_CHECKING:
    from torch import nn

    from synthfast.synthesizers._deep.gan_fitting import GANSettings
    from synthfast.synthesizers._deep.gan_network import AskedLatents

__all__ = ["GANSynthesizer"]


class GANSynthesizer(DeepSynthesizer):
    """Synthetic tables from a conditional Wasserstein GAN over states; needs ``pip install 'synthfast[deep]'``.

    Every column becomes a few states: levels, bins of equal mass, heavy values by themselves, and missing. A generator
    turns noise, and a state that is asked for, into the probabilities of each column's states; a critic judges packs of
    rows. Training samples: a column is picked at random, one of its states by the log of its count, and real rows that
    have it are shown beside made ones. Afterwards the generator's intercepts are shifted until every column is
    distributed as in the data.

    Parameters
    ----------
    encoding_dim : int, default 64
        Number of normals that the generator takes.
    hidden_layers : sequence of int, default (256, 256)
        Widths of the generator's layers.
    critic_layers : sequence of int, default (256, 256)
        Widths of the critic's layers.
    epochs : int, default 150
        Most passes over as many rows as the table has.
    batch_size : int or "auto", default "auto"
        Rows of a step, made a multiple of ``pack``; ``"auto"`` takes a sixteenth of the rows, between 32 and 1,024.
    head_width : int, default 64
        Width of the hidden layer that each column has.
    pack : int, default 8
        Rows that the critic judges together, against collapse to a few modes.
    penalty : float, default 10.0
        Weight of the penalty on the critic's gradient.
    critic_steps : int, default 2
        Steps of the critic for each of the generator.
    n_bins : int, default 64
        Bins of a number's light values, and most heavy values that are states of their own.
    learning_rate : float, default 1e-3
        Of AdamW, for both.
    weight_decay : float, default 1e-5
        Of AdamW, for both.
    patience : int, default 50
        Epochs without a nearer draw, by pairs of columns, after which training ends.
    n_candidates : int, default 16
        Latents tried for each row of a conditional draw, one of which is kept by its weight.
    min_level_count : int, default 5
        Numbers held by fewer rows are spread over their neighbourhood, and extremes beyond this order statistic are
        drawn from a fitted tail.
    device : str or None, default None
        Of torch, such as ``"cpu"`` or ``"cuda"``; None takes a GPU where there is one.
    random_state : None, int, numpy SeedSequence or Generator, default None
        Seeds the fit, and the draws for which ``sample`` is given no seed of its own.

    Attributes
    ----------
    schema_ : Schema
        What each column is.
    history_ : dict of str to list of float
        By epoch: ``wasserstein`` (the critic's estimate), ``asked_surprise`` (nats by which asked-for states are
        missed), ``pair_distance`` (mean total variation distance of pairs of columns between draws and up to 4,096
        rows) and ``least_entropy`` (share of its entropy that the column which varies least in the draws has kept).
    collapsed_ : bool
        Whether a column had lost half its entropy; the fit then warned.
    decoder : object
        ``decoder.predict(latents)``, shape (n_rows, encoding_dim + 1): normals, and the state that is asked for.

    Notes
    -----
    Training: O(n_rows (n_columns head_width + n_states)) an epoch. The state kept is the one whose draws came nearest
    to the rows. The order of the rows, and the number of threads, change nothing; another processor may, in last bits.
    Columns are independent given noise and asked-for state: all dependence is the generator's. At equal time
    `VAESynthesizer` is the more faithful.

    An interrupt from the keyboard ends the training with a warning, and the best state so far is the model.

    Conditions, on any columns, are met in every row: a state that meets them is asked for, and rows are drawn by
    importance resampling of ``n_candidates`` latents each, exact only as that number grows.

    References
    ----------
    Gulrajani et al. (2017), Improved training of Wasserstein GANs. Xu et al. (2019), Modeling tabular data using
    conditional GAN. Lin et al. (2018), PacGAN. Jang et al. (2017), Categorical reparameterization with Gumbel-softmax.

    Examples
    --------
    >>> import synthfast
    >>> df = synthfast.load_dataset("iris")
    >>> model = synthfast.GANSynthesizer(epochs=10, random_state=0).fit(df)
    >>> model.sample(3).shape
    (3, 5)
    >>> model.sample(100, conditions={"species": "setosa"}, random_state=1)["species"].unique().tolist()
    ['setosa']
    """

    def __init__(
        self,
        *,
        encoding_dim: int = 64,
        hidden_layers: Sequence[int] = (256, 256),
        critic_layers: Sequence[int] = (256, 256),
        epochs: int = 150,
        batch_size: int | str = "auto",
        head_width: int = 64,
        pack: int = 8,
        penalty: float = 10.0,
        critic_steps: int = 2,
        n_bins: int = 64,
        learning_rate: float = 1e-3,
        weight_decay: float = 1e-5,
        patience: int = 50,
        n_candidates: int = 16,
        min_level_count: int = 5,
        device: str | None = None,
        random_state: SeedLike = None,
    ) -> None:
        self.encoding_dim = encoding_dim
        self.hidden_layers = hidden_layers
        self.critic_layers = critic_layers
        self.epochs = epochs
        self.batch_size = batch_size
        self.head_width = head_width
        self.pack = pack
        self.penalty = penalty
        self.critic_steps = critic_steps
        self.n_bins = n_bins
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.patience = patience
        self.n_candidates = n_candidates
        self.min_level_count = min_level_count
        self.device = device
        self.random_state = random_state

    def _check(self) -> "GANSettings":
        from synthfast.synthesizers._deep.gan_fitting import GANSettings
        from synthfast.synthesizers._deep.gan_network import GANArchitecture
        from synthfast.synthesizers._deep.training import TrainingSettings

        return GANSettings(
            shape=GANArchitecture(
                encoding_dim=check_integer("encoding_dim", self.encoding_dim, minimum=1),
                hidden_layers=check_widths("hidden_layers", self.hidden_layers),
                critic_layers=check_widths("critic_layers", self.critic_layers),
                head_width=check_integer("head_width", self.head_width, minimum=1),
                pack=check_integer("pack", self.pack, minimum=1),
            ),
            training=TrainingSettings(
                epochs=check_integer("epochs", self.epochs, minimum=1),
                batch_size=check_batch_size(self.batch_size),
                learning_rate=check_number("learning_rate", self.learning_rate, minimum=0.0),
                weight_decay=check_number("weight_decay", self.weight_decay, minimum=0.0),
                patience=check_integer("patience", self.patience, minimum=1),
            ),
            penalty=check_number("penalty", self.penalty, minimum=0.0),
            critic_steps=check_integer("critic_steps", self.critic_steps, minimum=1),
        )

    def _train(
        self, table: StateTable, rows: NDArray[np.int64], settings: "GANSettings", stream: Stream
    ) -> tuple["nn.Module", "AskedLatents", dict[str, Any]]:
        from synthfast.synthesizers._deep.gan_fitting import fit_gan

        return fit_gan(table, rows, settings, pick_device(self.device), stream)

    def _build(self, table: StateTable, shape: dict[str, Any]) -> "nn.Module":
        from synthfast.synthesizers._deep.gan_network import GANArchitecture, GANGenerator

        return GANGenerator(table, GANArchitecture.from_state(shape))

    def _restore_law(self, arrays: dict[str, NDArray[Any]]) -> "AskedLatents":
        from synthfast.synthesizers._deep.gan_network import AskedLatents

        return AskedLatents.from_state(arrays)

    def _decoder(self, network: Any) -> Any:
        return network

    @property
    def decoder(self) -> LatentDecoder:
        """Latents to rows."""
        return LatentDecoder(self)

    @property
    def collapsed_(self) -> bool:
        """Whether a column of the draws had lost half its entropy."""
        return bool(self._facts.get("collapsed", False))
