"""How one number of a layer's output came about: the products, the bias, the activation, with TensorFlow's numbers."""

from typing import Any

import numpy as np
import tensorflow as tf


def explain_unit(layer: Any, before: Any, after: Any, index: tuple[int, ...]) -> dict[str, Any]:
    """Return the numbers behind ``after[index]``.

    before, after: the layer's input and output for one image, tensors without the batch. The answer has ``kind``:

    - ``sum`` (Dense, Conv2D): ``inputs`` and ``weights`` of one shape, (n,) or (height, width, channels); ``sum`` of
      their products; ``bias``; ``z`` = sum + bias; ``activation``; for softmax also ``all_z`` of all units.
    - ``max`` and ``mean`` (pooling): ``inputs`` (height, width) of which it is taken, of a global one the whole map.
    - ``norm`` (BatchNormalization when it is not training): ``input``, ``mean``, ``variance``, ``epsilon``, ``gamma``,
      ``beta``, of which the output is gamma · (input − mean) / √(variance + epsilon) + beta.
    - ``same``: the number was handed on (Flatten, Reshape, Dropout, which does nothing when it is not training).
    - ``other``: a layer that is not taken apart.

    With ``output`` always, and where the inputs are a patch ``corner``: row and column in the input, or outside of it
    where zeros are put around. Raises IndexError.
    """
    if len(index) != len(after.shape) or any(
        not 0 <= position < size for position, size in zip(index, after.shape, strict=True)
    ):
        raise IndexError(f"{index} is not in an output of shape {tuple(after.shape)}")
    told: dict[str, Any] = {"type": type(layer).__name__, "output": float(after[index]), "index": list(index)}
    match type(layer).__name__:
        case "Dense" if len(before.shape) == 1:
            return {**told, **_dense(layer, before, index[0])}
        case "Conv2D" if _is_plain(layer):
            return {**told, **_convolution(layer, before, index)}
        case "MaxPooling2D" | "AveragePooling2D" if layer.padding == "valid":
            return {**told, **_pooling(layer, before, index)}
        case "GlobalAveragePooling2D" if len(index) == 1:
            return {**told, "kind": "mean", "inputs": before[..., index[0]].numpy(), "corner": [0, 0]}
        case "BatchNormalization" if layer.axis in (-1, len(before.shape)):
            return {**told, **_normalisation(layer, before, index)}
        case "Flatten" | "Reshape" | "Dropout":
            flat = int(np.ravel_multi_index(index, tuple(after.shape)))
            return {
                **told,
                "kind": "same",
                "from": [int(k) for k in np.unravel_index(flat, tuple(before.shape))],
            }
    return {**told, "kind": "other"}


def _is_plain(layer: Any) -> bool:
    return layer.padding in ("valid", "same") and tuple(layer.dilation_rate) == (1, 1) and layer.groups == 1


def _dense(layer: Any, before: Any, unit: int) -> dict[str, Any]:
    kernel = tf.convert_to_tensor(layer.kernel)
    told = _sum(layer, before, kernel[:, unit], unit)
    if told["activation"] == "softmax":
        z = tf.linalg.matvec(kernel, before, transpose_a=True)
        told["all_z"] = (z + layer.bias if layer.use_bias else z).numpy()
    return told


def _convolution(layer: Any, before: Any, index: tuple[int, ...]) -> dict[str, Any]:
    row, column, channel = index
    (height, width), (down, right) = layer.kernel_size, layer.strides
    before, above, aside = _padded(before, layer)
    top, left = row * down, column * right
    patch = before[top : top + height, left : left + width, :]
    told = _sum(layer, patch, tf.convert_to_tensor(layer.kernel)[..., channel], channel)
    return {**told, "corner": [top - above, left - aside]}


def _padded(before: Any, layer: Any) -> tuple[Any, int, int]:
    """Return what a convolution goes over, and how many rows of zeros are above it and columns at its left."""
    if layer.padding == "valid":
        return before, 0, 0
    around = [(0, 0), (0, 0)]
    for axis, (size, window, stride) in enumerate(zip(before.shape, layer.kernel_size, layer.strides, strict=False)):
        missing = max((-(-size // stride) - 1) * stride + window - size, 0)
        around[axis] = missing // 2, missing - missing // 2  # as TensorFlow's SAME
    return tf.pad(before, [*around, (0, 0)]), around[0][0], around[1][0]


def _sum(layer: Any, inputs: Any, weights: Any, unit: int) -> dict[str, Any]:
    total = tf.reduce_sum(inputs * weights)
    bias = tf.convert_to_tensor(layer.bias)[unit] if layer.use_bias else tf.constant(0.0)
    return {
        "kind": "sum",
        "inputs": inputs.numpy(),
        "weights": weights.numpy(),
        "sum": float(total),
        "bias": float(bias),
        "z": float(total + bias),
        "activation": getattr(layer.activation, "__name__", "linear"),
    }


def _pooling(layer: Any, before: Any, index: tuple[int, ...]) -> dict[str, Any]:
    row, column, channel = index
    (height, width), (down, right) = layer.pool_size, layer.strides
    top, left = row * down, column * right
    patch = before[top : top + height, left : left + width, channel]
    kind = "max" if type(layer).__name__.startswith("Max") else "mean"
    return {"kind": kind, "inputs": patch.numpy(), "corner": [top, left]}


def _normalisation(layer: Any, before: Any, index: tuple[int, ...]) -> dict[str, Any]:
    def of_unit(weights: Any, otherwise: float) -> float:
        return otherwise if weights is None else float(weights.value[index[-1]])

    return {
        "kind": "norm",
        "input": float(before[index]),
        "mean": of_unit(layer.moving_mean, 0.0),
        "variance": of_unit(layer.moving_variance, 1.0),
        "epsilon": float(layer.epsilon),
        "gamma": of_unit(layer.gamma, 1.0),
        "beta": of_unit(layer.beta, 0.0),
    }
