"""Names of the output, of what is differentiated (``y``, one entry ``y[1]``, the weighted sum ``w·y``), and of what
arrives at an op. Letters of ours are none that the expression has."""

from collections.abc import Sequence
from functools import lru_cache

from explorer.core.autodiff.higher_order import derivative_latex, derivative_text
from explorer.core.autodiff.output_choice import SUM, OutputChoice
from explorer.core.autodiff.trace import Trace
from explorer.core.expression.entry import entry_text
from explorer.core.expression.latex import name_latex
from explorer.core.expression.limits import MAX_FORMULA_OPS
from explorer.core.expression.parser import parse
from explorer.core.syntax_tree import Reference, Variable

WEIGHT_NAMES = ("w", "c", "k", "weights")
"""Names of the weights; the first that is no name of the expression is used."""

UPSTREAM_NAMES = ("G", "U", "Q", "upstream")
"""Names of the upstream gradient; the first that is no name of the expression is used."""


def output_name(trace: Trace) -> str:
    """Return the name of the output: that of its statement, else y, or f if y is a variable; or a derivative's, y′."""
    if trace.differentiated_by:
        return derivative_name(trace, trace.differentiated_by)
    node = trace.nodes_by_tensor.get(trace.output)
    if node is not None and node.defines:
        return node.defines
    variable = trace.variable_of(trace.output)
    if variable:
        return variable
    return "f" if "y" in trace.variables else "y"


def output_latex(trace: Trace) -> str:
    """Return the name of the output as LaTeX."""
    if not trace.differentiated_by:
        return name_latex(output_name(trace))
    before, after = _split_at_choice(trace, [name_latex(name) for name in trace.differentiated_by])
    is_single = len(trace.variables) == 1
    latex = derivative_latex(before, name_latex(base_name(trace.expression)), is_single)
    if not after:
        return latex
    return derivative_latex(after, chosen_latex(latex, trace.output_choice, trace.expression), is_single)


def derivative_name(trace: Trace, variables: Sequence[str], base: str = "") -> str:
    """Return the name of the typed expression's derivative by ``variables``: ``y′``, or ``y[1]′`` of its entry.

    base: the name of the typed expression; "" for its own.
    """
    before, after = _split_at_choice(trace, variables)
    is_single = len(trace.variables) == 1
    name = derivative_text(before, base or base_name(trace.expression), is_single)
    if not after:
        return name
    return derivative_text(after, chosen_name(name, trace.output_choice, trace.expression), is_single)


def differentiated_name(trace: Trace) -> str:
    """Return the name of what is differentiated: that of the output, or of its entry or weighted sum."""
    name = output_name(trace)
    return chosen_name(name, trace.output_choice, trace.expression) if trace.is_output_chosen else name


def standalone_name(trace: Trace) -> str:
    """Return the name of what is differentiated where it stands alone: a weighted sum has no parentheses there."""
    return without_parentheses(differentiated_name(trace))


def without_parentheses(name: str) -> str:
    """Return the name of a weighted sum, ``(w·y)``, without its parentheses; any other name as it is."""
    return name[1:-1] if name.startswith("(") and name.endswith(")") else name


def differentiated_latex(trace: Trace) -> str:
    """Return the name of what is differentiated as LaTeX."""
    latex = output_latex(trace)
    return chosen_latex(latex, trace.output_choice, trace.expression) if trace.is_output_chosen else latex


@lru_cache(maxsize=64)
def base_name(expression: str) -> str:
    """Return the name of an expression's output before it is differentiated."""
    program = parse(expression, MAX_FORMULA_OPS)
    if isinstance(program.output, Reference | Variable):
        return program.output.name
    return "f" if "y" in program.variables else "y"


def chosen_name(name: str, choice: OutputChoice, expression: str) -> str:
    """Return the name of the chosen part of the output ``name``: ``y``, ``y[1]`` or ``(w·y)``."""
    if choice.entry is not None:
        return f"{name}[{entry_text(choice.entry)}]"
    return name if choice.weights is None else f"({weights_name(expression)}·{name})"


def chosen_latex(latex: str, choice: OutputChoice, expression: str) -> str:
    """Return the name of the chosen part of the output ``latex`` as LaTeX."""
    if choice.entry is not None:
        return rf"{latex}[{entry_text(choice.entry)}]"
    return latex if choice.weights is None else rf"({name_latex(weights_name(expression))} \cdot {latex})"


def weights_name(expression: str) -> str:
    """Return a name for the weights that is no name of the expression."""
    return unused_name(expression, WEIGHT_NAMES)


def upstream_name(trace: Trace) -> str:
    """Return the name of the upstream gradient: G, or another letter if the expression has a G of its own."""
    return unused_name(trace.expression, UPSTREAM_NAMES)


@lru_cache(maxsize=256)
def unused_name(expression: str, names: tuple[str, ...]) -> str:
    """Return the first of these names that is no name of the expression."""
    program = parse(expression, MAX_FORMULA_OPS)
    taken = {*program.variables, *program.definitions, *program.assignments}
    return next((name for name in names if name not in taken), names[-1] + "_")


def _split_at_choice(trace: Trace, variables: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Return the variables of the derivative whose output was chosen, and those by which that is differentiated."""
    order = len(variables) if trace.output_choice == SUM else trace.chosen_order
    return variables[:order], variables[order:]
