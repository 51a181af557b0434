"""Values and gradients of the visible part of a training graph: statistics, thumbnails, diagnosis of gradients."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from explorer.core.autodiff.trace import op_of
from explorer.core.network_graph.diagnosis_text import diagnosis_text
from explorer.core.network_graph.graph import ancestry
from explorer.core.network_graph.thumbnails import make_thumbnails
from explorer.core.network_graph.visible_graph import VisibleEdge, VisibleGraph
from explorer.engine.network_graph.diagnosis import diagnose
from explorer.engine.network_graph.open_graph import OpenGraph, Thumbnails
from explorer.engine.network_graph.tracing import TracedNetwork
from explorer.engine.network_graph.values import batch_loss, combine_statistics, dead_fraction, statistics

MAX_NUMBERS = 1_500_000_000
"""Numbers of all tensors up to which statistics are computed; more would take a minute."""

MAX_LAYERS = 40
"""Layers of a network up to which hidden ones are included in the diagnosis of gradients."""

TOO_MANY_MESSAGE = "What is seen here has too many numbers to count: close some groups, or select an op."

Statistics = Mapping[str, float]


@dataclass(frozen=True)
class TensorSummary:
    """What is kept of a tensor's value. dead: the fraction of its dead units, None where it is not one of units."""

    statistics: Statistics
    dead: float | None
    thumbnails: tuple[Any, float] | None


@dataclass(frozen=True)
class _Tensors:
    """Names of the tensors to summarize.

    outputs: of each box, None where it has not exactly one. layers: the output of each layer. gradients: of each edge
    of the forward pass, those that go back along it. all: all of these, their gradients, and those of the weights.
    """

    outputs: Mapping[str, str | None]
    layers: Mapping[str, str]
    gradients: Mapping[str, Sequence[str]]
    all: frozenset[str]


def summarize_visible(graph: OpenGraph, visible: VisibleGraph) -> dict[str, Any]:
    """Return the ``loss`` for the batch, summaries of the visible ``edges`` and ``nodes``, and a ``message``.

    A summary has ``value`` and ``gradient`` as `statistics`; a node's also ``weights``, the statistics of its weights'
    gradients, and ``dead``, a fraction from 0 to 1. The message is a diagnosis of the gradients. Above `MAX_NUMBERS`
    only the loss is computed. Thumbnails are stored in ``graph.thumbnails``.
    """
    traced = graph.traced
    loss = traced.loss_tensor
    tensors = _find_tensors(traced, visible, loss)
    is_too_large = sum(traced.graph.tensor_size(traced.tensor_of(tensor)) for tensor in tensors.all) > MAX_NUMBERS
    wanted: Iterable[str] = () if is_too_large else tensors.all
    units = _unit_tensors(traced, {*tensors.outputs.values(), *tensors.layers.values()})
    with_thumbnails = {tensors.outputs[node.id] for node in visible.nodes if node.has_thumbnails}
    with_thumbnails |= {traced.gradients.get(tensor or "") for tensor in with_thumbnails}
    loss_value: float | None = None

    def summarize(name: str, value: Any) -> TensorSummary:
        nonlocal loss_value
        if name == loss:
            loss_value = batch_loss(value)
        dead = dead_fraction(value) if name in units else None
        return TensorSummary(statistics(value), dead, make_thumbnails(value) if name in with_thumbnails else None)

    summaries = graph.values.summarize(
        traced.batch.inputs, traced.batch.labels, [*wanted, *([loss] if loss is not None else [])], summarize
    )
    graph.thumbnails = {
        node.id: _thumbnails(summaries, tensors.outputs[node.id], traced.gradients)
        for node in visible.nodes
        if node.has_thumbnails
    }
    found = {name: summary.statistics for name, summary in summaries.items()}
    dead = {name: summary.dead for name, summary in summaries.items() if summary.dead is not None}
    diagnosis = None if is_too_large else diagnose(graph, tensors.layers, found)
    message = "" if diagnosis is None else diagnosis_text(diagnosis)
    return {
        "loss": loss_value,
        "edges": _edge_summaries(visible, tensors, found),
        "nodes": _node_summaries(visible, tensors, traced, found, dead),
        "message": TOO_MANY_MESSAGE if is_too_large else message,
    }


