"""Evaluation of a tree by NumPy in float64: for assignments, and as an oracle beside TensorFlow."""

from collections.abc import Mapping

import numpy as np

from explorer.core.expression.names import CONSTANTS
from explorer.core.ops.table import op_table
from explorer.core.syntax_tree import Apply, Array, Constant, FloatArray, Node, Number, Program, Reference, Variable


def evaluate(node: Node, values: Mapping[str, FloatArray], definitions: Mapping[str, Node]) -> FloatArray:
    """Return the value of ``node``, a float64 array; NaN and infinities are values like others and give no warning.

    values: of all variables. definitions: nodes that references stand for. Raises ValueError if shapes do not fit.
    """
    with np.errstate(all="ignore"):
        return _value(node, values, definitions, {})


def evaluate_program(program: Program, values: Mapping[str, FloatArray]) -> FloatArray:
    """Return the value of the output."""
    return evaluate(program.output, values, program.definitions)


def is_constant(node: Node) -> bool:
    """Return whether ``node`` contains no variable and no reference."""
    if isinstance(node, Apply):
        return all(is_constant(argument) for argument in node.args)
    return not isinstance(node, Variable | Reference)


def _value(
    node: Node, values: Mapping[str, FloatArray], definitions: Mapping[str, Node], known: dict[str, FloatArray]
) -> FloatArray:
    match node:
        case Number(value):
            return np.asarray(value, dtype=np.float64)
        case Constant(name):
            return np.asarray(CONSTANTS[name], dtype=np.float64)
        case Array(entries):
            return np.asarray(entries, dtype=np.float64)
        case Variable(name):
            return np.asarray(values[name], dtype=np.float64)
        case Reference(name):
            if name not in known:
                # In their order, so that a chain of a hundred definitions needs no recursion.
                for each, body in definitions.items():
                    if each not in known:
                        known[each] = _value(body, values, definitions, known)
                    if each == name:
                        break
            return known[name]
        case Apply(op, args):
            operands = []
            for argument in args:
                operands.append(_value(argument, values, definitions, known))
            return np.asarray(op_table()[op].numpy(*operands), dtype=np.float64)
