"""What the inputs of a network are: words of a vocabulary, pixels that it scales by itself, or any numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras

from explorer.core.models.input_scale import InputScale
from explorer.engine.models.input_scale import PASSING_LAYERS, PASSING_OPERATIONS, input_scales
from explorer.engine.network_graph.end_names import input_names
from explorer.engine.tf_adapter.keras_layers import graph_ends, layer_calls


@dataclass(frozen=True)
class InputRange:
    """One input of a network.

    Parameters
    ----------
    names : its key if the model takes a dict, and that of its layer; the first one is shown.
    shape : without the batch; a size that is not fixed is None.
    dtype : as NumPy names it.
    vocabulary : number of words, which are numbers from 0 below it; None where the input is no words.
    is_masked : whether the word 0 stands for none.
    scales : whether the network scales pixels from 0 to 255 by itself.
    """

    names: Sequence[str]
    shape: tuple[int | None, ...]
    dtype: str
    vocabulary: int | None
    is_masked: bool
    scales: bool

    @property
    def name(self) -> str:
        """The name that is shown."""
        return self.names[0]


def input_ranges(model: keras.Model) -> list[InputRange]:
    """Return what each input of a network is, in the order of ``model.inputs``."""
    scales, names = input_scales(model), input_names(model)
    found = []
    for place, tensor in enumerate(model.inputs):
        vocabularies: list[tuple[int, bool]] = []
        _follow(model, [other == place for other in range(len(model.inputs))], vocabularies)
        size, masked = min(vocabularies, default=(None, False), key=lambda one: one[0] or 0)
        is_own = bool(scales) and scales[place] is InputScale.OWN
        found.append(InputRange(names[place], tuple(tensor.shape[1:]), str(tensor.dtype), size, masked, is_own))
    return found


def _follow(model: keras.Model, entering: Sequence[bool], vocabularies: list[tuple[int, bool]]) -> list[bool]:
    """Return which outputs of a model are the input itself, and append the vocabularies that it meets."""
    inputs, outputs = graph_ends(model)
    known = {id(tensor) for tensor, is_input in zip(inputs, entering, strict=False) if is_input}
    for call in layer_calls(model):
        inside = [id(tensor) in known for tensor in call.inputs]
        if not any(inside):
            continue
        if isinstance(call.operation, keras.Model):
            passed = _follow(call.operation, inside, vocabularies)
            known |= {id(tensor) for tensor, is_input in zip(call.outputs, passed, strict=False) if is_input}
            continue
        operation = call.operation
        if isinstance(operation, keras.layers.TimeDistributed):
            operation = operation.layer
        if (size := _vocabulary(operation)) is not None:
            vocabularies.append((size, bool(getattr(operation, "mask_zero", False))))
        elif type(operation).__name__ in PASSING_LAYERS | PASSING_OPERATIONS:
            known |= {id(tensor) for tensor in call.outputs}
    return [id(tensor) in known for tensor in outputs]


def _vocabulary(operation: Any) -> int | None:
    if isinstance(operation, keras.layers.Embedding):
        return int(operation.input_dim)
    if isinstance(operation, keras.layers.CategoryEncoding):
        return int(operation.num_tokens)
    return None
