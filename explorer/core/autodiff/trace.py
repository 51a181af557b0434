"""The trace of one expression: TensorFlow's graph, its backward pass step by step, and the values.

A `Trace` is the structure, which does not change while sliders move; `Values` are the numbers. Both are sent as plain
dicts (`to_dict`, `from_dict`), so nothing here depends on a process, a window or TensorFlow.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np

from explorer.core.autodiff.output_choice import SUM, OutputChoice, parse_output
from explorer.core.syntax_tree import FloatArray

Values: TypeAlias = Mapping[str, "np.ndarray[Any, Any]"]
"""Values by tensor name (``"mul:0"``) in the trace's dtype; tensors that were not computed are missing."""


def op_of(tensor: str) -> str:
    """Return the name of the op that produces ``tensor``: ``mul`` for ``mul:0``."""
    return tensor.partition(":")[0]


@dataclass(frozen=True)
class GraphNode:
    """One TensorFlow op of the forward graph.

    inputs: tensor names, one for each argument slot.
    shape: of output 0; None if unknown.
    defines: name that a statement gave to this op's output (``h``), or None.
    formula: its value as text in the input variables; None if too long.
    transposed: slots of a matrix product that are transposed before it multiplies.
    part_of: the op into which a concept folds this one (`core.autodiff.concept_trace`); None if it is shown.
    function, arguments: if several ops compute one function of the op table and this one stands for them: the
        function's name, and its arguments as tensors, in the order in which they were typed.
    folded, output: only in a concept: name and type of each op that is folded into this one, and the tensor that they
        give together, if that is not this op's own output.
    """

    id: str
    type: str
    inputs: tuple[str, ...]
    shape: tuple[int, ...] | None
    dtype: str
    device: str
    defines: str | None = None
    formula: str | None = None
    transposed: tuple[int, ...] = ()
    part_of: str | None = None
    function: str | None = None
    arguments: tuple[str, ...] = ()
    folded: tuple[tuple[str, str], ...] = ()
    output: str | None = None

    @property
    def tensor(self) -> str:
        """Name of the first output, or of what it gives together with the ops that are folded into it."""
        return self.output or f"{self.id}:0"


@dataclass(frozen=True)
class GradientNode:
    """One TensorFlow op of the backward pass.

    forward: the forward op it belongs to; the seed belongs to the output's op.
    sums: for an AddN that sums the gradients of a fan-out, the forward tensor whose gradient it computes.
    needed: whether a requested gradient depends on it; TensorFlow also builds ops for gradients nobody requested.
    """

    id: str
    type: str
    forward: str | None
    sums: str | None
    inputs: tuple[str, ...]
    shape: tuple[int, ...] | None
    dtype: str
    device: str
    needed: bool

    @property
    def tensor(self) -> str:
        """Name of the first output."""
        return f"{self.id}:0"


@dataclass(frozen=True)
class StepInput:
    """One argument slot of a backward step's op on which a variable has an influence.

    tensor: the forward tensor in the slot.
    local_tensor: the local derivative of each entry, in the shape of the op's output (what the registered gradient
        function returns for an upstream of ones, 0 where it returns nothing); None if the op is not elementwise.
    local_formula: the local derivative of an entry as text, from the op table.
    gradient_tensor: the gradient passed on through this slot; None if none is.
    accumulated: whether an AddN sums it with others.
    chain: product of the chain rule through this slot so far, as text.
    total: sum of all that has arrived at ``tensor`` up to this step, as text.
    summed_axes: axes of the op's output over which the product of upstream gradient and local derivative is summed,
        because the operand was broadcast along them; the sum gets the operand's shape.
    product_tensor: this product before it is summed; None if nothing is.
    """

    slot: int
    tensor: str
    local_tensor: str | None
    local_formula: str | None
    gradient_tensor: str | None
    accumulated: bool
    chain: str | None
    total: str | None
    summed_axes: tuple[int, ...] = ()
    product_tensor: str | None = None


