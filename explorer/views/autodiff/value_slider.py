"""A slider for a number, which it shows and never rounds to its own positions."""

import sys
from math import isfinite

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QMouseEvent
from PySide6.QtWidgets import QSlider, QWidget

from explorer.core.plot.pi_ticks import is_pi_range
from explorer.core.plot.round_values import nice_step, rounded, snapped
from explorer.views.plot.point_drag import FREE_KEYS
from explorer.views.widgets.fields.wheel import leave_wheel_to_page

POSITIONS = 2000
"""Number of positions of a slider."""

REACH = 5.0
"""Largest absolute value on a slider without a range, as long as its value is not larger."""

STEPS_PER_RANGE, STEPS_PER_PAGE = 500, 10
"""Steps of the arrow keys from one end to the other at most, and those of Page Up and Page Down."""

LARGEST = sys.float_info.max

_ACTIONS = QSlider.SliderAction
_STEPS = {
    _ACTIONS.SliderSingleStepAdd: 1,
    _ACTIONS.SliderSingleStepSub: -1,
    _ACTIONS.SliderPageStepAdd: STEPS_PER_PAGE,
    _ACTIONS.SliderPageStepSub: -STEPS_PER_PAGE,
}


class ValueSlider(QSlider):
    """Keeps a number exactly. A drag snaps to round values, and keys add round steps to the number.

    chosen: another number. dragBegan, dragEnded: between them all numbers are one change. backRequested: the number
    before, by a double click.
    """

    chosen = Signal(float)
    dragBegan = Signal()
    dragEnded = Signal()
    backRequested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        leave_wheel_to_page(self)
        self.setRange(0, POSITIONS)
        self.setPageStep(POSITIONS // 20)
        self._number = 0.0
        self._low, self._high = -REACH, REACH
        self._wanted: tuple[float, float] | None = None
        self.valueChanged.connect(self._moved)
        self.actionTriggered.connect(self._act)
        self.sliderPressed.connect(self.dragBegan)
        self.sliderReleased.connect(self._end_drag)

    @property
    def ends(self) -> tuple[float, float]:
        """The numbers at both ends."""
        return self._low, self._high

    @property
    def step(self) -> float:
        """The step of the arrow keys, 1, 2 or 5 times a power of ten."""
        return nice_step((self._high / 2 - self._low / 2) / STEPS_PER_RANGE * 2)

    def setEnds(self, ends: tuple[float, float] | None) -> None:
        """Set the numbers at both ends; None: a range around 0. A number outside widens it."""
        self._wanted = ends
        self.showNumber(self._number)

    def showNumber(self, number: float) -> None:
        """Show a number that was set elsewhere. During a drag the handle stays at the mouse."""
        self._number = number
        if not isfinite(number) or self.isSliderDown():
            return
        self._fit_ends()
        self.blockSignals(True)
        self.setValue(self._position(number))
        self.blockSignals(False)

    def stepped(self, count: int) -> float:
        """Return the number ``count`` steps away, not beyond an end."""
        return self._clamped(float(f"{self._number + count * self.step:.12g}"))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Ask for the number before."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.backRequested.emit()
        else:
            super().mouseDoubleClickEvent(event)

    def _fit_ends(self) -> None:
        low, high = self._wanted or (-REACH, REACH)
        if not low <= self._number <= high:
            centre, reach = low / 2 + high / 2, high / 2 - low / 2
            while abs(self._number - centre) > reach:
                reach *= 2
            low, high = max(centre - reach, -LARGEST), min(centre + reach, LARGEST)
        self._low, self._high = low, high

    def _position(self, number: float) -> int:
        share = (number / 2 - self._low / 2) / (self._high / 2 - self._low / 2)
        return round(min(max(share, 0.0), 1.0) * POSITIONS)

    def _clamped(self, number: float) -> float:
        return min(max(number, self._low), self._high) + 0.0

    def _moved(self, position: int) -> None:
        """Choose the number at a position: an end exactly, else rounded to less than can be seen."""
        if position in (0, POSITIONS):
            self.chosen.emit(self._low if position == 0 else self._high)
            return
        unit = 2 * (self._high / 2 - self._low / 2) / POSITIONS
        number = self._low + unit * position
        if self.isSliderDown():
            pixel = unit * POSITIONS / max(self.width(), 1)
            is_free = bool(QGuiApplication.keyboardModifiers() & FREE_KEYS)
            in_pi = self._wanted == self.ends and is_pi_range(*self.ends)
            number = snapped(number, pixel, in_pi=in_pi, is_free=is_free)
        else:
            number = rounded(number, unit)
        self.chosen.emit(self._clamped(number))

    def _end_drag(self) -> None:
        self.showNumber(self._number)  # which may have snapped a few pixels away from the mouse
        self.dragEnded.emit()

    def _act(self, action: int) -> None:
        """Add steps to the number itself: the position is a rounded one."""
        if self.isSliderDown():
            return
        steps = _STEPS.get(_ACTIONS(action), 0)
        if action == _ACTIONS.SliderMove.value:  # the wheel
            steps = self.sliderPosition() - self.value()
        if steps:
            number = self.stepped(steps)
            self.showNumber(number)
            self.chosen.emit(number)
