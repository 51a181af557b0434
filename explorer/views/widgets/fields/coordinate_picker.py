"""Picks a coordinate: a variable, and of a vector or matrix one of its entries."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from explorer.core.errors import ExpressionError
from explorer.core.expression.coordinate import Coordinate, coordinate_in
from explorer.views.widgets.fields.entry_spin import EntrySpin
from explorer.views.widgets.fields.wheel import leave_wheel_to_page


class _VariableCombo(QComboBox):
    """As wide as its longest name. Qt keeps the minimum width that it has while it is empty, that of seven letters."""

    def __init__(self) -> None:
        super().__init__()
        leave_wheel_to_page(self)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)

    def minimumSizeHint(self) -> QSize:
        """Return the size for the present names."""
        return self.sizeHint()


class CoordinatePicker(QWidget):
    """A list of the variables, and a spin box for the entry, however large the matrix is.

    chosen: the text of the coordinate that the user picks, such as ``W[0,1]``.
    """

    chosen = Signal(str)

    def __init__(self, object_name: str, tooltip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values: Mapping[str, Any] = {}
        self._current: Coordinate | None = None
        self._taken = ""
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        self.combo = _VariableCombo()
        self.combo.setObjectName(object_name)
        self.combo.setToolTip(tooltip)
        self.combo.setAccessibleName(tooltip)
        self.combo.textActivated.connect(self._pick_variable)
        self.spin = EntrySpin(f"{object_name}Entry")
        self.spin.setToolTip("The entry, counted from 0")
        self.spin.setAccessibleName("Entry")
        self.spin.valueChanged.connect(self._pick_entry)
        row.addWidget(self.combo)
        row.addWidget(self.spin)
        self.spin.hide()

    def setValues(self, values: Mapping[str, Any], current: str | None) -> None:
        """Show the variables with these values, and the coordinate that is picked."""
        self._values = values
        try:
            self._current = None if current is None else coordinate_in(current, values)
        except ExpressionError:
            self._current = None
        self._show()

    def setTaken(self, taken: str) -> None:
        """Set a coordinate that cannot be picked, such as that of the other axis; "" for none."""
        self._taken = taken
        self._show()

    def _show(self) -> None:
        names = [name for name in self._values if self._first_free(name) is not None]
        if [self.combo.itemText(k) for k in range(self.combo.count())] != names:
            self.combo.clear()
            self.combo.addItems(names)
        current = self._current
        has_entries = current is not None and bool(current.index)
        self.combo.setEnabled(len(names) > 1)
        self.combo.setVisible(len(names) > 1 or not has_entries)  # otherwise the entry has the name of its variable
        self.spin.setVisible(has_entries)
        if current is not None:
            self.combo.setCurrentText(current.variable)
        if current is not None and current.index:
            name = current.variable if len(names) == 1 else ""
            self.spin.setArray(name, np.shape(self._values[current.variable]))
            self.spin.setEntry(current.index)

    def _first_free(self, name: str) -> Coordinate | None:
        """Return the first coordinate of a variable that is not taken."""
        found = (Coordinate(name, index) for index in np.ndindex(*np.shape(self._values[name])))
        return next((each for each in found if each.text != self._taken), None)

    def _pick_variable(self, name: str) -> None:
        if (first := self._first_free(name)) is not None and (self._current is None or self._current.variable != name):
            self.chosen.emit(first.text)

    def _pick_entry(self, number: int) -> None:
        if self._current is None:
            return
        picked = Coordinate(self._current.variable, self.spin.entry())
        if picked.text == self._taken:  # go on in the same direction
            before = int(np.ravel_multi_index(self._current.index, np.shape(self._values[picked.variable])))
            count = self.spin.maximum() + 1
            step = 1 if (number - before) % count <= count // 2 else -1
            self.spin.setValue((number + step) % count)
            return
        self._current = picked
        self.chosen.emit(picked.text)
