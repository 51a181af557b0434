"""Payloads of the requests about an expression. Equal payloads share one cached reply, so all are made here. No Qt."""

from collections.abc import Mapping, Sequence
from typing import Any

from explorer.core.autodiff.output_choice import SUM, OutputChoice, output_of_program
from explorer.core.autodiff.trace import Trace
from explorer.core.expression.parser import parse
from explorer.core.lessons.scene_keys import scene_output
from explorer.core.protocol.autodiff import SimplifyPayload, TracePayload
from explorer.core.syntax_tree import FloatArray, Program
from explorer.session.autodiff.variable_values import VariableValues


def trace_payload(
    program: Program,
    point: Mapping[str, FloatArray],
    dtype: str,
    differentiated_by: Sequence[str],
    output: OutputChoice = SUM,
) -> TracePayload:
    """Return the payload of ``trace``: TensorFlow's graph of ``program`` and its values at ``point``."""
    return {
        "text": program.text,
        "point": dict(point),
        "dtype": dtype,
        "wrt": None,
        "differentiated_by": list(differentiated_by),
        "output": output.text,
    }


def simplify_payloads(trace: Trace, point: Mapping[str, FloatArray]) -> dict[str, SimplifyPayload]:
    """Return, by variable, the payload of ``simplify`` for its gradient, to be checked at ``point``."""
    numbers = {name: value for name, value in point.items() if not value.ndim}
    chains = {name: gradient.chain for name, gradient in trace.gradients.items()}
    return {name: {"formula": chain, "point": numbers} for name, chain in chains.items() if chain is not None}


def scene_payload(view: Mapping[str, Any]) -> TracePayload | None:
    """Return the payload of ``trace`` for a scene, None if it shows no expression. Raises ExpressionError."""
    if not view["expression"]:
        return None
    program = parse(view["expression"])
    inputs = VariableValues()
    inputs.adopt(program)
    for name, value in view["at"].items():
        inputs.set(name, value)
    point = inputs.bind(program)
    output, _, _ = output_of_program(program, point, view["again"], scene_output(view))
    return trace_payload(program, point, view["dtype"], view["again"], output)
