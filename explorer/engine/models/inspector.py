"""Looks into a network: outputs of layers, one unit explained, the gradient with respect to an image."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from explorer.core.errors import UserError
from explorer.core.models.architecture import IMAGE_SIDE
from explorer.core.models.input_scale import InputScale
from explorer.core.models.network_output import OutputKind
from explorer.core.protocol.models import LayerInfo, OutputInfo
from explorer.engine.models.build import BUILD_LOCK
from explorer.engine.models.image_fit import find_image_shape
from explorer.engine.models.network_output import find_output, shown_values
from explorer.engine.models.unit_explanation import explain_unit
from explorer.engine.tf_adapter.keras_layers import graph_ends, layer_calls

PIXEL_PRESERVING_LAYERS = frozenset({"Flatten", "Reshape", "Dropout", "Rescaling"})
"""Types of layers whose outputs are still the image's pixels, in their order."""

IMAGE = -1
"""Index, in `LayerInfo`, of the network's input."""


@dataclass(frozen=True)
class _Stage:
    """One output of one call of a layer: what the tabs show as a layer. inputs: indices of the stages before it."""

    name: str
    operation: Any
    output: Any
    inputs: list[int]


class ModelInspector:
    """Looks into a network that nothing else changes; see `copy_network` for one that is trained.

    Images are (28, 28), from 0 to 255; a scale says what they are divided by before they are fed. Layers are the calls
    of the network's own graph in the order in which they are computed: a layer that is used twice is there twice.
    ``output`` says what the network's outputs are, ``image_shape`` in which shape it is fed an image. Not thread-safe:
    one thread uses it.
    """

    def __init__(self, model: keras.Model, output: OutputInfo | None = None) -> None:
        self.model = model
        self.output = find_output(model) if output is None else output
        self._stages = _stages(model)
        self.layers = [stage.operation for stage in self._stages]
        inputs, outputs = graph_ends(model)
        self._model_output = keras.Model(inputs, outputs[0])
        self._all_outputs = keras.Model(inputs, [stage.output for stage in self._stages] + list(outputs))
        self._weight_indices = {id(weight): index for index, weight in enumerate(model.weights)}
        self.image_shape = find_image_shape(tuple(inputs[0].shape[1:])) or tuple(inputs[0].shape[1:])
        self._dtype = inputs[0].dtype
        images, number = tf.TensorSpec((None, IMAGE_SIDE, IMAGE_SIDE), tf.float32), tf.TensorSpec((), tf.int32)
        divisor = tf.TensorSpec((), tf.float32)
        self._forward = tf.function(self._compute_outputs, input_signature=[images, divisor], autograph=False)
        self._backward = tf.function(self._compute_gradient, input_signature=[images, divisor, number], autograph=False)
        self._weights: Sequence[Any] | None = None
        self._checked_weights: Sequence[Any] | None = None
        self._not_finite: list[str] = []
        self._shapes = self._output_shapes()

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Set the weights, in the order of Keras's ``get_weights``; the same sequence again costs nothing."""
        if weights is not self._weights:
            self.model.set_weights(list(weights))
            self._weights = weights

    def invalidate_weights(self) -> None:
        """Let the next `set_weights` copy them in any case: the variables were changed."""
        self._weights = None

    def describe(self) -> list[LayerInfo]:
        """Return what the window knows of each layer."""
        return [
            {
                "name": stage.name,
                "type": type(stage.operation).__name__,
                "shape": list(shape),
                "parameters": sum(prod(weight.shape) for weight in _weights(stage.operation)),
                "activation": activation_name(stage.operation),
                "weights": [
                    {"name": name, "shape": list(weight.shape)} for name, weight in named_weights(stage.operation)
                ],
                "inputs": stage.inputs,
                "is_on_pixels": self.receives_pixels(index),
            }
            for index, (stage, shape) in enumerate(zip(self._stages, self._shapes, strict=True))
        ]

    def layer_weights(self, layer: int, weights: Sequence[Any]) -> list[tuple[str, Any]]:
        """Return the names and arrays of one layer's weights, out of all ``weights`` as ``get_weights`` orders them."""
        return [
            (name, weights[self._weight_indices[id(weight)]]) for name, weight in named_weights(self.layers[layer])
        ]  # fmt: skip

    def not_finite(self, weights: Sequence[Any]) -> list[str]:
        """Return the arrays, out of all ``weights``, with values that are NaN or infinite, as ``layer/array``."""
        if weights is not self._checked_weights:
            found = [
                f"{stage.operation.name}/{name}"
                for index, stage in enumerate(self._stages)
                for name, values in self.layer_weights(index, weights)
                if not np.isfinite(values).all()
            ]
            self._checked_weights, self._not_finite = weights, list(dict.fromkeys(found))
        return self._not_finite

    def receives_pixels(self, layer: int) -> bool:
        """Whether the inputs of a layer are the pixels of the image in their order."""
        while (inputs := self._stages[layer].inputs) and inputs != [IMAGE]:
            layer = inputs[0]
            if len(inputs) > 1 or type(self.layers[layer]).__name__ not in PIXEL_PRESERVING_LAYERS:
                return False
        return True

    def outputs(self, image: Any, scale: InputScale) -> tuple[list[Any], Any, Any]:
        """Return every layer's output for one image, the network's own output, (n,), and what is shown of it, (n,)."""
        *outputs, own, shown = self._run(_batch(image), scale)
        return [output.numpy()[0] for output in outputs], own.numpy()[0], shown.numpy()[0]

    def gradient(self, image: Any, output: int, scale: InputScale) -> Any:
        """Return the gradient of one of the shown outputs with respect to each number that is fed, (28, 28).

        Raises UserError if the input takes whole numbers, of which there is no gradient.
        """
        if "int" in self._dtype:
            raise UserError(f"The network takes whole numbers ({self._dtype}), of which there is no gradient.")
        return self._backward(_batch(image), tf.constant(scale.divisor), tf.constant(output)).numpy()

    def unit(self, image: Any, layer: int, index: Sequence[int], scale: InputScale) -> Mapping[str, Any]:
        """Return how the number at ``index`` of a layer's output is computed; see `explain_unit`."""
        images = _batch(image)
        outputs = self._run(images, scale)
        before = self._stages[layer].inputs
        inputs = self._as_input(images, scale.divisor) if before[:1] in ([IMAGE], []) else outputs[before[0]]
        return explain_unit(self.layers[layer], inputs[0], outputs[layer][0], tuple(index))

    def dead_units(self, layer: int, images: Any, scale: InputScale) -> Any:
        """Return which units (or filters) of a layer are 0 for each of the images (n, 28, 28), as (units,) bool."""
        output = self._run(tf.constant(images, tf.float32), scale)[layer].numpy()
        return np.all(output == 0, axis=tuple(range(output.ndim - 1)))

    def max_activations(self, layer: int, unit: int, images: Any, scale: InputScale) -> Any:
        """Return the activation of one unit for each of the images (n, 28, 28), of a map its maximum, as (n,)."""
        output = self._run(tf.constant(images, tf.float32), scale)[layer].numpy()[..., unit]
        return output.reshape(len(images), -1).max(axis=1)

    def _run(self, images: Any, scale: InputScale) -> list[Any]:
        outputs: list[Any] = self._forward(images, tf.constant(scale.divisor))
        return outputs

    def _as_input(self, images: Any, divisor: Any) -> Any:
        return tf.cast(tf.reshape(images / divisor, (-1, *self.image_shape)), self._dtype)

    def _compute_outputs(self, images: Any, divisor: Any) -> list[Any]:
        *outputs, own = self._all_outputs(self._as_input(images, divisor), training=False)
        own = tf.reshape(own, (-1, self.output["units"]))
        return [*outputs, own, shown_values(OutputKind(self.output["kind"]), own)]

    def _compute_gradient(self, images: Any, divisor: Any, output: Any) -> Any:
        x = tf.reshape(images / divisor, (-1, *self.image_shape))
        with tf.GradientTape() as tape:
            tape.watch(x)
            own = tf.reshape(self._model_output(tf.cast(x, self._dtype), training=False), (-1, self.output["units"]))
            shown = shown_values(OutputKind(self.output["kind"]), own)[0, output]
        gradient = tape.gradient(shown, x, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        return tf.reshape(gradient, (IMAGE_SIDE, IMAGE_SIDE))

    def _output_shapes(self) -> list[tuple[int, ...]]:
        """Return the shape of each layer's output without the batch; for an input of any size, that of an image."""
        shapes = [tuple(stage.output.shape[1:]) for stage in self._stages]
        if any(None in shape for shape in shapes):
            blank = tf.zeros((1, *self.image_shape), self._dtype)
            return [tuple(output.shape[1:]) for output in self._all_outputs(blank, training=False)[:-1]]
        return shapes


def copy_network(model: keras.Model) -> keras.Model:
    """Return a copy with weights of its own, so that looking into it does not wait for a training step."""
    with BUILD_LOCK:
        return keras.models.clone_model(model)


def _stages(model: keras.Model) -> list[_Stage]:
    inputs, _outputs = graph_ends(model)
    indices = {id(tensor): IMAGE for tensor in inputs}
    stages: list[_Stage] = []
    counts: dict[int, int] = {}
    for call in layer_calls(model):
        counts[id(call.operation)] = count = counts.get(id(call.operation), 0) + 1
        name = call.operation.name if count == 1 else f"{call.operation.name}, call {count}"
        before = [indices[id(tensor)] for tensor in call.inputs if id(tensor) in indices]
        for number, tensor in enumerate(call.outputs):
            indices[id(tensor)] = len(stages)
            numbered = name if len(call.outputs) == 1 else f"{name}, output {number + 1}"
            stages.append(_Stage(numbered, call.operation, tensor, before))
    return stages


def _weights(operation: Any) -> Sequence[Any]:
    """Return the weights of a layer; an operation of `keras.ops` has none."""
    weights: Sequence[Any] = getattr(operation, "weights", ())
    return weights


def named_weights(operation: Any) -> list[tuple[str, Any]]:
    """Return the weights of a layer with names that differ: of a layer made of layers, the ends of their paths."""
    weights = _weights(operation)
    paths = [str(weight.path).split("/") for weight in weights]
    names = []
    for number, (weight, path) in enumerate(zip(weights, paths, strict=True)):
        others = [other for other in paths if other is not path]
        ends = ("/".join(path[-length:]) for length in range(2, len(path) + 1))
        is_alone = all(other[-1] != path[-1] for other in others)
        unique = (end for end in ends if all("/".join(other[-len(end.split("/")) :]) != end for other in others))
        names.append(weight.name if is_alone else next(unique, f"{weight.name} {number}"))
    return list(zip(names, weights, strict=True))


def gate_names(layer: Any) -> tuple[str, ...]:
    """Return the parts of which the last axis of a recurrent layer's weights consists, in Keras's order; else ()."""
    for inner in ("forward_layer", "layer", "cell"):  # Bidirectional, TimeDistributed, RNN
        layer = getattr(layer, inner, None) or layer
    name = type(layer).__name__
    return next((gates for prefix, gates in _GATES.items() if name.startswith(prefix)), ())


_LSTM_GATES = ("input gate", "forget gate", "candidate", "output gate")

_GATES = {"LSTM": _LSTM_GATES, "ConvLSTM": _LSTM_GATES, "GRU": ("update gate", "reset gate", "candidate")}
"""By how the name of a class begins. Sources: `keras.layers.LSTMCell.call` and `GRUCell.call`."""


def _batch(image: Any) -> Any:
    return tf.constant(np.asarray(image)[np.newaxis], tf.float32)


def activation_name(layer: Any) -> str:
    """Return the name of a layer's activation, empty for none and for the linear one."""
    activation = getattr(layer, "activation", None)
    name = str(getattr(activation, "__name__", ""))
    return "" if name == "linear" else name
