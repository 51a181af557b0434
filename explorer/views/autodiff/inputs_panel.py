"""The inputs: for each variable a name, a slider, and a field that accepts texts such as ``pi/4``."""

import contextlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from explorer.core.errors import ExpressionError
from explorer.core.expression.coordinate import Coordinate, parse_coordinate
from explorer.views.autodiff.number_field import NumberField
from explorer.views.autodiff.value_slider import ValueSlider
from explorer.views.widgets.text_size import presented_enlargement, show_presented_size

MAX_ROWS, ALONE_ROWS = 3, 9
"""Variables that are visible without scrolling: beside a plot or a chain rule, and where nothing else needs room."""


class _Row:
    """Label, slider and field of a variable, or of the entry that the plot has on its axis."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.label = QLabel(parse_coordinate(name).display_name)
        self.label.setProperty("role", "math")
        self.field = NumberField(name)
        self.slider = ValueSlider()
        self.slider.setObjectName(f"slider_{name}")
        self.slider.setAccessibleName(f"Slider of {name}")
        self.slider.setToolTip(f"Drag to change {name}; a double click brings the value before back")
        self.slider.chosen.connect(self.field.setValue)
        self.field.stepped.connect(lambda steps: self.field.setValue(self.slider.stepped(steps)))
        self.scale = 1.0
        self._ends: tuple[float, float] | None = None

        self.pair = QWidget()
        self.pair.setProperty("clear", True)
        row = QHBoxLayout(self.pair)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(self.slider, 1)
        row.addWidget(self.field, 1)

    def widgets(self) -> tuple[QWidget, ...]:
        return self.label, self.pair

    def show_value(self, value: Any, dtype: str) -> None:
        self.field.showValue(value, dtype)
        is_scalar = not np.ndim(value)
        self.slider.setVisible(is_scalar)
        self.fit_width()
        if is_scalar:
            self.slider.showNumber(float(value))

    def set_ends(self, ends: tuple[float, float] | None) -> None:
        if ends != self._ends:
            self._ends = ends
            self.slider.setEnds(ends)

    def fit_width(self) -> None:
        """Fit the field: a number needs little width, and leaves some to its slider; a matrix has the entire width."""
        is_scalar = not np.ndim(self.field.current)
        width = round(96 * self.scale)
        self.field.setMinimumWidth(round(0.75 * width) if is_scalar else width)
        self.field.setMaximumWidth(width if is_scalar else 10_000)


class InputsPanel(QFrame):
    """Shows the variables.

    valueEdited: name and new value. dragBegan, dragEnded: of a slider. backRequested: name of the variable of which the
    value before is wanted. messageReported: why a text is not a value.
    """

    valueEdited = Signal(str, object)
    dragBegan = Signal()
    dragEnded = Signal()
    backRequested = Signal(str)
    messageReported = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("inputsPanel")
        self.setAccessibleName("Inputs")
        self.setProperty("card", True)
        self._rows: dict[str, _Row] = {}
        self._values: Mapping[str, Any] = {}
        self._dtype = "float32"
        self._axis: Coordinate | None = None
        self._ends: tuple[float, float] | None = None
        self._scale = 1.0
        self._presenting = False
        self._in_front = self._alone = False
        outer = QVBoxLayout(self)
        outer.setContentsMargins(16, 8, 12, 8)
        self._inner = QWidget()
        self._grid = QGridLayout(self._inner)
        self._grid.setContentsMargins(0, 0, 4, 0)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(1, 1)
        self._area = QScrollArea()
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setWidget(self._inner)
        self._area.setProperty("clear", True)
        self._inner.setProperty("clear", True)
        outer.addWidget(self._area)
        self._empty = QLabel("Here the variables will be.")
        self._empty.setProperty("role", "muted")
        self._grid.addWidget(self._empty, 0, 0, 1, 3)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._fit_height()

    def setVariables(self, values: Mapping[str, Any], dtype: str = "float32") -> None:
        """Show variables in this order, keeping the widgets of those that remain.

        dtype: in which TensorFlow computes: its numbers are shown, not what was typed.
        """
        self._values, self._dtype = values, dtype
        self._show()

    def markWrong(self, name: str) -> None:
        """Mark a value that the expression cannot have, until it has another one."""
        if name in self._rows:
            self._rows[name].field.mark()

    def _show(self) -> None:
        shown = self._shown_values()
        if list(shown) != list(self._rows):
            self._arrange(list(shown))
        for name, value in shown.items():
            self._rows[name].show_value(value, self._dtype)
            self._rows[name].set_ends(self._ends if self._axis is not None and name == self._axis.text else None)

    def _shown_values(self) -> dict[str, Any]:
        """Return the value of each row: of the variables, and of the plotted entry below its variable."""
        shown: dict[str, Any] = {}
        for name, value in self._values.items():
            shown[name] = value
            if self._axis is not None and self._axis.index and self._axis.variable == name:
                with contextlib.suppress(ExpressionError):  # the matrix has become smaller, and the plot will follow
                    shown[self._axis.text] = self._axis.of_values(self._values).value(self._values)
        return shown

    def setRange(self, name: str | None, low: float, high: float) -> None:
        """Set the coordinate on the axis of the plot, and the range of its slider to that of the plot.

        An entry of a vector or matrix has a slider while it is on the axis.
        """
        self._axis, self._ends = None if name is None else parse_coordinate(name), (low, high)
        self._show()

    def setScale(self, scale: float) -> None:
        """Set the scale of what the style sheet does not reach."""
        self._scale = scale
        show_presented_size(self, scale, self._presenting)
        for row in self._rows.values():
            row.scale = self._shown_scale
            row.fit_width()
        self._fit_height()

    def setPresenting(self, presenting: bool) -> None:
        """Make room for larger letters."""
        self._presenting = presenting
        self.setScale(self._scale)

    def setInFront(self, in_front: bool) -> None:
        """Show all variables without scrolling, or as many as usual."""
        self._in_front = in_front
        self._fit_height()

    def setAlone(self, alone: bool) -> None:
        """Use the room below, where nothing else in the column needs it."""
        self._alone = alone
        self._fit_height()

    @property
    def _shown_scale(self) -> float:
        return self._scale * (presented_enlargement(self._scale) if self._presenting else 1.0)

    def _arrange(self, names: list[str]) -> None:
        for name in [name for name in self._rows if name not in names]:
            row = self._rows.pop(name)
            row.field.setObjectName("")  # it is deleted later, and must not be found instead of a new one of its name
            row.slider.setObjectName("")
            for widget in row.widgets():
                self._grid.removeWidget(widget)
                widget.hide()
                widget.deleteLater()
        self._rows = {name: self._rows.get(name) or self._new_row(name) for name in names}
        for number, row in enumerate(self._rows.values()):
            for column, widget in enumerate(row.widgets()):
                self._grid.addWidget(widget, number + 1, column)
        self._empty.setText("No inputs: what you typed is a number.")
        self._empty.setVisible(not names)
        self._fit_height()

    def _new_row(self, name: str) -> _Row:
        row = _Row(name)
        row.scale = self._shown_scale
        row.field.valueChanged.connect(lambda value: self.valueEdited.emit(name, value))
        row.field.messageReported.connect(self.messageReported)
        row.slider.dragBegan.connect(self.dragBegan)
        row.slider.dragEnded.connect(self.dragEnded)
        for part in (row.slider, row.field):
            part.backRequested.connect(lambda: self.backRequested.emit(name))
        return row

    def _fit_height(self) -> None:
        max_rows = ALONE_ROWS if self._in_front or self._alone else MAX_ROWS
        rows = min(max(len(self._rows), 1), max_rows)
        self.setFixedHeight(round(38 * self._shown_scale) * rows + 18)
