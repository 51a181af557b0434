"""A field for a number, vector or matrix, which accepts texts such as ``pi/4``."""

from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from explorer.core.errors import ExpressionError
from explorer.core.expression.values import is_same_value, parse_value
from explorer.core.number_format import format_value_full
from explorer.views.theme.stylesheet import set_wrong
from explorer.views.widgets.fields.shortened_number import begins_edit, fitted_text, has_room, show_all_digits


class NumberField(QLineEdit):
    """Keeps a value that was set exactly, and shows the number that TensorFlow gets.

    From the first key on all digits are there; else a number that is too long loses digits, but not its exponent.
    valueChanged: another value was entered. stepped: Up (1) or Down (-1). backRequested: the value before, by a double
    click. messageReported: why a text is not a value; the field is marked until it is one or the field is left.
    """

    valueChanged = Signal(object)
    stepped = Signal(int)
    backRequested = Signal()
    messageReported = Signal(str)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.current: Any = np.float64(1.0)
        self._dtype = "float32"
        self.setObjectName(f"input_{name}")
        self.setAccessibleName(f"Value of {name}")
        self._tip = f"Value of {name}: a number, pi/4, or [[1,2],[3,4]]"
        self.setToolTip(self._tip)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.editingFinished.connect(self._read)

    def value(self) -> Any:
        """Return the value as a float or nested lists."""
        return self.current.tolist()

    def setValue(self, value: Any) -> None:
        """Set the value as if it was typed, without clamping or rounding."""
        self.showValue(value)
        self.valueChanged.emit(self.current)

    def showValue(self, value: Any, dtype: str | None = None) -> None:
        """Show a value that was set elsewhere, unless the user is typing into the field.

        dtype: in which TensorFlow computes, and which decides how many digits there are.
        """
        before, self.current = self.current, np.asarray(value, dtype=np.float64)
        dtype_before, self._dtype = self._dtype, dtype or self._dtype
        is_other = not is_same_value(before, self.current)
        is_clean = bool(self.text()) and not self.isModified() and not self.property("wrong")
        if is_clean and not is_other and self._dtype == dtype_before:
            return  # most fields keep their value while one of them changes
        if not (self.hasFocus() and self.isModified()) or (is_other and self.property("wrong")):
            self.setModified(False)
            set_wrong(self, False)
            self._show()

    def mark(self) -> None:
        """Mark the value as one that the expression cannot have."""
        set_wrong(self, True)

    def _show(self) -> None:
        full = self._text(all_digits=True)
        text = full if self.current.ndim or has_room(self, full) else self._text()
        if text != self.text():
            self.setText(text)
            self.setCursorPosition(0)
        tip = self._tip if text == full or self.current.ndim else f"{full}\n{self._tip}"
        if tip != self.toolTip():
            self.setToolTip(tip)

    def _text(self, all_digits: bool = False) -> str:
        value = self._number()
        return _full_text(value) if value.ndim or all_digits else fitted_text(self, value)

    def _number(self) -> Any:
        with np.errstate(over="ignore"):
            return self.current.astype(self._dtype)[()]

    def _read(self) -> None:
        if not self.isModified():
            return
        try:
            value = parse_value(self.text())
        except ExpressionError as error:
            self.messageReported.emit(f"{self.text()!r} is not a value: {error.message}")
            if self.hasFocus():
                set_wrong(self, True)  # the text stays, so that it can be corrected
            else:
                self.setModified(False)
                set_wrong(self, False)
                self._show()
            return
        self.setModified(False)
        self.setValue(value)

    # -- events -----------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """Leave undo to the window while nothing is typed here."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and not self.isModified():
            keys = QKeySequence.StandardKey
            if event.matches(keys.Undo) or event.matches(keys.Redo):
                event.ignore()
                return True
        return super().event(event)

    def changeEvent(self, event: QEvent) -> None:
        """Show as many digits as another font has room for."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange) and not self.isModified():
            self._show()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Change the number with Up and Down."""
        steps = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}.get(Qt.Key(event.key()))
        if steps is None or self.current.ndim or self.isModified():
            if begins_edit(self, event):
                show_all_digits(self, self._number())
            super().keyPressEvent(event)
        else:
            self.stepped.emit(steps)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show the digits that fit, and the value instead of a wrong text."""
        super().focusOutEvent(event)
        if not self.isModified():
            self._show()
        elif self.property("wrong"):
            self.setModified(False)
            self.showValue(self.current)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Ask for the value before, unless something is being typed, and select the number."""
        if not self.isModified():
            self.backRequested.emit()
            self.selectAll()
        else:
            super().mouseDoubleClickEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as many digits as there is room for."""
        super().resizeEvent(event)
        if not self.isModified():
            self._show()


def _full_text(value: Any) -> str:
    if not np.ndim(value):
        return format_value_full(value).replace("−", "-")
    return "[" + ",".join(_full_text(entry) for entry in value) + "]"
