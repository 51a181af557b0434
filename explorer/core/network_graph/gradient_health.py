"""Whether gradients vanish or explode on their way back, where that begins and why: a sentence made of numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite, sqrt

VANISHING_RATIO = 1e-3
"""A gradient that is so many times smaller than at the loss has vanished."""

EXPLODING_RATIO = 1e3
"""A gradient that is so many times larger than at the loss explodes."""


@dataclass(frozen=True)
class PassedGradient:
    """What a layer does to the gradient, in the order of the backward pass.

    gradient: the root of the mean square of the gradient of its output. dead: the share of its units that are 0 for the
    whole batch. activation: its name, "" for none. spread: of its output. nan: values or gradients that are no numbers.
    """

    name: str
    gradient: float
    dead: float = 0.0
    activation: str = ""
    spread: float = 0.0
    nan: int = 0


def root_mean_square(norm: float, count: float) -> float:
    """Return the size of one number of a tensor with this norm and so many numbers."""
    return norm / sqrt(count) if count else 0.0


def diagnose_gradients(layers: Sequence[PassedGradient]) -> str:
    """Return where gradients vanish or explode and why; "" where they do not, or where there is nothing to compare."""
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
            return f"No gradient comes to {layer.name}: {_why(before)} {_so(layer)}".strip()
        if ratio < VANISHING_RATIO:
            start = _begins(known, layer, shrinking=True)
            return (
                f"Gradients vanish: at {layer.name} they are {1 / ratio:,.0f} times smaller than at {known[0].name}. "
                f"It begins at {start.name}: {_why(start)}"
            )
        if ratio > EXPLODING_RATIO:
            start = _begins(known, layer, shrinking=False)
            return (
                f"Gradients explode: at {layer.name} they are {ratio:,.0f} times larger than at {known[0].name}. "
                f"It begins at {start.name}, whose weights are large for the number of its inputs."
            )
    return ""


def _begins(layers: Sequence[PassedGradient], end: PassedGradient, shrinking: bool) -> PassedGradient:
    """The layer through which the gradient first became much smaller, or larger, on its way to ``end``."""
    for before, after in pairwise(layers):
        if before.gradient and (
            after.gradient < 0.5 * before.gradient if shrinking else after.gradient > 2 * before.gradient
        ):
            return before
        if after is end:
            break
    return layers[0]


def _why(layer: PassedGradient) -> str:
    if layer.dead > 0.5:
        return f"{layer.dead:.0%} of its units are 0 for every image, and pass no gradient on."
    if layer.activation == "sigmoid":
        return "the derivative of sigmoid is 0.25 at most, and near 0 where it is saturated."
    if layer.activation == "tanh":
        return "tanh is saturated, where its derivative is near 0."
    return "its weights are small for the number of its inputs, so each step back makes gradients smaller."


def _so(layer: PassedGradient) -> str:
    return f"Nothing before {layer.name} learns." if layer.name else ""
