"""How long each op of a training graph takes and how much memory it asks for, as TensorFlow's run metadata say."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from explorer.engine.autodiff.tracing import session_config
from explorer.engine.network_graph.tracing import TracedNetwork
from explorer.engine.tf_adapter.graph_internals import captured_tensors

tf1 = tf.compat.v1


@dataclass(frozen=True)
class OpProfile:
    """Of an op, or of several together. seconds: that it ran; bytes: that it asked for, its outputs and what it needed
    meanwhile.
    """

    seconds: float
    bytes: int

    def __add__(self, other: "OpProfile") -> "OpProfile":
        return OpProfile(self.seconds + other.seconds, self.bytes + other.bytes)


EMPTY_PROFILE = OpProfile(0.0, 0)


def profile_ops(traced: TracedNetwork, images: Any, labels: Any) -> dict[str, OpProfile]:
    """Return what each op of a graph costs in one training step for a batch; those that did not run are left out.

    The step runs twice: the first time ops are made ready. One op runs after the other, without Grappler, so that each
    is the one that is seen; a step in training is faster. What changes weights is not run. Where oneDNN takes two ops
    as one, such as a convolution and the sum with its bias, both have a single cost, that of the second.
    """
    function = traced.traced.graph
    graph, weights = _with_weights_fed(traced)
    feeds = {tensor.name: value for tensor, value in zip(function.inputs, (images, labels), strict=False)}
    fetches = [f"{traced.loss}:0", *(gradient for _, gradient in traced.weights.values())]
    metadata = tf1.RunMetadata()
    options = tf1.RunOptions(trace_level=tf1.RunOptions.FULL_TRACE)
    with tf1.Session(graph=graph, config=session_config()) as session:
        session.run(fetches, feeds | weights)
        session.run(fetches, feeds | weights, options=options, run_metadata=metadata)
    return read_run_metadata(metadata, traced)


def read_run_metadata(metadata: Any, traced: TracedNetwork) -> dict[str, OpProfile]:
    """Return the costs that are told by run metadata of ops of a graph."""
    names = traced.graph.by_name
    found: dict[str, OpProfile] = {}
    for device in metadata.step_stats.dev_stats:
        for told in device.node_stats:
            name = told.node_name.partition(":")[0]
            if name in names:
                cost = OpProfile(
                    max(told.op_end_rel_micros - told.op_start_rel_micros, 0) / 1e6,
                    sum(one.total_bytes for one in told.memory),
                )
                found[name] = found.get(name, EMPTY_PROFILE) + cost
    return found


def _with_weights_fed(traced: TracedNetwork) -> tuple[Any, dict[str, Any]]:
    """The graph of the step for a session: in it reads of variables are placeholders, to which their values are fed."""
    function = traced.traced.graph
    handles = {inner.op.name: outer for outer, inner in captured_tensors(function)}
    variables = {id(variable.value.handle): variable.value for variable in traced.model.variables}
    told = function.as_graph_def()
    weights: dict[str, Any] = {}
    for node in told.node:
        if node.op == "ReadVariableOp" and node.input[0] in handles:
            weights[f"{node.name}:0"] = np.asarray(variables[id(handles[node.input[0]])])
            node.op = "Placeholder"
            del node.input[:]
    graph = tf.Graph()
    with graph.as_default():
        tf.graph_util.import_graph_def(told, name="")
    return graph, weights
