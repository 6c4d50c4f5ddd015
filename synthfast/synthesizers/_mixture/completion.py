"""Rows of which some columns are known: components by their shares given what is known, the rest given both."""

import numpy as np
from numpy.typing import NDArray

from synthfast._core.random import Stream
from synthfast.encoding.missing import missing_of
from synthfast.exceptions import ConditionError
from synthfast.synthesizers._conditioning import ConditionalNormal
from synthfast.synthesizers._mixture.columns import Codes, Columns
from synthfast.synthesizers._mixture.em import score_rows
from synthfast.synthesizers._mixture.model import Draft, MixtureModel
from synthfast.synthesizers._mixture.rows import MixtureRows

__all__ = ["complete_rows"]

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]


def complete_rows(model: MixtureModel, known: Columns, n_rows: int, stream: Stream) -> Columns:
    """Encoded columns of rows whose ``known`` ones are given, each of shape (n_rows,)."""
    _check_missing(model, known)
    z, codes = model.columns.encode(known, n_rows, [own.places for own in model.maps])
    shares = score_rows(MixtureRows.of(z, codes), model.parameters)[1]
    component = _draw_component(shares, model.parameters.weights, stream.child("component").uniform(n_rows))

    def once(rows: Rows, part: Stream) -> Draft:
        own = component[rows]
        states = []
        for c, start in enumerate(model.columns.offsets[:-1]):
            told = codes[rows, c]
            drawn = model.draw_states(c, own, part)
            states.append(np.where(told == model.columns.offsets[-1], drawn, told - start).astype(np.int32))
        return Draft(_numbers(model, z[:, rows], own, part), states)

    return model.draw_inside(n_rows, stream, once) | known


def _draw_component(shares: Floats, weights: Floats, u: Floats) -> Codes:
    """A component for each row; where none can have given what is known, one by its weight."""
    impossible = ~shares.any(axis=1)
    shares[impossible] = weights
    reach = np.cumsum(shares, axis=1)
    k = (reach <= (u * reach[:, -1])[:, None]).sum(axis=1)
    return np.minimum(k, shares.shape[1] - 1).astype(np.int32)


def _numbers(model: MixtureModel, z: Floats, component: Codes, stream: Stream) -> Floats:
    """Places of all numbers of rows, given those that are known; rows alike in which are known go together."""
    told = ~np.isnan(z)
    if not told.any():
        return model.draw_numbers(component, stream)
    p = model.parameters
    out = np.empty_like(z)
    kinds, kind = np.unique(told.T, axis=0, return_inverse=True)
    for g, k in np.unique(np.column_stack([kind.ravel(), component]), axis=0):
        rows = np.flatnonzero((kind.ravel() == g) & (component == k))
        mean = p.means[k][:, None]
        points = {int(j): z[j, rows] - mean[j] for j in np.flatnonzero(kinds[g])}
        law = ConditionalNormal(p.covariance(int(k)))
        part = stream.child("known", *map(int, kinds[g])).child(int(k))
        out[:, rows] = law.sample(points, {}, len(rows), part) + mean
    return out


def _check_missing(model: MixtureModel, known: Columns) -> None:
    for name, values in known.items():
        gone = missing_of(values)
        if gone.any() and not model.columns.named(name).missing:
            raise ConditionError(
                f"sample_remaining: column {name!r} is missing in row {int(np.argmax(gone))}, but had no missing "
                "values in the data that was fitted. Leave the column out where it is unknown."
            )
