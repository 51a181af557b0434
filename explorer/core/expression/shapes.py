"""Shape inference: finds values that do not fit together before TensorFlow is called."""

import math
from collections.abc import Mapping

import numpy as np

from explorer.core.errors import ExpressionError
from explorer.core.expression.custom_gradient import custom_shape
from explorer.core.expression.printer import to_text
from explorer.core.number_format import format_list
from explorer.core.ops.table import op_table
from explorer.core.syntax_tree import Apply, Array, Node, Program, Reference, Shape, Variable

_REDUCTIONS = frozenset({"sum", "mean", "reduce_max", "reduce_min", "norm", "logsumexp"})

MAX_ENTRIES = 1_000_000
"""Entries of one intermediate result."""

MAX_EXAMPLE_LENGTH = 8
"""Entries of a vector that a message writes as an example."""

MAX_TOTAL_ENTRIES = 2_000_000
"""Entries of all intermediate results: each is computed, kept and sent, and the gradients are as many again."""


def check_shapes(program: Program, shapes: Mapping[str, Shape]) -> Shape:
    """Return the shape of the output for variables of ``shapes``; raises ExpressionError for shapes that do not fit."""
    known: dict[str, Shape] = {}
    budget = [MAX_TOTAL_ENTRIES]
    for name, node in program.definitions.items():
        known[name] = _shape(node, shapes, known, budget)
    return _shape(program.output, shapes, known, budget)


def _shape(node: Node, variables: Mapping[str, Shape], known: Mapping[str, Shape], budget: list[int]) -> Shape:
    """Return the shape of ``node`` and subtract its entries from ``budget[0]``."""
    match node:
        case Variable(name):
            return variables[name]
        case Reference(name):
            return known[name]
        case Array(entries):
            return np.shape(entries)
        case Apply(_, args):
            shapes = []
            for argument in args:
                shapes.append(_shape(argument, variables, known, budget))
            shape = _result_shape(node, shapes)
            if math.prod(shape) > MAX_ENTRIES:
                raise ExpressionError(
                    f"{_node_text(node)} would have {math.prod(shape):,} entries; up to {MAX_ENTRIES:,} are possible.",
                    node.column or None,
                )
            budget[0] -= math.prod(shape)
            if budget[0] < 0:
                raise ExpressionError(
                    f"All intermediate results together would have more than {MAX_TOTAL_ENTRIES:,} entries.",
                    node.column or None,
                )
            return shape
        case _:
            return ()


def _result_shape(node: Apply, shapes: list[Shape]) -> Shape:
    op = node.op
    if op in _REDUCTIONS:
        return ()
    if op == "custom":
        return custom_shape(node, shapes)
    if op == "matmul":
        return _matmul_shape(node, *shapes)
    if op == "dot":
        if shapes[0] != shapes[1] or len(shapes[0]) != 1:
            raise _mismatch_error(node, shapes, "a dot product needs two vectors of the same length")
        return ()
    if op == "transpose":
        return shapes[0][::-1]
    if op in ("softmax", "log_softmax") and not shapes[0]:
        raise ExpressionError(
            f"{op} needs a vector or a matrix, but {_node_text(node.args[0])} is a number.", node.column
        )
    if not op_table()[op].elementwise or len(shapes) == 1:
        return shapes[0]
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        raise _mismatch_error(node, shapes, "entry by entry they do not fit") from None


def _matmul_shape(node: Apply, a: Shape, b: Shape) -> Shape:
    numbers = [argument for argument, shape in zip(node.args, (a, b), strict=True) if not shape]
    if numbers and all(isinstance(argument, Variable) for argument in numbers):
        raise ExpressionError(_matmul_advice(node, a, b), node.column or None)
    if numbers:
        raise _mismatch_error(node, [a, b], "@ needs vectors or matrices; a number is multiplied with *")
    if a[-1] != b[0]:
        raise _mismatch_error(node, [a, b], f"the {a[-1]} columns of the one do not meet the {b[0]} rows of the other")
    return a[:-1] + b[1:]


def _matmul_advice(node: Apply, a: Shape, b: Shape) -> str:
    """Return which values the variables that are numbers could have, so that their product is defined."""
    left, right = (_node_text(argument) for argument in node.args)
    if a:
        examples = {right: str([1] * a[-1]) if a[-1] <= MAX_EXAMPLE_LENGTH else f"a vector of {a[-1]} numbers"}
    elif b:
        examples = {left: str([1] * b[0]) if b[0] <= MAX_EXAMPLE_LENGTH else f"a vector of {b[0]} numbers"}
    else:
        examples = {right: "[5, 6]", left: "[[1, 2], [3, 4]]"}
        examples = {name: examples[name] for name in dict.fromkeys((left, right))}
    values = format_list([f"{name} = {value}" for name, value in examples.items()])
    which = "a value" if len(examples) == 1 else "values"
    return (
        f"@ needs vectors or matrices: give {format_list(list(examples))} {which} such as {values}; "
        "a number is multiplied with *."
    )


def _mismatch_error(node: Apply, shapes: list[Shape], reason: str) -> ExpressionError:
    first, second = (_node_text(argument) for argument in node.args)
    return ExpressionError(f"{first} has shape {shapes[0]} and {second} {shapes[1]}: {reason}.", node.column or None)


def _node_text(node: Node) -> str:
    return to_text(node, 40) or "one side"
