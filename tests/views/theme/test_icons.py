"""Pictures on buttons are as large as letters ask for, up to 300 %."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton

from explorer.views.help.controller import HelpController

SCALES = [1.0, 2.0, 3.0]


def painted(button):
    """Width and height, in pixels, of what a button shows on its ground."""
    image = button.grab().toImage()
    ground = image.pixel(image.width() // 2, 4)
    middle = range(4, image.height() - 4), range(4, image.width() - 4)
    marks = [(x, y) for y in middle[0] for x in middle[1] if image.pixel(x, y) != ground]
    xs, ys = [x for x, _ in marks], [y for _, y in marks]
    return max(xs) - min(xs) + 1, max(ys) - min(ys) + 1


@pytest.mark.parametrize("name", ["fitButton", "directionButton", "detailsCloseButton", "stepForwardButton"])
def test_the_picture_of_a_button_grows_with_the_letters(ui, name):
    ui.window.resize(1280, 720)
    ui.complete("sin(2*x)")
    ui.sessions.autodiff.select_node("sin")
    sizes = {}
    for scale in SCALES:
        ui.sessions.store.set("scale", scale)
        button = ui.find(name)
        icon = button.icon().pixmap(button.iconSize())
        sizes[scale] = icon.width() / icon.devicePixelRatio()
        assert sizes[scale] == button.iconSize().width()
        if not button.text():
            assert painted(button)[0] > 0.4 * sizes[scale]
    assert sizes[2.0] == pytest.approx(2 * sizes[1.0], abs=1)
    assert sizes[3.0] == pytest.approx(3 * sizes[1.0], abs=1)


def clear_button(line):
    return line.findChild(QAbstractButton, "clearLineButton")


@pytest.mark.parametrize("name", ["expressionEdit", "searchEdit", "glossarySearch"])
def test_the_button_that_empties_a_line_grows_and_lies_beside_what_is_typed(ui, name):
    if name == "searchEdit":
        ui.window.show_tab("network")
    if name == "glossarySearch":
        ui.window.part(HelpController).show_glossary()
    line = ui.find(name)
    line.setText("x" * 200)
    button, size = clear_button(line), 0
    for scale in SCALES:
        ui.sessions.store.set("scale", scale)
        ui.until(lambda size=size: size < button.height() <= line.height() and button.geometry().right() < line.width())
        size = button.height()
        assert button.isVisible()
        assert line.rect().contains(button.geometry())
        letters = line.fontInfo().pixelSize()
        assert painted(button)[1] > 0.4 * letters
        line.end(False)
        line.grab()  # it scrolls when it is painted
        assert line.cursorRect().center().x() <= button.x()
    line.clear()
    assert not button.isVisible()
    ui.window.show_tab("autodiff")
    if name == "glossarySearch":
        ui.window.part(HelpController).glossary.close()


def test_it_empties_the_line_as_by_hand(ui):
    ui.complete("sin(2*x)")
    line, heard = ui.find("expressionEdit"), []
    line.textEdited.connect(heard.append)
    QTest.mouseClick(clear_button(line), Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    assert (line.text(), heard) == ("", [""])
    assert not clear_button(line).isVisible()
    assert line.hasFocus()


@pytest.mark.parametrize("scale", SCALES)
def test_the_field_to_search_in_has_room_for_its_word_or_gives_way(ui, scale):
    ui.window.resize(1280, 720)
    ui.complete("sin(2*x)")
    ui.sessions.store.set("scale", scale)
    field, fit, depth = ui.find("findEdit"), ui.find("fitButton"), ui.find("depthSwitch")
    ui.until(lambda: abs(fit.geometry().center().y() - depth.geometry().center().y()) < 3)  # in one line
    if field.isVisible():
        assert field.width() >= field.fontMetrics().horizontalAdvance("find") + 2 * 7 * scale
