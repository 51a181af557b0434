"""Answers requests about the training graph of a network: its structure, and what flows through it."""

from time import monotonic
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from explorer.core.errors import ErrorCode, UserError
from explorer.core.network_graph.chunks import split_into_chunks
from explorer.core.network_graph.connected_boxes import trace_path
from explorer.core.network_graph.graph import ancestry
from explorer.core.network_graph.search import MAX_HITS
from explorer.core.network_graph.sources import CURRENT_RUN, source_title
from explorer.core.network_graph.visible_graph import VisibleGraph
from explorer.core.protocol.network_graph import (
    GRAPH_OP,
    GRAPH_OPEN,
    GRAPH_PICTURES,
    GRAPH_PROFILE,
    GRAPH_SEARCH,
    GRAPH_TRACE,
    GRAPH_VALUES,
    GRAPH_VIEW,
    BatchInfo,
    GraphOpenPayload,
    GraphOpenReply,
    GraphOpPayload,
    GraphOpReply,
    GraphPicturesPayload,
    GraphPicturesReply,
    GraphProfileReply,
    GraphSearchPayload,
    GraphSearchReply,
    GraphTracePayload,
    GraphTraceReply,
    GraphValuesReply,
    GraphViewReply,
    OpenGraphPayload,
    ProfileInfo,
    VisiblePayload,
)
from explorer.core.protocol.request_kind import Handlers
from explorer.engine.models.build import BUILD_LOCK
from explorer.engine.network_graph.op_details import describe_op
from explorer.engine.network_graph.op_profile import EMPTY_PROFILE, OpProfile, profile_ops
from explorer.engine.network_graph.open_graph import OpenGraph
from explorer.engine.network_graph.sources import create_model, trace_model
from explorer.engine.network_graph.tracing import TracedNetwork
from explorer.engine.network_graph.values import GraphValues, feature_maps, statistics
from explorer.engine.network_graph.visible_values import summarize_visible
from explorer.engine.services.data import DataService
from explorer.engine.services.models import ModelService
from explorer.engine.training.current_network import CurrentNetwork

MAX_PICTURES = 48
"""Boxes whose pictures one reply has at most."""

NOISE_SEED = 1
"""Seed of the noise that is sent through networks for photographs."""


