"""Names of runs: of each, the settings in which it differs from the others."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from explorer.core.models.user_network import layer_config_text
from explorer.core.training.settings import DEFAULT_LEARNING_RATES

_HIDDEN_LAYER = ("hidden", "activation", "dropout", "batch_norm")

WITHOUT_EFFECT = {
    "logistic": frozenset({*_HIDDEN_LAYER, "filters", "layers"}),
    "perceptron": frozenset({"filters", "layers"}),
    "mlp": frozenset({"filters", "layers"}),
    "cnn": frozenset({"layers"}),
    "own": frozenset({*_HIDDEN_LAYER, "filters"}),
}
"""Settings that a network does not have, by model."""


def _layers_text(layers: Sequence[Mapping[str, Any]]) -> str:
    return " → ".join(layer_config_text(layer) for layer in layers) or "no layers"


_TEXTS: Mapping[str, Callable[[Any], str]] = {
    "model": str,
    "layers": _layers_text,
    "hidden": lambda value: f"{value} hidden",
    "filters": lambda value: f"{value} filters",
    "activation": str,
    "dropout": lambda value: f"dropout {value:g}" if value else "no dropout",
    "batch_norm": lambda value: "batch norm" if value else "no batch norm",
    "l2": lambda value: f"L2 {value:g}" if value else "no L2",
    "optimizer": str,
    "learning_rate": lambda value: f"rate {value:g}",
    "batch_size": lambda value: f"batch {value}",
    "epochs": lambda value: "1 epoch" if value == 1 else f"{value} epochs",
    "seed": lambda value: f"seed {value}",
    "xla": lambda value: "XLA" if value == "yes" else "without XLA" if value == "no" else "XLA auto",
    "data": str,
}
"""The short text of a value, by setting, in the order in which they stand in a name."""

_NOT_KNOWN_YET: Mapping[str, str] = {"data": "", "xla": "auto"}
"""Values that a run has until the engine tells which data and which way of compiling it uses."""


def run_names(runs: Sequence[tuple[Mapping[str, Any], str]]) -> list[str]:
    """Return a name for each run, given its settings and the name of its data, "" where that is not known yet.

    A name consists of the settings in which the runs differ, as far as the run has them. It is the network where there
    is nothing else to say. A learning rate that is the optimizer's own is left out beside the optimizer, and the choice
    of XLA, which the program may have made, unless runs differ in nothing else.
    """
    values = [{**settings, "data": data} for settings, data in runs]
    differing = [key for key in _TEXTS if key != "xla" and _differs(key, values)]
    texts = [_texts(each, differing) for each in values]
    names = [", ".join(text) or str(each["model"]) for text, each in zip(texts, values, strict=True)]
    twins = [[other for other, name in zip(values, names, strict=True) if name == own] for own in names]
    return [
        f"{name}, {_TEXTS['xla'](each['xla'])}" if _differs("xla", alike) else name
        for name, each, alike in zip(names, values, twins, strict=True)
    ]


def _differs(key: str, values: Sequence[Mapping[str, Any]]) -> bool:
    """Whether runs that have a setting have different values of it, as far as these are known yet."""
    known = [each[key] for each in values if _has(key, each) and each[key] != _NOT_KNOWN_YET.get(key)]
    return any(value != known[0] for value in known)


def _has(key: str, values: Mapping[str, Any]) -> bool:
    return key in values and key not in WITHOUT_EFFECT.get(values.get("model", ""), ())


def _texts(values: Mapping[str, Any], differing: Sequence[str]) -> list[str]:
    shown = [key for key in differing if _has(key, values) and values[key] != ""]
    if "optimizer" in shown and values.get("learning_rate") == DEFAULT_LEARNING_RATES[values["optimizer"]]:
        shown = [key for key in shown if key != "learning_rate"]
    return [_TEXTS[key](values[key]) for key in shown]
