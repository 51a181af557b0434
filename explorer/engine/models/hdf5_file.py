"""Checks a network in Keras's older format, HDF5, before Keras opens it."""

import json
from pathlib import Path
from typing import Any

import h5py
import keras

from explorer.core.models.keras_file_check import (
    MAX_CONFIG_BYTES,
    MAX_FILE_BYTES,
    SAVE_AGAIN,
    KerasFileError,
    check_config,
    check_regular_file,
)

MODEL_KINDS = frozenset({"Sequential", "Functional", "Model"})
"""Classes of models that a file can describe."""


def check_hdf5_file(path: Path) -> None:
    """Check that a file describes a whole model of Keras's own layers; raises KerasFileError."""
    check_regular_file(path)
    try:
        with h5py.File(path, "r") as file:
            _check_size(path.name, file)
            text = file.attrs.get("model_config")
        if text is None:
            raise KerasFileError(
                f"{path.name} has the weights of a model only, and not the layers that they belong to: {SAVE_AGAIN}, "
                "and open that file."
            )
        if len(text) > MAX_CONFIG_BYTES:
            raise KerasFileError(f"{path.name} describes its layers in {len(text):,} bytes, which is too much.")
        config = json.loads(text)
        check_config(path.name, config)
        _check_classes(path.name, config)
    except KerasFileError:
        raise
    except RecursionError:
        raise KerasFileError(f"{path.name} is nested too deeply to be a network.") from None
    # h5py and json raise many kinds of errors for a damaged file; to the user all mean the same.
    except Exception as error:
        raise KerasFileError(f"{path.name} cannot be read as an HDF5 file: it is damaged or something else.") from error


def _check_size(name: str, file: h5py.File) -> None:
    """Check how much memory the arrays need; links out of the file are not followed."""
    size = 0

    def add(_name: str, item: Any) -> None:
        nonlocal size
        if isinstance(item, h5py.Dataset):
            size += item.size * item.dtype.itemsize
            if item.external or item.is_virtual:
                raise KerasFileError(f"{name} is not opened, because it loads weights from outside the file.")

    file.visititems(add)
    if size > MAX_FILE_BYTES:
        raise KerasFileError(f"{name} would need more than the {MAX_FILE_BYTES / 1e9:g} GB that a network may have.")


def _check_classes(name: str, config: Any) -> None:
    """Check that the model and its layers are of Keras's classes: the older format does not say where they are from."""
    waiting = [config]
    while waiting:
        part = waiting.pop()
        if not isinstance(part, dict) or not isinstance(part.get("config"), dict | list):
            continue
        kind, inner = part.get("class_name"), part["config"]
        is_known = kind in MODEL_KINDS or isinstance(getattr(keras.layers, str(kind), None), type)
        if not is_known:
            layer = inner.get("name") if isinstance(inner, dict) else None
            raise KerasFileError(
                f"{name} is not opened, because its layer “{layer}” ({kind}) is not part of Keras, and no code is "
                "loaded. Use layers of Keras instead, and save the model again."
            )
        layers = inner.get("layers") if isinstance(inner, dict) else inner
        waiting += layers if isinstance(layers, list) else []
        if isinstance(inner, dict):
            waiting += [inner[key] for key in ("layer", "cell", "forward_layer", "backward_layer") if key in inner]
