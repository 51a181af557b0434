"""The whole graph from far away: one item for all boxes and lines, which costs as much as a single box."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from explorer.views.network.crowd import Crowd, within
from explorer.views.network.items import heat_colour
from explorer.views.theme import Theme

SOFT = 0.7
"""Zoom of a picture up to which it is shown larger or smaller than it was painted, until the wheel rests."""

CALM = 120
"""Milliseconds that the wheel must rest."""

HEATS = 24
"""Shades of a colour that stands for a number."""


class Overview(QGraphicsItem):
    """Boxes as rectangles, wires as lines one pixel wide, without texts; of both only what is in view.

    What was painted is kept as a picture, which is moved about.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)  # it is told what is in view
        self.theme: Theme | None = None
        self._crowd: Crowd | None = None
        self._bounds = QRectF()
        self._shares: Mapping[str, float] = {}
        self._step = 0
        self._boxes: dict[tuple[str, int], Any] = {}
        self._lines: dict[str, Any] = {}
        self._picture: QPixmap | None = None
        self._place, self._zoom = QRectF(), 0.0
        self._seen: tuple[Any, ...] = ()
        self._calm = QTimer(singleShot=True, interval=CALM)
        self._calm.timeout.connect(self._sharpen)

    def put(self, crowd: Crowd) -> None:
        """Take a new picture."""
        self.prepareGeometryChange()
        self._crowd, self._bounds = crowd, crowd.bounds
        self._boxes, self._picture = {}, None
        kinds = np.array([wire.kind for wire in crowd.wires] or [""])
        of_lines = kinds[crowd.line_wires] if len(crowd.line_wires) else np.array([], str)
        self._lines = {kind: np.flatnonzero(of_lines == kind) for kind in ("forward", "uses", "backward")}

    def set_looks(self, shares: Mapping[str, float], step: int) -> None:
        """Colour boxes, and mark those that the backward pass has been to."""
        self._shares, self._step, self._boxes, self._picture = shares, step, {}, None
        self.update()

    def boundingRect(self) -> QRectF:
        """Return all that is painted on."""
        return self._bounds

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Paint it: many boxes in one call, and no smooth edges, which would cost ten times as much."""
        if self.theme is None or self._crowd is None:
            return
        view: QRectF = option.exposedRect.intersected(self._bounds)
        zoom = painter.worldTransform().m11()
        device = painter.device()
        ratio = device.devicePixelRatioF() if isinstance(device, QWidget) else 0.0
        if not ratio:  # a file: lines, not pixels
            self.sketch(painter, view)
            return
        seen = self.theme.name, id(self._crowd), ratio
        is_near = SOFT < zoom / self._zoom < 1 / SOFT if self._zoom else False
        if self._picture is None or seen != self._seen or not is_near or not self._place.contains(view):
            self._take_picture(view, zoom, ratio)
            self._seen = seen
        elif zoom != self._zoom:
            self._calm.start()
        assert self._picture is not None
        painter.drawPixmap(self._place, self._picture, QRectF(self._picture.rect()))

    def _take_picture(self, view: QRectF, zoom: float, ratio: float) -> None:
        """Paint what is in view and what is around it once, so that it can be moved about."""
        aside, above = view.width() / 2, view.height() / 2
        self._place = view.adjusted(-aside, -above, aside, above).intersected(self._bounds)
        size = (self._place.size() * zoom * ratio).toSize().expandedTo(QSize(1, 1))
        self._picture = QPixmap(size)
        self._picture.fill(Qt.GlobalColor.transparent)
        self._zoom = zoom
        painter = QPainter(self._picture)
        painter.scale(size.width() / self._place.width(), size.height() / self._place.height())
        painter.translate(-self._place.topLeft())
        self.sketch(painter, self._place)
        painter.end()

    def _sharpen(self) -> None:
        """Paint it again as large as it is seen now."""
        self._picture = None
        self.update()

    def sketch(self, painter: QPainter, view: QRectF) -> None:
        """Paint what is in a rectangle of the scene."""
        theme, crowd = self.theme, self._crowd
        assert theme is not None
        assert crowd is not None
        if not self._boxes:
            self._boxes = self._alike(crowd)
        boxes, lines = within(crowd.node_sides, view), within(crowd.line_sides, view)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        self._paint_boxes(painter, theme, crowd, boxes, lambda kind: kind == "open")
        colours = {"forward": theme.value, "backward": theme.gradient, "uses": theme.faint}
        for kind, numbers in self._lines.items():
            chosen = [crowd.lines[k] for k in numbers[lines[numbers]].tolist()]
            if chosen:
                painter.setPen(QPen(colours[kind], 0))
                painter.drawLines(chosen)
        self._paint_boxes(painter, theme, crowd, boxes, lambda kind: kind != "open")
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)

    def _alike(self, crowd: Crowd) -> dict[tuple[str, int], Any]:
        """The numbers of boxes that look alike: how they are called, and their shade where a number colours them."""
        inside = ~np.isin(crowd.kinds, ("entry", "exit"))
        found: dict[tuple[str, int], Any] = {}
        if self._shares:
            shares = np.array([self._shares.get(node.id, np.nan) for node in crowd.nodes])
            heats = np.round(HEATS * np.clip(shares, 0.0, 1.0))
            coloured = inside & ~np.isnan(heats)
            for heat in np.unique(heats[coloured]):
                found["heat", int(heat)] = np.flatnonzero(coloured & (heats == heat))
            inside &= ~coloured
        reached = inside & (crowd.kinds != "open") & (crowd.steps > 0) & (crowd.steps <= self._step)
        found["reached", 0] = np.flatnonzero(reached)
        inside &= ~reached
        for kind in np.unique(crowd.kinds[inside]):
            found[str(kind), 0] = np.flatnonzero(inside & (crowd.kinds == kind))
        return found

    def _paint_boxes(
        self, painter: QPainter, theme: Theme, crowd: Crowd, in_view: Any, wanted: Callable[[str], bool]
    ) -> None:
        """All that look alike at once: those that the backward pass has been to, its ops, helpers, and the rest."""
        fills = {
            "reached": theme.gradient, "backward": theme.gradient_soft, "helper": theme.faint, "open": theme.panel,
        }  # fmt: skip
        for (kind, shade), numbers in self._boxes.items():
            if not wanted(kind):
                continue
            boxes = [crowd.rects[k] for k in numbers[in_view[numbers]].tolist()]
            if boxes:
                fill = heat_colour(theme, shade / HEATS) if kind == "heat" else fills.get(kind, theme.value_soft)
                painter.setBrush(fill)
                painter.setPen(QPen(_line(theme, kind), 0))
                painter.drawRects(boxes)


def _line(theme: Theme, kind: str) -> QColor:
    if kind in ("reached", "backward"):
        return theme.gradient
    return theme.faint if kind == "open" else theme.muted
