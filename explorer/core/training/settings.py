"""The settings of a training run in one declared list, and the metrics of an epoch."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from explorer.core.models.user_network import DEFAULT_LAYERS, LayersSetting
from explorer.core.settings import Setting

MODELS = ("perceptron", "logistic", "mlp", "cnn")
"""The networks of the tutorial."""

TRAINABLE_MODELS = (*MODELS, "own")
"""The networks that can be trained: those of the tutorial, and the user's own."""

OPTIMIZERS = ("sgd", "momentum", "adam", "rmsprop")
"""Optimizers by name; "momentum" is SGD with momentum 0.9."""

DEFAULT_LEARNING_RATES = {"sgd": 0.1, "momentum": 0.02, "adam": 0.001, "rmsprop": 0.001}
"""Learning rate of each optimizer where none is given."""

DEFAULT_HIDDEN_UNITS = {"perceptron": 10}
"""Number of hidden units of the networks whose default differs from that of the setting."""

TRAINING_SETTINGS = {
    setting.key: setting
    for setting in (
        Setting("model", "logistic", "Which network", TRAINABLE_MODELS),
        LayersSetting("layers", list(DEFAULT_LAYERS), "Layers of your own network"),
        Setting("hidden", 128, "Units of the hidden layer", low=1, high=4096),
        Setting("filters", 32, "Filters of the first convolution; the second has twice as many", low=1, high=256),
        Setting("activation", "relu", "Activation of hidden layers", ("relu", "tanh", "sigmoid", "elu", "silu")),
        Setting("dropout", 0.0, "Share of hidden units that are left out in each step", low=0.0, high=0.9),
        Setting("batch_norm", False, "Normalise each hidden layer's output over the batch"),
        Setting("l2", 0.0, "Weight of the squared weights in the loss", low=0.0, high=1.0),
        Setting("optimizer", "adam", "How gradients become steps", OPTIMIZERS),
        Setting("learning_rate", 0.0, "Length of a step; 0: the optimizer's own", low=0.0, high=1e30),
        Setting("batch_size", 32, "Images in a step", low=1, high=10_000),
        Setting("epochs", 3, "Times that all images are seen", low=1, high=1000),
        Setting("seed", 1, "Same seed, same curves", low=0, high=2**31 - 1),
        Setting("xla", "auto", "Compiled by XLA; auto: where that is faster", ("auto", "yes", "no")),
    )
}
"""By key. The settings of a run are a dict with a value for each of them."""


def run_settings(**given: Any) -> dict[str, Any]:
    """Return the settings of a run: the given ones moved into their bounds, and defaults for the others.

    Raises
    ------
    KeyError : if a setting is not declared.
    """
    unknown = set(given) - set(TRAINING_SETTINGS)
    if unknown:
        raise KeyError(", ".join(sorted(unknown)))
    settings = {key: setting.validated(given.get(key, setting.default)) for key, setting in TRAINING_SETTINGS.items()}
    if "hidden" not in given:
        settings["hidden"] = DEFAULT_HIDDEN_UNITS.get(settings["model"], settings["hidden"])
    if not settings["learning_rate"]:
        settings["learning_rate"] = DEFAULT_LEARNING_RATES[settings["optimizer"]]
    return settings


@dataclass(frozen=True)
class EpochMetrics:
    """Metrics of an epoch.

    Parameters
    ----------
    loss, accuracy : means over the training images.
    val_loss, val_accuracy : means over the validation images.
    seconds : time of the training steps, without evaluation.
    images_per_second : number of training images divided by ``seconds``.
    """

    loss: float
    accuracy: float
    val_loss: float
    val_accuracy: float
    seconds: float
    images_per_second: float

    def to_dict(self) -> Mapping[str, float]:
        """Return the metrics as a plain dict."""
        return asdict(self)
