"""The whole graph from far away: one item for all boxes and lines, which costs as much as a single box."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from PySide6.QtCore import QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from explorer.views.network_graph.incremental_pixmap import IncrementalPixmap, Stroke
from explorer.views.network_graph.node_items import heat_colour
from explorer.views.network_graph.spatial_index import SpatialIndex, within
from explorer.views.theme.theme import Theme

SOFT = 0.7
"""Zoom of a picture up to which it is shown larger or smaller than it was painted, until the wheel rests."""

CALM = 120
"""Milliseconds that the wheel must rest."""

HEATS = 24
"""Shades of a colour that stands for a number."""

A_TIME = 1000
"""Boxes or lines that are painted in a moment."""

KINDS = "group", "op", "helper", "backward", "open"
"""Of boxes: ports are too small to be seen."""


class Overview(QGraphicsItem):
    """Boxes as rectangles, wires as lines one pixel wide, without texts; of both only what is in view.

    What was painted is kept as a picture, which is moved about.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)  # it is told what is in view
        self.theme: Theme | None = None
        self._crowd: SpatialIndex | None = None
        self._bounds = QRectF()
        self._shares: Mapping[str, float] = {}
        self._step = 0
        self._boxes: dict[tuple[str, int], Any] = {}
        self._lines: dict[str, Any] = {}
        self._picture = IncrementalPixmap(self.strokes)
        self._picture.changed.connect(self.update)
        self._is_current = False
        self._place, self._zoom = QRectF(), 0.0
        self._seen: tuple[Any, ...] = ()
        self._calm = QTimer(singleShot=True, interval=CALM)
        self._calm.timeout.connect(self._sharpen)

    def put(self, crowd: SpatialIndex) -> None:
        """Take a new picture."""
        self.prepareGeometryChange()
        self._crowd, self._bounds = crowd, crowd.bounds
        self._boxes = {}
        self._picture.drop()
        self._is_current = False
        kinds = np.array([wire.kind for wire in crowd.wires] or [""])
        of_lines = kinds[crowd.line_wires] if len(crowd.line_wires) else np.array([], str)
        self._lines = {kind: np.flatnonzero(of_lines == kind) for kind in ("forward", "uses", "backward")}

    def set_looks(self, shares: Mapping[str, float], step: int) -> None:
        """Colour boxes, and mark those that the backward pass has been to."""
        self._shares, self._step, self._boxes = shares, step, {}
        self._sharpen()

    @property
    def is_busy(self) -> bool:
        """Whether there is more to paint."""
        return self._picture.is_busy

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
        if seen != self._seen:
            self._picture.drop()
            self._seen, self._is_current = seen, False
        if not self._is_current or not is_near or not self._place.contains(view):
            self._take_picture(view, zoom, ratio)
        elif zoom != self._zoom:
            self._calm.start()
        picture, place = self._picture.of(view)
        painter.drawPixmap(place, picture, QRectF(picture.rect()))

    def _take_picture(self, view: QRectF, zoom: float, ratio: float) -> None:
        """Paint what is in view and what is around it once, so that it can be moved about."""
        aside, above = view.width() / 2, view.height() / 2
        self._place = view.adjusted(-aside, -above, aside, above).intersected(self._bounds)
        self._zoom, self._is_current = zoom, True
        size = (self._place.size() * zoom * ratio).toSize()
        self._picture.begin(size, ratio, Qt.GlobalColor.transparent, self._place)

    def _sharpen(self) -> None:
        """Paint it again as large, and as it looks now."""
        self._is_current = False
        self.update()

    def sketch(self, painter: QPainter, view: QRectF) -> None:
        """Paint what is in a rectangle of the scene."""
        for stroke in self.strokes(view):
            stroke(painter)

    def strokes(self, view: QRectF) -> Iterator[Stroke]:
        """Yield what paints a rectangle of the scene, a thousand boxes or lines at a time."""
        theme, crowd = self.theme, self._crowd
        assert theme is not None
        assert crowd is not None
        if not self._boxes:
            self._boxes = self._alike(crowd)
        boxes, lines = within(crowd.node_sides, view), within(crowd.line_sides, view)
        fills = {
            "reached": theme.gradient, "backward": theme.gradient_soft, "helper": theme.faint, "open": theme.panel,
        }  # fmt: skip

        def of_boxes(is_open: bool) -> Iterator[Stroke]:
            """All that look alike at once: those that the backward pass has been to, its ops, helpers, and the rest."""
            for (kind, shade), numbers in self._boxes.items():
                if (kind == "open") == is_open:
                    fill = heat_colour(theme, shade / HEATS) if kind == "heat" else fills.get(kind, theme.value_soft)
                    for some in _cut(numbers[boxes[numbers]]):
                        rects = [crowd.rects[k] for k in some]
                        yield _stroke(_line(theme, kind), fill, lambda painter, rects=rects: painter.drawRects(rects))

        yield from of_boxes(True)
        colours = {"forward": theme.value, "backward": theme.gradient, "uses": theme.faint}
        for kind, numbers in self._lines.items():
            for some in _cut(numbers[lines[numbers]]):
                chosen = [crowd.lines[k] for k in some]
                yield _stroke(colours[kind], None, lambda painter, chosen=chosen: painter.drawLines(chosen))
        yield from of_boxes(False)

    def _alike(self, crowd: SpatialIndex) -> dict[tuple[str, int], Any]:
        """The numbers of boxes that look alike: how they are called, and their shade where a number colours them."""
        inside = (crowd.kinds != "entry") & (crowd.kinds != "exit")
        found: dict[tuple[str, int], Any] = {}
        if self._shares:
            shares = np.array([self._shares.get(node.id, np.nan) for node in crowd.nodes])
            heats = np.round(HEATS * np.clip(shares, 0.0, 1.0))
            coloured = inside & ~np.isnan(heats)
            for heat in range(HEATS + 1):
                found["heat", heat] = np.flatnonzero(coloured & (heats == heat))
            inside &= ~coloured
        reached = inside & (crowd.kinds != "open") & (crowd.steps > 0) & (crowd.steps <= self._step)
        found["reached", 0] = np.flatnonzero(reached)
        inside &= ~reached
        for kind in KINDS:
            found[kind, 0] = np.flatnonzero(inside & (crowd.kinds == kind))
        return found


def _cut(numbers: Any) -> Iterator[list[int]]:
    return (numbers[k : k + A_TIME].tolist() for k in range(0, len(numbers), A_TIME))


def _stroke(line: QColor, fill: QColor | None, draw: Stroke) -> Stroke:
    """Paint with a line of one pixel and no smooth edges, which would cost ten times as much."""

    def stroke(painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(QPen(line, 0))
        if fill is not None:
            painter.setBrush(fill)
        draw(painter)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)

    return stroke


def _line(theme: Theme, kind: str) -> QColor:
    if kind in ("reached", "backward"):
        return theme.gradient
    return theme.faint if kind == "open" else theme.muted
