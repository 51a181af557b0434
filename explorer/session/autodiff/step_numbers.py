"""The numbers of a backward step: rows of a table, and matrices of a product. Pure functions of the view state."""

from typing import NamedTuple

import numpy as np

from explorer.core.autodiff.matrix_text import Cells, array_cells, array_text, matrix_factors
from explorer.core.autodiff.tensor_label import tensor_label
from explorer.core.autodiff.trace import Step, StepInput, Trace
from explorer.core.graph.value_text import value_text
from explorer.core.number_format import format_shape, format_value, format_value_full, is_grid
from explorer.session.autodiff.view_state import ExpressionViewState

MAX_VALUE_CHARS, MAX_COLUMN_CHARS = 24, 14
"""Characters of a value in the only column, and in one of several columns."""

MAX_HEAD_CHARS = 10
"""Characters of a label above one of several columns; instead of a longer one stands its op's name, as on the graph."""

MAX_UPSTREAM_CHARS = 8
"""Characters of an upstream gradient that stands beside its title; a longer one has a row of its own."""

MAX_MATRIX_DIGITS = 3
"""Significant digits of the numbers of a matrix, so that a product with its factors fits into the panel."""

MAX_PRODUCT_COLUMNS = 7
"""Columns of all matrices of a product together, up to which its factors are written beside the result."""

UPSTREAM_TITLE, LOCAL_TITLE, PRODUCT_TITLE = "arrived (upstream)", "local derivative", "their product"

HEADING, UPSTREAM, LOCAL, PASSED_ON, RESULT = "heading", "upstream", "local", "passed on", "result"
"""Kinds of rows. The last row is the result of the step."""


class ShownNumber(NamedTuple):
    """A number or an array. cells: the numbers of a matrix, painted instead of the text; () for none."""

    text: str
    tooltip: str = ""
    cells: Cells = ()


class NumberRow(NamedTuple):
    """A row of the table, with a number for each input of the step's op."""

    kind: str
    title: str
    numbers: tuple[ShownNumber, ...]


class ProductPart(NamedTuple):
    """A matrix of a product, or the sign before it. role: ``gradient``, ``value``, or ``muted`` for a sign."""

    number: ShownNumber
    role: str


NOTHING = ShownNumber("")
_HIDDEN = ShownNumber("?", "hidden until it is revealed")


def number_rows(state: ExpressionViewState, step: Step, symbol: str, is_written: bool) -> list[NumberRow]:
    """Return the rows of the table.

    symbol: the upstream gradient in the formulas, "" if it is not in them. is_written: whether the products of the
    step are written as matrices, so that upstream gradient and results stand there.
    """
    trace, inputs = state.trace, step.inputs
    assert trace is not None
    max_chars = MAX_COLUMN_CHARS if len(inputs) > 1 else MAX_VALUE_CHARS
    heads = tuple(_head(trace, slot.tensor, is_alone=len(inputs) == 1) for slot in inputs)
    rows: list[NumberRow] = []
    if any(slot.local_tensor for slot in inputs):
        factors = (_number(state, slot.local_tensor, max_chars, sign="× ") for slot in inputs)
        rows.append(NumberRow(LOCAL, LOCAL_TITLE, tuple(factors)))
    if any(slot.product_tensor for slot in inputs):
        products = (_number(state, slot.product_tensor, max_chars, missing=NOTHING) for slot in inputs)
        rows.append(NumberRow(PASSED_ON, PRODUCT_TITLE, tuple(products)))
    if not is_written:
        target = f" {heads[0].text}" if len(inputs) == 1 else ""
        rows.append(NumberRow(PASSED_ON, f"passed on{target}", tuple(_passed_on(state, s, max_chars) for s in inputs)))
    if any(slot.accumulated and trace.last_step_of(slot.tensor) == state.step for slot in inputs):
        sums = (trace.tensor_gradients.get(slot.tensor) if slot.accumulated else None for slot in inputs)
        totals = tuple(_number(state, tensor, max_chars, missing=NOTHING) for tensor in sums)
        rows.append(NumberRow(PASSED_ON, "sum of all that arrived (AddN)", totals))
    if rows:
        rows[-1] = rows[-1]._replace(kind=RESULT)
    return [*_first_rows(state, step, symbol, heads, max_chars, is_written), *rows] if rows else []


def _head(trace: Trace, tensor: str, *, is_alone: bool) -> ShownNumber:
    label = tensor_label(trace, tensor)
    if not is_alone and len(label) > MAX_HEAD_CHARS and (node := trace.nodes_by_tensor.get(tensor)) is not None:
        return ShownNumber(f"to {node.id.rpartition('/')[2]}", label)
    return ShownNumber(f"to {label}", tensor)


