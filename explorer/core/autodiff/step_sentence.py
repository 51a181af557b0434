"""A backward step in one sentence: what arrives, the local derivative, the product of both, and where it goes."""

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from explorer.core.autodiff.causes.derivative_caveat import chosen_derivatives, derivative_caveat
from explorer.core.autodiff.folding import REPEAT_TYPES, RESHAPE_TYPES
from explorer.core.autodiff.matrix_text import array_text, matrix_factors, numbers_text
from explorer.core.autodiff.output_name import output_name
from explorer.core.autodiff.tensor_label import tensor_label
from explorer.core.autodiff.trace import Step, StepInput, Trace, Values
from explorer.core.autodiff.upstream_product import upstream_product
from explorer.core.expression.evaluate import evaluate
from explorer.core.expression.expand import parse_template, substitute
from explorer.core.expression.printer import to_text, with_subtractions
from explorer.core.number_format import MINUS, format_list, format_number, is_grid
from explorer.core.ops.gradient_overrides import CUSTOM_GRADIENT_TYPE
from explorer.core.ops.table import ops_by_type
from explorer.core.syntax_tree import Node, Number

MAX_LOCAL_LENGTH = 24
"""Characters of a local derivative that is written with its numbers, such as ``cos(1)``."""

_EXPONENT = re.compile(r"\de[-+]?\d")
"""A number of a formula that has an exponent, as no textbook writes it: ``1.2e-20^2``."""

MAX_ADDENDS = 3
"""Gradients from before that are listed with their numbers; more are counted."""

MAX_ARRAY_NUMBERS = 9
"""Numbers of an array that a sentence writes; of a larger one it names the shape, and the graph shows the numbers."""

MAX_REPEATED_LENGTH = 24
"""Characters of an array that a sentence writes more than once."""

HIDDEN = "?"
"""What stands for a number that is asked for."""


def step_sentence(
    trace: Trace,
    values: Values,
    number: int,
    digits: int = 4,
    hidden: Set[str] = frozenset(),
    slots: Set[int] | None = None,
) -> str:
    """Return step ``number`` of the backward pass as a sentence; step 0 is its beginning.

    hidden: tensors whose numbers are shown as ?. slots: argument slots whose gradients are among these; None for all.
    """
    if not trace.steps or not number:
        return _opening(trace, values, digits, hidden)
    return _StepSentence(trace, values, number, digits, hidden, slots).text()


def _opening(trace: Trace, values: Values, digits: int, hidden: Set[str]) -> str:
    seed = trace.tensor_gradients.get(trace.output)
    if seed is None or seed not in values:
        return "Nothing is passed back: the output depends on no variable."
    shown = HIDDEN if seed in hidden else _number_text(values[seed], digits)
    if trace.summed and seed not in hidden:
        return f"The backward pass begins with {shown} at {output_name(trace)}: a 1 for each entry that is added up."
    return f"The backward pass begins with {shown} at {output_name(trace)}."


