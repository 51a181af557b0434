"""Answers requests about the current network, which is that of a run or from a file."""

import itertools
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.core.atomic_write import atomic_write, save_error_message
from explorer.core.errors import ErrorCode, UserError
from explorer.core.models.input_scale import InputScale
from explorer.core.protocol.models import (
    ACTIVATIONS,
    DEAD_UNITS,
    EXCITING_IMAGES,
    EXPLAIN_WEIGHT,
    IMAGE_GRADIENT,
    NETWORK_INFO,
    OPEN_NETWORK,
    SAVE_NETWORK,
    SAVE_WEIGHTS,
    SHOW_RUN,
    UNIT,
    WEIGHTS,
    ActivationsPayload,
    ActivationsReply,
    DeadUnitsPayload,
    DeadUnitsReply,
    ExcitingImagesPayload,
    ExcitingImagesReply,
    ExplainWeightPayload,
    ExplainWeightReply,
    ImageGradientPayload,
    ImageGradientReply,
    NetworkInfoReply,
    OpenNetworkPayload,
    SaveNetworkPayload,
    SaveNetworkReply,
    SaveWeightsPayload,
    SaveWeightsReply,
    SnapshotKeys,
    UnitPayload,
    UnitReply,
    WeightArray,
    WeightsPayload,
    WeightsReply,
)
from explorer.core.protocol.request_kind import EmptyPayload, Handlers
from explorer.engine.services.data import DataService
from explorer.engine.training.current_network import CurrentNetwork
from explorer.engine.training.weight_history import WeightHistory, WeightSnapshot
from explorer.engine.weights.statistics import histogram, summary
from explorer.engine.weights.visible_part import MAX_IMAGES, visible_part

if TYPE_CHECKING:  # they import Keras, which takes a second
    from explorer.engine.models.inspector import ModelInspector
    from explorer.engine.training.optimizer_state import OptimizerState
    from explorer.engine.weights.gradient_explanation import WeightExplainer

PROBES = 256
"""Images on which units are tried: a unit whose output is 0 for all of them is called dead."""

MAX_EXCITING_IMAGES = 8
"""Images in a reply about what excites a unit."""


