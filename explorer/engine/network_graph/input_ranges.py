"""What the inputs of a network are: words of a vocabulary, pixels that it scales by itself, or any numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor
from typing import Any

import keras
import numpy as np

from explorer.core.models.input_scale import InputScale
from explorer.engine.models.input_scale import PASSING_LAYERS, PASSING_OPERATIONS, input_scales
from explorer.engine.network_graph.end_names import input_names
from explorer.engine.tf_adapter.keras_layers import LayerCall, follow_inputs

DEVIATIONS = 2.0
"""Standard deviations around the mean of a Normalization that its input spans."""

_Shift = tuple[float, float]
"""Smallest and largest number that was added to an input on the way to a tensor."""


@dataclass(frozen=True)
class Words:
    """The whole numbers that a network looks up.

    low, high: the first and the last one. listed: all of them, where these are not all numbers between. is_masked:
    whether the word 0 stands for none.
    """

    low: int
    high: int
    listed: tuple[int, ...] = ()
    is_masked: bool = False


@dataclass(frozen=True)
class InputRange:
    """One input of a network.

    Parameters
    ----------
    names : its key if the model takes a dict, and that of its layer; the first one is shown.
    shape : without the batch; a size that is not fixed is None.
    dtype : as NumPy names it.
    words : the words that it takes; None where the input is no words.
    scales : whether the network scales pixels from 0 to 255 by itself.
    span : smallest and largest number of each feature that the first layer has learned or was given; None for none.
    """

    names: Sequence[str]
    shape: tuple[int | None, ...]
    dtype: str
    words: Words | None
    scales: bool
    span: tuple[Any, Any] | None = None

    @property
    def name(self) -> str:
        """The name that is shown."""
        return self.names[0]


def input_ranges(model: keras.Model) -> list[InputRange]:
    """Return what each input of a network is, in the order of ``model.inputs``."""
    scales, names = input_scales(model), input_names(model)
    found = []
    for place, tensor in enumerate(model.inputs):
        layers = _layers_behind(model, place)
        is_own = bool(scales) and scales[place] is InputScale.OWN
        words, shape = _common_words([words for layer in layers if (words := _words(*layer))]), tuple(tensor.shape[1:])
        span = _span(layers[0][0], shape) if layers and layers[0][1] == (0, 0) else None
        found.append(InputRange(names[place], shape, str(tensor.dtype), words, is_own, span))
    return found


def _layers_behind(model: keras.Model, place: int) -> list[tuple[Any, _Shift]]:
    """Return the layers and operations that do more with an input than pass it on, and what was added to it before."""
    found: list[tuple[Any, _Shift]] = []

    def pass_on(call: LayerCall, shifts: list[_Shift]) -> _Shift | None:
        """Return what was added to the input on the way to the outputs of a call, None if these are no longer it."""
        shift = min(low for low, _ in shifts), max(high for _, high in shifts)
        if type(call.operation).__name__ in PASSING_LAYERS | PASSING_OPERATIONS:
            return shift
        shifted = _shifted(shift, call.operation, call.arguments)
        if shifted is None:
            found.append((_looking_up(call.operation, call.arguments), shift))
        return shifted

    follow_inputs(model, [(0.0, 0.0) if other == place else None for other in range(len(model.inputs))], pass_on)
    return found


def _shifted(shift: _Shift, operation: Any, arguments: Sequence[Any]) -> _Shift | None:
    """Return the shift behind an addition or subtraction of constants, None behind anything else."""
    name = type(operation).__name__
    if name not in ("Add", "Subtract") or isinstance(operation, keras.Layer) or len(arguments) != 2:
        return None
    first, second = arguments
    constant = second if isinstance(first, keras.KerasTensor) else first
    if isinstance(constant, keras.KerasTensor) or (name == "Subtract" and constant is first):
        return None
    numbers = np.asarray(constant, np.float64) * (-1 if name == "Subtract" else 1)
    return shift[0] + float(numbers.min()), shift[1] + float(numbers.max())


def _looking_up(operation: Any, arguments: Sequence[Any]) -> Any:
    """Return the layer or operation that is called; of `keras.ops.take` the number of rows to take from."""
    if isinstance(operation, keras.layers.TimeDistributed):
        return operation.layer
    if type(operation).__name__ == "Take" and not isinstance(arguments[0], keras.KerasTensor):
        rows = np.asarray(arguments[0])
        return rows.size if operation.axis is None else rows.shape[operation.axis]
    return operation


def _words(operation: Any, shift: _Shift) -> Words | None:
    """Return the words that a layer or operation knows, before a shift; None where it does not look anything up."""
    size, is_masked = None, False
    if isinstance(operation, keras.layers.Embedding):
        size, is_masked = operation.input_dim, bool(operation.mask_zero)
    elif isinstance(operation, keras.layers.CategoryEncoding):
        size = operation.num_tokens
    elif isinstance(operation, int):
        size = operation
    elif type(operation).__name__ == "OneHot":
        size = operation.num_classes
    elif isinstance(operation, keras.layers.IntegerLookup):
        listed = tuple(int(word) for word in operation.get_vocabulary(include_special_tokens=False))
        return Words(min(listed), max(listed), listed) if listed else None
    if size is None:
        return None
    return Words(ceil(-shift[0]), floor(size - 1 - shift[1]), is_masked=is_masked and shift == (0, 0))


def _common_words(known: Sequence[Words]) -> Words | None:
    """Return the words that all look-ups know; None for no words."""
    if not known:
        return None
    low, high = max(words.low for words in known), min(words.high for words in known)
    listed = next((words.listed for words in known if words.listed), ())
    return Words(low, high, listed, any(words.is_masked for words in known)) if low <= high else None


def _span(layer: Any, shape: tuple[int | None, ...]) -> tuple[Any, Any] | None:
    """Return the smallest and the largest number of each feature that a layer for features, not images, is made for."""
    if len(shape) > 1:
        return None
    if isinstance(layer, keras.layers.Normalization) and not layer.invert:
        mean, deviation = np.asarray(layer.mean), DEVIATIONS * np.sqrt(np.asarray(layer.variance))
        return mean - deviation, mean + deviation
    if isinstance(layer, keras.layers.Discretization) and layer.bin_boundaries:
        first, last = layer.bin_boundaries[0], layer.bin_boundaries[-1]
        margin = (last - first) / len(layer.bin_boundaries) or 1.0
        return np.float64(first - margin), np.float64(last + margin)
    return None
