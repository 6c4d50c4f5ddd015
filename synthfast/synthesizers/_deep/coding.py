"""Both halves of an autoencoder as objects with a ``predict``: rows to latents, latents to rows."""

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from synthfast._core.random import SeedLike, Stream
from synthfast.exceptions import DataError
from synthfast.synthesizers._asking import check_fitted, encode_rows, read_table

if TYPE_CHECKING:
    from synthfast.synthesizers._deep.model import DeepSynthesizer

__all__ = ["LatentDecoder", "LatentEncoder"]

Floats = NDArray[np.float64]


class LatentEncoder:
    """Rows to latents.

    Parameters
    ----------
    model : VAESynthesizer
        Fitted.
    """

    def __init__(self, model: "DeepSynthesizer") -> None:
        self._model = model

    def predict(self, data: Any) -> Floats:
        """Mean of the latents of each row.

        Parameters
        ----------
        data : frame, shape (n_rows, n_columns)
            Rows with all modelled columns.

        Returns
        -------
        ndarray of float64, shape (n_rows, encoding_dim)

        Raises
        ------
        DataError
            If a column is not there, or is none of the model's.
        """
        return self._encode(data)[0]

    def deviations(self, data: Any) -> Floats:
        """Standard deviation of the latents of each row; argument, result and errors as in `predict`."""
        return np.exp(0.5 * self._encode(data)[1])

    def _encode(self, data: Any) -> tuple[Floats, Floats]:
        model = self._model
        check_fitted(model, "encoder.predict")
        from synthfast.synthesizers._deep.vae_fitting import encode_states
        from synthfast.synthesizers._deep.vae_network import VAENetwork

        table = read_table(data, model, model._codec, "encoder.predict")
        columns = encode_rows(table, model._codec)
        absent = [name for name in model._codec.modelled if name not in columns]
        if absent:
            raise DataError(f"{type(model).__name__}.encoder.predict: expected all modelled columns, {absent!r} lack.")
        states = model._generation.table.encode(columns, table.n_rows)
        assert isinstance(model._network, VAENetwork)
        mean, log_variance = encode_states(model._network, states)
        return mean.astype(np.float64), log_variance.astype(np.float64)


class LatentDecoder:
    """Latents to rows.

    Parameters
    ----------
    model : VAESynthesizer or GANSynthesizer
        Fitted.
    """

    def __init__(self, model: "DeepSynthesizer") -> None:
        self._model = model

    def predict(self, latents: ArrayLike, *, random_state: SeedLike = None) -> Any:
        """Rows of latents.

        Parameters
        ----------
        latents : array_like of float, shape (n_rows, encoding_dim)
        random_state : None, int, numpy SeedSequence or Generator
            With None each column takes its likeliest state given the latents and the columns before it, and a number
            the middle of its bin: the same latents give the same row. With a seed states are drawn, with the same
            noise in every row, so that rows differ by their latents alone.

        Returns
        -------
        The container that was fitted, shape (n_rows, n_columns)

        Raises
        ------
        DataError
            If the latents are not finite, or of another shape.
        """
        model = self._model
        check_fitted(model, "decoder.predict")
        z = np.asarray(latents, dtype=np.float64)
        width = model._generation.law.width
        if z.ndim != 2 or z.shape[1] != width or not np.isfinite(z).all():
            raise DataError(
                f"decoder.predict: expected finite latents of shape (n_rows, {width}), got shape {z.shape}."
            )
        stream = None if random_state is None else Stream.from_seed(random_state)
        columns: dict[Hashable, NDArray[Any]] = {}
        if model._generation.table.columns:
            columns = model._generation.decode_latents(z.astype(np.float32), stream)
        generated = Stream.from_seed(0) if stream is None else stream
        decoded = model._codec.decode(columns, n_rows=len(z), start_row=0, stream=generated.child("decode"))
        return model._codec.build(decoded)