class ModelService:
    """Looks into the current network. Training threads replace it; one worker looks into it."""

    def __init__(self, data: DataService) -> None:
        self._data = data
        self._network: CurrentNetwork | None = None
        self._network_of_run: CurrentNetwork | None = None
        self._count = itertools.count(1)
        self._explainer: WeightExplainer | None = None

    def handlers(self) -> Handlers:
        """Return the functions that answer requests."""
        return dict(
            (
                NETWORK_INFO.handled_by(self.info),
                OPEN_NETWORK.handled_by(self.open),
                SHOW_RUN.handled_by(self.show_run),
                SAVE_NETWORK.handled_by(self.save),
                WEIGHTS.handled_by(self.weights),
                SAVE_WEIGHTS.handled_by(self.save_weights),
                EXPLAIN_WEIGHT.handled_by(self.explain_weight),
                DEAD_UNITS.handled_by(self.dead_units),
                ACTIVATIONS.handled_by(self.activations),
                UNIT.handled_by(self.unit),
                EXCITING_IMAGES.handled_by(self.exciting_images),
                IMAGE_GRADIENT.handled_by(self.image_gradient),
            )
        )

    # -- which network ----------------------------------------------------------------------------

    def set_network_of_run(self, network: CurrentNetwork) -> int:
        """Make the network of a run the current one and return its number."""
        self._network_of_run = network
        return self._set_current(network)

    def _set_current(self, network: CurrentNetwork) -> int:
        network.number = next(self._count)
        self._network = network
        return network.number

    def forget_optimizer(self, optimizer_state: "OptimizerState | None") -> None:
        """Forget how a network was trained: its run has ended, and another one uses its compiled functions."""
        for network in (self._network, self._network_of_run):
            if network is not None and optimizer_state is not None and network.optimizer_state is optimizer_state:
                network.optimizer_state = None
                self._explainer = None

    def current(self) -> CurrentNetwork:
        """Return the current network; raise UserError if there is none."""
        if self._network is None:
            raise UserError("There is no network yet: train one, or open a .keras file.", ErrorCode.NO_NETWORK)
        return self._network

    def info(self, _request: EmptyPayload) -> NetworkInfoReply:
        """Return title, layers, and the steps of the snapshots."""
        return self._info(*self._inspected())

    def _info(self, network: CurrentNetwork, inspector: "ModelInspector") -> NetworkInfoReply:
        return NetworkInfoReply(
            **_snapshots(network),  # type: ignore[typeddict-item]  # its keys are total: no optional key of a reply
            title=network.title,
            layers=inspector.describe(),
            parameters=int(inspector.model.count_params()),
            input_shape=list(inspector.image_shape),
            scale=network.scale.value,
            output=inspector.output,
        )

    def show_run(self, request: EmptyPayload) -> NetworkInfoReply:
        """Make the network of the latest run the current one again, instead of one from a file."""
        if self._network_of_run is None:
            raise UserError("There is no run to go back to: train a network.", ErrorCode.NO_NETWORK)
        self._network = self._network_of_run
        return self.info(request)

    def open(self, request: OpenNetworkPayload) -> NetworkInfoReply:
        """Make the network of a file the current one; keep the one before if the file cannot be used."""
        from explorer.engine.models.compiled_loss import read_compiled_loss
        from explorer.engine.models.input_scale import input_scale
        from explorer.engine.models.inspector import ModelInspector
        from explorer.engine.models.keras_file import load_network
        from explorer.engine.models.network_output import find_output

        path = Path(str(request["path"]))
        model = load_network(path)
        compiled = read_compiled_loss(path)
        inspector = ModelInspector(model, find_output(model, compiled.loss))
        data = self._data.in_use()
        history = WeightHistory()
        history.add(0, model.get_weights())
        probes, labels = data.x_train[:PROBES], data.y_train[:PROBES]
        network = CurrentNetwork(
            path.name, model, history, probes, labels=labels, compiled=compiled, inspector=inspector
        )
        network.scale = input_scale(model)
        self._set_current(network)
        return self._info(network, inspector)

    def save(self, request: SaveNetworkPayload) -> SaveNetworkReply:
        """Write the network as it was after a step, with its optimizer, to a ``.keras`` file."""
        from explorer.engine.models.keras_file import save_network

        network, inspector = self._inspected()
        path = Path(str(request["path"]))
        step = _use_snapshot(network, inspector, request.get("snapshot"))
        state = network.optimizer_state
        optimizer = state.optimizer(inspector.model, step) if state is not None else None
        try:
            save_network(inspector.model, path, optimizer)
        except OSError as error:
            raise UserError(save_error_message(path, error), ErrorCode.FILE_UNUSABLE) from error
        return {"network": network.number, "step": step, "path": str(path)}

    # -- weights ----------------------------------------------------------------------------------

    def weights(self, request: WeightsPayload) -> WeightsReply:
        """Return the arrays of a layer after a step, complete or the part that is shown."""
        from explorer.engine.models.inspector import gate_names

        network, inspector = self._inspected()
        layer = _layer(inspector, request["layer"])
        snapshot = _snapshot(network, request.get("snapshot"))
        part = request.get("part")
        on_pixels = inspector.receives_pixels(layer)
        arrays: list[WeightArray] = []
        gates = gate_names(inspector.layers[layer])
        for name, values in inspector.layer_weights(layer, snapshot.weights):
            shown: dict[str, Any] = {"values": values} if part is None else visible_part(values, on_pixels, part)
            array: Any = {"name": name, **shown, "summary": summary(values), "histogram": histogram(values)}
            array["gates"] = list(gates) if gates and values.ndim and values.shape[-1] % len(gates) == 0 else []
            arrays.append(array)
        return WeightsReply(
            **_snapshots(network),  # type: ignore[typeddict-item]  # as above
            layer=layer,
            step=snapshot.step,
            arrays=arrays,
            max_images=MAX_IMAGES,
            not_finite=inspector.not_finite(snapshot.weights),
        )

    def save_weights(self, request: SaveWeightsPayload) -> SaveWeightsReply:
        """Write all arrays as they were after a step to an ``.npz`` file, atomically.

        Arrays are called ``layer/name``; ``step`` is the number of the step.
        """
        network, inspector = self._inspected()
        snapshot = _snapshot(network, request.get("snapshot"))
        arrays: dict[str, Any] = {}
        first_calls = {id(layer): index for index, layer in reversed(list(enumerate(inspector.layers)))}
        for index in sorted(first_calls.values()):
            for name, values in inspector.layer_weights(index, snapshot.weights):
                key = f"{inspector.layers[index].name}/{name}"
                # A layer made of layers may have two weights of one name.
                arrays[f"{key}_{len(arrays)}" if key in arrays else key] = values
        path = Path(str(request["path"]))
        try:
            with atomic_write(path) as part, part.open("wb") as file:
                np.savez(file, step=snapshot.step, **arrays)
        except OSError as error:
            raise UserError(save_error_message(path, error), ErrorCode.FILE_UNUSABLE) from error
        return {"path": str(path), "step": snapshot.step, "arrays": len(arrays)}

    def explain_weight(self, request: ExplainWeightPayload) -> ExplainWeightReply:
        """Return one weight, its gradient over a batch, and the optimizer's step that follows from it."""
        network, inspector = self._inspected()
        layer = _layer(inspector, request["layer"])
        optimizer_state = network.optimizer_state
        if optimizer_state is None:
            raise UserError("Only the network of the latest run has batches to learn from.")
        explainer = self._explainer
        if explainer is None or not explainer.explains(inspector, optimizer_state):
            from explorer.engine.weights.gradient_explanation import WeightExplainer

            explainer = self._explainer = WeightExplainer(inspector, optimizer_state)
        snapshot = _snapshot(network, request.get("snapshot"))
        inspector.set_weights(snapshot.weights)
        index = tuple(int(position) for position in request["index"])
        try:
            explanation = explainer.explain(layer, str(request["array"]), index, snapshot.step, request.get("batch"))
        finally:
            inspector.invalidate_weights()  # the optimizer has made its step on the copy
        reply: Any = {"network": network.number, "layer": layer, "step": snapshot.step, **explanation}
        checked: ExplainWeightReply = reply
        return checked

    def dead_units(self, request: DeadUnitsPayload) -> DeadUnitsReply:
        """Return the units of a layer whose output is 0 for each of `PROBES` images."""
        network, inspector = self._inspected()
        layer = _layer(inspector, request["layer"])
        step = _use_snapshot(network, inspector, request.get("snapshot"))
        units = np.flatnonzero(inspector.dead_units(layer, network.probes, _scale(network, request.get("scale"))))
        return {"network": network.number, "layer": layer, "step": step, "units": units, "images": len(network.probes)}

    # -- activations ------------------------------------------------------------------------------

    def activations(self, request: ActivationsPayload) -> ActivationsReply:
        """Return every layer's output for an image, and the network's prediction."""
        network, inspector = self._inspected()
        image = _image(request["image"])
        snapshot = _snapshot(network, request.get("snapshot"))
        inspector.set_weights(snapshot.weights)
        outputs, prediction, shares = inspector.outputs(image, _scale(network, request.get("scale")))
        maps, units = request.get("maps"), request.get("units")
        shown = [output[..., : maps if output.ndim == 3 else units] for output in outputs]
        return ActivationsReply(
            **_snapshots(network),  # type: ignore[typeddict-item]  # as above
            step=snapshot.step,
            outputs=shown,
            prediction=prediction,
            probabilities=shares,
            not_finite=inspector.not_finite(snapshot.weights),
        )

    def unit(self, request: UnitPayload) -> UnitReply:
        """Return how one number of a layer's output came about."""
        network, inspector = self._inspected()
        layer = _layer(inspector, request["layer"])
        step = _use_snapshot(network, inspector, request.get("snapshot"))
        index = [int(position) for position in request["index"]]
        explanation = inspector.unit(_image(request["image"]), layer, index, _scale(network, request.get("scale")))
        return {"network": network.number, "step": step, "layer": layer, "explanation": explanation}

    def exciting_images(self, request: ExcitingImagesPayload) -> ExcitingImagesReply:
        """Return the images, of `PROBES`, for which a unit has its largest values."""
        network, inspector = self._inspected()
        layer, unit = _layer(inspector, request["layer"]), int(request["unit"])
        if not 0 <= unit < inspector.describe()[layer]["shape"][-1]:
            raise UserError(f"The layer has no unit {unit}.")
        step = _use_snapshot(network, inspector, request.get("snapshot"))
        values = inspector.max_activations(layer, unit, network.probes, _scale(network, request.get("scale")))
        best = np.argsort(-np.nan_to_num(values, nan=-np.inf), kind="stable")[:MAX_EXCITING_IMAGES]
        return {
            "network": network.number,
            "step": step,
            "layer": layer,
            "unit": unit,
            "tried": len(values),
            "numbers": best,
            "values": values[best],
            "images": np.asarray(network.probes)[best],
        }

    def image_gradient(self, request: ImageGradientPayload) -> ImageGradientReply:
        """Return the gradient of one of the shown outputs with respect to the image."""
        network, inspector = self._inspected()
        step = _use_snapshot(network, inspector, request.get("snapshot"))
        output = int(request["output"])
        if not 0 <= output < inspector.output["units"]:
            raise UserError(f"There is no output {output}.")
        gradient = inspector.gradient(_image(request["image"]), output, _scale(network, request.get("scale")))
        return {"network": network.number, "step": step, "output": output, "gradient": gradient}

    def _inspected(self) -> "tuple[CurrentNetwork, ModelInspector]":
        network = self.current()
        if network.inspector is None:
            from explorer.engine.models.inspector import ModelInspector, copy_network

            network.inspector = ModelInspector(copy_network(network.model))
        return network, network.inspector


