"""The kinds of layers of the user's own network, and their options.

A layer is a plain dict, such as ``{"kind": "Dense", "units": 64, "activation": "relu"}``, so that it can be part of a
run's settings, sent and saved. The names of kinds and options are Keras's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from explorer.core.settings import Setting

LayerConfig: TypeAlias = dict[str, Any]
"""The kind of a layer and all of its options."""

MAX_LAYERS = 20
"""Maximum number of layers, without the outputs."""

ACTIVATIONS = ("relu", "tanh", "sigmoid", "elu", "silu", "linear")


@dataclass(frozen=True)
class LayerKind:
    """A kind of layer: Keras's class, what it does, the beginning of the names of such layers, and its options."""

    key: str
    description: str
    name_prefix: str
    options: tuple[Setting, ...] = ()

    def make_config(self, **given: Any) -> LayerConfig:
        """Return a layer of this kind with the given options, moved into their bounds, and defaults for the others."""
        return {
            "kind": self.key,
            **{option.key: option.validated(given.get(option.key, option.default)) for option in self.options},
        }


_ACTIVATION = Setting("activation", "relu", "Activation function", ACTIVATIONS)
_PADDING = Setting(
    "padding",
    "valid",
    "valid: only where the filter fits; same: padded with zeros, so the size stays the same",
    ("valid", "same"),
)
_POOL = Setting("pool_size", 2, "Side of the pooling window, in pixels", low=2, high=7)

LAYER_KINDS = {
    kind.key: kind
    for kind in (
        LayerKind(
            "Dense",
            "Every unit computes a weighted sum of all inputs",
            "dense",
            (Setting("units", 64, "Number of units", low=1, high=4096), _ACTIVATION),
        ),
        LayerKind(
            "Conv2D",
            "Moves small filters over the image",
            "conv",
            (
                Setting("filters", 16, "Number of filters", low=1, high=256),
                Setting("kernel_size", 3, "Side of each filter, in pixels", low=1, high=9),
                _ACTIVATION,
                _PADDING,
            ),
        ),
        LayerKind("MaxPooling2D", "Keeps the maximum of each window", "pool", (_POOL,)),
        LayerKind("AveragePooling2D", "Keeps the mean of each window", "mean_pool", (_POOL,)),
        LayerKind("GlobalAveragePooling2D", "Keeps the mean of each feature map", "global_mean"),
        LayerKind("Flatten", "Turns images into one long list of numbers", "flatten"),
        LayerKind(
            "Dropout",
            "Sets a random share of the numbers to 0 in each training step",
            "dropout",
            (Setting("rate", 0.25, "Share of the numbers that is dropped", low=0.0, high=0.9),),
        ),
        LayerKind(
            "BatchNormalization",
            "Shifts and scales numbers to mean 0 and standard deviation 1 over each batch",
            "norm",
        ),
    )
}
"""By Keras's class."""

DEFAULT_LAYERS: tuple[LayerConfig, ...] = (
    LAYER_KINDS["Conv2D"].make_config(filters=16),
    LAYER_KINDS["MaxPooling2D"].make_config(),
    LAYER_KINDS["Flatten"].make_config(),
    LAYER_KINDS["Dense"].make_config(units=64),
)
"""A small network to begin with. The ten outputs with softmax are always added."""


def check_layers(value: Any) -> list[LayerConfig] | None:
    """Return layers with their options moved into their bounds, None for anything but a list of layers."""
    if not isinstance(value, Sequence) or isinstance(value, str | bytes) or len(value) > MAX_LAYERS:
        return None
    configs: list[LayerConfig] = []
    for config in value:
        kind = LAYER_KINDS.get(str(config.get("kind"))) if isinstance(config, Mapping) else None
        if kind is None:
            return None
        configs.append(kind.make_config(**{str(key): given for key, given in config.items() if key != "kind"}))
    return configs


class LayersSetting(Setting):
    """A setting whose value is a list of layers."""

    def validated(self, value: Any) -> Any:
        """Return checked layers, or the default for anything but a list of layers."""
        configs = check_layers(value)
        return [dict(config) for config in self.default] if configs is None else configs


def layer_config_text(config: Mapping[str, Any]) -> str:
    """Return a short text for a layer, such as ``Dense 64, relu``."""
    kind = str(config["kind"])
    match kind:
        case "Dense":
            return f"Dense {config['units']}, {config['activation']}"
        case "Conv2D":
            size = config["kernel_size"]
            padding = ", same" if config["padding"] == "same" else ""
            return f"Conv2D {config['filters']} of {size} × {size}, {config['activation']}{padding}"
        case "MaxPooling2D" | "AveragePooling2D":
            return f"{kind} {config['pool_size']} × {config['pool_size']}"
        case "Dropout":
            return f"Dropout {config['rate']:g}"
    return kind
