"""Fields for numbers."""

import re
from typing import Any

from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QAbstractSpinBox, QDoubleSpinBox, QSpinBox

INTEGER = re.compile(r"\d{1,12}")

DECIMALS = 9
"""Of the smallest number that can be written."""

NUMBER = re.compile(r"(\d+[.,]?\d*|[.,]\d+)([eE][+-]?\d{1,3})?")

PARTIAL_EXPONENT = re.compile(r"\d*[.,]?\d*[eE][+-]?\d*")
"""A power of ten that is being typed."""


def _set_text_margins(spin: Any) -> None:
    spin.lineEdit().setTextMargins(6, 0, 4, 0)  # style sheets do not reach into it


class IntegerSpinBox(QSpinBox):
    """A field for a whole number. One that is too large becomes the largest; Qt's own would swallow its last digit."""

    def __init__(self, object_name: str = "") -> None:
        super().__init__()
        self.setObjectName(object_name)
        _set_text_margins(self)

    def _typed(self, text: str) -> int | None:
        digits = text.removeprefix(self.prefix()).removesuffix(self.suffix()).strip()
        return int(digits) if INTEGER.fullmatch(digits) else None

    def validate(self, text: str, cursor: int) -> object:
        """Allow a number that is too large to be typed to its end."""
        if (typed := self._typed(text)) is not None and typed > self.maximum():
            return QValidator.State.Acceptable, text, cursor
        return super().validate(text, cursor)

    def valueFromText(self, text: str) -> int:
        """Return the number that is written, or the largest allowed."""
        typed = self._typed(text)
        return super().valueFromText(text) if typed is None else min(typed, self.maximum())


class DecimalSpinBox(QDoubleSpinBox):
    """A field for a number that is written as one would: 0.001 and not 0.001000; 1e-3 is understood, too."""

    def __init__(self, object_name: str = "") -> None:
        super().__init__()
        self.setObjectName(object_name)
        self.setDecimals(DECIMALS)
        self.setStepType(QAbstractSpinBox.StepType.AdaptiveDecimalStepType)
        _set_text_margins(self)

    def textFromValue(self, value: float) -> str:
        """Write a number without zeros that say nothing."""
        if 0 < value < 1e-4:
            return f"{value:.{DECIMALS}f}".rstrip("0").rstrip(".")
        return re.sub(r"e\+0*", "e", f"{value:g}")

    def validate(self, text: str, cursor: int) -> object:
        """Allow powers of ten, of which Qt's own field would make 13 of 1e-3, and what is larger than allowed."""
        state = QValidator.State
        if (number := _parse_number(text)) is not None and ("e" in text.lower() or number > self.maximum()):
            return state.Acceptable, text, cursor
        if "e" not in text.lower():
            return super().validate(text, cursor)
        return (state.Intermediate if PARTIAL_EXPONENT.fullmatch(text.strip()) else state.Invalid), text, cursor

    def valueFromText(self, text: str) -> float:
        """Return the number that is written, within what is allowed."""
        number = _parse_number(text)
        return super().valueFromText(text) if number is None else min(max(number, self.minimum()), self.maximum())


def _parse_number(text: str) -> float | None:
    """The number that a text says, also as a power of ten; None for another text."""
    return float(text.replace(",", ".")) if NUMBER.fullmatch(text.strip()) else None
