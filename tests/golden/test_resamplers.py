"""The bytes that resamplers give for a seed; a change of them belongs under *Changed streams* in the change log."""

import hashlib

import numpy as np
import pytest

import synthfast
from synthfast._core.random import Stream

DIGESTS = {
    "RandomOverSampler": "608f611d150fc5bf",
    "SMOTE": "dd3baaee4980d0fe",
    "BorderlineSMOTE": "033eb74e8797eabc",
    "ADASYN": "4ac52e3f14fbfa4d",
    "SMOTENC": "b04d04eed2f41f69",
    "SMOTEN": "9a9cdd25841a8f2f",
    "SMOTETomek": "dcc81ad81899599b",
    "SMOTEENN": "0581aeac1240f723",
}


def table():
    """Numbers in steps of 2^-20, whose squares are summed without rounding, so that every processor finds one order."""
    stream = Stream.from_seed(0)
    X = np.rint(stream.child("numbers").normal(1_200).reshape(300, 4) * 2**20) / 2**20
    X[:, 0] = stream.child("levels").integers(4, 300)
    y = np.repeat([0, 1, 2], [180, 80, 40])
    return X + 0.5 * (np.arange(4) > 0) * y[:, None], y


@pytest.mark.parametrize("name", DIGESTS)
def test_bytes(name):
    params = {"categorical_features": [0]} if name == "SMOTENC" else {}
    X, y = getattr(synthfast, name)(random_state=7, **params).fit_resample(*table())
    assert hashlib.sha256(X.tobytes() + y.astype("<i8").tobytes()).hexdigest()[:16] == DIGESTS[name]
