"""Messages are readable in full: in a small window, with large fonts, and in present mode."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from explorer.views.lessons.controller import LessonController
from explorer.views.shell.banner import MIN_SHOWN_MS, MS_PER_CHARACTER
from explorer.views.widgets.text_size import presented_text_px
from tests.views.presenting.test_graph_height import visible_rect
from tests.views.shell.test_large_fonts import settled_layout_problems

SHORT_MESSAGE = "The LaTeX is in the clipboard."

LONG_MESSAGE = (
    "Not saved: /home/user/Documents/Lectures/2026/machine-learning/week-07/backpropagation/figures/"
    "graph-of-the-expression.svg cannot be written: No space left on device"
)


@pytest.fixture
def banner(ui):
    smallest = ui.window.minimumSize()
    ui.window.resize(1280, 720)
    ui.complete("sin(2*x)")
    yield ui.window.banner
    ui.window.statusBar().clearMessage()
    ui.window.set_presenting(False)
    ui.window.setMinimumSize(smallest)


def banner_text(ui):
    return ui.find("sentenceLabel").text().replace("\u200b", "")


def test_a_short_message_is_shown_in_the_status_bar(ui, banner):
    banner.show_message(SHORT_MESSAGE)
    assert ui.window.statusBar().currentMessage() == SHORT_MESSAGE
    assert not banner.isVisible()


@pytest.mark.parametrize(("size", "scale"), [((1024, 600), 1.0), ((1280, 720), 2.0), ((1280, 720), 3.0)])
def test_the_banner_shows_a_message_too_long_for_the_status_bar(ui, banner, size, scale):
    ui.sessions.store.set("scale", scale)
    ui.window.resize(*size)
    banner.show_message(LONG_MESSAGE)
    assert banner.isVisible()
    assert banner_text(ui) == LONG_MESSAGE
    assert [problem for problem in settled_layout_problems(ui.window) if "sentence" in problem] == []
    assert ui.window.rect().contains(banner.geometry())
    bar = ui.window.statusBar()
    assert banner.geometry().contains(bar.geometry())  # otherwise a truncated copy would be visible below it
    assert ui.window.childAt(bar.geometry().center()) in (banner, ui.find("sentenceLabel"))


def assert_nothing_is_covered(ui, banner):
    """Check that the banner is whole, and lies over neither the graph nor the plot nor the chain rule."""
    place = banner.geometry()
    assert banner.isVisible()
    assert ui.window.rect().contains(place)
    label = ui.find("sentenceLabel")
    assert label.height() >= label.heightForWidth(label.width())
    for name in ("graphView", "curvePlot", "inputsPanel", "chainRuleView"):
        part = ui.find(name)
        if part.isVisible():
            assert not visible_rect(ui.window, part).intersects(place), name


@pytest.mark.parametrize("size", [(1280, 720), (800, 800), (1920, 1080)])
@pytest.mark.parametrize("text", ["softmax(x)", "x = 1; log(x-1)"])
def test_in_present_mode_it_covers_nothing(ui, banner, size, text):
    ui.sessions.autodiff.set_point({"x": [1.0, 2.0, 3.0] if text == "softmax(x)" else 1.0})
    ui.window.set_presenting(True)
    ui.window.setMinimumSize(0, 0)
    ui.window.resize(*size)
    ui.complete(text)
    ui.sessions.autodiff.stepper.last()
    banner.show_message("The gradients for x are 0: the entries of Softmax add up to 1 whatever comes in, 6.6876e-05.")
    QApplication.processEvents()
    assert_nothing_is_covered(ui, banner)
    before = ui.find("graphView").height()
    banner.show_message("")
    ui.until(lambda: not banner.isVisible() and ui.find("graphView").height() > before)


def test_in_present_mode_it_lies_below_a_short_text(ui, banner):
    lessons = ui.window.part(LessonController)
    lessons.set_visible(True)
    lessons.session.open_key("05-chain-rule")
    lessons.session.go(1)
    ui.window.set_presenting(True, with_text=True)
    ui.window.setWindowState(ui.window._state_before)
    ui.window.resize(1280, 720)
    ui.until(lambda: lessons.is_complete)
    QApplication.processEvents()
    before = ui.find("graphView").height()
    banner.show_message("The gradients for x are 0.")
    QApplication.processEvents()
    text = ui.find("lessonText")
    assert visible_rect(ui.window, text).contains(banner.geometry())
    assert text.mapTo(ui.window, QPoint(0, round(text.document().size().height()))).y() <= banner.y()
    assert ui.find("graphView").height() == before  # the graph does not move
    banner.show_message(" ".join(["The gradients for x are 0."] * 30))
    QApplication.processEvents()
    assert_nothing_is_covered(ui, banner)
    lessons.session.close()
    lessons.set_visible(False)


def test_in_present_mode_without_room_it_lies_at_the_lower_edge(ui, banner):
    ui.window.set_presenting(True)
    ui.window.resize(1280, 720)
    ui.complete("sin(2*x)")
    banner.show_message(" ".join(["The gradient is 0."] * 40))
    assert banner.geometry().left() == 0
    assert banner.geometry().bottom() == ui.window.rect().bottom()


def test_numbers_are_not_broken(ui, banner):
    banner.show_message("6.6876e-05 in /home/user/a.b")
    assert "6.6876e-05" in ui.find("sentenceLabel").text()
    assert "/\u200b" in ui.find("sentenceLabel").text()


def test_the_banner_follows_changes_of_the_font_size(ui, banner):
    banner.show_message(SHORT_MESSAGE + " Paste it into a document.")
    assert not banner.isVisible()
    ui.sessions.store.set("scale", 3.0)
    ui.until(banner.isVisible)
    ui.sessions.store.set("scale", 1.0)
    ui.until(lambda: not banner.isVisible())


def test_the_display_time_depends_on_the_length(ui, banner):
    durations = []
    bar = ui.window.statusBar()
    show, bar.showMessage = bar.showMessage, lambda text, duration: (durations.append(duration), show(text, 30))
    try:
        banner.show_message(LONG_MESSAGE)
        banner.show_message(SHORT_MESSAGE)
        banner.show_message(SHORT_MESSAGE, 20_000)
    finally:
        del bar.showMessage
    assert durations == [MS_PER_CHARACTER * len(LONG_MESSAGE), MIN_SHOWN_MS, 20_000]
    ui.until(lambda: bar.currentMessage() == "")
    assert not banner.isVisible()


def test_a_click_hides_the_banner(ui, banner):
    ui.window.set_presenting(True)
    banner.show_message(SHORT_MESSAGE)
    QTest.mouseClick(ui.find("sentenceLabel"), Qt.MouseButton.LeftButton)
    assert not banner.isVisible()


def test_the_banner_replaces_the_status_bar_in_present_mode(ui, banner):
    banner.show_message(SHORT_MESSAGE)
    assert not banner.isVisible()
    ui.window.set_presenting(True)
    assert not ui.window.statusBar().isVisible()
    assert banner.isVisible()
    assert banner_text(ui) == SHORT_MESSAGE
    assert ui.find("sentenceLabel").fontInfo().pixelSize() == round(presented_text_px(1.0))
    ui.window.set_presenting(False)
    assert not banner.isVisible()  # the status bar is visible again
    assert ui.window.statusBar().currentMessage() == SHORT_MESSAGE


def test_the_reason_of_a_missing_gradient_is_shown_in_present_mode(ui, banner):
    ui.window.set_presenting(True)
    ui.complete("floor(x)")
    ui.sessions.autodiff.stepper.last()
    notice = ui.sessions.autodiff.notice
    assert notice
    assert (banner_text(ui), banner.isVisible()) == (notice, True)
    ui.sessions.autodiff.stepper.first()
    assert not banner.isVisible()


def test_notices_of_the_expression_are_hidden_in_other_tabs(ui, banner):
    ui.complete("floor(x)")
    ui.sessions.autodiff.stepper.last()
    ui.window.set_presenting(True)
    assert banner.isVisible()
    ui.window.tabs.setCurrentWidget(ui.find("dataTab"))
    assert not banner.isVisible()
    assert ui.window.statusBar().currentMessage() == ""
    ui.window.tabs.setCurrentWidget(ui.window.tab("autodiff"))
    assert (banner_text(ui), banner.isVisible()) == (ui.sessions.autodiff.notice, True)


def test_the_black_screen_covers_the_banner(ui, banner):
    ui.window.set_presenting(True)
    QTest.keyClick(ui.window, Qt.Key.Key_B)
    banner.show_message(SHORT_MESSAGE)
    image = ui.window.grab().toImage()
    step = range(0, image.height(), 7)
    assert {image.pixel(x, y) & 0xFFFFFF for x in range(0, image.width(), 7) for y in step} == {0}