def _find_tensors(traced: TracedNetwork, visible: VisibleGraph, loss: str | None) -> _Tensors:
    graph = traced.graph
    gradients = {edge.key: _edge_gradients(traced, edge) for edge in visible.edges if edge.kind == "forward"}
    loss_groups = () if traced.loss is None else ancestry(graph.group_of[traced.loss])
    last = {group: tensor for tensor in traced.outputs for group in ancestry(graph.group_of[op_of(tensor)])}
    group_outputs = {**dict.fromkeys(loss_groups, loss), **last, **graph.group_outputs}
    outputs = {node.id: node.tensor or group_outputs.get(node.id) for node in visible.nodes}
    layers = {name: tensor for name, tensor in graph.group_outputs.items() if name in graph.layers}
    if len(layers) > MAX_LAYERS:  # each tensor of a large network has millions of numbers
        layers = {name: tensor for name, tensor in layers.items() if name in outputs}
    wanted = {tensor for edge in visible.edges for tensor in edge.tensors}
    wanted |= {tensor for tensors in gradients.values() for tensor in tensors}
    wanted |= {tensor for tensor in [*outputs.values(), *layers.values()] if tensor is not None}
    wanted |= {traced.gradients[tensor] for tensor in list(wanted) if tensor in traced.gradients}
    wanted |= {gradient for _, gradient in traced.weights.values()}
    return _Tensors(outputs, layers, gradients, frozenset(wanted))


def _unit_tensors(traced: TracedNetwork, tensors: Iterable[str | None]) -> set[str]:
    """Return the tensors whose numbers are outputs of units: neither pixels nor parts of the loss."""
    graph = traced.graph
    loss_group = () if traced.loss is None else graph.by_name[traced.loss].path[:1]

    def is_unit_op(op: str) -> bool:
        return op in graph.unit_ops and graph.by_name[op].path[:1] != loss_group

    return {tensor for tensor in tensors if tensor is not None and is_unit_op(op_of(tensor))}


def _edge_summaries(
    visible: VisibleGraph, tensors: _Tensors, found: Mapping[str, Statistics]
) -> dict[str, Mapping[str, Any]]:
    return _without_empty(
        {
            edge.key: {
                "value": _combine(edge.tensors, found),
                "gradient": _combine(tensors.gradients.get(edge.key, ()), found),
            }
            for edge in visible.edges
        }
    )


def _node_summaries(
    visible: VisibleGraph,
    tensors: _Tensors,
    traced: TracedNetwork,
    found: Mapping[str, Statistics],
    dead: Mapping[str, float],
) -> dict[str, Mapping[str, Any]]:
    nodes = {}
    for node in visible.nodes:
        tensor = tensors.outputs[node.id]
        inside = [g for group, g in traced.weights.values() if group == node.id or group.startswith(f"{node.id}/")]
        nodes[node.id] = {
            "value": _combine([tensor], found),
            "gradient": _combine([traced.gradients.get(tensor or "")], found),
            "weights": _combine(inside, found) if node.kind in ("group", "open") else None,
            "dead": dead.get(tensor or ""),
        }
    return _without_empty(nodes)


def _combine(tensors: Iterable[str | None], found: Mapping[str, Statistics]) -> dict[str, float] | None:
    """Return the statistics of several tensors taken together, None where none is known."""
    known = [found[name] for name in tensors if name is not None and name in found]
    return combine_statistics(known) if known else None


def _without_empty(summaries: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    return {name: summary for name, summary in summaries.items() if any(v is not None for v in summary.values())}


def _thumbnails(summaries: Mapping[str, TensorSummary], tensor: str | None, gradients: Mapping[str, str]) -> Thumbnails:
    names = {"value": tensor, "gradient": gradients.get(tensor or "")}
    found = {kind: summaries[name].thumbnails for kind, name in names.items() if name is not None and name in summaries}
    return {kind: thumbnails for kind, thumbnails in found.items() if thumbnails is not None}


def _edge_gradients(traced: TracedNetwork, edge: VisibleEdge) -> list[str]:
    """Return the tensors that go back along an edge: through its only slot, or the total gradient of each tensor."""
    if edge.count == 1 and edge.slots and edge.slots[0] in traced.slots:
        return [traced.slots[edge.slots[0]]]
    return [traced.gradients[tensor] for tensor in edge.tensors if tensor in traced.gradients]
