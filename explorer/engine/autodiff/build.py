"""From the checked tree to TensorFlow ops, with Python's operators as a person would write it."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import tensorflow as tf

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
class Forward:
    """What was built. ``trees``: tensor name to what it computes, for tensors that one node of the tree became.

    given: inside a rule of the user's own, its argument, which is there already.
    """

    dtype: Any
    placeholders: dict[str, Any] = field(default_factory=dict)
    defined: dict[str, Any] = field(default_factory=dict)
    definitions: dict[str, Node] = field(default_factory=dict)
    trees: dict[str, Node] = field(default_factory=dict)
    output: Any = None
    given: dict[Node, Any] = field(default_factory=dict)


def build(program: Program, shapes: Mapping[str, Shape], dtype: str) -> Forward:
    """Build ``program`` in the default graph, placeholders first; a name that is defined once is one op."""
    made = Forward(tf.as_dtype(dtype))
    for name in program.variables:
        tensor = tf1.placeholder(made.dtype, shapes[name], name=placeholder_name(name))
        made.placeholders[name] = tensor
        made.trees[tensor.name] = Variable(name)
    for name, node in program.definitions.items():
        body = expand_composites(node)
        made.definitions[name] = body
        made.defined[name] = _tensor(_build(body, made), body, made)
    body = expand_composites(program.output)
    made.output = _tensor(_build(body, made), body, made)
    return made


def _build(node: Node, made: Forward) -> Any:
    """Return a tensor, or a plain float for a number: the operator that meets it makes it a constant."""
    if made.given and node in made.given:
        return made.given[node]
    match node:
        case Number(value):
            return value
        case Constant(name):
            return CONSTANTS[name]
        case Array(entries):
            return _tensor(entries, node, made)
        case Variable(name):
            return made.placeholders[name]
        case Reference(name):
            return made.defined[name]
        case Apply("custom", (function, slope, wrt)):
            result = _custom(function, slope, wrt, made)
            made.trees.setdefault(result.name, node)
            return result
        case Apply(op, args):
            operands = []
            for argument in args:
                operands.append(_build(argument, made))
            if not any(tf.is_tensor(operand) for operand in operands):
                operands = [_tensor(operand, arg, made) for operand, arg in zip(operands, args, strict=True)]
            elif op not in _OPERATORS:
                # A function takes a plain number for a float32 if it comes first; an operator asks the tensor.
                number = made.dtype.as_numpy_dtype
                operands = [number(operand) if isinstance(operand, float) else operand for operand in operands]
            result = _apply(op, operands)
            if result.op.type in op_table()[op].tf_types:
                # Numbers became constants on the way: they are known by the slot that they are in.
                for tensor, argument in zip(result.op.inputs, args, strict=False):
                    made.trees.setdefault(tensor.name, argument)
            made.trees.setdefault(result.name, node)
            return result


def _custom(function: Node, slope: Node, wrt: Node, made: Forward) -> Any:
    """Give what ``function`` computes a gradient of its own, as a person would by `tf.custom_gradient`.

    TensorFlow puts an op IdentityN behind it, which takes the value and the argument, and has that gradient registered.
    """

    def build_inside(node: Node, argument: Any) -> Any:
        outside, made.given = made.given, {**made.given, wrt: argument}
        try:
            return _build(node, made)
        finally:
            made.given = outside

    @tf.custom_gradient  # type: ignore[untyped-decorator, unused-ignore]
    def rule(argument: Any) -> Any:
        def gradient(upstream: Any) -> Any:
            passed = upstream * build_inside(slope, argument)
            # Along a curve the value may be a vector where the argument is one number.
            return tf.reduce_sum(passed) if argument.shape.rank == 0 and passed.shape.rank != 0 else passed

        return _tensor(build_inside(function, argument), function, made), gradient

    return rule(_tensor(_build(wrt, made), wrt, made))


def _tensor(value: Any, node: Node, made: Forward) -> Any:
    if tf.is_tensor(value):
        return value
    tensor = tf.constant(value, made.dtype)
    made.trees[tensor.name] = node
    return tensor


def _apply(op: str, operands: list[Any]) -> Any:
    if op in _OPERATORS:
        return _OPERATORS[op](*operands)
    if op == "matmul":
        return _matmul(*operands)
    return _function(op)(*operands)


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
def _function(op: str) -> Callable[..., Any]:
    """Return TensorFlow's function for a row whose Python form is ``tf.….name({a}, …)``."""
    path = op_table()[op].python.partition("(")[0].split(".")[1:]
    found: Any = tf
    for part in path:
        found = getattr(found, part)
    return found  # type: ignore[no-any-return]
