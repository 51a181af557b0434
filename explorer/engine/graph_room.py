"""Answers what the tab "Network" asks: the training graph of a network, what of it is seen, and what flows through."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import nan
from pathlib import Path
from time import monotonic
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from explorer.core.dataset import DataError
from explorer.core.errors import ExpressionError
from explorer.core.graph import op_of
from explorer.core.network.graph import Group, ancestry
from explorer.core.network.health import Passed, root_mean_square, sentence
from explorer.core.network.parts import parts_of
from explorer.core.network.search import found, leading
from explorer.core.network.sources import BATCH, LARGE_BATCH, PREFIX, RUN, title_of
from explorer.core.network.tiles import tiles
from explorer.core.network.view import View, view
from explorer.core.network_file import NetworkFileError
from explorer.core.training import MODELS, run_settings
from explorer.engine.data_room import DataRoom
from explorer.engine.describe_op import describe
from explorer.engine.graph_values import GraphValues, combined, dead_share, pictures, statistics
from explorer.engine.network_graph import TracedNetwork, trace_network
from explorer.engine.network_room import Network, NetworkRoom
from explorer.engine.networks import BUILDING, build_network
from explorer.engine.op_costs import NOTHING, Cost, measured

MOST = 1_500_000_000
"""Numbers that are looked at for one batch: more would take a minute."""

FEW = 40
"""Layers up to which all of them are looked at for gradients that vanish."""

AT_ONCE = 48
"""Boxes of which pictures are told at once."""

PHOTOGRAPH = (224, 224, 3)
"""Of a network that takes photographs of any size."""

SEED = 1
"""Of the noise that goes through networks for photographs."""


@dataclass
class _Open:
    """A graph that is looked at. of: the network in view that it was traced of, None for others. batch: in words.

    tiles: small pictures by box, of a value and of its gradient, as they were when numbers were told last.
    """

    number: int
    source: str
    traced: TracedNetwork
    values: GraphValues
    images: Any
    labels: Any
    batch: str
    of: Network | None = None
    weights: Any = None
    number_of_values: int = 0
    tiles: dict[str, dict[str, tuple[Any, float]]] = field(default_factory=dict)
    costs: dict[str, Cost] | None = None


@dataclass(frozen=True)
class _Looked:
    """What is kept of a tensor that went by: its statistics, the share of its dead units, and small pictures."""

    told: Mapping[str, float]
    dead: float | None
    tiles: tuple[Any, float] | None


def model_of(source: str) -> keras.Model:
    """Return a new network: one of the tutorial's, of `keras.applications` without weights, or from a file.

    Raises ExpressionError with a sentence where there is none of that name.
    """
    if source in MODELS:
        return build_network(run_settings(model=source))
    if source.startswith(PREFIX):
        return _application(source.removeprefix(PREFIX))
    from explorer.engine.network_file import load_any_network

    try:
        return load_any_network(Path(source))
    except NetworkFileError as error:
        raise ExpressionError(str(error)) from error


def _application(name: str) -> keras.Model:
    maker = getattr(keras.applications, name, None)
    if not name[:1].isupper() or not callable(maker):
        raise ExpressionError(f"keras.applications has no network {name}; ResNet50 and EfficientNetB7 are two of them.")
    with BUILDING:
        made = maker(weights=None)
        if None in made.inputs[0].shape[1:]:  # MobileNetV3 takes images of any size
            made = maker(weights=None, input_shape=PHOTOGRAPH)
        return made


def traced_of(model: keras.Model, source: str) -> TracedNetwork:
    """Trace a model's training step; raises ExpressionError with a sentence where that cannot be done."""
    pixels = int(np.prod([size or 0 for size in model.inputs[0].shape[1:]]))
    try:
        return trace_network(model, BATCH if pixels <= 28 * 28 else LARGE_BATCH, _name(model, source))
    except ExpressionError:
        raise
    # Keras and TensorFlow raise many kinds for a model that cannot be called or differentiated.
    except Exception as error:
        first = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
        raise ExpressionError(f"TensorFlow could not trace {title_of(source)}: {first}") from error


def _name(model: keras.Model, source: str) -> str:
    return source if source in MODELS else str(model.name).replace("/", "_")


