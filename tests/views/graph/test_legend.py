"""The legend is in a corner where it covers nothing."""

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QImage, QPainter

from explorer.views.graph.canvas import GraphCanvas
from explorer.views.graph.legend import HEIGHT_PX, WIDTH_PX, Legend, free_corner
from explorer.views.graph.viewpoint import Viewpoint
from explorer.views.theme.theme import load_theme

VIEW = QRect(0, 0, 800, 600)


def test_corners_are_tried_one_after_the_other():
    found = []
    for _ in range(4):
        found.append(free_corner(VIEW, found, 1.0))
    assert len({corner.topLeft().toTuple() for corner in found}) == 4
    assert free_corner(VIEW, found, 1.0) is None
    assert free_corner(VIEW, [], 2.0).size().toTuple() == (2 * WIDTH_PX, 2 * HEIGHT_PX)


@pytest.fixture
def paint(qtbot):
    """A function that paints a legend over a canvas, and the canvas."""
    canvas = GraphCanvas()
    qtbot.addWidget(canvas)
    canvas.resize(800, 600)
    canvas.show_viewpoint(Viewpoint(1.0, 0.0, 0.0))
    image = QImage(800, 600, QImage.Format.Format_RGB32)

    def paint(legend, obstacles=()):
        with QPainter(image) as painter:
            legend.paint(painter, canvas, None, [], load_theme("light"), 1.0, obstacles)

    paint.canvas = canvas
    return paint


def test_the_corner_is_kept_until_something_changes(paint):
    legend = Legend()
    paint(legend)
    corner = legend.rect
    assert legend.contains(corner.center())
    assert not legend.contains(QPoint(400, 300))
    paint(legend, [corner])
    assert legend.rect == corner
    legend.invalidate()
    paint(legend, [corner])
    assert legend.rect != corner
    paint.canvas.show_viewpoint(Viewpoint(2.0, 0.0, 0.0))
    paint(legend)
    assert legend.rect == corner
