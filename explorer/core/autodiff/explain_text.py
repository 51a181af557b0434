"""The answer of ``explain`` as a student would write it down: forward pass, backward pass and gradients as text."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from explorer.core.autodiff.broadcast_text import broadcast_lines
from explorer.core.autodiff.causes.derivative_caveat import derivative_caveat
from explorer.core.autodiff.concept_trace import concept_trace
from explorer.core.autodiff.explain_json import explanation, json_value
from explorer.core.autodiff.matrix_text import matrix_factors, numbers_text
from explorer.core.autodiff.output_heading import own_formula, typed_text
from explorer.core.autodiff.output_name import base_name, differentiated_name, output_name, without_parentheses
from explorer.core.autodiff.tensor_text import folded_text
from explorer.core.autodiff.trace import Step, StepInput, Trace, Values
from explorer.core.autodiff.upstream_product import upstream_product

Answer = Mapping[str, Any]
"""What `explain_json.explanation` returns, or a part of it."""


def explanation_text(answer: Answer, trace: Trace, values: Values) -> str:
    """Return an answer with the concept's ops and steps, a line for each.

    answer: that for ``trace``, TensorFlow's whole graph. values: by tensor.
    """
    concept = concept_trace(trace)
    shown = explanation(concept, values, whole=trace)
    return "\n".join(
        [
            *_heading(answer, concept),
            "",
            "Forward pass (TensorFlow's graph and its values)",
            *_forward_lines(answer, shown, concept),
            "",
            "Backward pass (from the output to the inputs)",
            *_seed_lines(answer, concept),
            *_step_lines(shown, concept, trace, values),
            "",
            "Gradients (numbers are TensorFlow's, formulas ours)",
            *_gradient_lines(answer, concept),
        ]
    )


def _heading(answer: Answer, trace: Trace) -> Iterator[str]:
    point = ", ".join(f"{name} = {_format(value)}" for name, value in answer["at"].items())
    yield typed_text(answer["expression"]) + (f"   at {point}" if point else "")
    if trace.differentiated_by:
        by = ", ".join(trace.differentiated_by)
        formula = own_formula(trace)
        value = f" = {formula}" if formula is not None else ""
        name = base_name(trace.expression)
        yield f"{output_name(trace)}{value}   ({name} differentiated by {by}; its gradient graph runs forward)"


def _forward_lines(answer: Answer, shown: Answer, trace: Trace) -> Iterator[str]:
    for node, traced in zip(shown["graph"]["nodes"], trace.nodes, strict=True):
        op = f"{node['type']}({', '.join(node['inputs'])})"
        folded = f"   ({folded_text(traced)})" if traced.folded else ""
        yield f"  {node['id']:<14} {op:<34} = {_format(node['value'])}{folded}"
    if answer["output"]["note"]:
        yield f"  {answer['output']['note']}"


def _seed_lines(answer: Answer, trace: Trace) -> Iterator[str]:
    """Yield what is differentiated, and with which gradient the backward pass begins."""
    tensor = answer["output"]["tensor"]
    if trace.summed:
        hint = "" if trace.differentiated_by else " (--output chooses an entry or weights)"
        yield f"  {tensor} is not a scalar, so TensorFlow differentiates the sum of its entries{hint}"
    if trace.output_weights is None:
        yield f"   0. the gradient of {tensor} with respect to itself is 1"
    else:
        name, weights = without_parentheses(differentiated_name(trace)), _format(trace.output_weights)
        yield f"   0. {name} is differentiated: the backward pass begins with {weights}"


def _step_lines(shown: Answer, trace: Trace, whole: Trace, values: Values) -> Iterator[str]:
    for number, (step, traced) in enumerate(zip(shown["steps"], trace.steps, strict=True), 1):
        yield f"  {number:>2}. {step['op']}   {step['rule']}"
        yield f"      upstream {_format(step['upstream'])}"
        for slot, passed in zip(step["inputs"], traced.inputs, strict=True):
            yield f"      {_input_text(slot, trace, traced, passed, values)}"
        for line in broadcast_lines(trace, values, traced):
            yield f"      {line}"
        yield f"      {step['sentence']}"
        yield f"      computed by {', '.join(step['tf_ops']) or _no_op(step)}"
        if (note := derivative_caveat(whole, values, traced)) is not None:
            yield f"      {note}"


def _input_text(slot: Answer, trace: Trace, step: Step, passed: StepInput, values: Values) -> str:
    """Return what a step passes on to an input."""
    summed = "  (an AddN adds the gradients of the other paths)" if slot["accumulated"] else ""
    if matrix_factors(trace, step, passed):
        rule = upstream_product(trace, step, passed)[0]
        return f"to {slot['tensor']}: {rule} = {numbers_text(trace, values, step, passed)}{summed}"
    local = "" if slot["local"] is None else f" × {_format(slot['local'])}"
    symbol = f"  [{slot['local_formula']}]" if slot["local_formula"] else ""
    return f"to {slot['tensor']}:{local}{symbol} -> {_format(slot['gradient'])}{summed}"


def _no_op(step: Answer) -> str:
    passes_on = any(slot["gradient_tensor"] is not None for slot in step["inputs"])
    return "no op: the upstream gradient is passed on" if passes_on else "no op: nothing is passed on"


def _gradient_lines(answer: Answer, trace: Trace) -> Iterator[str]:
    for name, gradient in answer["gradients"].items():
        value = _format(gradient["value"]) if gradient["tensor"] else "none"
        yield f"  d{differentiated_name(trace)}/d{name} = {value}"
        if gradient["chain"]:
            yield f"      = {gradient['chain']}"
        if gradient["simplified"] and gradient["simplified"] != gradient["chain"]:
            yield f"      = {gradient['simplified']}"
        if gradient["note"]:
            yield f"      {gradient['note']}"


def _format(value: Any) -> str:
    """Return a value of an answer or an array as JSON, without quotation marks."""
    if value is None:
        return "none"
    return json.dumps(value if isinstance(value, str | list) else json_value(value)).strip('"')
