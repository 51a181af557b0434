"""Finds out what the outputs of a network are: from its last activation, and from the loss that its file names."""

from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf

from explorer.core.models.network_output import OutputKind
from explorer.core.protocol.models import OutputInfo
from explorer.engine.tf_adapter.keras_layers import LayerCall, graph_ends, layer_calls

_PASSING = frozenset(
    {"ActivityRegularization", "Cast", "Dropout", "Flatten", "GetItem", "Identity", "Reshape", "Squeeze"}
)
"""Layers and operations that pass the numbers on as they are."""

_LINEAR = frozenset({"Add", "Average", "GlobalAveragePooling1D", "GlobalAveragePooling2D"})
"""Layers without an activation behind which logits may stand."""


def find_output(model: keras.Model, compiled: Any = None) -> OutputInfo:
    """Return what the outputs of a network with one output of shape (n,) are.

    compiled: the loss with which it was compiled, as `compile` takes it, None if that is not known.
    """
    units = 1
    for size in model.outputs[0].shape[1:]:
        units *= size
    activation, loss = _last_activation(model), _the_loss(compiled)
    match activation:
        case "softmax" if units > 1:
            return {"kind": OutputKind.SOFTMAX, "units": units, "is_assumed": False}
        case "sigmoid":
            return {"kind": OutputKind.SIGMOID, "units": units, "is_assumed": False}
        case "linear" if units > 1 and (loss is None or _is_from_logits(loss, "CategoricalCrossentropy")):
            return {"kind": OutputKind.LOGITS, "units": units, "is_assumed": loss is None}
        case "linear" if units == 1 and loss is not None and _is_from_logits(loss, "Binary"):
            return {"kind": OutputKind.LOGIT, "units": units, "is_assumed": False}
    return {"kind": OutputKind.VALUES, "units": units, "is_assumed": False}


def shown_values(kind: OutputKind, outputs: Any) -> Any:
    """Return what is shown of outputs, (..., n): their softmax or sigmoid for logits, else themselves."""
    match kind:
        case OutputKind.LOGITS:
            return tf.nn.softmax(outputs)
        case OutputKind.LOGIT:
            return tf.sigmoid(outputs)
    return outputs


def _last_activation(model: keras.Model) -> str:
    """Return the name of the activation at a network's end, "linear" for none, "" for an unknown layer."""
    calls = {id(tensor): call for call in layer_calls(model) for tensor in call.outputs}
    tensor = graph_ends(model)[1][0]
    while (call := calls.get(id(tensor))) is not None:
        if isinstance(call.operation, keras.Model):
            return _last_activation(call.operation)
        if not _passes_on(call):
            return _activation(call.operation)
        tensor = call.inputs[0]
    return ""


def _passes_on(call: LayerCall) -> bool:
    name = type(call.operation).__name__
    is_linear = name == "Activation" and call.operation.activation is keras.activations.linear
    return name in _PASSING or is_linear


def _activation(operation: Any) -> str:
    name = type(operation).__name__
    if name in ("Softmax", "Sigmoid"):
        return name.lower()
    activation = getattr(operation, "activation", None)
    if activation is not None:
        return str(getattr(activation, "__name__", ""))
    return "linear" if name in _LINEAR else ""


def _the_loss(compiled: Any) -> Any:
    """Return the loss of the one output, out of a loss, or a list or dict of losses; None for none."""
    if isinstance(compiled, (list, Mapping)):
        losses = list(compiled.values()) if isinstance(compiled, Mapping) else compiled
        return losses[0] if len(losses) == 1 else None
    return compiled


def _is_from_logits(loss: Any, name: str) -> bool:
    """Whether a loss whose class contains a name takes logits."""
    return name in type(loss).__name__ and getattr(loss, "from_logits", False) is True
