"""The step of an optimizer for one weight as formulas with numbers."""

import math
from collections.abc import Mapping
from typing import Any

from explorer.core.number_format import format_number

OPTIMIZER_NAMES = {"sgd": "SGD", "momentum": "SGD with momentum 0.9", "adam": "Adam", "rmsprop": "RMSprop"}
"""Names of optimizers that are shown to the user."""


def formula_number(value: float) -> str:
    """Return a number with five digits, in parentheses if it is negative."""
    text = format_number(value, 5)
    return f"({text})" if value < 0 else text


def optimizer_step_lines(gradient: float, weight: float, step: Mapping[str, Any]) -> list[str]:
    """Return the formulas of an optimizer's step, each followed by a line with its numbers.

    The formulas are Keras's, with β₁ = 0.9, β₂ = 0.999 and ε = 10⁻⁷ for Adam, ρ = 0.9 and ε = 10⁻⁷ for RMSprop.

    Parameters
    ----------
    gradient, weight : before the step.
    step : the engine's description of the step: ``optimizer``, ``rate``, ``before`` and ``then`` (its state before and
        after), ``after`` (the weight), and ``t`` for Adam. Only the first two are there where the state is unknown.
    """
    g, w, rate = formula_number(gradient), formula_number(weight), format_number(step["rate"])
    if "after" not in step:
        return ["The optimizer's state is known for the newest weights only: go to the right end of the slider."]
    before, then = (
        [formula_number(value) for value in step["before"]],
        [formula_number(value) for value in step["then"]],
    )
    after = format_number(step["after"], 6)
    match step["optimizer"]:
        case "sgd":
            return ["w ← w − rate · g", f"= {w} − {rate} · {g}", f"= {after}"]
        case "momentum":
            return [
                "v ← 0.9 v − rate · g", f"= 0.9 · {before[0]} − {rate} · {g}", f"= {then[0]}",
                "w ← w + v", f"= {w} + {then[0]}", f"= {after}",
            ]  # fmt: skip
        case "adam":
            t = int(step["t"])
            alpha = step["rate"] * (1 - 0.999**t) ** 0.5 / (1 - 0.9**t)
            return [
                "m ← 0.9 m + 0.1 g", f"= 0.9 · {before[0]} + 0.1 · {g}", f"= {then[0]}",
                "v ← 0.999 v + 0.001 g²", f"= 0.999 · {before[1]} + 0.001 · {g}²", f"= {then[1]}",
                f"α = rate · √(1 − 0.999ᵗ) ∕ (1 − 0.9ᵗ),  t = {t:,}", f"= {format_number(alpha, 5)}",
                "w ← w − α · m ∕ (√v + 10⁻⁷)", f"= {w} − {format_number(alpha, 5)} · {then[0]} ∕ (√{then[1]} + 10⁻⁷)",
                f"= {after}",
            ]  # fmt: skip
        case _:
            return [
                "v ← 0.9 v + 0.1 g²", f"= 0.9 · {before[0]} + 0.1 · {g}²", f"= {then[0]}",
                "w ← w − rate · g ∕ √(v + 10⁻⁷)", f"= {w} − {rate} · {g} ∕ √({then[0]} + 10⁻⁷)", f"= {after}",
            ]  # fmt: skip


def gradient_sum_text(shares: float, penalty: float, gradient: float, count: int) -> str:
    """Return a text that compares the sum of the shares of ``count`` images with TensorFlow's gradient.

    ``penalty`` is the gradient of the L2 penalty, 0 if there is none.
    """
    if not shares and not penalty and not gradient:
        return f"None of the {count:,} images pushes this weight: its input was 0, or its unit was inactive."
    total = shares + penalty
    lead = f"The shares of {count:,} images add up to {format_number(shares, 5)}."
    if penalty:
        lead += f" L2 adds {format_number(penalty, 5)}: together {format_number(total, 5)}."
    difference = abs(total - gradient)
    if not math.isfinite(difference):
        return f"{lead} TensorFlow's gradient is {format_number(gradient, 5)}: the network has lost its numbers."
    rounding = f"{format_number(difference, 1)} away, by rounding" if difference else "the same"
    return f"{lead} TensorFlow's gradient is {format_number(gradient, 5)}: {rounding}."