@dataclass(frozen=True)
class _StepSentence:
    """The sentence of one step."""

    trace: Trace
    values: Values
    number: int
    digits: int
    hidden: Set[str]
    slots: Set[int] | None

    @property
    def step(self) -> Step:
        return self.trace.steps[self.number - 1]

    def text(self) -> str:
        step = self.step
        row = ops_by_type().get(step.type)
        name = row.symbol if row is not None else step.type
        if step.upstream_tensor is None:
            return f"Nothing arrives at {name}, so nothing goes on."
        arrived = self._value(step.upstream_tensor)
        arrived = f"{arrived[:1].upper()}{arrived[1:]}" if _is_long(arrived) else arrived
        head = f"{arrived} arrives at {name}"
        passing = [slot for slot in step.inputs if slot.gradient_tensor is not None]
        if not passing:
            return f"{head}; nothing goes on, because TensorFlow passes no gradient through it."
        clauses = [head, *self._local_clause(passing), self._destinations(passing)]
        return "; ".join(clauses) + "."

    # -- the local derivative ---------------------------------------------------------------------

    def _local_clause(self, passing: Sequence[StepInput]) -> list[str]:
        step = self.step
        if any(matrix_factors(self.trace, step, slot) for slot in passing):
            return []
        if any(slot.local_tensor is None for slot in passing):
            clause = self._rule_clause()
            tells = not clause.endswith("rule") and any(self._is_hidden(slot) for slot in passing)
            return [clause] if clause and not tells else []
        if all(self._passes_unchanged(slot) for slot in passing):
            return ["its local derivative is 1" if len(passing) == 1 else "all its local derivatives are 1"]
        if any(_is_long(self._value(slot.local_tensor)) for slot in passing):
            return ["each entry is multiplied by its local derivative"]
        locals_ = [self._local_text(slot) for slot in passing]
        if step.type == CUSTOM_GRADIENT_TYPE:
            return [f"your own rule gives {locals_[0]} for its local derivative"]
        if len(passing) == 1 and self._has_no_derivative():
            shown = locals_[0].rpartition(" = ")[2]
            return [f"TensorFlow takes {shown} for its local derivative, which does not exist here"]
        if len(passing) == 1:
            return [f"{locals_[0]} is its local derivative"]
        labels = [f"{text} for {self._label(slot)}" for text, slot in zip(locals_, passing, strict=True)]
        return [f"its local derivatives are {format_list(labels)}"]

    def _has_no_derivative(self) -> bool:
        """Whether the op of a single number is at a kink or pole, or outside of its domain."""
        if np.ndim(self.values.get(self.step.tensor, 0.0)) or self._chosen:
            return False
        return derivative_caveat(self.trace, self.values, self.step) is not None

    @cached_property
    def _chosen(self) -> Set[int]:
        """Slots of single numbers whose local derivatives TensorFlow chose, because the rule does not hold here."""
        if np.ndim(self.values.get(self.step.tensor, 0.0)):
            return frozenset()
        return chosen_derivatives(self.trace, self.values, self.step).keys()

    def _rule_clause(self) -> str:
        """Return what an op does that is not elementwise, "" if only its formula says it."""
        if self.step.type in RESHAPE_TYPES:
            return "only the shape changes"
        if self.step.type in REPEAT_TYPES:
            return "the gradients of all copies are added"
        rule = self.step.rule
        if said := rule.partition(": ")[2]:
            return said
        if rule.startswith("the "):
            return rule
        if rule.endswith("rule"):
            return f"it follows the {rule}"
        return ""  # the product says it

    def _passes_unchanged(self, slot: StepInput) -> bool:
        return slot.local_formula == "1" and not self._is_hidden(slot)

    def _local_text(self, slot: StepInput) -> str:
        """Return the local derivative: ``cos(1) = 0.5403`` if it can be written with the numbers of the operands."""
        if self._hides_local(slot):
            return HIDDEN
        value = self._value(slot.local_tensor)
        if slot.slot in self._chosen:
            return f"{value}, TensorFlow's choice,"
        written = self._written_local(slot)
        return value if written is None or written == value else f"{written} = {value}"

    def _written_local(self, slot: StepInput) -> str | None:
        """Return the local derivative with the operands' numbers, None if that is long or not TensorFlow's value."""
        row = ops_by_type().get(self.step.type)
        node = self.trace.nodes_by_name[self.step.op]
        template = row.derivatives[slot.slot] if row is not None and slot.slot < len(row.derivatives) else None
        operands = [_single_number(self.values.get(tensor)) for tensor in node.inputs]
        known = [operand for operand in operands if operand is not None]
        if template is None or len(known) < len(operands) or "max(" in template:
            return None
        tree = parse_template(template)
        exact: dict[str, Node] = {name: Number(operand) for name, operand in zip("ab", known, strict=False)}
        value = float(evaluate(substitute(tree, exact), {}, {}))
        if not np.isclose(value, float(self.values[slot.local_tensor or ""]), rtol=1e-3, atol=1e-30):
            return None  # TensorFlow chose another number, at a kink or outside of the domain
        shown: dict[str, Node] = {
            name: Number(float(f"{operand:.{self.digits}g}")) for name, operand in zip("ab", known, strict=False)
        }
        text = to_text(substitute(tree, shown))
        if text is None or len(text) > MAX_LOCAL_LENGTH or _EXPONENT.search(text):
            return None
        return text.replace("-", MINUS).replace("*", "·")

    # -- where it goes ----------------------------------------------------------------------------

    def _destinations(self, passing: Sequence[StepInput]) -> str:
        parts = []
        for place, slot in enumerate(passing):
            goes = "goes on to" if not place else "to"
            parts.append(f"{self._product(slot)} {goes} {self._label(slot)}{self._accumulation(slot)}")
        missing = [slot for slot in self.step.inputs if slot.gradient_tensor is None]
        parts += [f"nothing to {self._label(slot)}" for slot in missing]
        return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])}, and {parts[-1]}"

    def _product(self, slot: StepInput) -> str:
        """Return the gradient that is passed on, with the product that it is."""
        step, result = self.step, self._gradient(slot)
        if matrix_factors(self.trace, step, slot):
            hidden = {slot.gradient_tensor or ""} if self._is_hidden(slot) else frozenset()
            rule = upstream_product(self.trace, step, slot)[0]
            if _is_long(result):
                return f"{rule}, {result},"
            factors = [self._value(factor.tensor) for factor in matrix_factors(self.trace, step, slot)]
            if _is_long(*factors):
                return f"{rule} = {result}"
            return f"{rule} = {numbers_text(self.trace, self.values, step, slot, self.digits, hidden)}"
        if slot.local_tensor is None and not self._rule_clause():
            return f"{upstream_product(self.trace, step, slot)[0]} = {result}"
        arrived = self._value(step.upstream_tensor)
        if slot.local_tensor is None or (self._passes_unchanged(slot) and slot.product_tensor is None):
            is_same = slot.local_tensor is not None and len(arrived) > MAX_REPEATED_LENGTH
            return "it" if is_same else result
        local = HIDDEN if self._hides_local(slot) else self._value(slot.local_tensor)
        local = f"({local})" if local.startswith(MINUS) else local
        is_single = not np.ndim(self.values.get(step.upstream_tensor or "", 0.0))
        product = f"{arrived} {'·' if is_single else '⊙'} {local}"
        if self._passes_unchanged(slot):
            product = arrived
        is_written = not _is_long(arrived, local)
        if not self._is_summed(slot):
            if not is_written:
                return result
            if len(product) > 2 * MAX_REPEATED_LENGTH and not is_single:
                return f"the product {result}"
            return f"{product} = {result}"
        total = HIDDEN if slot.product_tensor in self.hidden else self._value(slot.product_tensor)
        equation = total if product == total or not is_written else f"{product} = {total}"
        if product == total and is_written and len(total) > MAX_REPEATED_LENGTH:
            equation = "it"
        elif is_written and len(product) > 2 * MAX_REPEATED_LENGTH and not is_single:
            equation = f"the product {total}"
        return f"{equation}, added up to {result} because {self._label(slot)} was broadcast,"

    def _is_summed(self, slot: StepInput) -> bool:
        if slot.product_tensor is None or slot.product_tensor not in self.values:
            return False
        return np.size(self.values[slot.product_tensor]) > np.size(self.values.get(slot.gradient_tensor or "", 0.0))

    def _accumulation(self, slot: StepInput) -> str:
        """Return how a gradient is added to others at a fan-out."""
        if not slot.accumulated:
            return ""
        before, after = self._other_arrivals(slot)
        if not before:
            return ", where more will arrive"
        shown = f"{len(before)} gradients"
        if len(before) <= MAX_ADDENDS:
            shown = " and ".join(HIDDEN if tensor in self.hidden else self._value(tensor) for tensor in before)
        if after:
            return f", where it is added to the {shown} from before"
        total = self.trace.tensor_gradients.get(slot.tensor)
        result = HIDDEN if total in self.hidden else self._value(total)
        return f", where it is added to the {shown} from before, which makes {result}"

    def _other_arrivals(self, slot: StepInput) -> tuple[list[str], list[str]]:
        """Return the gradients that arrive at the same tensor before and after this slot's."""
        before: list[str] = []
        after: list[str] = []
        is_before = True
        for step in self.trace.steps:
            for other in step.inputs:
                if step is self.step and other is slot:
                    is_before = False
                elif other.tensor == slot.tensor and other.gradient_tensor is not None:
                    (before if is_before else after).append(other.gradient_tensor)
        return before, after

    # -- numbers ----------------------------------------------------------------------------------

    def _gradient(self, slot: StepInput) -> str:
        return HIDDEN if self._is_hidden(slot) else self._value(slot.gradient_tensor)

    def _is_hidden(self, slot: StepInput) -> bool:
        return slot.gradient_tensor in self.hidden and (self.slots is None or slot.slot in self.slots)

    def _hides_local(self, slot: StepInput) -> bool:
        return slot.local_tensor in self.hidden or (slot.local_formula == "1" and self._is_hidden(slot))

    def _value(self, tensor: str | None) -> str:
        return (
            "nothing" if tensor is None or tensor not in self.values else _number_text(self.values[tensor], self.digits)
        )

    def _label(self, slot: StepInput) -> str:
        return with_subtractions(tensor_label(self.trace, slot.tensor))


def _number_text(value: Any, digits: int) -> str:
    array = np.asarray(value)
    if not array.ndim:
        return format_number(float(array), digits)
    if is_grid(array.shape) and array.size <= MAX_ARRAY_NUMBERS:
        return array_text(array, digits)
    shape = "×".join(map(str, array.shape))
    return f"a {shape} matrix" if array.ndim == 2 else f"an array of {shape} numbers"


def _single_number(value: Any) -> float | None:
    """Return a value as a number; None for an array, or if it is not finite."""
    return float(value) if value is not None and not np.ndim(value) and np.isfinite(value) else None


def _is_long(*texts: str) -> bool:
    return any(text.startswith(("a ", "an array")) for text in texts)
