"""Answers what the tabs "Weights" and "Activations" ask about the network in view: of a run, or from a file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.core.errors import ExpressionError
from explorer.engine.snapshots import Snapshots
from explorer.engine.statistics import histogram, summary

if TYPE_CHECKING:
    from explorer.engine.looking import Looking

PROBES = 256
"""Images that a unit must leave at 0, each of them, to be called dead."""

EXCITING = 8
"""Images in an answer about what excites a unit."""


@dataclass
class Network:
    """A network that can be looked into.

    model: a `keras.Model`. probes: (n, 28, 28) uint8, images on which units are tried.
    """

    title: str
    model: Any
    snapshots: Snapshots
    probes: Any
    number: int = 0
    looking: "Looking | None" = field(default=None, repr=False)


class NetworkRoom:
    """One network is in view. It is replaced by training threads, and looked into by one other thread."""

    def __init__(self) -> None:
        self._network: Network | None = None
        self._count = 0

    def show(self, network: Network) -> int:
        """Put a network in view and return its number."""
        self._count += 1
        network.number = self._count
        self._network = network
        return self._count

    def info(self, _request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer ``network_info``: title, layers, and the steps of which there are snapshots."""
        network, looking = self._get()
        return {
            **self._head(network),
            "title": network.title,
            "layers": looking.describe(),
            "parameters": int(looking.model.count_params()),
        }

    def weights(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer ``weights``: arrays of one ``layer`` (its place) after the step ``snapshot``, or the newest (None)."""
        network, looking = self._get()
        layer = self._layer(looking, request)
        step = self._use(network, looking, request.get("snapshot"))
        arrays = [
            {"name": name, "values": values, "summary": summary(values), "histogram": histogram(values)}
            for name, values in looking.weights(layer)
        ]
        return {**self._head(network), "layer": layer, "step": step, "arrays": arrays}

    def dead(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer ``dead_units``: the units of a ``layer`` that give 0 for each of the first images."""
        network, looking = self._get()
        layer = self._layer(looking, request)
        step = self._use(network, looking, request.get("snapshot"))
        units = np.flatnonzero(looking.dead(layer, network.probes))
        return {"network": network.number, "layer": layer, "step": step, "units": units, "images": len(network.probes)}

    def activations(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer ``activations``: every layer's output for an ``image``, the last of which are the probabilities.

        ``maps`` and ``units``: no more of a layer's maps or units than so many, which is what can be shown.
        """
        network, looking = self._get()
        image = _image(request)
        step = self._use(network, looking, request.get("snapshot"))
        outputs = looking.outputs(image)
        maps, units = request.get("maps"), request.get("units")
        shown = [output[..., : maps if output.ndim == 3 else units] for output in outputs]
        return {"network": network.number, "step": step, "outputs": shown, "probabilities": outputs[-1]}

    def unit(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer ``unit``: how the number at ``index`` of a ``layer``'s output for an ``image`` came about.

        It is under ``told``: it has a ``kind`` of its own.
        """
        network, looking = self._get()
        layer = self._layer(looking, request)
        step = self._use(network, looking, request.get("snapshot"))
        told = looking.unit(_image(request), layer, [int(at) for at in request["index"]])
        return {"network": network.number, "step": step, "layer": layer, "told": told}

    def exciting(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer ``exciting_images``: of the first training images those that excite a ``unit`` of a ``layer`` most.

        ``unit``: the last place of an index into its output, which of a layer of maps is the map.
        """
        network, looking = self._get()
        layer, unit = self._layer(looking, request), int(request["unit"])
        if not 0 <= unit < looking.layers[layer].output.shape[-1]:
            raise ExpressionError(f"The layer has no unit {unit}.")
        step = self._use(network, looking, request.get("snapshot"))
        values = looking.excitement(layer, unit, network.probes)
        most = np.argsort(-np.nan_to_num(values, nan=-np.inf), kind="stable")[:EXCITING]
        head = {"network": network.number, "step": step, "layer": layer, "unit": unit, "of": len(values)}
        return {**head, "numbers": most, "values": values[most], "images": np.asarray(network.probes)[most]}

    def gradient(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer ``image_gradient``: of the probability of the digit ``output`` with respect to the ``image``."""
        network, looking = self._get()
        step = self._use(network, looking, request.get("snapshot"))
        output = int(request["output"])
        if not 0 <= output < 10:
            raise ExpressionError(f"There is no output {output}.")
        gradient = looking.gradient(_image(request), output)
        return {"network": network.number, "step": step, "output": output, "gradient": gradient}

    def _get(self) -> "tuple[Network, Looking]":
        network = self._network
        if network is None:
            raise ExpressionError("There is no network yet: train one, or open a .keras file.")
        if network.looking is None:
            from explorer.engine.looking import Looking

            network.looking = Looking(network.model)
        return network, network.looking

    def _head(self, network: Network) -> dict[str, Any]:
        return {"network": network.number, "steps": [snapshot.step for snapshot in network.snapshots.all]}

    def _use(self, network: Network, looking: "Looking", step: Any) -> int:
        """Take the weights after ``step``, or the nearest that are kept; None: the newest. Returns the step."""
        kept = network.snapshots.all
        chosen = kept[-1] if step is None else min(kept, key=lambda snapshot: abs(snapshot.step - int(step)))
        looking.use(chosen.weights)
        return chosen.step

    def _layer(self, looking: "Looking", request: Mapping[str, Any]) -> int:
        layer = int(request["layer"])
        if not 0 <= layer < len(looking.layers):
            raise ExpressionError(f"The network has no layer {layer}.")
        return layer


def _image(request: Mapping[str, Any]) -> Any:
    image = np.asarray(request["image"])
    if image.shape != (28, 28):
        raise ExpressionError(f"An image of shape {image.shape} was sent, but (28, 28) is needed.")
    return image
