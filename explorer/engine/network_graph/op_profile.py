"""Time and memory of each op of a training graph, from TensorFlow's run metadata."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from explorer.core.errors import UserError
from explorer.engine.autodiff.tf_session import session_config
from explorer.engine.network_graph.tracing import TracedNetwork
from explorer.engine.tf_adapter.graph_internals import captured_tensors

tf1 = tf.compat.v1

CONTROL_FLOW_OPS = frozenset({"While", "StatelessWhile", "If", "StatelessIf", "Case", "StatelessCase"})
"""Types of the ops that run functions of ops: loops and conditions."""


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


def profile_ops(traced: TracedNetwork, inputs: Any, labels: Any) -> dict[str, OpProfile]:
    """Return the profile of each op that runs in one training step for a batch.

    The step runs twice, the first time to prepare the ops. Ops run one after the other and without Grappler, so that
    each is measured as it is shown; a step in training is faster. Ops that change weights do not run. Where oneDNN
    fuses two ops, such as a convolution and the addition of its bias, the second has the profile of both. A loop has
    the sum of all ops of all its iterations.

    Raises UserError where a layer uses a resource that is no variable, such as a look-up table.
    """
    function_graph = traced.function.graph
    graph, assign, feeds = _graph_with_variables(traced)
    placeholders = [tensor for tensor in function_graph.inputs if tensor.op.name not in _captured(function_graph)]
    fed = [array for array in tf.nest.flatten((inputs, labels)) if array is not None]
    feeds |= {tensor.name: value for tensor, value in zip(placeholders, fed, strict=True)}
    outputs = traced.function.outputs if traced.loss_tensor is None else ()
    loss = () if traced.loss_tensor is None else (traced.loss_tensor,)
    fetches = [
        *loss,
        *(tensor.name for tensor in outputs),
        *(traced.tensor_of(gradient) for _, gradient in traced.weights.values()),
    ]
    metadata = tf1.RunMetadata()
    options = tf1.RunOptions(trace_level=tf1.RunOptions.FULL_TRACE)
    with tf1.Session(graph=graph, config=session_config()) as session:
        for operation, value in assign:
            session.run(operation, {operation.inputs[1]: value})
        session.run(fetches, feeds)
        session.run(fetches, feeds, options=options, run_metadata=metadata)
    return read_run_metadata(metadata, traced)


def read_run_metadata(metadata: Any, traced: TracedNetwork) -> dict[str, OpProfile]:
    """Return the profiles in run metadata of the ops of a graph.

    TensorFlow runs the ops of a loop under names that begin with that of the loop.
    """
    names = traced.graph.by_name
    loops = {op.id for op in traced.graph.ops if op.type in CONTROL_FLOW_OPS}
    profiles: dict[str, OpProfile] = {}
    for device in metadata.step_stats.dev_stats:
        for stats in device.node_stats:
            ran = stats.node_name.partition(":")[0]
            name = ran if ran in names else _loop_around(ran, loops)
            if name is not None:
                profile = OpProfile(
                    max(stats.op_end_rel_micros - stats.op_start_rel_micros, 0) / 1e6,
                    sum(memory.total_bytes for memory in stats.memory),
                )
                profiles[name] = profiles.get(name, EMPTY_PROFILE) + profile
    return profiles


def _loop_around(name: str, loops: Collection[str]) -> str | None:
    """Return the innermost of some loops in which an op runs, None for an op outside of them."""
    outer = name.removeprefix("Func/")  # of the copies in which arguments and results are passed
    while outer and outer not in loops:
        outer = outer.rpartition("/")[0]
    return outer or None


def _captured(function_graph: Any) -> dict[str, Any]:
    """Return the tensors from outside that a traced step uses, by the name of the placeholder that stands for each."""
    return {inner.op.name: outer for outer, inner in captured_tensors(function_graph)}


def _graph_with_variables(traced: TracedNetwork) -> tuple[Any, list[tuple[Any, Any]], dict[str, Any]]:
    """Return the step's graph with variables of its own, for a session.

    Also the ops that assign these, each with its value, and values for the placeholders of captured constants.
    """
    function_graph = traced.function.graph
    variables = {id(variable.handle): variable for variable in traced.function.variables}
    graph_def = function_graph.as_graph_def()
    placeholders = {node.name: node for node in graph_def.node}
    values: dict[str, Any] = {}
    feeds: dict[str, Any] = {}
    for name, outer in _captured(function_graph).items():
        variable = variables.get(id(outer))
        if variable is not None:
            values[name] = variable
            _make_variable(placeholders[name], variable)
        elif outer.dtype == tf.resource:
            raise UserError(_resource_message(traced.graph.layer_of(name)))
        else:
            feeds[f"{name}:0"] = outer.numpy()
    graph = tf.Graph()
    with graph.as_default():
        tf.graph_util.import_graph_def(graph_def, name="")
        assign = []
        for name, variable in values.items():
            value = tf1.placeholder(variable.dtype, variable.shape)
            handle = graph.get_tensor_by_name(f"{name}:0")
            assign.append((tf.raw_ops.AssignVariableOp(resource=handle, value=value), variable))
    return graph, [(operation, variable.numpy()) for operation, variable in assign], feeds


def _resource_message(layer: str) -> str:
    where = f"the layer “{layer}”" if layer else "it"
    return (
        f"Time and memory of this network are not measured, because {where} uses a look-up table, or another resource "
        "that is no variable. Save the model without it, and feed the numbers that it gives."
    )


def _make_variable(node: Any, variable: Any) -> None:
    """Replace the placeholder of a captured variable by one of the graph's own, with the same dtype and shape."""
    node.op = "VarHandleOp"
    node.attr.clear()
    node.attr["dtype"].type = variable.dtype.as_datatype_enum
    node.attr["shape"].shape.CopyFrom(variable.shape.as_proto())
    node.attr["shared_name"].s = node.name.encode()
