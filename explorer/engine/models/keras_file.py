"""Networks in ``.keras`` files: saved whole or not at all, opened without running any code that is in them."""

import re
import warnings
from pathlib import Path

import keras

from explorer.core.atomic_write import written_whole
from explorer.core.models.architecture import DIGITS, SIDE
from explorer.core.models.keras_file_check import KerasFileError, check_network_file
from explorer.engine.models.build import BUILDING

WRAPPED = "Exception encountered when calling"
"""With this Keras begins what it says of an error in a layer; the error itself stands below."""


def save_network(model: keras.Model, path: Path, optimizer: keras.optimizers.Optimizer | None = None) -> None:
    """Save a model beside and then renamed: whole or not at all. Raises OSError.

    optimizer: one that was built for the model. It is saved along, so that Keras can evaluate what it loads, and fit it
    further, at once.
    """
    if optimizer is not None:
        model.compile(optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    with written_whole(path) as part, _quiet():
        model.save(part)


def load_network(path: Path) -> keras.Model:
    """Open a network that takes images of 28 x 28 pixels and gives ten numbers; raises NetworkFileError."""
    model = load_any_network(path)
    _check_shape(path.name, model)
    return model


def end_in_softmax(model: keras.Model) -> bool:
    """Let a network that ends in logits, as for a loss ``from_logits``, give probabilities; True if it ended so."""
    last = model.outputs[0]._keras_history.operation
    if not isinstance(last, keras.layers.Dense) or last.activation is not keras.activations.linear:
        return False
    last.activation = keras.activations.softmax
    return True


def load_any_network(path: Path) -> keras.Model:
    """Open a network of whatever size, without running code that is in its file; raises NetworkFileError."""
    check_network_file(path)
    try:
        with BUILDING, _quiet():
            model = keras.saving.load_model(path, compile=False, safe_mode=True)
    except MemoryError:
        raise KerasFileError(f"{path.name} needs more memory than there is.") from None
    # Whatever Keras, HDF5 and TensorFlow raise for a file that does not fit together means the same to the user.
    except Exception as error:
        raise KerasFileError(f"{path.name} cannot be opened by Keras: {reason(error)}") from error
    if len(getattr(model, "inputs", None) or ()) != 1 or len(model.outputs) != 1:
        raise KerasFileError(f"{path.name} must have one input and one output to be looked into.")
    _name_for_tensorflow(model)
    return model


def _name_for_tensorflow(model: keras.Model) -> None:
    """Write _ for signs in the names of layers that Keras allows and TensorFlow's graphs do not, such as a space."""
    taken: set[str] = {layer.name for layer in model._flatten_layers()}
    for layer in model._flatten_layers():
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


def _check_shape(name: str, model: keras.Model) -> None:
    takes, gives = tuple(model.inputs[0].shape[1:]), tuple(model.outputs[0].shape[1:])
    size = 1
    for side in takes:
        size *= side or 0
    if size != SIDE * SIDE:
        raise KerasFileError(f"{name} takes inputs of shape {takes}, but images here have shape (28, 28).")
    if gives != (DIGITS,):
        raise KerasFileError(f"{name} gives outputs of shape {gives}, but ten are needed, one for each digit.")


def _quiet() -> warnings.catch_warnings:
    """Keras warns about its own use of NumPy, and that a model was not compiled: nothing that a user could change."""
    return warnings.catch_warnings(action="ignore")


def reason(error: Exception) -> str:
    """Return the line of Keras's or TensorFlow's message that says why, without colours, cut where it is long."""
    lines = [re.sub(r"\x1b\[[\d;]*m", "", line).strip() for line in str(error).splitlines()]
    line = next((line for line in lines if line and not line.startswith(WRAPPED)), type(error).__name__)
    return line if len(line) <= 200 else f"{line[:197]}…"
