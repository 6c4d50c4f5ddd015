"""Tables drawn by deep generators, and ways through their latent spaces; they need the ``deep`` extra."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from synthfast.generator.tables import TableMethods

if TYPE_CHECKING:
    from synthfast.schema import Schema

__all__ = ["DeepMethods"]


class DeepMethods(TableMethods):
    """What trains networks and draws from them."""

    def vae_generation(
        self,
        X: Any,
        encoding_dim: int = 16,
        hidden_layers: Sequence[int] = (128, 128),
        n_samples: int | None = None,
        epochs: int = 30,
        batch_size: int | str = "auto",
        *,
        schema: "Schema | None" = None,
        **parameters: Any,
    ) -> dict[str, Any]:
        """Learn a table by a variational autoencoder and draw a synthetic one.

        Parameters
        ----------
        X : table, shape (n_rows, n_columns)
            As in `gaussian_copula`.
        encoding_dim : int, default 16
            Number of latents.
        hidden_layers : sequence of int, default (128, 128)
            Widths of the encoder's layers; the decoder has them in reverse.
        n_samples : int, optional
            Synthetic rows; as many as ``X`` has by default.
        epochs : int, default 30
            Most passes over the rows.
        batch_size : int or "auto", default "auto"
            Rows of a step.
        schema : Schema, optional
            What each column is; inferred by default.
        **parameters : object
            Of `synthfast.VAESynthesizer`, such as ``beta``, ``heads`` and ``prior``.

        Returns
        -------
        dict
            - ``synthetic_data``: the table, in the container that came in;
            - ``encoding_dim``;
            - ``reconstruction_loss``, ``kl_divergence``, ``total_loss``: surprise of held-out rows given their latents,
              divergence of those from a standard normal, and their sum, in nats a row;
            - ``encoder``, ``decoder``: ``encoder.predict(X)`` gives latents, shape (n_rows, encoding_dim), and
              ``decoder.predict(latents)`` rows;
            - ``history``: figure -> its value in each epoch;
            - ``latent_statistics``: ``mean``, ``standard_deviation``, ``posterior_deviation`` and ``kl_divergence`` of
              each latent, shape (encoding_dim,), and ``n_active``;
            - ``latent_plot``: the latents of the rows on a page, a matplotlib Figure;
            - ``correlation_score``, ``correlation_difference``, ``original_correlation``, ``synthetic_correlation``,
              ``mean_preservation``: as in `gaussian_copula`;
            - ``model``: the fitted synthesizer.

        Raises
        ------
        ImportError
            If torch is not installed; the message gives the command.
        SchemaError
            If a column cannot be used as it is.
        TypeError, ValueError
            If a parameter is unfit, or not one of the synthesizer's.

        Notes
        -----
        Cost as `synthfast.VAESynthesizer`.

        Examples
        --------
        >>> from synthfast import SyntheticDataGenerator, load_dataset
        >>> iris = load_dataset("iris")
        >>> result = SyntheticDataGenerator(random_state=0).vae_generation(iris, encoding_dim=4, epochs=5)
        >>> result["synthetic_data"].shape, result["encoder"].predict(iris).shape
        ((150, 5), (150, 4))
        """
        from synthfast.reporting.latent_plot import plot_latent

        given = {
            "encoding_dim": encoding_dim,
            "hidden_layers": hidden_layers,
            "epochs": epochs,
            "batch_size": batch_size,
        }
        model = self._fit("VAESynthesizer", X, schema, {**given, **parameters})
        return self._drawn(
            model,
            X,
            n_samples,
            encoding_dim=encoding_dim,
            reconstruction_loss=model.reconstruction_loss_,
            kl_divergence=model.kl_divergence_,
            total_loss=model.reconstruction_loss_ + model.kl_divergence_,
            encoder=model.encoder,
            decoder=model.decoder,
            history=model.history_,
            latent_statistics=model.latent_statistics_,
            latent_plot=plot_latent(model.encoder.predict(X)),
        )

    def gan_generation(
        self, data: Any, n_samples: int | None = None, *, schema: "Schema | None" = None, **parameters: Any
    ) -> dict[str, Any]:
        """Learn a table by a conditional Wasserstein GAN and draw a synthetic one.

        Parameters
        ----------
        data : table, shape (n_rows, n_columns)
            As in `gaussian_copula`.
        n_samples : int, optional
            Synthetic rows; as many as ``data`` has by default.
        schema : Schema, optional
            What each column is; inferred by default.
        **parameters : object
            Of `synthfast.GANSynthesizer`, such as ``epochs``, ``pack`` and ``hidden_layers``.

        Returns
        -------
        dict
            - ``synthetic_data``: the table, in the container that came in;
            - ``history``: figure -> its value in each epoch;
            - ``collapsed``: whether a column had lost half its entropy;
            - ``correlation_score``, ``correlation_difference``, ``original_correlation``, ``synthetic_correlation``,
              ``mean_preservation``: as in `gaussian_copula`;
            - ``model``: the fitted synthesizer.

        Raises
        ------
        ImportError
            If torch is not installed; the message gives the command.
        SchemaError
            If a column cannot be used as it is.
        TypeError, ValueError
            If a parameter is unfit, or not one of the synthesizer's.

        Notes
        -----
        Cost as `synthfast.GANSynthesizer`.

        Examples
        --------
        >>> from synthfast import SyntheticDataGenerator, load_dataset
        >>> result = SyntheticDataGenerator(random_state=0).gan_generation(load_dataset("iris"), 500, epochs=10)
        >>> len(result["synthetic_data"]), result["collapsed"]
        (500, False)
        """
        model = self._fit("GANSynthesizer", data, schema, parameters)
        return self._drawn(model, data, n_samples, history=model.history_, collapsed=model.collapsed_)

    def latent_interpolation(
        self, model: Any, start: Any, end: Any, steps: int = 10, kind: str = "slerp"
    ) -> dict[str, Any]:
        """Go from one row, or group of rows, to another through a model's latent space.

        Parameters
        ----------
        model : VAESynthesizer or dict
            Fitted; or what `vae_generation` gave.
        start, end : frame, mapping or array_like
            A row, a group of rows that its centroid stands for, or latents; as in `synthfast.interpolate_latent`.
        steps : int, default 10
            Rows along the way, both ends included.
        kind : {"slerp", "linear"}, default "slerp"
            Along the sphere or straight.

        Returns
        -------
        dict
            - ``path``: the rows along the way, in the container that the model was fitted to;
            - ``latents``: shape (steps, encoding_dim);
            - ``plot``: the way on a page, a matplotlib Figure.

        Raises
        ------
        DataError
            If an end has no rows, or lacks columns.
        TypeError, ValueError
            If the model has no encoder, or another argument is unfit.

        Notes
        -----
        O(steps) decoded rows.

        Examples
        --------
        >>> from synthfast import SyntheticDataGenerator, load_dataset
        >>> iris, generator = load_dataset("iris"), SyntheticDataGenerator(random_state=0)
        >>> fitted = generator.vae_generation(iris, encoding_dim=4, epochs=5)
        >>> way = generator.latent_interpolation(fitted, iris.head(1), iris.tail(1), steps=4)
        >>> way["path"].shape, way["latents"].shape
        ((4, 5), (4, 4))
        """
        from synthfast import interpolate_latent
        from synthfast.reporting.path_plot import plot_path

        found = interpolate_latent(model["model"] if isinstance(model, dict) else model, start, end, steps, kind)
        return {"path": found.rows, "latents": found.latents, "plot": plot_path(found.latents)}