@dataclass(frozen=True)
class Step:
    """One backward step: one forward op, its upstream gradient and the gradients that it passes on.

    Step k of the backward pass is ``Trace.steps[k - 1]``; step 0 is the seed, a gradient of 1 at the output.

    rule, rule_formula: name of the rule in textbooks and its formula, in matrix form unless the op is elementwise.
    source: source text of TensorFlow's registered gradient function, or None; ``source_note`` says why.
    upstream_formula: the upstream gradient as text.
    tf_ops: names of the backward ops of this step; may be empty.
    output: the tensor whose gradient arrives, if that is not the op's first output, as for `GraphNode`.
    """

    op: str
    type: str
    rule: str
    rule_formula: str | None
    source: str | None
    source_note: str | None
    upstream_tensor: str | None
    upstream_formula: str | None
    inputs: tuple[StepInput, ...]
    tf_ops: tuple[str, ...]
    output: str | None = None

    @property
    def tensor(self) -> str:
        """Name of the tensor whose gradient arrives."""
        return self.output or f"{self.op}:0"


@dataclass(frozen=True)
class GradientInfo:
    """The gradient of the output with respect to one variable; ``note`` explains a None."""

    tensor: str | None
    chain: str | None
    note: str | None


@dataclass(frozen=True)
class Trace:
    """One expression as TensorFlow built it.

    graph: the engine's number for it, for requests of new values.
    variables: placeholder tensors by variable.
    summed: True if the output is no scalar and the sum of its entries is differentiated.
    nodes: ops that the output depends on, each after its inputs.
    tensor_gradients: gradient tensors by forward tensor.
    fetches: names of all tensors whose values come with the trace: forward, backward and local derivatives.
    point: values of all variables, in their order, as nested lists.
    differentiated_by: variables by which the expression was differentiated first, so that its derivative is traced.
    output_choice: which output is differentiated; chosen_order: the order of the derivative whose output that is, 0 for
        the typed expression.
    earlier: if it was differentiated first, the traces of what was: f, f′ … . They have the ops and the steps to the
        variable by which it was done, without local derivatives; their values come with those of this trace.
    """

    graph: int
    expression: str
    dtype: str
    variables: Mapping[str, str]
    output: str
    summed: bool
    nodes: tuple[GraphNode, ...]
    gradient_nodes: tuple[GradientNode, ...]
    steps: tuple[Step, ...]
    gradients: Mapping[str, GradientInfo]
    tensor_gradients: Mapping[str, str]
    fetches: tuple[str, ...]
    point: Mapping[str, Any] = field(default_factory=dict)
    differentiated_by: tuple[str, ...] = ()
    output_choice: OutputChoice = SUM
    chosen_order: int = 0
    earlier: "tuple[Trace, ...]" = ()

    @cached_property
    def nodes_by_name(self) -> Mapping[str, GraphNode]:
        """Each op of the forward graph by its name."""
        return {node.id: node for node in self.nodes}

    @cached_property
    def nodes_by_tensor(self) -> Mapping[str, GraphNode]:
        """Each op of the forward graph by its output tensor."""
        return {node.tensor: node for node in self.nodes}

    @cached_property
    def steps_by_op(self) -> Mapping[str, Step]:
        """Each backward step by the name of its forward op."""
        return {step.op: step for step in self.steps}

    def variable_of(self, tensor: str | None) -> str | None:
        """Return the variable whose placeholder is ``tensor``, or None."""
        return next((name for name, placeholder in self.variables.items() if placeholder == tensor), None)

    def slots_of(self, tensor: str) -> tuple[StepInput, ...]:
        """Return the slots through which gradients pass to a forward tensor, in the order of the backward pass."""
        return tuple(slot for _, slot in self._numbered_slots.get(tensor, ()))

    def last_step_of(self, tensor: str) -> int:
        """Return the number of the step that completes the gradient of a forward tensor; 0 if no step has it."""
        return max((number for number, _ in self._numbered_slots.get(tensor, ())), default=0)

    @cached_property
    def _numbered_slots(self) -> Mapping[str, list[tuple[int, StepInput]]]:
        """Number of the step and slot, by the tensor in the slot."""
        found: dict[str, list[tuple[int, StepInput]]] = {}
        for number, step in enumerate(self.steps, 1):
            for slot in step.inputs:
                found.setdefault(slot.tensor, []).append((number, slot))
        return found

    @property
    def is_output_chosen(self) -> bool:
        """Whether an entry or a weighted sum of this trace's output is differentiated."""
        return self.output_choice != SUM and self.chosen_order == len(self.differentiated_by)

    @property
    def output_weights(self) -> FloatArray | None:
        """The weights of the output's entries, with which the backward pass begins; None for a scalar or the sum."""
        if not self.is_output_chosen:
            return None
        return self.output_choice.weights_of_shape(self.nodes_by_tensor[self.output].shape or ())

    @property
    def variables_with_gradient(self) -> list[str]:
        """The variables for which TensorFlow has a gradient."""
        return [name for name, info in self.gradients.items() if info.tensor is not None]

    def gradient_value(self, variable: str, values: Values) -> Any:
        """Return the gradient for a variable; None if TensorFlow has none, or ``values`` lack it."""
        info = self.gradients.get(variable)
        return None if info is None or info.tensor is None else values.get(info.tensor)

    def dependents(self, tensor: str) -> set[str]:
        """Return a forward tensor and all forward tensors that depend on it."""
        found = {tensor}
        for node in self.nodes:
            if any(name in found for name in node.inputs):
                found.add(node.tensor)
        return found

    def dependencies(self, tensor: str) -> set[str]:
        """Return a forward tensor and all forward tensors on which it depends."""
        found = {tensor}
        for node in reversed(self.nodes):
            if node.tensor in found:
                found.update(node.inputs)
        return found

    def is_same_function(self, other: "Trace") -> bool:
        """Whether both are traces of one function, possibly with other shapes, precision or values."""
        return (self.expression, self.differentiated_by) == (other.expression, other.differentiated_by)

    def to_dict(self) -> dict[str, Any]:
        """Return a plain dict of strings, numbers, tuples and dicts."""
        # Like `dataclasses.asdict`, without its deep copy of every text, which takes longer than sending it.
        steps = tuple({**vars(step), "inputs": tuple(dict(vars(slot)) for slot in step.inputs)} for step in self.steps)
        return {
            **{name: getattr(self, name) for name in self.__dataclass_fields__},  # not what is cached
            "nodes": tuple(dict(vars(node)) for node in self.nodes),
            "gradient_nodes": tuple(dict(vars(node)) for node in self.gradient_nodes),
            "steps": steps,
            "gradients": {name: dict(vars(info)) for name, info in self.gradients.items()},
            "output_choice": self.output_choice.text,
            "earlier": tuple(trace.to_dict() for trace in self.earlier),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Trace":
        """Return the trace of a plain dict; raises KeyError or TypeError for missing or unknown fields."""
        fields = dict(data)
        fields["nodes"] = tuple(GraphNode(**_tuples(node)) for node in data["nodes"])
        fields["gradient_nodes"] = tuple(GradientNode(**_tuples(node)) for node in data["gradient_nodes"])
        fields["steps"] = tuple(
            Step(**{**_tuples(step), "inputs": tuple(StepInput(**_tuples(slot)) for slot in step["inputs"])})
            for step in data["steps"]
        )
        fields["gradients"] = {name: GradientInfo(**info) for name, info in data["gradients"].items()}
        fields["fetches"] = tuple(data["fetches"])
        fields["differentiated_by"] = tuple(data.get("differentiated_by", ()))
        fields["output_choice"] = parse_output(data.get("output_choice"))
        fields["earlier"] = tuple(cls.from_dict(trace) for trace in data.get("earlier", ()))
        return cls(**fields)


def _tuples(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if type(value) is list else value for key, value in data.items()}
