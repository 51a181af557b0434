"""Looks into a network: every layer's output, how one unit came about, the gradient with respect to the image."""

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from explorer.core.models.architecture import SIDE
from explorer.engine.models.build import BUILDING
from explorer.engine.models.unit_explanation import explain_unit


class ModelInspector:
    """A copy of a network with the weights of a moment, so that nobody who looks has to wait for a training step.

    Images are (28, 28), from 0 to 255. Not locked: one thread looks.
    """

    def __init__(self, model: keras.Model) -> None:
        with BUILDING:
            self.model = keras.models.clone_model(model)
        self.layers = list(self.model.layers)
        self._all = keras.Model(self.model.inputs, [layer.output for layer in self.layers])
        self._places = {id(weight): place for place, weight in enumerate(self.model.weights)}
        self._shape = (-1, *self.model.inputs[0].shape[1:])
        images = tf.TensorSpec((None, SIDE, SIDE), tf.float32)
        self._forward = tf.function(self._outputs, input_signature=[images])
        self._backward = tf.function(self._gradient, input_signature=[images, tf.TensorSpec((), tf.int32)])
        self._weights: Any = None

    def use(self, weights: Sequence[Any]) -> None:
        """Take the weights of a moment, in the order of ``get_weights``."""
        if weights is not self._weights:
            self.model.set_weights(list(weights))
            self._weights = weights

    def forget(self) -> None:
        """Take the weights anew at the next `use`: somebody has changed them."""
        self._weights = None

    def describe(self) -> list[dict[str, Any]]:
        """Return each layer's name, type, output shape without the batch, number of weights, and their names."""
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

    def weights(self, layer: int, moment: Sequence[Any]) -> list[tuple[str, Any]]:
        """Return name and values of a layer's weights; ``moment``: all weights, in the order of ``get_weights``."""
        return [(weight.name, moment[self._places[id(weight)]]) for weight in self.layers[layer].weights]

    def outputs(self, image: Any) -> list[Any]:
        """Return every layer's output for one image, without the batch."""
        return [output.numpy()[0] for output in self._forward(_batch(image))]

    def gradient(self, image: Any, output: int) -> Any:
        """Return the gradient of the probability of a digit with respect to each pixel (from 0 to 1), (28, 28)."""
        return self._backward(_batch(image), tf.constant(output)).numpy()

    def unit(self, image: Any, layer: int, index: Sequence[int]) -> Mapping[str, Any]:
        """Return how one number of a layer's output came about; see `explain_unit`."""
        outputs = self._forward(_batch(image))
        before = outputs[layer - 1] if layer else self._input(_batch(image))
        return explain_unit(self.layers[layer], before[0], outputs[layer][0], tuple(index))

    def dead(self, layer: int, images: Any) -> Any:
        """Return which units (or filters) of a layer give 0 for each of the images (n, 28, 28): (units,) bool."""
        output = self._forward(tf.constant(images, tf.float32))[layer].numpy()
        return np.all(output == 0, axis=tuple(range(output.ndim - 1)))

    def excitement(self, layer: int, unit: int, images: Any) -> Any:
        """Return how strongly each of the images (n, 28, 28) excites a unit, or the strongest place of a map: (n,)."""
        output = self._forward(tf.constant(images, tf.float32))[layer].numpy()[..., unit]
        return output.reshape(len(images), -1).max(axis=1)

    def _input(self, images: Any) -> Any:
        return tf.reshape(images / 255.0, self._shape)

    def _outputs(self, images: Any) -> list[Any]:
        outputs = self._all(self._input(images), training=False)
        return outputs if isinstance(outputs, list) else [outputs]

    def _gradient(self, images: Any, output: Any) -> Any:
        x = self._input(images)
        with tf.GradientTape() as tape:
            tape.watch(x)
            probability = self.model(x, training=False)[0, output]
        return tf.reshape(tape.gradient(probability, x), (SIDE, SIDE))


def _batch(image: Any) -> Any:
    return tf.constant(np.asarray(image)[np.newaxis], tf.float32)


def activation_name(layer: Any) -> str:
    """Return the name of a layer's activation, empty where it has none."""
    activation = getattr(layer, "activation", None)
    name = getattr(activation, "__name__", "")
    return "" if name == "linear" else name
