"""Builds TensorFlow ops from a checked expression, with Python's operators as a person would write it."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import tensorflow as tf

from explorer.core.autodiff.folding import FunctionGroup
from explorer.core.expression.expand import expand_composites
from explorer.core.expression.names import CONSTANTS, placeholder_name
from explorer.core.ops.table import op_table
from explorer.core.syntax_tree import Apply, Array, Constant, Node, Number, Program, Reference, Shape, Variable

tf1 = tf.compat.v1

_OPERATORS: dict[str, Callable[..., Any]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "pow": operator.pow,
    "neg": operator.neg,
}


@dataclass
class ForwardGraph:
    """The ops that were built for a program.

    dtype: TensorFlow's. placeholders: by variable. definitions, definition_tensors: trees and tensors of the names that
    the program defines. trees: from a tensor's name to what it computes, for tensors that stand for one node of the
    tree. conditions: of a choice in a gradient, by tensor, as `chain_symbols.comparison` returns them. substitutes:
    inside a custom gradient, the tensor that its argument already is. groups: the ops that were built for one function
    each, where there are several. number_type: NumPy's type to which numbers in the text are rounded first.
    """

    dtype: Any
    placeholders: dict[str, Any] = field(default_factory=dict)
    definition_tensors: dict[str, Any] = field(default_factory=dict)
    definitions: dict[str, Node] = field(default_factory=dict)
    trees: dict[str, Node] = field(default_factory=dict)
    conditions: dict[str, tuple[Node, Node]] = field(default_factory=dict)
    output: Any = None
    substitutes: dict[Node, Any] = field(default_factory=dict)
    groups: list[FunctionGroup] = field(default_factory=list)
    number_type: Any = np.float64

    def rounded(self, value: float) -> float:
        """Return a number of the text as this graph uses it."""
        with np.errstate(over="ignore"):
            return float(self.number_type(value))


def build_forward(
    program: Program, shapes: Mapping[str, Shape | tuple[None]], dtype: str, number_type: Any = np.float64
) -> ForwardGraph:
    """Build ``program`` in the default graph, placeholders first; a name that is defined once is built once.

    number_type: NumPy's type to which numbers in the text are rounded first.
    """
    forward = ForwardGraph(tf.as_dtype(dtype), number_type=number_type)
    for name in program.variables:
        tensor = tf1.placeholder(forward.dtype, shapes[name], name=placeholder_name(name))
        forward.placeholders[name] = tensor
        forward.trees[tensor.name] = Variable(name)
    build_output(program, forward)
    return forward


def build_output(program: Program, forward: ForwardGraph) -> None:
    """Build the definitions and the output of ``program`` on the placeholders of ``forward``."""
    with np.errstate(over="ignore"):  # a number beyond the largest of the type is infinite in it
        for name, node in program.definitions.items():
            body = expand_composites(node)
            forward.definitions[name] = body
            forward.definition_tensors[name] = _as_tensor(_build(body, forward), body, forward)
        body = expand_composites(program.output)
        forward.output = _as_tensor(_build(body, forward), body, forward)


def _build(node: Node, forward: ForwardGraph) -> Any:
    """Return a tensor, or a plain float for a number, of which the op that takes it makes a constant."""
    if forward.substitutes and node in forward.substitutes:
        return forward.substitutes[node]
    match node:
        case Number(value):
            return forward.rounded(value)
        case Constant(name):
            return forward.rounded(CONSTANTS[name])
        case Array(entries):
            return _as_tensor(np.asarray(entries, forward.number_type), node, forward)
        case Variable(name):
            return forward.placeholders[name]
        case Reference(name):
            return forward.definition_tensors[name]
        case Apply("custom", (function, derivative, argument)):
            result = _build_custom(function, derivative, argument, forward)
            forward.trees.setdefault(result.name, node)
            return result
        case Apply(op, args):
            operands = []
            for argument in args:
                operands.append(_build(argument, forward))
            if not any(tf.is_tensor(operand) for operand in operands):
                operands = [_as_tensor(operand, arg, forward) for operand, arg in zip(operands, args, strict=True)]
            elif op not in _OPERATORS:
                # A function takes a plain number that comes first for a float32; an operator asks the tensor.
                number = forward.dtype.as_numpy_dtype
                operands = [number(operand) if isinstance(operand, float) else operand for operand in operands]
            graph = tf1.get_default_graph()
            version = graph.version
            result = _apply(op, operands)
            if graph.version > version + 1:
                _add_group(op, operands, result, graph.get_operations()[version:], forward)
            if result.op.type in op_table()[op].tf_types:
                # TensorFlow has converted numbers to constants; their slots identify them.
                for tensor, argument in zip(result.op.inputs, args, strict=False):
                    forward.trees.setdefault(tensor.name, argument)
            forward.trees.setdefault(result.name, node)
            return result


def _add_group(op: str, operands: list[Any], result: Any, built: list[Any], forward: ForwardGraph) -> None:
    """Record the ops that were built for one function; constants of typed numbers are arguments, not part of it."""
    of_function = result.op.type in op_table()[op].tf_types
    slots = zip(result.op.inputs, operands, strict=False) if of_function else ()
    typed = [tensor.op for tensor, operand in slots if not tf.is_tensor(operand)]
    members = [each for each in built if each not in typed]
    if len(members) > 1:
        of_type = [each for each in members if each.type in op_table()[op].tf_types]
        arguments = tuple(operand.name for operand in operands if tf.is_tensor(operand))
        main = of_type[-1] if of_type else result.op
        forward.groups.append(FunctionGroup(op, main.name, tuple(each.name for each in members), arguments))


def _build_custom(function: Node, derivative: Node, argument: Node, forward: ForwardGraph) -> Any:
    """Build ``custom(f, df, u)`` with `tf.custom_gradient`.

    TensorFlow adds an IdentityN behind f, whose inputs are the value and u, and registers the gradient for it.
    """

    def build_inside(node: Node, value: Any) -> Any:
        outside, forward.substitutes = forward.substitutes, {**forward.substitutes, argument: value}
        try:
            return _build(node, forward)
        finally:
            forward.substitutes = outside

    @tf.custom_gradient  # type: ignore[untyped-decorator, unused-ignore]  # TensorFlow has no types
    def custom(value: Any) -> Any:
        def gradient(upstream: Any) -> Any:
            product = upstream * build_inside(derivative, value)
            # For a curve f may be a vector where u is one number.
            return tf.reduce_sum(product) if value.shape.rank == 0 and product.shape.rank != 0 else product

        return _as_tensor(build_inside(function, value), function, forward), gradient

    return custom(_as_tensor(_build(argument, forward), argument, forward))


def _as_tensor(value: Any, node: Node, forward: ForwardGraph) -> Any:
    if tf.is_tensor(value):
        return value
    tensor = tf.constant(value, forward.dtype)
    forward.trees[tensor.name] = node
    return tensor


def _apply(op: str, operands: list[Any]) -> Any:
    if op in _OPERATORS:
        return _OPERATORS[op](*operands)
    if op == "matmul":
        return _matmul(*operands)
    return _tf_function(op)(*operands)


def _matmul(a: Any, b: Any) -> Any:
    ranks = (a.shape.rank, b.shape.rank)
    if ranks == (2, 1):
        return tf.linalg.matvec(a, b)
    if ranks == (1, 2):
        return tf.linalg.matvec(b, a, transpose_a=True)
    if ranks == (1, 1):
        return tf.reduce_sum(a * b)
    return a @ b


@cache
def _tf_function(op: str) -> Callable[..., Any]:
    """Return TensorFlow's function for an op of the table whose Python form is ``tf.….name({a}, …)``."""
    path = op_table()[op].python.partition("(")[0].split(".")[1:]
    found: Any = tf
    for part in path:
        found = getattr(found, part)
    return found  # type: ignore[no-any-return]  # TensorFlow has no types
