"""What the table of ops says about one op: its names, how it is written and built, its derivatives and its kinks."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from explorer.core.syntax_tree import FloatArray


@dataclass(frozen=True)
class Kink:
    """Points where an op has no derivative, and what TensorFlow does there.

    where: takes the values of the op's inputs (arrays, broadcast as the op does) and returns element by element
        whether they lie on the kink.
    message: one sentence for a student.
    """

    where: Callable[..., Any]
    message: str


@dataclass(frozen=True)
class Op:
    """A row of the op table.

    name: key of the table, and the name in the language (operators have words: ``add``, ``mul``, …).
    symbol: what a node shows large: ``sin``, ``×``.
    rule: name of the differentiation rule, as in a textbook.
    arity: number of arguments.
    derivatives: local derivative by each argument, as text of the expression language in ``a``, ``b`` (the
        arguments); None where the op is not elementwise or has no derivative.
    matrix_rule: for an op that is not elementwise, its rule in matrix form; G is the upstream gradient.
    python: template of the Python code that builds it, with ``{a}`` and ``{b}`` for the arguments.
    latex: template of its LaTeX; None for an upright function name with parentheses.
    numpy: the op on float64 arrays.
    tf_types: types of the TensorFlow op that it becomes; empty for a composite.
    aliases: other names in the language.
    expansion: for a composite, which TensorFlow has no single op for, the text that it stands for.
    domain: where it is defined, in words; None for everywhere.
    kinks: where the derivative does not exist.
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
    matrix_rule: str | None = None
    domain: str | None = None
    kinks: tuple[Kink, ...] = ()
    operator: bool = False

    @property
    def elementwise(self) -> bool:
        """True where each element of the output depends only on the same element of the inputs."""
        return self.matrix_rule is None


def equal_to(value: float) -> Callable[..., Any]:
    """Return a predicate on one array: which elements are exactly ``value``."""
    return lambda a: np.equal(a, value)
