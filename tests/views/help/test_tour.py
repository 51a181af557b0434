"""The tour by keyboard, and the positions of its card."""

import pytest
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton

from explorer.session.settings_store import SettingsStore
from explorer.views.help.controller import HelpController
from explorer.views.widgets.positioning import place_beside

KEY = Qt.Key
ALT, CTRL = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier


def tour_text(ui):
    return ui.find("tourText").text()


def press_button(ui, key, stop):
    """Press a button by Alt and a letter and wait for the next stop, since the button acts after a short animation."""
    ui.press(key, ALT)
    ui.until(lambda: ui.window.part(HelpController).tour.property("stop") == stop)


def test_the_tour_by_keyboard(ui, help_):
    ui.find("expressionEdit").clear()
    help_.offer_tour()
    ui.until(lambda: help_.tour is not None and help_.tour.is_active)
    tour = help_.tour
    assert QApplication.focusWidget() is ui.find("expressionEdit")
    QTest.keyClicks(QApplication.focusWidget(), "x*sin(x)")
    ui.until(lambda: ui.window.isComplete("x*sin(x)"))
    press_button(ui, KEY.Key_N, 2)
    assert "Page Down" in tour_text(ui)
    ui.press(KEY.Key_PageDown)
    ui.press(KEY.Key_PageDown)
    ui.press(KEY.Key_PageUp)
    assert ui.graph("shownStep") == 1
    press_button(ui, KEY.Key_B, 1)
    press_button(ui, KEY.Key_N, 2)
    press_button(ui, KEY.Key_N, 3)
    before = ui.sessions.autodiff.point["x"]
    ui.press(KEY.Key_Right)
    assert ui.sessions.autodiff.point["x"] > before
    press_button(ui, KEY.Key_N, 4)
    ui.press(KEY.Key_Tab, CTRL)
    assert ui.window.tabs.currentIndex() == 1
    ui.press(KEY.Key_F2)
    assert ui.find("lessonPanel").isVisible()
    assert tour.is_active  # none of these keys ends it
    assert not ui.sessions.store.get("toured")
    press_button(ui, KEY.Key_N, 0)
    assert not ui.find("tourCard").isVisible()
    assert ui.sessions.store.get("toured")


def test_a_closed_tour_returns_only_on_request(ui, help_):
    help_.begin_tour()
    ui.press(KEY.Key_Escape)
    assert not help_.tour.is_active
    help_.offer_tour()
    QApplication.processEvents()
    assert not help_.tour.is_active
    action = next(a for a in ui.window.controls.view_menu.actions() if a.objectName() == "tourAction")
    action.trigger()
    assert help_.tour.property("stop") == 1
    ui.click("tourSkipButton")
    assert not help_.tour.is_active


def test_text_typed_before_the_tour_begins_is_kept(ui, help_):
    edit = ui.find("expressionEdit")
    edit.clear()
    QTest.keyClicks(edit, "cos")
    help_.begin_tour()
    QTest.keyClicks(QApplication.focusWidget(), "(x)")
    assert ui.sessions.autodiff.text == "cos(x)"


def test_without_an_expression_the_tour_steps_through_an_example(ui, help_):
    ui.find("expressionEdit").clear()
    help_.begin_tour()
    press_button(ui, KEY.Key_N, 2)
    ui.until(lambda: ui.graph("shownExpression") == "sin(2*x)")
    ui.until(lambda: ui.window.isComplete("sin(2*x)"))
    ui.press(KEY.Key_PageDown)
    assert ui.graph("shownStep") == 1


