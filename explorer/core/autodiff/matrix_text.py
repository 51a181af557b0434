"""The numbers behind a formula with vectors and matrices: ``[1, 1] [1, −1]ᵀ = [[1, −1], [1, −1]]``."""

from collections.abc import Set
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from explorer.core.autodiff.matrix_rules import MATMUL_TYPES, matmul_gradients
from explorer.core.autodiff.trace import GraphNode, Step, StepInput, Trace, Values
from explorer.core.number_format import FROM_SUPERSCRIPTS, format_grid, format_number, format_range, is_grid

Cells: TypeAlias = tuple[tuple[str, ...], ...]
"""The numbers of a matrix as text, row by row."""


@dataclass(frozen=True)
class Factor:
    """A factor of a matrix product: its tensor, and whether it is transposed. A vector is a column."""

    tensor: str
    transposed: bool


def matrix_factors(trace: Trace, step: Step, slot: StepInput) -> tuple[Factor, ...]:
    """Return the factors whose product is the gradient that a matrix product passes on; () for any other op."""
    node = trace.nodes_by_name.get(step.op)
    if node is None or node.type not in MATMUL_TYPES or step.upstream_tensor is None or slot.gradient_tensor is None:
        return ()
    ranks = factor_ranks(trace, node)
    names = {"G": step.upstream_tensor, "A": node.inputs[0], "B": node.inputs[1]}
    gradient = matmul_gradients(ranks, node.transposed)[slot.slot]
    return tuple(Factor(names[factor[0]], factor.endswith("ᵀ")) for factor in gradient.split())


def factor_ranks(trace: Trace, node: GraphNode) -> list[int]:
    """Return the ranks of the factors of a matrix product, as its rule counts them.

    In a gradient, a reshaped vector stands for a matrix of one column.
    """
    if node.function is None:
        return [2, 2]
    sources = [trace.nodes_by_tensor.get(tensor) for tensor in node.inputs]
    return [0 if source is None else len(source.shape or ()) for source in sources]


def numbers_text(
    trace: Trace, values: Values, step: Step, slot: StepInput, digits: int = 4, hidden: Set[str] = frozenset()
) -> str:
    """Return the gradient that a slot passes on as numbers, with the factors of a matrix product; "" for a number.

    hidden: tensors that are shown as ?.
    """
    gradient = slot.gradient_tensor
    if gradient is None or gradient not in values or not np.ndim(values[gradient]):
        return ""
    result = "?" if gradient in hidden else array_text(values[gradient], digits)
    factors = matrix_factors(trace, step, slot)
    if not factors or not all(_is_written(values, factor) for factor in factors):
        return result
    product = " ".join(
        array_text(values[factor.tensor], digits) + "ᵀ" * (factor.transposed and bool(np.ndim(values[factor.tensor])))
        for factor in factors
    )
    return f"{product} = {result}"


def _is_written(values: Values, factor: Factor) -> bool:
    shape = np.shape(values.get(factor.tensor, ()))
    return factor.tensor in values and (not shape or is_grid(shape))


def array_text(value: Any, digits: int = 4) -> str:
    """Return a number, a vector or a matrix as text; shape and range of a larger array."""
    array = np.asarray(value)
    if not array.ndim:
        return format_number(float(array), digits)
    if not is_grid(array.shape):
        return f"{'×'.join(map(str, array.shape))} numbers, {format_range(array)}"
    if array.ndim == 1:
        return f"[{', '.join(format_number(float(entry), digits) for entry in array)}]"
    rows = [f"[{', '.join(row)}]" for row in format_grid(array, digits, digits + 3)]
    return f"[{', '.join(rows)}]"


def array_cells(value: Any, transposed: bool, digits: int = 4) -> Cells:
    """Return the numbers of a matrix row by row, of a vector as a column; () for a number or a larger array."""
    array = np.asarray(value)
    if not is_grid(array.shape):
        return ()
    columns = array.reshape(-1, 1) if array.ndim == 1 else array
    return format_grid(columns.T if transposed else columns, digits, digits + 3)


def array_latex(value: Any, transposed: bool = False, digits: int = 4) -> str:
    """Return a number, a vector as a column, or a matrix as LaTeX; shape and range of a larger array."""
    array = np.asarray(value)
    if not array.ndim:
        return number_latex(format_number(float(array), digits))
    if not is_grid(array.shape):
        return rf"\text{{{array_text(array, digits)}}}".replace("×", r"}\times\text{")
    rows = [" & ".join(map(number_latex, row)) for row in array_cells(array, transposed, digits)]
    body = r" \\ ".join(rows)
    return rf"\begin{{bmatrix}} {body} \end{{bmatrix}}"


def number_latex(text: str) -> str:
    """Return a formatted number as LaTeX: ``2.5 \\cdot 10^{-7}``."""
    mantissa, _, exponent = text.replace("−", "-").replace("×10", "e").translate(FROM_SUPERSCRIPTS).partition("e")
    shown = {"nan": r"\mathrm{nan}", "∞": r"\infty", "-∞": r"-\infty", "?": "?"}.get(mantissa, mantissa)
    return rf"{shown} \cdot 10^{{{exponent}}}" if exponent else shown


def numbers_latex(trace: Trace, values: Values, step: Step, slot: StepInput, digits: int = 4) -> str:
    """Return what `numbers_text` does, as LaTeX."""
    gradient = slot.gradient_tensor
    if gradient is None or gradient not in values or not np.ndim(values[gradient]):
        return ""
    result = array_latex(values[gradient], digits=digits)
    factors = matrix_factors(trace, step, slot)
    if not factors or not all(_is_written(values, factor) for factor in factors):
        return result
    product = r" \, ".join(array_latex(values[factor.tensor], factor.transposed, digits) for factor in factors)
    return f"{product} = {result}"
