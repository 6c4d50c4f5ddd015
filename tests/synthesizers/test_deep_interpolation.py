"""Ways through latent space."""

import numpy as np
import pytest

import synthfast
from synthfast.exceptions import DataError, NotFittedError

pytest.importorskip("torch")
pytest.importorskip("safetensors")


@pytest.fixture(scope="module")
def iris():
    return synthfast.load_dataset("iris")


@pytest.fixture(scope="module")
def model(iris):
    return synthfast.VAESynthesizer(encoding_dim=3, hidden_layers=(16,), head_width=8, epochs=3, random_state=0).fit(
        iris
    )


@pytest.mark.parametrize("kind", ["slerp", "linear"])
def test_the_way_begins_and_ends_where_it_should(model, iris, kind):
    path = synthfast.interpolate_latent(model, iris.head(50), iris.tail(1), steps=7, kind=kind)
    np.testing.assert_allclose(path.latents[0], model.encoder.predict(iris.head(50)).mean(axis=0))
    np.testing.assert_allclose(path.latents[-1], model.encoder.predict(iris.tail(1))[0])
    assert path.rows.shape == (7, 5)
    assert path.rows.dtypes.to_dict() == iris.dtypes.to_dict()


def test_straight_and_along_the_sphere(model):
    a, b = [2.0, 0.0, 0.0], [0.0, 1.0, 0.0]
    straight = synthfast.interpolate_latent(model, a, b, steps=5, kind="linear").latents
    np.testing.assert_allclose(np.diff(straight, axis=0), np.tile([[-0.5, 0.25, 0.0]], (4, 1)))
    round_about = synthfast.interpolate_latent(model, a, b, steps=5).latents
    np.testing.assert_allclose(np.linalg.norm(round_about, axis=1), np.linspace(2.0, 1.0, 5))
    angles = np.arctan2(round_about[:, 1], round_about[:, 0])
    np.testing.assert_allclose(np.diff(angles), np.pi / 8)


@pytest.mark.parametrize("ends", [([0.0] * 3, [1.0] * 3), ([1.0] * 3, [2.0] * 3), ([1.0] * 3, [-1.0] * 3)])
def test_where_the_sphere_has_no_one_way_it_is_straight(model, ends):
    path = synthfast.interpolate_latent(model, *ends, steps=3).latents
    np.testing.assert_allclose(path[1], np.mean(ends, axis=0), atol=1e-12)


def test_rows_may_be_mappings(model, iris):
    row = iris.iloc[0].to_dict()
    path = synthfast.interpolate_latent(model, row, iris.tail(1), steps=2)
    np.testing.assert_allclose(path.latents[0], model.encoder.predict(iris.head(1))[0])


def test_attributes_are_edited_by_a_direction(model, iris):
    from synthfast.synthesizers._deep.interpolation import attribute_direction

    groups = [iris[iris["species"] == name] for name in ("virginica", "setosa")]
    found = attribute_direction(model, *groups)
    expected = [model.encoder.predict(group).mean(axis=0) for group in groups]
    np.testing.assert_allclose(found, expected[0] - expected[1])


@pytest.mark.parametrize(
    ("start", "options", "error", "words"),
    [
        ([0.0] * 2, {}, DataError, "3 finite latents"),
        ([np.nan] * 3, {}, DataError, "finite"),
        (None, {}, DataError, "at least one row"),
        ([0.0] * 3, {"steps": 1}, ValueError, "steps"),
        ([0.0] * 3, {"kind": "zigzag"}, ValueError, "kind"),
    ],
)
def test_bad_arguments_are_named(model, iris, start, options, error, words):
    start = iris.head(0) if start is None else start
    with pytest.raises(error, match=words):
        synthfast.interpolate_latent(model, start, [0.0] * 3, **options)


def test_models_without_an_encoder_are_refused(iris):
    with pytest.raises(TypeError, match="encoder"):
        synthfast.interpolate_latent(synthfast.MarginalSynthesizer().fit(iris), iris.head(1), iris.tail(1))
    with pytest.raises(NotFittedError):
        synthfast.interpolate_latent(synthfast.VAESynthesizer(), iris.head(1), iris.tail(1))
