"""Finds out from a network's own graph whether it scales pixels from 0 to 255 by itself."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import numpy as np

from explorer.core.models.input_scale import InputScale
from explorer.engine.tf_adapter.keras_layers import LayerCall, follow_inputs

OWN_BELOW = 1 / 16
"""Factor below which a network is fed 0 to 255.

Pixels are to span about 1 behind the factor. With 1/16, those from 0 to 1 span 1/16 and those from 0 to 255 span 16."""

PASSING_LAYERS = frozenset(
    {
        "ActivityRegularization", "AugMix", "AutoContrast", "AveragePooling2D", "CenterCrop", "Concatenate",
        "Cropping1D", "Cropping2D", "CutMix", "Dropout", "Equalization", "Flatten", "GaussianDropout", "GaussianNoise",
        "GlobalAveragePooling2D", "GlobalMaxPooling2D", "Identity", "Masking", "MaxNumBoundingBoxes", "MaxPooling2D",
        "MixUp", "Permute", "RandAugment", "RepeatVector", "Reshape", "Resizing", "SpatialDropout2D", "UpSampling2D",
        "ZeroPadding1D", "ZeroPadding2D",
    }
)  # fmt: skip
"""Layers whose outputs are pixels of the same scale, besides those that begin with ``Random``."""

PASSING_OPERATIONS = frozenset(
    {
        "BroadcastTo", "Cast", "Concatenate", "Copy", "ExpandDims", "Flip", "GetItem", "Moveaxis", "Pad", "Ravel",
        "Repeat", "Reshape", "Resize", "Roll", "Squeeze", "Stack", "Swapaxes", "Tile", "Transpose",
    }
)  # fmt: skip
"""The same of `keras.ops`, by their classes."""

_SHIFTS = frozenset({"Add", "Subtract"})


def input_scale(model: keras.Model) -> InputScale:
    """Return how pixels enter a network with one input for images: `InputScale.UNIT` or `InputScale.OWN`."""
    scales = input_scales(model)
    return InputScale.OWN if InputScale.OWN in scales else InputScale.UNIT


def input_scales(model: keras.Model) -> list[InputScale]:
    """Return how pixels enter each input of a network, in the order of ``model.inputs``.

    The inputs are followed through layers that reshape, cast, pad, pool or augment, and into nested models, as far as a
    layer that scales pixels from 0 to 255 to a span of about 1: Rescaling, Normalization, BatchNormalization with the
    statistics of such pixels, or a division. A Normalization that was adapted to pixels from 0 to 1 is none. Inputs of
    whole numbers, and those that an Embedding looks up, are fed 0 to 255 as well.
    """
    return [_scale(model, place) for place in range(len(model.inputs))]


def _scale(model: keras.Model, place: int) -> InputScale:
    if "int" in model.inputs[place].dtype:
        return InputScale.OWN
    seen: list[float] = []

    def pass_on(call: LayerCall, gains: list[float]) -> float | None:
        """Return the factor between pixels and the outputs of a call from those of its inputs; None: not pixels."""
        factor = _factor(call.operation, call.arguments)
        if factor is None:
            return None
        seen.append(min(gains) * factor)
        return seen[-1]

    follow_inputs(model, [1.0 if other == place else None for other in range(len(model.inputs))], pass_on)
    return InputScale.OWN if min(seen, default=1.0) < OWN_BELOW else InputScale.UNIT


def _factor(operation: Any, arguments: Sequence[Any]) -> float | None:
    """Return the factor with which an operation multiplies pixels, None if its outputs are not pixels."""
    name = type(operation).__name__
    if not isinstance(operation, keras.Layer):
        return _factor_of_operation(name, arguments)
    if isinstance(operation, keras.layers.TimeDistributed):
        return _factor(operation.layer, ())
    if name in _SCALING_LAYERS:
        return _SCALING_LAYERS[name](operation)
    if name in PASSING_LAYERS or name.startswith("Random"):
        return 1.0
    return None


def _factor_of_operation(name: str, arguments: Sequence[Any]) -> float | None:
    if name in PASSING_OPERATIONS:
        return 1.0
    if len(arguments) != 2:
        return None
    first, second = (None if isinstance(argument, keras.KerasTensor) else argument for argument in arguments)
    if name in ("TrueDivide", "Divide") and second is not None:
        return 1 / _size(second)
    constant = first if first is not None else second
    if constant is None or name not in (*_SHIFTS, "Multiply"):
        return None
    return _size(constant) if name == "Multiply" else 1.0


def _size(values: Any) -> float:
    """Return the mean magnitude of numbers, or a tiny number instead of 0."""
    return max(float(np.mean(np.abs(np.asarray(values, np.float64)))), 1e-12)


def _factor_of_normalization(layer: Any) -> float:
    deviation = math.sqrt(_size(layer.variance))
    return deviation if getattr(layer, "invert", False) else 1 / deviation


def _factor_of_pipeline(layer: Any) -> float | None:
    product = 1.0
    for part in layer.layers:
        if (factor := _factor(part, ())) is None:
            return None
        product *= factor
    return product


_SCALING_LAYERS: Mapping[str, Callable[[Any], float | None]] = {
    "Rescaling": lambda layer: _size(layer.scale),
    "Normalization": _factor_of_normalization,
    "BatchNormalization": lambda layer: 1 / (_size(layer.moving_variance) + layer.epsilon) ** 0.5,
    "Pipeline": _factor_of_pipeline,
    "Embedding": lambda layer: 1 / layer.input_dim,  # looks numbers up, as which whole pixels can serve
}
"""Factors of layers that scale, by the names of their classes."""
