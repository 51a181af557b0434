"""Answers the tab "Network": the training graph of a network, what is visible of it, and the values in it."""

from collections.abc import Mapping
from time import monotonic
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from explorer.core.data.dataset import DataError
from explorer.core.errors import ExpressionError
from explorer.core.network_graph.chunks import split_into_chunks
from explorer.core.network_graph.graph import ancestry
from explorer.core.network_graph.path_tracing import trace_path
from explorer.core.network_graph.search import search_graph
from explorer.core.network_graph.sources import CURRENT_RUN, source_title
from explorer.core.network_graph.visible_graph import VisibleGraph
from explorer.engine.models.build import BUILD_LOCK
from explorer.engine.network_graph.op_details import describe
from explorer.engine.network_graph.op_profile import EMPTY_PROFILE, OpProfile, profile_ops
from explorer.engine.network_graph.open_graph import OpenGraph
from explorer.engine.network_graph.sources import model_of, traced_of
from explorer.engine.network_graph.tracing import TracedNetwork
from explorer.engine.network_graph.values import GraphValues, pictures, statistics
from explorer.engine.network_graph.visible_values import flow
from explorer.engine.services.data import DataService
from explorer.engine.services.models import ModelService
from explorer.engine.training.current_network import CurrentNetwork

AT_ONCE = 48
"""Boxes of which pictures are told at once."""

SEED = 1
"""Of the noise that goes through networks for photographs."""


class NetworkGraphService:
    """One graph is looked at, by one thread; another one runs it, and neither waits for the other.

    What cannot be answered raises ExpressionError with a sentence, ``gone`` where the graph is no longer the open one.
    """

    def __init__(self, networks: ModelService, images: DataService) -> None:
        self._networks = networks
        self._images = images
        self._open: OpenGraph | None = None
        self._count = 0

    def open(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer ``graph_open``: trace the graph of ``source``; the one before stays if that cannot be done."""
        source = str(request["source"])
        network = None
        if source == CURRENT_RUN:
            network = self._networks.in_view()
            with BUILD_LOCK:
                model = keras.models.clone_model(network.model)
        else:
            model = model_of(source)
        traced = traced_of(model, network.title if network is not None else source)
        images, labels, batch = self._batch(traced, network)
        self._count += 1
        self._open = OpenGraph(self._count, source, traced, GraphValues(traced), images, labels, batch, network)
        return self._head(self._open)

    def view(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer ``graph_view``: what is visible where the groups ``open`` are open, or all down to a ``level``."""
        here = self._get(request)
        return {"graph": here.number, "chunks": split_into_chunks(self._visible(here, request))}

    def values(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer ``graph_values``: what flows through what is visible, for one batch and the newest weights.

        ``seconds``: how long that takes, 0 where it was traced anew and so is not known yet: whoever follows a run can
        ask no more often than it costs little.
        """
        began = monotonic()
        here = self._get(request)
        step = here.take_newest()
        told = flow(here, self._visible(here, request))
        here.number_of_values += 1
        return {
            "graph": here.number,
            "number": here.number_of_values,
            "step": step,
            "seconds": monotonic() - began if here.values.prepared else 0.0,
            **told,
        }

    def pictures(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer ``graph_pictures``: small pictures of what ``boxes`` give, and of its gradient at ``gradients``.

        They are of the numbers that were told last, so nothing is computed for them.
        """
        here = self._get(request)
        found: dict[str, dict[str, tuple[Any, float]]] = {}
        for what, names in (("value", request["boxes"]), ("gradient", request["gradients"])):
            for name in names[:AT_ONCE]:
                if what in here.thumbnails.get(name, {}):
                    found.setdefault(name, {})[what] = here.thumbnails[name][what]
        return {"graph": here.number, "number": here.number_of_values, "pictures": found}

    def profile(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer ``graph_profile``: seconds and bytes of what is visible, and of all ops; measured once for each graph.

        A group has those of all ops in it, also of the backward pass; an op has its own.
        """
        here = self._get(request)
        if here.profile is None:
            here.take_newest()
            try:
                here.profile = profile_ops(here.traced, here.images, here.labels)
            except (tf.errors.OpError, ValueError, KeyError) as error:
                first = str(error).splitlines()[0] if str(error) else type(error).__name__
                raise ExpressionError(f"TensorFlow could not measure this graph: {first}") from error
        graph, whole = here.traced.graph, here.profile
        groups: dict[str, OpProfile] = {}
        for name, cost in whole.items():
            for group in ancestry(graph.group_of[name]):
                groups[group] = groups.get(group, EMPTY_PROFILE) + cost
        visible = {node.id: groups.get(node.id) or whole.get(node.id) for node in self._visible(here, request).nodes}
        return {
            "graph": here.number,
            "nodes": {name: vars(cost) for name, cost in visible.items() if cost is not None},
            "whole": vars(sum(whole.values(), EMPTY_PROFILE)),
            "ran": len(whole),
        }

    def op(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer ``graph_op``: all that is known of the op ``op``, with its output as pictures where it is some."""
        here = self._get(request)
        name = str(request["op"])
        if name not in here.traced.graph.by_name:
            raise ExpressionError(f"The graph has no op {name}.")
        told = describe(here.traced, name)
        here.take_newest()
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
        hits, total = search_graph(
            here.traced.graph, str(request["text"]), int(request.get("limit") or 50), here.search_texts
        )
        return {"graph": here.number, "text": request["text"], "hits": hits, "total": total}

    def trace_path(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer ``graph_trace``: boxes of the view on the way from the inputs to ``box``, and from it to the loss."""
        here = self._get(request)
        visible = self._visible(here, request)
        before, after = trace_path(visible, str(request["box"]))
        return {"graph": here.number, "box": request["box"], "before": sorted(before), "after": sorted(after)}

    # -- inside -----------------------------------------------------------------------------------

    def _get(self, request: Mapping[str, Any]) -> OpenGraph:
        if self._open is None or self._open.number != request.get("graph"):
            raise ExpressionError("gone")
        return self._open

    def _visible(self, here: OpenGraph, request: Mapping[str, Any]) -> VisibleGraph:
        graph = here.traced.graph
        opened = (
            graph.open_at_level(int(request["level"]))
            if request.get("level") is not None
            else frozenset(request["open"])
        )
        return here.views.build(opened, helpers=bool(request.get("helpers")), backward=bool(request.get("backward")))

    def _head(self, here: OpenGraph) -> dict[str, Any]:
        graph = here.traced.graph
        return {
            "graph": here.number,
            "source": here.source,
            "title": here.of.title if here.of is not None else source_title(here.source),
            "model": graph.model,
            "ops": len(graph.ops),
            "backward": sum(op.backward for op in graph.ops),
            "edges": graph.edge_count,
            "hidden": graph.hidden_counts,
            "levels": graph.max_level,
            "parameters": int(here.traced.model.count_params()),
            "batch": here.batch,
            "groups": [vars(group) for group in graph.groups.values()],
            "repeated_blocks": list(dict.fromkeys(here.views.repeated_blocks.values())),
        }

    def _batch(self, traced: TracedNetwork, network: CurrentNetwork | None) -> tuple[Any, Any, str]:
        images, labels = traced.specs
        if network is not None and network.labels is not None:
            x, y = network.probes[: images.shape[0]], network.labels[: images.shape[0]]
            told = f"the first {images.shape[0]} training images"
        elif np.prod(images.shape[1:]) == 28 * 28 and tuple(traced.model.outputs[0].shape[1:]) == (10,):
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
