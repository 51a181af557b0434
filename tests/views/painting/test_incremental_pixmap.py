"""A pixmap that is painted in time slices ends up as if it had been painted at once."""

import weakref

import numpy as np
import pytest
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap

from explorer.core.network_graph.chunks import run_to_end
from explorer.core.network_graph.layout import GraphLayout
from explorer.core.network_graph.visible_graph import VisibleEdge, VisibleGraph, VisibleNode
from explorer.views.network_graph.overview import CHUNK_SIZE, Overview
from explorer.views.network_graph.spatial_index import PlacedGraph, SpatialIndex, free_gradually
from explorer.views.painting.incremental_pixmap import IncrementalPixmap
from explorer.views.theme.theme import load_theme

AREA = QRectF(0, 0, 400, 200)


class Hatching:
    """Paints a hundred vertical lines, one for each stroke."""

    def __init__(self):
        self.ink, self.painted = Qt.GlobalColor.red, 0

    def __call__(self, area):
        for k in range(100):
            yield lambda painter, k=k: self._line(painter, 4 * k)

    def _line(self, painter, x):
        self.painted += 1
        painter.fillRect(QRectF(x, 0, 2, 200), self.ink)


@pytest.fixture
def hatching():
    return Hatching()


@pytest.fixture
def pixmap(qapp, hatching, monkeypatch):
    monkeypatch.setattr("explorer.session.time_slicing.TIME_SLICE_S", 0.0)  # one stroke in each slice
    return IncrementalPixmap(hatching)


def begin(pixmap):
    pixmap.begin(QSize(200, 100), 1.0, Qt.GlobalColor.white, AREA)


def colours(picture):
    image = picture.toImage()
    return {image.pixelColor(x, 50).name() for x in range(0, 200, 2)}


def test_an_unfinished_pixmap_is_shown_if_it_is_the_first(pixmap, hatching, qtbot):
    begin(pixmap)
    assert pixmap.is_busy
    assert hatching.painted == 1
    assert colours(pixmap.pixmap_for(AREA)[0]) == {"#ff0000", "#ffffff"}
    qtbot.waitUntil(lambda: not pixmap.is_busy)
    assert colours(pixmap.pixmap_for(AREA)[0]) == {"#ff0000"}


def test_the_former_pixmap_is_shown_until_the_next_is_finished(pixmap, hatching, qtbot):
    begin(pixmap)
    qtbot.waitUntil(lambda: not pixmap.is_busy)
    hatching.ink = Qt.GlobalColor.blue
    with qtbot.waitSignal(pixmap.changed):
        begin(pixmap)
    assert colours(pixmap.pixmap_for(AREA)[0]) == {"#ff0000"}
    larger = QRectF(0, 0, 800, 200)
    assert "#0000ff" in colours(pixmap.pixmap_for(larger)[0]), "the former pixmap does not show all of this area"
    qtbot.waitUntil(lambda: not pixmap.is_busy)
    assert colours(pixmap.pixmap_for(AREA)[0]) == {"#0000ff"}


def test_after_clear_the_former_pixmap_is_gone(pixmap, qtbot):
    begin(pixmap)
    qtbot.waitUntil(lambda: not pixmap.is_busy)
    pixmap.clear()
    begin(pixmap)
    assert "#ffffff" in colours(pixmap.pixmap_for(AREA)[0])


def index_of(count):
    """Return the index, not built yet, of ``count`` boxes with an edge at each."""
    names = [f"n{k}" for k in range(count)]
    nodes = tuple(VisibleNode(name, "op", "", name, name) for name in names)
    edges = tuple(VisibleEdge("", name, name, "forward", 1, ("t",), (), None, None) for name in names)
    centres = {name: (7.0 * (k % 100), 9.0 * (k // 100)) for k, name in enumerate(names)}
    paths = {
        edge.key: ((x, y), (x + 3, y), (x + 6, y + 1), (x + 90, y + 40))
        for edge, (x, y) in zip(edges, centres.values(), strict=True)
    }
    sizes = dict.fromkeys(names, (4.0, 5.0))
    layout = GraphLayout(centres, paths, {}, sizes, (800.0, 9.0 * count / 100))
    return SpatialIndex(PlacedGraph(VisibleGraph(nodes, edges, ()), layout))


def painted(paint):
    """Return the pixels that a function paints on white."""
    picture = QPixmap(800, 400)
    picture.fill(QColor("white"))
    painter = QPainter(picture)
    paint(painter)
    painter.end()
    return np.frombuffer(picture.toImage().constBits(), np.uint8).copy()


@pytest.fixture
def overview(qapp):
    made = Overview()
    made.theme = load_theme("light")
    return made


def test_strokes_paint_the_same_as_a_sketch(overview, qtbot):
    overview.set_index(run_to_end(index_of(3 * CHUNK_SIZE + 1).build()))
    area = QRectF(0, 0, 800, 400)
    assert len(list(overview.strokes(area))) >= 8, "some for the boxes and some for the lines"
    pixmap = IncrementalPixmap(overview.strokes)
    pixmap.begin(QSize(800, 400), 1.0, QColor("white"), area)
    qtbot.waitUntil(lambda: not pixmap.is_busy)
    in_slices = painted(lambda painter: painter.drawPixmap(0, 0, pixmap.pixmap_for(area)[0]))
    at_once = painted(lambda painter: overview.sketch(painter, area))
    assert (in_slices == at_once).all()
    assert len(np.unique(at_once)) > 3


def free_while_painting(overview):
    """Free the parts of an index of which the overview is not finished; return a weak reference to the index."""
    index = run_to_end(index_of(3 * CHUNK_SIZE).build())
    overview.set_index(index)
    strokes = overview.strokes(QRectF(0, 0, 800, 400))
    next(strokes)
    parts = index.parts()
    assert {len(part) for part in parts} == {3 * CHUNK_SIZE, 0}, "no edge has a label"
    assert sum(1 for _ in free_gradually(parts)) >= 8 * 3 * CHUNK_SIZE / 100
    assert not any(parts)
    painted(lambda painter: [stroke(painter) for stroke in strokes])
    return weakref.ref(index)


def test_an_index_is_freed_in_steps_and_usable_until_it_is_replaced(overview):
    index = free_while_painting(overview)
    assert len(index().rects) == len(index().lines) == 3 * CHUNK_SIZE
    overview.set_index(run_to_end(index_of(2).build()))
    assert index() is None
