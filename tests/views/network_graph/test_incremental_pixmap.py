"""A picture of thousands of lines grows a moment at a time, and comes out as if it had been painted at once."""

import weakref
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap

from explorer.core.network_graph.chunks import run_to_end
from explorer.views.network_graph.incremental_pixmap import IncrementalPixmap
from explorer.views.network_graph.overview import A_TIME, Overview
from explorer.views.network_graph.placement import DisplayedPicture, PlacedGraph
from explorer.views.network_graph.spatial_index import SpatialIndex, letting_go
from explorer.views.theme.theme import load_theme

PLACE = QRectF(0, 0, 400, 200)


class Hatching:
    """Paints a hundred lines one after another, in the ink that it has."""

    def __init__(self):
        self.ink, self.painted = Qt.GlobalColor.red, 0

    def __call__(self, place):
        for k in range(100):
            yield lambda painter, k=k: self._line(painter, 4 * k)

    def _line(self, painter, x):
        self.painted += 1
        painter.fillRect(QRectF(x, 0, 2, 200), self.ink)


@pytest.fixture
def hatching():
    return Hatching()


@pytest.fixture
def growing(qapp, hatching, monkeypatch):
    monkeypatch.setattr("explorer.session.time_slicing.SLICE", 0.0)  # one stroke at a time
    return IncrementalPixmap(hatching)


def begin(growing):
    growing.begin(QSize(200, 100), 1.0, Qt.GlobalColor.white, PLACE)


def colours(picture):
    image = picture.toImage()
    return {image.pixelColor(x, 50).name() for x in range(0, 200, 2)}


def test_it_is_seen_as_far_as_it_is(growing, hatching, qtbot):
    begin(growing)
    assert growing.is_busy
    assert hatching.painted == 1
    assert colours(growing.of(PLACE)[0]) == {"#ff0000", "#ffffff"}
    qtbot.waitUntil(lambda: not growing.is_busy)
    assert colours(growing.of(PLACE)[0]) == {"#ff0000"}


def test_the_old_one_is_seen_until_the_next_is_finished(growing, hatching, qtbot):
    begin(growing)
    qtbot.waitUntil(lambda: not growing.is_busy)
    hatching.ink = Qt.GlobalColor.blue
    with qtbot.waitSignal(growing.changed):
        begin(growing)
    assert colours(growing.of(PLACE)[0]) == {"#ff0000"}
    assert "#0000ff" in colours(growing.of(QRectF(0, 0, 800, 200))[0]), "the old one does not show all of that"
    qtbot.waitUntil(lambda: not growing.is_busy)
    assert colours(growing.of(PLACE)[0]) == {"#0000ff"}


def test_nothing_is_left_of_what_was_dropped(growing, qtbot):
    begin(growing)
    qtbot.waitUntil(lambda: not growing.is_busy)
    growing.drop()
    begin(growing)
    assert "#ffffff" in colours(growing.of(PLACE)[0])


def crowd_of(count):
    names = [f"n{k}" for k in range(count)]
    nodes = tuple(SimpleNamespace(id=name, kind="op", step=0) for name in names)
    wires = tuple(SimpleNamespace(key=f"{name} wire", kind="forward") for name in names)
    centres = {name: (7.0 * (k % 100), 9.0 * (k // 100)) for k, name in enumerate(names)}
    curves = {
        f"{name} wire": ((x, y), (x + 3, y), (x + 6, y + 1), (x + 90, y + 40)) for name, (x, y) in centres.items()
    }
    sizes = dict.fromkeys(names, (4.0, 5.0))
    return SpatialIndex(
        PlacedGraph(DisplayedPicture(nodes, wires), centres, curves, {}, sizes, (800.0, 9.0 * count / 100))
    )


def painted(crowd, paint):
    picture = QPixmap(800, 400)
    picture.fill(QColor("white"))
    painter = QPainter(picture)
    paint(painter)
    painter.end()
    image = picture.toImage()
    return np.frombuffer(image.constBits(), np.uint8).copy()


def test_from_afar_strokes_are_what_a_sketch_paints(qapp, qtbot):
    overview = Overview()
    overview.theme = load_theme("light")
    crowd = run_to_end(crowd_of(3 * A_TIME + 1).gather())
    overview.put(crowd)
    place = QRectF(0, 0, 800, 400)
    assert len(list(overview.strokes(place))) >= 8, "some for the boxes and some for the lines"
    growing = IncrementalPixmap(overview.strokes)
    growing.begin(QSize(800, 400), 1.0, QColor("white"), place)
    qtbot.waitUntil(lambda: not growing.is_busy)
    grown = painted(crowd, lambda painter: painter.drawPixmap(0, 0, growing.of(place)[0]))
    at_once = painted(crowd, lambda painter: overview.sketch(painter, place))
    assert (grown == at_once).all()
    assert len(np.unique(at_once)) > 3


def let_go_while_painted(overview):
    """Let go of a crowd of which the map is not finished; returns a weak reference to it."""
    crowd = run_to_end(crowd_of(3 * A_TIME).gather())
    overview.put(crowd)
    strokes = overview.strokes(QRectF(0, 0, 800, 400))
    next(strokes)
    piles = crowd.piles()
    assert {len(pile) for pile in piles} == {3 * A_TIME, 0}, "no wire has a label"
    assert sum(1 for _ in letting_go(piles)) >= 8 * 3 * A_TIME / 100
    assert not any(piles)
    painted(crowd, lambda painter: [stroke(painter) for stroke in strokes])
    return weakref.ref(crowd)


def test_a_crowd_is_let_go_of_piece_by_piece_and_is_whole_until_nobody_has_it(qapp):
    overview = Overview()
    overview.theme = load_theme("light")
    gone = let_go_while_painted(overview)
    assert len(gone().rects) == len(gone().lines) == 3 * A_TIME
    overview.put(run_to_end(crowd_of(2).gather()))
    assert gone() is None
