"""The slope triangle at the point of a plot: 1 to the right, f′ up."""

from math import isfinite
from typing import Any

import pyqtgraph as pg
from PySide6.QtGui import QFont

from explorer.core.number_format import format_number
from explorer.core.plot.axis_power import in_units
from explorer.views.theme.theme import Theme

RUN = 1.0
"""Width of the triangle: then its height is the derivative itself."""

SHARES = (0.04, 0.5)
"""Shares of the plot's width between which the triangle can be read."""


class SlopeTriangle:
    """Run, rise and their numbers. plot: the plot item that they are added to."""

    def __init__(self, plot: Any) -> None:
        self._run, self._rise = pg.PlotCurveItem(), pg.PlotCurveItem()
        self._run_label, self._rise_label = pg.TextItem("1"), pg.TextItem("")
        for item in (self._run, self._rise, self._run_label, self._rise_label):
            item.setZValue(5)
            plot.addItem(item, ignoreBounds=True)
        self.hide()

    @property
    def corners(self) -> list[tuple[float, float]]:
        """The corners, from the point on; empty if the triangle is hidden."""
        if not self._run.isVisible():
            return []
        return [*zip(*self._run.getData(), strict=True), tuple(values[-1] for values in self._rise.getData())]

    @property
    def texts(self) -> tuple[str, str]:
        """The numbers at run and rise."""
        return self._run_label.toPlainText(), self._rise_label.toPlainText()

    def show(self, x: float, y: float, slope: float, width: float, power: int = 0) -> None:
        """Show the triangle at (x, y), unless it is too small or large on an axis of x that is ``width`` long.

        power: the axis of y is in units of 10 to this power.
        """
        y, rise = (float(in_units(value, power)) for value in (y, slope))
        if not (SHARES[0] * width <= RUN <= SHARES[1] * width and isfinite(y + rise)):
            self.hide()
            return
        self._run.setData([x, x + RUN], [y, y])
        self._rise.setData([x + RUN, x + RUN], [y, y + rise])
        self._run_label.setAnchor((0.5, 0.0 if slope >= 0 else 1.0))
        self._run_label.setPos(x + RUN / 2, y)
        self._rise_label.setText(format_number(slope))
        self._rise_label.setAnchor((0.0, 0.5))
        self._rise_label.setPos(x + RUN, y + rise / 2)
        self._set_visible(True)

    def hide(self) -> None:
        """Hide the triangle."""
        self._set_visible(False)

    def set_style(self, theme: Theme, width: float, label_font: QFont) -> None:
        """Set colours, the width of the lines in device pixels, and the font of the numbers."""
        for line, label, colour in (
            (self._run, self._run_label, theme.muted),
            (self._rise, self._rise_label, theme.gradient),
        ):
            line.setPen(pg.mkPen(colour, width=width))
            label.setColor(colour)
            label.setFont(label_font)

    def _set_visible(self, is_visible: bool) -> None:
        for item in (self._run, self._rise, self._run_label, self._rise_label):
            item.setVisible(is_visible)
