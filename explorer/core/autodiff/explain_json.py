"""The JSON of ``explain``, whose field names are a public interface."""

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from explorer.core.autodiff.causes.cause import Cause, Causes
from explorer.core.autodiff.causes.cause_text import cause_sentence
from explorer.core.autodiff.causes.derivative_caveat import kink_sentence
from explorer.core.autodiff.output_heading import own_formula
from explorer.core.autodiff.output_name import output_name
from explorer.core.autodiff.step_sentence import step_sentence
from explorer.core.autodiff.trace import Step, Trace, Values


def explanation(
    trace: Trace,
    values: Values,
    simplified: Mapping[str, str | None] = MappingProxyType({}),
    notes: Mapping[str, str] = MappingProxyType({}),
    whole: Trace | None = None,
    different: Mapping[str, Any] = MappingProxyType({}),
) -> dict[str, Any]:
    """Return the explanation of a trace as a dict for `json.dumps`; its fields are described in the README.

    simplified, notes: by variable, the simplified gradient and why there is none. whole: if ``trace`` is a concept, the
    trace with every op, in which causes are found. different: the float64 values that differ, by tensor.
    """
    causes = Causes(whole or trace, values, different)

    def cause(found: Cause | None, variable: str | None = None, formula_note: str | None = None) -> dict[str, Any]:
        """Return a note and the cause; a cause in words comes before the reason why a formula is missing."""
        if found is None:
            return {"note": formula_note, "cause": None}
        return {
            "note": cause_sentence(whole or trace, values, found, variable, different),
            "cause": found.to_json(),
        }

    return {
        "expression": trace.expression,
        "dtype": trace.dtype,
        "at": {name: _value_in_dtype(trace.dtype, value) for name, value in trace.point.items()},
        **({"again": list(trace.differentiated_by)} if trace.differentiated_by else {}),
        # Of an expression that is no single number, the output was chosen before it was differentiated.
        **({"again_of": trace.output_choice.json} if trace.chosen_order < len(trace.differentiated_by) else {}),
        "variables": dict(trace.variables),
        "output": {
            "tensor": trace.output,
            **({"name": output_name(trace), "formula": own_formula(trace)} if trace.differentiated_by else {}),
            "value": _value(values, trace.output),
            "differentiated": trace.output_choice.json if trace.is_output_chosen else "sum",
            **cause(causes.of_output()),
        },
        "graph": {
            "nodes": [
                {"id": node.id, "type": node.type, "inputs": list(node.inputs), "value": _value(values, node.tensor)}
                for node in trace.nodes
            ],
            "gradient_nodes": [
                {
                    "id": node.id,
                    "type": node.type,
                    "forward": node.forward,
                    "sums": node.sums,
                    "inputs": list(node.inputs),
                    "value": _value(values, node.tensor),
                }
                for node in trace.gradient_nodes
                if node.needed
            ],
        },
        "steps": [
            {**_step(whole or trace, step, values), "sentence": step_sentence(trace, values, number)}
            for number, step in enumerate(trace.steps, 1)
        ],
        "gradients": {
            name: {
                "value": _value(values, info.tensor),
                "tensor": info.tensor,
                "chain": info.chain,
                "simplified": simplified.get(name),
                **cause(causes.of_variable(name), name, info.note or notes.get(name)),
            }
            for name, info in trace.gradients.items()
        },
        "float64": {tensor: json_value(value) for tensor, value in different.items()},
    }


def _step(whole: Trace, step: Step, values: Values) -> dict[str, Any]:
    return {
        "op": step.op,
        "type": step.type,
        "rule": step.rule if step.rule_formula is None else f"{step.rule}: {step.rule_formula}",
        "upstream": _value(values, step.upstream_tensor),
        "upstream_tensor": step.upstream_tensor,
        "kink": kink_sentence(whole, values, step),
        "inputs": [
            {
                "tensor": slot.tensor,
                "local": _value(values, slot.local_tensor),
                "local_formula": slot.local_formula,
                "gradient": _value(values, slot.gradient_tensor),
                "gradient_tensor": slot.gradient_tensor,
                "accumulated": slot.accumulated,
                **({"summed_axes": list(slot.summed_axes)} if slot.summed_axes else {}),
            }
            for slot in step.inputs
        ],
        "tf_ops": list(step.tf_ops),
    }


def _value_in_dtype(dtype: str, value: Any) -> Any:
    with np.errstate(over="ignore"):  # a value beyond float32 becomes infinite
        return json_value(np.asarray(value, dtype=dtype))


def _value(values: Values, tensor: str | None) -> Any:
    return None if tensor is None or tensor not in values else json_value(values[tensor])


def json_value(value: Any) -> Any:
    """Return a value as nested lists of numbers, float32 in shortest form, NaN and infinities as text."""
    array = np.asarray(value)
    if array.ndim:
        return [json_value(entry) for entry in array]
    if array.dtype.kind == "b":
        return bool(array)
    if array.dtype.kind in "iu":
        return int(array)
    number = float(array)
    if math.isnan(number):
        return "nan"
    if math.isinf(number):
        return "inf" if number > 0 else "-inf"
    # The shortest decimal that reads back as the same float32; as a float64 it is printed in the same way.
    return float(np.format_float_scientific(np.float32(array), unique=True)) if array.dtype == np.float32 else number
