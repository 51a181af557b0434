"""The loss with which a model was compiled before it was saved, read without running any code of the file."""

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import keras

from explorer.core.errors import UserError
from explorer.core.models.keras_file_check import MAX_CONFIG_BYTES, is_hdf5_name
from explorer.core.network_graph.losses import parse_loss


@dataclass(frozen=True)
class CompiledLoss:
    """The arguments ``loss`` and ``loss_weights`` of ``compile``.

    loss: None where the model was saved without one, or where it cannot be loaded. problem: why it cannot, a sentence.
    """

    loss: Any = None
    weights: Any = None
    problem: str = ""


class _ForeignLossError(Exception):
    """A loss that is not Keras's; its argument is the name."""


def read_compiled_loss(path: Path) -> CompiledLoss:
    """Return the loss of a file that Keras has loaded."""
    try:
        config = _read_config(path)
        if not isinstance(config, dict):
            return CompiledLoss()
        loss = _load(config.get("loss"))
        weights = config.get("loss_weights")
        return CompiledLoss(loss, None if loss is None else weights)
    except _ForeignLossError as error:
        return CompiledLoss(
            problem=f"{path.name} was compiled with the loss “{error.args[0]}”, which is not part of Keras and is "
            "not loaded, because a file's code is not run."
        )
    # Keras raises many types for a configuration that it does not know.
    except Exception:
        return CompiledLoss(problem=f"The loss with which {path.name} was compiled cannot be loaded by this Keras.")


def _read_config(path: Path) -> Any:
    """Return what the file says about how the model was compiled, None for nothing."""
    if is_hdf5_name(path.name):
        with h5py.File(path, "r") as file:
            text = file.attrs.get("training_config")
        return None if text is None else json.loads(text)
    with zipfile.ZipFile(path) as archive:
        if archive.getinfo("config.json").file_size > MAX_CONFIG_BYTES:
            return None
        config = json.loads(archive.read("config.json"))
    return config.get("compile_config") if isinstance(config, dict) else None


def _load(config: Any) -> Any:
    """Return the loss of a configuration; a name, a loss of Keras, or a list or dict of these."""
    if config is None:
        return None
    if isinstance(config, str):
        return _named(config)
    if isinstance(config, list | tuple):
        return [_load(one) for one in config]
    if not isinstance(config, dict):
        raise _ForeignLossError(str(config))
    if "class_name" not in config:
        return {str(name): _load(one) for name, one in config.items()}
    kind = config["class_name"]
    if kind == "function" and isinstance(config.get("config"), str):
        return _named(config["config"])
    if not isinstance(kind, str) or not _is_loss_of_keras(config):
        raise _ForeignLossError(str(kind).strip("_"))
    inner = {key: value for key, value in config["config"].items() if key != "fn"}
    if inner.get("reduction") == "auto":  # Keras 2 has this default, which was the mean of the batch
        inner["reduction"] = "sum_over_batch_size"
    plain = {"module": "keras.losses", "class_name": kind, "config": inner, "registered_name": None}
    return keras.saving.deserialize_keras_object(plain, safe_mode=True)


def _named(name: str) -> str:
    if name.lower() in ("crossentropy", "ce"):  # Keras chooses the one that fits the output
        return name
    try:
        return parse_loss(name).name
    except UserError:
        raise _ForeignLossError(name) from None


def _is_loss_of_keras(config: dict[str, Any]) -> bool:
    """Whether a serialized object is an instance of a class of `keras.losses` that holds no function of its own."""
    if str(config.get("module") or "keras").split(".")[0] != "keras" or config.get("registered_name"):
        return False
    loss = getattr(keras.losses, config["class_name"], None)
    is_class = isinstance(loss, type) and issubclass(loss, keras.losses.Loss) and loss is not keras.losses.Loss
    inner = config.get("config")
    return is_class and isinstance(inner, dict) and _is_own_function(inner.get("fn"), config["class_name"])


def _is_own_function(function: Any, kind: str) -> bool:
    """Whether a loss names no function, or the one of its class, as Keras 2 writes it."""
    if function is None:
        return True
    try:
        return isinstance(function, str) and parse_loss(function) == parse_loss(kind)
    except UserError:
        return False
