"""What the table of ops says about one op: its names, how it is written and built, its derivatives, special points."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from explorer.core.syntax_tree import FloatArray

Predicate: TypeAlias = Callable[..., Any]
"""Takes the values of the op's inputs, arrays that are broadcast as the op does, and returns booleans by element."""


@dataclass(frozen=True)
class Domain:
    """Where an op, or its derivative by one argument, is defined.

    where: whether the inputs are inside; poles are outside.
    words: completes "is defined for …".
    choice: for a derivative, the number that TensorFlow returns outside; None where it returns NaN.
    """

    where: Predicate
    words: str
    choice: str | None = None


@dataclass(frozen=True)
class Kink:
    """Points where an op has a value and no derivative: corners and jumps.

    message: one sentence for a student, which says what TensorFlow does there.
    slot: the argument by which there is no derivative; None for all.
    """

    where: Predicate
    message: str
    slot: int | None = None


@dataclass(frozen=True)
class Pole:
    """Points at which the value or a derivative of an op is infinite."""

    where: Predicate
    message: str


@dataclass(frozen=True)
class Indeterminate:
    """Points at which the value or a derivative has a form without a value, such as ``0/0``."""

    where: Predicate
    form: str


@dataclass(frozen=True)
class Op:
    """A row of the op table.

    name: key of the table, and the name in the language (operators have words: ``add``, ``mul``, …).
    symbol: what a node shows large: ``sin``, ``×``.
    rule: name of the differentiation rule, as in a textbook.
    arity: number of arguments.
    derivatives: local derivative by each argument, as text of the expression language in ``a``, ``b`` (the
        arguments); None where the op is not elementwise or has no derivative.
    python: template of the Python code that builds it, with ``{a}`` and ``{b}`` for the arguments and
        ``{dtype}`` for their type.
    numpy: the op on float64 arrays, or of a larger type.
    latex: template of its LaTeX; None for an upright function name with parentheses.
    tf_types: types of the TensorFlow op that it becomes; empty for a composite.
    aliases: other names in the language.
    expansion: for a composite, which TensorFlow has no single op for, the text that it stands for.
    elementwise: True where each element of the output depends only on the same element of the inputs.
    matrix_rule: for an op that is not elementwise, its rule in matrix form; G is the upstream gradient. None for a
        composite, whose ops have rules.
    domain: where its value is defined; None for everywhere.
    derivative_domains: by argument, where the derivative is defined if that is less than the domain; else None.
    poles, indeterminate, kinks: its special points.
    saturates: argument slots by which the derivative goes to 0 where the function levels off.
    steps: argument slots by which the function is flat between its jumps.
    not_selected: by argument, where another argument is taken.
    zero_factors: by argument, where the derivative is 0 because it has a factor that is 0.
    stationary: by argument, other points at which the derivative is exactly 0.
    operator: True for an op that is written as an operator.
    """

    name: str
    symbol: str
    rule: str
    arity: int
    derivatives: tuple[str | None, ...]
    python: str
    numpy: Callable[..., FloatArray]
    latex: str | None = None
    tf_types: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    expansion: str | None = None
    elementwise: bool = True
    matrix_rule: str | None = None
    domain: Domain | None = None
    derivative_domains: tuple[Domain | None, ...] = ()
    poles: tuple[Pole, ...] = ()
    indeterminate: tuple[Indeterminate, ...] = ()
    kinks: tuple[Kink, ...] = ()
    saturates: tuple[int, ...] = ()
    steps: tuple[int, ...] = ()
    not_selected: tuple[Predicate | None, ...] = ()
    zero_factors: tuple[Predicate | None, ...] = ()
    stationary: tuple[Predicate | None, ...] = ()
    operator: bool = False

    def derivative_domain(self, slot: int) -> Domain | None:
        """Return where the derivative by one argument is defined, if that is less than the domain of the value."""
        return self.derivative_domains[slot] if self.derivative_domains else None

    def is_singular(self, *values: FloatArray) -> bool:
        """Whether any element of the inputs lies at a kink or pole, or where the form is indeterminate."""
        points: tuple[Kink | Pole | Indeterminate, ...] = (*self.kinks, *self.poles, *self.indeterminate)
        return any(bool(np.any(point.where(*values))) for point in points)
