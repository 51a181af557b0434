"""The axes of the plot of curves."""

import pyqtgraph as pg
from PySide6.QtGui import QFont, QFontMetricsF

from explorer.core.plot.decimal_ticks import decimal_ticks, tick_texts
from explorer.core.plot.pi_ticks import pi_ticks

PI_TICK_PX, MIN_TICK_PX, TICK_ROOM = 55, 40, 1.3
"""Smallest distances of ticks on the axis of x, with and without π, and that of ticks in widths of their texts."""

RIGHT_MARGIN_PX = 9
"""Space right of the axis of x."""


class CurveAxis(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph has no type hints
    """An axis with ticks at round decimals, or in multiples of π.

    in_pi: whether its range is given in them. power: its numbers are in units of 10 to this power.
    """

    in_pi = False
    power = 0

    def set_power(self, power: int) -> None:
        """Set the unit of the numbers."""
        if power != self.power:
            self.power, self.picture = power, None
            self.update()

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        """Return the distance of the ticks and their values, for an axis that is ``size`` pixels long."""
        if self.in_pi and (ticks := pi_ticks(low, high, max(3, int(size / PI_TICK_PX)))):
            return [(1.0, [value for value, _ in ticks])]
        metrics = QFontMetricsF(self.style["tickFont"] or QFont())
        if self.orientation != "bottom":
            edge = min(metrics.height() / 2 / max(size, 1), 0.25) * (high - low)  # a number there would be cut off
            room = size / max(metrics.height(), 1)
            for count in range(max(2, int(room / 2.2)), max(3, int(room)) + 1):
                step, values = decimal_ticks(low + edge, high - edge, count)
                if len(values) > 1:  # a single number gives no scale
                    break
            return [(step, values)]
        step, values = decimal_ticks(low, high, 2)
        for count in range(max(2, int(size / MIN_TICK_PX)), 1, -1):
            step, values = decimal_ticks(low, high, count)
            widths = [metrics.horizontalAdvance(text) for text in tick_texts(values, step, self.power)]
            if max(widths, default=0) * TICK_ROOM <= size * step / (high - low):
                break
        return [(step, values)]

    def tickStrings(self, values: list[float], _scale: float, spacing: float) -> list[str]:
        """Return the text of each tick, "" where it would be cut off."""
        low, high = self.range
        texts = {round(value, 9): text for value, text in pi_ticks(low, high, 60)} if self.in_pi else {}
        if texts and all(round(value, 9) in texts for value in values):
            return [texts[round(value, 9)] for value in values]
        return [
            text if self._has_room(value, text) else ""
            for value, text in zip(values, tick_texts(values, spacing, self.power), strict=True)
        ]

    def _has_room(self, value: float, text: str) -> bool:
        """Return whether a text would be complete: a number of which the exponent is cut off is another number."""
        if self.orientation != "bottom":
            return True
        low, high = self.range
        half = QFontMetricsF(self.style["tickFont"] or QFont()).horizontalAdvance(text) / 2
        return bool((value - low) / ((high - low) or 1) * self.width() + half <= self.width() + RIGHT_MARGIN_PX)
