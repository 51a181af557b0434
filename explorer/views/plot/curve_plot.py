"""The place of the plot of curves, before and after pyqtgraph is imported."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Property, QPoint, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from explorer.session.plot.curve import CurvePoint
from explorer.session.timers import single_shot_timer
from explorer.views.painting.drawing_export import Drawing
from explorer.views.theme.theme import Theme

_SETTERS = ("set_theme", "set_scale", "set_range", "set_curves", "set_triangle", "set_point", "set_point_note")
"""What is set of the plot, in the order in which it is applied."""


DEFERRED_MS = 20
"""Time after a change at which a plot is drawn whose drawing is deferred."""


class CurvePlot(QWidget):
    """The place of the plot; `attach` creates the canvas once pyqtgraph is imported, after the first paint."""

    xRequested = Signal(float)
    dragBegan = Signal()
    dragEnded = Signal()
    backRequested = Signal()
    rangeRequested = Signal(float, float)
    pixelsChanged = Signal(int)
    """The width in device pixels: how many points the screen can show."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("curvePlot")
        self.setAccessibleName("Plot")
        self.setMinimumHeight(92)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self._shown: dict[str, int] = {}
        self._canvas: Any = None
        self._pending_calls: dict[str, tuple[Any, ...]] = {}
        self._is_deferred = False
        self._timer = single_shot_timer(self, self._draw_deferred, DEFERRED_MS)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)

    def _get_shown(self) -> dict[str, int]:
        return self._shown

    shownCurves = Property("QVariantMap", _get_shown)  # type: ignore[arg-type]  # the stub lacks names of meta types
    """Number of points of each curve that is drawn, by its name (``f``, ``f′``, ``f″``, ``g``)."""

    @property
    def is_drawn(self) -> bool:
        """Whether the canvas exists and shows what was set."""
        return self._canvas is not None and not self._timer.isActive()

    def attach(self) -> None:
        """Create the canvas and draw what was set before; pyqtgraph is imported before."""
        if self._canvas is not None:
            return
        from explorer.views.plot.curve_canvas import CurveCanvas

        self._canvas = CurveCanvas()
        self._layout.addWidget(self._canvas)
        self._canvas.xRequested.connect(self.xRequested)
        self._canvas.dragBegan.connect(self.dragBegan)
        self._canvas.dragEnded.connect(self.dragEnded)
        self._canvas.backRequested.connect(self.backRequested)
        self._canvas.rangeRequested.connect(self.rangeRequested)
        self._apply_pending()

    def setDeferred(self, is_deferred: bool) -> None:
        """Draw shortly after a change instead of at once: a class sees the next scene's graph first.

        Drawing takes longer than everything else in a change of the scene.
        """
        self._is_deferred = is_deferred
        if not is_deferred:
            self._timer.stop()
            self._apply_pending()

    def setCurves(self, curves: Mapping[str, tuple[Any, Any]], shown: Mapping[str, int]) -> None:
        """Draw curves, downsampled to the screen; ``shown`` has the number of points of each before that."""
        self._call("set_curves", dict(curves))
        self._shown = dict(shown)

    def setPoint(self, point: CurvePoint | None) -> None:
        """Set the point and its tangent, or hide them for None."""
        self._call("set_point", point)

    def setPointNote(self, note: str) -> None:
        """Mark the point, and say in its tooltip that float64 has other numbers there; "" if it has not."""
        self._call("set_point_note", note)

    def setRange(self, low: float, high: float) -> None:
        """Show a range of x."""
        self._call("set_range", low, high)

    def setTriangle(self, is_on: bool) -> None:
        """Show or hide the slope triangle at the point: 1 to the right, f′ up."""
        self._call("set_triangle", is_on)

    def setTheme(self, theme: Theme) -> None:
        """Use the theme's colours."""
        self._call("set_theme", theme)

    def setScale(self, scale: float) -> None:
        """Set the scale of the texts."""
        self._call("set_scale", scale)

    def whatIs(self, point: QPoint) -> tuple[str, str] | None:
        """Return what is at a point: a curve, the point, its tangent or an axis."""
        return None if self._canvas is None else self._canvas.what_is(self._canvas.mapFrom(self, point))

    def drawing(self) -> Drawing:
        """Return the current contents of the plot; raises ValueError if it does not exist yet."""
        if self._canvas is None:
            raise ValueError("there is no plot yet")
        self._apply_pending()
        drawing: Drawing = self._canvas.drawing()
        return drawing

    def _call(self, name: str, *arguments: Any) -> None:
        self._pending_calls[name] = arguments
        if self._canvas is None or not self.isVisible():
            return  # a hidden plot is drawn when it is shown
        if self._is_deferred:
            self._timer.start()
        else:
            self._apply_pending()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Report the width."""
        super().resizeEvent(event)
        self.pixelsChanged.emit(round(self.width() * self.devicePixelRatioF()))

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what was set while the plot was hidden."""
        self._apply_pending()
        super().showEvent(event)

    def _draw_deferred(self) -> None:
        if self.isVisible():
            self._apply_pending()

    def _apply_pending(self) -> None:
        if self._canvas is None:
            return
        for name in _SETTERS:
            if (arguments := self._pending_calls.pop(name, None)) is not None:
                getattr(self._canvas, name)(*arguments)
