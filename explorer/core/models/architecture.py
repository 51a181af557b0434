"""The layers of each network in Keras's terms, from which both Keras's model and the code to copy are made."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from explorer.core.models.user_network import LAYER_KINDS

IMAGE_SIDE = 28
"""Pixels along each side of an image. The input of a network is (n, 28, 28), from 0 to 1."""

NUM_CLASSES = 10
"""Number of outputs of each network."""


@dataclass(frozen=True)
class LayerSpec:
    """A layer: Keras's class, its name, its arguments by name, and the factor of the L2 penalty on its kernel."""

    kind: str
    name: str
    options: Mapping[str, Any] = field(default_factory=dict)
    l2: float = 0.0


def build_layer_specs(settings: Mapping[str, Any]) -> list[LayerSpec]:
    """Return the layers of the network of a run's settings (`TRAINING_SETTINGS`); the last one is a softmax."""
    l2 = float(settings["l2"])
    layers = []
    match settings["model"]:
        case "logistic":
            layers += [LayerSpec("Flatten", "flatten")]
        case "perceptron" | "mlp":
            layers += [LayerSpec("Flatten", "flatten"), *_hidden(settings, l2)]
        case "cnn":
            layers += [LayerSpec("Reshape", "channel", {"target_shape": (IMAGE_SIDE, IMAGE_SIDE, 1)})]
            layers += [layer for number in (1, 2) for layer in _convolution(settings, number, l2)]
            layers += [LayerSpec("Flatten", "flatten"), *_hidden(settings, l2)]
        case "own":
            layers += user_layer_specs(settings)
    return [*layers, LayerSpec("Dense", "probabilities", {"units": NUM_CLASSES, "activation": "softmax"}, l2)]


def user_layer_specs(settings: Mapping[str, Any]) -> list[LayerSpec]:
    """Return the layers of the user's own network, without the ten outputs."""
    configs = settings["layers"]
    # Conv2D needs a channel axis.
    begins_flat = bool(configs) and configs[0]["kind"] == "Flatten"
    layers = [] if begins_flat else [LayerSpec("Reshape", "channel", {"target_shape": (IMAGE_SIDE, IMAGE_SIDE, 1)})]
    counts: Counter[str] = Counter()
    for config in configs:
        kind = LAYER_KINDS[config["kind"]]
        counts[kind.name_prefix] += 1
        options: dict[str, Any] = {key: value for key, value in config.items() if key != "kind"}
        if kind.key == "Dropout":
            options["seed"] = int(settings["seed"]) + counts[kind.name_prefix] - 1  # each drops other units
        l2 = float(settings["l2"]) if kind.key in ("Dense", "Conv2D") else 0.0
        layers.append(LayerSpec(kind.key, f"{kind.name_prefix}_{counts[kind.name_prefix]}", options, l2))
    return layers


def _hidden(settings: Mapping[str, Any], l2: float) -> list[LayerSpec]:
    layers = [LayerSpec("Dense", "hidden", {"units": settings["hidden"], "activation": settings["activation"]}, l2)]
    if settings["batch_norm"]:
        layers.append(LayerSpec("BatchNormalization", "hidden_norm"))
    if settings["dropout"]:
        layers.append(LayerSpec("Dropout", "dropout", {"rate": settings["dropout"], "seed": int(settings["seed"])}))
    return layers


def _convolution(settings: Mapping[str, Any], number: int, l2: float) -> list[LayerSpec]:
    """Return a convolution with its normalization and pooling; the second has twice the filters of the first."""
    options = {"filters": settings["filters"] * number, "kernel_size": 3, "activation": settings["activation"]}
    layers = [LayerSpec("Conv2D", f"conv_{number}", options, l2)]
    if settings["batch_norm"]:
        layers.append(LayerSpec("BatchNormalization", f"conv_{number}_norm"))
    return [*layers, LayerSpec("MaxPooling2D", f"pool_{number}", {"pool_size": 2})]
