"""The toolkit's deep methods and the keys of their results."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from synthfast import SyntheticDataGenerator, load_dataset

pytest.importorskip("torch")
pytest.importorskip("safetensors")

SMALL = {"encoding_dim": 3, "hidden_layers": [16], "head_width": 8, "epochs": 2}


@pytest.fixture(scope="module")
def iris():
    return load_dataset("iris")


@pytest.fixture(scope="module")
def generator():
    return SyntheticDataGenerator(random_state=0)


@pytest.fixture(scope="module")
def result(generator, iris):
    return generator.vae_generation(iris, n_samples=40, batch_size=32, **SMALL)


def test_vae_generation(result, iris):
    keys = "synthetic_data encoding_dim reconstruction_loss kl_divergence total_loss encoder decoder history"
    assert set(keys.split()) | {"latent_statistics"} <= set(result)
    assert result["synthetic_data"].shape == (40, 5)
    assert result["encoding_dim"] == 3
    assert result["total_loss"] == result["reconstruction_loss"] + result["kl_divergence"]
    latents = result["encoder"].predict(iris)
    assert latents.shape == (150, 3)
    assert result["decoder"].predict(latents).shape == (150, 5)
    assert len(result["history"]["loss"]) == 2
    assert isinstance(result["latent_plot"], Figure)


def test_arrays_come_back_as_arrays(generator):
    X = np.random.default_rng(0).normal(size=(80, 3))
    result = generator.vae_generation(X, **SMALL)
    assert isinstance(result["synthetic_data"], np.ndarray)
    assert result["synthetic_data"].shape == (80, 3)
    assert isinstance(result["decoder"].predict(np.zeros((2, 3))), np.ndarray)


def test_gan_generation(generator, iris):
    result = generator.gan_generation(iris, 30, epochs=2, hidden_layers=[16], critic_layers=[16], pack=2)
    assert result["synthetic_data"].shape == (30, 5)
    assert len(result["history"]["wasserstein"]) == 2
    assert result["collapsed"] in (True, False)


def test_latent_interpolation(generator, result, iris):
    for model in (result, result["model"]):
        found = generator.latent_interpolation(model, iris.head(1), iris.tail(1), steps=4)
        assert found["path"].shape == (4, 5)
        assert found["latents"].shape == (4, 3)
        assert isinstance(found["plot"], Figure)


def test_unknown_parameters_are_named(generator, iris):
    with pytest.raises(TypeError, match="no_such"):
        generator.vae_generation(iris, no_such=1)
