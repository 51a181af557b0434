"""What the scenes of a lesson show of data, runs and networks, each computed once."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from explorer.core.data.dataset import Dataset
from explorer.core.data.sources import load_data
from explorer.core.errors import UserError
from explorer.core.lessons.facts import FACTS
from explorer.core.lessons.scene_keys import DATA_SOURCES
from explorer.core.lessons.value_names import ValueName
from explorer.core.training.settings import run_settings


class NetworkFacts:
    """Data, networks and runs of the scenes of a lesson; ``folder`` is that of its file.

    trains: whether runs are computed; without them, numbers of runs are not known.
    """

    def __init__(self, folder: Path, trains: bool = True) -> None:
        self._folder, self._trains = folder, trains
        self._data: dict[str, Dataset] = {}
        self._networks: dict[str, list[dict[str, Any]]] = {}
        self._runs: dict[str, list[Mapping[str, float]]] = {}

    def data(self, view: Mapping[str, Any]) -> Dataset:
        """Return the data set of a scene; raises UserError."""
        name = view["data"]
        if name not in self._data:
            self._data[name] = load_data(name if name in DATA_SOURCES else str(self._folder / name))
        return self._data[name]

    def images(self, view: Mapping[str, Any], part: str | None = None) -> Any:
        """Return the labels of the images that a scene shows, in their order; raises UserError."""
        labels = getattr(self.data(view), f"y_{part or view['part']}")
        return labels if view.get("digit") is None else labels[labels == view["digit"]]

    def layers(self, view: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return each layer's name, output shape without the batch, and number of parameters; raises UserError."""
        key = view["network"] or json.dumps(run_settings(**view["train"]), sort_keys=True)
        if key not in self._networks:
            model = self._model(view)
            self._networks[key] = [
                {
                    "name": layer.name,
                    "shape": tuple(layer.output.shape[1:]),
                    "parameters": int(layer.count_params()),
                    "has_weights": bool(layer.weights),
                }
                for layer in model.layers
            ]
        return self._networks[key]

    def _model(self, view: Mapping[str, Any]) -> Any:
        from explorer.engine.models.build import build_network
        from explorer.engine.models.keras_file import load_network

        if view["network"]:
            return load_network(self._folder / view["network"])
        return build_network(run_settings(**view["train"]))

    def steps_of_epoch(self, view: Mapping[str, Any]) -> int:
        """Return the training steps of an epoch of a scene's run; raises UserError."""
        return -(-len(self.data(view).x_train) // int(run_settings(**view["train"])["batch_size"]))

    def epochs(self, view: Mapping[str, Any]) -> list[Mapping[str, float]]:
        """Return the metrics of each epoch of a scene's run, which is trained for it; raises UserError."""
        from explorer.engine.training.trainer import Trainer

        if not self._trains:
            raise UserError("The run was not computed.")
        settings = run_settings(**view["train"])
        key = json.dumps([settings, view["data"]], sort_keys=True)
        if key not in self._runs:
            trainer = Trainer(settings, self.data(view))
            trainer.train(settings["epochs"])
            self._runs[key] = [epoch.to_dict() for epoch in trainer.epochs]
            trainer.release()
        return self._runs[key]

    def number(self, view: Mapping[str, Any], name: ValueName) -> float:
        """Return the number for which a name stands in a scene; raises UserError if there is none."""
        fact, argument = FACTS[name.name], name.argument
        if name.name in ("epochs", "batch_size", "learning_rate"):
            return float(run_settings(**view["train"])[name.name])
        if name.name == "steps":
            return self.steps_of_epoch(view)
        if fact.needs_run:
            return float(self.epochs(view)[-1 if argument is None else argument - 1][name.name])
        if fact.needs_network:
            return self._number_of_network(view, name)
        labels = getattr(self.data(view), f"y_{name.name.partition('_')[0]}")
        if argument is not None and argument > 9:
            raise UserError(f"There is no label {argument}; there is 0 to 9.")
        return len(labels) if argument is None else int(np.count_nonzero(labels == argument))

    def _number_of_network(self, view: Mapping[str, Any], name: ValueName) -> float:
        layers = self.layers(view)
        if name.name == "layers":
            return len(layers)
        if name.argument is None:
            return int(sum(layer["parameters"] for layer in layers))
        if name.argument >= len(layers):
            raise UserError(f"There is no layer {name.argument}; there is 0 to {len(layers) - 1}.")
        return int(layers[name.argument]["parameters"])
