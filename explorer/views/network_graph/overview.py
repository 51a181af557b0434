"""The whole graph zoomed out: one item for all boxes and edges, painted as fast as a single box."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from PySide6.QtCore import QLineF, QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from explorer.views.network_graph.node_items import heat_colour
from explorer.views.network_graph.spatial_index import SpatialIndex, intersecting
from explorer.views.painting.incremental_pixmap import IncrementalPixmap, Stroke
from explorer.views.theme.theme import Theme

MIN_STRETCH = 0.7
"""Zoom by which the pixmap may be scaled down (and its reciprocal, up) until it is painted anew."""

DEBOUNCE_MS = 120
"""Time without zooming after which the pixmap is painted anew for the new zoom."""

HEAT_LEVELS = 24
"""Shades of the colour that stands for a number."""

CHUNK_SIZE = 1000
"""Boxes or lines in a stroke."""

BOX_KINDS = "group", "op", "helper", "backward", "open"
"""Kinds of boxes that are painted; ports are too small to be seen."""

EDGE_KINDS = "forward", "uses", "backward"

BoxFill = tuple[str, int]
"""How a box is painted: its kind and 0, ("reached", 0) after the backward pass, or ("heat", level) with an overlay."""


class Overview(QGraphicsItem):
    """Paints boxes as rectangles and edges as lines one pixel wide, without text, and only those in view.

    The result is kept as a pixmap, which is moved when the user pans.
    """

    def __init__(self) -> None:
        super().__init__()
        # Without this flag `paint` is not told which rectangle is exposed.
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)
        self.theme: Theme | None = None
        self._index: SpatialIndex | None = None
        self._bounds = QRectF()
        self._heats: Mapping[str, float] = {}
        self._step = 0
        self._boxes: dict[BoxFill, Any] = {}
        self._lines: dict[str, Any] = {}
        self._pixmap = IncrementalPixmap(self.strokes)
        self._pixmap.changed.connect(self.update)
        self._is_current = False
        self._area, self._zoom = QRectF(), 0.0
        self._painted_key: tuple[Any, ...] = ()
        self._debounce = QTimer()
        self._debounce.setSingleShot(True)
        self._debounce.setInterval(DEBOUNCE_MS)
        self._debounce.timeout.connect(self._invalidate)

    def set_index(self, index: SpatialIndex) -> None:
        """Show another graph."""
        self.prepareGeometryChange()
        self._index, self._bounds = index, index.bounds
        self._boxes = {}
        self._pixmap.clear()
        self._is_current = False
        kinds = np.array([edge.kind for edge in index.edges] or [""])
        line_kinds = kinds[index.line_edges] if len(index.line_edges) else np.array([], str)
        self._lines = {kind: np.flatnonzero(line_kinds == kind) for kind in EDGE_KINDS}

    def set_heats(self, heats: Mapping[str, float], step: int) -> None:
        """Colour boxes by their heats, from 0 to 1, and mark those that the backward pass has reached at a step."""
        self._heats, self._step, self._boxes = heats, step, {}
        self._invalidate()

    @property
    def is_busy(self) -> bool:
        """Whether the pixmap is being painted."""
        return self._pixmap.is_busy

    def boundingRect(self) -> QRectF:
        """Return the area that is painted on."""
        return self._bounds

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Paint the pixmap on the screen, and lines in a file."""
        if self.theme is None or self._index is None:
            return
        view = option.exposedRect.intersected(self._bounds)
        zoom = painter.worldTransform().m11()
        device = painter.device()
        if not isinstance(device, QWidget):
            self.sketch(painter, view)
            return
        ratio = device.devicePixelRatioF()
        key = self.theme.name, id(self._index), ratio
        can_stretch = MIN_STRETCH < zoom / self._zoom < 1 / MIN_STRETCH if self._zoom else False
        if key != self._painted_key:
            self._pixmap.clear()
            self._painted_key, self._is_current = key, False
        if not self._is_current or not can_stretch or not self._area.contains(view):
            self._begin_pixmap(view, zoom, ratio)
        elif zoom != self._zoom:
            self._debounce.start()
        pixmap, area = self._pixmap.pixmap_for(view)
        painter.drawPixmap(area, pixmap, QRectF(pixmap.rect()))

    def sketch(self, painter: QPainter, area: QRectF) -> None:
        """Paint a rectangle of the scene directly."""
        for stroke in self.strokes(area):
            stroke(painter)

    def strokes(self, area: QRectF) -> Iterator[Stroke]:
        """Yield what paints a rectangle of the scene: frames, then edges, then boxes, `CHUNK_SIZE` at a time."""
        theme, index = self.theme, self._index
        assert theme is not None
        assert index is not None
        if not self._boxes:
            self._boxes = self._group_boxes(index)
        boxes, lines = intersecting(index.node_sides, area), intersecting(index.line_sides, area)
        yield from self._box_strokes(theme, index, boxes, frames=True)
        colours = {"forward": theme.value, "backward": theme.gradient, "uses": theme.faint}
        for kind, numbers in self._lines.items():
            for chunk in _chunks(numbers[lines[numbers]]):
                yield _stroke(colours[kind], None, _draw_lines([index.lines[k] for k in chunk]))
        yield from self._box_strokes(theme, index, boxes, frames=False)

    def _box_strokes(self, theme: Theme, index: SpatialIndex, boxes: Any, *, frames: bool) -> Iterator[Stroke]:
        """Yield what paints the frames, or all other boxes; those that look the same are painted in one call."""
        fills = {
            "reached": theme.gradient, "backward": theme.gradient_soft, "helper": theme.faint, "open": theme.panel,
        }  # fmt: skip
        for (kind, level), numbers in self._boxes.items():
            if (kind == "open") == frames:
                fill = heat_colour(theme, level / HEAT_LEVELS) if kind == "heat" else fills.get(kind, theme.value_soft)
                for chunk in _chunks(numbers[boxes[numbers]]):
                    yield _stroke(_outline(theme, kind), fill, _draw_rects([index.rects[k] for k in chunk]))

    def _group_boxes(self, index: SpatialIndex) -> dict[BoxFill, Any]:
        """Return the indices of the boxes by how they are painted."""
        remaining = (index.kinds != "entry") & (index.kinds != "exit")
        groups: dict[BoxFill, Any] = {}
        if self._heats:
            heats = np.array([self._heats.get(node.id, np.nan) for node in index.nodes])
            levels = np.round(HEAT_LEVELS * np.clip(heats, 0.0, 1.0))
            coloured = remaining & ~np.isnan(levels)
            for level in range(HEAT_LEVELS + 1):
                groups["heat", level] = np.flatnonzero(coloured & (levels == level))
            remaining &= ~coloured
        reached = remaining & (index.kinds != "open") & (index.steps > 0) & (index.steps <= self._step)
        groups["reached", 0] = np.flatnonzero(reached)
        remaining &= ~reached
        for kind in BOX_KINDS:
            groups[kind, 0] = np.flatnonzero(remaining & (index.kinds == kind))
        return groups

    def _begin_pixmap(self, view: QRectF, zoom: float, ratio: float) -> None:
        """Begin a pixmap of what is in view and around it."""
        margin_x, margin_y = view.width() / 2, view.height() / 2
        self._area = view.adjusted(-margin_x, -margin_y, margin_x, margin_y).intersected(self._bounds)
        self._zoom, self._is_current = zoom, True
        size = (self._area.size() * zoom * ratio).toSize()
        self._pixmap.begin(size, ratio, Qt.GlobalColor.transparent, self._area)

    def _invalidate(self) -> None:
        """Begin a new pixmap at the next paint."""
        self._is_current = False
        self.update()


def _chunks(numbers: Any) -> Iterator[list[int]]:
    return (numbers[k : k + CHUNK_SIZE].tolist() for k in range(0, len(numbers), CHUNK_SIZE))


def _draw_rects(rects: list[QRectF]) -> Stroke:
    return lambda painter: painter.drawRects(rects)


def _draw_lines(lines: list[QLineF]) -> Stroke:
    return lambda painter: painter.drawLines(lines)


def _stroke(line: QColor, fill: QColor | None, draw: Callable[[QPainter], None]) -> Stroke:
    """Return a stroke with lines one pixel wide and without antialiasing, which would take ten times as long."""

    def stroke(painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(QPen(line, 0))
        if fill is not None:
            painter.setBrush(fill)
        draw(painter)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)

    return stroke


def _outline(theme: Theme, kind: str) -> QColor:
    if kind in ("reached", "backward"):
        return theme.gradient
    return theme.faint if kind == "open" else theme.muted
