"""Line edits that show a number with fewer digits, but never without its exponent, until it is edited."""

from typing import Any

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit

from explorer.core.number_format import format_full, shortened
from explorer.views.widgets.fields.hint_line_edit import available_width

ELLIPSIS = "…"

_KEYS_THAT_EDIT_NOTHING = {
    Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape, Qt.Key.Key_Tab, Qt.Key.Key_Backtab,
    Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_Meta,
}  # fmt: skip


def has_room(field: QLineEdit, text: str) -> bool:
    """Return whether a text is shown completely."""
    return field.fontMetrics().horizontalAdvance(text) <= available_width(field)


def fitted_text(field: QLineEdit, number: Any) -> str:
    """Return all digits of a number if the field has room for them, else its first ones, ``…`` and its exponent."""
    width, metrics = available_width(field), field.fontMetrics()
    return shortened(number, lambda text: metrics.horizontalAdvance(text) <= width).replace("−", "-")


def least_text(number: Any) -> str:
    """Return the shortest text that `fitted_text` has for a number: its first digit, ``…`` and its exponent."""
    return shortened(number, lambda _text: False).replace("−", "-")


def begins_edit(field: QLineEdit, event: QKeyEvent) -> bool:
    """Return whether a key edits a text that is shortened, so that its digits have to come back first."""
    return ELLIPSIS in field.text() and not field.isModified() and event.key() not in _KEYS_THAT_EDIT_NOTHING


def show_all_digits(field: QLineEdit, number: Any) -> None:
    """Show all digits of a number that is shortened; cursor and selection stay between the same digits."""
    short, text = field.text(), format_full(number).replace("−", "-")
    if "e" in short and "e" not in text:
        text = np.format_float_scientific(number, unique=True, trim="-")
    cut = short.index(ELLIPSIS)

    def moved(place: int) -> int:
        return place if place <= cut else len(text) - (len(short) - place)

    cursor, start, length = field.cursorPosition(), field.selectionStart(), field.selectionLength()
    field.setText(text)
    if start < 0:
        field.setCursorPosition(moved(cursor))
        return
    first, last = moved(start), moved(start + length)
    if cursor == start:
        field.setSelection(last, first - last)
    else:
        field.setSelection(first, last - first)
