"""How one number of a layer's output is computed: products, bias and activation, with TensorFlow's numbers."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf


def explain_unit(layer: keras.Layer, inputs: Any, outputs: Any, index: tuple[int, ...]) -> dict[str, Any]:
    """Return the numbers from which ``outputs[index]`` is computed.

    inputs, outputs: the layer's input and output for one image, tensors without the batch. The result has ``kind``:

    - ``sum`` (Dense, Conv2D): ``inputs`` and ``weights`` of one shape, (n,) or (height, width, channels); ``sum`` of
      their products; ``bias``; ``z`` = sum + bias; ``activation``; for softmax also ``all_z`` of all units.
    - ``max`` and ``mean`` (pooling): the window's ``inputs``, (height, width); for global pooling the complete map.
    - ``norm`` (BatchNormalization at inference): ``input``, ``mean``, ``variance``, ``epsilon``, ``gamma``, ``beta``,
      of which the output is gamma · (input − mean) / √(variance + epsilon) + beta.
    - ``same``: the number ``from`` the input is passed on (Flatten, Reshape, and Dropout at inference).
    - ``other``: any other layer; nothing more is known.

    It always has ``type``, ``output`` and ``index``, and, where the inputs are a patch, ``corner``: its first row and
    column in the input, negative in the zero padding. Raises IndexError where ``index`` does not fit the output.
    """
    if len(index) != len(outputs.shape) or any(not 0 <= i < size for i, size in zip(index, outputs.shape, strict=True)):
        raise IndexError(f"{index} is not in an output of shape {tuple(outputs.shape)}")
    common: dict[str, Any] = {"type": type(layer).__name__, "output": float(outputs[index]), "index": list(index)}
    match type(layer).__name__:
        case "Dense" if len(inputs.shape) == 1:
            return {**common, **_dense(layer, inputs, index[0])}
        case "Conv2D" if _is_plain(layer):
            return {**common, **_convolution(layer, inputs, index)}
        case "MaxPooling2D" | "AveragePooling2D" if layer.padding == "valid":
            return {**common, **_pooling(layer, inputs, index)}
        case "GlobalAveragePooling2D" if len(index) == 1:
            return {**common, "kind": "mean", "inputs": inputs[..., index[0]].numpy(), "corner": [0, 0]}
        case "BatchNormalization" if layer.axis in (-1, len(inputs.shape)):
            return {**common, **_normalization(layer, inputs, index)}
        case "Flatten" | "Reshape" | "Dropout":
            flat = int(np.ravel_multi_index(index, tuple(outputs.shape)))
            return {**common, "kind": "same", "from": [int(i) for i in np.unravel_index(flat, tuple(inputs.shape))]}
    return {**common, "kind": "other"}


def _is_plain(layer: Any) -> bool:
    return layer.padding in ("valid", "same") and tuple(layer.dilation_rate) == (1, 1) and layer.groups == 1


def _dense(layer: Any, inputs: Any, unit: int) -> dict[str, Any]:
    inputs, kernel = _as_used(layer, inputs), _as_used(layer, layer.kernel)
    explanation = _weighted_sum(layer, inputs, kernel[:, unit], unit)
    if explanation["activation"] == "softmax":
        z = tf.linalg.matvec(kernel, inputs, transpose_a=True)
        explanation["all_z"] = (z + _as_used(layer, layer.bias) if layer.use_bias else z).numpy()
    return explanation


def _as_used(layer: Any, values: Any) -> Any:
    """Return numbers in the precision in which a layer computes; of halves, whose sum would be rounded, as float32."""
    used = tf.cast(values, layer.compute_dtype)
    return tf.cast(used, tf.float32) if used.dtype.size < tf.float32.size else used


def _convolution(layer: Any, inputs: Any, index: tuple[int, ...]) -> dict[str, Any]:
    row, column, channel = index
    (height, width), (row_stride, column_stride) = layer.kernel_size, layer.strides
    padded, rows_above, columns_left = _pad(_as_used(layer, inputs), layer)
    top, left = row * row_stride, column * column_stride
    patch = padded[top : top + height, left : left + width, :]
    explanation = _weighted_sum(layer, patch, _as_used(layer, layer.kernel)[..., channel], channel)
    return {**explanation, "corner": [top - rows_above, left - columns_left]}


def _pad(inputs: Any, layer: Any) -> tuple[Any, int, int]:
    """Return the input with a convolution's zero padding, and how many rows of it are above and columns at the left."""
    if layer.padding == "valid":
        return inputs, 0, 0
    padding = [(0, 0), (0, 0)]
    for axis, (size, window, stride) in enumerate(zip(inputs.shape, layer.kernel_size, layer.strides, strict=False)):
        missing = max((-(-size // stride) - 1) * stride + window - size, 0)
        padding[axis] = missing // 2, missing - missing // 2  # as TensorFlow's SAME
    return tf.pad(inputs, [*padding, (0, 0)]), padding[0][0], padding[1][0]


def _weighted_sum(layer: Any, inputs: Any, weights: Any, unit: int) -> dict[str, Any]:
    total = tf.reduce_sum(inputs * weights)
    bias = _as_used(layer, layer.bias)[unit] if layer.use_bias else tf.zeros((), total.dtype)
    return {
        "kind": "sum",
        "inputs": inputs.numpy(),
        "weights": weights.numpy(),
        "sum": float(total),
        "bias": float(bias),
        "z": float(total + bias),
        "activation": getattr(layer.activation, "__name__", "linear"),
    }


def _pooling(layer: Any, inputs: Any, index: tuple[int, ...]) -> dict[str, Any]:
    row, column, channel = index
    (height, width), (row_stride, column_stride) = layer.pool_size, layer.strides
    top, left = row * row_stride, column * column_stride
    patch = inputs[top : top + height, left : left + width, channel]
    kind = "max" if type(layer).__name__.startswith("Max") else "mean"
    return {"kind": kind, "inputs": patch.numpy(), "corner": [top, left]}


def _normalization(layer: Any, inputs: Any, index: tuple[int, ...]) -> dict[str, Any]:
    def value(variable: Any, default: float) -> float:
        return default if variable is None else float(variable.value[index[-1]])

    return {
        "kind": "norm",
        "input": float(inputs[index]),
        "mean": value(layer.moving_mean, 0.0),
        "variance": value(layer.moving_variance, 1.0),
        "epsilon": float(layer.epsilon),
        "gamma": value(layer.gamma, 1.0),
        "beta": value(layer.beta, 0.0),
    }
