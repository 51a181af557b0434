"""A key brings a card of a tab to the front, in full size, and back into its place."""

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from explorer.views.lessons.controller import LessonController
from explorer.views.shell.front import MARGIN_PX

KEY, ALT = Qt.Key, Qt.KeyboardModifier.AltModifier
CARDS = [
    (feature, digit, name)
    for feature, names in {
        "autodiff": ("graphView", "chainRuleView", "curvePlot", "slider_x"),
        "data": ("digitGrid", "largeDigit"),
        "training": ("accuracyPlot", "lossPlot", "confusionView", "mistakesView", "normsView"),
        "weights": ("weightsView", "weightStatistics"),
        "activations": ("drawCanvas", "activationsView", "unitCard", "predictionBars", "gradientView"),
        "network": ("networkView",),
    }.items()
    for digit, name in enumerate(names, 1)
]


def place(ui, widget):
    return QRect(widget.mapTo(ui.window, QPoint()), widget.size())


def alt(ui, digit):
    QTest.keyClick(ui.window, KEY(KEY.Key_0.value + digit), ALT)


@pytest.mark.parametrize(("feature", "digit", "name"), CARDS)
def test_alt_and_a_digit_bring_a_card_to_the_front_and_back(ui, feature, digit, name):
    ui.complete("sin(2*x)")
    if feature in ("weights", "activations"):
        ui.train_mlp()
    ui.window.show_tab(feature)
    part, page = ui.find(name), place(ui, ui.window.tab(feature))
    ui.until(lambda: ui.window.is_complete(feature))
    QApplication.processEvents()
    before, was_visible = place(ui, part), part.isVisible()
    count = len(ui.window.feature(feature).tab.findChildren(type(part)))
    alt(ui, digit)
    front = ui.find("frontCard")
    ui.until(front.isVisible)
    assert place(ui, front) == page
    assert front.isAncestorOf(part)
    card = front.layout().itemAt(0).widget()
    assert card.isVisible()
    assert card.width() == page.width() - 2 * MARGIN_PX
    assert card.isAncestorOf(part) or card is part
    alt(ui, digit)
    assert not front.isVisible()
    assert len(ui.window.feature(feature).tab.findChildren(type(part))) == count
    ui.until(lambda: (place(ui, part), part.isVisible()) == (before, was_visible))


@pytest.mark.parametrize(("feature", "digit", "name"), CARDS)
def test_the_place_of_a_card_follows_its_height(ui, feature, digit, name):
    ui.window.show_tab(feature)
    for _ in range(2):
        alt(ui, digit)
        place = ui.find("frontCard").layout().itemAt(0)
        card, width = place.widget(), place.widget().width()
        before, own = place.heightForWidth(width), card.minimumHeight()
        card.setMinimumHeight(5_000)
        assert place.heightForWidth(width) == 5_000 != before
        card.setMinimumHeight(own)
        alt(ui, digit)
    ui.window.show_tab("autodiff")


def test_a_digit_alone_esc_another_card_and_another_tab(ui):
    ui.complete("sin(2*x)")
    front, hints = ui.find("frontCard"), ui.find("keyHintLabel")
    before = hints.text()
    ui.find("graphView").setFocus()
    QTest.keyClick(ui.window, KEY.Key_3)
    assert hints.text().endswith("Esc: back to the tab")
    assert front.isAncestorOf(ui.find("curvePlot"))
    QTest.keyClick(ui.window, KEY.Key_1)
    assert front.isAncestorOf(ui.find("graphView"))
    assert not front.isAncestorOf(ui.find("curvePlot"))
    QTest.keyClick(ui.window, KEY.Key_Escape)
    assert not front.isVisible()
    assert hints.text() == before
    alt(ui, 3)
    ui.window.show_tab("training")
    assert not front.isVisible()
    assert "Esc" not in hints.text()
    ui.window.show_tab("autodiff")
    assert ui.find("curvePlot").isVisible()
    ui.find("expressionEdit").setFocus()
    ui.find("expressionEdit").setText("")
    QTest.keyClick(ui.find("expressionEdit"), KEY.Key_3)
    assert ui.find("expressionEdit").text() == "3"
    assert not front.isVisible()


def test_the_card_follows_the_size_of_the_window(ui):
    ui.complete("sin(2*x)")
    alt(ui, 3)
    ui.window.resize(1100, 650)
    ui.until(lambda: place(ui, ui.find("frontCard")) == place(ui, ui.window.tab("autodiff")))
    alt(ui, 3)
    ui.window.resize(1280, 720)


def test_two_variables_as_a_card(ui):
    ui.complete("x^2 + x*y")
    alt(ui, 5)
    front = ui.find("frontCard")
    ui.until(lambda: front.isAncestorOf(ui.find("surfacePlot")) and ui.sessions.surface.point is not None)
    assert ui.find("surfacePlot").width() > 0.9 * front.width()
    QTest.keyClick(ui.window, KEY.Key_Escape)
    assert not front.isVisible()
    ui.until(lambda: ui.window.findChild(object, "surfaceDialog") is None)


def test_a_presented_plot_goes_to_the_front_until_the_next_scene(ui):
    lessons = ui.window.part(LessonController)
    lessons.set_visible(True)
    lessons.session.open_key("05-chain-rule")
    lessons.session.go(1)
    ui.until(lambda: lessons.is_complete)
    ui.find("lessonNextButton").setFocus()
    ui.press(KEY.Key_F5)
    ui.window.setWindowState(ui.window._state_before)  # as on a screen of this size
    ui.window.resize(1280, 720)
    try:
        ui.until(lambda: lessons.is_complete and ui.find("curvePlot").width() > 300)
        small = ui.find("curvePlot").size()
        QTest.keyClick(ui.window, KEY.Key_3)
        ui.until(lambda: ui.find("curvePlot").width() > 1.8 * small.width())
        assert ui.find("lessonText").isVisible()  # beside it
        QTest.keyClick(ui.window, KEY.Key_PageDown)
        assert not ui.find("frontCard").isVisible()
        ui.until(lambda: lessons.is_complete and ui.find("curvePlot").size() == small)
        QTest.keyClick(ui.window, KEY.Key_2)
        numbers = ui.find("chainRuleView").numbers
        ui.until(lambda: numbers.isVisible() and ui.find("ruleText").isVisible())
        assert numbers.cells[0, 1].fontInfo().pixelSize() > 20
        ui.press(KEY.Key_F5)  # which puts the card back
        assert not ui.find("frontCard").isVisible()
        assert not ui.window.is_presenting
        assert ui.find("chainRuleView").isVisible()
    finally:
        ui.window.set_presenting(False)
        lessons.session.close()
        lessons.set_visible(False)
