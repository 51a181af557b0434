"""Finds whether gradients vanish or explode in the backward pass, at which layer that begins, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite, sqrt

VANISHING_RATIO = 1e-3
"""Ratio to the gradient of the last layer below which gradients vanish."""

EXPLODING_RATIO = 1e3
"""Ratio to the gradient of the last layer above which gradients explode."""


@dataclass(frozen=True)
class PassedGradient:
    """The gradient that the backward pass brings to a layer.

    Parameters
    ----------
    gradient : root mean square of the gradient of the layer's output.
    dead : share of its units that are 0 for the whole batch, from 0 to 1.
    activation : name of its activation, "" for none.
    spread : standard deviation of its output.
    nan : number of values and gradients that are NaN or infinite.
    """

    name: str
    gradient: float
    dead: float = 0.0
    activation: str = ""
    spread: float = 0.0
    nan: int = 0


def root_mean_square(norm: float, count: float) -> float:
    """Return the root mean square of the elements of a tensor from its Euclidean norm; 0 for an empty tensor."""
    return norm / sqrt(count) if count else 0.0


def diagnose_gradients(layers: Sequence[PassedGradient]) -> str:
    """Return a message about where gradients vanish or explode and why, "" where they do neither.

    ``layers`` stand in the order of the backward pass. Two of them are needed for a comparison.
    """
    for layer in layers:
        if layer.nan:
            return f"NaN or infinite numbers begin at {layer.name}: the learning rate may be too high."
    known = [layer for layer in layers if isfinite(layer.gradient)]
    if len(known) < 2 or known[0].gradient <= 0:
        return ""
    first = known[0].gradient
    for before, layer in pairwise(known):
        ratio = layer.gradient / first
        if layer.gradient == 0:
            return f"No gradient comes to {layer.name}: {_reason(before)} {_consequence(layer)}".strip()
        if ratio < VANISHING_RATIO:
            start = _first_layer(known, layer, shrinking=True)
            return (
                f"Gradients vanish: at {layer.name} they are {1 / ratio:,.0f} times smaller than at {known[0].name}. "
                f"It begins at {start.name}: {_reason(start)}"
            )
        if ratio > EXPLODING_RATIO:
            start = _first_layer(known, layer, shrinking=False)
            return (
                f"Gradients explode: at {layer.name} they are {ratio:,.0f} times larger than at {known[0].name}. "
                f"It begins at {start.name}, whose weights are large for the number of its inputs."
            )
    return ""


def _first_layer(layers: Sequence[PassedGradient], end: PassedGradient, shrinking: bool) -> PassedGradient:
    """Return the first layer on the way to ``end`` that makes the gradient less than half, or more than double."""
    for before, after in pairwise(layers):
        if before.gradient and (
            after.gradient < 0.5 * before.gradient if shrinking else after.gradient > 2 * before.gradient
        ):
            return before
        if after is end:
            break
    return layers[0]


def _reason(layer: PassedGradient) -> str:
    if layer.dead > 0.5:
        return f"{layer.dead:.0%} of its units are 0 for every image, and pass no gradient on."
    if layer.activation == "sigmoid":
        return "the derivative of sigmoid is 0.25 at most, and near 0 where it is saturated."
    if layer.activation == "tanh":
        return "tanh is saturated, where its derivative is near 0."
    return "its weights are small for the number of its inputs, so each step back makes gradients smaller."


def _consequence(layer: PassedGradient) -> str:
    return f"Nothing before {layer.name} learns." if layer.name else ""
