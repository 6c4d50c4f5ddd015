"""The deep generators: what they do with odd input, what an interrupt leaves, and how near they come."""

import importlib.util
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import synthfast
from synthfast._core.random import Stream
from synthfast.exceptions import DataError, FileFormatError, TrainingWarning

torch = pytest.importorskip("torch")
pytest.importorskip("safetensors")

VAE = {"encoding_dim": 3, "hidden_layers": (16,), "head_width": 8, "epochs": 2}
GAN = {"encoding_dim": 4, "hidden_layers": (16,), "critic_layers": (16,), "head_width": 8, "epochs": 2, "pack": 2}
MODELS = {"VAESynthesizer": VAE, "GANSynthesizer": GAN}


def frame_of(n=300, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    return pd.DataFrame({"x": x, "y": x + rng.normal(size=n), "c": np.where(x > 0, "up", "down")})


@pytest.fixture(params=MODELS)
def make(request):
    return lambda **params: getattr(synthfast, request.param)(**{"random_state": 0, **MODELS[request.param], **params})


@pytest.fixture(scope="module")
def autoencoder():
    return synthfast.VAESynthesizer(random_state=0, **VAE).fit(frame_of())


# -- odd input ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n_rows", [1, 2, 7, 19])
def test_fewer_rows_than_a_batch(make, n_rows):
    data = frame_of(n_rows)
    model = make(batch_size=512).fit(data)
    assert model.sample(30, random_state=0).dtypes.to_dict() == data.dtypes.to_dict()


def test_a_column_of_thousands_of_levels(make):
    rng = np.random.default_rng(0)
    codes = np.r_[np.repeat(np.arange(3_000), 2), rng.integers(0, 3_000, 500)]
    data = pd.DataFrame({"zip": pd.Categorical(codes), "x": rng.normal(size=len(codes))})
    model = make(epochs=1, min_level_count=1).fit(data)
    assert set(model.sample(500, random_state=0)["zip"].dropna()) <= set(range(3_000))


def test_constant_and_missing_columns(make):
    data = pd.DataFrame({"one": [1.0] * 40, "none": [np.nan] * 40, "half": [1.0, np.nan] * 20, "x": np.arange(40.0)})
    sample = make().fit(data).sample(200, random_state=0)
    assert (sample["one"] == 1.0).all()
    assert sample["none"].isna().all()
    assert 0.3 < sample["half"].isna().mean() < 0.7  # 5.7 standard deviations of a share of 200


@pytest.mark.parametrize(
    ("parameter", "value", "error"),
    [
        ("epochs", 0, ValueError),
        ("epochs", 1.5, TypeError),
        ("batch_size", 0, ValueError),
        ("batch_size", "many", TypeError),
        ("encoding_dim", 0, ValueError),
        ("hidden_layers", (), TypeError),
        ("hidden_layers", 32, TypeError),
        ("hidden_layers", (32, 0), ValueError),
        ("learning_rate", -1.0, ValueError),
        ("n_bins", 1, ValueError),
        ("n_candidates", 0, ValueError),
        ("min_level_count", 0, ValueError),
        ("patience", 0, ValueError),
        ("device", "abacus", ValueError),
    ],
)
def test_bad_parameters_are_named(make, parameter, value, error):
    with pytest.raises(error, match=parameter):
        make(**{parameter: value}).fit(frame_of(30))


@pytest.mark.parametrize(
    ("parameter", "value"), [("beta", -1.0), ("prior", "flat"), ("heads", "two"), ("validation_fraction", 0.9)]
)
def test_bad_parameters_of_the_autoencoder_are_named(parameter, value):
    with pytest.raises(ValueError, match=parameter):
        synthfast.VAESynthesizer(**{**VAE, parameter: value}).fit(frame_of(30))


@pytest.mark.parametrize(("parameter", "value"), [("penalty", -1.0), ("critic_steps", 0), ("pack", 0)])
def test_bad_parameters_of_the_gan_are_named(parameter, value):
    with pytest.raises(ValueError, match=parameter):
        synthfast.GANSynthesizer(**{**GAN, parameter: value}).fit(frame_of(30))


# -- training ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("after", [0, 1])
def test_an_interrupt_leaves_the_best_state_so_far(make, monkeypatch, after):
    from synthfast.synthesizers._deep import gan_fitting, training

    true, calls = training.gradients, []

    def interrupted(*args, **kwargs):
        calls.append(1)
        if len(calls) > after:
            raise KeyboardInterrupt
        return true(*args, **kwargs)

    for module in (training, gan_fitting):
        monkeypatch.setattr(module, "gradients", interrupted)
    with pytest.warns(TrainingWarning, match="interrupted in epoch"):
        model = make(batch_size=300).fit(frame_of())
    assert len(model.sample(20, random_state=0)) == 20


def test_training_leaves_torch_as_it_was(make):
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    threads = torch.get_num_threads()
    make().fit(frame_of(60)).sample(10)
    assert torch.equal(torch.rand(3), expected)
    assert torch.get_num_threads() == threads


def test_training_lowers_the_loss(autoencoder):
    model = synthfast.VAESynthesizer(random_state=0, **{**VAE, "epochs": 12}).fit(frame_of(600))
    held = model.history_["held_out_loss"]
    assert min(held) < held[0]
    assert set(model.history_) >= {"loss", "reconstruction_loss", "kl_divergence"}


def test_patience_ends_training():
    model = synthfast.VAESynthesizer(random_state=0, **{**VAE, "epochs": 50, "learning_rate": 0.0, "patience": 1})
    assert len(model.fit(frame_of(60)).history_["loss"]) < 50


def test_collapse_is_told():
    from synthfast.synthesizers._deep.gan_fitting import _warn_of_collapse

    with pytest.warns(TrainingWarning, match="collapsed"):
        assert _warn_of_collapse([0.9, 0.1], [0.5, 0.2])
    assert not _warn_of_collapse([0.9, 0.1], [0.2, 0.5])


def test_gradients_do_not_depend_on_threads(n_threads):
    from synthfast.synthesizers._deep.training import gradients

    weight = torch.arange(6.0, requires_grad=True)

    def loss(rows, stream, done):
        return (rows @ weight).square().mean(), {"n": float(len(rows))}

    batch = torch.from_numpy(Stream.from_seed(0).normal(6 * 1_000, dtype="float32")).view(1_000, 6)
    with synthfast.num_threads(1):
        expected, _ = gradients([weight], loss, batch, Stream.from_seed(1), 0.0)
    with synthfast.num_threads(n_threads):
        found, figures = gradients([weight], loss, batch, Stream.from_seed(1), 0.0)
    assert torch.equal(found[0], expected[0])
    whole = torch.autograd.grad((batch @ weight).square().mean(), weight)[0]
    torch.testing.assert_close(found[0], whole)  # the mean of the shares' gradients is the batch's
    assert figures["n"] == pytest.approx(1_000 / 3, rel=0.01)


def test_the_cycle_of_the_learning_rate():
    from synthfast.synthesizers._deep.training import Schedule

    rates = [Schedule(1.0, 100).rate(step) for step in range(100)]
    top = int(np.argmax(rates))
    assert rates[top] == pytest.approx(1.0, abs=1e-2)
    assert (np.diff(rates[: top + 1]) > 0).all()
    assert (np.diff(rates[top:]) < 0).all()
    assert rates[-1] < 0.01


# -- halves ------------------------------------------------------------------------------------------------------------


def test_encoder_and_decoder(autoencoder):
    data = frame_of()
    latents = autoencoder.encoder.predict(data)
    assert latents.shape == (300, 3)
    assert (autoencoder.encoder.deviations(data) > 0).all()
    np.testing.assert_array_equal(autoencoder.encoder.predict(data.head(10)), latents[:10])
    rows = autoencoder.decoder.predict(latents)
    assert rows.dtypes.to_dict() == data.dtypes.to_dict()
    pd.testing.assert_frame_equal(autoencoder.decoder.predict(latents[:5]), rows.head(5))
    drawn = autoencoder.decoder.predict(np.repeat(latents[:1], 4, axis=0), random_state=3)
    assert len(drawn.drop_duplicates()) == 1  # the same latents and the same noise
    with pytest.raises(DataError, match="lack"):
        autoencoder.encoder.predict(data[["x"]])
    with pytest.raises(DataError, match="shape"):
        autoencoder.decoder.predict(np.zeros((2, 7)))
    with pytest.raises(DataError, match="finite"):
        autoencoder.decoder.predict([[np.nan, 0.0, 0.0]])


def test_statistics_of_the_latents(autoencoder):
    found = autoencoder.latent_statistics_
    latents = autoencoder.encoder.predict(frame_of())
    np.testing.assert_allclose(found["mean"], latents.mean(axis=0), atol=1e-5)
    np.testing.assert_allclose(found["standard_deviation"], latents.std(axis=0), atol=1e-5)
    assert 0 <= found["n_active"] <= 3
    assert autoencoder.kl_divergence_ >= 0
    assert autoencoder.reconstruction_loss_ > 0


def test_divergence_is_the_gaussians():
    from synthfast.synthesizers._deep.vae_network import divergence

    mean, variance = torch.tensor([0.0, 1.0, -2.0]), torch.tensor([1.0, 0.5, 3.0])
    p, q = torch.distributions.Normal(mean, variance.sqrt()), torch.distributions.Normal(0.0, 1.0)
    torch.testing.assert_close(divergence(mean, variance.log()), torch.distributions.kl_divergence(p, q))


def test_heads_draw_what_they_were_trained_on():
    """Logits of a column drawn in turn are those of the whole row at once."""
    from synthfast.synthesizers._deep.networks import Heads
    from synthfast.synthesizers._deep.states import LevelStates, StateTable

    table = StateTable([LevelStates(n, n, False) for n in (2, 3, 4)], [np.arange(1, n + 1) for n in (2, 3, 4)])
    heads = Heads(table, 5, 6, 7)
    states = torch.tensor([[0, 2, 1], [1, 0, 3]])
    h = torch.randn(2, 5, generator=torch.Generator().manual_seed(0))
    whole = heads(h, states + heads.offsets)
    base, seen = heads.base(h), torch.zeros(2, 7)
    for j in range(3):
        torch.testing.assert_close(heads.logits(j, base, seen), whole[j])
        seen = heads.see(j, seen, states[:, j])


def test_calibration_gives_the_rows_shares():
    from synthfast.synthesizers._deep.calibration import calibrate
    from synthfast.synthesizers._deep.networks import Heads
    from synthfast.synthesizers._deep.states import LevelStates, StateTable

    counts = [np.array([5, 0, 95]), np.array([40, 60])]
    table = StateTable([LevelStates(0, 3, False), LevelStates(1, 2, False)], counts)
    heads = Heads(table, 4, 8, 8).requires_grad_(False)
    generator = torch.Generator().manual_seed(0)
    h, u = torch.randn(2_048, 4, generator=generator), torch.rand(2, 2_048, generator=generator)
    calibrate(heads, table, h, u)
    share = torch.softmax(heads.logits(0, heads.base(h), torch.zeros(2_048, 8)), 1).mean(0)
    torch.testing.assert_close(share, torch.tensor([0.05, 0.0, 0.95]), atol=1e-4, rtol=0.0)


@pytest.mark.parametrize("options", [{"prior": "normal"}, {"heads": "independent"}, {"validation_fraction": 0.0}])
def test_options(options):
    model = synthfast.VAESynthesizer(random_state=0, **{**VAE, **options}).fit(frame_of(100))
    assert len(model.sample(20, random_state=0)) == 20


def test_a_condition_shifts_what_depends_on_it():
    model = synthfast.VAESynthesizer(random_state=0, **{**VAE, "epochs": 15}).fit(frame_of(1_500))
    up, down = (model.sample(1_000, conditions={"c": level}, random_state=0)["x"].mean() for level in ("up", "down"))
    assert up - down > 0.8  # 1.6 in the data


# -- files -------------------------------------------------------------------------------------------------------------


def test_damaged_weights_are_told(make, tmp_path):
    from synthfast.io.model_file import read_model, write_model

    make().fit(frame_of(60)).save(tmp_path / "m.synth")
    document, arrays = read_model(tmp_path / "m.synth")
    arrays["model/weights"] = arrays["model/weights"][:-8]
    write_model(tmp_path / "broken.synth", document, arrays)
    with pytest.raises(FileFormatError, match="weights"):
        synthfast.load(tmp_path / "broken.synth")


def test_without_torch_the_error_names_the_command():
    code = """
import sys
from importlib import util
found = util.find_spec
util.find_spec = lambda name, *rest: None if name == "torch" else found(name, *rest)
sys.modules["torch"] = None
import pandas as pd, synthfast
for name in ("VAESynthesizer", "GANSynthesizer"):
    try:
        getattr(synthfast, name)().fit(pd.DataFrame({"a": [1.0, 2.0]}))
    except ImportError as error:
        print("pip install 'synthfast[deep]'" in str(error))
"""
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True"]
    assert importlib.util.find_spec("torch") is not None


def test_rows_without_a_modelled_column_have_latents():
    frame = pd.DataFrame({"same": np.ones(40)})
    model = synthfast.VAESynthesizer(random_state=0, **VAE).fit(frame)
    assert model.encoder.predict(frame).shape == (40, VAE["encoding_dim"])
