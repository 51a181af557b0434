"""The backward pass as steps: TensorFlow's calls of gradient functions, with formulas for the chain rule."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from explorer.core.autodiff.broadcasting import summed_axes
from explorer.core.autodiff.chain_symbols import ONE, add, local_derivative, multiply
from explorer.core.autodiff.matrix_rules import MATMUL_TYPES, matmul_formula
from explorer.core.autodiff.trace import GradientInfo, GraphNode, Step, StepInput, op_of
from explorer.core.expression.expand import parse_template, substitute
from explorer.core.expression.printer import Writer, to_text
from explorer.core.ops.gradient_overrides import CUSTOM_GRADIENT_TYPE
from explorer.core.ops.op import Op
from explorer.core.ops.table import CHOICE_TYPES, ops_by_type
from explorer.core.syntax_tree import Node, Shape, Variable
from explorer.engine.autodiff.build import ForwardGraph
from explorer.engine.autodiff.custom_gradient import (
    ARGUMENT_SLOT,
    CONSTANT_MESSAGE,
    custom_tree,
    rule_source,
)
from explorer.engine.autodiff.matrix_products import transposed_slots
from explorer.engine.tf_adapter import gradient_registry
from explorer.engine.tf_adapter.gradient_registry import GradientCall

TOO_LONG_MESSAGE = (
    "The formula is too large to be read (2,000 characters, 1,000 operations), so only its value is shown."
)
NOT_SCALAR_MESSAGE = "Vectors or matrices are on the way, so the chain is shown in matrix form, step by step."
NO_PATH_MESSAGE = "No path leads from this variable to the output: the output does not depend on it."
NO_FORMULA_MESSAGE = (
    "Our table has no formula for one of the ops on the way; the numbers are TensorFlow's all the same."
)

OPERANDS: dict[str, Node] = {"a": Variable("u"), "b": Variable("v")}
"""Names of the operands in rules, as in textbooks: users often have variables called `a` and `b`."""

_STRUCTURAL_RULES = {
    "ExpandDims": ("reshape: the same entries", "dA = G, in the shape of A"),
    "Squeeze": ("reshape: the same entries", "dA = G, in the shape of A"),
    "Reshape": ("reshape: the same entries", "dA = G, in the shape of A"),
    "StopGradient": ("stop: no gradient", "dA is none: TensorFlow was told to treat it as a constant"),
    "Tile": ("repetition: the same entries several times", "dA = G, summed over the copies"),
    "BroadcastTo": ("repetition: the same entries several times", "dA = G, summed over the copies"),
    "Cast": ("another number type: the same entries", "dA = G, where A has a fraction"),
    "Select": ("choice: the chosen one gets it all", "dA = G where chosen, else 0"),
    "SelectV2": ("choice: the chosen one gets it all", "dA = G where chosen, else 0"),
    "IsFinite": ("test: no gradient", "a yes or no has no derivative"),
}

Slot = tuple[str, int]
"""An argument slot of an op: the op's name and the slot's number."""


@dataclass
class BackwardPass:
    """What `tf.gradients` built.

    calls: of gradient functions, by the name of the forward op, for ops between the variables and the output. order:
    all calls in TensorFlow's order, which is that of the terms of its sums. totals: from a forward tensor to its total
    gradient. locals: from a slot to the tensor of its local derivative. products: from the slot of an operand that was
    broadcast to the tensor of the gradients of its copies, before they are summed. ops: TensorFlow's backward ops.
    """

    calls: dict[str, GradientCall] = field(default_factory=dict)
    order: list[GradientCall] = field(default_factory=list)
    totals: dict[str, str] = field(default_factory=dict)
    locals: dict[Slot, str] = field(default_factory=dict)
    products: dict[Slot, str] = field(default_factory=dict)
    ops: list[Any] = field(default_factory=list)


class StepBuilder:
    """Builds the steps of one traced expression, with formulas.

    No values are known here, so that no formula depends on them. shapes: of the forward tensors.
    """

    def __init__(
        self,
        forward: ForwardGraph,
        backward: BackwardPass,
        shapes: Mapping[str, tuple[int | None, ...] | None],
    ) -> None:
        self._forward = forward
        self._backward = backward
        self._shapes = shapes
        self._writer = Writer(forward.definitions)
        self._slots = self._gradient_slots()

    def with_formulas(self, nodes: Sequence[GraphNode]) -> list[GraphNode]:
        """Return the nodes with the formulas of their values."""
        return [replace(node, formula=self._text(self._forward.trees.get(node.tensor))) for node in nodes]

    def build(
        self, ops: Sequence[str], wrt: Sequence[str] | None, needed: frozenset[str]
    ) -> tuple[tuple[Step, ...], dict[str, GradientInfo]]:
        """Return the steps for the calls of ``ops`` in this order, and the gradients by ``wrt`` (all if None).

        needed: names of the backward ops that are shown.
        """
        calls = [self._backward.calls[op] for op in ops]
        is_scalar = all(self._shapes.get(call.op.outputs[0].name) == () for call in calls)
        adjoints: dict[str, Node | None] = {self._forward.output.name: ONE if is_scalar else None}
        terms: dict[str, dict[Slot, Node | None]] = {
            tensor: dict.fromkeys(slots) for tensor, slots in self._slots.items()
        }
        steps = []
        for call in calls:
            step = self._step(call, terms, adjoints)
            steps.append(replace(step, tf_ops=tuple(name for name in step.tf_ops if name in needed)))
        gradients = {}
        for name, placeholder in self._forward.placeholders.items():
            if wrt is None or name in wrt:
                gradients[name] = self._gradient(placeholder.name, adjoints, calls, is_scalar)
        return tuple(steps), gradients

    def _gradient_slots(self) -> dict[str, list[Slot]]:
        """Return for each forward tensor the slots through which a gradient arrives, in TensorFlow's order."""
        slots: dict[str, list[Slot]] = {}
        for call in self._backward.order:
            for slot, (tensor, gradient) in enumerate(zip(call.op.inputs, call.gradients, strict=False)):
                if gradient is not None and tensor.name in self._backward.totals:
                    slots.setdefault(tensor.name, []).append((call.op.name, slot))
        return slots

    def _step(
        self, call: GradientCall, terms: dict[str, dict[Slot, Node | None]], adjoints: dict[str, Node | None]
    ) -> Step:
        """Return the step of a call; adds to ``terms`` and ``adjoints`` the formulas for its inputs."""
        op = call.op
        row = ops_by_type().get(op.type)
        adjoint = adjoints.get(op.outputs[0].name)
        arguments = [self._forward.trees.get(tensor.name) for tensor in op.inputs]
        products = self._backward.products
        inputs = []
        for slot, (tensor, gradient) in enumerate(zip(op.inputs, call.gradients, strict=False)):
            name, key = tensor.name, (op.name, slot)
            local_tensor = self._backward.locals.get(key)
            is_stopped = gradient is None and self._depends_on_variable(name)
            slots = self._slots.get(name, [])
            if not slots and not is_stopped:
                continue
            local = self._local(row, slot, op, arguments)
            product = None if adjoint is None or local is None else multiply(adjoint, local)
            if key in slots:
                terms[name][key] = product
            summands = [term for term in terms.get(name, {}).values() if term is not None]
            total = add(summands) if summands and product is not None else None
            if key in slots and len(summands) == len(slots):  # the slot of floor in x*floor(x) is not among these
                adjoints[name] = total
            inputs.append(
                StepInput(
                    slot=slot,
                    tensor=name,
                    local_tensor=local_tensor,
                    local_formula=self._text(local),
                    gradient_tensor=gradient.name if gradient is not None else None,
                    accumulated=len(slots) > 1 and gradient is not None,
                    chain=self._text(product),
                    total=self._text(total),
                    summed_axes=summed_axes(_shape(tensor), _shape(op.outputs[0])) if key in products else (),
                    product_tensor=products.get(key),
                )
            )
        rule, rule_formula = self._rule(op, row, tuple(each.slot for each in inputs))
        source, note = rule_source(op, self._forward.trees)
        upstream = call.upstream[0]
        return Step(
            op=op.name,
            type=op.type,
            rule=rule,
            rule_formula=rule_formula,
            source=source,
            source_note=note,
            upstream_tensor=upstream.name if upstream is not None else None,
            upstream_formula=self._text(adjoint),
            inputs=tuple(inputs),
            tf_ops=call.built_ops,
        )

    def _rule(self, op: Any, row: Op | None, slots: tuple[int, ...]) -> tuple[str, str | None]:
        custom = custom_tree(op, self._forward.trees)
        if row is not None and op.type in MATMUL_TYPES:
            return row.rule, matmul_formula((2, 2), ("A", "B"), transposed_slots(op))
        if row is None or custom is None:
            return _rule(op.type, row, slots)
        derivative, argument = (to_text(each) for each in custom.args[1:])
        variable = argument if argument and argument.isidentifier() else f"({argument})"
        return row.rule, f"d custom/d{variable} = {derivative}"

    def _local(self, row: Op | None, slot: int, op: Any, arguments: Sequence[Node | None]) -> Node | None:
        """Return the formula of a local derivative, which holds for each entry of the op's output."""
        if op.type in CHOICE_TYPES:
            condition = self._forward.conditions.get(op.inputs[0].name)
            return None if condition is None or slot == 0 else condition[slot - 1]
        if row is None or any(argument is None for argument in arguments):
            return None
        custom = custom_tree(op, self._forward.trees)
        if custom is not None:
            return custom.args[1] if slot == ARGUMENT_SLOT else None
        return local_derivative(row, slot, [a for a in arguments if a is not None])

    def _depends_on_variable(self, tensor: str) -> bool:
        return op_of(tensor) in self._dependents([each.name for each in self._forward.placeholders.values()])

    def _dependents(self, tensors: Sequence[str]) -> frozenset[str]:
        """Return the names of the ops of ``tensors`` and of all ops that depend on them."""
        found = {op_of(tensor) for tensor in tensors}
        for op in self._forward.output.graph.get_operations():
            if any(tensor.op.name in found for tensor in op.inputs):
                found.add(op.name)
        return frozenset(found)

    def _gradient(
        self, tensor: str, adjoints: Mapping[str, Node | None], calls: Sequence[GradientCall], is_scalar: bool
    ) -> GradientInfo:
        total = self._backward.totals.get(tensor)
        if total is None:
            return GradientInfo(None, None, self._no_gradient_message(tensor, calls))
        if not is_scalar or self._shapes.get(tensor) != ():
            return GradientInfo(total, None, NOT_SCALAR_MESSAGE)
        adjoint = adjoints.get(tensor)
        chain = self._text(adjoint)
        if adjoint is None:
            available = gradient_registry.AVAILABLE
            return GradientInfo(
                total, None, NO_FORMULA_MESSAGE if available else gradient_registry.NOT_AVAILABLE_MESSAGE
            )
        if chain is None:
            return GradientInfo(total, None, TOO_LONG_MESSAGE)
        return GradientInfo(total, chain, None)

    def _no_gradient_message(self, tensor: str, calls: Sequence[GradientCall]) -> str:
        dependents = self._dependents([tensor])
        behind = [call for call in calls if call.op.name in dependents]
        for call in behind:
            if all(gradient is None for gradient in call.gradients):
                return f"TensorFlow passes no gradient through {call.op.type}."
        if any(call.op.type == CUSTOM_GRADIENT_TYPE for call in behind):
            return CONSTANT_MESSAGE
        return NO_PATH_MESSAGE

    def _text(self, node: Node | None) -> str | None:
        return None if node is None else self._writer.text(node)


def _shape(tensor: Any) -> Shape:
    return tuple(tensor.shape.as_list())


@cache
def _rule(kind: str, row: Op | None, slots: tuple[int, ...]) -> tuple[str, str | None]:
    """Return the rule's name and its formula: one derivative for each slot, or the matrix form."""
    if row is None:
        return _STRUCTURAL_RULES.get(kind, (f"the rule of {kind}", None))
    if not row.elementwise:
        return row.rule, row.matrix_rule
    head = row.python.format(a="u", b="v")
    for replacement in (("**", "^"), ("tf.math.", ""), ("tf.nn.", ""), ("tf.", "")):
        head = head.replace(*replacement)
    head = head.replace(" ", "") if row.arity == 2 else head
    formulas = []
    for slot in slots:
        text = row.derivatives[slot]
        value = "none" if text is None else to_text(substitute(parse_template(text), OPERANDS))
        letter = "uvwpqrst"[slot]
        formulas.append(f"d({head})/d{letter} = {value}" if row.operator else f"d {head}/d{letter} = {value}")
    return row.rule, ", ".join(formulas)
