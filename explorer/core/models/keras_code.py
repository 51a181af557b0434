"""Keras code to copy: a script that builds and trains the network of a run's settings."""

from collections.abc import Mapping
from typing import Any

from explorer.core.data.dataset import SAMPLE_TRAIN_COUNT
from explorer.core.models.architecture import IMAGE_SIDE, LayerSpec, build_layer_specs
from explorer.core.resources import resource_path

_OPTIMIZERS = {
    "sgd": "SGD({rate})",
    "momentum": "SGD({rate}, momentum=0.9)",
    "adam": "Adam({rate})",
    "rmsprop": "RMSprop({rate})",
}

_POSITIONAL = {"Dense": "units", "Conv2D": "filters", "Dropout": "rate", "Reshape": "target_shape"}
"""The argument that is written first and without its name."""

_KERAS_MODULES = {"auto": "mnist", "mnist": "mnist", "fashion": "fashion_mnist"}
"""Modules of `keras.datasets` by data source."""


def keras_code(settings: Mapping[str, Any], source: str) -> str:
    """Return a script that trains the network of a run's settings with `model.fit`.

    ``source`` is "auto" or "mnist" for MNIST through Keras, "fashion" for Fashion-MNIST through Keras, "sample" for the
    sample that is shipped, or the path of an ``.npz`` file.
    """
    optimizer = _OPTIMIZERS[settings["optimizer"]].format(rate=f"{settings['learning_rate']:g}")
    layers = [f"        layers.{_layer(layer)}," for layer in build_layer_specs(settings)]
    return "\n".join(
        [
            *_imports(source),
            "",
            f"keras.utils.set_random_seed({settings['seed']})",
            "",
            *_data(source),
            "x_train, x_test = x_train / 255.0, x_test / 255.0",
            "",
            "model = keras.Sequential(",
            "    [",
            f"        keras.Input(({IMAGE_SIDE}, {IMAGE_SIDE})),",
            *layers,
            "    ]",
            ")",
            "model.compile(",
            f"    optimizer=keras.optimizers.{optimizer},",
            '    loss="sparse_categorical_crossentropy",',
            '    metrics=["accuracy"],',
            ")",
            "model.summary()",
            "model.fit(",
            "    x_train,",
            "    y_train,",
            f"    batch_size={settings['batch_size']},",
            f"    epochs={settings['epochs']},",
            "    validation_data=(x_test, y_test),",
            ")",
            "",
        ]
    )


def _imports(source: str) -> list[str]:
    numpy = [] if source in _KERAS_MODULES else ["import numpy as np"]
    return ["import keras", *numpy, "from keras import layers"]


def _data(source: str) -> list[str]:
    if source in _KERAS_MODULES:
        return [f"(x_train, y_train), (x_test, y_test) = keras.datasets.{_KERAS_MODULES[source]}.load_data()"]
    if source == "sample":
        n = SAMPLE_TRAIN_COUNT
        return [
            f"with np.load({str(resource_path('data/mnist-sample.npz'))!r}) as file:",
            '    x, y = file["x"], file["y"]',
            f"x_train, y_train, x_test, y_test = x[:{n}], y[:{n}], x[{n}:], y[{n}:]",
        ]
    return [
        f"with np.load({source!r}) as file:",
        '    x_train, y_train, x_test, y_test = (file[key] for key in ("x_train", "y_train", "x_test", "y_test"))',
    ]


def _layer(layer: LayerSpec) -> str:
    first = _POSITIONAL.get(layer.kind, "")
    arguments = [repr(layer.options[first])] if first in layer.options else []
    arguments += [f"{key}={_literal(value)}" for key, value in layer.options.items() if key != first]
    if layer.l2:
        arguments.append(f"kernel_regularizer=keras.regularizers.L2({layer.l2:g})")
    return f"{layer.kind}({', '.join(arguments)})"


def _literal(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)
