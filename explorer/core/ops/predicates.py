"""Predicates and special points that several rows of the op table share; the operands are a and b."""

from typing import Any

import numpy as np

from explorer.core.ops.op import Kink, Pole, Predicate
from explorer.core.syntax_tree import FloatArray


def equal_to(value: float) -> Predicate:
    """Return a predicate on one array: which elements are exactly ``value``."""
    return lambda a: np.equal(a, value)


def is_plus_or_minus_one(a: FloatArray) -> Any:
    """Return which elements are exactly 1 or -1."""
    return np.abs(a) == 1


def is_whole(a: FloatArray) -> Any:
    """Return which elements are whole numbers."""
    return np.equal(a, np.floor(a))


def is_a_zero(a: FloatArray, b: FloatArray) -> Any:
    """Return where the first operand is 0."""
    return np.equal(a, 0)


def is_b_zero(a: FloatArray, b: FloatArray) -> Any:
    """Return where the second operand is 0."""
    return np.equal(b, 0)


def are_both_zero(a: FloatArray, b: FloatArray) -> Any:
    """Return where both operands are 0."""
    return np.equal(a, 0) & np.equal(b, 0)


def vertical_tangent(where: Predicate, points: str, name: str) -> Pole:
    """Return the pole of a derivative; ``points`` and ``name`` complete "At 0 the square root has …"."""
    return Pole(where, f"At {points} the {name} has a vertical tangent and no derivative.")


def log_of_zero(where: Predicate) -> Pole:
    """Return the pole of a logarithm where its argument is 0."""
    return Pole(where, "The logarithm of 0 is minus infinity: it has no derivative there.")


def corner_at_zero(name: str) -> Kink:
    """Return the corner of a function of one operand at 0, where TensorFlow's derivative is 0."""
    return Kink(equal_to(0), f"{name} has a corner at 0; TensorFlow chose 0 for its derivative.")


def jumps(where: Predicate, name: str) -> Kink:
    """Return the jumps of a step function that TensorFlow passes no gradient through."""
    return Kink(where, f"{name} jumps here and has no derivative.")


def equal_operands(name: str) -> Kink:
    """Return the corner of the maximum or minimum of two operands."""
    return Kink(np.equal, f"Both are equal: the {name} has a corner here; TensorFlow gives all to the first.")
