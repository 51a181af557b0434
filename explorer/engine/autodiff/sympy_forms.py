"""Simpler forms of a formula by SymPy, each compared with the formula before it is returned."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import sympy as sp

from explorer.core.expression.limits import MAX_FORMULA_OPS
from explorer.core.expression.parser import parse
from explorer.core.expression.printer import to_text
from explorer.core.syntax_tree import Apply, Node, Number, Program, walk
from explorer.engine.autodiff.formula_values import have_same_values
from explorer.engine.autodiff.sympy_trees import TreeWriter, to_sympy


def _as_quotients(expression: Any) -> Any:
    """Return the expression with ``|u|/u`` for each sign of u, of which SymPy cancels more."""
    return expression.replace(sp.sign, lambda u: sp.Abs(u) / u)


def _with_opaque_signs(expression: Any) -> Any:
    """Return the expression with a sign of which SymPy knows nothing: it rewrites its own as slow case distinctions."""
    return expression.replace(sp.sign, sp.Function("sign", real=True))


FORMS: tuple[Callable[[Any], Any], ...] = (
    lambda expression: expression,
    sp.factor_terms,
    sp.cancel,
    _as_quotients,
    sp.factor,
    lambda expression: sp.simplify(_with_opaque_signs(expression)),
    lambda expression: sp.simplify(_as_quotients(expression)),
)
"""From the quickest to the slowest, so that there is a result if the time is over."""


def simpler_forms(text: str, point: Mapping[str, float]) -> Iterator[str]:
    """Yield forms of a formula, each simpler than the one before and than the formula.

    A form that SymPy cannot find, that our language cannot say, or that has another value somewhere, is left out.
    """
    program = parse(text, MAX_FORMULA_OPS)
    simplest = _complexity(program.output, text)
    tried = {text}
    expression: Any = None
    writer = TreeWriter(program.output)
    for form in FORMS:
        try:
            if expression is None:
                expression = to_sympy(program.output, program.definitions, {}, keep_names=True)
            found = to_text(writer.tree(form(expression)))
            if found is None or found in tried:
                continue
            tried.add(found)
            candidate = parse(found, MAX_FORMULA_OPS)
        except Exception:  # SymPy raises many types, and another form may succeed
            continue
        complexity = _complexity(candidate.output, found)
        if complexity < simplest and _is_same(program, candidate, point):
            simplest = complexity
            yield found


def _is_same(program: Program, candidate: Program, point: Mapping[str, float]) -> bool:
    return set(candidate.variables) <= set(program.variables) and have_same_values(program, candidate, point)


def _complexity(node: Node, text: str) -> tuple[int, int, int]:
    """Return the number of ops, the length, and the number of factors that stand before a number: ``x*2``."""
    ops = [part for part in walk(node) if isinstance(part, Apply)]
    late = [part for part in ops if part.op == "mul" and isinstance(part.args[1], Number)]
    return len(ops), len(text), len(late)