class NetworkGraphService:
    """Keeps one graph open. One worker answers what it looks like, another one runs it; neither waits for the other."""

    def __init__(self, models: ModelService, data: DataService) -> None:
        self._models = models
        self._data = data
        self._open: OpenGraph | None = None
        self._count = 0

    def handlers(self) -> Handlers:
        """Return the functions that answer requests."""
        return dict(
            (
                GRAPH_OPEN.handled_by(self.open),
                GRAPH_VIEW.handled_by(self.view),
                GRAPH_SEARCH.handled_by(self.search),
                GRAPH_TRACE.handled_by(self.trace_path),
                GRAPH_VALUES.handled_by(self.values),
                GRAPH_PICTURES.handled_by(self.pictures),
                GRAPH_OP.handled_by(self.op),
                GRAPH_PROFILE.handled_by(self.profile),
            )
        )

    # -- structure --------------------------------------------------------------------------------

    def open(self, request: GraphOpenPayload) -> GraphOpenReply:
        """Trace the graph of a source and open it; keep the one before if that fails."""
        source = str(request["source"])
        network = None
        if source == CURRENT_RUN:
            network = self._models.current()
            with BUILD_LOCK:
                model = keras.models.clone_model(network.model)
        else:
            model = create_model(source)
        traced = trace_model(model, network.title if network is not None else source)
        images, labels, batch = self._batch(traced, network)
        self._count += 1
        self._open = OpenGraph(self._count, source, traced, GraphValues(traced), images, labels, batch, network)
        return _head(self._open)

    def view(self, request: VisiblePayload) -> GraphViewReply:
        """Return what is visible with some groups open."""
        here = self._graph(request)
        return {"graph": here.number, "chunks": split_into_chunks(_visible(here, request))}

    def search(self, request: GraphSearchPayload) -> GraphSearchReply:
        """Return the groups, weights and ops that all words of a text match."""
        here = self._graph(request)
        hits, total = here.search.search(str(request["text"]), int(request.get("limit") or MAX_HITS))
        listed: Any = hits
        return {"graph": here.number, "text": request["text"], "hits": listed, "total": total}

    def trace_path(self, request: GraphTracePayload) -> GraphTraceReply:
        """Return the visible boxes on paths from the inputs to a box, and from it to the loss."""
        here = self._graph(request)
        before, after = trace_path(_visible(here, request), str(request["box"]))
        return {"graph": here.number, "box": request["box"], "before": sorted(before), "after": sorted(after)}

    # -- numbers ----------------------------------------------------------------------------------

    def values(self, request: VisiblePayload) -> GraphValuesReply:
        """Return what flows through what is visible, for one batch and the newest weights."""
        began = monotonic()
        here = self._graph(request)
        step = here.update_weights()
        flowing = summarize_visible(here, _visible(here, request))
        here.values_number += 1
        seconds = monotonic() - began if here.values.prepared else 0.0  # preparing takes longer than the next time
        reply: Any = {
            "graph": here.number, "number": here.values_number, "step": step, "seconds": seconds, **flowing,
        }  # fmt: skip
        checked: GraphValuesReply = reply
        return checked

    def pictures(self, request: GraphPicturesPayload) -> GraphPicturesReply:
        """Return thumbnails of the numbers that were sent last, which needs no computation."""
        here = self._graph(request)
        thumbnails: dict[str, dict[str, tuple[Any, float]]] = {}
        for kind, names in (("value", request["boxes"]), ("gradient", request["gradients"])):
            for name in names[:MAX_PICTURES]:
                if kind in here.thumbnails.get(name, {}):
                    thumbnails.setdefault(name, {})[kind] = here.thumbnails[name][kind]
        return {"graph": here.number, "number": here.values_number, "pictures": thumbnails}

    def op(self, request: GraphOpPayload) -> GraphOpReply:
        """Return what TensorFlow knows of an op, and its output."""
        here = self._graph(request)
        name = str(request["op"])
        if name not in here.traced.graph.by_name:
            raise UserError(f"The graph has no op {name}.")
        description = describe_op(here.traced, name)
        here.update_weights()
        tensor = f"{name}:0"
        gradient = here.traced.gradients.get(tensor)
        values = here.values.run(here.images, here.labels, [tensor, *([gradient] if gradient else [])])
        return {
            "graph": here.number,
            "op": description,
            "statistics": {key: statistics(value) for key, value in values.items()},
            "pictures": feature_maps(values[tensor]) if tensor in values else None,
        }

    def profile(self, request: VisiblePayload) -> GraphProfileReply:
        """Return seconds and bytes of what is visible; ops are measured once for each graph.

        A group has the sum of all ops in it, those of the backward pass included.
        """
        here = self._graph(request)
        if here.profile is None:
            here.update_weights()
            try:
                here.profile = profile_ops(here.traced, here.images, here.labels)
            except (tf.errors.OpError, ValueError, KeyError) as error:
                reason = str(error).splitlines()[0] if str(error) else type(error).__name__
                raise UserError(f"TensorFlow could not measure this graph: {reason}") from error
        graph, profile = here.traced.graph, here.profile
        groups: dict[str, OpProfile] = {}
        for name, one in profile.items():
            for group in ancestry(graph.group_of[name]):
                groups[group] = groups.get(group, EMPTY_PROFILE) + one
        visible = {node.id: groups.get(node.id) or profile.get(node.id) for node in _visible(here, request).nodes}
        return {
            "graph": here.number,
            "nodes": {name: _profile_info(one) for name, one in visible.items() if one is not None},
            "total": _profile_info(sum(profile.values(), EMPTY_PROFILE)),
            "op_count": len(profile),
        }

    def _graph(self, request: OpenGraphPayload) -> OpenGraph:
        if self._open is None or self._open.number != request.get("graph"):
            raise UserError("This graph is no longer open.", ErrorCode.GRAPH_CLOSED)
        return self._open

    def _batch(self, traced: TracedNetwork, network: CurrentNetwork | None) -> tuple[Any, Any, BatchInfo]:
        """Return images and labels as ``traced.specs`` wants them, and a description of them."""
        images, labels = traced.specs
        if network is not None and network.labels is not None:
            x, y = network.probes[: images.shape[0]], network.labels[: images.shape[0]]
            description = f"the first {images.shape[0]} training images"
        elif np.prod(images.shape[1:]) == 28 * 28 and tuple(traced.model.outputs[0].shape[1:]) == (10,):
            data = self._data.open("auto")
            x, y = data.x_train[: images.shape[0]], data.y_train[: images.shape[0]]
            description = f"the first {images.shape[0]} training images of {data.name}"
        else:
            random = np.random.default_rng(NOISE_SEED)
            x = random.integers(0, 256, images.shape)
            y = random.integers(0, traced.model.outputs[0].shape[-1] or 1, labels.shape)
            return (
                x.astype(images.dtype.as_numpy_dtype),
                y.astype(labels.dtype.as_numpy_dtype),
                {
                    "source": "random",
                    "count": len(x),
                    "description": "random numbers, not photographs",
                    "is_random": True,
                },
            )
        pixels = (np.asarray(x, np.float32) / 255).reshape(images.shape)
        batch: BatchInfo = {"source": "data", "count": len(x), "description": description, "is_random": False}
        return pixels, np.asarray(y, labels.dtype.as_numpy_dtype), batch


def _visible(here: OpenGraph, request: VisiblePayload) -> VisibleGraph:
    graph, level = here.traced.graph, request.get("level")
    opened = graph.open_at_level(int(level)) if level is not None else frozenset(request["open"])
    return here.views.build(opened, helpers=bool(request.get("helpers")), backward=bool(request.get("backward")))


def _head(here: OpenGraph) -> GraphOpenReply:
    graph = here.traced.graph
    return {
        "graph": here.number,
        "source": here.source,
        "title": here.network.title if here.network is not None else source_title(here.source),
        "model": graph.model,
        "ops": len(graph.ops),
        "backward": sum(op.backward for op in graph.ops),
        "edges": graph.edge_count,
        "hidden": graph.hidden_counts,
        "levels": graph.max_level,
        "parameters": int(here.traced.model.count_params()),
        "loss": {"name": here.traced.loss_name, "value": None, "source": "assumed"},
        "loss_reason": "",
        "batch": here.batch,
        "groups": [vars(group) for group in graph.groups.values()],
        "repeated_blocks": list(dict.fromkeys(here.views.repeated_blocks.values())),
    }


def _profile_info(profile: OpProfile) -> ProfileInfo:
    return {"seconds": profile.seconds, "bytes": profile.bytes}
