"""Which networks take the images that are here, and in which shape."""

from typing import Any

import keras

from explorer.core.models.architecture import IMAGE_SIDE
from explorer.core.models.keras_file_check import KerasFileError
from explorer.engine.tf_adapter.keras_layers import all_layers, producing_operation

IMAGE_SHAPES = (
    (IMAGE_SIDE, IMAGE_SIDE),
    (IMAGE_SIDE, IMAGE_SIDE, 1),
    (1, IMAGE_SIDE, IMAGE_SIDE),
    (IMAGE_SIDE**2,),
    (IMAGE_SIDE**2, 1),
    (1, IMAGE_SIDE**2),
)
"""Shapes of an input, without the batch, in which a grey image is fed: with or without an axis for its one channel."""

PIXEL_VALUES = 256
"""Number of values that a pixel may have."""

ELSEWHERE = "The tab Network shows its graph."
"""What can be done with a network that cannot be fed."""

_Shape = tuple[int | None, ...]


def check_fits_images(name: str, model: keras.Model) -> None:
    """Raise KerasFileError unless a network takes one grey image of 28 x 28 pixels and gives a list of numbers.

    name: of its file, for the message.
    """
    inputs, outputs = list(model.inputs), list(model.outputs)
    if len(inputs) != 1:
        raise KerasFileError(
            f"{name} has {len(inputs)} inputs ({_names(inputs)}), but here a network gets one image. {ELSEWHERE}"
        )
    shape = tuple(inputs[0].shape[1:])
    if find_image_shape(shape) is None:
        raise KerasFileError(
            f"{name} takes inputs of shape {_text(shape)} (layer “{_name(inputs[0])}”), but the images here are grey "
            f"and have 28 × 28 pixels. {ELSEWHERE}"
        )
    for layer in all_layers(model):
        if isinstance(layer, keras.layers.Embedding) and layer.input_dim < PIXEL_VALUES:
            raise KerasFileError(
                f"{name} takes words: its layer “{layer.name}” knows the numbers below {layer.input_dim}, and pixels "
                f"go up to {PIXEL_VALUES - 1}. {ELSEWHERE}"
            )
        if getattr(layer, "stateful", False):
            raise KerasFileError(
                f"{name} remembers what it was fed before (layer “{layer.name}”), but here each image is fed by "
                f"itself. {ELSEWHERE}"
            )
    if len(outputs) != 1:
        raise KerasFileError(
            f"{name} has {len(outputs)} outputs ({_names(outputs)}), but here a network with one is needed. {ELSEWHERE}"
        )
    shape = tuple(outputs[0].shape[1:])
    if None in shape or not shape or sum(size != 1 for size in shape) > 1:
        raise KerasFileError(
            f"{name} gives an output of shape {_text(shape)} (layer “{_name(outputs[0])}”), but a list of numbers is "
            f"needed, one for each class. {ELSEWHERE}"
        )


def find_image_shape(shape: _Shape) -> tuple[int, ...] | None:
    """Return the shape in which an image is fed to an input of ``shape`` (None: any size), None if it does not fit."""
    for image_shape in IMAGE_SHAPES:
        if len(image_shape) == len(shape) and all(
            size in (None, side) for size, side in zip(shape, image_shape, strict=True)
        ):
            return image_shape
    return None


def _name(tensor: Any) -> str:
    return str(producing_operation(tensor).name)


def _names(tensors: list[Any]) -> str:
    return ", ".join(f"“{_name(tensor)}”" for tensor in tensors)


def _text(shape: _Shape) -> str:
    """Return a shape as text, with "any" for a size that is not fixed."""
    sizes = ", ".join("any" if size is None else str(size) for size in shape)
    return f"({sizes},)" if len(shape) == 1 else f"({sizes})"
