"""Which networks are fed pixels from 0 to 255: those whose own graph scales them."""

import keras
import numpy as np
import pytest
from keras import layers as kl

from explorer.core.models.input_scale import InputScale
from explorer.engine.models.input_scale import input_scale, input_scales
from explorer.engine.models.keras_file import load_any_network, save_network

SHAPE = (28, 28, 1)
PIXELS = np.random.default_rng(0).integers(0, 256, (64, *SHAPE)).astype(np.float32)


def sequential(*layers, shape=SHAPE):
    return keras.Sequential([keras.Input(shape), *layers, kl.Flatten(), kl.Dense(10)])


def adapted(pixels, **options):
    layer = kl.Normalization(**options)
    layer.adapt(pixels)
    return layer


def normalized_by_batches(variance):
    layer = kl.BatchNormalization()
    model = sequential(layer)
    layer.moving_variance.assign([variance])
    return model


def scaling():
    return kl.Rescaling(1 / 255)


OWN = {
    "Rescaling": lambda: sequential(scaling()),
    "Rescaling to -1 … 1": lambda: sequential(kl.Rescaling(1 / 127.5, offset=-1)),
    "after Reshape": lambda: sequential(kl.Reshape(SHAPE), scaling(), shape=(28, 28)),
    "after Resizing": lambda: sequential(kl.Resizing(14, 14), scaling()),
    "after ZeroPadding": lambda: sequential(kl.ZeroPadding2D(2), scaling()),
    "after augmentation": lambda: sequential(kl.RandomFlip(), kl.RandomRotation(0.1), scaling()),
    "after noise": lambda: sequential(kl.GaussianNoise(0.1), kl.Dropout(0.1), scaling()),
    "after pooling": lambda: sequential(kl.AveragePooling2D(2), scaling()),
    "after three channels": lambda: functional(lambda x: scaling()(kl.Concatenate()([x, x, x]))),
    "in a nested Sequential": lambda: sequential(keras.Sequential([keras.Input(SHAPE), kl.RandomZoom(0.1), scaling()])),
    "behind a nested Sequential": lambda: sequential(
        keras.Sequential([keras.Input(SHAPE), kl.RandomZoom(0.1)]), scaling()
    ),
    "in a nested model of a nested model": lambda: sequential(
        keras.Sequential([keras.Input(SHAPE), keras.Sequential([keras.Input(SHAPE), scaling()])])
    ),
    "in a model for each frame": lambda: sequential(
        kl.TimeDistributed(keras.Sequential([keras.Input(SHAPE), scaling()])), shape=(2, *SHAPE)
    ),
    "on one of two branches": lambda: functional(lambda x: kl.Add()([kl.Conv2D(1, 1)(x), scaling()(x)])),
    "Normalization": lambda: sequential(adapted(PIXELS)),
    "Normalization of all axes": lambda: sequential(adapted(PIXELS, axis=None)),
    "Normalization with given numbers": lambda: sequential(kl.Normalization(mean=33.3, variance=78.6**2)),
    "BatchNormalization of 0 to 255": lambda: normalized_by_batches(78.6**2),
    "a division": lambda: functional(lambda x: x / 255.0),
    "a division and a shift": lambda: functional(lambda x: (x - 127.5) / 127.5),
    "a product": lambda: functional(lambda x: 0.0039 * keras.ops.reshape(x, (-1, 784))),
}
UNIT = {
    "nothing": lambda: sequential(),
    "after Conv2D": lambda: sequential(kl.Conv2D(2, 3), scaling()),
    "after a nested Conv2D": lambda: sequential(keras.Sequential([keras.Input(SHAPE), kl.Conv2D(2, 3)]), scaling()),
    "from 0 … 1 to -1 … 1": lambda: sequential(kl.Rescaling(2.0, offset=-1)),
    "from 0 … 1 to 0 … 255": lambda: sequential(kl.Rescaling(255.0)),
    "Normalization of 0 to 1": lambda: sequential(adapted(PIXELS / 255)),
    "Normalization with numbers of 0 to 1": lambda: sequential(kl.Normalization(mean=0.1307, variance=0.3081**2)),
    "BatchNormalization of 0 to 1": lambda: normalized_by_batches(0.3**2),
    "a shift": lambda: functional(lambda x: x - 0.5),
    "augmentation alone": lambda: sequential(kl.RandomFlip(), kl.Resizing(14, 14)),
}


def functional(call):
    image = keras.Input(SHAPE)
    return keras.Model(image, kl.Dense(10)(kl.Flatten()(call(image))))


@pytest.mark.parametrize("build", OWN.values(), ids=OWN)
def test_a_network_that_scales_pixels_is_fed_0_to_255(build):
    assert input_scale(build()) is InputScale.OWN


@pytest.mark.parametrize("build", UNIT.values(), ids=UNIT)
def test_any_other_network_is_fed_pixels_divided_by_255(build):
    assert input_scale(build()) is InputScale.UNIT


def test_a_saved_network_keeps_its_scale(tmp_path):
    for number, build in enumerate(
        (OWN["Normalization"], UNIT["Normalization of 0 to 1"], OWN["a division and a shift"])
    ):
        model = build()
        save_network(model, tmp_path / f"{number}.keras")
        assert input_scale(load_any_network(tmp_path / f"{number}.keras")) is input_scale(model)


def test_each_of_several_inputs_has_its_scale():
    one, other = keras.Input(SHAPE), keras.Input((10,))
    joined = kl.Concatenate()([kl.Flatten()(scaling()(one)), other])
    model = keras.Model([one, other], kl.Dense(10)(joined))
    assert input_scales(model) == [InputScale.OWN, InputScale.UNIT]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        ("EfficientNetB0", {}, InputScale.OWN),
        ("EfficientNetV2B0", {}, InputScale.OWN),
        ("EfficientNetV2B0", {"include_preprocessing": False}, InputScale.UNIT),
        ("MobileNetV3Small", {}, InputScale.OWN),
        ("MobileNetV3Small", {"include_preprocessing": False}, InputScale.UNIT),
        ("ConvNeXtTiny", {}, InputScale.OWN),
        ("MobileNetV2", {}, InputScale.UNIT),
        ("ResNet50", {}, InputScale.UNIT),
    ],
)
def test_published_networks_with_preprocessing_inside_are_fed_0_to_255(name, options, expected):
    model = getattr(keras.applications, name)(weights=None, input_shape=(64, 64, 3), classes=10, **options)
    assert input_scale(model) is expected
    nested = keras.Sequential([keras.Input((64, 64, 3)), kl.RandomFlip(), model])
    assert input_scale(nested) is expected
