"""Icons on buttons scale with the font, up to 300 %."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton

from explorer.views.help.controller import HelpController
from tests.pixels import argb

SCALES = [1.0, 2.0, 3.0]


def mark_size(button):
    """Return the width and height, in pixels, of the marks on the background of a button."""
    colours = argb(button.grab().toImage())
    background = colours[4, colours.shape[1] // 2]
    ys, xs = np.nonzero(colours[4:-4, 4:-4] != background)
    return np.ptp(xs) + 1, np.ptp(ys) + 1


@pytest.mark.parametrize("name", ["fitButton", "directionButton", "detailsCloseButton", "stepForwardButton"])
def test_icons_scale_with_the_font(ui, name):
    ui.window.resize(1280, 720)
    ui.complete("sin(2*x)")
    ui.sessions.autodiff.select_node("Sin")
    sizes = {}
    for scale in SCALES:
        ui.sessions.store.set("scale", scale)
        button = ui.find(name)
        icon = button.icon().pixmap(button.iconSize())
        sizes[scale] = icon.width() / icon.devicePixelRatio()
        assert sizes[scale] == button.iconSize().width()
        if not button.text():
            assert mark_size(button)[0] > 0.4 * sizes[scale]
    assert sizes[2.0] == pytest.approx(2 * sizes[1.0], abs=1)
    assert sizes[3.0] == pytest.approx(3 * sizes[1.0], abs=1)


def clear_button(edit):
    return edit.findChild(QAbstractButton, "clearLineButton")


@pytest.mark.parametrize("name", ["expressionEdit", "searchEdit", "glossarySearch"])
def test_the_clear_button_scales_and_lies_beside_the_text(ui, name):
    if name == "searchEdit":
        ui.window.show_tab("network")
    if name == "glossarySearch":
        ui.window.part(HelpController).show_glossary()
    edit = ui.find(name)
    edit.setText("x" * 200)
    button, size = clear_button(edit), 0
    for scale in SCALES:
        ui.sessions.store.set("scale", scale)
        ui.until(lambda size=size: size < button.height() <= edit.height() and button.geometry().right() < edit.width())
        size = button.height()
        assert button.isVisible()
        assert edit.rect().contains(button.geometry())
        font_px = edit.fontInfo().pixelSize()
        assert mark_size(button)[1] > 0.4 * font_px
        edit.end(False)
        edit.grab()  # painting scrolls it
        assert edit.cursorRect().center().x() <= button.x()
    edit.clear()
    assert not button.isVisible()
    ui.window.show_tab("autodiff")
    if name == "glossarySearch":
        ui.window.part(HelpController).glossary.close()


def test_the_clear_button_emits_text_edited(ui):
    ui.complete("sin(2*x)")
    edit, texts = ui.find("expressionEdit"), []
    edit.textEdited.connect(texts.append)
    QTest.mouseClick(clear_button(edit), Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    assert (edit.text(), texts) == ("", [""])
    assert not clear_button(edit).isVisible()
    assert edit.hasFocus()


@pytest.mark.parametrize("scale", SCALES)
def test_the_search_field_fits_its_placeholder_or_is_hidden(ui, scale):
    ui.window.resize(1280, 720)
    ui.complete("sin(2*x)")
    ui.sessions.store.set("scale", scale)
    edit, fit, depth = ui.find("findEdit"), ui.find("fitButton"), ui.find("depthSwitch")
    ui.until(lambda: abs(fit.geometry().center().y() - depth.geometry().center().y()) < 3)  # in one row
    if edit.isVisible():
        assert edit.width() >= edit.fontMetrics().horizontalAdvance("find") + 2 * 7 * scale
