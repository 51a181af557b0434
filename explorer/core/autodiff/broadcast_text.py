"""Sentences on operands that were broadcast: the gradient of one is the sum over its copies."""

from collections.abc import Set
from typing import Any

import numpy as np

from explorer.core.autodiff.tensor_label import tensor_label
from explorer.core.autodiff.trace import Step, StepInput, Trace, Values
from explorer.core.number_format import MINUS, format_number, format_value

MAX_SUMMANDS = 8
"""Numbers of a sum that is written out."""

MAX_SUM_LENGTH = 90
"""Characters of a sum that is written out."""


def broadcast_lines(
    trace: Trace, values: Values, step: Step, digits: int = 4, hidden: Set[str] = frozenset()
) -> list[str]:
    """Return a sentence for each operand of ``step`` that was broadcast, with the sum that is its gradient.

    hidden: tensors whose values are not told; operands with such gradients are left out.
    """
    lines = []
    for slot in step.inputs:
        known = {slot.product_tensor, slot.gradient_tensor} <= values.keys() - hidden
        if slot.product_tensor is not None and slot.gradient_tensor is not None and known:
            products, total = values[slot.product_tensor], values[slot.gradient_tensor]
            if np.size(products) > np.size(total):
                lines.append(_sentence(trace, slot, products, total, digits))
    return lines


def _sentence(trace: Trace, slot: StepInput, products: Any, total: Any, digits: int) -> str:
    label, copies = tensor_label(trace, slot.tensor), np.size(products) // np.size(total)
    terms = np.moveaxis(products, slot.summed_axes, range(len(slot.summed_axes))).reshape(copies, *np.shape(total))
    written = _sums_text(terms, digits) if products.size <= MAX_SUMMANDS else ""
    result = format_value(total, digits, 40)
    shown = f"{written} = {result}" if written and len(written) <= MAX_SUM_LENGTH else result
    if np.size(total) == 1:
        return f"{label} was broadcast to {copies:,} entries, so its gradient is their sum: {shown}."
    shape = "×".join(str(length) for length in np.shape(products))
    times = "twice" if copies == 2 else f"{copies:,} times"
    return f"{label} was broadcast to {shape}: each entry was used {times}, and its gradient is the sum: {shown}."


def _sums_text(terms: Any, digits: int) -> str:
    """Return the sums along the first axis of ``terms``, written out: ``[1 + 2, 1 + 2]``."""
    if terms.ndim > 1:
        return f"[{', '.join(_sums_text(terms[:, entry], digits) for entry in range(terms.shape[1]))}]"
    first, *others = (format_number(float(term), digits) for term in terms)
    return first + "".join(
        f" {MINUS} {term.removeprefix(MINUS)}" if term.startswith(MINUS) else f" + {term}" for term in others
    )