def _first_rows(
    state: ExpressionViewState,
    step: Step,
    symbol: str,
    heads: tuple[ShownNumber, ...],
    max_chars: int,
    is_written: bool,
) -> list[NumberRow]:
    """Return what arrived, and for several inputs the heads of the columns."""
    if is_written:
        return [NumberRow(HEADING, "", heads)]
    # The upstream gradient was found in an earlier step, even if the tensor is hidden in this one.
    upstream = _number(state, step.upstream_tensor, max_chars, hides=False)
    title = f"{UPSTREAM_TITLE} {symbol}".strip()
    if len(heads) == 1:
        return [NumberRow(UPSTREAM, title, (upstream,))]
    if len(upstream.text) > MAX_UPSTREAM_CHARS or upstream.cells:
        empty = (NOTHING,) * (len(heads) - 1)
        return [NumberRow(UPSTREAM, title, (*empty, upstream)), NumberRow(HEADING, "", heads)]
    return [NumberRow(HEADING, f"{UPSTREAM_TITLE}  {symbol and f'{symbol} = '}{upstream.text}", heads)]


def product_parts(state: ExpressionViewState, step: Step, slot: StepInput, name: str = "") -> list[ProductPart]:
    """Return the matrices of a matrix product with their equals signs; none if one is too large to be written.

    name: what stands before the first sign.
    """
    trace = state.trace
    assert trace is not None
    digits = min(state.digits, MAX_MATRIX_DIGITS)
    equals = ProductPart(ShownNumber("="), "muted")
    parts = [ProductPart(ShownNumber(f"{name} =".strip()), "muted")]
    for factor in matrix_factors(trace, step, slot):
        value = state.values.get(factor.tensor)
        if value is None or (np.ndim(value) and not is_grid(np.shape(value))):
            return []
        role = "gradient" if factor.tensor == step.upstream_tensor else "value"
        tooltip = f"{format_value_full(value)}  ({factor.tensor})"
        parts.append(
            ProductPart(ShownNumber(array_text(value), tooltip, array_cells(value, factor.transposed, digits)), role)
        )
    gradient = slot.gradient_tensor
    if len(parts) == 1 or gradient is None or gradient not in state.values:
        return []
    if hides_gradient(state, slot):
        return [*parts, equals, ProductPart(_HIDDEN, "gradient")]
    value = state.values[gradient]
    tooltip = f"{format_value_full(value)}  ({gradient})"
    result = ProductPart(ShownNumber(array_text(value), tooltip, array_cells(value, False, digits)), "gradient")
    columns = sum(len(part.number.cells[0]) if part.number.cells else 1 for part in [*parts[1:], result])
    return [*parts, equals, result] if columns <= MAX_PRODUCT_COLUMNS else [equals, result]


def hides_gradient(state: ExpressionViewState, slot: StepInput) -> bool:
    """Return whether the gradient that is passed on to an input is asked for: its tensor may be known elsewhere."""
    return slot.slot in state.hidden_slots and slot.gradient_tensor in state.hidden


def _passed_on(state: ExpressionViewState, slot: StepInput, max_chars: int) -> ShownNumber:
    number = _number(state, slot.gradient_tensor, max_chars, hides=hides_gradient(state, slot))
    if not slot.accumulated:
        return number
    return number._replace(tooltip=f"{number.tooltip}: an AddN adds what comes on the other paths")


_MISSING = ShownNumber("none", "TensorFlow passes nothing here")


def _number(
    state: ExpressionViewState,
    tensor: str | None,
    max_chars: int,
    *,
    sign: str = "",
    hides: bool | None = None,
    missing: ShownNumber = _MISSING,
) -> ShownNumber:
    """Return a number or an array, with all digits in the tooltip.

    sign: what stands before a number. hides: whether it is shown as ?; None: if its tensor is hidden. missing: what is
    shown without a tensor.
    """
    if tensor is None:
        return missing
    if tensor not in state.values:
        return ShownNumber("·", "not computed")
    if tensor in state.hidden if hides is None else hides:
        return _HIDDEN
    value = state.values[tensor]
    full = f"{format_value_full(value)}  ({tensor})"
    text = format_value(value, state.digits, max_chars)
    if np.ndim(value) != 2 and text != format_shape(value):
        return ShownNumber(sign + text, full)
    if cells := array_cells(value, transposed=False, digits=min(state.digits, MAX_MATRIX_DIGITS)):
        return ShownNumber(array_text(value, state.digits), full, cells)
    return ShownNumber(value_text(value, state.digits).text if max_chars == MAX_VALUE_CHARS else text, full)
