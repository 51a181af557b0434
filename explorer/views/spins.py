"""Fields for numbers."""

from typing import Any

from PySide6.QtWidgets import QAbstractSpinBox, QDoubleSpinBox, QSpinBox


def _give_room(spin: Any) -> None:
    spin.lineEdit().setTextMargins(6, 0, 4, 0)  # style sheets do not reach into it


class NumberSpinBox(QSpinBox):
    """A field for a whole number."""

    def __init__(self, name: str = "") -> None:
        super().__init__(objectName=name)
        _give_room(self)


class PlainSpinBox(QDoubleSpinBox):
    """A field for a number that is written as one would: 0.001, and not 0.001000."""

    def __init__(self, name: str = "") -> None:
        super().__init__(objectName=name)
        self.setDecimals(6)
        self.setStepType(QAbstractSpinBox.StepType.AdaptiveDecimalStepType)
        _give_room(self)

    def textFromValue(self, value: float) -> str:
        """Write a number without zeros that say nothing."""
        return f"{value:g}" if value >= 1e-4 or not value else f"{value:.6f}".rstrip("0")
