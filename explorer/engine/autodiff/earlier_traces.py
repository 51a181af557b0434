"""Traces of what was differentiated first, for a derivative that is traced: f, f′ …

They tell whether the derivative exists at a point: f itself may have no value there, or a kink, of which the graph of
f′ shows nothing.
"""

from collections.abc import Sequence
from dataclasses import replace

from explorer.core.autodiff.output_choice import OutputChoice
from explorer.core.autodiff.trace import GraphNode, Trace
from explorer.engine.autodiff.build import ForwardGraph
from explorer.engine.autodiff.higher_order import Differentiation
from explorer.engine.autodiff.steps import BackwardPass, StepBuilder


def earlier_trace(
    forward: ForwardGraph,
    done: Differentiation,
    nodes: Sequence[GraphNode],
    differentiated_by: Sequence[str],
    expression: str,
    choice: OutputChoice,
    chosen_order: int,
) -> Trace:
    """Return the trace of what ``done`` differentiated, without local derivatives.

    nodes: the ops on which its output depends. differentiated_by: the variables by which that one was differentiated.
    expression, choice, chosen_order: as in `Trace`.
    """
    calls = {call.op.name: call for call in done.calls}
    totals = {call.op.outputs[0].name: call.upstream[0].name for call in done.calls if call.upstream[0] is not None}
    totals[forward.placeholders[done.variable].name] = done.gradient.name
    backward = BackwardPass(calls, list(done.calls), totals)
    shapes = {node.tensor: node.shape for node in nodes}
    builder = StepBuilder(replace(forward, output=done.output), backward, shapes)
    ops = [node.id for node in reversed(nodes) if node.id in calls]
    steps, gradients = builder.build(ops, [done.variable], frozenset())
    passed = [slot.gradient_tensor for step in steps for slot in step.inputs if slot.gradient_tensor is not None]
    return Trace(
        graph=0,
        expression=expression,
        dtype=forward.dtype.name,
        variables={name: tensor.name for name, tensor in forward.placeholders.items()},
        output=done.output.name,
        summed=bool(done.output.shape.rank),
        nodes=tuple(nodes),
        gradient_nodes=(),
        steps=steps,
        gradients=gradients,
        tensor_gradients=totals,
        fetches=tuple(dict.fromkeys([*(node.tensor for node in nodes), *totals.values(), *passed])),
        differentiated_by=tuple(differentiated_by),
        output_choice=choice,
        chosen_order=chosen_order,
    )
