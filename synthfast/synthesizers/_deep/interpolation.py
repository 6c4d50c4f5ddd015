"""Ways through latent space, decoded: straight or along the sphere, and shifts along what an attribute changes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthfast._core.random import SeedLike
from synthfast._core.validation import check_choice, check_integer
from synthfast.exceptions import DataError
from synthfast.synthesizers._asking import check_fitted

__all__ = ["LatentPath", "attribute_direction", "interpolate_latent"]

Floats = NDArray[np.float64]

PARALLEL = 1e-6  # sine below which the sphere's way is the straight one


@dataclass(frozen=True)
class LatentPath:
    """A decoded way through latent space.

    Parameters
    ----------
    rows : frame, shape (steps, n_columns)
        The rows along the way, in the container that the model was fitted to.
    latents : ndarray of float64, shape (steps, encoding_dim)
    kind : {"linear", "slerp"}
    """

    rows: Any
    latents: Floats
    kind: str


def interpolate_latent(
    model: Any, start: Any, end: Any, steps: int = 10, kind: str = "slerp", *, random_state: SeedLike = None
) -> LatentPath:
    """Go from one row, or the middle of a group of rows, to another through latent space.

    Parameters
    ----------
    model : VAESynthesizer
        Fitted.
    start, end : frame, mapping or array_like
        A frame of rows with all of the model's columns: the way begins, or ends, at the mean of their latents, so one
        row stands for itself and the rows of a class for its centroid. A mapping of column name to value is one row.
        An array of floats, shape (encoding_dim,), is taken as latents.
    steps : int, default 10
        Rows along the way, both ends included; at least 2.
    kind : {"slerp", "linear"}, default "slerp"
        Along the sphere, at lengths that change evenly, or straight. Latents of a normal law lie near a sphere, and
        the middle of a straight way lies inside it, where the decoder has seen few.
    random_state : None, int, numpy SeedSequence or Generator
        With None each column takes its likeliest state; with a seed all steps are drawn with the same noise.

    Returns
    -------
    LatentPath
        ``rows``, ``latents`` and ``kind``.

    Raises
    ------
    DataError
        If ``start`` or ``end`` has no rows, lacks columns, or is of another shape.
    TypeError, ValueError
        If the model has no encoder, or another argument is unfit.

    Notes
    -----
    O(steps) decoded rows. The ends are decoded as all other steps are, so they need not equal the rows given.

    References
    ----------
    Shoemake (1985), Animating rotation with quaternion curves. White (2016), Sampling generative networks,
    arXiv:1609.04468.

    Examples
    --------
    >>> import synthfast
    >>> df = synthfast.load_dataset("iris")
    >>> model = synthfast.VAESynthesizer(epochs=5, random_state=0).fit(df)
    >>> first, last = (df[df["species"] == name] for name in ("setosa", "virginica"))
    >>> path = synthfast.interpolate_latent(model, first, last, steps=5)
    >>> path.rows.shape, path.latents.shape
    ((5, 5), (5, 16))
    """
    if not hasattr(model, "encoder"):
        raise TypeError(f"interpolate_latent: expected a model with an encoder, got {type(model).__name__}.")
    check_fitted(model, "interpolate_latent")
    steps = check_integer("steps", steps, minimum=2)
    check_choice("kind", kind, ("slerp", "linear"))
    a, b = _latents_of(model, start, "start"), _latents_of(model, end, "end")
    share = np.linspace(0.0, 1.0, steps)[:, None]
    latents = _along_sphere(a, b, share) if kind == "slerp" else (1.0 - share) * a + share * b
    return LatentPath(model.decoder.predict(latents, random_state=random_state), latents, kind)


def attribute_direction(model: Any, with_attribute: Any, without: Any) -> Floats:
    """What an attribute changes in latent space: the difference of two groups' centroids.

    Parameters
    ----------
    model : VAESynthesizer
    with_attribute, without : frame
        Rows of both groups.

    Returns
    -------
    ndarray of float64, shape (encoding_dim,)
        Add multiples of it to ``model.encoder.predict(rows)`` and decode, to edit the attribute.
    """
    return _latents_of(model, with_attribute, "with_attribute") - _latents_of(model, without, "without")


def _latents_of(model: Any, what: Any, name: str) -> Floats:
    """The latents that an end stands for, shape (encoding_dim,)."""
    if isinstance(what, Mapping):
        import pandas as pd

        what = pd.DataFrame([dict(what)])
    if isinstance(what, list | tuple | np.ndarray) and np.ndim(what) == 1:
        z = np.asarray(what, dtype=np.float64)
        if z.shape != (model.encoding_dim,) or not np.isfinite(z).all():
            raise DataError(f"{name}: expected rows, or {model.encoding_dim} finite latents, got shape {z.shape}.")
        return z
    found = model.encoder.predict(what)
    if not len(found):
        raise DataError(f"{name}: expected at least one row, got none.")
    return found.mean(axis=0)


def _along_sphere(a: Floats, b: Floats, share: Floats) -> Floats:
    """Directions at an even angle, lengths in between, shape (steps, encoding_dim)."""
    lengths = np.linalg.norm(a), np.linalg.norm(b)
    if min(lengths) == 0.0:
        return (1.0 - share) * a + share * b
    p, q = a / lengths[0], b / lengths[1]
    angle = np.arccos(np.clip(p @ q, -1.0, 1.0))
    if np.sin(angle) < PARALLEL:
        return (1.0 - share) * a + share * b
    direction = (np.sin((1.0 - share) * angle) * p + np.sin(share * angle) * q) / np.sin(angle)
    out = direction * ((1.0 - share) * lengths[0] + share * lengths[1])
    out[0], out[-1] = a, b
    return out
