"""What flows through what is seen of a training graph: statistics, small pictures, and a sentence about gradients."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import nan
from typing import Any

from explorer.core.graph.op_graph import op_of
from explorer.core.network_graph.gradient_health import PassedGradient, diagnose_gradients, root_mean_square
from explorer.core.network_graph.graph import ancestry
from explorer.core.network_graph.thumbnails import make_thumbnails
from explorer.core.network_graph.visible_graph import VisibleEdge, VisibleGraph
from explorer.engine.network_graph.open_graph import OpenGraph, Thumbnails
from explorer.engine.network_graph.tracing import TracedNetwork
from explorer.engine.network_graph.values import combined, dead_share, statistics

MOST = 1_500_000_000
"""Numbers that are looked at for one batch: more would take a minute."""

FEW = 40
"""Layers up to which all of them are looked at for gradients that vanish."""

TOO_MANY = "What is seen here has too many numbers to count: close some groups, or select an op."


@dataclass(frozen=True)
class TensorSummary:
    """What is kept of a tensor that went by: its statistics, the share of its dead units, and small pictures."""

    told: Mapping[str, float]
    dead: float | None
    thumbnails: tuple[Any, float] | None


@dataclass(frozen=True)
class _Tensors:
    """The tensors whose numbers are told, by name.

    outputs: what each box gives, None where that is no one tensor. layers: what each layer gives. gradients: of each
    edge of the forward pass, those that go back along it. all: these, their gradients, and those of the weights.
    """

    outputs: Mapping[str, str | None]
    layers: Mapping[str, str]
    gradients: Mapping[str, Sequence[str]]
    all: frozenset[str]


def flow(here: OpenGraph, visible: VisibleGraph) -> dict[str, Any]:
    """Return the ``loss`` of the batch, and of ``edges`` and ``nodes`` what flows there, with a ``message`` about it.

    A value or gradient is as `statistics` tells it, ``dead`` a share from 0 to 1. Where there are more than `MOST`
    numbers only the loss is computed. Small pictures of what was visible are left in ``here.thumbnails``.
    """
    traced = here.traced
    loss = f"{traced.loss}:0"
    tensors = _tensors(traced, visible, loss)
    is_too_much = sum(traced.graph.tensor_size(tensor) for tensor in tensors.all) > MOST
    wanted: Iterable[str] = () if is_too_much else tensors.all
    units = _of_units(traced, {*tensors.outputs.values(), *tensors.layers.values()})
    shown = {tensors.outputs[node.id] for node in visible.nodes if node.has_thumbnails}
    shown |= {traced.gradients.get(tensor or "") for tensor in shown}
    at_end: dict[str, float] = {}

    def look(name: str, value: Any) -> TensorSummary:
        if name == loss:
            at_end[name] = float(value)
        told, share = statistics(value), dead_share(value) if name in units else None
        return TensorSummary(told, share, make_thumbnails(value) if name in shown else None)

    looked = here.values.look(here.images, here.labels, [*wanted, loss], look)
    here.thumbnails = {
        node.id: _thumbnails(looked, tensors.outputs[node.id], traced.gradients)
        for node in visible.nodes
        if node.has_thumbnails
    }
    told = {name: one.told for name, one in looked.items()}
    dead = {name: one.dead for name, one in looked.items() if one.dead is not None}
    return {
        "loss": at_end.get(loss, nan),
        "edges": _of_edges(visible, tensors, told),
        "nodes": _of_nodes(visible, tensors, traced, told, dead),
        "message": TOO_MANY if is_too_much else diagnose_gradients(_passed(traced, tensors.layers, told, dead)),
    }


def _tensors(traced: TracedNetwork, visible: VisibleGraph, loss: str) -> _Tensors:
    graph = traced.graph
    gradients = {edge.key: _gradients(traced, edge) for edge in visible.edges if edge.kind == "forward"}
    exits = {**dict.fromkeys(ancestry(graph.group_of[traced.loss]), loss), **graph.group_outputs}
    outputs = {node.id: node.tensor or exits.get(node.id) for node in visible.nodes}
    layers = {name: tensor for name, tensor in graph.group_outputs.items() if name in graph.layers}
    if len(layers) > FEW:  # of large networks only what is visible: each of their tensors has millions of numbers
        layers = {name: tensor for name, tensor in layers.items() if name in outputs}
    wanted = {tensor for edge in visible.edges for tensor in edge.tensors}
    wanted |= {tensor for tensors in gradients.values() for tensor in tensors}
    wanted |= {tensor for tensor in [*outputs.values(), *layers.values()] if tensor is not None}
    wanted |= {traced.gradients[tensor] for tensor in list(wanted) if tensor in traced.gradients}
    wanted |= {gradient for _, gradient in traced.weights.values()}
    return _Tensors(outputs, layers, gradients, frozenset(wanted))


def _of_units(traced: TracedNetwork, tensors: Iterable[str | None]) -> set[str]:
    """Those of some tensors that units give: neither pixels, which are no units, nor what the loss is made of."""
    graph = traced.graph
    loss = graph.by_name[traced.loss].path[:1]

    def is_of_units(op: str) -> bool:
        return op in graph.unit_ops and graph.by_name[op].path[:1] != loss

    return {tensor for tensor in tensors if tensor is not None and is_of_units(op_of(tensor))}


def _of_edges(
    visible: VisibleGraph, tensors: _Tensors, told: Mapping[str, Mapping[str, float]]
) -> dict[str, Mapping[str, Any]]:
    return _known(
        {
            edge.key: {
                "value": _together(edge.tensors, told),
                "gradient": _together(tensors.gradients.get(edge.key, ()), told),
            }
            for edge in visible.edges
        }
    )


def _of_nodes(
    visible: VisibleGraph,
    tensors: _Tensors,
    traced: TracedNetwork,
    told: Mapping[str, Mapping[str, float]],
    dead: Mapping[str, float],
) -> dict[str, Mapping[str, Any]]:
    nodes = {}
    for node in visible.nodes:
        tensor = tensors.outputs[node.id]
        inside = [g for group, g in traced.weights.values() if group == node.id or group.startswith(f"{node.id}/")]
        nodes[node.id] = {
            "value": _together([tensor], told),
            "gradient": _together([traced.gradients.get(tensor or "")], told),
            "weights": _together(inside, told) if node.kind in ("group", "open") else None,
            "dead": dead.get(tensor or ""),
        }
    return _known(nodes)


def _together(tensors: Iterable[str | None], told: Mapping[str, Mapping[str, float]]) -> dict[str, float] | None:
    """The statistics of several tensors taken together, None where those of none are known."""
    known = [told[name] for name in tensors if name is not None and name in told]
    return combined(known) if known else None


def _known(told: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """What is told of boxes or edges without those of which nothing is."""
    return {name: one for name, one in told.items() if any(value is not None for value in one.values())}


def _thumbnails(looked: Mapping[str, TensorSummary], tensor: str | None, gradients: Mapping[str, str]) -> Thumbnails:
    """The small pictures of a tensor and of its gradient, as far as they were computed."""
    wanted = {"value": tensor, "gradient": gradients.get(tensor or "")}
    known = {what: looked[name].thumbnails for what, name in wanted.items() if name is not None and name in looked}
    return {what: made for what, made in known.items() if made is not None}


def _gradients(traced: TracedNetwork, edge: VisibleEdge) -> list[str]:
    """The tensors that go back along a bundle: through its one slot, or the whole gradient of each of its tensors."""
    if edge.count == 1 and edge.slots and edge.slots[0] in traced.slots:
        return [traced.slots[edge.slots[0]]]
    return [traced.gradients[tensor] for tensor in edge.tensors if tensor in traced.gradients]


def _passed(
    traced: TracedNetwork, layers: Mapping[str, str], told: Mapping[str, Mapping[str, float]], dead: Mapping[str, float]
) -> list[PassedGradient]:
    """The layers in the order of the backward pass, with the gradient of what each gives."""
    passed = []
    for name, tensor in layers.items():
        gradient = told.get(traced.gradients.get(tensor, ""))
        if gradient is None or "norm" not in gradient:
            continue
        layer, value = traced.graph.layers[name], told.get(tensor, {})
        size = root_mean_square(gradient["norm"], gradient["count"])
        one = PassedGradient(
            name.rpartition("/")[2], size, dead.get(tensor, 0.0), layer.activation, value.get("std", 0.0),
            int(gradient["nan"] + value.get("nan", 0)),
        )  # fmt: skip
        passed.append((traced.order.get(op_of(tensor), 0), one))
    return [one for _, one in sorted(passed, key=lambda pair: pair[0])]