class GraphRoom:
    """One graph is looked at, by one thread; another one runs it, and neither waits for the other."""

    def __init__(self, networks: NetworkRoom, images: DataRoom) -> None:
        self._networks = networks
        self._images = images
        self._open: _Open | None = None
        self._count = 0

    def open(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer ``graph_open``: trace the graph of ``source``; the one before stays if that cannot be done."""
        source = str(request["source"])
        network = None
        if source == RUN:
            network = self._networks.in_view()
            with BUILDING:
                model = keras.models.clone_model(network.model)
        else:
            model = model_of(source)
        traced = traced_of(model, network.title if network is not None else source)
        images, labels, batch = self._batch(traced, network)
        self._count += 1
        self._open = _Open(self._count, source, traced, GraphValues(traced), images, labels, batch, network)
        return self._head(self._open)

    def view(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer ``graph_view``: what is seen where the groups ``open`` are open, or all down to a ``level``."""
        here = self._get(request)
        return {"graph": here.number, "parts": parts_of(self._seen(here, request))}

    def values(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer ``graph_values``: what flows through what is seen, for one batch and the newest weights.

        ``seconds``: how long that takes, 0 where it was traced anew and so is not known yet: whoever follows a run can
        ask no more often than it costs little.
        """
        began = monotonic()
        here = self._get(request)
        step = self._newest(here)
        seen = self._seen(here, request)
        traced, graph = here.traced, here.traced.graph
        gradients = {wire.key: _gradients(traced, wire) for wire in seen.wires if wire.kind == "forward"}
        loss = f"{traced.loss}:0"
        exits = {**dict.fromkeys(ancestry(graph.group_of[traced.loss]), loss), **graph.exits}
        outputs = {node.id: node.tensor or exits.get(node.id) for node in seen.nodes}
        layers = {name: tensor for name, tensor in graph.exits.items() if name in graph.layers}
        if len(layers) > FEW:  # of large networks only what is seen: each of their tensors has millions of numbers
            there = {node.id for node in seen.nodes}
            layers = {name: tensor for name, tensor in layers.items() if name in there}
        wanted = {tensor for wire in seen.wires for tensor in wire.tensors}
        wanted |= {tensor for tensors in gradients.values() for tensor in tensors}
        wanted |= {tensor for tensor in [*outputs.values(), *layers.values()] if tensor is not None}
        wanted |= {traced.gradients[tensor] for tensor in list(wanted) if tensor in traced.gradients}
        wanted |= {gradient for _, gradient in traced.weights.values()}
        note = ""
        if sum(graph.size_of(tensor) for tensor in wanted) > MOST:
            note = "What is seen here has too many numbers to count: close some groups, or select an op."
            wanted = set()
        units = {*outputs.values(), *layers.values()}
        shown = {outputs[node.id] for node in seen.nodes if node.picture}
        shown |= {traced.gradients.get(tensor or "") for tensor in shown}

        at_end: dict[str, float] = {}

        def look(name: str, value: Any) -> _Looked:
            if name == loss:
                at_end[name] = float(value)
            told, share = statistics(value), dead_share(value) if name in units else None
            return _Looked(told, share, tiles(value) if name in shown else None)

        looked = here.values.look(here.images, here.labels, [*wanted, loss], look)
        told = {name: one.told for name, one in looked.items()}
        dead = {name: one.dead for name, one in looked.items() if one.dead is not None}

        def of(tensors: Iterable[str | None]) -> dict[str, float] | None:
            known = [told[name] for name in tensors if name is not None and name in told]
            return combined(known) if known else None

        nodes = {}
        for node in seen.nodes:
            tensor = outputs[node.id]
            inside = [g for group, g in traced.weights.values() if group == node.id or group.startswith(f"{node.id}/")]
            nodes[node.id] = {
                "value": of([tensor]),
                "gradient": of([traced.gradients.get(tensor or "")]),
                "weights": of(inside) if node.kind in ("group", "open") else None,
                "dead": dead.get(tensor or ""),
            }
        wires = {
            wire.key: {"value": of(wire.tensors), "gradient": of(gradients.get(wire.key, ()))} for wire in seen.wires
        }
        here.number_of_values += 1
        here.tiles = {
            node.id: _tiles(looked, outputs[node.id], traced.gradients) for node in seen.nodes if node.picture
        }
        return {
            "graph": here.number,
            "number": here.number_of_values,
            "step": step,
            "loss": at_end.get(loss, nan),
            "wires": _known(wires),
            "nodes": _known(nodes),
            "seconds": monotonic() - began if here.values.prepared else 0.0,
            "sentence": note or sentence(_passed(traced, layers, told, dead)),
        }

    def pictures(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer ``graph_pictures``: small pictures of what ``boxes`` give, and of its gradient at ``gradients``.

        They are of the numbers that were told last, so nothing is computed for them.
        """
        here = self._get(request)
        found: dict[str, dict[str, tuple[Any, float]]] = {}
        for what, names in (("value", request["boxes"]), ("gradient", request["gradients"])):
            for name in names[:AT_ONCE]:
                if what in here.tiles.get(name, {}):
                    found.setdefault(name, {})[what] = here.tiles[name][what]
        return {"graph": here.number, "number": here.number_of_values, "pictures": found}

    def costs(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer ``graph_costs``: seconds and bytes of what is seen, and of all ops; measured once for each graph.

        A group has those of all ops in it, also of the backward pass; an op has its own.
        """
        here = self._get(request)
        if here.costs is None:
            self._newest(here)
            try:
                here.costs = measured(here.traced, here.images, here.labels)
            except (tf.errors.OpError, ValueError, KeyError) as error:
                first = str(error).splitlines()[0] if str(error) else type(error).__name__
                raise ExpressionError(f"TensorFlow could not measure this graph: {first}") from error
        graph, whole = here.traced.graph, here.costs
        groups: dict[str, Cost] = {}
        for name, cost in whole.items():
            for group in ancestry(graph.group_of[name]):
                groups[group] = groups.get(group, NOTHING) + cost
        seen = {node.id: groups.get(node.id) or whole.get(node.id) for node in self._seen(here, request).nodes}
        return {
            "graph": here.number,
            "nodes": {name: vars(cost) for name, cost in seen.items() if cost is not None},
            "whole": vars(sum(whole.values(), NOTHING)),
            "ran": len(whole),
        }

    def op(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer ``graph_op``: all that is known of the op ``op``, with its output as pictures where it is some."""
        here = self._get(request)
        name = str(request["op"])
        if name not in here.traced.graph.by_name:
            raise ExpressionError(f"The graph has no op {name}.")
        told = describe(here.traced, name)
        self._newest(here)
        tensor = f"{name}:0"
        gradient = here.traced.gradients.get(tensor)
        values = here.values.run(here.images, here.labels, [tensor, *([gradient] if gradient else [])])
        return {
            "graph": here.number,
            "op": told,
            "statistics": {key: statistics(value) for key, value in values.items()},
            "pictures": pictures(values[tensor]) if tensor in values else None,
        }

    def search(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer ``graph_search``: ops and groups whose name, type or shape has ``text`` in it."""
        here = self._get(request)
        hits, total = found(here.traced.graph, str(request["text"]), int(request.get("limit") or 50))
        return {"graph": here.number, "text": request["text"], "hits": hits, "total": total}

    def leading(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer ``graph_trace``: boxes of the view on the way from the inputs to ``box``, and from it to the loss."""
        here = self._get(request)
        seen = self._seen(here, request)
        before, after = leading(seen, str(request["box"]))
        return {"graph": here.number, "box": request["box"], "before": sorted(before), "after": sorted(after)}

    # -- inside -----------------------------------------------------------------------------------

    def _get(self, request: Mapping[str, Any]) -> _Open:
        if self._open is None or self._open.number != request.get("graph"):
            raise ExpressionError("gone")
        return self._open

    def _seen(self, here: _Open, request: Mapping[str, Any]) -> View:
        graph = here.traced.graph
        opened = graph.level(int(request["level"])) if request.get("level") is not None else frozenset(request["open"])
        return view(
            graph, opened, here.traced.order,
            helpers=bool(request.get("helpers")), backward=bool(request.get("backward")),
        )  # fmt: skip

    def _head(self, here: _Open) -> dict[str, Any]:
        graph = here.traced.graph
        return {
            "graph": here.number,
            "source": here.source,
            "title": here.of.title if here.of is not None else title_of(here.source),
            "model": graph.model,
            "ops": len(graph.ops),
            "backward": sum(op.backward for op in graph.ops),
            "edges": graph.edges,
            "hidden": graph.hidden,
            "levels": graph.levels,
            "parameters": int(here.traced.model.count_params()),
            "batch": here.batch,
            "groups": [_plain(group) for group in graph.groups.values()],
            "alike": list(dict.fromkeys(graph.alike.values())),
        }

    def _batch(self, traced: TracedNetwork, network: Network | None) -> tuple[Any, Any, str]:
        images, labels = traced.specs
        if network is not None and network.labels is not None:
            x, y = network.probes[: images.shape[0]], network.labels[: images.shape[0]]
            told = f"the first {images.shape[0]} training images"
        elif np.prod(images.shape[1:]) == 28 * 28 and traced.model.outputs[0].shape[-1] == 10:
            try:
                data = self._images.open("auto")
            except DataError as error:
                raise ExpressionError(str(error)) from error
            x, y = data.x_train[: images.shape[0]], data.y_train[: images.shape[0]]
            told = f"the first {images.shape[0]} training images of {data.name}"
        else:
            random = np.random.default_rng(SEED)
            x = random.integers(0, 256, images.shape)
            y = random.integers(0, traced.model.outputs[0].shape[-1] or 1, labels.shape)
            return (
                x.astype(images.dtype.as_numpy_dtype),
                y.astype(labels.dtype.as_numpy_dtype),
                "noise, not photographs",
            )
        pixels = (np.asarray(x, np.float32) / 255).reshape(images.shape)
        return pixels, np.asarray(y, labels.dtype.as_numpy_dtype), told

    def _newest(self, here: _Open) -> int | None:
        """Take the newest weights of a network that trains; returns after how many steps they were so."""
        if here.of is None:
            return None
        moment = here.of.snapshots.all[-1]
        if moment.weights is not here.weights:
            here.traced.model.set_weights(list(moment.weights))
            here.weights = moment.weights
        return moment.step


def _plain(group: Group) -> dict[str, Any]:
    return vars(group)


def _known(told: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """What is told of boxes or wires without those of which nothing is."""
    return {name: one for name, one in told.items() if any(value is not None for value in one.values())}


def _tiles(
    looked: Mapping[str, _Looked], tensor: str | None, gradients: Mapping[str, str]
) -> dict[str, tuple[Any, float]]:
    """The small pictures of a tensor and of its gradient, as far as they were computed."""
    wanted = {"value": tensor, "gradient": gradients.get(tensor or "")}
    known = {what: looked[name].tiles for what, name in wanted.items() if name is not None and name in looked}
    return {what: made for what, made in known.items() if made is not None}


def _gradients(traced: TracedNetwork, wire: Any) -> list[str]:
    """The tensors that go back along a bundle: through its one slot, or the whole gradient of each of its tensors."""
    if wire.count == 1 and wire.slots and wire.slots[0] in traced.slots:
        return [traced.slots[wire.slots[0]]]
    return [traced.gradients[tensor] for tensor in wire.tensors if tensor in traced.gradients]


def _passed(
    traced: TracedNetwork, layers: Mapping[str, str], told: Mapping[str, Mapping[str, float]], dead: Mapping[str, float]
) -> list[Passed]:
    """The layers in the order of the backward pass, with the gradient of what each gives."""
    passed = []
    for name, tensor in layers.items():
        gradient = told.get(traced.gradients.get(tensor, ""))
        if gradient is None or "norm" not in gradient:
            continue
        layer, value = traced.graph.layers[name], told.get(tensor, {})
        size = root_mean_square(gradient["norm"], gradient["count"])
        one = Passed(
            name.rpartition("/")[2], size, dead.get(tensor, 0.0), layer.activation, value.get("std", 0.0),
            int(gradient["nan"] + value.get("nan", 0)),
        )  # fmt: skip
        passed.append((traced.order.get(op_of(tensor), 0), one))
    return [one for _, one in sorted(passed, key=lambda pair: pair[0])]
