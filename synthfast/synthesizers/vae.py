"""Variational autoencoder: rows as Gaussian latents, decoded into one softmax a column."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.random import SeedLike, Stream
from synthfast._core.validation import check_choice, check_integer, check_number
from synthfast.synthesizers._deep.asking import check_batch_size, check_widths
from synthfast.synthesizers._deep.backend import pick_device
from synthfast.synthesizers._deep.coding import LatentDecoder, LatentEncoder
from synthfast.synthesizers._deep.model import DeepSynthesizer
from synthfast.synthesizers._deep.states import StateTable

if TYPE_CHECKING:
    from torch import nn

    from synthfast.synthesizers._deep.latents import LatentLaw
    from synthfast.synthesizers._deep.vae_fitting import VAESettings

__all__ = ["VAESynthesizer"]

PRIORS, HEADS = ("mixture", "normal"), ("autoregressive", "independent")


class VAESynthesizer(DeepSynthesizer):
    """Synthetic tables from a variational autoencoder with a softmax a column; needs ``pip install 'synthfast[deep]'``.

    Every column becomes a few states: levels, bins of equal mass, heavy values by themselves, and missing. An encoder
    turns a row into Gaussian latents; a decoder turns latents into the probabilities of each column's states, in turn,
    given the columns before it. Within its bin a number is drawn by the column's empirical quantile function. After
    training, latents get a mixture of Gaussians fitted to where the training rows lie, and the decoder's intercepts are
    shifted until every column is distributed as in the data.

    Parameters
    ----------
    encoding_dim : int, default 16
        Number of latents.
    hidden_layers : sequence of int, default (128, 128)
        Widths of the encoder's layers; the decoder has them in reverse.
    epochs : int, default 30
        Most passes over the rows.
    batch_size : int or "auto", default "auto"
        Rows of a step, at most all; ``"auto"`` takes a sixteenth of the rows, between 32 and 1,024.
    heads : {"autoregressive", "independent"}, default "autoregressive"
        Whether a column's probabilities also depend on the states drawn for the columns before it. ``"independent"``
        is the plain autoencoder, in which latents carry all dependence.
    head_width : int, default 64
        Width of the hidden layer that each column has.
    beta : float, default 1.0
        Weight of the latents' divergence from a standard normal.
    annealing : float, default 0.3
        Share of the training in which that weight grows from 0.
    free_bits : float, default 0.25
        Divergence of each latent, in nats, that costs nothing, so that latents do not fall idle.
    prior : {"mixture", "normal"}, default "mixture"
        Where latents are drawn from: a mixture of Gaussians fitted to the latents of the training rows, or the
        standard normal.
    n_components : int, default 32
        Components of that mixture; fewer where there are few rows.
    n_bins : int, default 64
        Bins of a number's light values, and most heavy values that are states of their own.
    learning_rate : float, default 4e-3
        Highest rate of the cycle.
    weight_decay : float, default 1e-3
        Of AdamW.
    validation_fraction : float, default 0.1
        Share of the rows that is held out to tell which state of the network is best; from 20 rows on.
    patience : int, default 20
        Epochs without a better held-out loss after which training ends.
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
        Losses of each epoch, in nats a row, on training rows and (``held_out_...``) on held-out ones.
    reconstruction_loss_, kl_divergence_ : float
        Surprise of held-out rows given their latents, and divergence of those, in nats a row.
    latent_statistics_ : dict
        By latent: ``mean`` and ``standard_deviation`` of the training rows' latents, ``posterior_deviation`` (mean
        width of one row's), ``kl_divergence``; and ``n_active``, how many of them tell anything of a row.
    encoder, decoder : object
        Both halves: ``encoder.predict(data)`` and ``decoder.predict(latents)``.

    Notes
    -----
    Training: O(n_rows (n_columns head_width^2 + n_states head_width)) an epoch. The whole table is kept as one tensor.
    The order of the rows, and the number of threads, change nothing; another processor may, in last bits. Sampling
    costs the decoder's half of an epoch. The model holds weights and quantile tables of up to about 10,000 numbers a
    column; no rows, but networks can memorise: see the disclosure figures of `assess_disclosure_risk`.

    An interrupt from the keyboard ends the training with a warning, and the best state so far is the model.

    Conditions are met in every row; rows under them are drawn by sequential importance resampling of ``n_candidates``
    latents and states a row, which is exact only as that number grows, and least so for unlikely conditions on columns
    far down the table.

    References
    ----------
    Kingma and Welling (2014), Auto-encoding variational Bayes. Chen et al. (2017), Variational lossy autoencoder.
    Kingma et al. (2016), Improved variational inference with inverse autoregressive flow (free bits). Tomczak and
    Welling (2018), VAE with a VampPrior.

    Examples
    --------
    >>> import synthfast
    >>> df = synthfast.load_dataset("iris")
    >>> model = synthfast.VAESynthesizer(epochs=5, random_state=0).fit(df)
    >>> model.sample(3).shape, model.encoder.predict(df).shape
    ((3, 5), (150, 16))
    >>> model.sample(100, conditions={"species": "setosa"}, random_state=1)["species"].unique().tolist()
    ['setosa']
    """

    def __init__(
        self,
        *,
        encoding_dim: int = 16,
        hidden_layers: Sequence[int] = (128, 128),
        epochs: int = 30,
        batch_size: int | str = "auto",
        heads: str = "autoregressive",
        head_width: int = 64,
        beta: float = 1.0,
        annealing: float = 0.3,
        free_bits: float = 0.25,
        prior: str = "mixture",
        n_components: int = 32,
        n_bins: int = 64,
        learning_rate: float = 4e-3,
        weight_decay: float = 1e-3,
        validation_fraction: float = 0.1,
        patience: int = 20,
        n_candidates: int = 16,
        min_level_count: int = 5,
        device: str | None = None,
        random_state: SeedLike = None,
    ) -> None:
        self.encoding_dim = encoding_dim
        self.hidden_layers = hidden_layers
        self.epochs = epochs
        self.batch_size = batch_size
        self.heads = heads
        self.head_width = head_width
        self.beta = beta
        self.annealing = annealing
        self.free_bits = free_bits
        self.prior = prior
        self.n_components = n_components
        self.n_bins = n_bins
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.n_candidates = n_candidates
        self.min_level_count = min_level_count
        self.device = device
        self.random_state = random_state

    def _check(self) -> "VAESettings":
        from synthfast.synthesizers._deep.training import TrainingSettings
        from synthfast.synthesizers._deep.vae_fitting import VAESettings
        from synthfast.synthesizers._deep.vae_network import VAEArchitecture

        head_width = check_integer("head_width", self.head_width, minimum=1)
        chained = check_choice("heads", self.heads, HEADS) == "autoregressive"
        mixed = check_choice("prior", self.prior, PRIORS) == "mixture"
        return VAESettings(
            shape=VAEArchitecture(
                encoding_dim=check_integer("encoding_dim", self.encoding_dim, minimum=1),
                hidden_layers=check_widths("hidden_layers", self.hidden_layers),
                head_width=head_width,
                context=head_width if chained else 0,
            ),
            training=TrainingSettings(
                epochs=check_integer("epochs", self.epochs, minimum=1),
                batch_size=check_batch_size(self.batch_size),
                learning_rate=check_number("learning_rate", self.learning_rate, minimum=0.0),
                weight_decay=check_number("weight_decay", self.weight_decay, minimum=0.0),
                patience=check_integer("patience", self.patience, minimum=1),
            ),
            beta=check_number("beta", self.beta, minimum=0.0),
            annealing=check_number("annealing", self.annealing, minimum=0.0, maximum=1.0),
            free_bits=check_number("free_bits", self.free_bits, minimum=0.0),
            n_components=check_integer("n_components", self.n_components, minimum=1) if mixed else 0,
            validation_fraction=check_number("validation_fraction", self.validation_fraction, minimum=0.0, maximum=0.5),
        )

    def _train(
        self, table: StateTable, rows: NDArray[np.int64], settings: "VAESettings", stream: Stream
    ) -> tuple["nn.Module", "LatentLaw", dict[str, Any]]:
        from synthfast.synthesizers._deep.vae_fitting import fit_vae

        return fit_vae(table, rows, settings, pick_device(self.device), stream)

    def _build(self, table: StateTable, shape: dict[str, Any]) -> "nn.Module":
        from synthfast.synthesizers._deep.vae_network import VAEArchitecture, VAENetwork

        return VAENetwork(table, VAEArchitecture.from_state(shape))

    def _restore_law(self, arrays: dict[str, NDArray[Any]]) -> "LatentLaw":
        from synthfast.synthesizers._deep.latents import LatentLaw

        return LatentLaw.from_state(arrays)

    def _decoder(self, network: Any) -> Any:
        return network.decoder

    @property
    def encoder(self) -> LatentEncoder:
        """Rows to latents."""
        return LatentEncoder(self)

    @property
    def decoder(self) -> LatentDecoder:
        """Latents to rows."""
        return LatentDecoder(self)

    @property
    def reconstruction_loss_(self) -> float:
        """Surprise of held-out rows given their latents, in nats a row."""
        return float(self._facts["reconstruction_loss"])

    @property
    def kl_divergence_(self) -> float:
        """Divergence of held-out rows' latents from a standard normal, in nats a row."""
        return float(self._facts["kl_divergence"])

    @property
    def latent_statistics_(self) -> dict[str, Any]:
        """Figures of the latents of the training rows, by latent."""
        found = self._facts["latents"]
        return {name: np.array(value) if isinstance(value, list) else value for name, value in found.items()}
