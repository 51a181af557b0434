"""What comes out of each layer and how many parameters it has, without Keras; and where layers do not fit."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, TypeAlias

from explorer.core.models.architecture import SIDE, LayerSpec

Shape: TypeAlias = tuple[int, ...]

MAX_PARAMETERS = 20_000_000
"""More weights than that, and their updates, are too much for the memory of a laptop."""

MAX_OUTPUT = 2_000_000
"""Numbers that a layer may make of one image."""


@dataclass(frozen=True)
class Fit:
    """A layer in its place. shape: of its output for one image, None where it does not fit. parameters: all of them,
    with those that are not trained. problem: one sentence on why it does not fit, or empty.
    """

    shape: Shape | None
    parameters: int
    problem: str = ""


def fits(layers: Sequence[LayerSpec]) -> list[Fit]:
    """Return for each layer of a network how it fits. After the first that does not, nothing is known of the others."""
    shape: Shape | None = (SIDE, SIDE)
    found: list[Fit] = []
    total = 0
    for place, layer in enumerate(layers):
        if shape is None:
            found.append(Fit(None, 0))
            continue
        fit = _fit(layer, shape, is_last=place == len(layers) - 1)
        total += fit.parameters
        if not fit.problem and total > MAX_PARAMETERS:
            fit = Fit(None, fit.parameters, f"That makes {total:,} parameters; {MAX_PARAMETERS:,} are allowed.")
        if fit.shape is not None and prod(fit.shape) > MAX_OUTPUT:
            fit = Fit(None, fit.parameters, f"It makes {prod(fit.shape):,} numbers; {MAX_OUTPUT:,} are allowed.")
        found.append(fit)
        shape = fit.shape
    return found


def problem_of(layers: Sequence[LayerSpec]) -> str:
    """Return one sentence on the first layer that does not fit, empty where all do."""
    for layer, fit in zip(layers, fits(layers), strict=True):
        if fit.problem:
            return f"Layer {layer.name}: {fit.problem}"
    return ""


def _fit(layer: LayerSpec, shape: Shape, *, is_last: bool) -> Fit:
    options = layer.options
    match layer.kind:
        case "Flatten":
            return Fit((prod(shape),), 0)
        case "Reshape":
            return Fit(tuple(options["target_shape"]), 0)
        case "Dropout":
            return Fit(shape, 0)
        case "BatchNormalization":
            return Fit(shape, 4 * shape[-1])  # scale, shift, mean and variance
        case "Dense":
            return _dense(options["units"], shape, is_last)
    if len(shape) != 3:
        what = f"{prod(shape):,} numbers in a list" if len(shape) == 1 else f"numbers of shape {shape}"
        return Fit(None, 0, f"{layer.kind} needs pictures, but {what} come in: it must stand before Flatten.")
    height, width, channels = shape
    match layer.kind:
        case "GlobalAveragePooling2D":
            return Fit((channels,), 0)
        case "MaxPooling2D" | "AveragePooling2D":
            side = options["pool_size"]
            if side > min(height, width):
                return Fit(None, 0, f"A square of {side} × {side} does not fit into a picture of {height} × {width}.")
            return Fit((height // side, width // side, channels), 0)
        case "Conv2D":
            return _convolution(options, shape)
    return Fit(None, 0, f"{layer.kind} is no layer that is known here.")


def _dense(units: int, shape: Shape, is_last: bool) -> Fit:
    if len(shape) != 1:
        what = "The ten outputs need" if is_last else "Dense needs"
        # Keras would take the last axis alone, which is hardly ever meant.
        return Fit(None, 0, f"{what} a list of numbers, but {_pictures(shape)} come in: put Flatten before it.")
    return Fit((units,), (shape[0] + 1) * units)


def _convolution(options: Any, shape: Shape) -> Fit:
    height, width, channels = shape
    side, filters = options["kernel_size"], options["filters"]
    parameters = (side * side * channels + 1) * filters
    if options.get("padding", "valid") == "same":
        return Fit((height, width, filters), parameters)
    if side > min(height, width):
        return Fit(None, 0, f"A filter of {side} × {side} does not fit onto a picture of {height} × {width}.")
    return Fit((height - side + 1, width - side + 1, filters), parameters)


def _pictures(shape: Shape) -> str:
    if len(shape) == 3:
        height, width, channels = shape
        return f"{channels} pictures of {height} × {width}" if channels > 1 else f"pictures of {height} × {width}"
    return f"pictures of {' × '.join(str(size) for size in shape)}"
