"""The backward pass told in steps: TensorFlow's calls, joined with our symbols for the chain rule."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache, cached_property
from typing import Any

import numpy as np

from explorer.core.autodiff.chain_symbols import ONE, ZERO, add, local_derivative, multiply
from explorer.core.autodiff.trace import GradientInfo, GraphNode, Step, StepInput
from explorer.core.expression.expand import parse_template, substitute
from explorer.core.expression.printer import Writer, to_text
from explorer.core.expression.shapes import node_shape
from explorer.core.graph.op_graph import op_of
from explorer.core.ops.op import Op
from explorer.core.ops.table import ops_by_type
from explorer.core.syntax_tree import Node, Shape, Variable
from explorer.engine.autodiff import custom_gradient as rules
from explorer.engine.autodiff.build import Forward
from explorer.engine.tf_adapter import gradient_registry
from explorer.engine.tf_adapter.gradient_registry import NOT_AVAILABLE_MESSAGE, GradientCall

TOO_LONG = "The formula is too large to be read (2,000 signs, 1,000 operations), so only its value is shown."
NOT_SCALAR = "Vectors or matrices are on the way, so the chain is shown in matrix form, step by step."
NO_PATH = "No path leads from this variable to the output: the output does not depend on it."
NO_SYMBOL = "Our table has no formula for one of the ops on the way; the numbers are TensorFlow's all the same."

OPERANDS: dict[str, Node] = {"a": Variable("u"), "b": Variable("v")}
"""What a rule calls the operands, as textbooks do: `a` and `b` are too often variables of the user's."""

_STRUCTURAL = {
    "ExpandDims": ("reshape: the same entries", "dA = G, in the shape of A"),
    "Squeeze": ("reshape: the same entries", "dA = G, in the shape of A"),
    "Reshape": ("reshape: the same entries", "dA = G, in the shape of A"),
    "StopGradient": ("stop: no gradient", "dA is none: TensorFlow was told to treat it as a constant"),
    "Select": ("choice: the chosen one gets it all", "dA = G where chosen, else 0"),
    "SelectV2": ("choice: the chosen one gets it all", "dA = G where chosen, else 0"),
    "IsFinite": ("test: no gradient", "a yes or no has no derivative"),
}


