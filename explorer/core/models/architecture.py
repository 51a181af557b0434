"""The layers of the networks, in Keras's terms: Keras's model and the code to copy are both made of them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from explorer.core.models.user_network import KINDS

SIDE = 28
"""Pixels of an image's side. Images go in as (n, 28, 28), from 0 to 1."""

DIGITS = 10


@dataclass(frozen=True)
class LayerSpec:
    """kind: Keras's class. options: its arguments by name, plain values. l2: weight of the squared kernel."""

    kind: str
    name: str
    options: Mapping[str, Any] = field(default_factory=dict)
    l2: float = 0.0


def architecture(settings: Mapping[str, Any]) -> list[LayerSpec]:
    """Return the layers of the network that a run's settings (`core.training.SETTINGS`) ask for; it ends in softmax."""
    l2 = float(settings["l2"])
    layers = []
    match settings["model"]:
        case "logistic":
            layers += [LayerSpec("Flatten", "flatten")]
        case "perceptron" | "mlp":
            layers += [LayerSpec("Flatten", "flatten"), *_hidden(settings, l2)]
        case "cnn":
            layers += [LayerSpec("Reshape", "channel", {"target_shape": (SIDE, SIDE, 1)})]
            layers += [layer for number in (1, 2) for layer in _convolution(settings, number, l2)]
            layers += [LayerSpec("Flatten", "flatten"), *_hidden(settings, l2)]
        case "own":
            layers += own_layers(settings)
    return [*layers, LayerSpec("Dense", "probabilities", {"units": DIGITS, "activation": "softmax"}, l2)]


def own_layers(settings: Mapping[str, Any]) -> list[LayerSpec]:
    """Return the layers of the user's own network (`core.own_network`), but for the ten outputs."""
    rows = settings["layers"]
    # Filters go over pictures with channels, of which these have one.
    begins_flat = bool(rows) and rows[0]["kind"] == "Flatten"
    layers = [] if begins_flat else [LayerSpec("Reshape", "channel", {"target_shape": (SIDE, SIDE, 1)})]
    counts: Counter[str] = Counter()
    for row in rows:
        kind = KINDS[row["kind"]]
        counts[kind.short] += 1
        options: dict[str, Any] = {key: value for key, value in row.items() if key != "kind"}
        if kind.key == "Dropout":
            options["seed"] = int(settings["seed"]) + counts[kind.short] - 1  # each leaves out others
        l2 = float(settings["l2"]) if kind.key in ("Dense", "Conv2D") else 0.0
        layers.append(LayerSpec(kind.key, f"{kind.short}_{counts[kind.short]}", options, l2))
    return layers


def _hidden(settings: Mapping[str, Any], l2: float) -> list[LayerSpec]:
    found = [LayerSpec("Dense", "hidden", {"units": settings["hidden"], "activation": settings["activation"]}, l2)]
    if settings["batch_norm"]:
        found.append(LayerSpec("BatchNormalization", "hidden_norm"))
    if settings["dropout"]:
        found.append(LayerSpec("Dropout", "dropout", {"rate": settings["dropout"], "seed": int(settings["seed"])}))
    return found


def _convolution(settings: Mapping[str, Any], number: int, l2: float) -> list[LayerSpec]:
    """Return one convolution with what follows it; the second has twice the filters of the first."""
    options = {"filters": settings["filters"] * number, "kernel_size": 3, "activation": settings["activation"]}
    found = [LayerSpec("Conv2D", f"conv_{number}", options, l2)]
    if settings["batch_norm"]:
        found.append(LayerSpec("BatchNormalization", f"conv_{number}_norm"))
    return [*found, LayerSpec("MaxPooling2D", f"pool_{number}", {"pool_size": 2})]
