"""Values that differ between float32 and float64, in words: both numbers and the first op whose numbers differ."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from explorer.core.autodiff.causes.cause import Cause
from explorer.core.autodiff.causes.entry_text import entries_text, number_text
from explorer.core.autodiff.precision import is_different
from explorer.core.autodiff.trace import Trace, Values, op_of


def precision_sentence(
    trace: Trace, values: Values, cause: Cause, variable: str | None, different: Mapping[str, Any]
) -> str:
    """Return a cause of the kind ``precision`` as a sentence; which of the numbers is right is not known."""
    tensor = trace.output if variable is None else trace.gradients[variable].tensor
    assert tensor is not None
    assert cause.tensor is not None
    subject = "The value" if variable is None else f"The gradient for {variable}"
    head = f"{subject} is {different_numbers(values, different, tensor)}"
    op = _op(trace, cause, cause.tensor)
    if cause.tensor == tensor:
        return f"{head}: {op}{',' if ',' in op else ''} is the first op whose numbers differ."
    both = different_numbers(values, different, cause.tensor)
    typed = op if "," in op or op == cause.op else f"{op} ({cause.op})"
    return f"{head}; the first op whose numbers differ is {typed}: {both}."


def _op(trace: Trace, cause: Cause, tensor: str) -> str:
    """Return the name of the op whose output is ``tensor``, and of the forward op to which a backward op belongs."""
    name = op_of(tensor)
    if tensor in trace.nodes_by_tensor or cause.node in (None, name):
        return name
    if cause.op == "AddN":
        return f"{name}, which sums the gradients of {cause.node}"
    return f"{name}, in the backward pass of {cause.node}"


def different_numbers(values: Values, different: Mapping[str, Any], tensor: str) -> str:
    """Return the first entry that differs, in both precisions: ``0 in float32 but 5e-09 in float64``."""
    one, other = np.asarray(values[tensor]), np.asarray(different[tensor])
    mask = is_different(one, other)
    index = tuple(int(each) for each in np.argwhere(mask)[0])
    both = f"{number_text(one[index], 5)} in {one.dtype.name} but {number_text(other[index], 5)} in {other.dtype.name}"
    if not mask.ndim:
        return both
    return f"{both} at {entries_text([index], int(np.count_nonzero(mask)), mask.size)}"