class StepBuilder:
    """Formulas of one traced expression. ``values``: tensor name to value; ``shapes``: of the forward tensors."""

    def __init__(self, made: Forward, values: Mapping[str, Any], shapes: Mapping[str, tuple[int, ...] | None]) -> None:
        self._made = made
        self._values = values
        self._shapes = shapes
        self._writer = Writer(made.definitions)

    def with_formulas(self, nodes: Sequence[GraphNode]) -> list[GraphNode]:
        """Return the nodes with the formula of what they compute."""
        return [replace(node, formula=self._text(self._made.trees.get(node.tensor))) for node in nodes]

    def steps(
        self,
        calls: Sequence[GradientCall],
        order: Sequence[GradientCall],
        locals_: Mapping[tuple[str, int], str],
        totals: Mapping[str, str],
        variables: Mapping[str, str],
        wrt: Sequence[str] | None,
        needed: frozenset[str],
    ) -> tuple[tuple[Step, ...], dict[str, GradientInfo]]:
        """Return the backward steps, latest op first, and what is known of each wanted gradient.

        calls: in the order of the steps. order: in TensorFlow's, which is the order of the terms of its sums.
        """
        arriving = self._arriving(order, totals)
        scalar = all(self._shapes.get(call.op.outputs[0].name) == () for call in calls)
        adjoints: dict[str, Node | None] = {self._made.output.name: ONE if scalar else None}
        terms: dict[str, dict[tuple[str, int], Node | None]] = {
            tensor: dict.fromkeys(ways) for tensor, ways in arriving.items()
        }
        steps = []
        for call in calls:
            step = self._step(call, locals_, arriving, terms, adjoints)
            steps.append(replace(step, tf_ops=tuple(name for name in step.tf_ops if name in needed)))
        gradients = {}
        for name, tensor in variables.items():
            if wrt is None or name in wrt:
                gradients[name] = self._gradient(tensor, totals, adjoints, arriving, calls, scalar)
        return tuple(steps), gradients

    @staticmethod
    def _arriving(order: Sequence[GradientCall], totals: Mapping[str, str]) -> dict[str, list[tuple[str, int]]]:
        """For each forward tensor the (op, slot) ways on which a gradient arrives, in TensorFlow's order."""
        arriving: dict[str, list[tuple[str, int]]] = {}
        for call in order:
            for slot, (tensor, gradient) in enumerate(zip(call.op.inputs, call.gradients, strict=False)):
                if gradient is not None and tensor.name in totals:
                    arriving.setdefault(tensor.name, []).append((call.op.name, slot))
        return arriving

    def _step(
        self,
        call: GradientCall,
        locals_: Mapping[tuple[str, int], str],
        arriving: Mapping[str, list[tuple[str, int]]],
        terms: dict[str, dict[tuple[str, int], Node | None]],
        adjoints: dict[str, Node | None],
    ) -> Step:
        op = call.op
        row = ops_by_type().get(op.type)
        upstream = adjoints.get(op.outputs[0].name)
        arguments = [self._made.trees.get(tensor.name) for tensor in op.inputs]
        slots = []
        for slot, (tensor, gradient) in enumerate(zip(op.inputs, call.gradients, strict=False)):
            name = tensor.name
            stopped = gradient is None and (op.name, slot) not in locals_ and self._leads_to_variable(name)
            if name not in arriving and not stopped:
                continue
            local = self._local(row, slot, op, arguments, locals_.get((op.name, slot)))
            product = self._product(upstream, local, call.upstream[0], gradient)
            ways = arriving.get(name, [])
            if (op.name, slot) in ways:
                terms[name][op.name, slot] = product
            so_far = [term for term in terms.get(name, {}).values() if term is not None]
            total = add(so_far) if so_far and product is not None else None
            if (op.name, slot) in ways and len(so_far) == len(ways):  # floor in x*floor(x) is no way
                adjoints[name] = total
            slots.append(
                StepInput(
                    slot=slot,
                    tensor=name,
                    local_tensor=locals_.get((op.name, slot)),
                    local_formula=self._text(local),
                    gradient_tensor=gradient.name if gradient is not None else None,
                    accumulated=len(ways) > 1 and gradient is not None,
                    chain=self._text(product),
                    total=self._text(total),
                )
            )
        rule, formula = self._rule(op, row, tuple(slot.slot for slot in slots))
        source, note = rules.source(op, self._made.trees)
        arrived = call.upstream[0]
        return Step(
            op=op.name,
            type=op.type,
            rule=rule,
            rule_formula=formula,
            source=source,
            source_note=note,
            upstream_tensor=arrived.name if arrived is not None else None,
            upstream_formula=self._text(upstream),
            inputs=tuple(slots),
            tf_ops=call.built_ops,
        )

    def _rule(self, op: Any, row: Op | None, slots: tuple[int, ...]) -> tuple[str, str | None]:
        custom = rules.custom_of(op, self._made.trees)
        if row is None or custom is None:
            return _rule(op.type, row, slots)
        slope, wrt = (to_text(each) for each in custom.args[1:])
        return row.rule, f"d custom/d{wrt if wrt and wrt.isidentifier() else f'({wrt})'} = {slope}"

    def _local(
        self, row: Op | None, slot: int, op: Any, arguments: Sequence[Node | None], tensor: str | None
    ) -> Node | None:
        """The symbol for a local derivative, None where it would be another array than TensorFlow's number."""
        if row is None or any(argument is None for argument in arguments):
            return None
        value = None if tensor is None else self._values.get(tensor)
        inputs = [self._values.get(t.name) for t in op.inputs]
        custom = rules.custom_of(op, self._made.trees)
        if custom is not None:
            local = custom.args[1] if slot == rules.SLOT else None
        else:
            local = local_derivative(row, slot, [a for a in arguments if a is not None], inputs, value)
        if local is None or value is None or not (np.ndim(value) or any(np.ndim(each) for each in inputs)):
            return local
        # The sum's 1 is an array of ones here, and what was broadcast arrives summed: the symbol would not say so.
        shapes = {node_shape(local, *self._tree_shapes), tuple(op.outputs[0].shape.as_list())}
        return local if shapes == {np.shape(value)} else None

    @cached_property
    def _tree_shapes(self) -> tuple[dict[str, Shape], dict[str, Shape]]:
        made = self._made
        return (
            {name: tuple(tensor.shape.as_list()) for name, tensor in made.placeholders.items()},
            {name: tuple(tensor.shape.as_list()) for name, tensor in made.defined.items()},
        )

    def _product(self, upstream: Node | None, local: Node | None, arrived: Any, passed: Any) -> Node | None:
        if upstream is None or local is None:
            return None
        value = None if arrived is None else self._values.get(arrived.name)
        result = None if passed is None else self._values.get(passed.name)
        if value is not None and result is not None and not np.any(result) and not np.all(np.isfinite(value)):
            # TensorFlow chose 0 whatever arrived (the flat sign, a maximum's other side); infinity times 0 is no 0.
            return ZERO
        return multiply(upstream, local)

    def _leads_to_variable(self, tensor: str) -> bool:
        """Whether a slot that gets no gradient is no mere constant."""
        return op_of(tensor) in self._dependent([each.name for each in self._made.placeholders.values()])

    def _dependent(self, tensors: Sequence[str]) -> frozenset[str]:
        found = {op_of(tensor) for tensor in tensors}
        for op in self._made.output.graph.get_operations():
            if any(tensor.op.name in found for tensor in op.inputs):
                found.add(op.name)
        return frozenset(found)

    def _gradient(
        self,
        tensor: str,
        totals: Mapping[str, str],
        adjoints: Mapping[str, Node | None],
        arriving: Mapping[str, list[tuple[str, int]]],
        calls: Sequence[GradientCall],
        scalar: bool,
    ) -> GradientInfo:
        total = totals.get(tensor)
        if total is None:
            behind = self._dependent([tensor])
            stopped = next(
                (c.op.type for c in calls if c.op.name in behind and all(each is None for each in c.gradients)), None
            )
            note = f"TensorFlow passes no gradient through {stopped}." if stopped else NO_PATH
            if stopped is None and any(c.op.name in behind and c.op.type == rules.CUSTOM for c in calls):
                note = rules.CONSTANT
            return GradientInfo(None, None, note)
        if not scalar or self._shapes.get(tensor) != ():
            return GradientInfo(total, None, NOT_SCALAR)
        adjoint = adjoints.get(tensor)
        chain = self._text(adjoint)
        if adjoint is None:
            return GradientInfo(total, None, NO_SYMBOL if gradient_registry.AVAILABLE else NOT_AVAILABLE_MESSAGE)
        if chain is None:
            return GradientInfo(total, None, TOO_LONG)
        return GradientInfo(total, chain, None)

    def _text(self, node: Node | None) -> str | None:
        return None if node is None else self._writer.text(node)


@cache
def _rule(kind: str, row: Op | None, slots: tuple[int, ...]) -> tuple[str, str | None]:
    """The rule's name, and it in symbols: one derivative for each slot, or the matrix form."""
    if row is None:
        return _STRUCTURAL.get(kind, (f"the rule of {kind}", None))
    if not row.elementwise:
        return row.rule, row.matrix_rule
    head = row.python.format(a="u", b="v")
    for ours in (("**", "^"), ("tf.math.", ""), ("tf.nn.", ""), ("tf.", "")):
        head = head.replace(*ours)
    head = head.replace(" ", "") if row.arity == 2 else head
    said = []
    for slot in slots:
        text = row.derivatives[slot]
        value = "none" if text is None else to_text(substitute(parse_template(text), OPERANDS))
        letter = "uvwpqrst"[slot]
        said.append(f"d({head})/d{letter} = {value}" if row.operator else f"d {head}/d{letter} = {value}")
    return row.rule, ", ".join(said)
