"""The op to blame, found once more from TensorFlow's numbers alone, in the order in which the README says it counts."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.core.autodiff.causes.cause import Causes
from explorer.core.autodiff.causes.cause_kind import CauseKind
from explorer.core.errors import UserError
from explorer.core.ops.table import op_table
from explorer.engine.in_process import trace_and_run

OPERATORS = {
    "add": "({}+{})", "sub": "({}-{})", "mul": "({}*{})", "div": "({}/{})", "pow": "(({})^({}))", "neg": "(-{})",
}  # fmt: skip
ROWS = [row for row in op_table().values() if row.elementwise and row.name not in ("dot", "norm", "custom")]
LEAVES = st.sampled_from(["x", "y", "x", "y", "2", "0", "1", "-1", "0.5", "1e-30"])
NUMBERS = st.sampled_from([0, 0, 1, -1, 2, -2, 0.5, 3, 100, -100, 40, -40, 200, -200, 1e20, 1e-20, 1e-30, 1e30, 1e-23])
CHOSEN = {CauseKind.KINK, CauseKind.DOMAIN, CauseKind.STEP_FUNCTION, CauseKind.NO_PATH}
"""Kinds of gradients that may be 0 because TensorFlow chose it."""


def applied(row, arguments):
    template = OPERATORS.get(row.name)
    arguments = arguments[: row.arity]
    return template.format(*arguments) if template else f"{row.name}({', '.join(arguments)})"


TEXTS = st.recursive(
    LEAVES, lambda parts: st.builds(applied, st.sampled_from(ROWS), st.tuples(parts, parts)), max_leaves=5
)


def is_finite(value):
    return value is None or np.asarray(value).dtype.kind != "f" or bool(np.all(np.isfinite(value)))


def makers_of_infinity(trace, values):
    """Return the forward ops that make infinity or NaN of finite operands."""
    return [
        node
        for node in trace.nodes
        if not is_finite(values.get(node.tensor)) and all(is_finite(values.get(name)) for name in node.inputs)
    ]


def infinite_derivatives(trace, values):
    """Return the types of ops whose local derivative is infinite or NaN."""
    return {step.type for step in trace.steps for slot in step.inputs if not is_finite(values.get(slot.local_tensor))}


def first_loss(trace, values, tensor):
    """Return the type of the first op, of those between a variable and the output, that passes 0 on for what is not."""
    arrived = [slot.gradient_tensor for step in trace.steps for slot in step.inputs if slot.tensor == tensor]
    if any(values[name] != 0 for name in arrived if name is not None):
        return "AddN"
    dependents = trace.dependents(tensor)
    for step in trace.steps:
        for slot in step.inputs:
            if slot.tensor not in dependents or slot.gradient_tensor is None:
                continue
            if values[step.upstream_tensor] != 0 and values[slot.gradient_tensor] == 0:
                return step.type
    return "AddN"  # a sum on the way


@settings(deadline=None, max_examples=100, derandomize=True)
@given(TEXTS, NUMBERS, NUMBERS, st.sampled_from(["float32", "float32", "float64"]))
def test_the_first_op_is_to_blame(text, x, y, dtype):
    point = {name: value for name, value in (("x", x), ("y", y)) if name in text.replace("exp", "").replace("max", "")}
    try:
        trace, values = trace_and_run(text, point, dtype)
    except UserError:
        return
    causes = Causes(trace, values)
    output, makers = values[trace.output], makers_of_infinity(trace, values)
    if not is_finite(output):
        assert causes.of_output().node in {node.id for node in makers}
    for name, info in trace.gradients.items():
        gradient, cause = values.get(info.tensor), causes.of_variable(name)
        if gradient is None or (cause is not None and cause.kind == CauseKind.NO_PATH):
            continue
        if not is_finite(gradient):
            is_value = cause.slot is None and cause.node in {node.id for node in makers}
            is_sum = cause.op == "AddN" and cause.kind == CauseKind.OVERFLOW
            is_product = cause.kind == CauseKind.OVERFLOW and cause.slot is not None
            assert is_value or is_sum or is_product or cause.op in infinite_derivatives(trace, values)
        elif gradient == 0 and not makers and cause.kind not in CHOSEN and is_finite(output):
            assert cause.op == first_loss(trace, values, trace.variables[name]), (name, cause)
