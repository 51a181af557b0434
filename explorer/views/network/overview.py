"""The whole graph from far away: one item for all boxes and lines, which costs as much as a single box."""

from collections.abc import Mapping
from itertools import pairwise

from PySide6.QtCore import QLineF, QRectF
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from explorer.views.network.items import heat_colour
from explorer.views.network.stage import PlacedView
from explorer.views.theme import Theme


class Overview(QGraphicsItem):
    """Boxes as rectangles, wires as lines one pixel wide, without texts."""

    def __init__(self) -> None:
        super().__init__()
        self.theme: Theme | None = None
        self._boxes: dict[str, QRectF] = {}
        self._steps: dict[str, int] = {}
        self._frames: list[QRectF] = []
        self._lines: list[QLineF] = []
        self._bounds = QRectF()
        self._shares: Mapping[str, float] = {}
        self._step = 0

    def put(self, placed: PlacedView) -> None:
        """Take a new picture."""
        self.prepareGeometryChange()
        self._boxes, self._frames = {}, []
        for node in placed.picture.boxes:
            (x, y), (width, height) = placed.centres[node.id], placed.sizes[node.id]
            box = QRectF(x - width / 2, y - height / 2, width, height)
            if node.kind == "open":
                self._frames.append(box)
            elif node.kind not in ("entry", "exit"):
                self._boxes[node.id] = box
        self._steps = {node.id: node.step for node in placed.picture.boxes}
        self._lines = []
        for curve in placed.curves.values():
            self._lines += [QLineF(*a, *b) for a, b in pairwise(curve[::3])]
        self._bounds = QRectF(-40, -40, placed.size[0] + 80, placed.size[1] + 80)

    def set_looks(self, shares: Mapping[str, float], step: int) -> None:
        """Colour boxes, and mark those that the backward pass has been to."""
        self._shares, self._step = shares, step
        self.update()

    def boundingRect(self) -> QRectF:
        """Return all that is painted on."""
        return self._bounds

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Paint it: many boxes in one call, and no smooth edges, which would cost ten times as much."""
        theme = self.theme
        if theme is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        line = QPen(theme.border, 0)
        painter.setPen(line)
        painter.setBrush(theme.panel)
        painter.drawRects(self._frames)
        painter.setPen(QPen(theme.value, 0))
        painter.drawLines(self._lines)
        painter.setPen(line)
        reached = {name for name, step in self._steps.items() if 0 < step <= self._step}
        plain = [box for name, box in self._boxes.items() if name not in reached and name not in self._shares]
        painter.setBrush(theme.raised)
        painter.drawRects(plain)
        painter.setBrush(theme.gradient_soft)
        painter.setPen(QPen(theme.gradient, 0))
        painter.drawRects([box for name, box in self._boxes.items() if name in reached and name not in self._shares])
        painter.setPen(line)
        for name, share in self._shares.items():
            if name in self._boxes:
                painter.fillRect(self._boxes[name], heat_colour(theme, share))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
