"""Diagnosis of gradients that are 0, missing, NaN or infinite, from the values that TensorFlow computed."""

from typing import Any

import numpy as np

from explorer.core.autodiff.trace import GraphNode, Step, StepInput, Trace, Values
from explorer.core.ops.table import ops_by_type


def diagnose_gradient(trace: Trace, values: Values, variable: str) -> str | None:
    """Return a sentence that names the first op that caused an anomalous gradient; None for an ordinary one."""
    info = trace.gradients.get(variable)
    if info is None:
        return None
    if info.tensor is None:
        return _missing_message(trace, variable)
    if info.tensor not in values:
        return None
    kind = _anomaly(values[info.tensor])
    if kind is None:
        return None
    return _Diagnosis(trace, values, variable, kind).message()


_OVERRIDE_MESSAGES = {
    "StopGradient": "The backward pass stops here: TensorFlow was told to treat this as a constant.",
    "IdentityN": "Your own rule: TensorFlow uses the derivative that you gave, whatever that of the value is.",
}


def derivative_caveat(trace: Trace, values: Values, step: Step) -> str | None:
    """Return a sentence if ``step`` does not pass on the derivative of its value: at a kink, or by an override."""
    if step.type in _OVERRIDE_MESSAGES:
        return _OVERRIDE_MESSAGES[step.type]
    op = ops_by_type().get(step.type)
    node = next((node for node in trace.nodes if node.id == step.op), None)
    if op is None or node is None or any(tensor not in values for tensor in node.inputs[: op.arity]):
        return None
    arguments = [np.asarray(values[tensor], dtype=np.float64) for tensor in node.inputs[: op.arity]]
    for kink in op.kinks:
        if np.any(kink.where(*arguments)):
            return kink.message
    return None


def _anomaly(value: Any) -> str | None:
    """Return ``nan``, ``infinite``, ``zero`` or ``tiny``; None for an ordinary value."""
    array = np.asarray(value, dtype=np.float64)
    if np.any(np.isnan(array)):
        return "nan"
    if np.any(np.isinf(array)):
        return "infinite"
    if not np.any(array):
        return "zero"
    return "tiny" if float(np.max(np.abs(array))) < 1e-12 else None


_DESCRIPTIONS = {"nan": "is not a number", "infinite": "is infinite", "zero": "is 0", "tiny": "all but vanishes"}


def _missing_message(trace: Trace, variable: str) -> str:
    tensor = trace.variables[variable]
    stopped = [step for step in trace.steps if all(slot.gradient_tensor is None for slot in step.inputs)]
    barrier = next((step for step in stopped if _leads_to(trace, tensor, step.op)), None)
    if barrier is not None and barrier.type == "StopGradient":
        head = f"There is no gradient for {variable}: the backward pass ends at {barrier.op}"
        return f"{head}, and there is no other path."
    own = next((step for step in trace.steps if step.type == "IdentityN" and _leads_to(trace, tensor, step.op)), None)
    if barrier is None and own is not None:
        return f"There is no gradient for {variable}: your own rule at {own.op} treats it as a constant."
    if barrier is not None:
        return (
            f"There is no gradient for {variable}: {_op_text(barrier)} is flat between its jumps, "
            "and TensorFlow passes no gradient through it."
        )
    return f"There is no gradient for {variable}: no path leads from it to the output."


def _op_text(step: Step) -> str:
    return step.op if step.op.lower() == step.type.lower() else f"{step.op} ({step.type})"


def _leads_to(trace: Trace, tensor: str, op: str) -> bool:
    reached = {tensor}
    for node in trace.nodes:
        if any(name in reached for name in node.inputs):
            if node.id == op:
                return True
            reached.add(node.tensor)
    return False


