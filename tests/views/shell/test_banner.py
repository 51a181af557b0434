"""What is told can be read whole: in a small window, with large letters, and by a class in present mode."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from explorer.views.shell.banner import MIN_SHOWN_MS, MS_PER_CHARACTER
from explorer.views.widgets.text_size import presented_text_px
from tests.views.shell.test_large_fonts import at_rest

SHORT = "The LaTeX is in the clipboard."

LONG = (
    "Not saved: /home/somebody/Documents/Lectures/2026/machine-learning/week-07/backpropagation/figures/"
    "graph-of-the-expression.svg cannot be written: No space left on device"
)


@pytest.fixture
def banner(ui):
    ui.window.resize(1280, 720)
    ui.complete("sin(2*x)")
    yield ui.window.banner
    ui.window.statusBar().clearMessage()
    ui.window.set_presenting(False)


def said(ui):
    return ui.find("sentenceLabel").text().replace("\u200b", "")


def test_a_short_sentence_stands_in_the_status_bar(ui, banner):
    banner.show_message(SHORT)
    assert ui.window.statusBar().currentMessage() == SHORT
    assert not banner.isVisible()


@pytest.mark.parametrize(("size", "scale"), [((1024, 600), 1.0), ((1280, 720), 2.0), ((1280, 720), 3.0)])
def test_a_sentence_that_the_bar_would_cut_is_read_whole(ui, banner, size, scale):
    ui.sessions.store.set("scale", scale)
    ui.window.resize(*size)
    banner.show_message(LONG)
    assert banner.isVisible()
    assert said(ui) == LONG
    assert [sentence for sentence in at_rest(ui.window) if "sentence" in sentence] == []
    assert ui.window.rect().contains(banner.geometry())
    bar = ui.window.statusBar()
    assert banner.geometry().contains(bar.geometry())  # half a sentence below a whole one would be read twice
    assert ui.window.childAt(bar.geometry().center()) in (banner, ui.find("sentenceLabel"))


def test_it_appears_where_letters_grow_and_goes_where_the_window_does(ui, banner):
    banner.show_message(SHORT + " Paste it into a document.")
    assert not banner.isVisible()
    ui.sessions.store.set("scale", 3.0)
    ui.until(banner.isVisible)
    ui.sessions.store.set("scale", 1.0)
    ui.until(lambda: not banner.isVisible())


def test_it_goes_by_itself_once_it_was_read(ui, banner):
    times = []
    bar = ui.window.statusBar()
    show, bar.showMessage = bar.showMessage, lambda text, time: (times.append(time), show(text, 30))
    try:
        banner.show_message(LONG)
        banner.show_message(SHORT)
        banner.show_message(SHORT, 20_000)
    finally:
        del bar.showMessage
    assert times == [MS_PER_CHARACTER * len(LONG), MIN_SHOWN_MS, 20_000]
    ui.until(lambda: bar.currentMessage() == "")
    assert not banner.isVisible()


def test_a_click_takes_it_away(ui, banner):
    ui.window.set_presenting(True)
    banner.show_message(SHORT)
    QTest.mouseClick(ui.find("sentenceLabel"), Qt.MouseButton.LeftButton)
    assert not banner.isVisible()


def test_a_class_reads_what_is_told_while_one_presents(ui, banner):
    banner.show_message(SHORT)
    assert not banner.isVisible()
    ui.window.set_presenting(True)
    assert not ui.window.statusBar().isVisible()
    assert banner.isVisible()
    assert said(ui) == SHORT
    assert ui.find("sentenceLabel").fontInfo().pixelSize() == round(presented_text_px(1.0))
    ui.window.set_presenting(False)
    assert not banner.isVisible()  # the bar is there again
    assert ui.window.statusBar().currentMessage() == SHORT


def test_why_a_gradient_is_none_is_told_while_one_presents(ui, banner):
    ui.window.set_presenting(True)
    ui.complete("floor(x)")
    ui.sessions.autodiff.stepper.last()
    notice = ui.sessions.autodiff.notice
    assert notice
    assert (said(ui), banner.isVisible()) == (notice, True)
    ui.sessions.autodiff.stepper.first()
    assert not banner.isVisible()


def test_over_another_tab_nothing_is_told_of_the_expression(ui, banner):
    ui.complete("floor(x)")
    ui.sessions.autodiff.stepper.last()
    ui.window.set_presenting(True)
    assert banner.isVisible()
    ui.window.tabs.setCurrentWidget(ui.find("dataTab"))
    assert not banner.isVisible()
    assert ui.window.statusBar().currentMessage() == ""
    ui.window.tabs.setCurrentWidget(ui.window.tab("autodiff"))
    assert (said(ui), banner.isVisible()) == (ui.sessions.autodiff.notice, True)


def test_black_is_black(ui, banner):
    ui.window.set_presenting(True)
    QTest.keyClick(ui.window, Qt.Key.Key_B)
    banner.show_message(SHORT)
    image = ui.window.grab().toImage()
    step = range(0, image.height(), 7)
    assert {image.pixel(x, y) & 0xFFFFFF for x in range(0, image.width(), 7) for y in step} == {0}
