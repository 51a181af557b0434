"""A copy of a network to look into: outputs of layers, one unit explained, the gradient with respect to an image."""

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from explorer.core.models.architecture import IMAGE_SIDE
from explorer.core.protocol.models import LayerInfo
from explorer.engine.models.build import BUILD_LOCK
from explorer.engine.models.unit_explanation import explain_unit


class ModelInspector:
    """A copy of a network with weights of its own, so that looking into it does not wait for a training step.

    Images are (28, 28), from 0 to 255. Not thread-safe: one thread uses it.
    """

    def __init__(self, model: keras.Model) -> None:
        with BUILD_LOCK:
            self.model = keras.models.clone_model(model)
        self.layers = list(self.model.layers)
        self._all_outputs = keras.Model(self.model.inputs, [layer.output for layer in self.layers])
        self._weight_indices = {id(weight): index for index, weight in enumerate(self.model.weights)}
        self._input_shape = (-1, *self.model.inputs[0].shape[1:])
        images = tf.TensorSpec((None, IMAGE_SIDE, IMAGE_SIDE), tf.float32)
        self._forward = tf.function(self._compute_outputs, input_signature=[images])
        self._backward = tf.function(self._compute_gradient, input_signature=[images, tf.TensorSpec((), tf.int32)])
        self._weights: Sequence[Any] | None = None

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Set the weights, in the order of Keras's ``get_weights``; the same sequence again costs nothing."""
        if weights is not self._weights:
            self.model.set_weights(list(weights))
            self._weights = weights

    def invalidate_weights(self) -> None:
        """Let the next `set_weights` copy them in any case: the copy's variables were changed."""
        self._weights = None

    def describe(self) -> list[LayerInfo]:
        """Return each layer's name, type, output shape without the batch, parameter count, activation and weights."""
        return [
            {
                "name": layer.name,
                "type": type(layer).__name__,
                "shape": list(layer.output.shape[1:]),
                "parameters": int(layer.count_params()),
                "activation": activation_name(layer),
                "weights": [{"name": weight.name, "shape": list(weight.shape)} for weight in layer.weights],
            }
            for layer in self.layers
        ]

    def layer_weights(self, layer: int, weights: Sequence[Any]) -> list[tuple[str, Any]]:
        """Return the names and arrays of one layer's weights, out of all ``weights`` as ``get_weights`` orders them."""
        return [(weight.name, weights[self._weight_indices[id(weight)]]) for weight in self.layers[layer].weights]

    def outputs(self, image: Any) -> list[Any]:
        """Return every layer's output for one image, without the batch."""
        return [output.numpy()[0] for output in self._forward(_batch(image))]

    def gradient(self, image: Any, output: int) -> Any:
        """Return the gradient of one output's probability with respect to each pixel (from 0 to 1), (28, 28)."""
        return self._backward(_batch(image), tf.constant(output)).numpy()

    def unit(self, image: Any, layer: int, index: Sequence[int]) -> Mapping[str, Any]:
        """Return how the number at ``index`` of a layer's output is computed; see `explain_unit`."""
        outputs = self._forward(_batch(image))
        inputs = outputs[layer - 1] if layer else self._as_input(_batch(image))
        return explain_unit(self.layers[layer], inputs[0], outputs[layer][0], tuple(index))

    def dead_units(self, layer: int, images: Any) -> Any:
        """Return which units (or filters) of a layer are 0 for each of the images (n, 28, 28), as (units,) bool."""
        output = self._forward(tf.constant(images, tf.float32))[layer].numpy()
        return np.all(output == 0, axis=tuple(range(output.ndim - 1)))

    def max_activations(self, layer: int, unit: int, images: Any) -> Any:
        """Return the activation of one unit for each of the images (n, 28, 28), of a map its maximum, as (n,)."""
        output = self._forward(tf.constant(images, tf.float32))[layer].numpy()[..., unit]
        return output.reshape(len(images), -1).max(axis=1)

    def _as_input(self, images: Any) -> Any:
        return tf.reshape(images / 255.0, self._input_shape)

    def _compute_outputs(self, images: Any) -> list[Any]:
        outputs = self._all_outputs(self._as_input(images), training=False)
        return outputs if isinstance(outputs, list) else [outputs]

    def _compute_gradient(self, images: Any, output: Any) -> Any:
        x = self._as_input(images)
        with tf.GradientTape() as tape:
            tape.watch(x)
            probability = self.model(x, training=False)[0, output]
        return tf.reshape(tape.gradient(probability, x), (IMAGE_SIDE, IMAGE_SIDE))


def _batch(image: Any) -> Any:
    return tf.constant(np.asarray(image)[np.newaxis], tf.float32)


def activation_name(layer: keras.Layer) -> str:
    """Return the name of a layer's activation, empty for none and for the linear one."""
    activation = getattr(layer, "activation", None)
    name = str(getattr(activation, "__name__", ""))
    return "" if name == "linear" else name
