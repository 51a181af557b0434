"""Keras code to copy: scripts that train the network of a run's settings, or let one from a file predict an image."""

from collections.abc import Mapping, Sequence
from typing import Any

from explorer.core.data.dataset import SAMPLE_TRAIN_COUNT, StoredPixels
from explorer.core.models.architecture import IMAGE_SIDE, LayerSpec, build_layer_specs
from explorer.core.models.input_scale import InputScale
from explorer.core.models.network_output import OutputKind
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


WHOLE_PIXELS = (StoredPixels.WHOLE, StoredPixels.WHOLE)
"""How pixels are stored in all sources but files."""


def keras_code(
    settings: Mapping[str, Any], source: str, stored: tuple[StoredPixels, StoredPixels] = WHOLE_PIXELS
) -> str:
    """Return a script that trains the network of a run's settings with `model.fit`, on the numbers that it got here.

    Parameters
    ----------
    source : "auto" or "mnist" for MNIST through Keras, "fashion" for Fashion-MNIST through Keras, "sample" for the
        sample that is shipped, or the path of an ``.npz`` file.
    stored : how the pixels for training and for validation are stored in it.
    """
    optimizer = _OPTIMIZERS[settings["optimizer"]].format(rate=f"{settings['learning_rate']:g}")
    layers = [f"        layers.{_layer(layer)}," for layer in build_layer_specs(settings)]
    return "\n".join(
        [
            *_imports(source, stored),
            "from keras import layers",
            "",
            f"keras.utils.set_random_seed({settings['seed']})",
            "",
            *_data(source, stored),
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


def prediction_code(
    path: str,
    source: str,
    image: str,
    input_shape: Sequence[int],
    scale: InputScale,
    output: OutputKind,
    stored: tuple[StoredPixels, StoredPixels] = WHOLE_PIXELS,
) -> str:
    """Return a script that opens a network and predicts one image, as the tab Activations does.

    Parameters
    ----------
    path : of the network's file.
    source, stored : see `keras_code`.
    image : the image in Python, such as ``x_test[3]``.
    input_shape : in which the network takes it, without the batch.
    scale : how it is fed.
    output : what the network's outputs are.
    """
    fed, reason = {
        InputScale.UNIT: (" / 255.0", ""),
        InputScale.OWN: ("", "  # 0 to 255: the network scales by itself"),
        InputScale.RAW: ("", "  # 0 to 255"),
    }[scale]
    shown = {
        OutputKind.LOGITS: ["prediction = keras.ops.softmax(prediction)  # its outputs are logits"],
        OutputKind.LOGIT: ["prediction = keras.ops.sigmoid(prediction)  # its output is a logit"],
    }.get(output, [])
    return "\n".join(
        [
            *_imports(source, stored),
            "",
            f"model = keras.saving.load_model({path!r}, compile=False)",
            "",
            *_data(source, stored),
            f"image = {image}.reshape({(1, *input_shape)}){fed}{reason}",
            "prediction = model.predict(image)[0]",
            *shown,
            "print(prediction)",
            "",
        ]
    )


def _imports(source: str, stored: Sequence[StoredPixels]) -> list[str]:
    is_whole = all(one is StoredPixels.WHOLE for one in stored)
    return ["import keras"] if source in _KERAS_MODULES and is_whole else ["import keras", "import numpy as np"]


def _data(source: str, stored: Sequence[StoredPixels]) -> list[str]:
    """Return lines that load the images as whole numbers from 0 to 255, the same as the program has them."""
    if source in _KERAS_MODULES:
        return [f"(x_train, y_train), (x_test, y_test) = keras.datasets.{_KERAS_MODULES[source]}.load_data()"]
    if source == "sample":
        n = SAMPLE_TRAIN_COUNT
        return [
            f"with np.load({str(resource_path('data/mnist-sample.npz'))!r}) as file:",
            '    x, y = file["x"], file["y"]',
            f"x_train, y_train, x_test, y_test = x[:{n}], y[:{n}], x[{n}:], y[{n}:]",
        ]
    lines = [
        f"with np.load({source!r}) as file:",
        '    x_train, y_train, x_test, y_test = (file[key] for key in ("x_train", "y_train", "x_test", "y_test"))',
    ]
    for name, kind in zip(("x_train", "x_test"), stored, strict=True):
        if kind is StoredPixels.FRACTIONS:
            lines.append(f'{name} = np.rint({name}.astype("float64") * 255)  # fractions of 255')
        elif kind is StoredPixels.FLOATS:
            lines.append(f"{name} = np.rint({name})  # to whole numbers from 0 to 255")
    return lines


def _layer(layer: LayerSpec) -> str:
    first = _POSITIONAL.get(layer.kind, "")
    arguments = [repr(layer.options[first])] if first in layer.options else []
    arguments += [f"{key}={_literal(value)}" for key, value in layer.options.items() if key != first]
    if layer.l2:
        arguments.append(f"kernel_regularizer=keras.regularizers.L2({layer.l2:g})")
    return f"{layer.kind}({', '.join(arguments)})"


def _literal(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)
