"""What TensorFlow's matrix products do with their factors."""

from typing import Any

_ATTRIBUTES = {"MatMul": ("transpose_a", "transpose_b"), "BatchMatMulV2": ("adj_x", "adj_y")}


def transposed_slots(op: Any) -> tuple[int, ...]:
    """Return the slots of a matrix product that it transposes before it multiplies; none for other ops."""
    return tuple(slot for slot, name in enumerate(_ATTRIBUTES.get(op.type, ())) if op.get_attr(name))
