"""The wheel scrolls the page; it zooms with Ctrl, and changes a field only with the focus."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QGraphicsView,
    QScrollArea,
    QScrollBar,
)

NO_BUTTON, NO_PHASE = Qt.MouseButton.NoButton, Qt.ScrollPhase.NoScrollPhase
CTRL, NO_KEY = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.NoModifier


def turn_wheel(widget, delta=-120, keys=NO_KEY):
    """Turn the wheel over the middle of what is visible of a widget."""
    window = widget.window()
    place = widget.mapTo(window, widget.visibleRegion().boundingRect().center())
    QTest.wheelEvent(window.windowHandle(), QPointF(place), QPoint(0, delta), stateKey=keys)


def scrolled(widget):
    """Return how far everything around a widget is scrolled, in pixels."""
    total, parent = 0, widget.parentWidget()
    while parent is not None:
        if hasattr(parent, "verticalScrollBar") and not isinstance(parent, QGraphicsView):
            total += parent.verticalScrollBar().value()
        parent = parent.parentWidget()
    return total


def scroll_to(widget):
    """Make a widget visible."""
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QScrollArea):
            parent.ensureWidgetVisible(widget)
        parent = parent.parentWidget()
    return scrolled(widget)


@pytest.fixture
def large(ui):
    """The window with letters that are too large for it, so that its pages scroll."""
    ui.complete("sin(2*x)")
    ui.window.resize(1024, 600)
    ui.sessions.store.set("scale", 2.0)
    ui.until(lambda: ui.window.isComplete("sin(2*x)"))
    yield ui
    ui.sessions.store.set("scale", 1.0)
    ui.window.resize(1280, 720)
    ui.find("graphView").fit()


def test_over_a_plot_it_scrolls_and_zooms_with_ctrl(large):
    plot = large.window.tab("autodiff").plot.plot._canvas._plot.viewport()
    curve = large.sessions.curve
    before = curve.low, curve.high
    place = scroll_to(plot)
    turn_wheel(plot, 120)
    large.until(lambda: scrolled(plot) < place)
    assert plot.parentWidget().getPlotItem().getViewBox().viewRange()[0][0] < before[0]
    large.until(lambda: large.window.isComplete("sin(2*x)"))
    assert (curve.low, curve.high) == before
    reached = scrolled(plot)
    turn_wheel(plot, 120, CTRL)
    large.until(lambda: curve.high - curve.low < 0.99 * (before[1] - before[0]))
    assert scrolled(plot) == reached


def test_over_a_graph_it_zooms_unless_the_page_scrolls(ui):
    ui.complete("sin(2*x)")
    view = ui.find("graphView")
    for keys in (NO_KEY, CTRL):
        view.fit()
        before = view.transform().m11()
        turn_wheel(view.viewport(), 120, keys)
        assert view.transform().m11() > before
    view.fit()


def test_over_a_graph_in_a_page_that_scrolls_it_scrolls(large):
    view = large.find("graphView")
    before = view.transform().m11()
    place = scroll_to(view)
    turn_wheel(view.viewport())
    large.until(lambda: scrolled(view) > place)
    assert view.transform().m11() == before
    turn_wheel(view.viewport(), 120, CTRL)
    assert view.transform().m11() > before


@pytest.mark.parametrize("name", ["epochsSpin", "learningRateSpin", "modelCombo"])
def test_over_a_field_it_changes_nothing_without_the_focus(training_tab, ui, name):
    field = ui.find(name)

    def shown():
        return field.currentText() if hasattr(field, "currentText") else field.value()

    ui.find("trainButton").setFocus()
    before = shown()
    turn_wheel(field)
    assert shown() == before
    assert not field.hasFocus()
    field.setFocus()
    turn_wheel(field)
    assert shown() != before


@pytest.mark.parametrize("name", ["accuracyPlot", "lossPlot"])
def test_over_training_curves_the_page_scrolls(training_tab, ui, name):
    ui.window.resize(1024, 600)
    ui.sessions.store.set("scale", 2.0)
    try:
        plot = ui.find(name)._plot.viewport()
        ui.until(lambda: plot.height() > 20)
        place = scroll_to(plot)
        turn_wheel(plot, -120 if place == 0 else 120)
        ui.until(lambda: scrolled(plot) != place)
    finally:
        ui.sessions.store.set("scale", 1.0)
        ui.window.resize(1280, 720)


def test_no_field_of_the_window_takes_the_wheel_without_the_focus(ui):
    ui.complete("x*y")
    fields = [
        field
        for kind in (QComboBox, QAbstractSpinBox, QAbstractSlider)
        for field in ui.window.findChildren(kind)
        if not isinstance(field, QScrollBar)
    ]
    taken = []
    for field in fields:
        field.clearFocus()
        place = QPointF(5, 5)
        event = QWheelEvent(place, place, QPoint(), QPoint(0, -120), NO_BUTTON, NO_KEY, NO_PHASE, False)
        QApplication.sendEvent(field, event)
        if event.isAccepted() or field.focusPolicy() == Qt.FocusPolicy.WheelFocus:
            taken.append(field.objectName())
    assert len(fields) > 20
    assert taken == []
