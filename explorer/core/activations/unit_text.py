"""The computation of a unit's output as text: its formula with the numbers from the engine."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from explorer.core.number_format import MINUS, format_number

MAX_READABLE_LOGIT = 300.0
"""Magnitude of a logit above which its exponential cannot be read any more."""

MAX_LISTED_INPUTS = 16
"""Maximum number of inputs of a pooling unit that are listed."""

UnitReply = Mapping[str, Any]
"""The engine's description of a unit, or of a layer."""

AXIS_NAMES = {1: ("unit",), 2: ("row", "column"), 3: ("row", "column", "map")}
"""Names of the axes of a layer's output, by their number."""


def position_text(index: Sequence[int]) -> str:
    """Return an index in a layer's output as text: ``map 3, row 5, column 14`` or ``unit 7``, from 0."""
    names = AXIS_NAMES.get(len(index), tuple(f"axis {axis}" for axis in range(len(index))))
    pairs = [f"{name} {position}" for name, position in zip(names, index, strict=True)]
    return ", ".join([pairs[-1], *pairs[:-1]] if len(index) == 3 else pairs)


def layer_text(layer: UnitReply) -> str:
    """Return a layer, an entry of ``network_info``, as text: ``Conv2D · 32 filters of 3×3, relu``."""
    kind, shape, activation = layer["type"], layer["shape"], layer["activation"]
    kernel = layer["weights"][0]["shape"] if layer["weights"] else []
    parts = []
    if kind == "Conv2D" and len(kernel) == 4:
        parts.append(f"{shape[-1]} filters of {kernel[0]}×{kernel[1]}")
    elif kind in ("Dense", "LSTM", "GRU", "SimpleRNN"):
        parts.append("1 unit" if shape[-1] == 1 else f"{shape[-1]:,} units")
    if activation:
        parts.append(activation)
    return f"{kind} · {', '.join(parts)}" if parts else str(kind)


def shape_text(shape: Sequence[int]) -> str:
    """Return a shape as ``26 × 26 × 32``."""
    return " × ".join(f"{size:,}" for size in shape)


def formula_text(unit: UnitReply, channel: int = 0) -> list[str]:
    """Return the formula of a unit with its numbers, one step on each line; the last line ends with the output.

    ``channel`` is the input channel of a patch whose products are shown.
    """
    match unit["kind"]:
        case "sum":
            return _sum(unit, channel)
        case "max" | "mean":
            return [f"{_pooling_call(unit)} = {format_number(unit['output'])}"]
        case "norm":
            return _norm(unit)
        case "same":
            where = position_text(unit["from"])
            what = f"{unit['type']} passes numbers on as they are: this one is {where} of the layer before."
            return [what, f"output = {format_number(unit['output'])}"]
    return [f"{unit['type']} is not taken apart here.", f"output = {format_number(unit['output'])}"]


def _pooling_call(unit: UnitReply) -> str:
    inputs = np.ravel(unit["inputs"]).tolist()
    if len(inputs) > MAX_LISTED_INPUTS:
        return f"{unit['kind']} of the {len(inputs)} numbers of map {unit['index'][-1]} of the layer before"
    return f"{unit['kind']}({', '.join(format_number(x, 3) for x in inputs)})"


def strongest_inputs(unit: UnitReply, count: int) -> list[int]:
    """Return the flat indices of the inputs with the largest products by magnitude, the largest first."""
    products = np.abs(np.ravel(unit["inputs"]).astype(np.float64) * np.ravel(unit["weights"]))
    return [int(index) for index in np.argsort(-np.nan_to_num(products), kind="stable")[:count]]


def _sum(unit: UnitReply, channel: int) -> list[str]:
    inputs, weights = np.asarray(unit["inputs"]), np.asarray(unit["weights"])
    total, bias, z, output = (format_number(unit[key]) for key in ("sum", "bias", "z", "output"))
    lines = []
    if inputs.ndim == 3 and inputs.shape[-1] > 1:
        part = float(np.sum(inputs[..., channel].astype(np.float64) * weights[..., channel]))
        count = inputs[..., channel].size
        lines.append(f"Σ of these {count} products = {format_number(part)}, one of {inputs.shape[-1]} sums")
    plus = f"{MINUS} {bias[1:]}" if bias.startswith(MINUS) else f"+ {bias}"
    lines.append(f"z = Σ x·w + b = {total} {plus} = {z}")
    match unit["activation"]:
        case "softmax" if "all_z" in unit:
            is_shifted, numerator, denominator = _exponentials(unit["all_z"], unit["index"][0])
            power = "e^(z − max z)" if is_shifted else "e^z"
            share = f"{format_number(numerator)} / {format_number(denominator)}"
            lines.append(f"softmax(z) = {power} / Σ {power} = {share} = {output}")
        case "relu":
            lines.append(f"relu(z) = max(0, {z}) = {output}")
        case "linear":
            pass
        case name:
            lines.append(f"{name}({z}) = {output}")
    return lines


def _norm(unit: UnitReply) -> list[str]:
    """Return the formula of batch normalization with its moving averages, as Keras documents it for inference."""
    x, mean, variance, gamma, beta = (
        format_number(unit[key]) for key in ("input", "mean", "variance", "gamma", "beta")
    )

    def signed(number: str) -> str:
        return f"({number})" if number.startswith(MINUS) else number

    normalized = (unit["input"] - unit["mean"]) / np.sqrt(unit["variance"] + unit["epsilon"])
    denominator = f"√({variance} + {format_number(unit['epsilon'])})"
    scaled = f"{gamma} · {signed(format_number(normalized))} + {signed(beta)}"
    return [
        f"x̂ = (x − mean) / √(variance + ε) = ({x} − {signed(mean)}) / {denominator} = {format_number(normalized)}",
        f"γ · x̂ + β = {scaled} = {format_number(unit['output'])}",
    ]


def _exponentials(all_z: Any, digit: int) -> tuple[bool, float, float]:
    """Return whether the largest logit was subtracted first, the exponential of one logit, and the sum of all."""
    z = np.asarray(all_z, np.float64)
    is_shifted = bool(np.abs(z).max() > MAX_READABLE_LOGIT)
    with np.errstate(invalid="ignore"):  # infinity minus infinity is NaN
        powers = np.exp(z - z.max() if is_shifted else z)
    return is_shifted, float(powers[digit]), float(powers.sum())
