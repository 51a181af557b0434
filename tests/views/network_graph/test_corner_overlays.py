"""Minimap and legend lie in corners where they cover nothing of interest."""

import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QPixmap

from explorer.views.graph.corner_overlays import GraphOverlays
from explorer.views.theme.theme import load_theme

GRAPH = QRectF(0, 0, 6000, 400)


@pytest.fixture
def overlays(parts):
    made = GraphOverlays(parts.canvas, parts.overview.strokes, "networkMap")
    made.set_theme(load_theme("dark"))
    return made


def look_at(parts, x, y, zoom=1.0):
    """Show a point of the scene in the middle of the view."""
    parts.canvas.resetTransform()
    parts.canvas.scale(zoom, zoom)
    parts.canvas.setSceneRect(-9000, -9000, 24000, 18000)
    parts.canvas.centerOn(x, y)


def test_the_minimap_is_hidden_if_the_entire_graph_is_in_view(parts, overlays):
    look_at(parts, 100, 100)
    overlays.place(QRectF(0, 0, 200, 200), None, 1.0)
    assert overlays.minimap.isHidden()
    overlays.place(GRAPH, None, 1.0)
    assert not overlays.minimap.isHidden()


def test_without_a_graph_there_is_no_minimap(overlays):
    overlays.place(QRectF(), None, 1.0)
    assert overlays.minimap.isHidden()


def test_the_minimap_avoids_the_focus(parts, overlays):
    look_at(parts, 3000, 200)
    overlays.place(GRAPH, None, 1.0)
    view = parts.canvas.viewport().rect()
    right = overlays.minimap.geometry()
    assert right.center().x() > view.center().x()
    focus = parts.canvas.mapToScene(right.center())
    overlays.place(GRAPH, focus, 1.0)
    left = overlays.minimap.geometry()
    assert left.center().x() < view.center().x()
    assert view.contains(left)
    assert not left.contains(parts.canvas.mapFromScene(focus))


def test_a_click_on_the_minimap_requests_a_move(parts, overlays, qtbot):
    look_at(parts, 300, 200)
    overlays.place(GRAPH, None, 1.0)
    with qtbot.waitSignal(overlays.moveRequested) as moved:
        overlays.minimap._request_move(QPointF(overlays.minimap.width() / 2, overlays.minimap.height() / 2))
    assert moved.args[0].x() == pytest.approx(3000, abs=100)


@pytest.mark.parametrize("covered", [False, True])
def test_the_legend_is_painted_only_where_it_covers_no_box(parts, overlays, covered):
    look_at(parts, 0, 0)
    overlays.place(QRectF(), None, 1.0)
    area = parts.canvas.mapToScene(parts.canvas.viewport().rect()).boundingRect()
    picture = QPixmap(800, 500)
    picture.fill("black")
    before = picture.toImage()
    with QPainter(picture) as painter:
        overlays.paint_legend(painter, object(), [area] if covered else [], 1.0)
    assert (picture.toImage() == before) == covered
