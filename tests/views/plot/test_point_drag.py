"""The point of the plot is on the curve, whatever the mouse does."""

import math

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

NONE, LEFT, RIGHT = Qt.MouseButton.NoButton, Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
NO_KEY = Qt.KeyboardModifier.NoModifier


class Mouse:
    """Sends events to the plot as the window system does."""

    def __init__(self, ui):
        self.canvas = ui.window.tab("autodiff").plot.plot._canvas
        self.viewport = self.canvas._plot.viewport()
        self.points = []
        ui.sessions.curve.pointChanged.connect(self.points.append)

    def place(self, x, y):
        scene = self.canvas._box.mapViewToScene(QPointF(x, y))
        return QPointF(self.canvas._plot.mapFromScene(scene))

    @property
    def point(self):
        return QPointF(self.canvas._point_place())

    def send(self, kind, place, button=NONE, buttons=NONE, keys=NO_KEY):
        globally = QPointF(self.viewport.mapToGlobal(QPoint(0, 0))) + place
        QApplication.sendEvent(self.viewport, QMouseEvent(kind, place, globally, button, buttons, keys))

    def press(self, place, button=LEFT):
        self.send(QEvent.Type.MouseButtonPress, place, button, button)

    def move(self, place, buttons=LEFT, keys=NO_KEY):
        self.send(QEvent.Type.MouseMove, place, NONE, buttons, keys)

    def release(self, place, button=LEFT):
        self.send(QEvent.Type.MouseButtonRelease, place, button)

    def double_click(self, place):
        self.press(place)
        self.release(place)
        self.send(QEvent.Type.MouseButtonDblClick, place, LEFT, LEFT)
        self.release(place)

    def wheel(self, place, delta=120):
        globally = QPointF(self.viewport.mapToGlobal(QPoint(0, 0))) + place
        event = QWheelEvent(
            place, globally, QPoint(0, 0), QPoint(0, delta), LEFT, NO_KEY, Qt.ScrollPhase.NoScrollPhase, False
        )
        QApplication.sendEvent(self.viewport, event)


@pytest.fixture
def mouse(ui):
    ui.complete("x^2/3")
    ui.sessions.curve.set_range(-4, 4)
    ui.sessions.autodiff.set_value("x", 1.0)
    ui.until(lambda: ui.sessions.curve.point is not None and ui.sessions.curve.point[0] == 1)
    ui.until(lambda: np.ptp(ui.sessions.curve.curves["f"][0]) == pytest.approx(8))
    mouse = Mouse(ui)
    yield mouse
    ui.sessions.curve.pointChanged.disconnect(mouse.points.append)
    ui.sessions.curve.set_range(-math.pi, math.pi)


def settled(ui):
    ui.until(lambda: ui.sessions.autodiff.is_settled)


def assert_on_curve(mouse, f=lambda x: x * x / 3):
    for point in mouse.points:
        if point is not None and np.isfinite(point[1]):
            assert point[1] == pytest.approx(f(float(point[0])), rel=1e-5, abs=1e-6)
    if mouse.canvas._target.isVisible():
        position = mouse.canvas._target.pos()
        assert position.y() == pytest.approx(f(position.x()), rel=1e-5, abs=1e-6)


def test_a_fast_drag_far_from_the_curve(ui, mouse):
    mouse.press(mouse.point + QPointF(3, -2))
    for k in range(40):
        mouse.move(mouse.place(3 * math.sin(k), 0) + QPointF(0, 90 * math.cos(7 * k)))
        assert_on_curve(mouse)  # replies are in flight
        if k % 5 == 0:
            QApplication.processEvents()
            assert_on_curve(mouse)
    mouse.release(mouse.place(2, 0))
    settled(ui)
    assert_on_curve(mouse)
    assert len(mouse.points) > 3


def test_a_press_does_not_move_the_point(ui, mouse):
    mouse.press(mouse.point + QPointF(6, 5))
    mouse.release(mouse.point + QPointF(6, 5))
    settled(ui)
    assert ui.find("input_x").value() == 1
    assert all(point[0] == 1 for point in mouse.points)


@pytest.mark.parametrize(("away", "end"), [((4000, -3000), 4.0), ((-4000, 20), -4.0)])
def test_a_drag_out_of_the_window_ends_at_the_end_of_the_range(ui, mouse, away, end):
    mouse.press(mouse.point)
    mouse.move(mouse.point + QPointF(*away))
    settled(ui)
    assert ui.find("input_x").value() == end
    assert_on_curve(mouse)
    mouse.move(mouse.place(2, 1))
    settled(ui)
    assert ui.find("input_x").value() == 2, "the mouse still holds it"
    mouse.release(mouse.place(2, 1))
    mouse.move(mouse.place(3, 1), NONE)
    settled(ui)
    assert ui.find("input_x").value() == 2


