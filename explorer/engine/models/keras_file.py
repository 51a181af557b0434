"""Networks in files: written atomically, and read without running any code that a file contains."""

import re
import warnings
from pathlib import Path
from typing import Any

import keras

from explorer.core.atomic_write import atomic_write
from explorer.core.models.hdf5_file_check import check_hdf5_file
from explorer.core.models.keras_file_check import SAVE_AGAIN, KerasFileError, check_keras_file, is_hdf5_name
from explorer.engine.models.build import BUILD_LOCK
from explorer.engine.models.image_fit import check_fits_images
from explorer.engine.tf_adapter.keras_layers import all_layers

KERAS_ERROR_PREFIX = "Exception encountered when calling"
"""First words of the message in which Keras wraps an error of a layer; the error's own message follows below."""

MODEL_KINDS = frozenset({"Sequential", "Functional", "Model"})
"""Classes of models that a file can describe."""

MAX_REASON_LENGTH = 200
"""Characters of a message of Keras's or TensorFlow's that are shown."""


def save_network(model: keras.Model, path: Path, optimizer: keras.optimizers.Optimizer | None = None) -> None:
    """Save a model atomically, so that no partial file is left behind. Raises OSError.

    optimizer: one that was built for the model. The model is compiled with it, so that Keras can evaluate the saved
    model and train it further at once.
    """
    if optimizer is not None:
        model.compile(optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    with atomic_write(path) as part, _ignore_warnings():
        model.save(part)


def load_network(path: Path) -> keras.Model:
    """Load a network that takes one grey image of 28 x 28 pixels and gives numbers; raises KerasFileError."""
    model = load_any_network(path)
    check_fits_images(path.name, model)
    return model


def load_any_network(path: Path) -> keras.Model:
    """Load a network of any shape from a ``.keras`` or an ``.h5`` file, running no code of it; raises KerasFileError.

    It is not compiled; `compiled_loss.read_compiled_loss` reads its loss.
    """
    if is_hdf5_name(path.name):
        _check_classes(path.name, check_hdf5_file(path))
    else:
        check_keras_file(path)
    try:
        with BUILD_LOCK, _ignore_warnings():
            model = keras.saving.load_model(path, compile=False, safe_mode=True)
    except MemoryError:
        raise KerasFileError(f"{path.name} needs more memory than there is.") from None
    # Keras, HDF5 and TensorFlow raise many types for an inconsistent file; they mean the same to the user.
    except Exception as error:
        hint = f" If you have the model, {SAVE_AGAIN}." if is_hdf5_name(path.name) else ""
        raise KerasFileError(f"{path.name} cannot be opened by Keras: {_loading_reason(error)}{hint}") from error
    if not getattr(model, "inputs", None) or not model.outputs:
        raise KerasFileError(
            f"{path.name} does not say what shape its inputs have: call the model on data, or give it an Input, and "
            "save it again."
        )
    _make_names_valid(model)
    return model


def _check_classes(name: str, config: Any) -> None:
    """Check that the model and its layers are of Keras's classes: the older format does not say where they are from."""
    known = {one.__name__ for one in vars(keras.layers).values() if isinstance(one, type)}
    waiting = [config]
    while waiting:
        part = waiting.pop()
        if not isinstance(part, dict) or not isinstance(part.get("config"), dict | list):
            continue
        kind, inner = part.get("class_name"), part["config"]
        if kind not in MODEL_KINDS and kind not in known:
            layer = inner.get("name") if isinstance(inner, dict) else None
            if isinstance(kind, str) and hasattr(keras.ops, re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind).lower()):
                raise KerasFileError(
                    f"{name} is not opened, because its layer “{layer}” ({kind}) is an operation of keras.ops, which "
                    f"this older format cannot describe: {SAVE_AGAIN}, and open that file."
                )
            raise KerasFileError(
                f"{name} is not opened, because its layer “{layer}” ({kind}) is not part of Keras, and no code is "
                "loaded. Use layers of Keras instead, and save the model again."
            )
        layers = inner.get("layers") if isinstance(inner, dict) else inner
        waiting += layers if isinstance(layers, list) else []
        if isinstance(inner, dict):
            waiting += [inner[key] for key in ("layer", "cell", "forward_layer", "backward_layer") if key in inner]


def _make_names_valid(model: keras.Model) -> None:
    """Replace characters in layer names that Keras allows and TensorFlow's graphs do not, such as a space, by ``_``."""
    layers = all_layers(model)
    taken = {layer.name for layer in layers}
    for layer in layers:
        name = re.sub(r"[^A-Za-z0-9_.>-]", "_", layer.name)
        name = name if re.match(r"[A-Za-z0-9.]", name) else f"layer{name}"
        if name == layer.name:
            continue
        unique, number = name, 0
        while unique in taken:
            number += 1
            unique = f"{name}_{number}"
        taken.add(unique)
        layer.name = unique


def _loading_reason(error: Exception) -> str:
    """Return the reason why a file is not loaded; of a layer whose weights do not fit also its name."""
    layer = re.search(r"Example error message for object <(\w+) name=([^,>]+)[^>]*>:\s*(.*)", str(error))
    if layer is None:
        return error_reason(error)
    kind, name, reason = layer.groups()
    reason = reason.partition(" Target variable:")[0]  # all numbers of the weights follow
    return f"the weights of its layer “{name}” ({kind}) do not fit. {_sentence(reason)}"


def _ignore_warnings() -> "warnings.catch_warnings[None]":
    """Ignore Keras's warnings about its own use of NumPy and about models without a loss: users cannot act on them."""
    return warnings.catch_warnings(action="ignore")


def error_reason(error: Exception) -> str:
    """Return the line of a message of Keras's or TensorFlow's that gives the reason.

    It has no colours, is shortened, and ends with a full stop.
    """
    lines = [re.sub(r"\x1b\[[\d;]*m", "", line).strip() for line in str(error).splitlines()]
    line = next((line for line in lines if line and not line.startswith(KERAS_ERROR_PREFIX)), type(error).__name__)
    return _sentence(line)


def _sentence(line: str) -> str:
    """Return a line as the end of a sentence, shortened."""
    if len(line) > MAX_REASON_LENGTH:
        return f"{line[: MAX_REASON_LENGTH - 3]}…"
    return line if line.endswith((".", "!", "?", "…")) else f"{line}."
