"""Answers requests about the training graph of a network: its structure, and what flows through it."""

from time import monotonic
from typing import Any

import keras
import tensorflow as tf

from explorer.core.errors import ErrorCode, UserError
from explorer.core.models.input_scale import InputScale
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
from explorer.engine.models.keras_file import error_reason
from explorer.engine.network_graph.batch import Images
from explorer.engine.network_graph.losses import loss_info
from explorer.engine.network_graph.op_details import describe_op
from explorer.engine.network_graph.op_profile import EMPTY_PROFILE, OpProfile, profile_ops
from explorer.engine.network_graph.open_graph import OpenGraph
from explorer.engine.network_graph.sources import create_model, trace_model
from explorer.engine.network_graph.values import GraphValues, feature_maps, statistics
from explorer.engine.network_graph.visible_values import summarize_visible
from explorer.engine.services.data import DataService
from explorer.engine.services.models import ModelService
from explorer.engine.tf_adapter.run_errors import run_error
from explorer.engine.training.current_network import CurrentNetwork

MAX_PICTURES = 48
"""Boxes whose pictures one reply has at most."""


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
        chosen, data = str(request.get("loss") or ""), str(request.get("data") or "")
        network = None
        compiled = None
        if source == CURRENT_RUN:
            network = self._models.current()
            with BUILD_LOCK:
                model = keras.models.clone_model(network.model)
            compiled = network.compiled
        else:
            model = create_model(source)
        images = self._images(network)
        is_raw = network is not None and network.scale is InputScale.RAW
        traced = trace_model(model, source, loss=chosen, data=data, images=images, compiled=compiled, is_raw=is_raw)
        self._count += 1
        self._open = OpenGraph(self._count, source, traced, GraphValues(traced), network)
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
        gradient, batch = here.traced.gradients.get(tensor), here.traced.batch
        values = here.values.run(batch.inputs, batch.labels, [tensor, *([gradient] if gradient else [])])
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
                here.profile = profile_ops(here.traced, here.traced.batch.inputs, here.traced.batch.labels)
            except UserError:
                raise
            except (tf.errors.OpError, ValueError, KeyError) as error:
                reason = f"{run_error(error)[0]}." if isinstance(error, tf.errors.OpError) else error_reason(error)
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

    def _images(self, network: CurrentNetwork | None) -> Images:
        """Return the images that a current network was trained on, else those of the tab Data."""
        data = self._data.in_use()
        if network is not None and network.labels is not None:
            return Images(network.probes, network.labels, len(data.classes), network.title)
        return Images(data.x_train, data.y_train, len(data.classes), data.name)


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
        "loss": loss_info(here.traced.network_loss),
        "loss_reason": here.traced.network_loss.reason,
        "batch": here.traced.batch.info,
        "groups": [vars(group) for group in graph.groups.values()],
        "repeated_blocks": list(dict.fromkeys(here.views.repeated_blocks.values())),
    }


def _profile_info(profile: OpProfile) -> ProfileInfo:
    return {"seconds": profile.seconds, "bytes": profile.bytes}
