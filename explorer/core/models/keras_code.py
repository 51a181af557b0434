"""A network and its training as Keras code, to copy: it runs by itself and gives the same network."""

from collections.abc import Mapping
from typing import Any

from explorer.core.data.dataset import SAMPLE_TRAIN
from explorer.core.models.architecture import SIDE, LayerSpec, architecture
from explorer.core.resources import resource_path

_OPTIMIZERS = {
    "sgd": "SGD({rate})",
    "momentum": "SGD({rate}, momentum=0.9)",
    "adam": "Adam({rate})",
    "rmsprop": "RMSprop({rate})",
}

_PLAIN = {"Dense": "units", "Conv2D": "filters", "Dropout": "rate", "Reshape": "target_shape"}
"""The argument that stands first and without its name, as one writes it."""

_OF_KERAS = {"auto": "mnist", "mnist": "mnist", "fashion": "fashion_mnist"}
"""Modules of keras.datasets by the source's name."""


def keras_code(settings: Mapping[str, Any], source: str) -> str:
    """Return a script that trains the network of a run's settings with `model.fit`.

    source: ``auto`` and ``mnist`` for MNIST through Keras, ``fashion`` for Fashion-MNIST likewise, ``sample`` for the
    sample that is shipped, or the path of an ``.npz`` file.
    """
    optimizer = _OPTIMIZERS[settings["optimizer"]].format(rate=f"{settings['learning_rate']:g}")
    layers = [f"        layers.{_layer(layer)}," for layer in architecture(settings)]
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
            f"        keras.Input(({SIDE}, {SIDE})),",
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
    needed = [] if source in _OF_KERAS else ["import numpy as np"]
    return ["import keras", *needed, "from keras import layers"]


def _data(source: str) -> list[str]:
    if source in _OF_KERAS:
        return [f"(x_train, y_train), (x_test, y_test) = keras.datasets.{_OF_KERAS[source]}.load_data()"]
    if source == "sample":
        n = SAMPLE_TRAIN
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
    first = _PLAIN.get(layer.kind, "")
    arguments = [repr(layer.options[first])] if first in layer.options else []
    arguments += [f"{key}={_literal(value)}" for key, value in layer.options.items() if key != first]
    if layer.l2:
        arguments.append(f"kernel_regularizer=keras.regularizers.L2({layer.l2:g})")
    return f"{layer.kind}({', '.join(arguments)})"


def _literal(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)
