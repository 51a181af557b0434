"""The chain rule as it stands at one step, in words and symbols: what the chain-rule panel shows.

Pure functions of a trace. Symbols are ours (from the op table); numbers are read elsewhere, from TensorFlow.
"""

from dataclasses import dataclass
from functools import lru_cache

from explorer.core.errors import ExpressionError
from explorer.core.latex import to_latex
from explorer.core.parse import parse
from explorer.core.syntax import Apply, Node
from explorer.core.trace import GraphNode, Step, StepInput, Trace


@dataclass(frozen=True)
class Line:
    """One formula: as plain text, and as LaTeX in parts with a role each (``normal``, ``current``, ``muted``)."""

    text: str
    parts: tuple[tuple[str, str], ...]


def output_name(trace: Trace) -> str:
    """Return what the output is called: the name its statement gave, else y, or f where y is a variable."""
    node = next((node for node in trace.nodes if node.tensor == trace.output), None)
    if node is not None and node.defines:
        return node.defines
    variable = next((name for name, tensor in trace.variables.items() if tensor == trace.output), None)
    if variable:
        return variable
    return "f" if "y" in trace.variables else "y"


def opening_line(trace: Trace) -> Line:
    """Return the line of step 0: the output's gradient with respect to itself."""
    name = output_name(trace)
    if trace.summed:
        text = f"d(sum {name})/d{name} = 1 for every entry"
        head = rf"{_difference(trace)} \sum {_latex(name)} / {_difference(trace)} {_latex(name)} = 1"
        return Line(text, ((head, "normal"),))
    head = f"{_quotient(trace, _latex(name))} ="
    return Line(f"d{name}/d{name} = 1", ((head, "normal"), ("1", "current")))


def chain_lines(trace: Trace, step: Step) -> list[Line]:
    """Return one line for each slot of ``step`` that passes something on, the current factor marked."""
    return [_line(trace, step, slot) for slot in step.inputs]


def total_line(trace: Trace, variable: str, simplified: str | None) -> Line | None:
    """Return the whole gradient for ``variable``, simplified where that says something new; None without symbols."""
    chain = trace.gradients[variable].chain
    if chain is None:
        return None
    head = f"{_quotient(trace, _latex(variable))} ="
    text = f"{_spoken(trace, variable)} = {chain}"
    parts = [(head, "normal"), (_latex(chain), "normal")]
    if simplified is not None and simplified != chain:
        text += f" = {simplified}"
        parts += [(rf"= {_latex(simplified)}", "muted")]
    return Line(text, tuple(parts))


def tensor_label(trace: Trace, tensor: str) -> str:
    """Return the shortest good name of a tensor in formulas, as text: variable, defined name, formula or its own."""
    node = _node(trace, tensor)
    if node is None:
        return tensor
    variable = next((name for name, placeholder in trace.variables.items() if placeholder == tensor), None)
    if variable or node.defines:
        return variable or node.defines or tensor
    if node.formula is not None and len(node.formula) <= 24:
        return node.formula
    return node.id.rpartition("/")[2]


def _line(trace: Trace, step: Step, slot: StepInput) -> Line:
    label = tensor_label(trace, slot.tensor)
    left = _spoken(trace, label)
    head = f"{_quotient(trace, _label_latex(label))} ="
    if slot.gradient_tensor is None:
        return Line(f"{left}: TensorFlow passes no gradient on", ((head, "normal"), (r"\text{no gradient}", "current")))
    if slot.chain is None or step.upstream_formula is None or slot.local_formula is None:
        rule = step.rule_formula or step.rule
        return Line(f"{left}: {rule}", ((head, "normal"), (_in_text(_words(step, slot)), "current")))
    parts = [(head, "normal")]
    others = _arrived_before(trace, step, slot) if slot.accumulated else []
    parts += [(f"{_latex(chain)} +", "normal") for chain in others]
    if step.upstream_formula != "1":
        parts.append((rf"{_factor(step.upstream_formula)} \cdot", "normal"))
    parts.append((_factor(slot.local_formula) if len(parts) > 1 else _latex(slot.local_formula), "current"))
    text = f"{left} = {' + '.join([*others, slot.chain])}"
    if slot.accumulated and _more_arrives(trace, step, slot):
        parts.append((r"+ \, \ldots", "muted"))
        text += " + ..."
    return Line(text, tuple(parts))


def _arrived_before(trace: Trace, step: Step, slot: StepInput) -> list[str]:
    """The products that arrived at the same tensor on other ways, in the order of the steps."""
    found: list[str] = []
    for other in trace.steps:
        for one in other.inputs:
            if other.op == step.op and one.slot == slot.slot:
                return found
            if one.tensor == slot.tensor and one.gradient_tensor is not None and one.chain is not None:
                found.append(one.chain)
    return found


def _more_arrives(trace: Trace, step: Step, slot: StepInput) -> bool:
    """Whether a later slot passes something on to the same tensor."""
    order = [(other.op, one) for other in trace.steps for one in other.inputs]
    at = next(k for k, (op, one) in enumerate(order) if op == step.op and one.slot == slot.slot)
    return any(one.tensor == slot.tensor and one.gradient_tensor is not None for _, one in order[at + 1 :])


def _words(step: Step, slot: StepInput) -> str:
    """What is passed on, where there are no symbols: G is what arrived."""
    if any(one.local_tensor is not None for one in step.inputs) or step.rule_formula is None:
        return "G · local"
    rules = [part.partition(" = ")[2] for part in step.rule_formula.split(",  ")]
    return rules[min(slot.slot, len(rules) - 1)] or "G, by the rule below"


def _in_text(words: str) -> str:
    return rf"\text{{{words}}}".replace("ᵀ", r"}^{\mathrm{T}}\text{").replace(r"\text{}", "")


def _spoken(trace: Trace, label: str) -> str:
    inner = label if label.isidentifier() else f"({label})"
    return f"d{output_name(trace)}/d{inner}"


def _difference(trace: Trace) -> str:
    return r"\partial" if len(trace.variables) > 1 else "d"


def _quotient(trace: Trace, label: str) -> str:
    d = _difference(trace)
    return rf"{d} {_latex(output_name(trace))} / {d} {label}"


def _label_latex(label: str) -> str:
    if ":" in label or ("/" in label and not _parses(label)):
        return rf"\text{{{label.replace('_', ' ')}}}"
    node = _tree(label)
    shown = _latex(label)
    return rf"\left({shown}\right)" if isinstance(node, Apply) else shown


def _factor(formula: str) -> str:
    """LaTeX of one factor of a product, in parentheses where it is a sum or begins with a sign."""
    node = _tree(formula)
    shown = _latex(formula)
    loose = formula.startswith("-") or (isinstance(node, Apply) and node.op in ("add", "sub", "neg"))
    return rf"\left({shown}\right)" if loose else shown


def _parses(formula: str) -> bool:
    return _tree(formula) is not None


@lru_cache(maxsize=512)
def _tree(formula: str) -> Node | None:
    try:
        return parse(formula).output
    except ExpressionError:
        return None


@lru_cache(maxsize=512)
def _latex(formula: str) -> str:
    node = _tree(formula)
    return rf"\text{{{formula}}}" if node is None else to_latex(node)


def _node(trace: Trace, tensor: str) -> GraphNode | None:
    return next((node for node in trace.nodes if node.tensor == tensor), None)