def _snapshots(network: CurrentNetwork) -> SnapshotKeys:
    snapshots = network.history.all
    return {
        "network": network.number,
        "steps": [snapshot.step for snapshot in snapshots],
        "bytes": sum(snapshot.size for snapshot in snapshots),
        "budget": network.history.budget,
    }


def _snapshot(network: CurrentNetwork, step: int | None) -> WeightSnapshot:
    """Return the snapshot nearest to a step; None: the newest."""
    snapshots = network.history.all
    return snapshots[-1] if step is None else min(snapshots, key=lambda snapshot: abs(snapshot.step - int(step)))


def _use_snapshot(network: CurrentNetwork, inspector: "ModelInspector", step: int | None) -> int:
    """Give the inspected copy the weights after a step, see `_snapshot`, and return the snapshot's step."""
    snapshot = _snapshot(network, step)
    inspector.set_weights(snapshot.weights)
    return snapshot.step


def _scale(network: CurrentNetwork, scale: str | None) -> InputScale:
    """Return the scale of a request, that of the network for None."""
    return network.scale if scale is None else InputScale(scale)


def _layer(inspector: "ModelInspector", layer: int) -> int:
    layer = int(layer)
    if not 0 <= layer < len(inspector.layers):
        raise UserError(f"The network has no layer {layer}.")
    return layer


def _image(image: Any) -> Any:
    array = np.asarray(image)
    if array.shape != (28, 28):
        raise UserError(f"An image of shape {array.shape} was sent, but (28, 28) is needed.")
    return array