class _Diagnosis:
    """Finds the first step on the way to the variable at which its gradient became anomalous."""

    def __init__(self, trace: Trace, values: Values, variable: str, kind: str) -> None:
        self._trace, self._values = trace, values
        self._variable, self._kind = variable, kind
        self._nodes = {node.id: node for node in trace.nodes}
        self._on_path = self._tensors_on_path(trace.variables[variable])

    def message(self) -> str:
        head = f"The gradient for {self._variable} {_DESCRIPTIONS[self._kind]}"
        for step in self._trace.steps:
            for slot in step.inputs:
                if slot.tensor not in self._on_path or slot.gradient_tensor is None:
                    continue
                if self._is_anomalous(slot.gradient_tensor) and not self._is_anomalous(step.upstream_tensor):
                    if self._kind == "zero" and self._has_other_gradients(slot):
                        continue
                    return f"{head}: {self._cause(step, slot)}"
            if (cause := self._cancellation(step)) is not None:
                return f"{head}: {cause}"
        return f"{head}: it became so step by step, with no single op to blame."

    def _tensors_on_path(self, tensor: str) -> set[str]:
        """Return the variable and all tensors through which a gradient reaches it; paths that are cut are left out."""
        reached = {tensor}
        for step in reversed(self._trace.steps):
            if any(slot.tensor in reached and slot.gradient_tensor is not None for slot in step.inputs):
                reached.add(f"{step.op}:0")
        return reached

    def _value(self, tensor: str | None) -> Any:
        return None if tensor is None else self._values.get(tensor)

    def _is_anomalous(self, tensor: str | None) -> bool:
        value = self._value(tensor)
        if value is None:
            return False
        kind = _anomaly(value)
        return kind == self._kind or (self._kind == "tiny" and kind == "zero") or (
            self._kind == "nan" and kind == "infinite"
        )  # fmt: skip

    def _has_other_gradients(self, slot: StepInput) -> bool:
        """Return whether another path brings the tensor a gradient, so that this slot alone explains nothing."""
        total = self._trace.tensor_gradients.get(slot.tensor)
        return slot.accumulated and total is not None and not self._is_anomalous(total)

    def _cancellation(self, step: Step) -> str | None:
        for slot in step.inputs:
            total = self._trace.tensor_gradients.get(slot.tensor)
            if self._kind != "zero" or not slot.accumulated or slot.tensor not in self._on_path:
                continue
            slots = [
                other
                for each in self._trace.steps
                for other in each.inputs
                if other.tensor == slot.tensor and other.gradient_tensor is not None
            ]
            parts = [self._value(other.gradient_tensor) for other in slots]
            if self._is_anomalous(total) and all(part is not None and np.any(part) for part in parts):
                return f"what arrives at {slot.tensor} on its {len(parts)} paths, {_values_text(parts)}, cancels."
        return None

    def _cause(self, step: Step, slot: StepInput) -> str:
        node = self._nodes[step.op]
        inputs = [self._value(tensor) for tensor in node.inputs]
        x = inputs[slot.slot] if slot.slot < len(inputs) else None
        name = _op_text(step)
        local = self._value(slot.local_tensor)
        if self._kind == "zero":
            return self._cause_of_zero(step, slot, node, name, x, local)
        if self._kind == "tiny":
            return (
                f"{name} is saturated at {_value_text(x)}: its local derivative there is only {_value_text(local)}."
                if local is not None
                else f"{name} passes on next to nothing."
            )
        if self._kind == "nan" and local is not None and np.any(np.isinf(local)):
            upstream = self._value(step.upstream_tensor)
            head = f"{name} has an infinite local derivative at {_value_text(x)}"
            if np.any(upstream):
                return f"{head}, which ends as not a number further on."
            return f"{head}, and {_value_text(upstream)} times infinity is not a number."
        if local is not None and not np.all(np.isfinite(local)):
            domain = ops_by_type()[step.type].domain if step.type in ops_by_type() else None
            note = f" (its domain: {domain})" if domain else ""
            return f"the local derivative of {name} at {_values_text(inputs)} is {_value_text(local)}{note}."
        arrived, passed = self._value(step.upstream_tensor), self._value(slot.gradient_tensor)
        return f"{name} turned {_value_text(arrived)} into {_value_text(passed)}."

    def _cause_of_zero(self, step: Step, slot: StepInput, node: GraphNode, name: str, x: Any, local: Any) -> str:
        if step.type == "Relu":
            return f"{name} is inactive: its input {_value_text(x)} is not above 0, so nothing passes."
        if step.type == "Mul":
            other = node.inputs[1 - slot.slot]
            return f"{name} multiplies it by {other}, which is 0."
        if step.type in ("Maximum", "Minimum"):
            return f"{name} took its other input, so this one gets nothing."
        if step.type == "Sign":
            return f"{name} is flat: the sign does not change with its input."
        if local is None:  # an op that is not elementwise has no local derivative
            return f"{name} turned {_value_text(self._value(step.upstream_tensor))} into 0."
        if np.any(local):
            return (
                f"{name} multiplies {_value_text(self._value(step.upstream_tensor))} by {_value_text(local)}, "
                "which is too small for the number format and becomes 0."
            )
        if step.type in ("Sigmoid", "Tanh", "Softplus", "Elu", "Exp", "Erf"):
            return f"{name} is saturated: at {_value_text(x)} its local derivative is 0 in this number format."
        return f"the local derivative of {name} at {_value_text(x)} is 0."


def _value_text(value: Any) -> str:
    if value is None:
        return "something unknown"
    array = np.asarray(value)
    if array.ndim:
        return f"an array of shape {array.shape}"
    return f"{float(array):.4g}"


def _values_text(values: list[Any]) -> str:
    return " and ".join(_value_text(value) for value in values)
