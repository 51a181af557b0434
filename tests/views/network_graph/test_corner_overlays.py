"""Minimap and legend lie where they cover nothing of interest."""

import random

import numpy as np
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


@pytest.mark.parametrize("open_groups", [(), ("l2",), ("l0", "l1", "l5", "l6")])
@pytest.mark.parametrize("size", [(380, 260), (800, 500), (1244, 500), (1900, 880)])
def test_the_minimap_covers_no_box_wherever_one_looks(parts, overlays, spatial_index, visible_graph, open_groups, size):
    draw = random.Random(5)
    index = spatial_index(visible_graph(14, open_groups))
    graph = QRectF(0, 0, *index.placed.layout.size)
    solid = [rect for rect, node in zip(index.rects, index.nodes, strict=True) if node.kind in ("group", "op")]
    frames = [rect for rect, node in zip(index.rects, index.nodes, strict=True) if node.kind == "open"]
    parts.canvas.resize(*size)
    parts.canvas.show()
    shown = 0
    for _ in range(40):
        zoom = draw.choice([0.3, 0.56, 0.7, 1.0, 1.8])
        look_at(parts, draw.uniform(0, graph.width()), draw.uniform(0, graph.height()), zoom)
        focus = QPointF(*draw.choice(list(index.placed.layout.centres.values()))) if draw.random() < 0.5 else None
        overlays.place(graph, focus, draw.choice([1.0, 1.5, 2.0]), index.solid_sides, [])
        if overlays.minimap.isHidden():
            continue
        shown += 1
        place = overlays.minimap.geometry()
        assert parts.canvas.rect().contains(place)
        assert place.height() <= size[1] / 2  # with large letters, too
        covered = parts.canvas.mapToScene(place.translated(-parts.canvas.viewport().pos())).boundingRect()
        assert not any(covered.adjusted(1, 1, -1, -1).intersects(rect) for rect in solid)
        heads = [QRectF(rect.left(), rect.top(), rect.width(), 40) for rect in frames]
        assert not any(covered.adjusted(1, 1, -1, -1).intersects(head) for head in heads)
    assert shown > 5


def test_without_a_free_place_the_minimap_is_hidden_until_there_is_one(parts, overlays):
    look_at(parts, 3000, 200)
    overlays.place(GRAPH, None, 1.0, np.array([[0.0, -5000.0, 6000.0, 5000.0]]))
    assert overlays.minimap.isHidden()
    overlays.place(GRAPH, None, 1.0)
    assert overlays.minimap.isVisibleTo(parts.canvas)


def test_the_minimap_covers_texts_rather_than_nothing_and_stays_where_it_is(parts, overlays):
    look_at(parts, 3000, 200)
    right = QRectF(3000, -5000, 9000, 10000)
    overlays.place(GRAPH, None, 1.0, [], [right])
    left = overlays.minimap.geometry()
    assert left.right() < parts.canvas.viewport().rect().center().x()
    overlays.place(GRAPH, None, 1.0, [], [])
    assert overlays.minimap.geometry() == left  # it is free, so the map does not jump
    overlays.place(GRAPH, None, 1.0, [], [right, QRectF(-5000, -5000, 9000, 10000)])
    assert overlays.minimap.isVisibleTo(parts.canvas)
