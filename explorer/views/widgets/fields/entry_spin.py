"""A spin box for an entry of a vector or matrix."""

from math import prod

import numpy as np
from PySide6.QtCore import QSignalBlocker
from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QSpinBox, QWidget

from explorer.core.errors import ExpressionError
from explorer.core.expression.entry import entry_in_shape, entry_text, parse_entry
from explorer.core.syntax_tree import Shape
from explorer.views.widgets.fields.wheel import leave_wheel_to_page


class EntrySpin(QSpinBox):
    """Counts through the entries of a vector or matrix, shown as ``y[0,1]``."""

    def __init__(self, object_name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = "y"
        self._shape: Shape = (1,)
        self.setObjectName(object_name)
        leave_wheel_to_page(self)
        self.lineEdit().setTextMargins(6, 0, 4, 0)  # the style sheet has no effect on these
        self.setRange(0, 0)
        self.setKeyboardTracking(False)
        self.setWrapping(True)

    def setArray(self, name: str, shape: Shape) -> None:
        """Set the name that is shown before the indices, and the shape."""
        if (name, shape) != (self._name, self._shape):
            self._name, self._shape = name, shape
            with QSignalBlocker(self):
                self.setRange(0, prod(shape) - 1)
            self.updateGeometry()

    def entry(self) -> tuple[int, ...]:
        """Return the indices of the entry."""
        return _indices(self.value(), self._shape)

    def setEntry(self, entry: tuple[int, ...]) -> None:
        """Show an entry without emitting `valueChanged`."""
        with QSignalBlocker(self):
            self.setValue(int(np.ravel_multi_index(entry, self._shape)))

    def textFromValue(self, value: int) -> str:
        """Return the text of the entry with this number."""
        return f"{self._name}[{entry_text(_indices(value, self._shape))}]"

    def valueFromText(self, text: str) -> int:
        """Return the number of the entry in a text: ``y[0,1]`` or ``0,1``."""
        entry = self._read(text)
        return self.value() if entry is None else int(np.ravel_multi_index(entry, self._shape))

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        """Accept the text of an entry, and while it is being typed everything else."""
        state = QValidator.State.Intermediate if self._read(text) is None else QValidator.State.Acceptable
        return state, text, position

    def _read(self, text: str) -> tuple[int, ...] | None:
        inner = text.strip().removeprefix(self._name).strip().removeprefix("[").removesuffix("]")
        try:
            entry = parse_entry(inner)
            return None if entry is None else entry_in_shape(entry, self._shape, self._name)
        except ExpressionError:
            return None


def _indices(number: int, shape: Shape) -> tuple[int, ...]:
    # Qt may ask for the text of a number of the previous range.
    return tuple(int(index) for index in np.unravel_index(min(number, prod(shape) - 1), shape))
