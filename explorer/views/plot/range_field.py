"""A field for an end of the plot's range, which understands ``-2*pi``."""

import numpy as np
from PySide6.QtGui import QFocusEvent, QKeyEvent, QResizeEvent

from explorer.core.errors import ExpressionError
from explorer.core.expression.values import parse_value
from explorer.core.plot.pi_ticks import bound_text
from explorer.views.widgets.fields.hint_line_edit import HintLineEdit, available_width
from explorer.views.widgets.fields.shortened_number import begins_edit, fitted_text, least_text, show_all_digits


class RangeField(HintLineEdit):
    """Keeps a number exactly. From the first key on all digits are there, else as many as fit beside its exponent."""

    def __init__(self) -> None:
        super().__init__()
        self._number = 0.0

    def setNumber(self, number: float) -> None:
        """Show a number instead of what was typed."""
        self._number = number
        self.setModified(False)
        self._show()

    def number(self) -> float:
        """Return the number, read from the text if that was typed. Raises ExpressionError."""
        if not self.isModified():
            return self._number
        value = parse_value(self.text())
        if value.ndim:
            raise ExpressionError(f"{self.text().strip()} is not a single number.")
        return float(value)

    @property
    def needed_width(self) -> int:
        """The width in pixels at which the number, shortened as far as it can be, is not cut off."""
        text = bound_text(self._number)
        if "pi" not in text:
            text = least_text(np.float64(float(text)))
        return self.fontMetrics().horizontalAdvance(text) + self.width() - available_width(self)

    def _show(self) -> None:
        text = bound_text(self._number)
        if "pi" not in text:
            text = fitted_text(self, np.float64(float(text)))
        if text != self.text():
            self.setText(text)
            self.setCursorPosition(0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Show all digits before they are edited."""
        if begins_edit(self, event):
            show_all_digits(self, np.float64(float(bound_text(self._number))))
        super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show the digits that fit."""
        super().focusOutEvent(event)
        if not self.isModified():
            self._show()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as many digits as there is room for."""
        super().resizeEvent(event)
        if not self.isModified():
            self._show()
