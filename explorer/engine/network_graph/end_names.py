"""The names of a network's inputs and outputs, by which a file's arrays are found and labels are shown."""

from collections.abc import Sequence
from typing import Any

import keras

from explorer.engine.tf_adapter.keras_layers import graph_ends, input_structure, output_structure, producing_operation


def input_names(model: keras.Model) -> list[list[str]]:
    """Return the names of each input: its key if the model takes a dict, and that of its layer."""
    return _names(input_structure(model), [str(producing_operation(tensor).name) for tensor in graph_ends(model)[0]])


def output_names(model: keras.Model) -> list[list[str]]:
    """Return the names of each output: its key if the model returns a dict, and that of its layer.

    Where one layer computes several outputs, a number stands behind its name from the second output on.
    """
    layers = [str(producing_operation(tensor).name) for tensor in graph_ends(model)[1]]
    return _names(output_structure(model), _numbered(layers))


def _names(structure: Any, layers: Sequence[str]) -> list[list[str]]:
    if not isinstance(structure, dict) or len(structure) != len(layers):
        return [[name] for name in layers]
    keys = [str(key) for key in sorted(structure)]  # the order in which Keras flattens a dict
    return [[key, *([name] if name not in keys else [])] for key, name in zip(keys, layers, strict=True)]


def _numbered(names: Sequence[str]) -> list[str]:
    """Return names that differ from each other: those that were there before get a number."""
    found: list[str] = []
    for name in names:
        unique, number = name, 0
        while unique in found or (number and unique in names):
            number += 1
            unique = f"{name}_{number}"
        found.append(unique)
    return found
