"""Time and memory of each op of a training graph, from TensorFlow's run metadata."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from explorer.engine.autodiff.tf_session import session_config
from explorer.engine.network_graph.tracing import TracedNetwork
from explorer.engine.tf_adapter.graph_internals import captured_tensors

tf1 = tf.compat.v1


@dataclass(frozen=True)
class OpProfile:
    """Time and memory of one op, or of several together.

    seconds: how long it ran. bytes: the memory that it requested, for outputs and temporaries.
    """

    seconds: float
    bytes: int

    def __add__(self, other: "OpProfile") -> "OpProfile":
        return OpProfile(self.seconds + other.seconds, self.bytes + other.bytes)


EMPTY_PROFILE = OpProfile(0.0, 0)


def profile_ops(traced: TracedNetwork, images: Any, labels: Any) -> dict[str, OpProfile]:
    """Return the profile of each op that runs in one training step for a batch.

    The step runs twice, the first time to prepare the ops. Ops run one after the other and without Grappler, so that
    each is measured as it is shown; a step in training is faster. Ops that change weights do not run. Where oneDNN
    fuses two ops, such as a convolution and the addition of its bias, the second has the profile of both.
    """
    function_graph = traced.function.graph
    graph, weights = _graph_with_fed_weights(traced)
    feeds = {tensor.name: value for tensor, value in zip(function_graph.inputs, (images, labels), strict=False)}
    fetches = [f"{traced.loss}:0", *(gradient for _, gradient in traced.weights.values())]
    metadata = tf1.RunMetadata()
    options = tf1.RunOptions(trace_level=tf1.RunOptions.FULL_TRACE)
    with tf1.Session(graph=graph, config=session_config()) as session:
        session.run(fetches, feeds | weights)
        session.run(fetches, feeds | weights, options=options, run_metadata=metadata)
    return read_run_metadata(metadata, traced)


def read_run_metadata(metadata: Any, traced: TracedNetwork) -> dict[str, OpProfile]:
    """Return the profiles in run metadata of the ops of a graph."""
    names = traced.graph.by_name
    profiles: dict[str, OpProfile] = {}
    for device in metadata.step_stats.dev_stats:
        for stats in device.node_stats:
            name = stats.node_name.partition(":")[0]
            if name in names:
                profile = OpProfile(
                    max(stats.op_end_rel_micros - stats.op_start_rel_micros, 0) / 1e6,
                    sum(memory.total_bytes for memory in stats.memory),
                )
                profiles[name] = profiles.get(name, EMPTY_PROFILE) + profile
    return profiles


def _graph_with_fed_weights(traced: TracedNetwork) -> tuple[Any, dict[str, Any]]:
    """Return the step's graph for a session, with placeholders instead of reads of variables, and their values."""
    function_graph = traced.function.graph
    handles = {inner.op.name: outer for outer, inner in captured_tensors(function_graph)}
    variables = {id(variable.value.handle): variable.value for variable in traced.model.variables}
    graph_def = function_graph.as_graph_def()
    weights: dict[str, Any] = {}
    for node in graph_def.node:
        if node.op == "ReadVariableOp" and node.input[0] in handles:
            weights[f"{node.name}:0"] = np.asarray(variables[id(handles[node.input[0]])])
            node.op = "Placeholder"
            del node.input[:]
    graph = tf.Graph()
    with graph.as_default():
        tf.graph_util.import_graph_def(graph_def, name="")
    return graph, weights
