"""What a training run is: its settings in one declared list, and what it tells of each epoch."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from explorer.core.models.user_network import DEFAULT, RowsSetting
from explorer.core.settings import Setting

MODELS = ("perceptron", "logistic", "mlp", "cnn")
"""The tutorial's."""

NETWORKS = (*MODELS, "own")
"""And the one of the user's own layers."""

OPTIMIZERS = ("sgd", "momentum", "adam", "rmsprop")

LEARNING_RATES = {"sgd": 0.1, "momentum": 0.02, "adam": 0.001, "rmsprop": 0.001}
"""Each optimizer's own, where none is given."""

HIDDEN = {"perceptron": 10}
"""Hidden units of networks that have another number of them by default."""

SETTINGS = {
    setting.key: setting
    for setting in (
        Setting("model", "logistic", "Which network", NETWORKS),
        RowsSetting("layers", list(DEFAULT), "Layers of your own network"),
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
"""By key. A run's settings are a map of all of them."""


def run_settings(**given: Any) -> dict[str, Any]:
    """Return all settings of a run, those not given at their defaults; raises KeyError for one that is not declared."""
    unknown = set(given) - set(SETTINGS)
    if unknown:
        raise KeyError(", ".join(sorted(unknown)))
    made = {key: setting.checked(given.get(key, setting.default)) for key, setting in SETTINGS.items()}
    if "hidden" not in given:
        made["hidden"] = HIDDEN.get(made["model"], made["hidden"])
    if not made["learning_rate"]:
        made["learning_rate"] = LEARNING_RATES[made["optimizer"]]
    return made


@dataclass(frozen=True)
class Epoch:
    """What one epoch came to. seconds: of training alone; images_per_second: training images divided by them."""

    loss: float
    accuracy: float
    val_loss: float
    val_accuracy: float
    seconds: float
    images_per_second: float

    def to_dict(self) -> Mapping[str, float]:
        """Return a plain map."""
        return asdict(self)
