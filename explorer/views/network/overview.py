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
        self._lines: dict[str, list[QLineF]] = {}
        self._kinds: dict[str, str] = {}
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
        self._kinds = {node.id: node.kind for node in placed.picture.boxes}
        self._lines = {}
        for wire in placed.picture.links:
            lines = self._lines.setdefault(wire.kind, [])
            lines += [QLineF(*a, *b) for a, b in pairwise(placed.curves[wire.key][::3])]
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
        painter.setPen(QPen(theme.faint, 0))
        painter.setBrush(theme.panel)
        painter.drawRects(self._frames)
        colours = {"forward": theme.value, "backward": theme.gradient, "uses": theme.faint}
        for kind, lines in self._lines.items():
            painter.setPen(QPen(colours[kind], 0))
            painter.drawLines(lines)
        self._paint_boxes(painter, theme)
        for name, share in self._shares.items():
            if name in self._boxes:
                painter.fillRect(self._boxes[name], heat_colour(theme, share))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)

    def _paint_boxes(self, painter: QPainter, theme: Theme) -> None:
        """All that look alike at once: those that the backward pass has been to, its ops, helpers, and the rest."""
        alike: dict[str, list[QRectF]] = {}
        for name, box in self._boxes.items():
            if name not in self._shares:
                reached = 0 < self._steps[name] <= self._step
                alike.setdefault("reached" if reached else self._kinds[name], []).append(box)
        fills = {"reached": theme.gradient, "backward": theme.gradient_soft, "helper": theme.faint}
        for kind, boxes in alike.items():
            painter.setBrush(fills.get(kind, theme.value_soft))
            painter.setPen(QPen(theme.gradient if kind in ("reached", "backward") else theme.muted, 0))
            painter.drawRects(boxes)
