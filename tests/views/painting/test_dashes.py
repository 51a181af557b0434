"""The dashes of a line are in the same places whatever part of it is in view, and whichever end it begins at."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QBuffer, QPointF
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen
from PySide6.QtSvg import QSvgGenerator

from explorer.views.painting.dashes import MAX_WHOLE_PX, paint_dashed, pieces

PATTERN = 2.0, 3.0
TILE = 192


def bezier(length, height=90.0):
    """Return a line that rises and falls; ``length``: between its ends."""
    path = QPainterPath(QPointF(5, 100))
    path.cubicTo(length / 3, 100 - height, length / 2, 100 + height, length, 110)
    return path


def straight_lines(points):
    path = QPainterPath(QPointF(*points[0]))
    for point in points[1:]:
        path.lineTo(*point)
    return path


def painted(line, left=0, top=0, width=TILE, height=TILE, zoom=1.3):
    """Return the brightness of the pixels of a rectangle of the picture of a line."""
    image = QImage(width, height, QImage.Format.Format_Grayscale8)
    image.fill(0)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(-left, -top)
    painter.scale(zoom, zoom)
    paint_dashed(painter, line, QPen(QColor("white"), 2), PATTERN)
    painter.end()
    rows = np.array(image.constBits(), np.uint8).reshape(height, image.bytesPerLine())
    return rows[:, :width].astype(int)


@pytest.mark.parametrize("length", [300.0, 1100.0, 2.5 * MAX_WHOLE_PX])
def test_tiles_show_what_the_whole_picture_does(qapp, length):
    lines = bezier(length), straight_lines([(x, 100 + 40 * np.sin(x / 150)) for x in np.arange(5, length, 45)])
    width = TILE * (int(length * 1.3) // TILE + 1)
    for line in lines:
        whole = painted(line, width=width, height=2 * TILE)
        tiles = np.block(
            [[painted(line, left, top) for left in range(0, width, TILE)] for top in range(0, 2 * TILE, TILE)]
        )
        assert np.mean(whole > 128) > 0.001
        assert np.mean(np.abs(whole - tiles) > 60) < 0.01 * np.mean(whole > 60)


@given(st.floats(150, 900), st.floats(-90, 90), st.sampled_from([100, 1200]))
@settings(max_examples=25, deadline=None)
def test_a_line_has_the_same_dashes_from_both_ends(length, height, width):
    points = [(x, 100 + height * np.sin(x / 150)) for x in np.linspace(5, length, 12)]
    there = painted(straight_lines(points), width=width, height=300)
    back = painted(straight_lines(points[::-1]), width=width, height=300)
    assert np.mean(there > 60) > 0.0005
    assert np.mean(np.abs(there - back) > 60) < 0.02 * np.mean(there > 60)


def test_the_share_of_the_dashes_is_that_of_the_pattern(qapp):
    row = painted(straight_lines([(-50, 50), (1500, 50)]), width=900, height=100, zoom=1)[50]
    # A square end adds half of the pen's width at both ends of a dash.
    assert np.mean(row > 128) == pytest.approx((PATTERN[0] + 1) / sum(PATTERN), abs=0.02)


@given(st.lists(st.tuples(st.floats(-9000, 9000), st.floats(-900, 900)), min_size=4, max_size=10, unique=True))
@settings(max_examples=40, deadline=None)
def test_pieces_join_to_the_whole_line(points):
    whole = straight_lines(points[:-3])
    whole.cubicTo(*(QPointF(*point) for point in points[-3:]))
    parts = list(pieces(whole))
    assert parts[0].pointAtPercent(0) == whole.pointAtPercent(0)
    for one, next_ in pairwise(parts):
        assert (one.currentPosition() - next_.pointAtPercent(0)).manhattanLength() < 1e-6
    assert (parts[-1].currentPosition() - whole.currentPosition()).manhattanLength() < 1e-6
    assert sum(part.length() for part in parts) == pytest.approx(whole.length(), rel=0.01)


def test_files_have_dashes_that_other_programs_can_change(qapp):
    buffer = QBuffer()
    device = QSvgGenerator()
    device.setOutputDevice(buffer)
    painter = QPainter(device)
    paint_dashed(painter, bezier(300), QPen(QColor("white"), 2), PATTERN)
    painter.end()
    assert b"stroke-dasharray" in bytes(buffer.data().data())
