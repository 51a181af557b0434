"""The step that an optimizer makes of one gradient, as formulas with their numbers."""

import math
from collections.abc import Mapping
from typing import Any

from explorer.core.number_format import format_number

NAMES = {"sgd": "SGD", "momentum": "SGD with momentum 0.9", "adam": "Adam", "rmsprop": "RMSprop"}


def number(value: float) -> str:
    """Return a number as it stands in a formula: five digits, a negative one in parentheses."""
    text = format_number(value, 5)
    return f"({text})" if value < 0 else text


def step_lines(gradient: float, weight: float, made: Mapping[str, Any]) -> list[str]:
    """Return the optimizer's formulas, each followed by its numbers; ``made``: what the engine says of the step.

    The formulas are Keras's: β₁ = 0.9, β₂ = 0.999, ε = 10⁻⁷ for Adam; ρ = 0.9, ε = 10⁻⁷ for RMSprop.
    """
    g, w, rate = number(gradient), number(weight), format_number(made["rate"])
    if "after" not in made:
        return [
            "What this optimizer remembers is kept for the newest weights alone: go to the right end of the slider."
        ]
    before, then = [number(value) for value in made["before"]], [number(value) for value in made["then"]]
    after = format_number(made["after"], 6)
    match made["optimizer"]:
        case "sgd":
            return ["w ← w − rate · g", f"= {w} − {rate} · {g}", f"= {after}"]
        case "momentum":
            return [
                "v ← 0.9 v − rate · g", f"= 0.9 · {before[0]} − {rate} · {g}", f"= {then[0]}",
                "w ← w + v", f"= {w} + {then[0]}", f"= {after}",
            ]  # fmt: skip
        case "adam":
            t = int(made["t"])
            pace = made["rate"] * (1 - 0.999**t) ** 0.5 / (1 - 0.9**t)
            return [
                "m ← 0.9 m + 0.1 g", f"= 0.9 · {before[0]} + 0.1 · {g}", f"= {then[0]}",
                "v ← 0.999 v + 0.001 g²", f"= 0.999 · {before[1]} + 0.001 · {g}²", f"= {then[1]}",
                f"α = rate · √(1 − 0.999ᵗ) ∕ (1 − 0.9ᵗ),  t = {t:,}", f"= {format_number(pace, 5)}",
                "w ← w − α · m ∕ (√v + 10⁻⁷)", f"= {w} − {format_number(pace, 5)} · {then[0]} ∕ (√{then[1]} + 10⁻⁷)",
                f"= {after}",
            ]  # fmt: skip
        case _:
            return [
                "v ← 0.9 v + 0.1 g²", f"= 0.9 · {before[0]} + 0.1 · {g}²", f"= {then[0]}",
                "w ← w − rate · g ∕ √(v + 10⁻⁷)", f"= {w} − {rate} · {g} ∕ √({then[0]} + 10⁻⁷)", f"= {after}",
            ]  # fmt: skip


def sum_in_words(shares: float, penalty: float, gradient: float, count: int) -> str:
    """Return the shares of all images, their sum, and TensorFlow's gradient beside it."""
    if not shares and not penalty and not gradient:
        return f"None of the {count:,} images pushes this weight: what it is multiplied with was 0, or its unit was."
    total = shares + penalty
    lead = f"The shares of {count:,} images add up to {format_number(shares, 5)}."
    if penalty:
        lead += f" L2 adds {format_number(penalty, 5)}: together {format_number(total, 5)}."
    difference = abs(total - gradient)
    if not math.isfinite(difference):
        return f"{lead} TensorFlow's gradient is {format_number(gradient, 5)}: the network has lost its numbers."
    rounding = f"{format_number(difference, 1)} away, by rounding" if difference else "the same"
    return f"{lead} TensorFlow's gradient is {format_number(gradient, 5)}: {rounding}."
