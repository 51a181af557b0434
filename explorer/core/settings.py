"""All settings of the program, with defaults and bounds."""

import math
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Setting:
    """One setting, bounded by ``choices`` or by ``low`` and ``high``; ``description`` is its tooltip."""

    key: str
    default: Any
    description: str
    choices: tuple[Any, ...] = ()
    low: float | None = None
    high: float | None = None

    def validated(self, value: Any) -> Any:
        """Return ``value`` if it is allowed, a number clipped to the bounds, and the default for anything else."""
        if self.choices:
            return value if value in self.choices else self.default
        if isinstance(self.default, bool) or not isinstance(self.default, int | float):
            return value if isinstance(value, type(self.default)) else self.default
        if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
            return self.default
        low = value if self.low is None else max(value, self.low)
        return type(self.default)(low if self.high is None else min(low, self.high))


SETTINGS = {
    setting.key: setting
    for setting in (
        Setting("theme", "dark", "Dark, light, or as much contrast as there is", ("dark", "light", "contrast")),
        Setting("scale", 1.0, "Size of everything", low=0.6, high=3.0),
        Setting("digits", 4, "Significant digits of numbers", low=2, high=9),
        Setting("dtype", "float32", "Precision that TensorFlow computes with", ("float32", "float64")),
        Setting("direction", "auto", "Top-down, left-to-right, or what fits the window", ("auto", "TB", "LR")),
        Setting("depth", "concept", "Forward graph, or every op TensorFlow built", ("concept", "full")),
        Setting("points", 1000, "Points of a curve", low=2, high=20_000_000),
        Setting("text", "", "Expression when the window was closed"),
        Setting("values", {}, "Values of the variables when the window was closed"),
        Setting("screen", "", "Screen to present on; empty: the second one, if there is one"),
        Setting(
            "talk_minutes",
            45,
            "Length of the talk in minutes, of which the lecturer's window shows what is left",
            low=1,
            high=480,
        ),
        Setting("toured", False, "Whether the tour was finished or closed"),
        Setting("lessons", {}, "Scene at which each lesson was left, by name of the lesson"),
        Setting("lesson_marks", {}, "Whether a lesson is done, by name of the lesson"),
    )
}
"""All settings by key."""
