"""The canvas turns mouse and keys into intents."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from explorer.core.graph.graph_walk import Move
from explorer.core.graph.picture import Box
from explorer.views.graph.canvas import CLICK_TOLERANCE_PX, KEY_ZOOM_FACTOR, GraphCanvas
from explorer.views.graph.items import BoxItem, BoxStyle
from explorer.views.graph.viewpoint import Viewpoint

BOX = Box("Sin", "forward", "sin", "Sin", "Sin:0", 1, 0)


class RecordingCanvas(GraphCanvas):
    """Records its intents."""

    def __init__(self):
        super().__init__()
        self.intents = []
        for name in ("nodeSelected", "edgeSelected", "selectionCleared"):
            getattr(self, name).connect(lambda *arguments, name=name: self.intents.append((name, *arguments)))

    def zoom_by(self, factor):
        self.intents.append(("zoom", factor))

    def fit(self):
        self.intents.append(("fit",))

    def walk(self, move):
        self.intents.append(("walk", move))

    def begin_manual_move(self):
        self.intents.append(("begin",))

    def drag_box(self, box, dx, dy):
        self.intents.append(("drag", box.box.id, dx, dy))

    def drop_box(self, box):
        self.intents.append(("drop", box.box.id))


@pytest.fixture
def canvas(qtbot):
    """A canvas of 400 by 300 pixels with one box in its middle, at zoom 2."""
    canvas = RecordingCanvas()
    qtbot.addWidget(canvas)
    canvas.resize(400, 300)
    canvas.box = BoxItem(BOX)
    canvas.scene().addItem(canvas.box)
    canvas.show_viewpoint(Viewpoint(2.0, 0.0, 0.0))
    return canvas


def drag(canvas, start, end):
    viewport = canvas.viewport()
    QTest.mousePress(viewport, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(viewport, end)
    QApplication.processEvents()
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=end)


def centre(canvas):
    return canvas.mapFromScene(QPointF(0, 0))


def test_a_viewpoint_is_zoom_and_centre(canvas):
    canvas.show_viewpoint(Viewpoint(0.5, 10_000.0, -3.0))
    middle = canvas.mapToScene(canvas.viewport().rect().center())
    assert canvas.transform().m11() == 0.5
    assert (middle.x(), middle.y()) == pytest.approx((10_000, -3), abs=3)


def test_a_click_selects_a_box_or_clears_the_selection(canvas):
    QTest.mouseClick(canvas.viewport(), Qt.MouseButton.LeftButton, pos=centre(canvas))
    QTest.mouseClick(canvas.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    assert canvas.intents == [("nodeSelected", "Sin"), ("selectionCleared",)]


def test_a_small_movement_is_still_a_click(canvas):
    start = centre(canvas)
    drag(canvas, start, start + QPoint(CLICK_TOLERANCE_PX - 1, 0))
    assert canvas.intents == [("nodeSelected", "Sin")]


def test_a_box_is_dragged_in_scene_units(canvas):
    start = centre(canvas)
    drag(canvas, start, start + QPoint(20, 10))
    assert canvas.intents == [("begin",), ("drag", "Sin", 10.0, 5.0), ("drop", "Sin")]


def test_the_background_is_panned(canvas):
    before = centre(canvas)
    drag(canvas, QPoint(10, 10), QPoint(30, 40))
    assert canvas.intents == [("begin",)]
    assert centre(canvas) - before == QPoint(20, 30)


def test_without_an_own_drag_a_box_pans(qtbot):
    canvas = GraphCanvas()
    qtbot.addWidget(canvas)
    canvas.resize(400, 300)
    canvas.show_viewpoint(Viewpoint(2.0, 0.0, 0.0))
    before = centre(canvas)
    canvas.drag_box(BoxItem(BOX), 10, -5)
    assert centre(canvas) - before == QPoint(20, -10)


def test_a_double_click_on_the_background_fits(canvas):
    QTest.mouseDClick(canvas.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    QTest.mouseDClick(canvas.viewport(), Qt.MouseButton.LeftButton, pos=centre(canvas))
    assert canvas.intents == [("fit",)]


@pytest.mark.parametrize(
    ("key", "intent"),
    [
        (Qt.Key.Key_Right, ("walk", Move.NEXT)),
        (Qt.Key.Key_Down, ("walk", Move.ALONG)),
        (Qt.Key.Key_Left, ("walk", Move.PREVIOUS)),
        (Qt.Key.Key_Up, ("walk", Move.BACK)),
        (Qt.Key.Key_Plus, ("zoom", KEY_ZOOM_FACTOR)),
        (Qt.Key.Key_Minus, ("zoom", 1 / KEY_ZOOM_FACTOR)),
        (Qt.Key.Key_Home, ("fit",)),
    ],
)
def test_keys(canvas, key, intent):
    QTest.keyClick(canvas, key)
    assert canvas.intents == [intent]


def wheel(canvas, modifier):
    point = QPointF(100, 100)
    event = QWheelEvent(
        point, point, QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton, modifier, Qt.ScrollPhase.NoScrollPhase, False
    )
    canvas.wheelEvent(event)
    return event


def test_the_wheel_zooms_also_with_ctrl(canvas):
    for key in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier):
        assert wheel(canvas, key).isAccepted()
    assert [factor for _zoom, factor in canvas.intents] == [pytest.approx(1.0015**120)] * 2


def test_whats_this(canvas):
    assert canvas.whatIs(QPoint(5, 5)) is None
    assert canvas.whatIs(centre(canvas)) == ("node", "")
    assert canvas.whatIsChosen() is None
    canvas.box.set_style(BoxStyle(selected=True))
    assert canvas.whatIsChosen() == ("node", "")
