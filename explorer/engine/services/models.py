"""Answers what the tabs "Weights" and "Activations" ask about the network in view: of a run, or from a file."""

import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.core.atomic_write import not_saved, written_whole
from explorer.core.data.dataset import DataError
from explorer.core.errors import ExpressionError
from explorer.core.models.keras_file_check import KerasFileError
from explorer.engine.services.data import DataService
from explorer.engine.training.current_network import CurrentNetwork
from explorer.engine.training.weight_history import WeightHistory, WeightSnapshot
from explorer.engine.weights.pictures import TILES, is_on_pixels, picture_of
from explorer.engine.weights.statistics import histogram, summary

if TYPE_CHECKING:
    from explorer.engine.models.inspector import ModelInspector
    from explorer.engine.training.optimizer_state import OptimizerState
    from explorer.engine.weights.gradient_explanation import WeightExplainer

PROBES = 256
"""Images that a unit must leave at 0, each of them, to be called dead."""

EXCITING = 8
"""Images in an answer about what excites a unit."""


class ModelService:
    """One network is in view. It is replaced by training threads, and looked into by one other thread.

    What cannot be answered raises ExpressionError with a sentence.
    """

    def __init__(self, images: DataService) -> None:
        self._images = images
        self._network: CurrentNetwork | None = None
        self._of_run: CurrentNetwork | None = None
        self._count = itertools.count(1)
        self._explainer: WeightExplainer | None = None

    def show(self, network: CurrentNetwork) -> int:
        """Put the network of a run in view and return its number."""
        self._of_run = network
        return self._view(network)

    def _view(self, network: CurrentNetwork) -> int:
        network.number = next(self._count)
        self._network = network
        return network.number

    def show_run(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer ``show_run``: put the network of the latest run in view again, after one from a file."""
        if self._of_run is None:
            raise ExpressionError("There is no run to go back to: train a network.")
        self._network = self._of_run
        return self.info(request)

    def without_batches(self, optimizer_state: "OptimizerState | None") -> None:
        """Let go of how a network was trained: its run is over, and another one uses what was compiled for it."""
        for network in (self._network, self._of_run):
            if network is not None and optimizer_state is not None and network.optimizer_state is optimizer_state:
                network.optimizer_state = None
                self._explainer = None

    def in_view(self) -> CurrentNetwork:
        """Return the network in view; raises ExpressionError where there is none."""
        if self._network is None:
            raise ExpressionError("There is no network yet: train one, or open a .keras file.")
        return self._network

    def info(self, _request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer ``network_info``: title, layers, and the steps of which there are snapshots."""
        return self._info(*self._get())

    def _info(self, network: CurrentNetwork, inspector: "ModelInspector") -> dict[str, Any]:
        return {
            **self._head(network),
            "title": network.title,
            "layers": inspector.describe(),
            "parameters": int(inspector.model.count_params()),
        }

    def open(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer ``open_network``: put the network of the file ``path`` in view, or keep the other one.

        ``ended_in_logits``: it had no softmax at its end, and has one now.
        """
        from explorer.engine.models.inspector import ModelInspector
        from explorer.engine.models.keras_file import ensure_softmax, load_network

        path = Path(str(request["path"]))
        try:
            model = load_network(path)
            ended_in_logits = ensure_softmax(model)
            data = self._images.in_use()
        except (KerasFileError, DataError) as error:
            raise ExpressionError(str(error)) from error
        try:
            inspector = ModelInspector(model)
        except ValueError as error:  # a layer that is used twice, say
            raise ExpressionError(f"{path.name} is put together in a way that cannot be looked into.") from error
        history = WeightHistory()
        history.add(0, model.get_weights())
        probes, labels = data.x_train[:PROBES], data.y_train[:PROBES]
        network = CurrentNetwork(path.name, model, history, probes, labels=labels, inspector=inspector)
        self._view(network)
        return {**self._info(network, inspector), "ended_in_logits": ended_in_logits}

    def save(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer ``save_network``: write the network as it was after the step ``snapshot`` to ``path``."""
        from explorer.engine.models.keras_file import save_network

        network, inspector = self._get()
        path = Path(str(request["path"]))
        step = self._use(network, inspector, request.get("snapshot"))
        state = network.optimizer_state
        optimizer = state.optimizer(inspector.model, step) if state is not None else None
        try:
            save_network(inspector.model, path, optimizer)
        except OSError as error:
            raise ExpressionError(not_saved(path, error)) from error
        return {"network": network.number, "step": step, "path": str(path)}

    def weights(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer ``weights``: arrays of one ``layer`` (its place) after the step ``snapshot``, or the newest (None).

        look: what of them is looked at, see `picture_of`; without it the arrays are whole.
        """
        network, inspector = self._get()
        layer = self._layer(inspector, request)
        moment = self._moment(network, request.get("snapshot"))
        look = request.get("look")
        on_pixels = is_on_pixels([type(before).__name__ for before in inspector.layers[:layer]])
        arrays = [
            {
                "name": name,
                **({"values": values} if look is None else picture_of(values, on_pixels, look)),
                "summary": summary(values),
                "histogram": histogram(values),
            }
            for name, values in inspector.layer_weights(layer, moment.weights)
        ]
        return {**self._head(network), "layer": layer, "step": moment.step, "arrays": arrays, "most": TILES}

    def save_weights(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer ``save_weights``: all arrays of one moment to ``path``, an ``.npz`` file, whole or not at all.

        The arrays are called ``layer/name`` in it, and ``step`` says after how many steps they were so.
        """
        network, inspector = self._get()
        moment = self._moment(network, request.get("snapshot"))
        arrays: dict[str, Any] = {}
        for place, layer in enumerate(inspector.layers):
            for name, values in inspector.layer_weights(place, moment.weights):
                key = f"{layer.name}/{name}"
                # A layer made of layers may have two weights of one name.
                arrays[f"{key}_{len(arrays)}" if key in arrays else key] = values
        path = Path(str(request["path"]))
        try:
            with written_whole(path) as part, part.open("wb") as file:
                np.savez(file, step=moment.step, **arrays)
        except OSError as error:
            raise ExpressionError(not_saved(path, error)) from error
        return {"path": str(path), "step": moment.step, "arrays": len(arrays)}

    def explain(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer ``explain_weight``: one weight, its gradient over a batch, and the step that follows from it.

        ``layer``, ``array`` (its name), ``index``, ``snapshot``; ``batch``: its place in the epoch, None for the next.
        """
        network, inspector = self._get()
        layer = self._layer(inspector, request)
        optimizer_state = network.optimizer_state
        if optimizer_state is None:
            raise ExpressionError("Only the network of the latest run has batches to learn from.")
        explainer = self._explainer
        if explainer is None or not explainer.explains(inspector, optimizer_state):
            from explorer.engine.weights.gradient_explanation import WeightExplainer

            explainer = self._explainer = WeightExplainer(inspector, optimizer_state)
        moment = self._moment(network, request.get("snapshot"))
        inspector.set_weights(moment.weights)
        index = tuple(int(position) for position in request["index"])
        try:
            told = explainer.explain(layer, str(request["array"]), index, moment.step, request.get("batch"))
        finally:
            inspector.invalidate_weights()  # the optimizer has made its step on the copy
        return {"network": network.number, "layer": layer, "step": moment.step, **told}

    def dead(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer ``dead_units``: the units of a ``layer`` that give 0 for each of the first images."""
        network, inspector = self._get()
        layer = self._layer(inspector, request)
        step = self._use(network, inspector, request.get("snapshot"))
        units = np.flatnonzero(inspector.dead_units(layer, network.probes))
        return {"network": network.number, "layer": layer, "step": step, "units": units, "images": len(network.probes)}

    def activations(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer ``activations``: every layer's output for an ``image``, the last of which are the probabilities.

        ``maps`` and ``units``: no more of a layer's maps or units than so many, which is what can be shown.
        """
        network, inspector = self._get()
        image = _image(request)
        step = self._use(network, inspector, request.get("snapshot"))
        outputs = inspector.outputs(image)
        maps, units = request.get("maps"), request.get("units")
        shown = [output[..., : maps if output.ndim == 3 else units] for output in outputs]
        return {"network": network.number, "step": step, "outputs": shown, "probabilities": outputs[-1]}

    def unit(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer ``unit``: how the number at ``index`` of a ``layer``'s output for an ``image`` came about.

        It is under ``told``: it has a ``kind`` of its own.
        """
        network, inspector = self._get()
        layer = self._layer(inspector, request)
        step = self._use(network, inspector, request.get("snapshot"))
        told = inspector.unit(_image(request), layer, [int(position) for position in request["index"]])
        return {"network": network.number, "step": step, "layer": layer, "told": told}

    def exciting(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer ``exciting_images``: of the first training images those that excite a ``unit`` of a ``layer`` most.

        ``unit``: the last place of an index into its output, which of a layer of maps is the map.
        """
        network, inspector = self._get()
        layer, unit = self._layer(inspector, request), int(request["unit"])
        if not 0 <= unit < inspector.layers[layer].output.shape[-1]:
            raise ExpressionError(f"The layer has no unit {unit}.")
        step = self._use(network, inspector, request.get("snapshot"))
        values = inspector.max_activations(layer, unit, network.probes)
        most = np.argsort(-np.nan_to_num(values, nan=-np.inf), kind="stable")[:EXCITING]
        head = {"network": network.number, "step": step, "layer": layer, "unit": unit, "of": len(values)}
        return {**head, "numbers": most, "values": values[most], "images": np.asarray(network.probes)[most]}

    def gradient(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer ``image_gradient``: of the probability of the digit ``output`` with respect to the ``image``."""
        network, inspector = self._get()
        step = self._use(network, inspector, request.get("snapshot"))
        output = int(request["output"])
        if not 0 <= output < 10:
            raise ExpressionError(f"There is no output {output}.")
        gradient = inspector.gradient(_image(request), output)
        return {"network": network.number, "step": step, "output": output, "gradient": gradient}

    def _get(self) -> "tuple[CurrentNetwork, ModelInspector]":
        network = self.in_view()
        if network.inspector is None:
            from explorer.engine.models.inspector import ModelInspector

            network.inspector = ModelInspector(network.model)
        return network, network.inspector

    def _head(self, network: CurrentNetwork) -> dict[str, Any]:
        kept = network.history.all
        return {
            "network": network.number,
            "steps": [snapshot.step for snapshot in kept],
            "bytes": sum(snapshot.size for snapshot in kept),
            "budget": network.history.budget,
        }

    def _use(self, network: CurrentNetwork, inspector: "ModelInspector", step: Any) -> int:
        """Take the weights after ``step``, or the nearest that are kept; None: the newest. Returns the step."""
        chosen = self._moment(network, step)
        inspector.set_weights(chosen.weights)
        return chosen.step

    def _moment(self, network: CurrentNetwork, step: Any) -> WeightSnapshot:
        kept = network.history.all
        return kept[-1] if step is None else min(kept, key=lambda snapshot: abs(snapshot.step - int(step)))

    def _layer(self, inspector: "ModelInspector", request: Mapping[str, Any]) -> int:
        layer = int(request["layer"])
        if not 0 <= layer < len(inspector.layers):
            raise ExpressionError(f"The network has no layer {layer}.")
        return layer


def _image(request: Mapping[str, Any]) -> Any:
    image = np.asarray(request["image"])
    if image.shape != (28, 28):
        raise ExpressionError(f"An image of shape {image.shape} was sent, but (28, 28) is needed.")
    return image
