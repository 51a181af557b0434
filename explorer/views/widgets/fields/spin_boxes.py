"""Spin boxes for integers and for decimal numbers."""

import re
from typing import Any

from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QAbstractSpinBox, QDoubleSpinBox, QSpinBox

from explorer.views.widgets.fields.wheel import leave_wheel_to_page

INTEGER = re.compile(r"\d{1,12}")

DECIMALS = 9
"""Largest number of decimals."""

NUMBER = re.compile(r"(\d+[.,]?\d*|[.,]\d+)([eE][+-]?\d{1,3})?")

PARTIAL_EXPONENT = re.compile(r"\d*[.,]?\d*[eE][+-]?\d*")
"""A number whose exponent is still being typed."""


def _set_text_margins(spin: Any) -> None:
    spin.lineEdit().setTextMargins(6, 0, 4, 0)  # the style sheet has no effect on these


class IntegerSpinBox(QSpinBox):
    """A spin box that replaces a number that is too large by the maximum; Qt's own ignores the last digit instead."""

    def __init__(self, object_name: str = "") -> None:
        super().__init__()
        self.setObjectName(object_name)
        _set_text_margins(self)
        leave_wheel_to_page(self)

    def _parse_integer(self, text: str) -> int | None:
        digits = text.removeprefix(self.prefix()).removesuffix(self.suffix()).strip()
        return int(digits) if INTEGER.fullmatch(digits) else None

    def validate(self, text: str, cursor: int) -> tuple[QValidator.State, str, int]:
        """Accept numbers above the maximum as well."""
        if (typed := self._parse_integer(text)) is not None and typed > self.maximum():
            return QValidator.State.Acceptable, text, cursor
        return super().validate(text, cursor)

    def valueFromText(self, text: str) -> int:
        """Return the number of a text, at most the maximum."""
        typed = self._parse_integer(text)
        return super().valueFromText(text) if typed is None else min(typed, self.maximum())


class DecimalSpinBox(QDoubleSpinBox):
    """A spin box that shows 0.001 instead of 0.001000 and accepts exponents such as 1e-3."""

    def __init__(self) -> None:
        super().__init__()
        self.setDecimals(DECIMALS)
        self.setStepType(QAbstractSpinBox.StepType.AdaptiveDecimalStepType)
        _set_text_margins(self)
        leave_wheel_to_page(self)

    def textFromValue(self, value: float) -> str:
        """Return a number as text without trailing zeros."""
        if 0 < value < 1e-4:
            return f"{value:.{DECIMALS}f}".rstrip("0").rstrip(".")
        return re.sub(r"e\+0*", "e", f"{value:g}")

    def validate(self, text: str, cursor: int) -> tuple[QValidator.State, str, int]:
        """Accept exponents, which Qt's own spin box drops (it reads 1e-3 as 13), and numbers above the maximum."""
        state = QValidator.State
        if (number := _parse_number(text)) is not None and ("e" in text.lower() or number > self.maximum()):
            return state.Acceptable, text, cursor
        if "e" not in text.lower():
            return super().validate(text, cursor)
        return (state.Intermediate if PARTIAL_EXPONENT.fullmatch(text.strip()) else state.Invalid), text, cursor

    def valueFromText(self, text: str) -> float:
        """Return the number of a text, clamped to the range."""
        number = _parse_number(text)
        return super().valueFromText(text) if number is None else min(max(number, self.minimum()), self.maximum())


def _parse_number(text: str) -> float | None:
    """Return the number that a text represents, with or without exponent, else None."""
    return float(text.replace(",", ".")) if NUMBER.fullmatch(text.strip()) else None