def test_other_buttons_and_the_wheel_do_not_disturb_a_drag(ui, mouse):
    view = mouse.canvas._box.viewRange()
    mouse.press(mouse.point)
    mouse.move(mouse.place(2, 0))
    mouse.press(mouse.place(2, 0), RIGHT)
    mouse.wheel(mouse.place(2, 0))
    mouse.move(mouse.place(3, 2), LEFT | RIGHT)
    mouse.release(mouse.place(3, 2), RIGHT)
    mouse.move(mouse.place(-1, 2))
    settled(ui)
    assert ui.find("input_x").value() == -1
    assert mouse.canvas._box.viewRange()[0] == view[0]
    mouse.release(mouse.place(-1, 2))
    assert_on_curve(mouse)


def test_a_release_that_is_lost_ends_the_drag_at_the_next_move(ui, mouse):
    mouse.press(mouse.point)
    mouse.move(mouse.place(2, 0))
    mouse.move(mouse.place(3, 0), NONE)
    settled(ui)
    assert ui.find("input_x").value() == 2
    assert not mouse.canvas._drag.is_active


def test_a_drag_goes_through_a_region_without_values(ui, mouse):
    ui.complete("sqrt(x)")
    settled(ui)
    mouse.points.clear()
    mouse.press(mouse.point)
    for x in (3, -1, -3, -2):
        mouse.move(mouse.place(x, 1))
        settled(ui)
        assert mouse.canvas._target.isVisible() == (x > 0)
        assert ui.find("input_x").value() == x
    mouse.move(mouse.place(2, 1))
    mouse.release(mouse.place(2, 1))
    settled(ui)
    assert mouse.canvas._target.isVisible()
    assert_on_curve(mouse, lambda x: math.sqrt(max(x, 0)))


def test_a_drag_snaps_gently_unless_a_key_is_held(ui, mouse):
    pixel = mouse.canvas._box.viewPixelSize()[0]
    mouse.press(mouse.point)
    mouse.move(mouse.place(2 + 2.4 * pixel, 1))
    settled(ui)
    assert ui.find("input_x").value() == 2
    for key in (Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ShiftModifier):
        mouse.move(mouse.place(2 + 2.4 * pixel, 1), keys=key)
        settled(ui)
        assert ui.find("input_x").value() == pytest.approx(2 + 2.4 * pixel, abs=1.6 * pixel)
        assert ui.find("input_x").value() != 2
    mouse.release(mouse.place(2, 1))


def test_where_the_axis_has_pi_a_drag_snaps_to_twelfths(ui, mouse):
    ui.sessions.curve.set_range(-math.pi, math.pi)
    settled(ui)
    pixel = mouse.canvas._box.viewPixelSize()[0]
    mouse.press(mouse.point)
    for k in (-7, -2, 1, 3, 8):
        mouse.move(mouse.place(k * math.pi / 12 + 2 * pixel, 1))
        settled(ui)
        assert ui.find("input_x").value() == pytest.approx(k * math.pi / 12, rel=1e-15)
    mouse.release(mouse.place(1, 1))


def test_a_click_outside_of_the_range_is_at_its_end(ui, mouse):
    right = mouse.canvas._box.viewRange()[0][1]
    place = mouse.place(right, 2) - QPointF(2, 0)
    mouse.press(place)
    mouse.release(place)
    ui.until(lambda: ui.find("input_x").value() == 4)


def test_a_selected_part_has_its_own_point(ui, mouse):
    ui.sessions.autodiff.select_node("pow")
    settled(ui)
    mouse.points.clear()
    mouse.press(mouse.point)
    for k in range(20):
        mouse.move(mouse.place(3 * math.sin(k), 0))
        QApplication.processEvents()
    mouse.release(mouse.place(2, 0))
    settled(ui)
    assert mouse.points
    assert_on_curve(mouse, lambda x: x * x)
    ui.sessions.autodiff.clear_selection()


def test_the_point_says_the_number_of_the_field(ui, mouse):
    for value, text in ((0.1, "0.1"), (1 / 3, "0.33333334"), (1.5, "1.5")):
        ui.sessions.autodiff.set_value("x", value)
        settled(ui)
        kind, what = mouse.canvas.what_is(mouse.point.toPoint())
        assert kind == "point"
        assert what.startswith(f"({text}, ")
