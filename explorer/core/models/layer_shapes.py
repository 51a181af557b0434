"""Output shapes and numbers of parameters of layers, without Keras, and where layers do not fit together."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, TypeAlias

from explorer.core.models.architecture import IMAGE_SIDE, LayerSpec

Shape: TypeAlias = tuple[int, ...]

MAX_PARAMETERS = 20_000_000
"""Maximum number of parameters of a network; more, with the optimizer's state, are too much for a laptop's memory."""

MAX_OUTPUT_SIZE = 2_000_000
"""Maximum number of elements of a layer's output for one image."""


@dataclass(frozen=True)
class LayerShape:
    """Output shape of a layer in its network.

    Parameters
    ----------
    shape : output shape for one image, None where the layer does not fit.
    parameters : number of its parameters, those that are not trained included.
    message : why it does not fit, "" if it does.
    """

    shape: Shape | None
    parameters: int
    message: str = ""


def infer_shapes(layers: Sequence[LayerSpec]) -> list[LayerShape]:
    """Return the shape of each layer of a network; of those after one that does not fit it is unknown."""
    shape: Shape | None = (IMAGE_SIDE, IMAGE_SIDE)
    shapes: list[LayerShape] = []
    total = 0
    for index, layer in enumerate(layers):
        if shape is None:
            shapes.append(LayerShape(None, 0))
            continue
        layer_shape = _infer_shape(layer, shape, is_last=index == len(layers) - 1)
        total += layer_shape.parameters
        if not layer_shape.message and total > MAX_PARAMETERS:
            message = f"That makes {total:,} parameters; {MAX_PARAMETERS:,} are allowed."
            layer_shape = LayerShape(None, layer_shape.parameters, message)
        if layer_shape.shape is not None and (size := prod(layer_shape.shape)) > MAX_OUTPUT_SIZE:
            message = f"It makes {size:,} numbers; {MAX_OUTPUT_SIZE:,} are allowed."
            layer_shape = LayerShape(None, layer_shape.parameters, message)
        shapes.append(layer_shape)
        shape = layer_shape.shape
    return shapes


def shape_error(layers: Sequence[LayerSpec]) -> str:
    """Return a message about the first layer that does not fit, "" if all do."""
    for layer, layer_shape in zip(layers, infer_shapes(layers), strict=True):
        if layer_shape.message:
            return f"Layer {layer.name}: {layer_shape.message}"
    return ""


def _infer_shape(layer: LayerSpec, shape: Shape, *, is_last: bool) -> LayerShape:
    options = layer.options
    match layer.kind:
        case "Flatten":
            return LayerShape((prod(shape),), 0)
        case "Reshape":
            return LayerShape(tuple(options["target_shape"]), 0)
        case "Dropout":
            return LayerShape(shape, 0)
        case "BatchNormalization":
            return LayerShape(shape, 4 * shape[-1])  # scale, shift, mean and variance
        case "Dense":
            return _dense(options["units"], shape, is_last)
    if len(shape) != 3:
        what = f"{prod(shape):,} numbers in a list" if len(shape) == 1 else f"numbers of shape {shape}"
        return LayerShape(None, 0, f"{layer.kind} needs pictures, but {what} come in: it must stand before Flatten.")
    height, width, channels = shape
    match layer.kind:
        case "GlobalAveragePooling2D":
            return LayerShape((channels,), 0)
        case "MaxPooling2D" | "AveragePooling2D":
            side = options["pool_size"]
            if side > min(height, width):
                return LayerShape(
                    None, 0, f"A square of {side} × {side} does not fit into a picture of {height} × {width}."
                )
            return LayerShape((height // side, width // side, channels), 0)
        case "Conv2D":
            return _convolution(options, shape)
    return LayerShape(None, 0, f"{layer.kind} is no layer that is known here.")


def _dense(units: int, shape: Shape, is_last: bool) -> LayerShape:
    if len(shape) != 1:
        what = "The ten outputs need" if is_last else "Dense needs"
        # Keras would apply it along the last axis, which is hardly ever meant.
        return LayerShape(
            None, 0, f"{what} a list of numbers, but {_images_text(shape)} come in: put Flatten before it."
        )
    return LayerShape((units,), (shape[0] + 1) * units)


def _convolution(options: Any, shape: Shape) -> LayerShape:
    height, width, channels = shape
    side, filters = options["kernel_size"], options["filters"]
    parameters = (side * side * channels + 1) * filters
    if options.get("padding", "valid") == "same":
        return LayerShape((height, width, filters), parameters)
    if side > min(height, width):
        return LayerShape(None, 0, f"A filter of {side} × {side} does not fit onto a picture of {height} × {width}.")
    return LayerShape((height - side + 1, width - side + 1, filters), parameters)


def _images_text(shape: Shape) -> str:
    if len(shape) == 3:
        height, width, channels = shape
        return f"{channels} pictures of {height} × {width}" if channels > 1 else f"pictures of {height} × {width}"
    return f"pictures of {' × '.join(str(size) for size in shape)}"