@pytest.mark.parametrize("theme", ["dark", "light", "contrast"])
@pytest.mark.parametrize(("scale", "size"), [(1.0, (1280, 720)), (1.0, (1024, 600)), (3.0, (1024, 600))])
def test_the_tours_card_fits_and_does_not_cover_its_target(ui, help_, theme, scale, size):
    ui.complete("sin(2*x)")
    ui.sessions.store.set("theme", theme)
    ui.sessions.store.set("scale", scale)
    ui.window.resize(*size)
    help_.begin_tour()
    card, ring = ui.find("tourCard"), ui.find("tourRing")
    for stop in range(1, 5):
        QApplication.processEvents()
        ui.until(lambda: not help_.tour._place_timer.isActive())
        assert help_.tour.property("stop") == stop
        assert ui.window.rect().contains(card.geometry())
        assert ring.isVisible()
        if scale == 1:
            graph = ui.find("graphView")
            if stop == 2:  # the effect of a step stays visible
                assert not card.geometry().intersects(QRect(graph.mapTo(ui.window, QPoint()), graph.size()))
            assert not card.geometry().intersects(ring.geometry().adjusted(6, 6, -6, -6))
        for part in (*card.findChildren(QLabel), *card.findChildren(QPushButton)):
            assert card.rect().contains(part.geometry()), part.objectName()
            needed = part.heightForWidth(part.width()) if part.hasHeightForWidth() else part.minimumSizeHint().height()
            assert part.height() >= needed, part.objectName()
            if isinstance(part, QPushButton):
                assert part.width() >= part.minimumSizeHint().width()
        press_button(ui, KEY.Key_N, (stop + 1) % 5)


def test_the_card_follows_its_target(ui, help_):
    ui.complete("sin(2*x)")
    help_.begin_tour()
    press_button(ui, KEY.Key_N, 2)
    before = ui.find("tourCard").geometry()
    ui.window.resize(1500, 900)
    steps, ring = ui.find("stepBar"), ui.find("tourRing")
    ui.until(lambda: ring.geometry().contains(QRect(steps.mapTo(ui.window, QPoint()), steps.size()).center()))
    assert ui.find("tourCard").geometry() != before


def test_an_error_can_be_read_beside_the_first_card(ui, help_):
    ui.find("expressionEdit").clear()
    help_.begin_tour()
    QTest.keyClicks(ui.find("expressionEdit"), "sin(2x")
    error, card, ring = ui.find("errorLabel"), ui.find("tourCard"), ui.find("tourRing")
    ui.until(lambda: error.isVisible() and "is missing" in error.text() and not help_.tour._place_timer.isActive())
    text = QRect(error.mapTo(ui.window, QPoint()), error.size())
    assert not card.geometry().intersects(text)
    assert ring.geometry().adjusted(5, 5, -5, -5).contains(text.bottomLeft())  # inside the frame, not under its line


def test_the_tour_is_hidden_while_presenting(ui, help_):
    ui.complete("sin(2*x)")
    help_.begin_tour()
    press_button(ui, KEY.Key_N, 2)
    card, ring = ui.find("tourCard"), ui.find("tourRing")
    ui.press(KEY.Key_F5)
    assert ui.window.is_presenting
    QApplication.processEvents()
    ui.until(lambda: not help_.tour._place_timer.isActive())
    assert not card.isVisible()
    assert not ring.isVisible()
    ui.press(KEY.Key_Escape)  # leaves present mode, and does not end the tour
    assert not ui.window.is_presenting
    ui.until(lambda: card.isVisible() and ring.isVisible())
    assert help_.tour.property("stop") == 2


def test_that_the_tour_was_seen_is_saved(tmp_path):
    path = tmp_path / "settings.json"
    store = SettingsStore(path)
    assert store.get("toured") is False
    store.set("toured", True)
    assert SettingsStore(path).get("toured") is True


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (QRect(100, 100, 50, 20), QRect(100, 132, 80, 40)),  # below
        (QRect(100, 360, 50, 20), QRect(100, 308, 80, 40)),  # above, at the bottom of the window
        (QRect(0, 0, 100, 400), QRect(112, 179, 80, 40)),  # beside a target as high as the window
        (QRect(300, 0, 100, 400), QRect(208, 179, 80, 40)),
        (QRect(390, 100, 50, 20), QRect(320, 132, 80, 40)),  # moved into the window
    ],
)
def test_the_card_is_placed_beside_its_target(target, expected):
    assert place_beside(target, QSize(80, 40), QRect(0, 0, 400, 400)) == expected


def test_the_card_avoids_the_rectangle_to_keep_visible():
    steps, graph = QRect(0, 380, 200, 20), QRect(0, 0, 200, 370)
    assert place_beside(steps, QSize(80, 40), QRect(0, 0, 400, 400)).intersects(graph)
    assert not place_beside(steps, QSize(80, 40), QRect(0, 0, 400, 400), keep_visible=graph).intersects(graph)
