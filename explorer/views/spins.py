"""Fields for numbers."""

import re
from typing import Any

from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QAbstractSpinBox, QDoubleSpinBox, QSpinBox

DECIMALS = 9
"""Of the smallest number that can be written."""

BEGUN = re.compile(r"\d*[.,]?\d*[eE][+-]?\d*")
"""A power of ten that is being typed."""


def _give_room(spin: Any) -> None:
    spin.lineEdit().setTextMargins(6, 0, 4, 0)  # style sheets do not reach into it


class NumberSpinBox(QSpinBox):
    """A field for a whole number."""

    def __init__(self, name: str = "") -> None:
        super().__init__(objectName=name)
        _give_room(self)


class PlainSpinBox(QDoubleSpinBox):
    """A field for a number that is written as one would: 0.001 and not 0.001000; 1e-3 is understood, too."""

    def __init__(self, name: str = "") -> None:
        super().__init__(objectName=name)
        self.setDecimals(DECIMALS)
        self.setStepType(QAbstractSpinBox.StepType.AdaptiveDecimalStepType)
        _give_room(self)

    def textFromValue(self, value: float) -> str:
        """Write a number without zeros that say nothing."""
        if 0 < value < 1e-4:
            return f"{value:.{DECIMALS}f}".rstrip("0").rstrip(".")
        return re.sub(r"e\+0*", "e", f"{value:g}")

    def validate(self, text: str, at: int) -> object:
        """Allow powers of ten: Qt's own field takes no e, and would make 13 of 1e-3."""
        if "e" not in text.lower():
            return super().validate(text, at)
        state = QValidator.State
        if _power(text) is not None:
            return state.Acceptable, text, at
        return (state.Intermediate if BEGUN.fullmatch(text.strip()) else state.Invalid), text, at

    def valueFromText(self, text: str) -> float:
        """Return the number that is written."""
        power = _power(text)
        return super().valueFromText(text) if power is None else min(max(power, self.minimum()), self.maximum())


def _power(text: str) -> float | None:
    """The number that a text with a power of ten says; None for a text without one."""
    if "e" not in text.lower():
        return None
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None
