"""How a number of a network came about, in words: a unit's numbers as the engine tells them, put into its formula."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from explorer.core.number_format import MINUS, format_number

LARGE = 300.0
"""Beyond this a logit's exponential is no number that anybody can read."""

MOST = 16
"""So many numbers of a pool are written out."""

Told = Mapping[str, Any]

PLACES = {1: ("unit",), 2: ("row", "column"), 3: ("row", "column", "map")}


def place_text(index: Sequence[int]) -> str:
    """Return where a number of a layer's output is: ``map 3, row 5, column 14`` or ``unit 7``; counted from 0."""
    names = PLACES.get(len(index), tuple(f"axis {axis}" for axis in range(len(index))))
    pairs = [f"{name} {position}" for name, position in zip(names, index, strict=True)]
    return ", ".join([pairs[-1], *pairs[:-1]] if len(index) == 3 else pairs)


def layer_text(layer: Told) -> str:
    """Return what a layer is: ``Conv2D · 32 filters of 3×3, relu``; from an entry of ``network_info``."""
    kind, shape, activation = layer["type"], layer["shape"], layer["activation"]
    kernel = layer["weights"][0]["shape"] if layer["weights"] else []
    parts = []
    if kind == "Conv2D" and len(kernel) == 4:
        parts.append(f"{shape[-1]} filters of {kernel[0]}×{kernel[1]}")
    elif kind == "Dense":
        parts.append("1 unit" if shape[-1] == 1 else f"{shape[-1]:,} units")
    if activation:
        parts.append(activation)
    return f"{kind} · {', '.join(parts)}" if parts else str(kind)


def shape_text(shape: Sequence[int]) -> str:
    """Return a shape as it is read: ``26 × 26 × 32``."""
    return " × ".join(f"{size:,}" for size in shape)


def formula_text(told: Told, channel: int = 0) -> list[str]:
    """Return the formula with its numbers put in, a step a line; the last ends in the output.

    ``channel``: of a patch with several input channels, the one whose products are told apart.
    """
    match told["kind"]:
        case "sum":
            return _sum(told, channel)
        case "max" | "mean":
            return [f"{_taken_of(told)} = {format_number(told['output'])}"]
        case "norm":
            return _norm(told)
        case "same":
            where = place_text(told["from"])
            what = f"{told['type']} hands numbers on as they are: this one is {where} of the layer before."
            return [what, f"output = {format_number(told['output'])}"]
    return [f"{told['type']} is not taken apart here.", f"output = {format_number(told['output'])}"]


def _taken_of(told: Told) -> str:
    inputs = np.ravel(told["inputs"]).tolist()
    if len(inputs) > MOST:
        return f"{told['kind']} of the {len(inputs)} numbers of map {told['index'][-1]} of the layer before"
    return f"{told['kind']}({', '.join(format_number(x, 3) for x in inputs)})"


def strongest(told: Told, count: int) -> list[int]:
    """Return which inputs of a sum have the largest products, by magnitude, the largest first."""
    products = np.abs(np.ravel(told["inputs"]).astype(np.float64) * np.ravel(told["weights"]))
    return [int(index) for index in np.argsort(-np.nan_to_num(products), kind="stable")[:count]]


def _sum(told: Told, channel: int) -> list[str]:
    inputs, weights = np.asarray(told["inputs"]), np.asarray(told["weights"])
    total, bias, z, output = (format_number(told[key]) for key in ("sum", "bias", "z", "output"))
    lines = []
    if inputs.ndim == 3 and inputs.shape[-1] > 1:
        part = float(np.sum(inputs[..., channel].astype(np.float64) * weights[..., channel]))
        count = inputs[..., channel].size
        lines.append(f"Σ of these {count} products = {format_number(part)}, one of {inputs.shape[-1]} sums")
    plus = f"{MINUS} {bias[1:]}" if bias.startswith(MINUS) else f"+ {bias}"
    lines.append(f"z = Σ x·w + b = {total} {plus} = {z}")
    match told["activation"]:
        case "softmax" if "all_z" in told:
            shift, above, below = _exponentials(told["all_z"], told["index"][0])
            power = "e^(z − max z)" if shift else "e^z"
            share = f"{format_number(above)} / {format_number(below)}"
            lines.append(f"softmax(z) = {power} / Σ {power} = {share} = {output}")
        case "relu":
            lines.append(f"relu(z) = max(0, {z}) = {output}")
        case "linear":
            pass
        case name:
            lines.append(f"{name}({z}) = {output}")
    return lines


def _norm(told: Told) -> list[str]:
    """Return batch normalisation with the means that it learned, as Keras documents it for inference."""
    x, mean, variance, gamma, beta = (
        format_number(told[key]) for key in ("input", "mean", "variance", "gamma", "beta")
    )

    def signed(number: str) -> str:
        return f"({number})" if number.startswith(MINUS) else number

    normal = (told["input"] - told["mean"]) / np.sqrt(told["variance"] + told["epsilon"])
    below = f"√({variance} + {format_number(told['epsilon'])})"
    scaled = f"{gamma} · {signed(format_number(normal))} + {signed(beta)}"
    return [
        f"x̂ = (x − mean) / √(variance + ε) = ({x} − {signed(mean)}) / {below} = {format_number(normal)}",
        f"γ · x̂ + β = {scaled} = {format_number(told['output'])}",
    ]


def _exponentials(all_z: Any, digit: int) -> tuple[bool, float, float]:
    """Return whether the largest logit had to be taken off first, e to the power of one, and the sum of all."""
    z = np.asarray(all_z, np.float64)
    shift = bool(np.abs(z).max() > LARGE)
    with np.errstate(invalid="ignore"):  # infinite logits take no number away from each other
        powers = np.exp(z - z.max() if shift else z)
    return shift, float(powers[digit]), float(powers.sum())
